"""Harrell's concordance between a risk score and survival, ties as R's ``concordance``.

Own code because lifelines walks a tree row by row; this counts all pairs in O(n log n) numpy.
"""

from __future__ import annotations

import numpy as np

from helpers.statistics.arrays import BoolArray, FloatArray, IntArray, merge_near_ties


def concordance(time: FloatArray, observed: BoolArray, score: FloatArray) -> float | None:
    """Share of comparable pairs in which the higher score has the earlier event.

    A pair is comparable when the shorter time is an event; an event and a censoring at one time
    are comparable, two events at one time are not. Pairs tied in the score count one half.

    Args:
        time: Follow-up, shape (n,).
        observed: Event flags, shape (n,).
        score: Higher means earlier event, shape (n,).

    Returns:
        The concordance in 0..1, or None where no pair is comparable.
    """
    (time,) = merge_near_ties(time)
    order = np.lexsort((observed, -time))
    time, observed = time[order], observed[order]
    _, rank = np.unique(score[order], return_inverse=True)
    events = np.flatnonzero(observed)
    # those who outlive an event: longer times, and the censored ones of the same time
    seen = np.concatenate([[0], np.cumsum(observed)])
    last = np.searchsorted(-time, -time[events], side="right")
    first = np.searchsorted(-time, -time[events], side="left")
    outlived = last - (seen[last] - seen[first])
    lower = _count_below(rank, outlived, rank[events])
    lower_or_tied = _count_below(rank, outlived, rank[events] + 1)
    pairs = int(outlived.sum())
    return (int(lower.sum()) + int(lower_or_tied.sum())) / (2 * pairs) if pairs else None


def _count_below(rank: IntArray, end: IntArray, bound: IntArray) -> IntArray:
    """For each query, how many of ``rank[:end]`` are below ``bound`` (a wavelet matrix)."""
    start, count = np.zeros_like(end), np.zeros_like(end)
    for bit in range(int(rank.size).bit_length() - 1, -1, -1):
        high = (rank >> bit) & 1
        zeros = np.concatenate([[0], np.cumsum(1 - high)])
        left, right = zeros[start], zeros[end]
        up = ((bound >> bit) & 1).astype(bool)
        count += np.where(up, right - left, 0)
        start = np.where(up, zeros[-1] + start - left, left)
        end = np.where(up, zeros[-1] + end - right, right)
        rank = np.concatenate([rank[high == 0], rank[high == 1]])
    return count
