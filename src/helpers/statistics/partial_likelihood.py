"""Cox's partial likelihood with Efron's ties: value, score and information in one sort.

Own numpy code because lifelines takes 40 s where R takes 5 s on a million continuous times, and
because the score test of proportional hazards needs information matrices that it does not offer.
Formulas: Efron, JASA 1977;72:557; Therneau and Grambsch, Modeling Survival Data, 2000, ch. 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers.statistics.arrays import BoolArray, FloatArray, IntArray, merge_near_ties

#: Relative change of the log-likelihood at which the iteration rests (R's ``coxph.control``).
LIKELIHOOD_EPS = 1e-9
#: A Newton step larger than this, in standard deviations of its covariate, is no rest.
STEP_EPS = 1e-6
#: Information per event and standard deviation of a covariate below which there is no maximum.
MIN_INFORMATION = 1e-7
MAX_ITERATIONS = 40


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Rows sorted by time, longest first, and how events fall among them.

    Attributes:
        x: Covariates, centred, shape (n, p).
        observed: Event flags, shape (n,).
        time: Times, descending, shape (n,).
        last: For each event, how many rows are at risk at its time, shape (e,).
        first: For each event, the index of the first row with its time, shape (e,).
        share: Efron's share l/d of the tied events that an event leaves out, shape (e,).
        event_row: Row of each event, shape (e,).
    """

    x: FloatArray
    observed: BoolArray
    time: FloatArray
    last: IntArray
    first: IntArray
    share: FloatArray
    event_row: IntArray


@dataclass(frozen=True, eq=False)
class CoxFit:
    """Coefficients (p,), their covariance (p, p) and whether a finite maximum was found."""

    beta: FloatArray
    covariance: FloatArray
    log_likelihood: float
    null_log_likelihood: float
    converged: bool


def risk_sets(time: FloatArray, observed: BoolArray, x: FloatArray) -> RiskSets:
    """Sort rows and locate the risk set and Efron share of every event."""
    (time,) = merge_near_ties(time)
    order = np.argsort(-time, kind="stable")
    time, observed, x = time[order], observed[order], x[order]
    rows = np.flatnonzero(observed)
    last = np.searchsorted(-time, -time[rows], side="right")
    first = np.searchsorted(-time, -time[rows], side="left")
    before = np.concatenate([[0], np.cumsum(observed)])
    deaths = before[last] - before[first]
    share = (before[rows] - before[first]) / deaths
    return RiskSets(x - x.mean(axis=0), observed, time, last, first, share, rows)


def log_likelihood(sets: RiskSets, beta: FloatArray) -> float:
    """Return Efron's log partial likelihood at ``beta``."""
    eta = sets.x @ beta
    shift = float(eta.max())
    s0 = _risk_sums(sets, np.exp(eta - shift))
    if not (s0 > 0).all():
        return -np.inf
    return float(eta[sets.event_row].sum() - np.log(s0).sum() - shift * s0.size)


def information(
    sets: RiskSets, beta: FloatArray, weights: tuple[FloatArray, ...]
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return scores (p,) and information matrices (p, p), events weighted by each weight (e,)."""
    eta = sets.x @ beta
    risk = np.exp(eta - eta.max())
    s0 = _risk_sums(sets, risk)
    mean = _risk_sums(sets, risk[:, None] * sets.x) / s0[:, None]
    scores, matrices = [], []
    for weight in weights:
        hazard = risk * _accumulated(sets, weight / s0)
        scores.append(weight @ sets.x[sets.event_row] - hazard @ sets.x)
        spread = (sets.x * hazard[:, None]).T @ sets.x - (mean * weight[:, None]).T @ mean
        matrices.append(spread)
    return scores, matrices


def fit(sets: RiskSets) -> CoxFit:
    """Maximise the likelihood by Newton–Raphson with step halving.

    Not converged means that the likelihood rises for ever (monotone) or cannot be inverted.
    """
    one = np.ones(sets.event_row.size)
    beta = np.zeros(sets.x.shape[1])
    value = null = log_likelihood(sets, beta)
    scale = np.maximum(sets.x.std(axis=0), np.finfo(float).tiny)
    for _ in range(MAX_ITERATIONS):
        (score,), (matrix,) = information(sets, beta, (one,))
        if _is_flat(matrix, scale, one.size):
            break
        step = np.linalg.solve(matrix, score)
        new = log_likelihood(sets, beta + step)
        while not new >= value - LIKELIHOOD_EPS * abs(value) and np.abs(step * scale).max() > 1e-12:
            step = step / 2
            new = log_likelihood(sets, beta + step)
        beta, change, value = beta + step, abs(new - value), new
        if change <= LIKELIHOOD_EPS * abs(value) and np.abs(step * scale).max() <= STEP_EPS:
            _, (matrix,) = information(sets, beta, (one,))
            if _is_flat(matrix, scale, one.size):
                break
            return CoxFit(beta, np.asarray(np.linalg.inv(matrix), dtype=float), value, null, True)
    return CoxFit(beta, np.full((beta.size, beta.size), np.nan), value, null, False)


def _is_flat(matrix: FloatArray, scale: FloatArray, n_events: int) -> bool:
    """Whether the likelihood has next to no curvature in some direction of the covariates."""
    scaled = matrix / np.outer(scale, scale)
    return bool(np.linalg.eigvalsh(scaled)[0] <= MIN_INFORMATION * n_events)


def _risk_sums(sets: RiskSets, values: FloatArray) -> FloatArray:
    """Sum ``values`` (n, ...) over each event's risk set, less Efron's share of its ties."""
    total = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])
    masked = np.where(sets.observed.reshape(-1, *[1] * (values.ndim - 1)), values, 0.0)
    deaths = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(masked, axis=0)])
    share = sets.share.reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(total[sets.last] - share * (deaths[sets.last] - deaths[sets.first]))


def _accumulated(sets: RiskSets, increments: FloatArray) -> FloatArray:
    """Cumulative hazard increments (e,) that each row (n,) has lived through."""
    n = sets.time.size
    lived = np.bincount(sets.last - 1, weights=increments, minlength=n)
    spared = np.bincount(sets.first, weights=increments * sets.share, minlength=n)
    hazard = np.cumsum(lived[::-1])[::-1]
    group = np.searchsorted(-sets.time, -sets.time, side="left")
    return np.asarray(hazard - np.where(sets.observed, spared[group], 0.0))
