"""Harrell's concordance between a risk score and survival, ties as R's ``concordance``.

Own code because lifelines walks a tree row by row; this counts all pairs in O(n log n) numpy.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from helpers.statistics.arrays import (
    BoolArray,
    IntArray,
    entries,
    follow_up,
    labels,
    numbers,
    runs,
)


class _Counts(NamedTuple):
    """Pairs: all, those whose query has the higher score, and those of equal score."""

    pairs: int
    lower: int
    tied: int


def concordance(
    durations: Any, events: Any, score: Any, *, entry: Any = None, strata: Any = None
) -> float | None:
    """Share of comparable pairs in which the higher score has the earlier event.

    A pair is comparable when one has the event while the other is at risk in the same stratum and
    goes on: an event and a censoring at one time are comparable, two events at one time are not.
    Pairs tied in the score count one half.

    Args:
        durations: Time of event or censoring, shape (n,).
        events: True where the event was observed, shape (n,).
        score: Higher means earlier event, shape (n,).
        entry: Time of entry under observation; a row is at risk in (entry, duration], shape (n,).
        strata: Stratum of each row, shape (n,).

    Returns:
        The concordance in 0..1, or None where no pair is comparable.

    Raises:
        ValueError: Missing or negative values, unequal lengths, or an entry that is not before its
            duration.
    """
    time, observed = follow_up(durations, events)
    value = numbers(score, "score")
    if value.size != time.size:
        raise ValueError(f"{time.size} durations but {value.size} scores")
    start = None if entry is None else entries(entry, time)
    stratum = np.zeros(time.size, dtype=np.int64)
    if strata is not None:
        stratum = pd.factorize(labels(strata, "strata"))[0].astype(np.int64)
        if stratum.size != time.size:
            raise ValueError(f"{time.size} durations but {stratum.size} strata")
    if time.size == 0:
        return None
    rank = _ranks(time if start is None else np.concatenate([time, start]))
    level = _dense(value)
    pairs, lower, tied = _count(stratum, 2 * rank[: time.size] + observed, level, among="all")
    if start is not None:
        seen = np.flatnonzero(observed)
        both = np.concatenate([np.arange(time.size), seen])
        key = 2 * np.concatenate([rank[time.size :], rank[seen]])
        key[time.size :] += 1
        early = _count(stratum[both], key, level[both], among="even")
        pairs, lower, tied = np.subtract((pairs, lower, tied), early)
    return float((2 * lower + tied) / (2 * pairs)) if pairs else None


def _ranks(time: Any) -> IntArray:
    """Rank of each time, the longest 0; times that differ only by rounding are one."""
    order, first = runs(time)
    rank = np.empty(time.size, dtype=np.int64)
    rank[order] = np.repeat(np.arange(first.size)[::-1], np.diff(first, append=time.size))
    return rank


def _dense(value: Any) -> IntArray:
    """Rank of each value among the distinct ones, the smallest 0."""
    order = np.argsort(value)
    ordered = value[order]
    rank = np.empty(value.size, dtype=np.int64)
    rank[order] = np.cumsum(np.append(False, ordered[1:] != ordered[:-1]))
    return rank


def _count(
    stratum: IntArray, key: IntArray, level: IntArray, *, among: Literal["all", "even"]
) -> _Counts:
    """Count pairs of a row with an odd key (an event) and one of its stratum with a smaller key.

    Rows with one key are no pairs.

    Args:
        stratum: Stratum of each row, from 0.
        key: Rank in time, the longest first; odd for events.
        level: Rank of the score.
        among: Whether all rows with a smaller key are paired, or those with an even one.
    """
    n, many, width = level.size, int(level.max()) + 1, int(key.max()) // 2 * 2 + 2
    # All that matters of a row is in one number, so that values are sorted and no positions;
    # rows of one key are sorted by falling score, so that none is below one before it.
    place, level = np.divmod(np.sort((stratum * width + key) * many + (many - 1 - level)), many)
    level = many - 1 - level
    query = (place & 1).astype(bool)
    counted = np.ones(n, dtype=bool) if among == "all" else ~query
    stratum = place // width
    before = np.append(0, np.cumsum(counted))
    pairs = (before[_first_of_run(place)] - before[_first_of_run(stratum)])[query].sum()
    if many == n and stratum[-1] == 0:
        return _Counts(int(pairs), _lower(level, counted, query), 0)
    # Rows of one score in the order above: who comes before, less those of the same key.
    cell, alike = np.divmod(np.sort(((stratum[-1] - stratum) * many + level) * n + np.arange(n)), n)
    before = np.append(0, np.cumsum(counted[alike]))
    start = _first_of_run(cell)
    same = np.maximum(_first_of_run(place[alike]), start)
    tied = (before[same] - before[start])[query[alike]].sum()
    # A rank of its own for each row: highest in the first stratum, falling among equal scores.
    end = n - _first_of_run(cell[::-1])[::-1]
    rank = np.empty(n, dtype=np.int64)
    rank[alike] = start + end - 1 - np.arange(n)
    return _Counts(int(pairs), _lower(rank, counted, query), int(tied))


def _first_of_run(values: Any) -> IntArray:
    """Position at which the run of equal neighbours begins that each value is in."""
    new = np.append(True, values[1:] != values[:-1])
    return np.maximum.accumulate(np.where(new, np.arange(values.size), 0))


def _lower(rank: IntArray, counted: BoolArray, query: BoolArray) -> int:
    """Count, for every query, the counted rows before it that have a lower rank.

    The ranks are halved again and again: of two rows, the lower is told from the higher at the
    first bit in which they differ, and all rows that agree so far are neighbours.
    """
    bits = max(int(rank.size - 1).bit_length(), 1)
    # A row is its rank and, in the two lowest bits, whether it is counted and whether it asks.
    row = np.arange(1 << bits, dtype=np.int32) << 2
    row[: rank.size] = (rank << 2) | (counted.astype(np.int32) << 1) | query
    found = 0
    for width in (1 << bit for bit in range(bits, 0, -1)):
        high = (row & (2 * width)) != 0
        asking = high & ((row & 1) != 0)
        seen = np.cumsum(~high & ((row & 2) != 0), dtype=np.int32)
        earlier = np.append(0, seen[width - 1 : -1 : width])
        found += int(seen[asking].sum(dtype=np.int64))
        found -= int(earlier @ asking.reshape(-1, width).sum(axis=1))
        halves = np.empty((row.size // width, 2, width // 2), dtype=np.int32)
        halves[:, 0] = row[~high].reshape(-1, width // 2)
        halves[:, 1] = row[high].reshape(-1, width // 2)
        row = halves.ravel()
    return found
