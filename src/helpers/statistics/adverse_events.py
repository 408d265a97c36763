"""Adverse events: worst grade once per patient, by class and by term.

Everything is counted on integer codes of patients and terms, so that the time grows with the
events and not with their number times the number of classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from helpers.statistics.arrays import IntArray, as_numbers

COLUMNS = ("patient", "term", "event_class", "grade")


@dataclass(frozen=True)
class AdverseEventRow:
    """Patients (not events) by worst grade, out of ``total`` treated patients."""

    kind: Literal["any", "class", "term"]
    event_class: str | None
    term: str | None
    any_grade: int
    grade_3_or_more: int
    grade_5: int
    total: int


@dataclass(frozen=True)
class CodedEvents:
    """Checked events as integer codes.

    Attributes:
        patient: Position of each event's patient in the population.
        term: Position of its term in ``terms``.
        grade: Its grade.
        terms: Names of the terms: those that occur, then those only declared.
        term_class: For every term the position of its class in ``classes``.
        classes: Names of the classes, in the same manner.
        total: Patients of the population.
    """

    patient: IntArray
    term: IntArray
    grade: NDArray[np.int8]
    terms: tuple[str, ...]
    term_class: IntArray
    classes: tuple[str, ...]
    total: int


def worst_grade(
    patients: Sequence[str],
    events: pd.DataFrame,
    *,
    declared: Mapping[str, Sequence[str]] | None = None,
) -> tuple[AdverseEventRow, ...]:
    """Count each patient once, at the worst CTCAE grade, overall, per class and per term.

    Args:
        patients: Ids of the safety population; those without any event count in the total only.
        events: One row per event with columns patient, term, event_class, grade (1–5).
        declared: Classes, each with its terms, that stand in the result with zero patients when
            nobody had them; a class may name no term.

    Returns:
        "any" first; then each class followed by its terms; classes, and terms in their class,
        ordered by any grade, then grade 3 or more (both descending), then name.

    Raises:
        ValueError: A patient id occurs twice, a column or value is missing, a grade is not 1–5, an
            event's patient is not in ``patients``, or a term is in two classes.
    """
    coded = coded_events(patients, events, declared=declared)
    size = max(coded.total, 1)
    pair, worst = _worst_by(coded.patient + size * coded.term, coded.grade)
    by_term = _counts(pair // size, worst, len(coded.terms))
    pair, worst = _worst_by(pair % size + size * coded.term_class[pair // size], worst)
    by_class = _counts(pair // size, worst, len(coded.classes))
    _, worst = _worst_by(pair % size, worst)
    overall = _counts(np.zeros_like(worst), worst, 1)
    rows = [AdverseEventRow("any", None, None, *overall[0], coded.total)]
    terms: dict[str, list[AdverseEventRow]] = {name: [] for name in coded.classes}
    for name, at, counts in zip(coded.terms, coded.term_class, by_term, strict=True):
        one = AdverseEventRow("term", coded.classes[at], name, *counts, coded.total)
        terms[coded.classes[at]].append(one)
    classes = [
        AdverseEventRow("class", name, None, *counts, coded.total)
        for name, counts in zip(coded.classes, by_class, strict=True)
    ]
    for one in sorted(classes, key=_frequency):
        rows += [one, *sorted(terms[str(one.event_class)], key=_frequency)]
    return tuple(rows)


def _worst_by(keys: IntArray, grade: NDArray[np.integer[Any]]) -> tuple[IntArray, IntArray]:
    """Return the distinct keys, rising, and the highest grade of each."""
    together = np.sort(keys * 8 + grade)
    distinct = together // 8
    last = np.append(distinct[1:] != distinct[:-1], True) if len(distinct) else distinct == 0
    return distinct[last], together[last] % 8


def _counts(of: IntArray, worst: IntArray, size: int) -> list[tuple[int, int, int]]:
    """Return for every class or term its patients with any grade, 3 or more, and 5."""
    by_grade = [np.bincount(of[worst >= least], minlength=size) for least in (1, 3, 5)]
    return [(int(a), int(b), int(c)) for a, b, c in zip(*by_grade, strict=True)]


def _frequency(row: AdverseEventRow) -> tuple[int, int, str]:
    return -row.any_grade, -row.grade_3_or_more, row.term or row.event_class or ""


def coded_events(
    patients: Sequence[str],
    events: pd.DataFrame,
    *,
    declared: Mapping[str, Sequence[str]] | None = None,
) -> CodedEvents:
    """Check events and turn them into codes; arguments and errors as in :func:`worst_grade`."""
    population = pd.Index(patients)
    if population.has_duplicates:
        raise ValueError("a patient occurs more than once in the safety population")
    absent = [name for name in COLUMNS if name not in events.columns]
    if absent:
        raise ValueError(f"adverse events lack the columns {', '.join(absent)}")
    missing = events[list(COLUMNS)].isna().any(axis=1)
    if missing.any():
        raise ValueError(f"{int(missing.sum())} adverse events have a missing value")
    grade = as_numbers(events["grade"], "the column grade").to_numpy(dtype=np.float64)
    if not np.isin(grade, (1, 2, 3, 4, 5)).all():
        raise ValueError("an adverse-event grade is not one of 1, 2, 3, 4, 5")
    patient = population.get_indexer(pd.Index(events["patient"]))
    strangers = int((patient < 0).sum())
    if strangers:
        raise ValueError(f"{strangers} adverse events belong to no patient of the population")
    term, terms = pd.factorize(events["term"])
    event_class, classes = pd.factorize(events["event_class"])
    size = max(len(classes), 1)
    pairs = [int(pair) for pair in np.flatnonzero(np.bincount(term * size + event_class))]
    known = [(str(terms[pair // size]), str(classes[pair % size])) for pair in pairs]
    class_of = _class_of(known, declared or {})
    names = tuple(dict.fromkeys([*class_of.values(), *(declared or {})]))
    place = {name: at for at, name in enumerate(names)}
    return CodedEvents(
        patient=patient.astype(np.int64, copy=False),
        term=term.astype(np.int64, copy=False),
        grade=grade.astype(np.int8),
        terms=tuple(class_of),
        term_class=np.array([place[name] for name in class_of.values()], dtype=np.int64),
        classes=names,
        total=len(population),
    )


def _class_of(
    known: list[tuple[str, str]], declared: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Return term to class: those that occur in the order of their codes, then the declared."""
    named = [(term, event_class) for event_class, terms in declared.items() for term in terms]
    found: dict[str, str] = {}
    for term, event_class in (*known, *named):
        if found.setdefault(term, event_class) != event_class:
            raise ValueError("an adverse-event term stands in more than one class")
    return found
