"""Adverse events as bars: any grade light, grade 3 or worse dark within it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from helpers.exhibits.lettering import line_height, width_of, wrap
from helpers.exhibits.sheet import EDGE, Sheet
from helpers.exhibits.style import BODY, DARK, LIGHT, PAGE, SMALL, house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INDENT = 2.2
_GAP = 2.0
_ROW = 3.6
_BAR = 2.2
_RAISE = 0.2
"""Shift that puts a bar level with the letters beside it, mm."""
_LEAST = 10.0
"""Least upper end of the axis, percent: a rare event does not look frequent."""


@dataclass(frozen=True)
class Bar:
    """One class or term.

    Attributes:
        label: Its name.
        heading: Whether it is a class, printed bold above its terms.
        any_grade: Patients with the event, percent.
        grade_3_or_more: Patients with grade 3 or worse, percent.
        text: Both as printed, "53.8% (28.2%)".
    """

    label: str
    heading: bool
    any_grade: float
    grade_3_or_more: float
    text: str = ""


def adverse_event_figure(bars: Sequence[Bar], *, width: float = PAGE) -> Figure:
    """Draw adverse events in the order given: classes by frequency, each above its terms.

    Args:
        bars: One bar a line, from top to bottom; none draws the empty axis with a sentence.
        width: Width in mm.
    """
    width -= 2 * EDGE
    with house_style():
        labels, tops, room = _rows(bars, 0.42 * width)
        text_room = max([width_of(bar.text, SMALL) for bar in bars], default=0.0)
        left = room + _GAP
        plot_width = width - left - text_room - _GAP - 1.5
        head = line_height(SMALL) + 2.4
        bottom = head + (tops[-1] if bars else 2 * _ROW) + 0.8
        sheet = Sheet(width, bottom + 4.6 + line_height(BODY) + 0.4)
        axes = sheet.axes(left, head, plot_width, bottom - head)
        limit = _axis(axes, bars, bottom - head)
        sheet.line(left + plot_width / 2, bottom + 4.6, "Patients (%)", ha="center")
        if bars:
            _key(sheet, left)
        else:
            middle = left + plot_width / 2
            sheet.line(middle, head + 2.0, "No adverse event", size=SMALL, ha="center")
        for number, bar in enumerate(bars):
            centre = (tops[number] + tops[number + 1]) / 2
            _bar(axes, bar, centre - _RAISE)
            weight = "bold" if bar.heading else "normal"
            high = len(labels[number]) * line_height(BODY)
            start = head + centre - high / 2
            sheet.lines(0.0 if bar.heading else _INDENT, start, labels[number], weight=weight)
            end = left + min(bar.any_grade, limit) / limit * plot_width + 1.2
            y = head + centre - line_height(SMALL) / 2
            sheet.line(end, y, bar.text, size=SMALL, weight=weight)
        return sheet.figure


def _rows(bars: Sequence[Bar], most: float) -> tuple[list[list[str]], list[float], float]:
    """Return wrapped labels, the boundaries between lines (one more), and the labels' width."""
    natural = max(
        (
            width_of(bar.label, BODY, "bold" if bar.heading else "normal")
            + (0.0 if bar.heading else _INDENT)
            for bar in bars
        ),
        default=most / 2,
    )
    room = min(natural, most)
    labels, tops = [], [0.6]
    for bar in bars:
        indent = 0.0 if bar.heading else _INDENT
        weight = "bold" if bar.heading else "normal"
        labels.append(wrap(bar.label, room - indent + 0.01, BODY, weight))
        tops.append(tops[-1] + max(_ROW, len(labels[-1]) * line_height(BODY) + 0.4))
    return labels, tops, room


def _axis(axes: Axes, bars: Sequence[Bar], height: float) -> float:
    """Set up the axis and return its upper end, percent."""
    largest = max((bar.any_grade for bar in bars), default=0.0)
    ticks = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(0, max(largest, _LEAST))
    limit = min(float(ticks[-1]), 100.0)
    shown = [float(tick) for tick in ticks if tick <= limit]
    axes.set_xlim(0, limit)
    axes.set_ylim(height, 0)
    axes.set_xticks(shown, [f"{tick:g}" for tick in shown])
    axes.set_yticks([])
    return limit


def _bar(axes: Axes, bar: Bar, centre: float) -> None:
    axes.barh([centre], [bar.any_grade], height=_BAR, color=LIGHT, linewidth=0)
    axes.barh([centre], [bar.grade_3_or_more], height=_BAR, color=DARK, linewidth=0)


def _key(sheet: Sheet, x: float) -> None:
    """Name the two shades above the bars, in the order of the numbers beside them."""
    for colour, words in ((LIGHT, "Any grade"), (DARK, "(Grade ≥3)")):
        sheet.box(x, (line_height(SMALL) - 2.0) / 2, 2.6, 2.0, facecolor=colour)
        sheet.line(x + 3.6, 0.0, words, size=SMALL)
        x += 3.6 + width_of(words, SMALL) + 3.0
