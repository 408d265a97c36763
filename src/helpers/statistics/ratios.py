"""Coefficients of a model as ratios, each with bounds and a p-value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import stats

from helpers.statistics.arrays import FloatArray
from helpers.statistics.design import Term
from helpers.statistics.firth import FirthFit

#: Ratio, lower bound, upper bound, p-value; NaN where there is none.
Estimate = tuple[float, float, float, float]
NOT_FOUND = "no finite estimate was found"


@dataclass(frozen=True)
class Coefficient:
    """One coefficient as a ratio, with the rows (n) and events that it rests on.

    For a numeric factor ``level`` says the step ("per 10 years") and ``reference`` is None.
    Without an ``estimate`` the ``reason`` says why.
    """

    factor: str
    level: str
    reference: str | None
    estimate: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    events: int
    reason: str | None


@dataclass(frozen=True)
class Ratio(Coefficient):
    """A coefficient of one model; ``n`` and ``events`` are those of its level.

    ``compared`` holds rows and events of the reference; None where the factor is numeric.
    """

    compared: tuple[int, int] | None = None

    @classmethod
    def of(cls, term: Term, values: Estimate | None, reason: str) -> Self:
        """Return the ratio of a term.

        Args:
            term: The coefficient.
            values: Its ratio; None where the model has none.
            reason: Why there is no estimate, where the term itself does not say.
        """
        estimate, low, high, p = (
            (None,) * 4 if values is None else (v if math.isfinite(v) else None for v in values)
        )
        why = term.reason or (None if estimate is not None else reason)
        if why is None and (low is None or high is None or p is None):
            why = "the profile likelihood gives no bound or p-value"
        return cls(
            term.factor.name, term.level, term.reference, estimate, low, high, p,
            term.n, term.events, why, term.compared,
        )  # fmt: skip


def wald_ratios(
    beta: FloatArray, error: FloatArray, level: float, scale: FloatArray | float = 1.0
) -> list[Estimate]:
    """Return ratios with Wald intervals and two-sided Wald tests.

    Args:
        beta: Coefficients, shape (p,).
        error: Their standard errors, shape (p,).
        level: Confidence level.
        scale: What each covariate was divided by, shape (p,).
    """
    half = stats.norm.isf((1 - level) / 2) * error
    p = 2 * stats.norm.sf(np.abs(beta / error))
    lines = (np.exp((beta + shift) / scale) for shift in (0.0, -half, half))
    return [tuple(row) for row in np.column_stack([*lines, p]).tolist()]


def firth_ratios(penalised: FirthFit) -> list[Estimate] | None:
    """Return the ratios of a penalised model; None where no maximum was found."""
    if not penalised.converged:
        return None
    columns = [np.exp(penalised.beta), np.exp(penalised.low), np.exp(penalised.high), penalised.p]
    return [tuple(row) for row in np.column_stack(columns).tolist()]
