"""Forest plot: estimates with their intervals, between the words that belong to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from helpers.exhibits.lettering import line_height, middle, width_of, wrap
from helpers.exhibits.sheet import EDGE, Sheet
from helpers.exhibits.style import BODY, GROUPS, PAGE, RULE, SMALL, SOFT, house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GAP = 2.6
_INDENT = 2.2
_ROW_PAD = 0.9
_FARTHEST = 12.0
"""On a logarithmic axis, how many times beyond the outermost estimate an interval is drawn."""
_NICE = {
    3 * power + number: base * 10.0**power
    for power in range(-6, 7)
    for number, base in enumerate((1, 2, 5))
}
"""1, 2, 5, 10 … by their place in the series; 1 has place 0."""


@dataclass(frozen=True)
class ForestRow:
    """One line.

    Attributes:
        label: Words at the left.
        group: Whether the line is a heading without estimate.
        estimate: Estimate on the axis; None where there is none.
        low: Lower bound; None with an estimate means unbounded.
        high: Upper bound; likewise.
        texts: Words of the columns, the last one right of the plot.
        reason: Why there is no estimate.
    """

    label: str
    group: bool = False
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    texts: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class _Layout:
    """Measures in mm; ``columns`` holds right ends, of the last column the left end."""

    labels: tuple[tuple[str, ...], ...]
    indents: tuple[float, ...]
    heads: tuple[tuple[str, ...], ...]
    columns: tuple[float, ...]
    plot_left: float
    plot_width: float
    tops: tuple[float, ...]
    head_height: float
    bottom: float


def forest_figure(
    rows: Sequence[ForestRow],
    *,
    effect_label: str,
    reference: float | None,
    log: bool,
    columns: Sequence[str],
    width: float = PAGE,
) -> Figure:
    """Draw a forest plot.

    An interval that reaches beyond the axis ends in an arrow. A line without estimate prints
    its words, and the reason where there is room.

    Args:
        rows: Lines from top to bottom; after a heading, lines are indented.
        effect_label: Label of the axis.
        reference: Where a vertical line is drawn: 1 for ratios; None for none.
        log: Whether the axis is logarithmic.
        columns: Headings of the columns; the last one stands right of the plot.
        width: Width in mm.

    Raises:
        ValueError: There is no line, or a line has more words than there are columns.
    """
    if not rows or not columns or any(len(row.texts) > len(columns) for row in rows):
        raise ValueError("a forest plot needs a line, and a heading for every column of words")
    with house_style():
        layout = _layout(rows, columns, width - 2 * EDGE)
        ticks = _ticks(rows, reference, log, layout.plot_width)
        label = wrap(effect_label, layout.plot_width + 20, BODY)
        sheet = Sheet(width - 2 * EDGE, layout.bottom + 5.0 + len(label) * line_height(BODY))
        top, height = layout.head_height, layout.bottom - layout.head_height
        axes = sheet.axes(layout.plot_left, top, layout.plot_width, height)
        _axis(axes, ticks, height, reference, log)
        half = layout.plot_left + layout.plot_width / 2
        sheet.lines(half, layout.bottom + 4.6, label, ha="center")
        _words(sheet, rows, layout)
        for number, row in enumerate(rows):
            centre = layout.tops[number] + middle(BODY)
            _mark(axes, row, centre - top, (ticks[0], ticks[-1]), log)
            _explain(sheet, row, layout.tops[number], half, layout.plot_width)
        return sheet.figure


def _layout(rows: Sequence[ForestRow], columns: Sequence[str], width: float) -> _Layout:
    heads = tuple(tuple(wrap(head, 0.24 * width, SMALL, "bold")) for head in columns)
    widths = _column_widths(rows, heads)
    indents = _indents(rows)
    taken = sum(widths) + _GAP * (len(widths) + 1)
    heading = max((width_of(row.label, BODY, "bold") for row in rows if row.group), default=0.0)
    heading -= sum(_GAP + column for column in widths[:-1])
    room = max(_label_room(rows, indents, width - taken), min(heading, 0.2 * width))
    ends, x = [], room
    for column in widths[:-1]:
        x += _GAP + column
        ends.append(x)
    labels = tuple(
        tuple(wrap(row.label, (x if row.group else room - indent) + 0.01, BODY, _weight(row)))
        for row, indent in zip(rows, indents, strict=True)
    )
    last = width - widths[-1] - 0.4
    head_height = max(len(head) for head in heads) * line_height(SMALL) + 1.6
    tops, y = [], head_height + 0.8
    for number, (row, label) in enumerate(zip(rows, labels, strict=True)):
        y += 1.2 if row.group and number else 0.0
        tops.append(y)
        y += len(label) * line_height(BODY) + _ROW_PAD
    return _Layout(
        labels=labels,
        indents=indents,
        heads=heads,
        columns=(*ends, last),
        plot_left=x + 1.6 * _GAP,
        plot_width=last - x - 2.9 * _GAP,
        tops=tuple(tops),
        head_height=head_height,
        bottom=y + 0.6,
    )


def _label_room(rows: Sequence[ForestRow], indents: Sequence[float], room: float) -> float:
    """Return the width of the labels' column, of ``room`` mm for labels and plot.

    The plot keeps nine twentieths, unless a label's longest word needs more than the rest.
    """
    wide = [
        (width_of(row.label) + indent, max(width_of(w) for w in row.label.split()) + indent)
        for row, indent in zip(rows, indents, strict=True)
        if not row.group and row.label.strip()
    ]
    longest = max((line for line, _ in wide), default=0.0)
    word = max((word for _, word in wide), default=0.0)
    return max(min(longest, 0.55 * room), min(word, 0.75 * room))


def _column_widths(rows: Sequence[ForestRow], heads: Sequence[Sequence[str]]) -> list[float]:
    widths = []
    for number, head in enumerate(heads):
        words = [row.texts[number] for row in rows if number < len(row.texts)]
        widest = [width_of(line, SMALL, "bold") for line in head]
        widths.append(max([*widest, *(width_of(word, SMALL) for word in words)]))
    return widths


def _indents(rows: Sequence[ForestRow]) -> tuple[float, ...]:
    indents, inside = [], False
    for row in rows:
        indents.append(_INDENT if inside and not row.group else 0.0)
        inside = inside or row.group
    return tuple(indents)


def _weight(row: ForestRow) -> str:
    return "bold" if row.group else "normal"


def _words(sheet: Sheet, rows: Sequence[ForestRow], layout: _Layout) -> None:
    """Write the columns' headings, every line's label and its words."""
    last = len(layout.columns) - 1
    for number, head in enumerate(layout.heads):
        top = layout.head_height - 1.6 - len(head) * line_height(SMALL)
        side = "left" if number == last else "right"
        sheet.lines(layout.columns[number], top, head, size=SMALL, weight="bold", ha=side)
    sheet.rule([0, sheet.width], [layout.head_height - 0.8] * 2)
    drop = (line_height(BODY) - line_height(SMALL)) / 2
    for number, row in enumerate(rows):
        top = layout.tops[number]
        sheet.lines(layout.indents[number], top, layout.labels[number], weight=_weight(row))
        for column, text in enumerate(row.texts):
            side = "left" if column == last else "right"
            sheet.line(layout.columns[column], top + drop, text, size=SMALL, ha=side)


def _ticks(
    rows: Sequence[ForestRow], reference: float | None, log: bool, width: float
) -> tuple[float, ...]:
    """Return the ticks; the first and the last are the ends of the axis."""
    shown = [row for row in rows if row.estimate is not None and (row.estimate > 0 or not log)]
    centre = [row.estimate for row in shown if row.estimate is not None]
    centre += [reference] if reference is not None else []
    bounds = [bound for row in shown for bound in (row.low, row.high)]
    known = [b for b in bounds if b is not None and math.isfinite(b) and (b > 0 or not log)]
    if not log:
        values = [*centre, *known] or [0.0, 1.0]
        return _linear_ticks(min(values), max(values), width)
    centre = centre or [1.0]
    low = max(min([*known, *centre]), min(centre) / _FARTHEST, 1e-5)
    high = min(max([*known, *centre]), max(centre) * _FARTHEST, 1e5)
    return _log_ticks(min(low, 0.5), max(high, 2.0), max(3, int(width / 7.5)))


def _linear_ticks(low: float, high: float, width: float) -> tuple[float, ...]:
    """Return round numbers from at most low to at least high, whose labels keep apart."""
    for most in (5, 4, 3, 2, 1):
        locator = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10], min_n_ticks=1)
        ticks = tuple(float(tick) for tick in locator.tick_values(low, high))
        widest = max(width_of(f"{tick:g}", SMALL) for tick in ticks)
        if widest + 1.5 <= width / (len(ticks) - 1):
            return ticks
    return ticks[0], ticks[-1]


def _log_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Return at most ``most`` of 1, 2, 5, 10 … in even steps through 1, from low to high."""
    start = max(place for place, tick in _NICE.items() if tick <= low * 1.0001)
    stop = min(place for place, tick in _NICE.items() if tick >= high * 0.9999)
    for step in range(1, len(_NICE)):
        first, last = math.floor(start / step), math.ceil(stop / step)
        if last - first + 1 <= most:
            break
    places = (step * number for number in range(first, last + 1))
    return tuple(_NICE[place] for place in places if place in _NICE)


def _axis(
    axes: Axes, ticks: Sequence[float], height: float, reference: float | None, log: bool
) -> None:
    axes.set_xscale("log" if log else "linear")
    axes.set_xlim(ticks[0], ticks[-1])
    axes.set_ylim(height, 0)
    axes.set_xticks(list(ticks), [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    if reference is not None:
        dashes = "-" if log else (0, (3, 2))
        axes.axvline(reference, color=RULE, linewidth=0.7, linestyle=dashes, zorder=0)


def _mark(axes: Axes, row: ForestRow, y: float, ends: tuple[float, float], log: bool) -> None:
    """Draw estimate and interval, with an arrow at an end that lies beyond the axis."""
    if row.estimate is None or (log and row.estimate <= 0):
        return
    colour = GROUPS[0]
    low = -math.inf if row.low is None else row.low
    high = math.inf if row.high is None else row.high
    inside = [max(low, ends[0]), min(high, ends[1])]
    axes.plot(inside, [y, y], color=colour, linewidth=1.0, clip_on=False)
    for end, cut, marker in (
        (inside[0], low < ends[0], "<"),
        (inside[1], high > ends[1], ">"),
    ):
        if cut:
            axes.plot([end], [y], marker, color=colour, ms=3.4, mew=0, clip_on=False)
        else:
            axes.plot([end], [y], "|", color=colour, ms=3.4, mew=0.9, clip_on=False)
    axes.plot([row.estimate], [y], "s", color=colour, ms=3.8, mew=0, clip_on=False)


def _explain(sheet: Sheet, row: ForestRow, top: float, x: float, room: float) -> None:
    """Say in the plot why a line has no estimate, where the words fit."""
    if row.estimate is not None or row.group:
        return
    words = row.reason or "not estimable"
    if not row.texts and width_of(words, SMALL) > room:
        words = "not estimable"
    if width_of(words, SMALL) <= room:
        y = top + (line_height(BODY) - line_height(SMALL)) / 2
        text = sheet.line(x, y, words, size=SMALL, ha="center", color=SOFT, style="italic")
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.8})
