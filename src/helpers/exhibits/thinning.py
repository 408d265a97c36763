"""Which steps of a curve a picture can show: a registry's curve has one on almost every day.

Only the picture is thinned. Estimates, numbers at risk and the data behind the figure keep every
step, and so does a curve of few steps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from helpers.statistics.arrays import BoolArray, FloatArray, IntArray

#: Cells into which width and height of a curve are divided: at 300 dpi, in a panel as wide as a
#: column of a journal, one is less than a dot wide and half a dot high.
RESOLUTION = 1_000


def shown_steps(time: FloatArray, heights: Sequence[FloatArray], marked: BoolArray) -> BoolArray:
    """Return which steps are drawn; all of them where there are no more than ``RESOLUTION``.

    Between two steps that are drawn, no height differs from that of the first by a cell or more.
    In a cell of time the first step that is marked is drawn, and where several lie in it, marks
    overlap. The first and the last step are always drawn.

    Args:
        time: Where the curve steps, rising, shape (k,).
        heights: The curve and the ends of its band, as fractions, each of shape (k,).
        marked: Where a mark stands on the curve, shape (k,).
    """
    shown = np.ones(time.size, dtype=np.bool_)
    if time.size <= RESOLUTION:
        return shown
    gone = np.max([np.abs(np.diff(height, prepend=height[0])) for height in heights], axis=0)
    cell = np.floor(np.cumsum(gone) * RESOLUTION).astype(np.int64)
    shown[1:] = cell[1:] != cell[:-1]
    places = np.flatnonzero(marked)
    shown[places[_first_of_each(time[places], float(time[-1]))]] = True
    shown[-1] = True
    return shown


def _first_of_each(time: FloatArray, last: float) -> IntArray:
    """Return the positions of the first time in each cell of the time axis."""
    cell = np.floor(time / last * RESOLUTION).astype(np.int64) if last > 0 else time
    return np.flatnonzero(np.diff(cell, prepend=-1))
