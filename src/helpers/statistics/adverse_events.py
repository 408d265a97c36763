"""Adverse events: worst grade once per patient, by class and by term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

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


def worst_grade(patients: Sequence[str], events: pd.DataFrame) -> tuple[AdverseEventRow, ...]:
    """Count each patient once, at the worst CTCAE grade, overall, per class and per term.

    Args:
        patients: Ids of the safety population; those without any event count in the total only.
        events: One row per event with columns patient, term, event_class, grade (1–5).

    Returns:
        "any" first; then each class followed by its terms; classes, and terms in their class,
        ordered by any grade, then grade 3 or more (both descending), then name.

    Raises:
        ValueError: A patient id occurs twice, a column or value is missing, a grade is not 1–5, an
            event's patient is not in ``patients``, or a term is in two classes.
    """
    population = _population(patients)
    table = _checked(events, population)
    total = len(population)
    rows = [_row("any", None, None, table, total)]
    classes = [_row("class", str(n), None, g, total) for n, g in table.groupby("event_class")]
    for one in sorted(classes, key=_frequency):
        rows.append(one)
        inside = table[table["event_class"] == one.event_class].groupby("term")
        terms = [_row("term", one.event_class, str(name), group, total) for name, group in inside]
        rows.extend(sorted(terms, key=_frequency))
    return tuple(rows)


def _row(
    kind: Literal["any", "class", "term"],
    event_class: str | None,
    term: str | None,
    events: pd.DataFrame,
    total: int,
) -> AdverseEventRow:
    worst = events.groupby("patient")["grade"].max()
    severe, fatal = int((worst >= 3).sum()), int((worst == 5).sum())
    return AdverseEventRow(kind, event_class, term, len(worst), severe, fatal, total)


def _frequency(row: AdverseEventRow) -> tuple[int, int, str]:
    return -row.any_grade, -row.grade_3_or_more, row.term or row.event_class or ""


def _population(patients: Sequence[str]) -> set[str]:
    population = set(patients)
    if len(population) != len(patients):
        raise ValueError("a patient occurs more than once in the safety population")
    return population


def _checked(events: pd.DataFrame, population: set[str]) -> pd.DataFrame:
    absent = [name for name in COLUMNS if name not in events.columns]
    if absent:
        raise ValueError(f"adverse events lack the columns {', '.join(absent)}")
    table = events.loc[:, list(COLUMNS)].reset_index(drop=True)
    missing = table.isna().any(axis=1)
    if missing.any():
        raise ValueError(f"{int(missing.sum())} adverse events have a missing value")
    table["grade"] = pd.to_numeric(table["grade"], errors="raise")
    if not table["grade"].isin([1, 2, 3, 4, 5]).all():
        raise ValueError("an adverse-event grade is not one of 1, 2, 3, 4, 5")
    strangers = int((~table["patient"].isin(population)).sum())
    if strangers:
        raise ValueError(f"{strangers} adverse events belong to no patient of the population")
    if (table.groupby("term")["event_class"].nunique() > 1).any():
        raise ValueError("an adverse-event term stands in more than one class")
    return table
