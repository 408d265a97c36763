"""Checked conversion of caller's arrays, shared by the modules of this package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Times closer than this, absolutely or relative to their mean, are one time (R's ``timefix``).
TIME_TOLERANCE = float(np.sqrt(np.finfo(float).eps))


def numbers(values: Any, name: str) -> FloatArray:
    """Return ``values`` as a one-dimensional float array without missing or infinite values.

    Raises:
        ValueError: A value is missing, infinite or no number, or the array is not flat.
    """
    array = np.asarray(as_numbers(pd.Series(np.asarray(values).ravel()), name)).astype(float)
    if np.ndim(values) != 1:
        raise ValueError(f"{name} must be one-dimensional")
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} holds {int((~np.isfinite(array)).sum())} missing or infinite values"
        )
    return array


def as_numbers(values: pd.Series, name: str) -> pd.Series:
    """Return values as numbers, missing ones as they are.

    Raises:
        ValueError: A value is no number. It is not repeated: it may be a patient's.
    """
    try:
        return pd.to_numeric(values, errors="raise")
    except (ValueError, TypeError):
        read = pd.to_numeric(values, errors="coerce")
    wrong = int((read.isna() & values.notna()).sum())
    raise ValueError(f"{name} holds {wrong} values that are no numbers")


def flags(values: Any, name: str) -> BoolArray:
    """Return ``values`` (bool or 0/1) as a boolean array.

    Raises:
        ValueError: A value is missing or neither 0 nor 1.
    """
    array = numbers(values, name)
    if not np.isin(array, (0.0, 1.0)).all():
        raise ValueError(f"{name} must hold only 0/1 or False/True")
    return array.astype(bool)


def labels(values: Any, name: str) -> npt.NDArray[np.object_]:
    """Return ``values`` as an object array of labels without missing ones.

    Raises:
        ValueError: A label is missing.
    """
    series = pd.Series(values).reset_index(drop=True)
    if series.isna().any():
        raise ValueError(f"{name} holds {int(series.isna().sum())} missing values")
    return series.to_numpy(dtype=object)


def groupings(values: Any, name: str) -> tuple[IntArray, npt.NDArray[Any]]:
    """Return labels as numbers from 0 in the order of their first appearance, and the labels.

    Raises:
        ValueError: A label is missing.
    """
    series = pd.Series(values)
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.cat.remove_unused_categories()
    code, names = pd.factorize(series)
    missing = int((code < 0).sum())
    if missing:
        raise ValueError(f"{name} holds {missing} missing values")
    return code.astype(np.int64, copy=False), np.asarray(names)


def follow_up(durations: Any, events: Any) -> tuple[FloatArray, BoolArray]:
    """Return checked durations and event flags of equal length.

    Raises:
        ValueError: Missing values, negative durations, or unequal lengths.
    """
    time, observed = numbers(durations, "durations"), flags(events, "events")
    if time.shape != observed.shape:
        raise ValueError(f"{time.size} durations but {observed.size} events")
    if (time < 0).any():
        raise ValueError(f"{int((time < 0).sum())} durations are negative")
    return time, observed


def entries(entry: Any, time: FloatArray) -> FloatArray:
    """Return checked times of entry under observation, one per duration.

    Raises:
        ValueError: Missing values, unequal lengths, or an entry that is not before its duration.
    """
    start = numbers(entry, "entry")
    if start.shape != time.shape:
        raise ValueError(f"{time.size} durations but {start.size} entry times")
    if (start >= time).any():
        raise ValueError(f"{int((start >= time).sum())} entry times are not before their duration")
    return start


def checked_times(times: Any) -> FloatArray:
    """Return ``times`` as a checked array of times at which a curve is read.

    Raises:
        ValueError: A time is missing or negative.
    """
    wanted = numbers(times, "times")
    if (wanted < 0).any():
        raise ValueError("times must not be negative")
    return wanted


def runs(time: FloatArray) -> tuple[IntArray, IntArray]:
    """Sort times and find where each distinct one starts; one sort is all that a curve costs.

    Times that differ only by rounding are one time, as by R's ``aeqSurv``.

    Returns:
        The order that sorts ``time``, shape (n,), and the position in that order of the first row
        of each distinct time, shape (k,).
    """
    order = np.argsort(time, kind="stable")
    return order, run_starts(time[order])


def run_starts(ordered: FloatArray) -> IntArray:
    """Return the position of the first row of each distinct time, shape (k,); see :func:`runs`.

    Args:
        ordered: Times in ascending order, shape (n,).
    """
    if ordered.size == 0:
        return np.zeros(0, dtype=np.int64)
    step = np.diff(ordered, prepend=-np.inf)
    distinct = ordered[step > 0]
    scale = max(float(np.abs(distinct).mean()), 1.0)
    return np.flatnonzero(step > TIME_TOLERANCE * scale)


def sorted_follow_up(time: FloatArray, observed: BoolArray) -> tuple[FloatArray, BoolArray]:
    """Return durations in ascending order with their event flags.

    A flag rides along in the sign bit, which a duration does not need: sorting plain numbers takes
    half of what finding their order takes.
    """
    key = (time + 0.0).view(np.uint64)  # the sum turns -0.0 into 0.0
    key = np.sort((key << np.uint64(1)) | observed)
    return (key >> np.uint64(1)).view(np.float64), (key & np.uint64(1)).astype(bool)


def merge_near_ties(*times: FloatArray) -> tuple[FloatArray, ...]:
    """Make times equal that differ only by rounding; see :func:`runs`.

    Args:
        times: Arrays on one time scale; they are treated together.

    Returns:
        The arrays in the same order, each near-tied run replaced by its smallest member.
    """
    together = np.concatenate(times)
    order, start = runs(together)
    merged = np.empty_like(together)
    merged[order] = np.repeat(together[order][start], np.diff(start, append=together.size))
    return tuple(np.split(merged, np.cumsum([array.size for array in times])[:-1]))
