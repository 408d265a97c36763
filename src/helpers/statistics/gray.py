"""Gray's test: cumulative incidence compared between groups where other causes compete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from helpers.statistics.arrays import FloatArray, IntArray, labels, runs
from helpers.statistics.competing_risks import checked_causes
from helpers.statistics.proportions import TestResult

GRAY = "Gray's test"


@dataclass(frozen=True, eq=False)
class _Counts:
    """Rows of a stratum at its times of an event: at risk, own and other events, each (t, k)."""

    at_risk: FloatArray
    own: FloatArray
    other: FloatArray


def grays_test(
    durations: Any,
    causes: Any,
    groups: Any,
    *,
    cause: int = 1,
    strata: Any = None,
    rho: float = 0.0,
) -> TestResult:
    """Compare the cumulative incidence of one cause between k groups (Gray 1988).

    Gray, Ann Stat 1988;16:1141–1154; equal to R's ``cmprsk::cuminc``. The score sums weighted
    differences of the subdistribution hazards; its variance adds what events of the cause and of
    the others contribute in each group. With strata, scores and variances are added.

    Args:
        durations: Time of event or censoring, shape (n,).
        causes: 0 where censored, else the cause; shape (n,).
        groups: Group of each row, shape (n,).
        cause: The cause of interest.
        strata: Stratum of each row, shape (n,); all rows are one stratum by default.
        rho: Weights are (1 - F)^rho, F being the pooled incidence before each time.

    Raises:
        ValueError: Missing or negative values, unequal lengths, causes that are no whole numbers,
            or ``rho`` that is not finite.
    """
    name = GRAY if strata is None else "stratified Gray's test"
    time, code = checked_causes(durations, causes)
    group, names = pd.factorize(labels(groups, "groups"))
    stratum, levels = pd.factorize(
        labels(np.zeros(time.size) if strata is None else strata, "strata")
    )
    if not group.size == stratum.size == time.size:
        raise ValueError(f"{time.size} durations but {group.size} groups, {stratum.size} strata")
    if not np.isfinite(rho):
        raise ValueError("rho must be finite")
    if names.size < 2:
        return TestResult(name, None, reason="fewer than two groups")
    if not (code == cause).any():
        return TestResult(name, None, reason="no events of this cause")
    score, variance = np.zeros(names.size), np.zeros((names.size, names.size))
    for here in (stratum == number for number in range(levels.size)):
        if (code[here] > 0).any():
            counts = _counts(time[here], code[here], group[here], names.size, cause)
            part = _score(counts, rho)
            score, variance = score + part[0], variance + part[1]
    score, variance = score[:-1], variance[:-1, :-1]
    if np.linalg.matrix_rank(variance, hermitian=True) < score.size:
        return TestResult(name, None, reason="the groups cannot be compared: too few events")
    statistic = float(score @ np.linalg.solve(variance, score))
    return TestResult(name, float(stats.chi2.sf(statistic, score.size)), statistic, score.size)


def _counts(time: FloatArray, code: IntArray, group: IntArray, k: int, cause: int) -> _Counts:
    order, first = runs(time)
    member = group[order][:, None] == np.arange(k)
    gone = np.concatenate([np.zeros((1, k), int), member.cumsum(axis=0)])[first]
    kinds = ((code == cause), (code > 0) & (code != cause))
    own, other = (
        np.add.reduceat(member & kind[order][:, None], first, axis=0, dtype=float) for kind in kinds
    )
    keep = (own + other).sum(axis=1) > 0
    at_risk = (member.sum(axis=0) - gone)[keep].astype(float)
    return _Counts(at_risk, own[keep], other[keep])


def _score(counts: _Counts, rho: float) -> tuple[FloatArray, FloatArray]:
    """Score (k,) and its variance (k, k) in one stratum."""
    y, own, other = counts.at_risk, counts.own, counts.other
    there = y > 0
    safe = np.where(there, y, 1.0)
    after = np.cumprod(1 - np.where(there, (own + other) / safe, 0.0), axis=0)
    before = np.vstack([np.ones(y.shape[1]), after[:-1]])
    incidence = np.cumsum(np.where(there, before * own / safe, 0.0), axis=0)
    known = np.vstack([np.zeros(y.shape[1]), incidence[:-1]])
    # numbers at risk of the subdistribution, up to the censoring distribution's factor
    weight = np.where(there, y / np.where(there, before, 1.0), 0.0)
    total, events = weight.sum(axis=1), own.sum(axis=1)
    pooled = np.cumsum(events / total)
    earlier = np.concatenate([[0.0], pooled[:-1]])
    factor = (1 - earlier) ** rho
    sub = weight * (1 - known)
    score = factor @ (own - events[:, None] * sub / sub.sum(axis=1)[:, None])
    share = weight / total[:, None]
    spread = -weight[:, :, None] * share[:, None, :]
    spread[:, np.arange(y.shape[1]), np.arange(y.shape[1])] += weight
    spread *= factor[:, None, None]
    rate = events / (total * (1 - earlier))
    drift = np.cumsum(spread * rate[:, None, None], axis=0)
    return score, _variance(counts, spread, drift[-1] - drift, before, after, pooled, total)


def _variance(
    counts: _Counts,
    spread: FloatArray,
    rest: FloatArray,
    before: FloatArray,
    after: FloatArray,
    pooled: FloatArray,
    total: FloatArray,
) -> FloatArray:
    """Sum what events of the cause and of the others add to the variance of the score.

    ``spread`` (t, k, k) is the direct effect of a group's events on the scores, ``rest`` what the
    change of that group's incidence does to them at later times.
    """
    y, other, events = counts.at_risk, counts.other, counts.own.sum(axis=1)
    there = y > 0
    safe = np.where(there, y, 1.0)
    alive = after > 0
    ratio = np.where(alive, (1 - pooled)[:, None] / np.where(alive, after, 1.0), 0.0)
    effect = spread + np.where(alive, 1 - ratio, 1.0)[:, None, :] * rest
    # ties among m events leave (m' - m)/(m' - 1) of the variance, m' being the number at risk
    expected = total[:, None] * before
    ties = np.where(events > 1, events - 1, 0.0)[:, None] / np.where(expected > 1, expected - 1, 1)
    size = np.where(there, (1 - ties) * before * events[:, None] / (total[:, None] * safe), 0.0)
    variance = np.einsum("tik,tjk,tk->ij", effect, effect, size)
    ties = np.where(other > 1, other - 1, 0.0) / np.where(y > 1, y - 1, 1)
    size = np.where(alive & (other > 0), (1 - ties) * before**2 * other / safe**2, 0.0)
    effect = ratio[:, None, :] * rest
    return np.asarray(variance + np.einsum("tik,tjk,tk->ij", effect, effect, size))
