"""Firth-penalised Cox regression: finite estimates where events are few or a level separates.

Firth, Biometrika 1993;80:27–38; Heinze and Schemper, Biometrics 2001;57:114–119. Ties by
Breslow's method, as R's ``coxphf``. Own code because ``firthmodels`` has neither strata nor late
entry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from helpers.statistics.arrays import BoolArray, FloatArray
from helpers.statistics.partial_likelihood import Moments, information, moments
from helpers.statistics.risk_sets import RiskSets, at_risk

MAX_ITERATIONS = 100
#: A step smaller than this, in standard deviations of the covariates, is rest.
STEP_EPS = 1e-10
#: No coefficient moves by more than this in one step.
MAX_STEP = 5.0


@dataclass(frozen=True, eq=False)
class FirthFit:
    """Penalised coefficients (p,), profile-likelihood bounds (p,) each, and p-values (p,).

    A bound or p-value that does not exist is NaN here; callers turn it into None.
    """

    beta: FloatArray
    low: FloatArray
    high: FloatArray
    p: FloatArray
    converged: bool


@dataclass(frozen=True, eq=False)
class _Point:
    """Penalised log-likelihood at ``beta``, its gradient (p,) and the information (p, p)."""

    beta: FloatArray
    value: float
    gradient: FloatArray
    information: FloatArray


def firth_cox(sets: RiskSets, level: float) -> FirthFit:
    """Fit the penalised model with profile intervals and penalised likelihood-ratio tests.

    Args:
        sets: Risk sets with at least one event and covariates of full column rank.
        level: Confidence level in (0, 1).
    """
    scale = sets.x.std(axis=1)
    alone = replace(sets, x=sets.x / scale[:, None], share=np.zeros_like(sets.share), tied=None)
    p = scale.size
    missing = np.full(p, np.nan)
    everything = np.ones(p, dtype=bool)
    top = _maximum(alone, np.zeros(p), everything)
    if top is None:
        return FirthFit(missing, missing, missing, missing, False)
    cut = float(np.sqrt(stats.chi2.ppf(level, 1)))
    bounds = np.array([[_bound(alone, top, j, side * cut) for j in range(p)] for side in (-1, 1)])
    tests = np.array([_test(alone, top, j) for j in range(p)])
    return FirthFit(top.beta / scale, bounds[0] / scale, bounds[1] / scale, tests, True)


def _maximum(sets: RiskSets, beta: FloatArray, free: BoolArray) -> _Point | None:
    """Climb from ``beta`` along the free coefficients; None where no maximum is reached.

    Quasi-Newton (BFGS) from the information: that alone is not the penalised curvature, and with
    very few events its steps would go to and fro for ever.
    """
    here = _point(sets, beta)
    if here is None or not free.any():
        return here
    curvature = here.information[np.ix_(free, free)]
    for _ in range(MAX_ITERATIONS):
        step = np.zeros(beta.size)
        step[free] = np.linalg.solve(curvature, here.gradient[free])
        largest = float(np.abs(step).max())
        if largest <= STEP_EPS:
            return here
        there = _climbed(sets, here, step * min(1.0, MAX_STEP / largest))
        if there is None or there is here:
            return there
        moved = (there.beta - here.beta)[free]
        curvature = _updated(curvature, moved, (here.gradient - there.gradient)[free])
        here = there
    return None


def _updated(curvature: FloatArray, moved: FloatArray, turned: FloatArray) -> FloatArray:
    """Correct the curvature by how the gradient turned over a step, where that is a curve."""
    along, flat = float(moved @ turned), curvature @ moved
    if along <= 1e-10 * float(np.linalg.norm(moved) * np.linalg.norm(turned)):
        return curvature
    return np.asarray(
        curvature + np.outer(turned, turned) / along - np.outer(flat, flat) / (moved @ flat)
    )


def _climbed(sets: RiskSets, here: _Point, step: FloatArray) -> _Point | None:
    """Take the step, halved until the value does not fall."""
    while np.abs(step).max() > STEP_EPS / 4:
        there = _point(sets, here.beta + step)
        if there is not None and there.value >= here.value - 1e-12 * abs(here.value):
            return there
        step = step / 2
    return here if np.abs(here.gradient).max() < 1e-6 else None


def _bound(sets: RiskSets, top: _Point, j: int, root: float) -> float:
    """Where the signed root of twice the fall of the profile likelihood is ``root``; or NaN.

    Newton's method, because that root is nearly linear in the coefficient.
    """
    others = np.arange(top.beta.size) != j
    spread = np.linalg.inv(top.information)
    beta = top.beta + root * spread[j] / np.sqrt(spread[j, j])
    for _ in range(30):
        here = _maximum(sets, beta, others)
        if here is None:
            return float("nan")
        fall = max(2 * (top.value - here.value), 0.0)
        reached = float(np.sign(root) * np.sqrt(fall))
        if abs(reached - root) <= 1e-10:
            return float(here.beta[j])
        slope = -here.gradient[j] / reached if reached else np.sqrt(top.information[j, j])
        if not slope > 0:
            return float("nan")
        move = (root - reached) / slope
        beta = here.beta.copy()
        beta[j] += np.clip(move, -MAX_STEP, MAX_STEP)
    return float("nan")


def _test(sets: RiskSets, top: _Point, j: int) -> float:
    """P-value of the penalised likelihood-ratio test that coefficient ``j`` is zero."""
    beta = top.beta.copy()
    beta[j] = 0.0
    here = _maximum(sets, beta, np.arange(beta.size) != j)
    if here is None:
        return float("nan")
    return float(stats.chi2.sf(max(2 * (top.value - here.value), 0.0), 1))


def _point(sets: RiskSets, beta: FloatArray) -> _Point | None:
    """Evaluate the penalised likelihood; None where the information has no inverse."""
    held = moments(sets, beta)
    if held is None:
        return None
    score, matrix = information(sets, held)
    sign, log_determinant = np.linalg.slogdet(matrix)
    if sign <= 0 or np.linalg.cond(matrix) > 1e14:
        return None
    pull = _pull(sets, held, np.asarray(np.linalg.inv(matrix), dtype=float))
    return _Point(beta, held.log_likelihood + log_determinant / 2, score + pull / 2, matrix)


def _pull(sets: RiskSets, held: Moments, inverse: FloatArray) -> FloatArray:
    """Derivative of the logarithm of the information's determinant, shape (p,).

    The derivative of each event's covariance matrix is the third cumulant of the covariates in
    its risk set; only its trace with the inverse information is summed.
    """
    x, risk, some = sets.x, held.risk, sets.points
    weight = held.inverse[0, some]
    total = sets.deaths[some] / weight
    mean = held.sums[:, some] / total
    square = np.einsum("an,ab,bn->n", x, inverse, x)
    turned = inverse @ mean
    size = at_risk(sets, risk * square)[some] / total
    found = np.empty(x.shape[0])
    for r, line in enumerate(x):
        third = at_risk(sets, risk * square * line)[some] / total
        for b, other in enumerate(x):
            third -= 2 * turned[b] * at_risk(sets, risk * other * line)[some] / total
        third += (2 * (mean * turned).sum(axis=0) - size) * mean[r]
        found[r] = third @ sets.deaths[some]
    return found
