"""Best response from dated assessments, confirmed and unconfirmed, and how two of them agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers.imwg import CATEGORIES
from helpers.imwg.assessments import OPTIONAL, course_table
from helpers.imwg.course import Rules
from helpers.statistics.arrays import labels


@dataclass(frozen=True)
class Agreement:
    """How far two ways of finding the best response agree.

    Attributes:
        n: Patients.
        agree: Patients whom both put into the same category.
        disagreements: Category by the first way, by the second, and patients; best first.
    """

    n: int
    agree: int
    disagreements: tuple[tuple[str, str, int], ...]


def best_response(
    assessments: pd.DataFrame, patients: pd.DataFrame, *, rules: Rules | None = None
) -> pd.DataFrame:
    """Return the best response of each patient by the IMWG 2016 rules.

    A category of MR or better is confirmed by two consecutive assessments of that category or
    a better one: PR then VGPR confirms PR, and VGPR only where another VGPR or better follows
    (VGPR then PR confirms PR). Stable disease needs no confirmation. The day of a response is
    the day of the first of the assessments that confirm it. What counts:

    - assessments after the start (the day itself is baseline: ``start_day_counts``) up to the
      day of the next therapy, that day included;
    - nothing after progression, nor anything but PD on its day. Progression is a recorded one,
      or PD at two consecutive assessments, or what ``rules`` let stand in for the second; a PD
      followed by something better is not confirmed and ends nothing;
    - a not-evaluable assessment is passed over (``nonevaluable_breaks``).

    A response that nothing confirms leaves the best lower category that is confirmed, else
    ``unconfirmed_becomes``. A patient without any assessment that counts, and without recorded
    progression, is NE. Source: Kumar et al., Lancet Oncol 2016;17:e328-e346; what the criteria
    leave open is a parameter of :class:`~helpers.imwg.course.Rules`.

    Args:
        assessments: Columns patient, day and response (one of ``CATEGORIES``); any order, at
            most one row a patient and day.
        patients: Index: patient. Column start, and where known next_therapy, progression and
            death; all days are dates, or numbers on one scale.
        rules: What counts as confirmed; the criteria's rules by default.

    Returns:
        Index as ``patients``. Columns unconfirmed and confirmed (Categorical over
        ``CATEGORIES``); first_unconfirmed, first_confirmed (first assessment of PR or better),
        confirmation (the assessment that confirmed it) and progression, on the scale of the
        days given, missing where there is none; days_to_response (float, from start to
        first_confirmed).

    Raises:
        ValueError: A column is missing, a patient is not in ``patients`` or stands there
            twice, dates and numbers are mixed, an assessment has no day or a category that is
            none, or two assessments of one patient are of one day.
    """
    _require(assessments, ("patient", "day", "response"), "assessments")
    _require(patients, ("start",), "patients")
    if patients.index.has_duplicates:
        raise ValueError("patients: a patient stands more than once in the index")
    times = [assessments["day"], *(patients[n] for n in ("start", *OPTIONAL) if n in patients)]
    if len({pd.api.types.is_datetime64_any_dtype(time) for time in times}) > 1:
        raise ValueError("days are dates or numbers, not both")
    unknown = patients.index.get_indexer(pd.Index(assessments["patient"])) < 0
    _refuse(unknown, "of a patient who is not among the patients")
    _refuse(assessments["day"].isna().to_numpy(), "without a day")
    _refuse(~assessments["response"].isin(CATEGORIES).to_numpy(), "of a category that is none")
    twice = assessments.duplicated(["patient", "day"]).to_numpy()
    _refuse(twice, "of a patient and a day that stand already")
    return course_table(assessments, patients, rules or Rules())


def agreement(first: Any, second: Any) -> Agreement:
    """Count the patients whom two ways put into the same category of response.

    Args:
        first: Best responses by the first way, one a patient.
        second: By the second way, the same patients in the same order.

    Raises:
        ValueError: A response is missing or none of ``CATEGORIES``, or lengths differ.
    """
    one, other = labels(first, "first"), labels(second, "second")
    if len(one) != len(other):
        raise ValueError("both ways need the same patients")
    if not (np.isin(one.astype(str), CATEGORIES) & np.isin(other.astype(str), CATEGORIES)).all():
        raise ValueError(f"a best response is none of {', '.join(CATEGORIES)}")
    counts = Counter(zip(one.tolist(), other.tolist(), strict=True))
    differing = tuple(
        (a, b, counts[a, b]) for a in CATEGORIES for b in CATEGORIES if a != b and counts[a, b]
    )
    return Agreement(len(one), sum(counts[a, a] for a in CATEGORIES), differing)


def _require(table: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in table]
    if missing:
        raise ValueError(f"{name} needs the column {missing[0]!r}")


def _refuse(wrong: np.ndarray[Any, np.dtype[np.bool_]], what: str) -> None:
    if wrong.any():
        raise ValueError(
            f"{int(wrong.sum())} assessments {what} (first at position {int(wrong.argmax())})"
        )
