"""The log-rank family: weighted, stratified, with late entry.

Own numpy code because lifelines has neither strata nor late entry in these tests, and because a
million rows must cost one sort per stratum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

from helpers.statistics.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    entries,
    follow_up,
    groupings,
    merge_near_ties,
    run_starts,
)
from helpers.statistics.proportions import TestResult


@dataclass(frozen=True)
class Weight:
    """Weight of an event time in a comparison of survival.

    "fleming-harrington" is S(t-)^rho (1 - S(t-))^gamma, S being the Kaplan–Meier estimate of all
    groups of a stratum together (rho = gamma = 0: log-rank; rho = 1, gamma = 0: the Peto–Peto
    form of the Wilcoxon test, as R's ``survdiff``). "gehan-breslow" is the number at risk.
    """

    kind: Literal["fleming-harrington", "gehan-breslow"] = "fleming-harrington"
    rho: float = 0.0
    gamma: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no weight."""
        if self.kind not in ("fleming-harrington", "gehan-breslow"):
            raise ValueError(f"unknown weight {self.kind!r}")
        if not (0 <= self.rho < np.inf and 0 <= self.gamma < np.inf):
            raise ValueError("rho and gamma must be finite and not negative")
        if self.kind == "gehan-breslow" and (self.rho or self.gamma):
            raise ValueError("the Gehan–Breslow weight has neither rho nor gamma")

    @property
    def test(self) -> str:
        """Name of the test that has this weight."""
        if self.kind == "gehan-breslow":
            return "Gehan–Breslow test"
        if self.rho == self.gamma == 0:
            return "log-rank test"
        return f"Fleming–Harrington test (rho {self.rho:g}, gamma {self.gamma:g})"


LOG_RANK = Weight()
GEHAN_BRESLOW = Weight("gehan-breslow")


@dataclass(frozen=True, eq=False)
class _Score:
    """Observed minus expected (k,), its variance (k, k) and expected events (k,), weighted."""

    score: FloatArray
    variance: FloatArray
    expected: FloatArray


def rank_test(
    durations: Any,
    events: Any,
    groups: Any,
    *,
    weight: Weight = LOG_RANK,
    strata: Any = None,
    entry: Any = None,
) -> TestResult:
    """Compare survival between k groups: sum of weighted observed minus expected events.

    Mantel 1966; Gehan 1965 and Breslow 1970; Harrington and Fleming, Biometrika 1982;69:553–566.
    With strata, scores and variances are computed in each and added. The variance is
    hypergeometric. Groups in which no event was ever expected lower the degrees of freedom.

    Args:
        durations: Time of event or censoring, shape (n,).
        events: True where the event was observed, shape (n,).
        groups: Group of each row, shape (n,).
        weight: Weight of each event time.
        strata: Stratum of each row, shape (n,); all rows are one stratum by default.
        entry: Time of entry under observation, before the duration, shape (n,).

    Raises:
        ValueError: Missing or negative values, unequal lengths, or an entry that is not before its
            duration.
    """
    name = weight.test if strata is None else f"stratified {weight.test}"
    time, observed = follow_up(durations, events)
    group, names = groupings(groups, "groups")
    if group.size != time.size:
        raise ValueError(f"{time.size} durations but {group.size} groups")
    start = None if entry is None else entries(entry, time)
    if start is not None:
        time, start = merge_near_ties(time, start)
    if names.size < 2:
        return TestResult(name, None, reason="fewer than two groups")
    if not observed.any():
        return TestResult(name, None, reason="no events")
    parts = [
        _score(
            time[rows], observed[rows], group[rows], names.size, weight,
            None if start is None else start[rows],
        )
        for rows in _strata(strata, time.size)
        if observed[rows].any()
    ]  # fmt: skip
    score = np.sum([part.score for part in parts], axis=0)
    variance = np.sum([part.variance for part in parts], axis=0)
    used = np.flatnonzero(np.sum([part.expected for part in parts], axis=0) > 0)[:-1]
    if used.size == 0 or np.linalg.matrix_rank(variance[np.ix_(used, used)]) < used.size:
        return TestResult(name, None, reason="no two groups are at risk at any event")
    statistic = float(score[used] @ np.linalg.solve(variance[np.ix_(used, used)], score[used]))
    return TestResult(name, float(stats.chi2.sf(statistic, used.size)), statistic, used.size)


def _strata(strata: Any, n: int) -> list[Any]:
    """Rows of each stratum."""
    if strata is None:
        return [slice(None)]
    code, names = groupings(strata, "strata")
    if code.size != n:
        raise ValueError(f"{n} durations but {code.size} strata")
    order = np.argsort(code, kind="stable")
    return np.split(order, np.cumsum(np.bincount(code, minlength=names.size))[:-1])


def _score(
    time: FloatArray,
    observed: BoolArray,
    group: IntArray,
    k: int,
    weight: Weight,
    start: FloatArray | None,
) -> _Score:
    """Score of one stratum; only event times at which somebody is compared count."""
    order = np.argsort(time)  # rows of one time count together, so their order does not matter
    first = run_starts(time[order])
    points, place = time[order][first], np.empty(time.size, dtype=np.int64)
    place[order] = np.repeat(np.arange(first.size), np.diff(first, append=time.size))
    cell, shape = place * k + group, (first.size, k)
    died = np.bincount(cell[observed], minlength=first.size * k).reshape(shape)
    left = np.bincount(cell, minlength=first.size * k).reshape(shape)
    at_risk = np.cumsum(left[::-1], axis=0)[::-1]
    keep = died.any(axis=1)
    died, at_risk, points = died[keep], at_risk[keep], points[keep]
    if start is not None:
        for j in range(k):
            late = np.sort(start[group == j])
            at_risk[:, j] -= late.size - np.searchsorted(late, points, side="left")
    deaths, n = died.sum(axis=1).astype(float), at_risk.sum(axis=1).astype(float)
    w = _weights(weight, deaths, n)
    share = at_risk / n[:, None]
    expected = deaths[:, None] * share
    spread = w * w * deaths * (n - deaths) / np.maximum(n - 1, 1)
    variance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return _Score(w @ (died - expected), variance, w @ expected)


def _weights(weight: Weight, deaths: FloatArray, n: FloatArray) -> FloatArray:
    if weight.kind == "gehan-breslow":
        return n
    before = np.concatenate([[1.0], np.cumprod(1 - deaths / n)[:-1]])
    return np.asarray(before**weight.rho * (1 - before) ** weight.gamma)
