"""Tests on variables, in three values: true, false and unknown."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.study.schema.variable import Condition


def holds(condition: Condition, frame: pd.DataFrame) -> pd.Series:
    """Return whether a condition holds, patient by patient.

    Args:
        condition: The condition.
        frame: One row a patient, with the variable that is tested.

    Returns:
        Nullable booleans, NA where the value is unknown (Kleene's logic joins them).
    """
    values = frame[condition.variable]
    known = values.notna()
    result = pd.Series(True, index=frame.index, dtype="boolean")
    tests = [
        None if condition.is_in is None else values.isin(condition.is_in),
        None if condition.not_in is None else ~values.isin(condition.not_in),
        None if condition.at_least is None else values.ge(condition.at_least),
        None if condition.more_than is None else values.gt(condition.more_than),
        None if condition.less_than is None else values.lt(condition.less_than),
    ]
    for test in tests:
        if test is not None:
            result &= test.astype("boolean").mask(~known)
    if condition.known is not None:
        result &= known.eq(condition.known).astype("boolean")
    return result


def all_hold(conditions: Sequence[Condition], frame: pd.DataFrame) -> pd.Series:
    """Return whether all conditions hold; nullable booleans. No condition: true."""
    result = pd.Series(True, index=frame.index, dtype="boolean")
    for condition in conditions:
        result &= holds(condition, frame)
    return result


def any_holds(conditions: Sequence[Condition], frame: pd.DataFrame) -> pd.Series:
    """Return whether any condition holds; nullable booleans. No condition: false."""
    result = pd.Series(False, index=frame.index, dtype="boolean")
    for condition in conditions:
        result |= holds(condition, frame)
    return result


def fulfilled(conditions: Sequence[Condition], frame: pd.DataFrame) -> pd.Series:
    """Return plain booleans: whether all conditions are true; unknown counts as not."""
    return all_hold(conditions, frame).fillna(False).astype(bool)
