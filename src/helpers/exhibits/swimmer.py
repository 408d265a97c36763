"""Swimmer plot: one anonymous lane a patient, the longest at the top, in months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.exhibits.lettering import line_height, width_of
from helpers.exhibits.sheet import EDGE, Sheet
from helpers.exhibits.style import (
    BODY,
    INK,
    PAGE,
    RESPONSES,
    SMALL,
    SOFT,
    UNKNOWN,
    house_style,
)
from helpers.exhibits.time_axis import time_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TALLEST = 200.0
_LANE = 3.0
_KEY = 3.0


@dataclass(frozen=True)
class Lane:
    """The course of one patient; months from time zero.

    Attributes:
        months: Follow-up: time of death or of last contact.
        category: Best response; None where it is not known.
        response: Time of first response; None where there was none or it is not dated.
        progression: Time of progression; None where there was none.
        died: Whether follow-up ended with death.
    """

    months: float
    category: str | None = None
    response: float | None = None
    progression: float | None = None
    died: bool = False


@dataclass(frozen=True)
class _Mark:
    words: str
    marker: str
    face: str
    size: float


_RESPONSE = _Mark("First response", "^", "white", 3.4)
_PROGRESSION = _Mark("Progression", "D", INK, 2.8)
_DEATH = _Mark("Death", "X", INK, 3.8)
_ALIVE = _Mark("Alive at last contact", ">", "white", 3.2)


def swimmer_figure(
    lanes: Sequence[Lane],
    *,
    time_label: str = "Months from start of treatment",
    width: float = PAGE,
) -> Figure:
    """Draw one lane a patient, coloured by best response, without ids, dates or order of entry.

    Args:
        lanes: Patients in any order; they are sorted by duration.
        time_label: Label of the time axis.
        width: Width in mm.

    Raises:
        ValueError: There is no lane, or one has a negative duration.
    """
    if not lanes or min(lane.months for lane in lanes) < 0:
        raise ValueError("a swimmer plot needs a lane, and no lane of negative length")
    ordered = sorted(lanes, key=_sort_key)
    pitch = min(_LANE, _TALLEST / len(ordered))
    with house_style():
        key_width = _key_width(ordered)
        top, left = 0.6, line_height(BODY) + 1.2
        height = max(len(ordered) * pitch, _key_height(ordered)) + 1.0
        plot_width = width - 2 * EDGE - left - key_width - 6.0
        sheet = Sheet(width - 2 * EDGE, top + height + 4.6 + line_height(BODY) + 0.4)
        axes = sheet.axes(left, top, plot_width, height)
        last = ordered[0].months
        ticks = time_ticks(last, plot_width, width_of("000", SMALL))
        axes.set_xlim(0, 1.02 * max(last, ticks[-1]) or 1.0)
        axes.set_ylim(height, 0)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_yticks([])
        shrink = min(1.0, pitch / 2.6)
        for number, lane in enumerate(ordered):
            _lane(axes, lane, 0.5 + (number + 0.5) * pitch, 0.72 * pitch, shrink)
        sheet.line(left + plot_width / 2, top + height + 4.6, time_label, ha="center")
        words = f"Patients (n = {len(ordered)})"
        sheet.upright(0.0, top + height / 2, words)
        _key(sheet, ordered, left + plot_width + 5.0, top)
        return sheet.figure


def _sort_key(lane: Lane) -> tuple[float, ...]:
    later = [-1.0 if time is None else time for time in (lane.progression, lane.response)]
    return (-lane.months, *later, float(lane.died), float(_rank(lane.category)))


def _rank(category: str | None) -> int:
    order = list(RESPONSES)
    return order.index(category) if category in order else len(order)


def _colour(category: str | None) -> str:
    return RESPONSES.get(category or "", UNKNOWN)


def _lane(axes: Axes, lane: Lane, y: float, high: float, shrink: float) -> None:
    axes.barh(
        [y],
        [lane.months],
        height=high,
        color=_colour(lane.category),
        edgecolor=SOFT,
        linewidth=0.3 * shrink,
    )
    marks = [
        (lane.response, _RESPONSE),
        (lane.progression, _PROGRESSION),
        (lane.months, _DEATH if lane.died else _ALIVE),
    ]
    for time, mark in marks:
        if time is not None:
            axes.plot([time], [y], **_look(mark, shrink))


def _look(mark: _Mark, shrink: float) -> dict[str, Any]:
    return {
        "marker": mark.marker,
        "markerfacecolor": mark.face,
        "markeredgecolor": "white" if mark.face == INK else INK,
        "markeredgewidth": 0.4 if mark.face == INK else 0.6 * shrink,
        "markersize": mark.size * shrink,
        "linestyle": "none",
        "clip_on": False,
        "zorder": 4,
    }


def _entries(lanes: Sequence[Lane]) -> tuple[list[str | None], list[_Mark]]:
    """Return the categories and the marks that occur."""
    categories = sorted({lane.category for lane in lanes}, key=_rank)
    marks = [
        mark
        for mark, occurs in (
            (_RESPONSE, any(lane.response is not None for lane in lanes)),
            (_PROGRESSION, any(lane.progression is not None for lane in lanes)),
            (_DEATH, any(lane.died for lane in lanes)),
            (_ALIVE, any(not lane.died for lane in lanes)),
        )
        if occurs
    ]
    return categories, marks


def _key_width(lanes: Sequence[Lane]) -> float:
    categories, marks = _entries(lanes)
    words = ["Best response", *(c or "Unknown" for c in categories), *(m.words for m in marks)]
    return max(width_of(word, SMALL, "bold") for word in words) + _KEY + 1.4


def _key_height(lanes: Sequence[Lane]) -> float:
    categories, marks = _entries(lanes)
    return (len(categories) + len(marks) + 2) * (line_height(SMALL) + 0.5)


def _key(sheet: Sheet, lanes: Sequence[Lane], x: float, y: float) -> None:
    categories, marks = _entries(lanes)
    pitch = line_height(SMALL) + 0.5
    sheet.line(x, y, "Best response", size=SMALL, weight="bold")
    for category in categories:
        y += pitch
        box = {"facecolor": _colour(category), "edgecolor": SOFT, "linewidth": 0.3}
        sheet.box(x, y + (pitch - 0.5 - 2.0) / 2, _KEY, 2.0, **box)
        sheet.line(x + _KEY + 1.4, y, category or "Unknown", size=SMALL)
    y += 0.6 * pitch
    for mark in marks:
        y += pitch
        sheet.mark(x + _KEY / 2, y + (pitch - 0.5) / 2, **_look(mark, 1.0))
        sheet.line(x + _KEY + 1.4, y, mark.words, size=SMALL)
