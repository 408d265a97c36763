"""Time to event: Kaplan–Meier curves and what is read from them, log-rank, landmark.

Times are in the caller's unit. All estimates follow R's ``survival`` package, to which the tests
hold them. The arithmetic is numpy's own because lifelines offers no table of numbers at risk, and
because one sort of a million rows is all that a curve needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from helpers.statistics.arrays import (
    TIME_TOLERANCE,
    BoolArray,
    FloatArray,
    IntArray,
    checked_times,
    entries,
    follow_up,
    merge_near_ties,
    run_starts,
    sorted_follow_up,
)
from helpers.statistics.proportions import TestResult
from helpers.statistics.rank_tests import rank_test
from helpers.statistics.step_curves import (
    AtTime,
    Transform,
    at_risk_at,
    at_risk_of_exits,
    pointwise_band,
)


class ImmortalTimeError(ValueError):
    """A comparison from time zero by something that was known only later."""


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """Kaplan–Meier estimate as a step function; all arrays share one shape (k,).

    The first point is always time 0 with survival 1 (an event at time 0 itself makes a second
    point at 0); then every distinct time of an event or a censoring. ``low`` and ``high`` are
    pointwise bounds; where survival is 1 or 0 no interval exists and both equal the estimate.
    ``at_risk`` is counted just before each time; ``events`` and ``censored`` at it. ``entries``,
    ``exits`` and ``observed`` are the rows behind it, sorted by exit.
    """

    time: FloatArray
    survival: FloatArray
    low: FloatArray
    high: FloatArray
    at_risk: IntArray
    events: IntArray
    censored: IntArray
    n: int
    n_events: int
    level: float
    transform: str
    entries: FloatArray | None = field(repr=False)
    exits: FloatArray = field(repr=False)
    observed: BoolArray = field(repr=False)


@dataclass(frozen=True)
class Quantile:
    """Time by which a share ``probability`` has had the event; None where not reached."""

    probability: float
    estimate: float | None
    low: float | None
    high: float | None
    level: float
    transform: str
    reached: bool
    reason: str | None


@dataclass(frozen=True)
class SurvivalRate(AtTime):
    """Survival at one time."""


@dataclass(frozen=True)
class RiskTable:
    """KMunicate table: at risk just before each time; censored and events up to and with it."""

    times: tuple[float, ...]
    at_risk: tuple[int, ...]
    censored: tuple[int, ...]
    events: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Landmark:
    """Who is still at risk after the landmark, and follow-up counted from it.

    ``mask`` has one flag per row given; ``durations`` and ``events`` one entry per row kept.
    """

    landmark: float
    mask: BoolArray
    durations: FloatArray
    events: BoolArray
    n_excluded_event: int
    n_excluded_censored: int


def kaplan_meier(
    durations: Any,
    events: Any,
    *,
    entry: Any = None,
    level: float = 0.95,
    transform: Transform = "log-log",
) -> SurvivalCurve:
    """Estimate survival by Kaplan and Meier (1958), with Greenwood's variance.

    Args:
        durations: Time of event or censoring, shape (n,).
        events: True where the event was observed, shape (n,).
        entry: Time of entry under observation (left truncation), shape (n,); all at 0 by default.
        level: Confidence level in (0, 1).
        transform: Scale on which the pointwise interval is symmetric.

    Raises:
        ValueError: Missing or negative values, unequal lengths, an entry that is not before its
            duration, or an unknown level or transform.
    """
    time, observed = follow_up(durations, events)
    start = None if entry is None else entries(entry, time)
    if start is None:
        exits, seen = sorted_follow_up(time, observed)
    else:
        time, start = merge_near_ties(time, start)
        order = np.argsort(time, kind="stable")
        exits, seen, start = time[order], observed[order], start[order]
    first = run_starts(exits)
    points, left = exits[first], np.diff(first, append=time.size)
    died = np.diff(np.concatenate([[0], np.cumsum(seen)])[np.append(first, time.size)])
    at_risk = at_risk_of_exits(first, points, time.size, start)
    points, died, left = (np.concatenate([[0], of_each]) for of_each in (points, died, left))
    survival, variance = _product_limit(at_risk, died)
    low, high = pointwise_band(survival, variance, level, transform)
    return SurvivalCurve(
        time=points,
        survival=survival,
        low=low,
        high=high,
        at_risk=at_risk,
        events=died,
        censored=left - died,
        n=time.size,
        n_events=int(observed.sum()),
        level=level,
        transform=transform,
        entries=start,
        exits=np.repeat(points[1:], left[1:]),
        observed=seen,
    )


def reverse_kaplan_meier(
    durations: Any,
    events: Any,
    *,
    entry: Any = None,
    level: float = 0.95,
    transform: Transform = "log-log",
) -> SurvivalCurve:
    """Estimate potential follow-up: the Kaplan–Meier curve of censoring.

    Schemper and Smith, Control Clin Trials 1996;17:343–346. Its median is the median follow-up.
    Events censor the follow-up that would have been; arguments are those of :func:`kaplan_meier`.

    Raises:
        ValueError: As for :func:`kaplan_meier`.
    """
    time, observed = follow_up(durations, events)
    return kaplan_meier(time, ~observed, entry=entry, level=level, transform=transform)


def median(curve: SurvivalCurve) -> Quantile:
    """Read the median from a curve; see :func:`quantile`."""
    return quantile(curve, 0.5)


def quantile(curve: SurvivalCurve, probability: float = 0.5) -> Quantile:
    """Read the time by which a share of ``probability`` has had the event, with its interval.

    As R's ``survfit``: the first time at which survival is at most 1 - ``probability``; where the
    curve is flat at exactly that height, the middle of the flat. The bounds are read likewise
    from the pointwise band (Brookmeyer and Crowley 1982, on the curve's transform).

    Raises:
        ValueError: ``probability`` is not in (0, 1).
    """
    if not 0 < probability < 1:
        raise ValueError(f"a quantile's probability must lie between 0 and 1, not {probability}")
    height = 1 - probability
    bounded = (curve.survival > 0) & (curve.survival < 1)
    estimate = _first_at_or_below(curve.time, curve.survival, height)
    low = _first_at_or_below(curve.time[bounded], curve.low[bounded], height)
    high = _first_at_or_below(curve.time[bounded], curve.high[bounded], height)
    reason = None
    if estimate is None:
        reason = "no patients" if curve.n == 0 else "not reached"
        reason = "no events" if curve.n and curve.n_events == 0 else reason
    return Quantile(
        probability, estimate, low, high, curve.level, curve.transform, estimate is not None, reason
    )


def survival_at(curve: SurvivalCurve, times: Any) -> tuple[SurvivalRate, ...]:
    """Read survival with its interval at given times.

    Past the last observed time, where that one is censored, survival is not known: None with a
    reason. Where survival is 1 or 0, no interval exists: bounds None with a reason.

    Raises:
        ValueError: A time is missing or negative.
    """
    wanted = checked_times(times)
    counts = risk_table(curve, wanted)
    return tuple(_rate(curve, float(t), n) for t, n in zip(wanted, counts.at_risk, strict=True))


def risk_table(curve: SurvivalCurve, times: Any) -> RiskTable:
    """Count at risk, censored and events at given times (Morris et al., BMJ Open 2019;9:e030215).

    Raises:
        ValueError: A time is missing or negative.
    """
    wanted = checked_times(times)
    reached = np.searchsorted(curve.exits, wanted, side="right")
    died = np.concatenate([[0], np.cumsum(curve.observed)])[reached]
    at_risk = at_risk_at(wanted, curve.exits, curve.entries)
    return RiskTable(
        tuple(float(t) for t in wanted),
        tuple(int(v) for v in at_risk),
        tuple(int(v) for v in reached - died),
        tuple(int(v) for v in died),
    )


def logrank(
    durations: Any, events: Any, groups: Any, *, strata: Any = None, entry: Any = None
) -> TestResult:
    """Compare survival between k groups by the log-rank test (Mantel 1966; R's ``survdiff``).

    The unweighted case of :func:`helpers.statistics.rank_tests.rank_test`, which says what the
    arguments are and raises.
    """
    return rank_test(durations, events, groups, strata=strata, entry=entry)


def cumulative_hazard(curve: SurvivalCurve) -> FloatArray:
    """Return the Nelson–Aalen cumulative hazard at each time of a curve, shape (k,).

    The sum of events over the number at risk, tied events together, as ``cumhaz`` of R's
    ``survfit(ctype = 1)`` (Nelson 1972; Aalen 1978).
    """
    return np.cumsum(np.where(curve.events > 0, curve.events / np.maximum(curve.at_risk, 1), 0.0))


def landmark(durations: Any, events: Any, landmark: float) -> Landmark:
    """Keep those followed beyond a landmark and count their time from it (Anderson 1983).

    A row whose event or censoring falls at or before the landmark is excluded and counted.

    Raises:
        ValueError: Missing or negative values, unequal lengths, or a negative landmark.
    """
    time, observed = follow_up(durations, events)
    if not landmark >= 0:
        raise ValueError("a landmark must not be negative")
    mask = time > landmark
    return Landmark(
        float(landmark),
        mask,
        time[mask] - landmark,
        observed[mask],
        int((~mask & observed).sum()),
        int((~mask & ~observed).sum()),
    )


def require_known_at_baseline(name: str, known_at: str, *, naive: bool = False) -> None:
    """Refuse a grouping from time zero by a variable that became known only later.

    Args:
        name: The variable's name, for the message.
        known_at: "baseline", or when else it was known ("on-treatment").
        naive: True says that the biased comparison is wanted and will be labelled as such.

    Raises:
        ImmortalTimeError: ``known_at`` is not "baseline" and ``naive`` is False.
    """
    if known_at == "baseline" or naive:
        return
    raise ImmortalTimeError(
        f"{name!r} is known only {known_at}, so it may not split a curve, test or model from time "
        "zero: those who live longer have more time to acquire it. Use a landmark analysis "
        "(landmark), a time-dependent covariate, or ask for the biased comparison by name "
        "(naive=True)."
    )


def _product_limit(at_risk: IntArray, died: IntArray) -> tuple[FloatArray, FloatArray]:
    """Survival and the variance of its logarithm (Greenwood); inf where nobody is left."""
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(died > 0, died / at_risk, 0.0)
        step = np.where(died > 0, died / (at_risk * (at_risk - died).astype(float)), 0.0)
    return np.cumprod(1 - hazard), np.cumsum(step)


def _first_at_or_below(time: FloatArray, heights: FloatArray, height: float) -> float | None:
    """First time at or below ``height``, or the middle of a flat at exactly that height."""
    below = np.flatnonzero(heights < height + TIME_TOLERANCE)
    if below.size == 0:
        return None
    first = below[0]
    if abs(heights[first] - height) < TIME_TOLERANCE:
        further = np.flatnonzero(heights < heights[first] - TIME_TOLERANCE)
        if further.size:
            return float((time[first] + time[further[0]]) / 2)
    return float(time[first])


def _rate(curve: SurvivalCurve, time: float, at_risk: int) -> SurvivalRate:
    def rate(
        estimate: float | None, low: float | None, high: float | None, reason: str | None
    ) -> SurvivalRate:
        return SurvivalRate(
            time, estimate, low, high, at_risk, curve.level, curve.transform, reason
        )

    if curve.n == 0:
        return rate(None, None, None, "no patients")
    i = int(np.searchsorted(curve.time, time, side="right")) - 1
    value = float(curve.survival[i])
    if time > curve.time[-1] and value > 0:
        return rate(None, None, None, "past the last observed time")
    if value == 1.0:
        return rate(value, None, None, "no event up to this time, so there is no interval")
    if value == 0.0:
        return rate(value, None, None, "nobody is left event-free, so there is no interval")
    return rate(value, float(curve.low[i]), float(curve.high[i]), None)
