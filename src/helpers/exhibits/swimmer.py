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
_THICKEST = 5.0
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
    words = f"Patients (n = {len(ordered)})"
    with house_style():
        plan = _plan(ordered, width - 2 * EDGE, width_of(words, BODY))
        last = ordered[0].months
        below = 4.6 + line_height(BODY) + 0.4
        sheet = Sheet(width - 2 * EDGE, max(plan.height + below, plan.key_bottom))
        axes = sheet.axes(plan.left, 0.0, plan.plot_width, plan.height)
        ticks = time_ticks(last, plan.plot_width, width_of("000", SMALL))
        axes.set_xlim(0, plan.limit)
        axes.set_ylim(plan.height, 0)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_yticks([])
        shrink = min(1.0, plan.pitch / 2.6)
        for number, lane in enumerate(ordered):
            y = 0.5 + (number + 0.5) * plan.pitch
            _lane(axes, lane, y, 0.72 * plan.pitch, shrink)
        half = plan.left + plan.plot_width / 2
        sheet.line(half, plan.height + 4.6, time_label, ha="center")
        sheet.upright(0.0, plan.height / 2, words)
        _key(sheet, ordered, *plan.key)
        return sheet.figure


@dataclass(frozen=True)
class _Plan:
    """Measures in mm; ``limit`` is the upper end of the axis, ``key`` the corner of the key."""

    left: float
    pitch: float
    height: float
    plot_width: float
    limit: float
    key: tuple[float, float]
    key_bottom: float


def _plan(lanes: Sequence[Lane], width: float, label: float) -> _Plan:
    """Put the key under the short lanes where it fits there, else right of the plot."""
    left = line_height(BODY) + 1.2
    pitch = min(max(_LANE, min(_THICKEST, label / len(lanes))), _TALLEST / len(lanes))
    height = max(len(lanes) * pitch, label) + 1.0
    limit = 1.02 * lanes[0].months or 1.0
    key_width, key_height = _key_width(lanes), _key_height(lanes)
    inner = width - left - 1.0
    top = height - key_height - 1.0
    beside = [lane for number, lane in enumerate(lanes) if 0.5 + (number + 1) * pitch > top - 1.0]
    longest = max((lane.months for lane in beside), default=0.0) / limit * inner
    if top >= 1.0 and longest + 3.0 < inner - key_width:
        at = (left + inner - key_width, top)
        return _Plan(left, pitch, height, inner, limit, at, height)
    narrow = width - left - key_width - 5.0
    return _Plan(left, pitch, height, narrow, limit, (left + narrow + 4.0, 0.0), key_height)


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
