"""Conditional survival: the outlook of those who have already lived some time."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from helpers.statistics.step_curves import Transform
from helpers.statistics.time_to_event import (
    SurvivalCurve,
    SurvivalRate,
    kaplan_meier,
    survival_at,
)


def conditional_survival(
    curve: SurvivalCurve, given: float, times: Any
) -> tuple[SurvivalRate, ...]:
    """Read S(t | alive and event-free beyond ``given``) = S(t) / S(given) with its interval.

    Only events after ``given`` enter the variance (Greenwood), which makes the interval that of
    the Kaplan–Meier curve of those still followed beyond ``given``; on the curve's transform.

    Args:
        curve: The Kaplan–Meier estimate from time zero.
        given: The time already lived, in the curve's unit.
        times: Times counted from time zero, none before ``given``.

    Raises:
        ValueError: ``given`` is negative or no number, or a time is missing or before it.
    """
    wanted = np.asarray(times, dtype=float)
    if not 0 <= given < np.inf:
        raise ValueError("the time already lived must be a number and not negative")
    if not (wanted >= given).all():
        raise ValueError("a time is missing or before the time already lived")
    left = curve.exits > given
    entry = None if curve.entries is None else np.maximum(curve.entries[left], given)
    beyond = kaplan_meier(
        curve.exits[left],
        curve.observed[left],
        entry=entry,
        level=curve.level,
        transform=cast("Transform", curve.transform),
    )
    return survival_at(beyond, wanted)
