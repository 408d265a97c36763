"""Harrell's concordance between a risk score and survival, ties as R's ``concordance``."""

from __future__ import annotations

import numpy as np

from helpers.statistics.arrays import BoolArray, FloatArray, merge_near_ties

_CHUNK = 512


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
    agree = ties = pairs = 0
    rows = np.flatnonzero(observed)
    for start in range(0, rows.size, _CHUNK):
        part = rows[start : start + _CHUNK]
        outlived = time[None, :] > time[part, None]
        outlived |= (time[None, :] == time[part, None]) & ~observed[None, :]
        gap = score[part, None] - score[None, :]
        pairs += int(outlived.sum())
        agree += int((outlived & (gap > 0)).sum())
        ties += int((outlived & (gap == 0)).sum())
    return (agree + ties / 2) / pairs if pairs else None
