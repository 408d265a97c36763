"""Proportions, their differences and the tests that compare them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import optimize, stats

from helpers.statistics.arrays import FloatArray, IntArray

CLOPPER_PEARSON = "Clopper–Pearson exact"
WILSON = "Wilson"

#: Two tables are equally likely when their probabilities differ by less than this (R's choice).
LIKELIHOOD_TOLERANCE = 1e-7
#: Log-weights of partial tables closer than this are one (far below the tolerance above).
WEIGHT_STEP = 1e-10
#: More partial tables than this in one step are not enumerated (about 2 s and 1 GB).
MAX_STATES = 10_000_000


@dataclass(frozen=True)
class Proportion:
    """``count`` of ``total`` with its interval; estimate and bounds are fractions in 0..1."""

    count: int
    total: int
    estimate: float | None
    low: float | None
    high: float | None
    level: float
    method: str


@dataclass(frozen=True)
class ProportionDifference:
    """Difference a - b of two proportions, as a fraction in -1..1, with its interval."""

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    method: str


@dataclass(frozen=True)
class TestResult:
    """A two-sided test: its name, p-value, and the statistic where it has one."""

    __test__ = False

    test: str
    p: float | None
    statistic: float | None = None
    df: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class OddsRatio:
    """Odds ratio of a two-by-two table; an infinite bound is None and said in ``reason``."""

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    method: str
    reason: str | None = None


def proportion(
    count: int,
    total: int,
    *,
    level: float = 0.95,
    method: Literal["clopper-pearson", "wilson"] = "clopper-pearson",
) -> Proportion:
    """Estimate a proportion with an exact (Clopper and Pearson 1934) or Wilson (1927) interval.

    Args:
        count: Units with the property.
        total: Units looked at; 0 gives None for estimate and bounds.
        level: Confidence level in (0, 1).
        method: Which interval.

    Raises:
        ValueError: ``count`` is not in 0..``total``, or the level or method is unknown.
    """
    count, total = _count_of_total(count, total)
    _check_level(level)
    if method == "clopper-pearson":
        name, bounds = CLOPPER_PEARSON, _clopper_pearson
    elif method == "wilson":
        name, bounds = WILSON, _wilson
    else:
        raise ValueError(f"unknown method {method!r}: 'clopper-pearson' or 'wilson'")
    if total == 0:
        return Proportion(count, total, None, None, None, level, name)
    low, high = bounds(count, total, level)
    return Proportion(count, total, count / total, low, high, level, name)


def proportion_difference(
    count_a: int, total_a: int, count_b: int, total_b: int, *, level: float = 0.95
) -> ProportionDifference:
    """Estimate the difference a - b with Newcombe's hybrid score interval.

    Newcombe RG, Stat Med 1998;17:873–890, method 10: Wilson bounds of both proportions combined.

    Raises:
        ValueError: A count is not in 0..total, or the level is not in (0, 1).
    """
    count_a, total_a = _count_of_total(count_a, total_a)
    count_b, total_b = _count_of_total(count_b, total_b)
    _check_level(level)
    method = "Newcombe hybrid score"
    if total_a == 0 or total_b == 0:
        return ProportionDifference(None, None, None, level, method)
    a, b = count_a / total_a, count_b / total_b
    low_a, high_a = _wilson(count_a, total_a, level)
    low_b, high_b = _wilson(count_b, total_b, level)
    low = a - b - math.hypot(a - low_a, high_b - b)
    high = a - b + math.hypot(high_a - a, b - low_b)
    return ProportionDifference(a - b, max(low, -1.0), min(high, 1.0), level, method)


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
    counts = _occupied(_counts(table))
    if min(counts.shape) < 2:
        return TestResult(name, None, reason="fewer than two groups or outcomes occur")
    p = _fisher_two_by_two(counts) if counts.shape == (2, 2) else _fisher_enumerated(counts)
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
    counts = _two_by_two(table)
    if min(_occupied(counts).shape) < 2:
        return TestResult(name, None, reason="fewer than two groups or outcomes occur")
    support, log_weight = _hypergeometric(counts)
    likelihood = np.exp(log_weight - log_weight.max())
    likelihood /= likelihood.sum()
    observed = likelihood[counts[0, 0] - support[0]]
    equal = np.abs(likelihood - observed) <= LIKELIHOOD_TOLERANCE * observed
    less = likelihood[(likelihood < observed) & ~equal].sum()
    return TestResult(name, float(less + likelihood[equal].sum() / 2))


def boschloo(table: Any) -> TestResult:
    """Boschloo's unconditional exact test of two independent proportions, two-sided.

    The two-sided Fisher p-value is the statistic: p is the largest probability, over the common
    proportion under the null, of a table whose Fisher p-value is at most the one observed
    (Boschloo, Stat Neerl 1970;24:1–35). It never exceeds Fisher's p. Own code because
    ``scipy.stats.boschloo_exact`` doubles the smaller one-sided p-value, which can exceed it.

    Args:
        table: Counts, one row per group, shape (2, 2); the row totals are taken as fixed.

    Raises:
        ValueError: The table is not 2 x 2 or holds anything but counts.
    """
    name = "Boschloo's exact test"
    counts = _two_by_two(table)
    if min(_occupied(counts).shape) < 2:
        return TestResult(name, None, reason="fewer than two groups or outcomes occur")
    n_a, n_b = (int(v) for v in counts.sum(axis=1))
    limit = _fisher_two_by_two(counts) * (1 + LIKELIHOOD_TOLERANCE)
    rejected = np.zeros(n_a + n_b + 1)
    for total in range(n_a + n_b + 1):
        first = np.arange(max(0, total - n_b), min(n_a, total) + 1)
        likelihood = stats.hypergeom.pmf(first, n_a + n_b, n_a, total)
        rejected[total] = likelihood[_two_sided(likelihood) <= limit].sum()
    return TestResult(name, min(_largest_binomial_mean(rejected), 1.0))


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
    counts = _occupied(_counts(table))
    corrected = correction and counts.shape == (2, 2)
    name = "chi-square test with Yates' correction" if corrected else "chi-square test"
    if min(counts.shape) < 2:
        return TestResult(name, None, reason="fewer than two groups or outcomes occur")
    result = stats.chi2_contingency(counts, correction=corrected)
    return TestResult(name, float(result.pvalue), float(result.statistic), int(result.dof))


def adjust(
    p_values: Sequence[float | None], *, method: Literal["holm", "benjamini-hochberg"]
) -> tuple[float | None, ...]:
    """Adjust p-values for multiplicity over one declared family; None stays None, uncounted.

    Holm 1979 bounds the family-wise error; Benjamini and Hochberg 1995 the false-discovery rate.

    Raises:
        ValueError: A p-value is outside 0..1, or the method is unknown.
    """
    if method not in ("holm", "benjamini-hochberg"):
        raise ValueError(f"unknown method {method!r}: 'holm' or 'benjamini-hochberg'")
    known = np.array([p for p in p_values if p is not None], dtype=float)
    if not ((known >= 0) & (known <= 1)).all():
        raise ValueError("p-values must lie in 0..1")
    m, order = known.size, np.argsort(known, kind="stable")
    adjusted = np.empty(m)
    if method == "holm":
        adjusted[order] = np.maximum.accumulate(known[order] * np.arange(m, 0, -1))
    else:
        steps = known[order] * m / np.arange(1, m + 1)
        adjusted[order] = np.minimum.accumulate(steps[::-1])[::-1]
    values = iter(np.minimum(adjusted, 1.0).tolist())
    return tuple(None if p is None else next(values) for p in p_values)


def odds_ratio(table: Any, *, level: float = 0.95) -> OddsRatio:
    """Conditional maximum-likelihood odds ratio with its exact interval (Fisher; R's choice).

    Args:
        table: Counts [[a, b], [c, d]]; the ratio is (a/b)/(c/d).
        level: Confidence level in (0, 1).

    Raises:
        ValueError: The table is not 2 x 2 or holds anything but counts.
    """
    counts = _counts(table)
    if counts.shape != (2, 2):
        raise ValueError(f"an odds ratio needs a 2 x 2 table, not {counts.shape}")
    _check_level(level)
    method = "conditional maximum likelihood, exact interval"
    support, _ = _hypergeometric(counts)
    if support.size < 2:
        return OddsRatio(None, None, None, level, method, "a row or a column of the table is empty")
    result = stats.contingency.odds_ratio(counts, kind="conditional")
    interval = result.confidence_interval(level)
    bounds = [float(v) for v in (result.statistic, interval.low, interval.high)]
    estimate, low, high = (value if math.isfinite(value) else None for value in bounds)
    reason = "a cell is zero, so the ratio has no upper bound" if high is None else None
    return OddsRatio(estimate, low, high, level, method, reason)


def power_two_proportions(
    p_a: float, n_a: int, p_b: float, n_b: int, *, alpha: float = 0.05
) -> float:
    """Exact power of the two-sided Fisher test to tell two proportions apart.

    The probability, under independent binomials, of a table whose Fisher p-value is at most
    ``alpha``; every table is enumerated, nothing is approximated or simulated.

    Args:
        p_a: True proportion in group a, in 0..1.
        n_a: Size of group a.
        p_b: True proportion in group b, in 0..1.
        n_b: Size of group b.
        alpha: Two-sided significance level.

    Raises:
        ValueError: A proportion lies outside 0..1, a size is negative, or alpha is not in (0, 1).
    """
    if not (0 <= p_a <= 1 and 0 <= p_b <= 1):
        raise ValueError("proportions must lie in 0..1")
    if n_a < 0 or n_b < 0 or not 0 < alpha < 1:
        raise ValueError("group sizes must not be negative and alpha must lie in (0, 1)")
    chance_a = stats.binom.pmf(np.arange(n_a + 1), n_a, p_a)
    chance_b = stats.binom.pmf(np.arange(n_b + 1), n_b, p_b)
    power = 0.0
    for total in range(n_a + n_b + 1):
        first = np.arange(max(0, total - n_b), min(n_a, total) + 1)
        likelihood = stats.hypergeom.pmf(first, n_a + n_b, n_a, total)
        rejected = _two_sided(likelihood) <= alpha
        power += float((chance_a[first] * chance_b[total - first])[rejected].sum())
    return min(power, 1.0)


def _two_sided(likelihood: FloatArray) -> FloatArray:
    """For each outcome, the probability of all outcomes that are at most as likely."""
    order = np.argsort(likelihood)
    cumulated = np.cumsum(likelihood[order])
    limit = likelihood * (1 + LIKELIHOOD_TOLERANCE)
    last = np.searchsorted(likelihood[order], limit, side="right") - 1
    return np.asarray(np.minimum(cumulated[last], 1.0))


def _two_by_two(table: Any) -> IntArray:
    counts = _counts(table)
    if counts.shape != (2, 2):
        raise ValueError(f"this test needs a 2 x 2 table, not {counts.shape}")
    return counts


def _largest_binomial_mean(values: FloatArray) -> float:
    """Maximum over a proportion of the mean of ``values`` (N + 1,) under a binomial of size N."""
    successes = np.arange(values.size)

    def mean(share: Any) -> Any:
        return stats.binom.pmf(successes, values.size - 1, np.asarray(share)[..., None]) @ values

    # a binomial is no narrower than this, so no peak hides between two points of the grid
    grid = np.sin(np.linspace(0, np.pi / 2, 8 * math.isqrt(values.size) + 200)) ** 2
    heights = mean(grid)
    best = float(heights.max())
    peaks = np.flatnonzero((heights[1:-1] >= heights[:-2]) & (heights[1:-1] >= heights[2:])) + 1
    for i in peaks[heights[peaks] > 0.98 * best]:
        bounds = (grid[i - 1], grid[i + 1])
        found = optimize.minimize_scalar(
            lambda share: -float(mean(share)), bounds=bounds, options={"xatol": 1e-9}
        )
        best = max(best, -float(found.fun))
    return best


def _fisher_two_by_two(counts: IntArray) -> float:
    support, log_weight = _hypergeometric(counts)
    likelihood = np.exp(log_weight - log_weight.max())
    likelihood /= likelihood.sum()
    return float(_two_sided(likelihood)[counts[0, 0] - support[0]])


def _hypergeometric(counts: IntArray) -> tuple[IntArray, FloatArray]:
    """Support and log-probabilities of cell (0, 0) of a 2 x 2 table, given its margins."""
    row, column, total = counts[0].sum(), counts[:, 0].sum(), counts.sum()
    support = np.arange(max(0, row + column - total), min(row, column) + 1)
    return support, np.asarray(stats.hypergeom.logpmf(support, total, row, column))


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
        if len(states.ways) * _number_of_compositions(column, counts.sum(axis=1)) > MAX_STATES:
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
    for limit in limits:
        polynomial = np.convolve(polynomial, np.ones(limit + 1))
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


def _clopper_pearson(count: int, total: int, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low = float(stats.beta.ppf(tail, count, total - count + 1)) if count > 0 else 0.0
    high = float(stats.beta.isf(tail, count + 1, total - count)) if count < total else 1.0
    return low, high


def _wilson(count: int, total: int, level: float) -> tuple[float, float]:
    z = float(stats.norm.isf((1 - level) / 2))
    share = count / total
    centre = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    low = 0.0 if count == 0 else (centre - half) / scale
    high = 1.0 if count == total else (centre + half) / scale
    return low, high


def _count_of_total(count: int, total: int) -> tuple[int, int]:
    if count != int(count) or total != int(total):
        raise ValueError("counts must be whole numbers")
    if not 0 <= count <= total:
        raise ValueError(f"a count must lie between 0 and its total, not {count} of {total}")
    return int(count), int(total)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")


def _counts(table: Any) -> IntArray:
    array = np.asarray(table, dtype=float)
    if array.ndim != 2:
        raise ValueError("a table of counts must have rows and columns")
    if not np.isfinite(array).all() or (array < 0).any() or (array != np.floor(array)).any():
        raise ValueError("a table of counts must hold whole numbers that are not negative")
    return array.astype(np.int64)


def _occupied(counts: IntArray) -> IntArray:
    """Leave out rows and columns without any unit."""
    return np.asarray(counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0])
