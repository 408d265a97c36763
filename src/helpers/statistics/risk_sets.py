"""Risk sets of a Cox model: rows sorted once, so that every sum over them is a running sum.

Rows are sorted by stratum and, within it, by time, longest first. The risk set of an event is then
a run of rows from its stratum's first to the last of its time, less those that enter later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers.statistics.arrays import BoolArray, FloatArray, IntArray, runs


@dataclass(frozen=True, eq=False)
class Late:
    """Rows that are not at risk from the beginning of time.

    Attributes:
        rows: Which sorted rows, shape (l,).
        until: The first block, counted from the longest time, at which each is not at risk, (l,).
    """

    rows: IntArray
    until: IntArray


@dataclass(frozen=True, eq=False)
class Tied:
    """Blocks that end with several events at one time.

    Attributes:
        blocks: Which blocks, shape (t,).
        points: Which of the blocks with an event they are, shape (t,).
        events: Which events are theirs, in the order of the blocks, shape (u,).
        first: Position in ``events`` of each block's first one, shape (t,).
    """

    blocks: IntArray
    points: IntArray
    events: IntArray
    first: IntArray


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Sorted rows in k blocks; a block ends with the rows of an event time or with its stratum.

    Attributes:
        x: Covariates, centred, one contiguous line each, shape (p, n).
        observed: Event flags, shape (n,).
        order: Which of the caller's rows each sorted row is, shape (n,).
        time_rank: Rank of each row's time among all times and entries, longest 0, shape (n,).
        entry_rank: The same of its entry; None where there is no late entry.
        end: One past the last row of each block, shape (k,).
        deaths: Events at the end of each block; 0 where only its stratum ends, shape (k,).
        points: Blocks that have an event, shape (m,).
        event_row: Row of each event, in the order of the blocks, shape (e,).
        event_block: Block of each event, shape (e,).
        first_event: Position of each point's first event in ``event_row``, shape (m,).
        share: Efron's share l/d of the tied events that an event leaves out, shape (e,).
        tied: Blocks that have several events; None where all events are alone.
        begin: First block of each block's stratum, shape (k,); None where there is one stratum.
        finish: First block after it, shape (k,); None where there is one stratum.
        late: Rows that an event of their stratum precedes; None where there are none.
    """

    x: FloatArray
    observed: BoolArray
    order: IntArray
    time_rank: IntArray
    entry_rank: IntArray | None
    end: IntArray
    deaths: IntArray
    points: IntArray
    event_row: IntArray
    event_block: IntArray
    first_event: IntArray
    share: FloatArray
    tied: Tied | None
    begin: IntArray | None
    finish: IntArray | None
    late: Late | None


def risk_sets(
    time: FloatArray,
    observed: BoolArray,
    x: FloatArray,
    *,
    entry: FloatArray | None = None,
    strata: IntArray | None = None,
) -> RiskSets:
    """Sort rows and locate the risk set and Efron share of every event.

    Args:
        time: Follow-up, shape (n,).
        observed: Event flags, shape (n,).
        x: Covariates, shape (n, p).
        entry: Time of entry, before the follow-up's end; a row is at risk in (entry, time], (n,).
        strata: Stratum of each row as a number from 0, shape (n,).
    """
    n = time.size
    both, code, width = _ranked(time, entry)
    order = (both if entry is None else both[both < n])[::-1]
    key = code[:n]
    if strata is not None:
        order = order[np.argsort(strata[order], kind="stable")]
        key = key + strata * width
    key, observed = key[order], observed[order]
    end, deaths = _blocks(key, observed, width)
    stratum = key[end - 1] // width
    begin, finish = _edges(stratum)
    late = None
    if entry is not None:
        stop = np.where(deaths > 0, key[end - 1], (stratum + 1) * width - 1)
        late = _late(stop, deaths, key // width * width + code[n:][order], width)
    points = np.flatnonzero(deaths)
    alike = deaths[points]
    first_event = np.concatenate([[0], np.cumsum(alike)[:-1]])
    event_row = np.flatnonzero(observed)
    share = (np.arange(event_row.size) - np.repeat(first_event, alike)) / np.repeat(alike, alike)
    lines = (np.asarray(column, dtype=float)[order] for column in x.T)
    several = stratum[0] != stratum[-1]
    return RiskSets(
        x=np.stack([line - line.mean() for line in lines]),
        observed=observed,
        order=order,
        time_rank=key % width if strata is not None else key,
        entry_rank=None if entry is None else code[n:][order],
        end=end,
        deaths=deaths,
        points=points,
        event_row=event_row,
        event_block=np.repeat(points, alike),
        first_event=first_event,
        share=share,
        tied=_tied(deaths),
        begin=begin if several else None,
        finish=finish if several else None,
        late=late,
    )


def _edges(stratum: IntArray) -> tuple[IntArray, IntArray]:
    """First block of each block's stratum, and the first block after it."""
    first = np.flatnonzero(np.diff(stratum, prepend=-1))
    blocks = np.diff(first, append=stratum.size)
    return np.repeat(first, blocks), np.repeat(np.append(first[1:], stratum.size), blocks)


def _ranked(time: FloatArray, entry: FloatArray | None) -> tuple[IntArray, IntArray, int]:
    """Rising order of all times and entries, the rank of each (longest 0), and a higher number."""
    both, first = runs(time if entry is None else np.concatenate([time, entry]))
    code = np.empty(both.size, dtype=np.int64)
    code[both] = np.repeat(np.arange(first.size - 1, -1, -1), np.diff(first, append=both.size))
    return both, code, first.size + 1


def at_risk(sets: RiskSets, values: FloatArray) -> FloatArray:
    """Sum ``values`` (..., n) over the risk set at each block's end, shape (..., k)."""
    if 4 * sets.end.size > values.shape[-1]:  # sums of short runs cost more than a long one
        total = np.cumsum(values, axis=-1)[..., sets.end - 1]
    else:
        total = np.add.reduceat(values, np.append(0, sets.end[:-1]), axis=-1)
        np.cumsum(total, axis=-1, out=total)
    if sets.late is not None:
        for line, out in zip(np.atleast_2d(values), np.atleast_2d(total), strict=True):
            gone = np.bincount(sets.late.until, line[sets.late.rows], minlength=out.size)
            out -= np.cumsum(gone)
    if sets.begin is not None:
        before = np.concatenate([np.zeros((*total.shape[:-1], 1)), total], axis=-1)
        total -= before[..., sets.begin]
    return np.asarray(total)


def lived(sets: RiskSets, increments: FloatArray) -> FloatArray:
    """Sum the ``increments`` (k,) of the blocks at whose end each row was at risk, shape (n,)."""
    after = np.append(np.cumsum(increments[::-1])[::-1], 0.0)
    begun = after[:-1] if sets.finish is None else after[:-1] - after[sets.finish]
    rows = np.repeat(begun, np.diff(sets.end, prepend=0))
    if sets.late is not None:
        rows[sets.late.rows] -= begun[sets.late.until]
    return np.asarray(rows)


def _blocks(key: IntArray, observed: BoolArray, width: int) -> tuple[IntArray, IntArray]:
    """End (exclusive) and events of each block of the sorted rows."""
    end = np.append(np.flatnonzero(np.diff(key)) + 1, key.size)
    deaths = np.diff(np.cumsum(observed)[end - 1], prepend=0)
    ends_stratum = np.append(np.diff(key[end - 1] // width) > 0, True)
    keep = (deaths > 0) | ends_stratum
    return end[keep], deaths[keep]


def _tied(deaths: IntArray) -> Tied | None:
    alike = deaths[deaths > 0]
    points = np.flatnonzero(alike > 1)
    if points.size == 0:
        return None
    first = np.concatenate([[0], np.cumsum(alike[points])[:-1]])
    events = np.flatnonzero(np.repeat(alike, alike) > 1)
    return Tied(np.flatnonzero(deaths > 1), points, events, first)


def _late(stop: IntArray, deaths: IntArray, enters: IntArray, width: int) -> Late | None:
    """Rows whose entry is not before every event of their stratum, given keys of time."""
    until = np.minimum(np.searchsorted(stop, enters, side="left"), stop.size - 1)
    own = (stop[until] >= enters) & (stop[until] // width == enters // width)
    rows = np.flatnonzero(own & (deaths[until] > 0))
    return Late(rows, until[rows]) if rows.size else None
