"""Contingency tables: tests of independence and of trend, and the odds ratio."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special, stats

from helpers.statistics.arrays import FloatArray, IntArray
from helpers.statistics.testing import TestResult

#: Two tables are equally likely when their probabilities differ by less than this (R's choice).
LIKELIHOOD_TOLERANCE = 1e-7
#: Log-weights of partial tables closer than this are one (far below the tolerance above).
WEIGHT_STEP = 1e-10
#: More partial tables than this in one step are not enumerated (about 2 s and 1 GB).
MAX_STATES = 10_000_000
ONE_GROUP = "fewer than two groups or outcomes occur"


@dataclass(frozen=True)
class OddsRatio:
    """Odds ratio of a two-by-two table; an infinite bound is None and said in ``reason``."""

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    method: str
    reason: str | None = None


def fisher_exact(table: Any) -> TestResult:
    """Fisher's exact test of independence, two-sided, for any r x c table of counts.

    The p-value is the probability, given all margins, of every table at most as likely as the one
    observed (Freeman and Halton 1951), which is R's ``fisher.test``. Tables are enumerated column
    by column; partial tables with the same margins left and the same probability are one state.

    Args:
        table: Counts, shape (r, c).

    Returns:
        p, or None with a reason where a margin leaves fewer than two rows or columns, or the
        table is too large to enumerate.

    Raises:
        ValueError: The table is not two-dimensional or holds anything but counts.
    """
    name = "Fisher's exact test"
    counts = occupied(_counts(table))
    if min(counts.shape) < 2:
        return TestResult(name, None, reason=ONE_GROUP)
    p = fisher_two_by_two(counts) if counts.shape == (2, 2) else _fisher_enumerated(counts)
    if p is None:
        return TestResult(name, None, reason="the table is too large for exact enumeration")
    return TestResult(name, p)


def fisher_mid_p(table: Any) -> TestResult:
    """Fisher's test with the mid-p correction (Lancaster 1961), two-sided, for 2 x 2 tables.

    Given the margins, the probability of every table less likely than the one observed, and half
    that of the equally likely ones. It is less conservative than Fisher's test but does not
    guarantee its level (Lydersen, Fagerland and Laake, Stat Med 2009;28:1159–1175).

    Raises:
        ValueError: The table is not 2 x 2 or holds anything but counts.
    """
    name = "Fisher's mid-p test"
    counts = two_by_two(table)
    if min(occupied(counts).shape) < 2:
        return TestResult(name, None, reason=ONE_GROUP)
    support, log_weight = hypergeometric(counts)
    likelihood = np.exp(log_weight - log_weight.max())
    likelihood /= likelihood.sum()
    observed = likelihood[counts[0, 0] - support[0]]
    equal = np.abs(likelihood - observed) <= LIKELIHOOD_TOLERANCE * observed
    less = likelihood[(likelihood < observed) & ~equal].sum()
    return TestResult(name, float(less + likelihood[equal].sum() / 2))


def cochran_armitage(counts: Any, totals: Any, scores: Any = None) -> TestResult:
    """Cochran–Armitage test for a linear trend of a proportion over ordered groups, two-sided.

    Armitage, Biometrics 1955;11:375–386, with the binomial variance p(1 - p) of all groups
    together, as R's ``prop.trend.test``; groups without any unit do not count.

    Args:
        counts: Units with the property in each group, in order, shape (k,).
        totals: Units in each group, shape (k,).
        scores: Position of each group on the scale of the trend, shape (k,); 1, 2, ... by default.

    Raises:
        ValueError: Shapes differ, a count is not in 0..total, or a score is missing.
    """
    name = "Cochran–Armitage test for trend"
    table = _counts([counts, totals])
    having, size = table.astype(float)
    if (having > size).any():
        raise ValueError("a count must lie between 0 and its total")
    position = np.arange(1.0, size.size + 1) if scores is None else np.asarray(scores, dtype=float)
    if position.shape != size.shape or not np.isfinite(position).all():
        raise ValueError(f"{size.size} groups need as many scores, all of them finite")
    if np.unique(position[size > 0]).size < 2:
        return TestResult(name, None, reason="fewer than two groups occur")
    share = having.sum() / size.sum()
    if share in (0.0, 1.0):
        return TestResult(name, None, reason="only one outcome occurs")
    position = position - position @ size / size.sum()
    variance = share * (1 - share) * (position**2 @ size)
    statistic = float((position @ having) ** 2 / variance)
    return TestResult(name, float(stats.chi2.sf(statistic, 1)), statistic, 1)


def chi_square(table: Any, *, correction: bool) -> TestResult:
    """Pearson's chi-square test, with Yates' correction for 2 x 2 tables where asked.

    Rows and columns without any unit are left out. ``correction`` has no effect beyond 2 x 2.

    Raises:
        ValueError: The table is not two-dimensional or holds anything but counts.
    """
    counts = occupied(_counts(table))
    corrected = correction and counts.shape == (2, 2)
    name = "chi-square test with Yates' correction" if corrected else "chi-square test"
    if min(counts.shape) < 2:
        return TestResult(name, None, reason=ONE_GROUP)
    result = stats.chi2_contingency(counts, correction=corrected)
    return TestResult(name, float(result.pvalue), float(result.statistic), int(result.dof))


def odds_ratio(table: Any, *, level: float = 0.95) -> OddsRatio:
    """Conditional maximum-likelihood odds ratio with its exact interval (Fisher; R's choice).

    The estimate is the odds ratio at which the expected cell, given the margins, is the observed
    one; its bounds are those at which a cell at least, or at most, as large has probability
    (1 - level) / 2. Own root finding because scipy's takes a minute for 10,000 units a group.

    Args:
        table: Counts [[a, b], [c, d]]; the ratio is (a/b)/(c/d).
        level: Confidence level in (0, 1).

    Raises:
        ValueError: The table is not 2 x 2 or holds anything but counts.
    """
    counts = _counts(table)
    if counts.shape != (2, 2):
        raise ValueError(f"an odds ratio needs a 2 x 2 table, not {counts.shape}")
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")
    method = "conditional maximum likelihood, exact interval"
    support, log_weight = hypergeometric(counts)
    if support.size < 2:
        return OddsRatio(None, None, None, level, method, "a row or a column of the table is empty")
    found, tail = int(counts[0, 0]), (1 - level) / 2
    bottom, top = found == support[0], found == support[-1]
    estimate = low = 0.0 if bottom else None
    high = None
    if not (bottom or top):
        estimate = _odds_at(support, log_weight, lambda p: float(support @ p) - found)
    if not bottom:
        low = _odds_at(support, log_weight, lambda p: float(p[support >= found].sum()) - tail)
    if not top:
        high = _odds_at(support, log_weight, lambda p: tail - float(p[support <= found].sum()))
    reason = "a cell is zero, so the ratio has no upper bound" if high is None else None
    return OddsRatio(estimate, low, high, level, method, reason)


def _odds_at(
    support: IntArray, log_weight: FloatArray, gap: Callable[[FloatArray], float]
) -> float:
    """Return where ``gap`` of the cell's distribution, which rises with the odds ratio, is 0."""

    def at(log_odds: float) -> float:
        tilted = log_weight + log_odds * support
        weight = np.exp(tilted - tilted.max())
        return gap(weight / weight.sum())

    reach = 1.0
    while at(-reach) > 0 or at(reach) < 0:
        reach *= 2
    root = optimize.brentq(at, -reach, reach, xtol=1e-14, rtol=1e-14)
    return math.exp(float(root))


def two_sided(likelihood: FloatArray) -> FloatArray:
    """Return, for each outcome, the probability of all outcomes that are at most as likely."""
    order = np.argsort(likelihood)
    cumulated = np.cumsum(likelihood[order])
    limit = likelihood * (1 + LIKELIHOOD_TOLERANCE)
    last = np.searchsorted(likelihood[order], limit, side="right") - 1
    return np.asarray(np.minimum(cumulated[last], 1.0))


def fisher_two_by_two(counts: IntArray) -> float:
    """Return the two-sided p-value of a 2 x 2 table without an empty row or column."""
    support, log_weight = hypergeometric(counts)
    likelihood = np.exp(log_weight - log_weight.max())
    likelihood /= likelihood.sum()
    return float(two_sided(likelihood)[counts[0, 0] - support[0]])


def hypergeometric(counts: IntArray) -> tuple[IntArray, FloatArray]:
    """Return support and log-probabilities of cell (0, 0) of a 2 x 2 table, given its margins."""
    row, column, total = (int(v) for v in (counts[0].sum(), counts[:, 0].sum(), counts.sum()))
    support = np.arange(max(0, row + column - total), min(row, column) + 1)
    chosen, others = log_choose(row, support), log_choose(total - row, column - support)
    return support, np.asarray(chosen + others - log_choose(total, column))


def log_choose(n: Any, k: Any) -> FloatArray:
    """Return the logarithm of the binomial coefficient n over k."""
    n, k = np.asarray(n, dtype=float), np.asarray(k, dtype=float)
    parts = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return np.asarray(parts)


@dataclass(frozen=True, eq=False)
class _States:
    """Partial tables: row totals left (m, r), log-weight (m,) and how many ways lead there (m,)."""

    left: IntArray
    weight: FloatArray
    ways: FloatArray


def _fisher_enumerated(counts: IntArray) -> float | None:
    """Freeman–Halton p-value by enumeration over columns, or None where that is too large."""
    counts = counts if counts.shape[0] <= counts.shape[1] else counts.T
    counts = counts[:, np.argsort(-counts.sum(axis=0), kind="stable")]
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, counts.sum() + 1)))])
    states = _States(counts.sum(axis=1)[None, :], np.zeros(1), np.ones(1))
    for column in counts.sum(axis=0)[:-1]:
        ways = _number_of_compositions(column, counts.sum(axis=1))
        if ways * max(len(states.ways), int(counts.sum(axis=1).max()) + 1) > MAX_STATES:
            return None
        cells = _compositions(int(column), counts.sum(axis=1))
        states = _following(states, cells, log_factorial[cells].sum(axis=1))
    weight = states.weight - log_factorial[states.left].sum(axis=1)
    mass = states.ways * np.exp(weight - weight.max())
    observed = -log_factorial[counts].sum()
    extreme = weight <= observed + LIKELIHOOD_TOLERANCE
    return float(min(mass[extreme].sum() / mass.sum(), 1.0))


def _following(states: _States, cells: IntArray, step: FloatArray) -> _States:
    """Fill one more column in every possible way and merge partial tables that are alike."""
    left = states.left[:, None, :] - cells[None, :, :]
    possible = (left >= 0).all(axis=2)
    left = left[possible]
    weight = np.rint((states.weight[:, None] - step[None, :])[possible] / WEIGHT_STEP)
    ways = np.broadcast_to(states.ways[:, None], possible.shape)[possible]
    order = np.lexsort((weight, *left.T))
    left, weight, ways = left[order], weight[order], ways[order]
    new = np.ones(weight.size, dtype=bool)
    new[1:] = (np.diff(weight) != 0) | (np.diff(left, axis=0) != 0).any(axis=1)
    start = np.flatnonzero(new)
    return _States(left[start], weight[start] * WEIGHT_STEP, np.add.reduceat(ways, start))


def _number_of_compositions(total: int, limits: IntArray) -> float:
    """How many rows :func:`_compositions` would return: a coefficient of a polynomial."""
    polynomial = np.ones(1)
    for limit in limits:  # times 1 + x + ... + x^limit, which is a moving sum
        summed = np.cumsum(np.concatenate([polynomial, np.zeros(int(limit))]))
        before = summed[: -int(limit) - 1] if limit < summed.size else summed[:0]
        polynomial = summed - np.concatenate([np.zeros(summed.size - before.size), before])
    return float(polynomial[total])


def _compositions(total: int, limits: IntArray) -> IntArray:
    """All ways to write ``total`` as a sum of parts, each at most its limit; shape (c, r)."""
    parts = np.zeros((1, 0), dtype=np.int64)
    for i, limit in enumerate(limits):
        used = parts.sum(axis=1)
        room = int(limits[i + 1 :].sum())
        value = np.arange(int(limit) + 1)
        rest = total - used[:, None] - value[None, :]
        row, column = np.nonzero((rest >= 0) & (rest <= room))
        parts = np.column_stack([parts[row], value[column]])
    return parts


def two_by_two(table: Any) -> IntArray:
    """Return a checked 2 x 2 table of counts."""
    counts = _counts(table)
    if counts.shape != (2, 2):
        raise ValueError(f"this test needs a 2 x 2 table, not {counts.shape}")
    return counts


def _counts(table: Any) -> IntArray:
    array = np.asarray(table, dtype=float)
    if array.ndim != 2:
        raise ValueError("a table of counts must have rows and columns")
    if not np.isfinite(array).all() or (array < 0).any() or (array != np.floor(array)).any():
        raise ValueError("a table of counts must hold whole numbers that are not negative")
    return array.astype(np.int64)


def occupied(counts: IntArray) -> IntArray:
    """Return the table without its empty rows and columns."""
    return np.asarray(counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0])
