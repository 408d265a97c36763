"""Cox's partial likelihood with Efron's ties, strata and late entry: one sort, then sums.

Own numpy code because lifelines takes 40 s where R takes 5 s on a million continuous times, has
no score test that agrees with R, and is quadratic where rows have a start.
Formulas: Efron, JASA 1977;72:557; Therneau and Grambsch, Modeling Survival Data, 2000, ch. 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers.statistics.arrays import FloatArray
from helpers.statistics.risk_sets import RiskSets, at_risk, lived

#: Relative change of the log-likelihood at which the iteration rests (R's ``coxph.control``).
LIKELIHOOD_EPS = 1e-9
#: A Newton step larger than this, in standard deviations of its covariate, is no rest.
STEP_EPS = 1e-6
#: Information per event and standard deviation of a covariate below which there is no maximum.
MIN_INFORMATION = 1e-7
MAX_ITERATIONS = 40
#: Columns of the covariates that are multiplied at a time: what a processor's cache holds.
_WIDTH = 1 << 14


@dataclass(frozen=True, eq=False)
class Moments:
    """What the likelihood and its derivatives are made of, at one vector of coefficients.

    With s = S0 - share * D0 the sum over the risk set that Efron leaves to an event, each of
    ``inverse`` is summed over the events of a block: 1/s, share/s, 1/s^2, share/s^2, share^2/s^2.

    Attributes:
        log_likelihood: Efron's log partial likelihood.
        risk: Hazard of each row relative to the largest, shape (n,).
        inverse: Sums over the events of each block, shape (5, k).
        sums: Covariates summed over each risk set with weight ``risk``, shape (p, k).
        tied: The same over the events of each block that has several, shape (p, t); None where no
            block has.
    """

    log_likelihood: float
    risk: FloatArray
    inverse: FloatArray
    sums: FloatArray
    tied: FloatArray | None


@dataclass(frozen=True, eq=False)
class CoxFit:
    """Coefficients (p,), their covariance (p, p) and whether a finite maximum was found."""

    beta: FloatArray
    covariance: FloatArray
    log_likelihood: float
    null_log_likelihood: float
    converged: bool


def log_likelihood(sets: RiskSets, beta: FloatArray) -> float:
    """Return Efron's log partial likelihood at ``beta``, minus infinity where it overflows."""
    value, _, _ = _denominators(sets, beta)
    return value


def moments(sets: RiskSets, beta: FloatArray) -> Moments | None:
    """Return the sums behind score and information; None where the likelihood overflows."""
    value, risk, rest = _denominators(sets, beta)
    if not np.isfinite(value):
        return None
    hold = 1 / rest
    inverse = np.zeros((5, sets.deaths.size))
    inverse[0, sets.points] = _by_point(sets, hold)
    inverse[2, sets.points] = _by_point(sets, hold * hold)
    several = sets.tied
    if several is not None:
        less = sets.share * hold  # nothing but where events are tied
        for row, values in ((1, less), (3, less * hold), (4, less * less)):
            inverse[row, sets.points] = _by_point(sets, values)
    sums = np.stack([at_risk(sets, risk * line) for line in sets.x])
    if several is None:
        return Moments(value, risk, inverse, sums, None)
    rows = sets.event_row[several.events]
    weight = risk[rows]
    lines = [np.add.reduceat(weight * line[rows], several.first) for line in sets.x]
    return Moments(value, risk, inverse, sums, np.stack(lines))


def information(
    sets: RiskSets, held: Moments, weight: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return score (p,) and information (p, p), events weighted by their block's weight (k,)."""
    inverse = held.inverse if weight is None else held.inverse * weight
    hazard = hazards(sets, held, inverse)
    excess = -hazard
    excess[sets.event_row] += 1.0 if weight is None else weight[sets.event_block]
    matrix = _products(sets.x, hazard) - _products(held.sums, inverse[2])
    if sets.tied is not None and held.tied is not None:
        some = sets.tied.blocks
        both = (held.sums[:, some] * inverse[3, some]) @ held.tied.T
        matrix += both + both.T - _products(held.tied, inverse[4, some])
    return sets.x @ excess, matrix


def hazards(sets: RiskSets, held: Moments, inverse: FloatArray) -> FloatArray:
    """Cumulative hazard that each row lived through, times its relative risk, shape (n,)."""
    hazard = lived(sets, inverse[0])
    if sets.tied is not None:
        hazard[sets.event_row] -= inverse[1, sets.event_block]
    return hazard * held.risk


def fit(sets: RiskSets) -> CoxFit:
    """Maximise the likelihood by Newton–Raphson with step halving.

    Not converged means that the likelihood rises for ever (monotone) or cannot be inverted.
    """
    beta = np.zeros(sets.x.shape[0])
    held = moments(sets, beta)
    assert held is not None  # at zero every risk set counts its rows
    null = held.log_likelihood
    scale = np.maximum(sets.x.std(axis=1), np.finfo(float).tiny)
    rested = False
    for _ in range(MAX_ITERATIONS):
        score, matrix = information(sets, held)
        if _is_flat(matrix, scale, sets.event_row.size):
            break
        if rested:
            covariance = np.asarray(np.linalg.inv(matrix), dtype=float)
            return CoxFit(beta, covariance, held.log_likelihood, null, True)
        old = held.log_likelihood
        full = np.asarray(np.linalg.solve(matrix, score), dtype=float)
        step, held = _step(sets, beta, full, scale, held)
        beta = beta + step
        small = abs(held.log_likelihood - old) <= LIKELIHOOD_EPS * abs(held.log_likelihood)
        rested = small and np.abs(step * scale).max() <= STEP_EPS
    return CoxFit(beta, np.full((beta.size, beta.size), np.nan), held.log_likelihood, null, False)


def _step(
    sets: RiskSets, beta: FloatArray, step: FloatArray, scale: FloatArray, held: Moments
) -> tuple[FloatArray, Moments]:
    """Halve a step until the likelihood does not fall; no step where it always does."""
    least = held.log_likelihood - LIKELIHOOD_EPS * abs(held.log_likelihood)
    while np.abs(step * scale).max() > 1e-12:
        new = moments(sets, beta + step)
        if new is not None and new.log_likelihood >= least:
            return step, new
        step = step / 2
    return np.zeros_like(step), held


def _is_flat(matrix: FloatArray, scale: FloatArray, n_events: int) -> bool:
    """Whether the likelihood has next to no curvature in some direction of the covariates."""
    scaled = matrix / np.outer(scale, scale)
    return bool(np.linalg.eigvalsh(scaled)[0] <= MIN_INFORMATION * n_events)


def _denominators(sets: RiskSets, beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Log-likelihood, relative risk of each row (n,) and Efron's sum for each event (e,)."""
    eta = beta @ sets.x
    shift = float(eta.max())
    chosen = float(eta[sets.event_row].sum())
    eta -= shift
    risk = np.exp(eta, out=eta)
    rest = at_risk(sets, risk)[sets.event_block]
    if sets.tied is not None:
        some = sets.tied.events
        dying = np.add.reduceat(risk[sets.event_row[some]], sets.tied.first)
        rest[some] -= sets.share[some] * np.repeat(dying, sets.deaths[sets.tied.blocks])
    if not (rest > 0).all():
        return -np.inf, risk, rest
    return chosen - float(np.log(rest).sum()) - shift * rest.size, risk, rest


def _by_point(sets: RiskSets, values: FloatArray) -> FloatArray:
    """Sum the values of events (e,) over each event time (m,)."""
    if sets.points.size == values.size:
        return values
    if sets.tied is None or 2 * sets.points.size < values.size:
        return np.asarray(np.add.reduceat(values, sets.first_event))
    total = values[sets.first_event]
    total[sets.tied.points] = np.add.reduceat(values[sets.tied.events], sets.tied.first)
    return np.asarray(total)


def _products(lines: FloatArray, weight: FloatArray) -> FloatArray:
    """Weighted products of every two of the ``lines`` (p, n), in parts that a cache holds."""
    total = np.zeros((lines.shape[0], lines.shape[0]))
    for low in range(0, weight.size, _WIDTH):
        part = lines[:, low : low + _WIDTH]
        total += (part * weight[low : low + _WIDTH]) @ part.T
    return total
