"""Best response as stacked bars: names and shares at the left, brackets with rates at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.errors import unknown_name
from helpers.exhibits.lettering import line_height, width_of, wrap
from helpers.exhibits.sheet import Sheet
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

_BAR = 14.0
_LEADER = 3.5
_BRACKET = 1.6
_APART = 4.0
_HEIGHT = 56.0
_WIDE_ENOUGH = 2 * COLUMN


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
        width: Width in mm; by default one journal column for one or two bars, else two.

    Raises:
        ValueError: There is no bar.
        ManuscriptError: A category is not one of the International Myeloma Working Group's.
    """
    if not bars:
        raise ValueError("a response figure needs a bar")
    for bar in bars:
        for category in bar.percents:
            if category not in RESPONSES:
                raise unknown_name("response category", category, RESPONSES, where=bar.label)
    wide = width or (COLUMN if len(bars) <= 2 else PAGE)
    each = wide / len(bars)
    with house_style():
        names = [wrap(f"{bar.label}\n(n = {bar.n})", each - 2.0, BODY) for bar in bars]
        foot = 1.4 + max(len(name) for name in names) * line_height(BODY)
        margin = line_height(SMALL)
        sheet = Sheet(wide, margin + _HEIGHT + margin / 2 + foot)
        for number, (bar, name) in enumerate(zip(bars, names, strict=True)):
            left = _bar_left(bar, number * each, each)
            _draw(sheet, bar, left, margin)
            y = margin + _HEIGHT + margin / 2 + 0.6
            sheet.lines(left + _BAR / 2, y, name, ha="center")
        return sheet.figure


def _bar_left(bar: ResponseBar, left: float, room: float) -> float:
    """Return where a bar begins, so that it stands with its words in the middle of its room."""
    before = max((width_of(f"{c} {t}", SMALL) for c, t in bar.displays.items()), default=0.0)
    before += _LEADER + 0.8
    after = _brackets_width(bar)
    return left + max((room - before - _BAR - after) / 2, 0.0) + before


def _brackets_width(bar: ResponseBar) -> float:
    return sum(_APART + width_of(text, SMALL) for text, _ in bar.brackets)


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


def _draw(sheet: Sheet, bar: ResponseBar, left: float, top: float) -> None:
    segments = _segments(bar)
    if not segments:
        sheet.box(left, top, _BAR, _HEIGHT, edgecolor=RULE)
        return
    for segment in segments:
        sheet.box(
            left,
            top + segment.top,
            _BAR,
            segment.height,
            facecolor=RESPONSES[segment.category],
            edgecolor="white",
            linewidth=0.6,
        )
    bottom = segments[-1].top + segments[-1].height
    sheet.box(left, top, _BAR, bottom, edgecolor=SOFT, linewidth=0.4)
    middles = _spread([one.top + one.height / 2 for one in segments], line_height(SMALL))
    for segment, middle in zip(segments, middles, strict=True):
        true = top + segment.top + segment.height / 2
        xs = [left - _LEADER, left - 1.2, left]
        sheet.rule(xs, [top + middle, true, true], color=RULE, linewidth=0.5)
        y = top + middle - line_height(SMALL) / 2
        sheet.line(left - _LEADER - 0.6, y, segment.text, size=SMALL, ha="right")
    _brackets(sheet, bar, segments, left + _BAR, top)


def _spread(wanted: Sequence[float], pitch: float) -> list[float]:
    """Return places nearest to those wanted, in their order, at least ``pitch`` apart."""
    clusters: list[tuple[float, int]] = []
    for place in wanted:
        mean, size = place, 1
        while clusters:
            before, count = clusters[-1]
            if mean - (size - 1) * pitch / 2 >= before + (count - 1) * pitch / 2 + pitch:
                break
            clusters.pop()
            mean = (mean * size + before * count) / (size + count)
            size += count
        clusters.append((mean, size))
    return [
        mean + (number - (size - 1) / 2) * pitch
        for mean, size in clusters
        for number in range(size)
    ]


def _brackets(
    sheet: Sheet, bar: ResponseBar, segments: Sequence[_Segment], x: float, top: float
) -> None:
    """Draw brackets, the one that joins fewest categories next to the bar."""
    for text, categories in sorted(bar.brackets, key=lambda one: len(one[1])):
        joined = [segment for segment in segments if segment.category in categories]
        if joined:
            start = top + joined[0].top + 0.25
            end = top + joined[-1].top + joined[-1].height - 0.25
            inner, outer = x + 1.2, x + 1.2 + _BRACKET
            xs, ys = [inner, outer, outer, inner], [start, start, end, end]
            sheet.rule(xs, ys, color=INK, linewidth=0.6)
            y = (start + end - line_height(SMALL)) / 2
            sheet.line(outer + 0.8, y, text, size=SMALL)
            x += _APART + width_of(text, SMALL)
