"""Forest plot: estimates with their intervals, between the words that belong to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from helpers.exhibits.lettering import line_height, width_of, wrap
from helpers.exhibits.sheet import Sheet
from helpers.exhibits.style import BODY, GROUPS, PAGE, RULE, SMALL, SOFT, house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GAP = 2.6
_INDENT = 2.2
_ROW_PAD = 0.9
_FARTHEST = 12.0
"""On a logarithmic axis, how many times beyond the outermost estimate an interval is drawn."""
_NICE = tuple(base * 10.0**power for power in range(-6, 7) for base in (1, 2, 5))


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
        layout = _layout(rows, columns, width)
        ticks = _ticks(rows, reference, log, layout.plot_width)
        label = wrap(effect_label, layout.plot_width + 20, BODY)
        sheet = Sheet(width, layout.bottom + 5.0 + len(label) * line_height(BODY))
        top, height = layout.head_height, layout.bottom - layout.head_height
        axes = sheet.axes(layout.plot_left, top, layout.plot_width, height)
        _axis(axes, ticks, height, reference, log)
        middle = layout.plot_left + layout.plot_width / 2
        sheet.lines(middle, layout.bottom + 4.6, label, ha="center")
        _words(sheet, rows, layout)
        for number, row in enumerate(rows):
            centre = layout.tops[number] + line_height(BODY) / 2
            _mark(axes, row, centre - top, (ticks[0], ticks[-1]), log)
            _explain(sheet, row, layout.tops[number], middle, layout.plot_width)
        return sheet.figure


def _layout(rows: Sequence[ForestRow], columns: Sequence[str], width: float) -> _Layout:
    heads = tuple(tuple(wrap(head, 0.24 * width, SMALL, "bold")) for head in columns)
    widths = _column_widths(rows, heads)
    indents = _indents(rows)
    taken = sum(widths) + _GAP * (len(widths) + 1)
    natural = max(
        width_of(row.label, BODY, _weight(row)) + indent
        for row, indent in zip(rows, indents, strict=True)
    )
    room = max(min(natural, width - taken - 0.28 * width), 0.2 * width)
    labels = tuple(
        tuple(wrap(row.label, room - indent + 0.01, BODY, _weight(row)))
        for row, indent in zip(rows, indents, strict=True)
    )
    ends, x = [], room
    for column in widths[:-1]:
        x += _GAP + column
        ends.append(x)
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
        locator = MaxNLocator(nbins=4 if width < 40 else 5, steps=[1, 2, 2.5, 5, 10])
        return tuple(float(tick) for tick in locator.tick_values(min(values), max(values)))
    centre = centre or [1.0]
    low = max(min([*known, *centre]), min(centre) / _FARTHEST, 1e-5)
    high = min(max([*known, *centre]), max(centre) * _FARTHEST, 1e5)
    first = max(tick for tick in _NICE if tick <= min(low, 0.5) * 1.0001)
    last = min(tick for tick in _NICE if tick >= max(high, 2.0) * 0.9999)
    return _thinned([tick for tick in _NICE if first <= tick <= last], max(3, int(width / 7.5)))


def _thinned(ticks: Sequence[float], most: int) -> tuple[float, ...]:
    """Return at most ``most`` ticks with both ends: decades first, then every other decade."""
    kept = list(ticks)
    if len(kept) > most:
        inner = [tick for tick in kept[1:-1] if _is_decade(tick)]
        kept = [kept[0], *_apart(inner, kept[0], kept[-1]), kept[-1]]
    while len(kept) > most and len(kept) > 3:
        inner = kept[1:-1]
        kept = [kept[0], *inner[len(inner) % 2 :: 2], kept[-1]]
    return tuple(kept)


def _apart(inner: Sequence[float], first: float, last: float) -> list[float]:
    """Leave out ticks so near the ends that their labels would touch; 1 always stays."""
    return [t for t in inner if t == 1 or (t / first > 2.5 and last / t > 2.5)]


def _is_decade(tick: float) -> bool:
    return math.isclose(10 ** round(math.log10(tick)), tick)


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


def _explain(sheet: Sheet, row: ForestRow, top: float, middle: float, room: float) -> None:
    """Say in the plot why a line has no estimate, where the words fit."""
    if row.estimate is not None or row.group:
        return
    words = row.reason or "not estimable"
    if not row.texts and width_of(words, SMALL) > room:
        words = "not estimable"
    if width_of(words, SMALL) <= room:
        y = top + (line_height(BODY) - line_height(SMALL)) / 2
        sheet.line(middle, y, words, size=SMALL, ha="center", color=SOFT, style="italic")
