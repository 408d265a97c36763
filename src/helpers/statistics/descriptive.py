"""Summaries of one numeric variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers.statistics.arrays import as_numbers


@dataclass(frozen=True)
class Summary:
    """Count, missing count, moments and order statistics of one variable, in its own unit."""

    n: int
    missing: int
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    minimum: float | None
    maximum: float | None


def summarize(values: Any) -> Summary:
    """Summarise numbers; None and NaN are counted as missing and left out.

    Quartiles interpolate linearly between order statistics (R's type 7, Hyndman and Fan 1996).
    The standard deviation has n - 1 in its denominator and is None for fewer than two values.

    Raises:
        ValueError: A value is no number, or infinite.
    """
    array = np.asarray(as_numbers(pd.Series(values, dtype=object), "values"), dtype=float)
    present = array[~np.isnan(array)]
    if np.isinf(present).any():
        raise ValueError("values must be finite")
    missing = int(array.size - present.size)
    if present.size == 0:
        return Summary(0, missing, None, None, None, None, None, None, None)
    low, q1, median, q3, high = (float(v) for v in np.percentile(present, [0, 25, 50, 75, 100]))
    sd = float(present.std(ddof=1)) if present.size > 1 else None
    return Summary(int(present.size), missing, float(present.mean()), sd, median, q1, q3, low, high)
