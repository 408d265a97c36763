"""Best response as stacked bars: names and shares at the left, brackets with rates at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.errors import unknown_name
from helpers.exhibits.lettering import line_height, middle, width_of, wrap
from helpers.exhibits.sheet import EDGE, Sheet
from helpers.exhibits.style import (
    BODY,
    COLUMN,
    INK,
    PAGE,
    RESPONSES,
    RULE,
    SMALL,
    SOFT,
    house_style,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEIGHT = 56.0
_WIDEST = 14.0
_NARROW = 9.0
_NARROWEST = 5.0
_LEADER = 3.5
_GUTTER = 2.0
_BRACKET = 2.0


@dataclass(frozen=True)
class ResponseBar:
    """One bar.

    Attributes:
        label: The population.
        n: Its patients.
        percents: Height of each category in percent; a category left out has nobody.
        displays: Each category's share as printed.
        brackets: Rates: what is printed, and the categories that it joins, best first.
    """

    label: str
    n: int
    percents: Mapping[str, float]
    displays: Mapping[str, str]
    brackets: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class _Segment:
    """A category of one bar; ``top`` and ``height`` in mm from the bar's upper end."""

    category: str
    text: str
    top: float
    height: float


def response_figure(bars: Sequence[ResponseBar], *, width: float | None = None) -> Figure:
    """Draw one stacked bar a population, the best response at the top.

    Args:
        bars: Bars from left to right.
        width: Width in mm; by default one journal column where the bars fit it, else two.

    Raises:
        ValueError: There is no bar, or there are more than fit the width.
        ManuscriptError: A category is not one of the International Myeloma Working Group's.
    """
    if not bars:
        raise ValueError("a response figure needs a bar")
    for bar in bars:
        for category in bar.percents:
            if category not in RESPONSES:
                raise unknown_name("response category", category, RESPONSES, where=bar.label)
    with house_style():
        needs = max(_before(bar) + _WIDEST + _after(bar, wrapped=False) for bar in bars)
        wide = (width or (COLUMN if len(bars) * (needs + _GUTTER) <= COLUMN else PAGE)) - 2 * EDGE
        return _draw(bars, wide)


def _draw(bars: Sequence[ResponseBar], width: float) -> Figure:
    each = (width - (len(bars) - 1) * _GUTTER) / len(bars)
    wrapped = max(_before(bar) + _NARROW + _after(bar, wrapped=False) for bar in bars) > each
    rooms = [each - _before(bar) - _after(bar, wrapped=wrapped) for bar in bars]
    thick = min([_WIDEST, *rooms])
    if thick < _NARROWEST:
        raise ValueError(f"{len(bars)} bars do not fit a width of {width:g} mm")
    lefts, names = [], []
    for number, bar in enumerate(bars):
        spare = (each - _before(bar) - thick - _after(bar, wrapped=wrapped)) / 2
        lefts.append(number * (each + _GUTTER) + spare + _before(bar))
        centre = spare + _before(bar) + thick / 2
        room = 2 * min(centre, each - centre) - 1.0
        names.append(wrap(f"{bar.label}\n(n = {bar.n})", room, BODY))
    head = line_height(SMALL)
    foot = head / 2 + 1.2
    lines = max(len(name) for name in names)
    sheet = Sheet(width, head + _HEIGHT + foot + lines * line_height(BODY))
    for bar, left, name in zip(bars, lefts, names, strict=True):
        _stack(sheet, bar, left, head, thick, wrapped=wrapped)
        sheet.lines(left + thick / 2, head + _HEIGHT + foot, name, ha="center")
    return sheet.figure


def _before(bar: ResponseBar) -> float:
    """Return the room that names and shares take left of a bar, mm."""
    words = [width_of(segment.text, SMALL) for segment in _segments(bar)]
    return max(words, default=0.0) + 0.6 + _LEADER


def _after(bar: ResponseBar, *, wrapped: bool) -> float:
    """Return the room that brackets and rates take right of a bar, mm."""
    if not bar.brackets:
        return 0.0
    words = [line for text, _ in bar.brackets for line in _rate(text, wrapped=wrapped)]
    return _rates_left(bar) + max(width_of(line, SMALL) for line in words)


def _rates_left(bar: ResponseBar) -> float:
    return _BRACKET * (len(bar.brackets) + 1) + 1.0


def _rate(text: str, *, wrapped: bool) -> list[str]:
    """Return a rate as one line, or as two where room is scarce."""
    return text.rsplit(" ", 1) if wrapped else [text]


def _segments(bar: ResponseBar) -> tuple[_Segment, ...]:
    segments, top = [], 0.0
    for category in RESPONSES:
        percent = bar.percents.get(category, 0.0)
        if percent > 0:
            height = percent / 100 * _HEIGHT
            text = f"{category} {bar.displays.get(category, '')}".strip()
            segments.append(_Segment(category, text, top, height))
            top += height
    return tuple(segments)


def _stack(
    sheet: Sheet, bar: ResponseBar, left: float, top: float, thick: float, *, wrapped: bool
) -> None:
    segments = _segments(bar)
    if not segments:
        sheet.box(left, top, thick, _HEIGHT, edgecolor=RULE)
        return
    for segment in segments:
        colour = RESPONSES[segment.category]
        where = (left, top + segment.top, thick, segment.height)
        sheet.box(*where, facecolor=colour, edgecolor="white", linewidth=0.5)
    bottom = segments[-1].top + segments[-1].height
    sheet.box(left, top, thick, bottom, edgecolor=SOFT, linewidth=0.4)
    levels = _spread([one.top + one.height / 2 for one in segments], line_height(SMALL))
    for segment, level in zip(segments, levels, strict=True):
        true = top + segment.top + segment.height / 2
        xs = [left - _LEADER, left - 1.2, left]
        sheet.rule(xs, [top + level, true, true], color=RULE)
        y = top + level - middle(SMALL)
        sheet.line(left - _LEADER - 0.6, y, segment.text, size=SMALL, ha="right")
    _brackets(sheet, bar, segments, (left + thick, top), wrapped=wrapped)


def _spread(wanted: Sequence[float], pitch: float) -> list[float]:
    """Return places beside the bar nearest to those wanted, at least ``pitch`` apart.

    They keep the order of what is wanted; words that want the same place share it evenly.
    """
    order = sorted(range(len(wanted)), key=lambda number: wanted[number])
    clusters: list[tuple[float, int]] = []
    for number in order:
        mean, size = wanted[number], 1
        while clusters:
            before, count = clusters[-1]
            if mean - (size - 1) * pitch / 2 >= before + (count - 1) * pitch / 2 + pitch:
                break
            clusters.pop()
            mean = (mean * size + before * count) / (size + count)
            size += count
        half = (size - 1) * pitch / 2
        clusters.append((min(max(mean, half), _HEIGHT - half), size))
    places = [
        mean + (number - (size - 1) / 2) * pitch
        for mean, size in clusters
        for number in range(size)
    ]
    return [place for _, place in sorted(zip(order, places, strict=True))]


def _brackets(
    sheet: Sheet,
    bar: ResponseBar,
    segments: Sequence[_Segment],
    corner: tuple[float, float],
    *,
    wrapped: bool,
) -> None:
    """Draw brackets, the longest next to the bar, each with its rate where no other covers it."""
    spans = []
    for text, categories in bar.brackets:
        joined = [segment for segment in segments if segment.category in categories]
        if joined:
            spans.append((joined[0].top, joined[-1].top + joined[-1].height, text))
    spans.sort(key=lambda span: span[0] - span[1])
    ends = [span[1] for span in spans[1:]] + [span[0] for span in spans[-1:]]
    wanted = [
        (max(end, start) + stop) / 2 if end < stop else (start + stop) / 2
        for (start, stop, _), end in zip(spans, ends, strict=True)
    ]
    pitch = line_height(SMALL) * (2 if wrapped else 1)
    levels = _spread(wanted, pitch)
    x, top = corner
    rates = x + _rates_left(bar) - 0.6
    for number, ((start, stop, text), level) in enumerate(zip(spans, levels, strict=True)):
        outer = x + (number + 1) * _BRACKET + 0.4
        ys = [top + start + 0.2, top + start + 0.2, top + stop - 0.2, top + stop - 0.2]
        sheet.rule([outer - 1.0, outer, outer, outer - 1.0], ys, color=INK, linewidth=0.6)
        held = min(max(level, start + 0.3), stop - 0.3)
        sheet.rule([outer, rates], [top + held, top + level], color=INK, linewidth=0.6)
        lines = _rate(text, wrapped=wrapped)
        shift = (len(lines) - 1) * line_height(SMALL) / 2
        sheet.lines(rates + 0.6, top + level - middle(SMALL) - shift, lines, size=SMALL)
