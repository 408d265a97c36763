"""Restricted mean survival time: the area under a Kaplan–Meier curve up to a horizon.

Own numpy code because what lifelines calls its variance is not a squared standard error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from helpers.statistics.time_to_event import SurvivalCurve


@dataclass(frozen=True)
class RestrictedMean:
    """Mean time lived up to ``horizon``, in the curve's unit, with its standard error."""

    horizon: float
    estimate: float | None
    error: float | None
    low: float | None
    high: float | None
    level: float
    reason: str | None = None


@dataclass(frozen=True)
class RestrictedMeanDifference:
    """Difference a - b of two restricted means, in the curves' unit, with a two-sided test."""

    horizon: float
    estimate: float | None
    error: float | None
    low: float | None
    high: float | None
    p: float | None
    level: float
    reason: str | None = None


def restricted_mean(curve: SurvivalCurve, horizon: float, *, level: float = 0.95) -> RestrictedMean:
    """Estimate the mean of time lived up to a horizon, as R's ``print(survfit, rmean=)``.

    The variance is the sum over event times up to the horizon of A(t)^2 d / (n (n - d)), A(t)
    being the area under the curve from t to the horizon (Klein and Moeschberger, Survival
    Analysis, 2003, section 4.5). The interval is normal, cut at 0 and the horizon.

    Args:
        curve: The Kaplan–Meier estimate.
        horizon: Up to when time is counted, positive, in the curve's unit.
        level: Confidence level in (0, 1).

    Returns:
        The mean, or None with a reason where the curve is not known up to the horizon. Where no
        event fell before it, there is an estimate but neither error nor interval.

    Raises:
        ValueError: The horizon is not a positive number, or the level is not in (0, 1).
    """
    if not (math.isfinite(horizon) and horizon > 0 and 0 < level < 1):
        raise ValueError("a horizon must be a positive number and a level lie in (0, 1)")
    why = "no patients" if curve.n == 0 else None
    if curve.n and horizon > curve.time[-1] and curve.survival[-1] > 0:
        why = "the horizon is past the last observed time"
    if why is not None:
        return RestrictedMean(float(horizon), None, None, None, None, level, why)
    inside = curve.time < horizon
    area = curve.survival[inside] * np.diff(curve.time[inside], append=horizon)
    after = np.cumsum(area[::-1])[::-1]
    n, died = curve.at_risk[inside].astype(float), curve.events[inside]
    counted = (died > 0) & (died < n)
    share = died[counted] / (n[counted] * (n[counted] - died[counted]))
    estimate, error = float(area.sum()), math.sqrt(float(after[counted] ** 2 @ share))
    if error == 0:
        reason = "no variation up to the horizon, so there is no interval"
        return RestrictedMean(float(horizon), estimate, None, None, None, level, reason)
    half = float(stats.norm.isf((1 - level) / 2)) * error
    low, high = max(estimate - half, 0.0), min(estimate + half, float(horizon))
    return RestrictedMean(float(horizon), estimate, error, low, high, level)


def restricted_mean_difference(
    a: SurvivalCurve, b: SurvivalCurve, horizon: float, *, level: float = 0.95
) -> RestrictedMeanDifference:
    """Compare two independent groups by the difference of their restricted means (Wald).

    Royston and Parmar, BMC Med Res Methodol 2013;13:152.

    Raises:
        ValueError: As for :func:`restricted_mean`.
    """
    means = [restricted_mean(curve, horizon, level=level) for curve in (a, b)]
    first, second = means
    if first.estimate is None or second.estimate is None:
        reason = next(mean.reason for mean in means if mean.estimate is None)
        return RestrictedMeanDifference(float(horizon), None, None, None, None, None, level, reason)
    estimate = first.estimate - second.estimate
    error = math.hypot(first.error or 0.0, second.error or 0.0)
    if error == 0:
        return RestrictedMeanDifference(
            float(horizon), estimate, None, None, None, None, level, first.reason
        )
    half = float(stats.norm.isf((1 - level) / 2)) * error
    p = float(2 * stats.norm.sf(abs(estimate) / error))
    return RestrictedMeanDifference(
        float(horizon), estimate, error, estimate - half, estimate + half, p, level
    )
