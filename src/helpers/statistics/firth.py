"""Firth's penalty: finite estimates where events are few or a level separates.

Half the logarithm of the information's determinant is added to the log-likelihood. Firth,
Biometrika 1993;80:27–38; for Cox models Heinze and Schemper, Biometrics 2001;57:114–119, with
Breslow's ties as R's ``coxphf``; for logistic models the same, Statistics in Medicine
2002;21:2409–2419. Own code because ``firthmodels`` has neither strata nor late entry, and finds
no maximum under complete separation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import special, stats

from helpers.statistics.arrays import BoolArray, FloatArray
from helpers.statistics.partial_likelihood import Moments, information, moments
from helpers.statistics.risk_sets import RiskSets, at_risk

MAX_ITERATIONS = 100
#: A step smaller than this, in standard deviations of the covariates, is rest.
STEP_EPS = 1e-10
#: No coefficient moves by more than this in one step.
MAX_STEP = 5.0
MAX_CONDITION = 1e14
#: Fewer events per estimated coefficient than this (of a yes/no outcome, of the rarer one), and
#: the penalty is used.
MIN_EVENTS_PER_VARIABLE = 5.0


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


#: Evaluates a penalised likelihood; None where the information has no inverse.
_Evaluate = Callable[[FloatArray], _Point | None]


def why_penalised(separated: str | None, finite: bool, per_variable: float) -> str | None:
    """Say why an ordinary estimate should not be relied on; None where it should.

    Args:
        separated: Which levels have no event, or nothing else, in words; None for none.
        finite: Whether the likelihood was found to have a finite maximum.
        per_variable: Events per estimated coefficient.
    """
    if separated:
        return separated
    if not finite:
        return "the likelihood has no finite maximum (a factor separates events from no events)"
    if per_variable < MIN_EVENTS_PER_VARIABLE:
        return f"there are {per_variable:.1f} events per coefficient, fewer than 5"
    return None


def penalty_notes(why: str | None, *, used: bool) -> list[str]:
    """Return what a reader should know of the penalty: that it was used, or was not though due.

    Args:
        why: What :func:`why_penalised` says.
        used: Whether it was used.
    """
    if used:
        return [f"Firth's penalty was used: {why or 'it was asked for'}."]
    return [] if why is None else [f"Firth's penalty was not used, though {why}."]


def firth_cox(sets: RiskSets, level: float, *, profile: bool = True) -> FirthFit:
    """Fit the penalised Cox model with profile intervals and penalised likelihood-ratio tests.

    Args:
        sets: Risk sets with at least one event and covariates of full column rank.
        level: Confidence level in (0, 1).
        profile: Whether bounds and tests come from the profile likelihood; else they are Wald's,
            from the information at the penalised maximum.
    """
    scale = sets.x.std(axis=1)
    alone = replace(sets, x=sets.x / scale[:, None], share=np.zeros_like(sets.share), tied=None)
    fit = _fit if profile else _wald
    return fit(lambda beta: _cox_point(alone, beta), np.zeros(scale.size), scale, level)


def firth_logistic(reached: BoolArray, x: FloatArray, level: float) -> FirthFit:
    """Fit the penalised logistic model with profile intervals and likelihood-ratio tests.

    Args:
        reached: Outcomes, some True and some False, shape (n,).
        x: Covariates of full column rank, without the intercept, shape (n, p).
        level: Confidence level in (0, 1).
    """
    scale = x.std(axis=0)
    design = np.column_stack([(x - x.mean(axis=0)) / scale, np.ones(reached.size)])
    start = np.append(np.zeros(scale.size), special.logit(reached.mean()))
    return _fit(lambda beta: _logistic_point(reached, design, beta), start, scale, level)


def _fit(evaluate: _Evaluate, start: FloatArray, scale: FloatArray, level: float) -> FirthFit:
    """Maximise, then profile the first coefficients, whose columns were divided by ``scale``."""
    p = scale.size
    missing = np.full(p, np.nan)
    top = _maximum(evaluate, start, np.ones(start.size, dtype=bool))
    if top is None:
        return FirthFit(missing, missing, missing, missing, False)
    cut = float(np.sqrt(stats.chi2.ppf(level, 1)))
    low, high = (
        np.array([_bound(evaluate, top, j, side * cut) for j in range(p)]) / scale
        for side in (-1, 1)
    )
    tests = np.array([_test(evaluate, top, j) for j in range(p)])
    return FirthFit(top.beta[:p] / scale, low, high, tests, True)


def _wald(evaluate: _Evaluate, start: FloatArray, scale: FloatArray, level: float) -> FirthFit:
    """Maximise; bounds and tests from the information at the maximum."""
    top = _maximum(evaluate, start, np.ones(start.size, dtype=bool))
    if top is None:
        missing = np.full(scale.size, np.nan)
        return FirthFit(missing, missing, missing, missing, False)
    error = np.sqrt(np.diag(np.linalg.inv(top.information)))
    half = stats.norm.isf((1 - level) / 2) * error
    p = 2 * stats.norm.sf(np.abs(top.beta / error))
    low, high = (top.beta - half) / scale, (top.beta + half) / scale
    return FirthFit(top.beta / scale, low, high, np.asarray(p), True)


def _maximum(evaluate: _Evaluate, beta: FloatArray, free: BoolArray) -> _Point | None:
    """Climb from ``beta`` along the free coefficients; None where no maximum is reached.

    Quasi-Newton (BFGS) from the information: that alone is not the penalised curvature, and with
    very few events its steps would go to and fro for ever.
    """
    here = evaluate(beta)
    if here is None or not free.any():
        return here
    curvature = here.information[np.ix_(free, free)]
    for _ in range(MAX_ITERATIONS):
        step = np.zeros(beta.size)
        step[free] = np.linalg.solve(curvature, here.gradient[free])
        largest = float(np.abs(step).max())
        if largest <= STEP_EPS:
            return here
        there = _climbed(evaluate, here, step * min(1.0, MAX_STEP / largest))
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


def _climbed(evaluate: _Evaluate, here: _Point, step: FloatArray) -> _Point | None:
    """Take the step, halved until the value does not fall."""
    while np.abs(step).max() > STEP_EPS / 4:
        there = evaluate(here.beta + step)
        if there is not None and there.value >= here.value - 1e-12 * abs(here.value):
            return there
        step = step / 2
    return here if np.abs(here.gradient).max() < 1e-6 else None


def _bound(evaluate: _Evaluate, top: _Point, j: int, root: float) -> float:
    """Where the signed root of twice the fall of the profile likelihood is ``root``; or NaN.

    Newton's method, because that root is nearly linear in the coefficient.
    """
    others = np.arange(top.beta.size) != j
    spread = np.linalg.inv(top.information)
    beta = top.beta + root * spread[j] / np.sqrt(spread[j, j])
    for _ in range(30):
        here = _maximum(evaluate, beta, others)
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


def _test(evaluate: _Evaluate, top: _Point, j: int) -> float:
    """P-value of the penalised likelihood-ratio test that coefficient ``j`` is zero."""
    beta = top.beta.copy()
    beta[j] = 0.0
    here = _maximum(evaluate, beta, np.arange(beta.size) != j)
    if here is None:
        return float("nan")
    return float(stats.chi2.sf(max(2 * (top.value - here.value), 0.0), 1))


def _cox_point(sets: RiskSets, beta: FloatArray) -> _Point | None:
    held = moments(sets, beta)
    if held is None:
        return None
    score, matrix = information(sets, held)
    inverse, log_determinant = _inverse(matrix)
    if inverse is None:
        return None
    pull = _pull(sets, held, inverse)
    return _Point(beta, held.log_likelihood + log_determinant / 2, score + pull / 2, matrix)


def _logistic_point(reached: BoolArray, design: FloatArray, beta: FloatArray) -> _Point | None:
    eta = design @ beta
    fitted, other = special.expit(eta), special.expit(-eta)
    weighted = design * (fitted * other)[:, None]
    matrix = weighted.T @ design
    inverse, log_determinant = _inverse(matrix)
    if inverse is None:
        return None
    value = float(special.log_expit(np.where(reached, eta, -eta)).sum())
    leverage = ((weighted @ inverse) * design).sum(axis=1)
    score = design.T @ (np.where(reached, other, -fitted) + leverage * (other - fitted) / 2)
    return _Point(beta, value + log_determinant / 2, score, matrix)


def _inverse(matrix: FloatArray) -> tuple[FloatArray | None, float]:
    """Inverse and log-determinant of an information matrix; None where it is flat."""
    sign, log_determinant = np.linalg.slogdet(matrix)
    if not (sign > 0 and np.linalg.cond(matrix) < MAX_CONDITION):
        return None, math.nan
    return np.asarray(np.linalg.inv(matrix), dtype=float), float(log_determinant)


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
    lines = np.vstack([x, square])
    found = np.empty(x.shape[0])
    for r, line in enumerate(x):
        *others, third = at_risk(sets, risk * line * lines)[:, some] / total
        third = third - 2 * (turned * others).sum(axis=0)
        third += (2 * (mean * turned).sum(axis=0) - size) * mean[r]
        found[r] = third @ sets.deaths[some]
    return found
