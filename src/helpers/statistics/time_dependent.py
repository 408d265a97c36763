"""Groups that form after time zero, compared without immortal time.

A patient belongs to the state without the change until the change and to the state with it from
then on, so that nobody is credited with the time it took to change. Follow-up is cut by
:func:`helpers.statistics.person_time.split_at_change`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from helpers.statistics.arrays import follow_up
from helpers.statistics.person_time import PersonTime, split_at_change
from helpers.statistics.proportions import TestResult
from helpers.statistics.rank_tests import rank_test
from helpers.statistics.regression import CoxModel, Factor, cox
from helpers.statistics.step_curves import Transform
from helpers.statistics.time_to_event import SurvivalCurve, kaplan_meier

MANTEL_BYAR = "Mantel–Byar test"
STATES = ("before", "after")


@dataclass(frozen=True, eq=False)
class StateCurves:
    """Survival in the state before the change and in that after it, from the landmark on.

    Attributes:
        before: Curve of those who have not changed; a change ends their time in it. None where
            nobody is at risk in it.
        after: Curve of those who have changed, each at risk from the change on; or None.
        landmark: Time on the clock of the durations from which both curves count.
        changed: Patients who changed before their follow-up ended.
        n_excluded: Patients whose follow-up ended at or before the landmark.
    """

    before: SurvivalCurve | None
    after: SurvivalCurve | None
    landmark: float
    changed: int
    n_excluded: int


def mantel_byar(
    durations: Any, events: Any, change_times: Any, *, strata: Any = None
) -> TestResult:
    """Compare the hazard after a change with that before it (Mantel and Byar 1974).

    The log-rank test in which a patient is at risk in the state of the moment: equal to the score
    test of the time-dependent indicator in a Cox model where events are not tied.

    Args:
        durations: Time of event or censoring, shape (n,).
        events: True where the event was observed, shape (n,).
        change_times: Time of the change on the same clock; None or NaN where there was none.
        strata: Stratum of each patient, shape (n,); one stratum by default.

    Raises:
        ValueError: As for :func:`helpers.statistics.person_time.split_at_change`.
    """
    name = MANTEL_BYAR if strata is None else f"stratified {MANTEL_BYAR}"
    split = split_at_change(durations, events, change_times)
    if split.state.all() or not split.state.any():
        return TestResult(name, None, reason="nobody is seen in one of the two states")
    layer = None if strata is None else _of_patients(strata, split)
    found = rank_test(split.stop, split.event, split.state, strata=layer, entry=split.start)
    return replace(found, test=name)


def simon_makuch(
    durations: Any,
    events: Any,
    change_times: Any,
    *,
    landmark: float = 0.0,
    level: float = 0.95,
    transform: Transform = "log-log",
) -> StateCurves:
    """Estimate survival before and after a change (Simon and Makuch, Stat Med 1984;3:35–44).

    Kaplan–Meier estimates with late entry: a patient leaves the first curve at the change, as
    censored, and enters the second. Neither is the survival of a fixed group. Where few have
    changed early, one early event throws the second curve down for good; a landmark lets both
    begin later, when more have changed, with those still followed then.

    Args:
        durations: Time of event or censoring, shape (n,).
        events: True where the event was observed, shape (n,).
        change_times: Time of the change on the same clock; None or NaN where there was none.
        landmark: Where both curves begin; their time counts from there.
        level: Confidence level.
        transform: Scale on which the pointwise interval is symmetric.

    Raises:
        ValueError: As for :func:`helpers.statistics.person_time.split_at_change` and
            :func:`~helpers.statistics.time_to_event.kaplan_meier`, or a negative landmark.
    """
    if not landmark >= 0:
        raise ValueError("a landmark must not be negative")
    time, _ = follow_up(durations, events)
    split = split_at_change(durations, events, change_times)
    start, stop = np.maximum(split.start, landmark) - landmark, split.stop - landmark

    def curve(state: bool) -> SurvivalCurve | None:
        rows = (split.state == state) & (stop > start)
        if not rows.any():
            return None
        return kaplan_meier(
            stop[rows], split.event[rows], entry=start[rows], level=level, transform=transform
        )

    return StateCurves(
        before=curve(False),
        after=curve(True),
        landmark=float(landmark),
        changed=int(np.unique(split.row[split.state]).size),
        n_excluded=int((time <= landmark).sum()),
    )


def time_dependent_cox(
    durations: Any,
    events: Any,
    change_times: Any,
    *,
    name: str,
    label: str,
    states: tuple[str, str] = STATES,
    factors: Sequence[Factor] = (),
    level: float = 0.95,
) -> CoxModel:
    """Fit a Cox model in which a yes/no covariate changes during follow-up.

    Args:
        durations: Time of event or censoring, shape (n,).
        events: True where the event was observed, shape (n,).
        change_times: Time of the change on the same clock; None or NaN where there was none.
        name: Key of the covariate.
        label: Its name for a reader.
        states: Its levels, before and after the change; the first is the reference.
        factors: Further factors, known at time zero, one value a patient.
        level: Confidence level.

    Returns:
        The model; ``n`` and ``n_total`` count the patients of whom anything was observed.

    Raises:
        ValueError: As for :func:`helpers.statistics.person_time.split_at_change` and
            :func:`~helpers.statistics.regression.cox`.
    """
    split = split_at_change(durations, events, change_times)
    values = np.where(split.state, states[1], states[0])
    own = Factor(name=name, label=label, values=values, levels=states)
    rest = [replace(factor, values=_of_patients(factor.values, split)) for factor in factors]
    return cox(
        split.stop,
        split.event,
        [own, *rest],
        entry=split.start,
        patients=split.row,
        level=level,
    )


def _of_patients(values: Any, split: PersonTime) -> Any:
    """Repeat one value a patient for each of the patient's intervals."""
    array = np.asarray(values, dtype=object)
    return array[split.row]
