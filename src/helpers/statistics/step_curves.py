"""What curves of one event and of several share: numbers at risk, pointwise bounds, readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from helpers.statistics.arrays import FloatArray, IntArray

Transform = Literal["log-log", "log", "plain"]
TRANSFORMS: tuple[Transform, ...] = ("log-log", "log", "plain")


@dataclass(frozen=True)
class AtTime:
    """What a curve says at one time, as a fraction, with its interval and the number at risk.

    Without an ``estimate``, or without bounds, ``reason`` says why.
    """

    time: float
    estimate: float | None
    low: float | None
    high: float | None
    at_risk: int
    level: float
    transform: str
    reason: str | None


def at_risk_of_exits(
    first: IntArray, points: FloatArray, n: int, start: FloatArray | None
) -> IntArray:
    """Count at risk at time 0 and just before each distinct exit, shape (k + 1,).

    Args:
        first: Position of the first row of each distinct exit, of rows sorted by exit, shape (k,).
        points: The distinct exits, shape (k,).
        n: Rows.
        start: Time of entry of each row, shape (n,); None where all enter at 0.
    """
    at_risk = n - first
    if start is None:
        return np.concatenate([[n], at_risk])
    at_risk = at_risk - (n - np.searchsorted(np.sort(start), points, side="left"))
    return np.concatenate([[int((start <= 0).sum())], at_risk])


def at_risk_at(times: FloatArray, exits: FloatArray, start: FloatArray | None) -> IntArray:
    """Count at risk just before given times; at time 0, those who have entered by then.

    Args:
        times: The times, shape (m,).
        exits: Time of exit of each row, ascending, shape (n,).
        start: Time of entry of each row, shape (n,); None where all enter at 0.
    """
    at_risk = exits.size - np.searchsorted(exits, times, side="left")
    if start is None:
        return at_risk
    entered = np.sort(start)
    here = np.searchsorted(entered, times, side="left")
    here = np.where(times == 0, np.searchsorted(entered, times, side="right"), here)
    return at_risk - (exits.size - here)


def pointwise_band(
    survival: FloatArray, variance: FloatArray, level: float, transform: str
) -> tuple[FloatArray, FloatArray]:
    """Return the pointwise interval of probabilities; equal to the estimate where that is 0 or 1.

    Args:
        survival: Probabilities, shape (k,).
        variance: Variances of their logarithms, shape (k,).
        level: Confidence level.
        transform: Scale on which the interval is symmetric.

    Raises:
        ValueError: The level is not in (0, 1), or the transform is unknown.
    """
    if transform not in TRANSFORMS or not 0 < level < 1:
        raise ValueError(f"unknown transform {transform!r} or level {level}")
    low, high = survival.copy(), survival.copy()
    inside = (survival > 0) & (survival < 1)
    s, half = survival[inside], stats.norm.isf((1 - level) / 2) * np.sqrt(variance[inside])
    if transform == "log-log":
        half = half / np.log(s)
        low[inside], high[inside] = s ** np.exp(-half), s ** np.exp(half)
    elif transform == "log":
        low[inside], high[inside] = s * np.exp(-half), np.minimum(s * np.exp(half), 1.0)
    else:
        low[inside] = np.maximum(s - half * s, 0.0)
        high[inside] = np.minimum(s + half * s, 1.0)
    return low, high
