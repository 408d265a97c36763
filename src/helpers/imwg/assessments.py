"""The course of response as tables: assessments in, one row a patient out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.imwg import CATEGORIES
from helpers.imwg.course import Floats, Rules, Window, response_course

OPTIONAL = ("next_therapy", "progression", "death")
_DAY = pd.Timedelta(days=1)


def course_table(assessments: pd.DataFrame, patients: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the best response of each patient and its days, one row a patient.

    Args:
        assessments: Columns patient, day and response, checked: known patients, known days,
            categories of ``CATEGORIES``, at most one row a patient and day.
        patients: Index: patient. Column start, and where known next_therapy, progression and
            death: dates, or days (float) throughout.
        rules: What counts as confirmed.

    Returns:
        The columns that :func:`helpers.statistics.best_response.best_response` describes.
    """
    dated = pd.api.types.is_datetime64_any_dtype(patients["start"])
    unknown = np.full(len(patients), np.nan)
    known = {n: _days(patients[n]) if n in patients else unknown for n in OPTIONAL}
    start = _days(patients["start"])
    course = response_course(
        patients.index.get_indexer(pd.Index(assessments["patient"])).astype(np.int64),
        _days(assessments["day"]),
        pd.Categorical(assessments["response"], categories=list(CATEGORIES)).codes,
        Window(start=start, **known),
        rules,
    )
    names = pd.Index(CATEGORIES)
    categories = {
        name: pd.Categorical.from_codes(getattr(course, name), categories=names)
        for name in ("unconfirmed", "confirmed")
    }
    days = {
        name: _times(getattr(course, name), dated)
        for name in ("first_unconfirmed", "first_confirmed", "confirmation", "progression")
    }
    gone = {"days_to_response": course.first_confirmed - start}
    return pd.DataFrame({**categories, **days, **gone}, index=patients.index)


def _days(times: pd.Series) -> Floats:
    """Return times as days; dates count from an origin that is the same for all."""
    if pd.api.types.is_datetime64_any_dtype(times):
        times = (times - pd.Timestamp(0)) / _DAY
    return np.asarray(times.to_numpy(dtype=np.float64, na_value=np.nan))


def _times(days: Floats, dated: bool) -> pd.DatetimeIndex | Floats:
    if not dated:
        return days
    return pd.Timestamp(0) + pd.to_timedelta(days, unit="D")
