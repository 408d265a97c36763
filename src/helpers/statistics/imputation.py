"""Multiple imputation by chained equations: missing factor values of a Cox model, drawn m times.

Each factor with missing values is modelled on all others, on the event indicator and on the
Nelson–Aalen cumulative hazard at the end of follow-up, as White and Royston (Stat Med
2009;28:1982–1998) recommend for a Cox model; the models are gone through in turn several times
(van Buuren and Groothuis-Oudshoorn, J Stat Softw 2011;45(3)). Own numpy code because no library
that is needed otherwise has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import linalg, special

from helpers.statistics.arrays import BoolArray, FloatArray, IntArray, as_numbers, follow_up
from helpers.statistics.regression import Factor
from helpers.statistics.time_to_event import cumulative_hazard, kaplan_meier

#: Rows whose predictions are nearest to that of a missing value; one of them gives its value.
DONORS = 5
#: Prior standard deviation of a logistic slope per standard deviation of its predictor: weak, but
#: proper, so that a level which separates does not run away.
SLOPE_PRIOR = 2.5
#: Prior standard deviation of an intercept.
INTERCEPT_PRIOR = 10.0
#: Share of a predictor's variance that steadies a linear model of collinear predictors.
RIDGE = 1e-5
MAX_STEPS = 50


@dataclass(frozen=True, eq=False)
class _Column:
    """A factor while it is being imputed.

    Attributes:
        factor: The factor.
        missing: Rows to be drawn, shape (n,).
        values: Numbers, or codes of ``levels``, shape (n,); complete.
        levels: Levels that were observed, in order; None for a numeric factor.
    """

    factor: Factor
    missing: BoolArray
    values: FloatArray
    levels: tuple[str, ...] | None


def impute(
    durations: Any,
    events: Any,
    factors: Sequence[Factor],
    *,
    imputations: int,
    seed: int,
    cycles: int = 10,
) -> tuple[tuple[Factor, ...], ...]:
    """Draw the missing values of factors several times, by chained equations.

    Numeric factors are drawn by predictive mean matching: a Bayesian draw of a linear model, then
    the value of one of the 5 observed rows whose prediction is nearest. Categorical factors are
    drawn from a multinomial (for two levels, logistic) model whose coefficients are drawn from the
    normal approximation to their posterior under a weak normal prior.

    Args:
        durations: Time of event or censoring, shape (n,); complete.
        events: True where the event was observed, shape (n,); complete.
        factors: Factors of the model, and others that help to predict what they miss.
        imputations: How many data sets, at least 1.
        seed: Seed of the random numbers; the same seed gives the same values.
        cycles: How often every model is gone through for each data set.

    Returns:
        For each data set the factors in their order, observed values unchanged, none missing.

    Raises:
        ValueError: Wrong follow-up, unequal lengths, a value that is not among its factor's
            levels, a factor of which nothing was observed, or no data set or cycle.
    """
    time, observed = follow_up(durations, events)
    if imputations < 1 or cycles < 1:
        raise ValueError("imputation needs at least one data set and one cycle")
    columns = [_column(factor, time.size) for factor in factors]
    curve = kaplan_meier(time, observed)
    hazard = cumulative_hazard(curve)[np.searchsorted(curve.time, time, side="right") - 1]
    outcome = np.column_stack([observed.astype(float), hazard])
    order = sorted(range(len(columns)), key=lambda i: int(columns[i].missing.sum()))
    drawn = [i for i in order if columns[i].missing.any()]
    streams = np.random.default_rng(seed).spawn(imputations)
    return tuple(
        tuple(_as_factor(column) for column in _chain(columns, drawn, outcome, cycles, stream))
        for stream in streams
    )


def _column(factor: Factor, n: int) -> _Column:
    """Check a factor and turn it into numbers."""
    series = pd.Series(factor.values).reset_index(drop=True)
    if series.size != n:
        raise ValueError(f"{n} durations but {series.size} values of {factor.name!r}")
    missing = series.isna().to_numpy()
    if missing.all():
        raise ValueError(f"no value of {factor.name!r} was observed")
    if factor.levels is None:
        values = np.asarray(as_numbers(series, f"factor {factor.name!r}"), dtype=float)
        if np.isinf(values).any():
            raise ValueError(f"factor {factor.name!r} holds an infinite value")
        return _Column(factor, missing, values, None)
    present = set(series[~missing])
    unknown = present - set(factor.levels)
    if unknown:
        raise ValueError(f"{len(unknown)} values of {factor.name!r} are none of its levels")
    levels = tuple(level for level in factor.levels if level in present)
    codes = series.map({level: code for code, level in enumerate(levels)})
    return _Column(factor, missing, np.asarray(codes, dtype=float), levels)


def _as_factor(column: _Column) -> Factor:
    if not column.missing.any():
        return column.factor
    if column.levels is None:
        return replace(column.factor, values=column.values)
    names = np.array(column.levels, dtype=object)
    return replace(column.factor, values=names[column.values.astype(int)])


def _chain(
    columns: Sequence[_Column],
    drawn: Sequence[int],
    outcome: FloatArray,
    cycles: int,
    random: np.random.Generator,
) -> list[_Column]:
    """Begin with draws from what was observed, then go through the models in turn."""
    state = list(columns)
    for i in drawn:
        seen = state[i].values[~state[i].missing]
        state[i] = _filled(state[i], random.choice(seen, int(state[i].missing.sum())))
    for _ in range(cycles):
        for i in drawn:
            others = [_design(state[j]) for j in range(len(state)) if j != i]
            predictors = _standardised(np.column_stack([*others, outcome]))
            state[i] = _filled(state[i], _draw(state[i], predictors, random))
    return state


def _filled(column: _Column, values: FloatArray) -> _Column:
    complete = column.values.copy()
    complete[column.missing] = values
    return replace(column, values=complete)


def _design(column: _Column) -> FloatArray:
    """Columns that stand for a factor among the predictors of another."""
    if column.levels is None:
        return column.values[:, None]
    return np.asarray(column.values[:, None] == np.arange(1, len(column.levels)), dtype=float)


def _standardised(predictors: FloatArray) -> FloatArray:
    """Columns with mean 0 and standard deviation 1 after an intercept; constant ones left out."""
    spread = predictors.std(axis=0)
    varied = predictors[:, spread > 0]
    scaled = (varied - varied.mean(axis=0)) / spread[spread > 0]
    return np.column_stack([np.ones(len(predictors)), scaled])


def _draw(column: _Column, predictors: FloatArray, random: np.random.Generator) -> FloatArray:
    seen, sought = predictors[~column.missing], predictors[column.missing]
    values = column.values[~column.missing]
    if column.levels is None:
        return _matched(seen, values, sought, random)
    codes = values.astype(np.int64)
    return _category(seen, codes, sought, len(column.levels), random)


def _matched(
    seen: FloatArray, values: FloatArray, sought: FloatArray, random: np.random.Generator
) -> FloatArray:
    """Predictive mean matching (Little, J Bus Econ Stat 1988;6:287–296)."""
    square = seen.T @ seen
    precision = square + RIDGE * np.diag(np.diag(square))
    mean = np.linalg.solve(precision, seen.T @ values)
    residual = float(np.sum((values - seen @ mean) ** 2))
    scale = math.sqrt(residual / random.chisquare(max(values.size - mean.size, 1)))
    drawn = mean + scale * _normal(precision, random)
    mixed = random.permutation(values.size)  # so that ties of prediction fall at random
    order = mixed[np.argsort((seen @ mean)[mixed], kind="stable")]
    predicted, wanted = (seen @ mean)[order], sought @ drawn
    reach = np.arange(-DONORS, DONORS)
    near = np.searchsorted(predicted, wanted)[:, None] + reach
    distance = np.abs(predicted[np.clip(near, 0, predicted.size - 1)] - wanted[:, None])
    distance[(near < 0) | (near >= predicted.size)] = np.inf
    nearest = np.argsort(distance, axis=1, kind="stable")[:, : min(DONORS, values.size)]
    chosen = nearest[np.arange(wanted.size), random.integers(nearest.shape[1], size=wanted.size)]
    return np.asarray(values[order[near[np.arange(wanted.size), chosen]]])


def _category(
    seen: FloatArray,
    codes: IntArray,
    sought: FloatArray,
    k: int,
    random: np.random.Generator,
) -> FloatArray:
    """Draw levels 0..k-1 from a multinomial model whose coefficients are drawn."""
    if k == 1:
        return np.zeros(len(sought))
    mode, curvature = _multinomial(seen, codes, k)
    drawn = mode + _normal(curvature, random).reshape(mode.shape)
    chances = special.softmax(_scores(sought, drawn), axis=1)
    passed = np.cumsum(chances, axis=1)[:, :-1] < random.random(len(sought))[:, None]
    return np.asarray(passed.sum(axis=1), dtype=float)


def _multinomial(x: FloatArray, codes: IntArray, k: int) -> tuple[FloatArray, FloatArray]:
    """Posterior mode (k - 1, p) of the log-odds against level 0, and its negative curvature."""
    p = x.shape[1]
    prior = np.tile([1 / INTERCEPT_PRIOR**2, *[1 / SLOPE_PRIOR**2] * (p - 1)], k - 1)
    chosen = (codes[:, None] == np.arange(1, k)).astype(float)
    theta = np.zeros((k - 1, p))
    value, chances = _posterior(x, chosen, prior, theta)
    curvature = np.eye(prior.size)
    for _ in range(MAX_STEPS):
        slope = ((chosen - chances).T @ x).ravel() - prior * theta.ravel()
        curvature = _curvature(x, chances) + np.diag(prior)
        step = np.linalg.solve(curvature, slope).reshape(theta.shape)
        higher, there = _posterior(x, chosen, prior, theta + step)
        while higher < value and np.abs(step).max() > 1e-12:
            step = step / 2
            higher, there = _posterior(x, chosen, prior, theta + step)
        theta, value, chances = theta + step, higher, there
        if np.abs(step).max() < 1e-9:
            break
    return theta, curvature


def _posterior(
    x: FloatArray, chosen: FloatArray, prior: FloatArray, theta: FloatArray
) -> tuple[float, FloatArray]:
    """Log posterior, but for a constant, and the chances of levels 1 to k - 1, shape (n, k - 1)."""
    scores = x @ theta.T
    top = np.maximum(scores.max(axis=1), 0.0)
    chances = np.exp(scores - top[:, None])
    total = chances.sum(axis=1) + np.exp(-top)
    chances /= total[:, None]
    likelihood = float(np.vdot(chosen, scores)) - float(np.sum(top + np.log(total)))
    return likelihood - float(prior @ theta.ravel() ** 2) / 2, chances


def _scores(x: FloatArray, theta: FloatArray) -> FloatArray:
    return np.column_stack([np.zeros(len(x)), x @ theta.T])


def _curvature(x: FloatArray, chances: FloatArray) -> FloatArray:
    """Information of a multinomial model, ((k - 1) p, (k - 1) p)."""
    k = chances.shape[1]
    blocks = [
        [
            (x * (chances[:, i] * ((i == j) - chances[:, j]))[:, None]).T @ x for j in range(k)
        ]
        for i in range(k)
    ]  # fmt: skip
    return np.asarray(np.block(blocks))


def _normal(precision: FloatArray, random: np.random.Generator) -> FloatArray:
    """Draw from the normal distribution with mean 0 and this precision matrix."""
    root = np.linalg.cholesky(precision)
    return np.asarray(linalg.solve_triangular(root.T, random.standard_normal(len(root))))
