"""Best response, its confirmation and its dates, from dated assessments of response.

Stands beside the category names, below both ``helpers.study`` and ``helpers.statistics``: the
cohort needs the best response before populations and endpoints are made of it.
Out of scope: grading an assessment from laboratory values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from helpers.imwg import CATEGORIES

Floats = npt.NDArray[np.float64]
Ranks = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

PR, MR, SD, PD, NE = (CATEGORIES.index(name) for name in ("PR", "MR", "SD", "PD", "NE"))


@dataclass(frozen=True)
class Rules:
    """How assessments become a best response (Kumar et al., Lancet Oncol 2016;17:e328-e346).

    The criteria ask two consecutive assessments, made any time before a new therapy, of every
    category but stable disease; the day of the first of them is the day of the response. What
    they leave open is a parameter here.

    Attributes:
        minimum_days: Least days between the first and the last of the assessments that confirm
            each other; the criteria set none beyond another sample, so 1 is another day.
        nonevaluable_breaks: Whether a not-evaluable assessment between two others keeps them
            from being consecutive.
        start_day_counts: Whether an assessment on the day of the start counts; it is usually
            the baseline.
        unconfirmed_becomes: What a patient has who reached MR or better and confirmed nothing:
            ``SD``, or ``NE`` where no assessment of stable disease or progression is left.
        confirm_progression: Whether PD needs a second consecutive assessment; if not, the
            first PD ends what counts.
        progression_confirmed_by: What stands in for that second assessment where PD is the last
            evaluable one: ``death`` (before any new therapy), ``next_therapy``. A recorded
            progression always does.
        unconfirmed_progression: Best confirmed response of a patient with nothing but a PD that
            was not confirmed: ``PD``, so that who progresses early stays evaluable, or ``NE``.
        recorded_progression_counts: Whether a recorded progression is a PD of its own, for a
            patient whom no assessment showed to be anything else; if not, it only ends what
            counts.
    """

    minimum_days: int = 1
    nonevaluable_breaks: bool = False
    start_day_counts: bool = False
    unconfirmed_becomes: Literal["SD", "NE"] = "SD"
    confirm_progression: bool = True
    progression_confirmed_by: tuple[Literal["death", "next_therapy"], ...] = ("death",)
    unconfirmed_progression: Literal["PD", "NE"] = "PD"
    recorded_progression_counts: bool = True


@dataclass(frozen=True)
class Window:
    """Days of each patient between which assessments count; shape (patients,), NaN unknown.

    Attributes:
        start: Start of the therapy. Of a patient without one nothing counts.
        next_therapy: Start of the next therapy; an assessment on that day still counts.
        progression: Recorded progression.
        death: Death.
    """

    start: Floats
    next_therapy: Floats
    progression: Floats
    death: Floats


@dataclass(frozen=True)
class Course:
    """Response of each patient; shape (patients,). Ranks are positions in ``CATEGORIES``.

    Attributes:
        unconfirmed: Best category of any assessment that counts.
        confirmed: Best category that is confirmed.
        first_unconfirmed: Day of the first assessment of PR or better; NaN without one.
        first_confirmed: Day of the first assessment of the first confirmed PR or better.
        confirmation: Day of the assessment that confirmed it.
        progression: Day of progression, by assessments or as recorded, before a new therapy.
    """

    unconfirmed: Ranks
    confirmed: Ranks
    first_unconfirmed: Floats
    first_confirmed: Floats
    confirmation: Floats
    progression: Floats


@dataclass(frozen=True)
class _Rows:
    """Assessments in the order of patient and day; ``certain`` marks a recorded progression."""

    patient: Ints
    day: Floats
    rank: Ranks
    certain: Bools

    def where(self, mask: Bools) -> _Rows:
        return _Rows(self.patient[mask], self.day[mask], self.rank[mask], self.certain[mask])


def response_course(
    patient: npt.NDArray[Any],
    day: npt.NDArray[Any],
    rank: npt.NDArray[Any],
    window: Window,
    rules: Rules,
) -> Course:
    """Return the response of each patient from assessments in any order.

    Args:
        patient: Position of the assessment's patient in ``window``; shape (assessments,).
        day: Its day, on the scale of ``window``; a patient has at most one a day.
        rank: Its category, as a position in ``CATEGORIES``.
        window: When assessments count.
        rules: What counts as confirmed.
    """
    n = len(window.start)
    rows = _that_count(_Rows(patient, day, rank, np.zeros(len(day), bool)), window, rules)
    progression = _progression(rows, window, rules)
    before = rows.where(~(rows.day >= progression[rows.patient]))
    answered = before.where(before.rank <= MR)
    any_sd = _has(before.where(before.rank == SD), n)
    shown = (rows.rank == PD) & (rules.recorded_progression_counts | ~rows.certain)
    any_pd = _has(rows.where(shown), n)
    unconfirmed = np.full(n, NE, np.int8)
    unconfirmed[any_pd] = PD
    unconfirmed[any_sd] = SD
    confirmed = np.full(n, NE, np.int8)
    sure = ~np.isnan(progression) | (rules.unconfirmed_progression == "PD")
    confirmed[any_pd & sure] = PD
    confirmed[any_sd] = SD
    if rules.unconfirmed_becomes == "SD":
        confirmed[answered.patient] = SD
    first, confirmation = np.full(n, np.nan), np.full(n, np.nan)
    for depth in range(MR, -1, -1):
        unconfirmed[answered.patient[answered.rank <= depth]] = depth
        begin, confirming = _confirmed_runs(before, before.rank <= depth, rules.minimum_days)
        confirmed[before.patient[begin]] = depth
        if depth == PR:
            _first(first, before.patient[begin], before.day[begin])
            _first(confirmation, before.patient[begin], before.day[confirming])
    first_unconfirmed = np.full(n, np.nan)
    deep = answered.where(answered.rank <= PR)
    _first(first_unconfirmed, deep.patient, deep.day)
    return Course(unconfirmed, confirmed, first_unconfirmed, first, confirmation, progression)


def _that_count(rows: _Rows, window: Window, rules: Rules) -> _Rows:
    """Return the assessments between start and next therapy, recorded progressions among them."""
    start = window.start[rows.patient]
    end = _until(window.next_therapy)
    late = _until(window.progression)[rows.patient]
    after = rows.day >= start if rules.start_day_counts else rows.day > start
    counts = after & (rows.day <= end[rows.patient])
    counts &= (rows.day < late) | ((rows.day == late) & (rows.rank == PD))
    if not rules.nonevaluable_breaks:
        counts &= rows.rank != NE
    rows = rows.where(counts)
    known = np.flatnonzero((window.progression >= window.start) & (window.progression <= end))
    day = np.concatenate([rows.day, window.progression[known]])
    patient = np.concatenate([rows.patient, known]).astype(np.int64)
    order = np.lexsort((day, patient))
    return _Rows(
        patient[order],
        day[order],
        np.concatenate([rows.rank, np.full(len(known), PD, np.int8)])[order],
        np.concatenate([rows.certain, np.ones(len(known), bool)])[order],
    )


def _runs(rows: _Rows, holds: Bools) -> tuple[Ints, Ints]:
    """Return first and last position of every run of a patient's rows for which ``holds``."""
    joined = holds[1:] & holds[:-1] & (rows.patient[1:] == rows.patient[:-1])
    first, last = holds.copy(), holds.copy()
    first[1:] &= ~joined
    last[:-1] &= ~joined
    return np.flatnonzero(first), np.flatnonzero(last)


def _confirmed_runs(rows: _Rows, holds: Bools, minimum_days: int) -> tuple[Ints, Ints]:
    """Return the first position of every run that is long enough, and where it becomes so."""
    first, last = _runs(rows, holds)
    long = rows.day[last] - rows.day[first] >= max(minimum_days, 1)
    first = first[long]
    confirming = first + 1
    short = np.flatnonzero(rows.day[confirming] - rows.day[first] < minimum_days)
    while len(short):
        confirming[short] += 1
        gone = rows.day[confirming[short]] - rows.day[first[short]]
        short = short[gone < minimum_days]
    return first, confirming


def _progression(rows: _Rows, window: Window, rules: Rules) -> Floats:
    """Return the first day of every patient's first progression that is confirmed."""
    day = np.full(len(window.start), np.nan)
    first, last = _runs(rows, rows.rank == PD)
    if not len(first):
        return day
    patient = rows.patient[first]
    certain = np.concatenate([[0], np.cumsum(rows.certain)])
    sure = certain[last + 1] > certain[first]
    sure |= rows.day[last] - rows.day[first] >= max(rules.minimum_days, 1)
    ends = np.ones(len(first), bool)
    follows = np.minimum(last + 1, len(rows.day) - 1)
    ends[(follows > last) & (rows.patient[follows] == patient)] = False
    if "death" in rules.progression_confirmed_by:
        sure |= ends & (window.death <= _until(window.next_therapy))[patient]
    if "next_therapy" in rules.progression_confirmed_by:
        sure |= ends & ~np.isnan(window.next_therapy)[patient]
    if not rules.confirm_progression:
        sure[:] = True
    _first(day, patient[sure], rows.day[first[sure]])
    return day


def _until(day: Floats) -> Floats:
    """Return the days at which something ends, never where it is unknown."""
    return np.where(np.isnan(day), np.inf, day)


def _has(rows: _Rows, n: int) -> Bools:
    found = np.zeros(n, bool)
    found[rows.patient] = True
    return found


def _first(target: Floats, patient: Ints, day: Floats) -> None:
    """Write each patient's first day into ``target``; rows stand in the order of days."""
    target[patient[::-1]] = day[::-1]
