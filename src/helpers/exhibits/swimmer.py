"""Swimmer plot: one anonymous lane a patient, the longest at the top, in months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
_STRIP = 1.8
"""Width of the squares of best response beside lanes that are coloured by line, mm."""
LINE_COLOURS = ("#5b84b8", "#e9b267", "#74b39c", "#8a3f62", "#dcdcdc")
"""Colours of successive lines of therapy; the last stands for all that follow."""


@dataclass(frozen=True)
class Span:
    """One line of therapy within a lane, in months from time zero; ``number`` counts from 1."""

    number: int
    start: float
    end: float


@dataclass(frozen=True)
class Lane:
    """The course of one patient; months from time zero.

    Attributes:
        months: Follow-up: time of death or of last contact.
        category: Best response; None where it is not known, or not collected of anybody.
        response: Time of first response; None where there was none or it is not dated.
        progression: Time of progression; None where there was none.
        died: Whether follow-up ended with death.
        lines: Lines of therapy within follow-up.
    """

    months: float
    category: str | None = None
    response: float | None = None
    progression: float | None = None
    died: bool = False
    lines: tuple[Span, ...] = ()


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
    of: int | None = None,
    time_label: str = "Months from start of treatment",
    width: float = PAGE,
) -> Figure:
    """Draw one lane a patient, without ids, dates or order of entry.

    Lanes are coloured by best response. Where any has lines of therapy, they are coloured by
    line, empty between lines, and best response stands as a square before each.

    Args:
        lanes: Patients in any order; they are sorted by duration.
        of: Number of patients of whom these are a part, where not all are shown.
        time_label: Label of the time axis.
        width: Width in mm.

    Raises:
        ValueError: There is no lane, one has a negative duration, or a line of therapy does not
            lie within its lane.
    """
    _refuse_nonsense(lanes)
    ordered = sorted(lanes, key=_sort_key)
    shown = f"n = {len(ordered)}" if of is None else f"{len(ordered)} of {of}"
    with house_style():
        words = f"Patients ({shown})"
        key = _entries(ordered)
        plan = _plan(ordered, key, width - 2 * EDGE, width_of(words, BODY))
        last = ordered[0].months
        below = 4.6 + line_height(BODY) + 0.4
        sheet = Sheet(width - 2 * EDGE, max(plan.height + below, plan.key_bottom))
        axes = sheet.axes(plan.left, 0.0, plan.plot_width, plan.height)
        ticks = time_ticks(last, plan.plot_width, width_of("000", SMALL))
        axes.set_xlim(0, plan.limit)
        axes.set_ylim(plan.height, 0)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_yticks([])
        _draw_lanes(sheet, axes, ordered, plan, key)
        half = plan.left + plan.plot_width / 2
        sheet.line(half, plan.height + 4.6, time_label, ha="center")
        sheet.upright(0.0, plan.height / 2, words)
        _draw_key(sheet, key, *plan.key)
        return sheet.figure


@dataclass(frozen=True)
class _Key:
    """What the key explains.

    Attributes:
        sections: Heading to colours and their words, from top to bottom.
        marks: Marks that occur.
        lines: Colour of each line of therapy that occurs; empty where lanes show responses.
        strip: Whether best response stands before the lanes.
    """

    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    marks: tuple[_Mark, ...]
    lines: Mapping[int, str]
    strip: bool


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


def _plan(lanes: Sequence[Lane], key: _Key, width: float, label: float) -> _Plan:
    """Put the key under the short lanes where it fits there, else right of the plot."""
    left = line_height(BODY) + 1.2 + (_STRIP + 0.6 if key.strip else 0.0)
    pitch = min(max(_LANE, min(_THICKEST, label / len(lanes))), _TALLEST / len(lanes))
    height = max(len(lanes) * pitch, label) + 1.0
    limit = 1.02 * lanes[0].months or 1.0
    key_width, key_height = _key_width(key), _key_height(key)
    inner = width - left - 1.0
    top = height - key_height - 1.0
    beside = [lane for number, lane in enumerate(lanes) if 0.5 + (number + 1) * pitch > top - 1.0]
    longest = max((lane.months for lane in beside), default=0.0) / limit * inner
    if top >= 1.0 and longest + 3.0 < inner - key_width:
        at = (left + inner - key_width, top)
        return _Plan(left, pitch, height, inner, limit, at, height)
    narrow = width - left - key_width - 5.0
    return _Plan(left, pitch, height, narrow, limit, (left + narrow + 4.0, 0.0), key_height)


def _refuse_nonsense(lanes: Sequence[Lane]) -> None:
    if not lanes or min(lane.months for lane in lanes) < 0:
        raise ValueError("a swimmer plot needs a lane, and no lane of negative length")
    spans = [(span, lane.months) for lane in lanes for span in lane.lines]
    if any(not 0 <= span.start <= span.end <= months for span, months in spans):
        raise ValueError("a line of therapy lies outside its lane")


def _draw_lanes(sheet: Sheet, axes: Axes, lanes: Sequence[Lane], plan: _Plan, key: _Key) -> None:
    """Draw the lanes, and before each its best response where the key has a strip."""
    shrink = min(1.0, plan.pitch / 2.6)
    for number, lane in enumerate(lanes):
        y, high = 0.5 + (number + 0.5) * plan.pitch, 0.72 * plan.pitch
        _lane(axes, lane, y, high, shrink, key)
        if key.strip:
            box = {"edgecolor": SOFT, "linewidth": 0.3 * shrink}
            colour = _colour(lane.category)
            left = plan.left - _STRIP - 0.6
            sheet.box(left, y - high / 2, _STRIP, high, facecolor=colour, **box)


def _sort_key(lane: Lane) -> tuple[float, ...]:
    later = [-1.0 if time is None else time for time in (lane.progression, lane.response)]
    spans = [part for span in lane.lines for part in (span.start, span.end, float(span.number))]
    return (-lane.months, *later, float(lane.died), float(_rank(lane.category)), *spans)


def _rank(category: str | None) -> int:
    order = list(RESPONSES)
    return order.index(category) if category in order else len(order)


def _colour(category: str | None) -> str:
    return RESPONSES.get(category or "", UNKNOWN)


def _lane(axes: Axes, lane: Lane, y: float, high: float, shrink: float, key: _Key) -> None:
    whole = UNKNOWN if key.lines else _colour(lane.category)
    edge: dict[str, Any] = {"edgecolor": SOFT, "linewidth": 0.3 * shrink}
    axes.barh([y], [lane.months], height=high, color=whole, **edge)
    for span in lane.lines:
        colour, length = key.lines[span.number], span.end - span.start
        axes.barh([y], [length], left=[span.start], height=high, color=colour, **edge)
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


def _entries(lanes: Sequence[Lane]) -> _Key:
    """Return what occurs, and so what the key explains."""
    marks = tuple(
        mark
        for mark, occurs in (
            (_RESPONSE, any(lane.response is not None for lane in lanes)),
            (_PROGRESSION, any(lane.progression is not None for lane in lanes)),
            (_DEATH, any(lane.died for lane in lanes)),
            (_ALIVE, any(not lane.died for lane in lanes)),
        )
        if occurs
    )
    categories = sorted({lane.category for lane in lanes}, key=_rank)
    responses = tuple((_colour(name), name or "Unknown") for name in categories)
    best = ("Best response", responses)
    numbers = sorted({span.number for lane in lanes for span in lane.lines})
    if not numbers:
        return _Key((best,), marks, {}, strip=False)
    last = len(LINE_COLOURS) - 1
    colours = {n: LINE_COLOURS[min(at, last)] for at, n in enumerate(numbers)}
    words = [(LINE_COLOURS[at], f"Line {n}") for at, n in enumerate(numbers[: last + 1])]
    if len(numbers) > last + 1:
        words[-1] = (LINE_COLOURS[last], f"Line {numbers[last]} or later")
    if any(_uncovered(lane) for lane in lanes):
        words.append((UNKNOWN, "None recorded"))
    course = ("Line of therapy", tuple(words))
    strip = any(name is not None for name in categories)
    return _Key((course, best) if strip else (course,), marks, colours, strip)


def _uncovered(lane: Lane) -> bool:
    """Return whether part of a lane belongs to no line of therapy."""
    at = 0.0
    for span in sorted(lane.lines, key=lambda span: span.start):
        if span.start > at:
            return True
        at = max(at, span.end)
    return at < lane.months


def _key_width(key: _Key) -> float:
    words = [heading for heading, _ in key.sections] + [mark.words for mark in key.marks]
    words += [word for _, entries in key.sections for _, word in entries]
    return max(width_of(word, SMALL, "bold") for word in words) + _KEY + 1.4


def _key_height(key: _Key) -> float:
    entries = sum(len(entries) + 1.6 for _, entries in key.sections)
    return (entries + len(key.marks) + 0.4) * (line_height(SMALL) + 0.5)


def _draw_key(sheet: Sheet, key: _Key, x: float, y: float) -> None:
    pitch = line_height(SMALL) + 0.5
    for heading, entries in key.sections:
        sheet.line(x, y, heading, size=SMALL, weight="bold")
        for colour, words in entries:
            y += pitch
            box = {"facecolor": colour, "edgecolor": SOFT, "linewidth": 0.3}
            sheet.box(x, y + (pitch - 0.5 - 2.0) / 2, _KEY, 2.0, **box)
            sheet.line(x + _KEY + 1.4, y, words, size=SMALL)
        y += 1.6 * pitch
    for mark in key.marks:
        sheet.mark(x + _KEY / 2, y + (pitch - 0.5) / 2, **_look(mark, 1.0))
        sheet.line(x + _KEY + 1.4, y, mark.words, size=SMALL)
        y += pitch
