"""Rubin's rules: one estimate and its uncertainty from several imputed data sets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from helpers.statistics.arrays import numbers

#: Estimates that differ by less than this share of the largest are the same but for rounding.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Pooled:
    """An estimate over several data sets, on the scale on which it was given.

    Attributes:
        estimate: Mean over the data sets.
        error: Its standard error.
        low: Lower bound, from Student's t.
        high: Upper bound.
        p: Two-sided test of the estimate being 0.
        df: Degrees of freedom of t; None where they are infinite (the normal distribution).
        within: Mean of the squared standard errors.
        between: Variance of the estimates between the data sets.
        due_to_missing: Share of the variance that is due to missing values, in 0..1.
        fraction_missing: Fraction of missing information, in 0..1: the same, plus what the few
            degrees of freedom cost.
        data_sets: How many were pooled.
        level: Confidence level.
    """

    estimate: float
    error: float
    low: float
    high: float
    p: float
    df: float | None
    within: float
    between: float
    due_to_missing: float
    fraction_missing: float
    data_sets: int
    level: float


def pool(
    estimates: Any,
    errors: Any,
    *,
    complete_df: float | None = None,
    level: float = 0.95,
) -> Pooled:
    """Pool one estimate over m data sets (Rubin, Multiple Imputation for Nonresponse, 1987).

    With mean squared error W within and variance B between the data sets, the total variance is
    T = W + (1 + 1/m) B. Without ``complete_df``, its degrees of freedom are v = (m - 1) / l^2 with
    l = (1 + 1/m) B / T; with it, those of Barnard and Rubin (Biometrika 1999;86:948–955):
    1 / (1/v + 1/w), w = (c + 1) / (c + 3) * c * (1 - l) for c complete-data degrees of freedom.
    The fraction of missing information is (r + 2 / (df + 3)) / (r + 1), r = (1 + 1/m) B / W.

    Args:
        estimates: One per data set, on a scale on which they are about normal, shape (m,).
        errors: Their standard errors, shape (m,).
        complete_df: Degrees of freedom that the estimate would have if nothing were missing.
        level: Confidence level in (0, 1).

    Raises:
        ValueError: Fewer than two data sets, unequal lengths, a missing value, a standard error
            that is not positive, or degrees of freedom or a level out of range.
    """
    value, error = numbers(estimates, "estimates"), numbers(errors, "errors")
    m = value.size
    if m < 2 or error.size != m:
        raise ValueError("pooling needs at least two estimates and as many standard errors")
    if not (error > 0).all() or not 0 < level < 1 or (complete_df is not None and complete_df <= 0):
        raise ValueError("standard errors and degrees of freedom must be positive, level in (0, 1)")
    mean, within = float(value.mean()), float((error**2).mean())
    alike = float(np.ptp(value)) <= ROUNDING * float(np.abs(value).max())
    between = 0.0 if alike else float(value.var(ddof=1))
    extra = (1 + 1 / m) * between
    total = within + extra
    df = degrees_of_freedom(m, extra / total, complete_df)
    spread = math.sqrt(total)
    reference = stats.norm if df is None else stats.t(df)
    half = float(reference.isf((1 - level) / 2)) * spread
    ratio = extra / within
    missing = (ratio + (0.0 if df is None else 2 / (df + 3))) / (ratio + 1)
    return Pooled(
        estimate=mean,
        error=spread,
        low=mean - half,
        high=mean + half,
        p=float(2 * reference.sf(abs(mean) / spread)),
        df=df,
        within=within,
        between=between,
        due_to_missing=extra / total,
        fraction_missing=missing if between > 0 else 0.0,
        data_sets=m,
        level=level,
    )


def degrees_of_freedom(m: int, share: float, complete_df: float | None) -> float | None:
    """Return the degrees of freedom of a pooled estimate; None where they are infinite.

    Args:
        m: Data sets, at least two.
        share: Share of its variance that is due to missing values, in [0, 1).
        complete_df: As in :func:`pool`, whose docstring has the formulas.
    """
    if complete_df is None:
        return None if share == 0 else (m - 1) / share**2
    observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
    if share == 0:
        return observed
    old = (m - 1) / np.square(share)
    return float(old * observed / (old + observed))
