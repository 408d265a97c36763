"""Person-time: one row a patient cut into start–stop intervals where a covariate changes.

An interval (start, stop] excludes its start and includes its stop, as R's ``Surv(start, stop,
event)`` and ``survSplit`` have it: what happens at a time is judged by the state before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers.statistics.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    as_numbers,
    entries,
    follow_up,
    merge_near_ties,
)


@dataclass(frozen=True, eq=False)
class PersonTime:
    """Intervals (start, stop] of follow-up, in the order of the patients, earlier ones first.

    Attributes:
        row: Index of the patient (row of the caller's arrays) that an interval belongs to, (m,).
        start: Where it begins, in the unit of the durations, excluded, (m,).
        stop: Where it ends, included; always after ``start``, (m,).
        event: True where the patient's event ends it; only ever a patient's last interval, (m,).
        state: True after the change, False before it, (m,).
        without_time: Indices of the patients of whom nothing was observed (follow-up of zero):
            they have no interval, and the caller says how many they are.
    """

    row: IntArray
    start: FloatArray
    stop: FloatArray
    event: BoolArray
    state: BoolArray
    without_time: IntArray


def split_at_change(
    durations: Any, events: Any, change_times: Any, *, entry: Any = None
) -> PersonTime:
    """Cut each patient's follow-up where a yes/no covariate turns from no to yes, once for good.

    A change before the end of follow-up makes two intervals, (entry, change] without and
    (change, duration] with the state. A change at the very time of the event or of the end of
    follow-up, or after it, never happens: an event at the time of the change belongs to the state
    before it. A change at or before entry (time zero by default) makes the state True throughout.
    Times that differ only by rounding are one time.

    Args:
        durations: Time of event or censoring, shape (n,).
        events: True where the event was observed, shape (n,).
        change_times: Time of the change on the same clock; None or NaN where there was none,
            shape (n,).
        entry: Time of entry under observation, before the duration, shape (n,); zero by default.

    Raises:
        ValueError: Missing or negative follow-up, unequal lengths, an infinite change time, or an
            entry that is not before its duration.
    """
    time, observed = follow_up(durations, events)
    change = _changes(change_times, time.size)
    start = np.zeros_like(time) if entry is None else entries(entry, time)
    happens = ~np.isnan(change)
    time, start, known = merge_near_ties(time, start, change[happens])
    change[happens] = known
    empty = time <= start
    split = happens & (change > start) & (change < time)
    row = np.repeat(np.arange(time.size), np.where(empty, 0, 1 + split))
    last = np.append(row[1:] != row[:-1], True) if row.size else np.zeros(0, dtype=bool)
    begun = np.append(True, last[:-1]) if row.size else last
    after = ~begun | (happens & (change <= start))[row]
    return PersonTime(
        row=row,
        start=np.where(begun, start[row], change[row]),
        stop=np.where(last, time[row], change[row]),
        event=last & observed[row],
        state=after,
        without_time=np.flatnonzero(empty),
    )


def require_own_intervals(
    patients: IntArray, stop: FloatArray, events: BoolArray, start: FloatArray | None
) -> None:
    """Refuse intervals (start, stop] that cannot be one patient's follow-up.

    Args:
        patients: Patient of each interval as a number, shape (m,).
        stop: End of each interval, shape (m,).
        events: True where the event ends it, shape (m,).
        start: Beginning of each interval, shape (m,); None: every one begins at zero.

    Raises:
        ValueError: Two intervals of a patient overlap, or an interval follows a patient's event.
    """
    begin = np.zeros_like(stop) if start is None else start
    stop, begin = merge_near_ties(stop, begin)
    order = np.lexsort((stop, begin, patients))
    same = patients[order][1:] == patients[order][:-1]
    over = same & (begin[order][1:] < stop[order][:-1])
    after = same & events[order][:-1]
    for what, wrong in (("overlap", over), ("follow the patient's event", after)):
        if wrong.any():
            raise ValueError(
                f"{int(wrong.sum())} intervals of one patient {what} "
                f"(first at position {int(order[1:][wrong].min())})"
            )


def _changes(values: Any, n: int) -> FloatArray:
    """Return change times as floats, NaN where there was no change."""
    series = pd.Series(list(values) if np.ndim(values) == 1 else [], dtype=object)
    if series.size != n:
        raise ValueError(f"{n} durations but {series.size} change times")
    change = np.array(as_numbers(series, "change times"), dtype=float)
    if np.isinf(change).any():
        raise ValueError(f"{int(np.isinf(change).sum())} change times are infinite")
    return change
