"""Competing risks: cumulative incidence by Aalen and Johansen, and cause-specific Cox models.

Own numpy code because lifelines breaks ties at random, so that its estimate changes from run to
run; here tied events of all causes happen together, as in R's ``survfit`` and ``cmprsk``. Gray's
test is in :mod:`helpers.statistics.gray`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from helpers.statistics.arrays import (
    FloatArray,
    IntArray,
    checked_times,
    entries,
    follow_up,
    merge_near_ties,
    numbers,
    runs,
)
from helpers.statistics.regression import CoxModel, Factor, cox
from helpers.statistics.step_curves import (
    AtTime,
    Transform,
    at_risk_at,
    at_risk_of_exits,
    pointwise_band,
)


@dataclass(frozen=True, eq=False)
class IncidenceCurve:
    """Cumulative incidence of one cause as a step function; all arrays share one shape (k,).

    The first point is time 0 with incidence 0; then every distinct time of an event of any cause
    or of a censoring. ``event_free`` is the share without any event. ``low`` and ``high`` are
    pointwise bounds; where incidence is 0 or 1 no interval exists and both equal the estimate.
    ``at_risk`` is counted just before each time; ``events`` (of the cause), ``competing`` (of all
    others) and ``censored`` at it. ``entries``, ``exits`` and ``causes`` are the rows behind it,
    sorted by exit.
    """

    cause: int
    time: FloatArray
    incidence: FloatArray
    standard_error: FloatArray
    low: FloatArray
    high: FloatArray
    event_free: FloatArray
    at_risk: IntArray
    events: IntArray
    competing: IntArray
    censored: IntArray
    n: int
    n_events: int
    n_competing: int
    level: float
    transform: str
    entries: FloatArray | None = field(repr=False)
    exits: FloatArray = field(repr=False)
    causes: IntArray = field(repr=False)


@dataclass(frozen=True)
class Incidence(AtTime):
    """Cumulative incidence at one time."""


@dataclass(frozen=True)
class IncidenceTable:
    """At risk just before each time; events, competing events and censored up to and with it."""

    times: tuple[float, ...]
    at_risk: tuple[int, ...]
    events: tuple[int, ...]
    competing: tuple[int, ...]
    censored: tuple[int, ...]


def cumulative_incidence(
    durations: Any,
    causes: Any,
    *,
    cause: int = 1,
    entry: Any = None,
    level: float = 0.95,
    transform: Transform = "log-log",
) -> IncidenceCurve:
    """Estimate the cumulative incidence of one cause (Aalen and Johansen 1978).

    With S the share free of any event, d_k the events of cause k among Y at risk: F_k(t) is the
    sum over s ≤ t of S(s-) d_k(s)/Y(s). Its variance is by the delta method, with the multinomial
    variance of the increments at each time (Greenwood's, where there is one cause): R's
    ``survfit`` has the same without late entry, and an infinitesimal jackknife with it. The
    interval is made on the transform's scale of F_k itself, as by R.

    Args:
        durations: Time of event or censoring, shape (n,).
        causes: 0 where censored, else the cause, a whole number from 1 on; shape (n,).
        cause: The cause of interest; all others compete with it.
        entry: Time of entry under observation (left truncation), shape (n,); all at 0 by default.
        level: Confidence level in (0, 1).
        transform: Scale on which the pointwise interval is symmetric.

    Raises:
        ValueError: Missing or negative values, unequal lengths, an entry that is not before its
            duration, a cause that is no whole number, or an unknown level or transform.
    """
    time, code = checked_causes(durations, causes)
    if cause < 1:
        raise ValueError(f"a cause is a whole number from 1 on, not {cause}")
    start = None if entry is None else entries(entry, time)
    rows = _counted(time, code, start, cause)
    incidence, event_free, variance = _aalen_johansen(
        rows["at_risk"], rows["events"], rows["competing"]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(incidence > 0, variance / incidence**2, 0.0)
    low, high = pointwise_band(incidence, relative, level, transform)
    return IncidenceCurve(
        cause=cause,
        incidence=incidence,
        standard_error=np.sqrt(variance),
        low=low,
        high=high,
        event_free=event_free,
        n=time.size,
        n_events=int(rows["events"].sum()),
        n_competing=int(rows["competing"].sum()),
        level=level,
        transform=transform,
        **rows,
    )


def incidence_at(curve: IncidenceCurve, times: Any) -> tuple[Incidence, ...]:
    """Read cumulative incidence with its interval at given times.

    Past the last observed time, where somebody is left without an event, incidence is not known:
    None with a reason. Where it is 0 or 1 no interval exists: bounds None with a reason.

    Raises:
        ValueError: A time is missing or negative.
    """
    wanted = checked_times(times)
    counts = incidence_table(curve, wanted)
    return tuple(
        _incidence(curve, float(t), n) for t, n in zip(wanted, counts.at_risk, strict=True)
    )


def incidence_table(curve: IncidenceCurve, times: Any) -> IncidenceTable:
    """Count at risk, events, competing events and censored at given times.

    Raises:
        ValueError: A time is missing or negative.
    """
    wanted = checked_times(times)
    reached = np.searchsorted(curve.exits, wanted, side="right")
    at_risk = at_risk_at(wanted, curve.exits, curve.entries)
    own, other, gone = (
        np.concatenate([[0], np.cumsum(rows)])[reached]
        for rows in (
            curve.causes == curve.cause,
            (curve.causes > 0) & (curve.causes != curve.cause),
            curve.causes == 0,
        )
    )
    columns = (at_risk, own, other, gone)
    counted = (tuple(int(v) for v in column) for column in columns)
    return IncidenceTable(tuple(float(t) for t in wanted), *counted)


def cause_specific_cox(
    durations: Any,
    causes: Any,
    factors: Sequence[Factor],
    *,
    cause: int = 1,
    level: float = 0.95,
) -> CoxModel:
    """Fit a Cox model to the hazard of one cause; events of the others are censored.

    Its hazard ratios describe the rate among those still without any event, not the cumulative
    incidence (Prentice et al., Biometrics 1978;34:541–554).

    Args:
        durations: Time of event or censoring, shape (n,).
        causes: 0 where censored, else the cause; shape (n,).
        factors: Factors of the model, as for :func:`helpers.statistics.regression.cox`.
        cause: The cause of interest.
        level: Confidence level.

    Raises:
        ValueError: As for :func:`cumulative_incidence` and for ``cox``.
    """
    time, code = checked_causes(durations, causes)
    return cox(time, code == cause, factors, level=level)


def checked_causes(durations: Any, causes: Any) -> tuple[FloatArray, IntArray]:
    """Return checked durations and causes of equal length.

    Raises:
        ValueError: Missing values, negative durations, causes that are no whole numbers from 0
            on, or unequal lengths.
    """
    code = numbers(causes, "causes")
    if ((code < 0) | (code != np.round(code))).any():
        raise ValueError("causes must be whole numbers: 0 censored, 1, 2 … the cause")
    time, _ = follow_up(durations, code > 0)
    return time, code.astype(np.int64)


def _counted(
    time: FloatArray, code: IntArray, start: FloatArray | None, cause: int
) -> dict[str, Any]:
    """Distinct times with what is counted at each, time 0 first, and the rows sorted by exit."""
    if start is not None:
        time, start = merge_near_ties(time, start)
    order, first = runs(time)
    points, left = time[order][first], np.diff(first, append=time.size)
    own, other = (
        np.concatenate([[0], _counts(rows[order], first)])
        for rows in (code == cause, (code > 0) & (code != cause))
    )
    return {
        "time": np.concatenate([[0.0], points]),
        "at_risk": at_risk_of_exits(first, points, time.size, start),
        "events": own,
        "competing": other,
        "censored": np.concatenate([[0], left]) - own - other,
        "entries": None if start is None else start[order],
        "exits": np.repeat(points, left),
        "causes": code[order],
    }


def _counts(rows: Any, first: IntArray) -> IntArray:
    """Number of flagged rows at each distinct time."""
    total = np.concatenate([[0], np.cumsum(rows)])
    return np.asarray(np.diff(total[np.append(first, rows.size)]), dtype=np.int64)


def _aalen_johansen(
    at_risk: IntArray, own: IntArray, other: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cumulative incidence, share free of events, and the variance of the incidence.

    An increment at s moves F(t) by S(s-) for the cause itself, and by -(F(t) - F(s))/(1 - h(s))
    for every event, h being the hazard of any. The variance of F(t) is therefore a square
    polynomial in F(t) whose coefficients are sums over s ≤ t.
    """
    y = np.maximum(at_risk, 1).astype(float)
    p, q = own / y, other / y
    hazard = p + q
    event_free = np.cumprod(1 - hazard)
    before = np.concatenate([[1.0], event_free[:-1]])
    incidence = np.cumsum(before * p)
    # where all had the event of interest F is 1, which the sum misses by its rounding
    incidence[(event_free == 0) & (np.cumsum(other) == 0)] = 1.0
    with np.errstate(divide="ignore"):
        later = np.where(hazard < 1, 1 / (1 - hazard), 0.0)
    # the effect of a unit of the own and of another cause: (a + b F(t)), (c + b F(t))
    b = -later
    c = later * incidence
    a = before + c
    mean = p * a + q * c
    constant = np.cumsum((p * a * a + q * c * c - mean * mean) / y)
    linear = np.cumsum(2 * b * (p * a + q * c) * (1 - hazard) / y)
    square = np.cumsum(b * b * hazard * (1 - hazard) / y)
    variance = constant + linear * incidence + square * incidence**2
    return incidence, event_free, np.maximum(variance, 0.0)


def _incidence(curve: IncidenceCurve, time: float, at_risk: int) -> Incidence:
    i = int(np.searchsorted(curve.time, time, side="right")) - 1
    value: float | None = float(curve.incidence[i])
    reason = None
    if curve.n == 0:
        value, reason = None, "no patients"
    elif time > curve.time[-1] and curve.event_free[-1] > 0:
        value, reason = None, "past the last observed time"
    elif value == 0.0:
        reason = "no event up to this time, so there is no interval"
    elif value == 1.0:
        reason = "everybody has had the event, so there is no interval"
    low, high = (None, None) if reason else (float(curve.low[i]), float(curve.high[i]))
    return Incidence(time, value, low, high, at_risk, curve.level, curve.transform, reason)
