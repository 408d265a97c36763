"""Step curves with confidence bands above tables of counts at the same ticks.

What Kaplan–Meier and cumulative-incidence figures share: places, colours, words and panels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from helpers.exhibits.labelling import Area, Path, Place, place_block, place_labels
from helpers.exhibits.lettering import line_height, middle, width_of, wrap
from helpers.exhibits.sheet import EDGE, Sheet
from helpers.exhibits.style import (
    BODY,
    COLUMN,
    GROUPS,
    INK,
    PAGE,
    SMALL,
    SOFT,
    TITLE,
    house_style,
)
from helpers.exhibits.thinning import shown_steps
from helpers.exhibits.time_axis import time_ticks
from helpers.statistics.arrays import BoolArray, FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GUTTER = PAGE - 2 * COLUMN
_KEY_LINE = 4.0
_KEY_GAP = 1.2
_LARGEST = len(GROUPS)


#: Names of the rows of a table of counts, each with one count a tick.
Counts = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, eq=False)
class Step:
    """A step curve, heights as fractions; all arrays share one shape (k,).

    Attributes:
        label: Name of the curve.
        time: Where it steps, the first being 0.
        height: Height from each time on.
        low: Lower bound; NaN where none is drawn.
        high: Upper bound; NaN where none is drawn.
        marked: Where a tick stands on the curve, as for censored patients.
        dashed: Whether the line is dashed.
    """

    label: str
    time: FloatArray
    height: FloatArray
    low: FloatArray
    high: FloatArray
    marked: BoolArray
    dashed: bool = False

    @property
    def band(self) -> tuple[FloatArray, FloatArray]:
        """Ends of the band as drawn: the curve itself where a bound is missing."""
        drawn = np.isfinite(self.low) & np.isfinite(self.high)
        return np.where(drawn, self.low, self.height), np.where(drawn, self.high, self.height)

    def thinned(self) -> Step:
        """Return the steps that a picture can show; see :mod:`helpers.exhibits.thinning`."""
        shown = shown_steps(self.time, (self.height, *self.band), self.marked)
        if shown.all():
            return self
        arrays = ("time", "height", "low", "high", "marked")
        return replace(self, **{name: getattr(self, name)[shown] for name in arrays})


@dataclass(frozen=True, eq=False)
class Block:
    """The counts of one group under the axis.

    Attributes:
        heading: Name of the group.
        rows: Names of the rows.
        n: Largest count, for the room that counts need.
        counts: Returns the counts of every row at given times.
    """

    heading: str
    rows: tuple[str, ...]
    n: int
    counts: Callable[[Sequence[float]], Counts]


@dataclass(frozen=True, eq=False)
class StepPanel:
    """One pair of axes with its table of numbers at risk.

    Attributes:
        curves: One to four curves.
        blocks: The tables of counts, each in the colour of the curve at its place.
        value_label: What the height is; the axis is in percent.
        time_label: Label of the time axis.
        annotation: Lines to print beside the curves: median, log-rank test …
        title: Heading; None for none.
        ticks: Times of ticks and of the table's columns; None chooses them.
        tinted: Whether the headings of the table have the colours of the curves.
        landmark: Time at which a vertical line is drawn; None for none.
        notice: A caution printed under the table; None for none.
    """

    curves: tuple[Step, ...]
    blocks: tuple[Block, ...]
    value_label: str
    time_label: str
    annotation: tuple[str, ...] = ()
    title: str | None = None
    ticks: tuple[float, ...] | None = None
    landmark: float | None = None
    notice: str | None = None
    tinted: bool = True

    def __post_init__(self) -> None:
        if not 1 <= len(self.curves) <= _LARGEST:
            raise ValueError(
                f"a panel holds 1 to {_LARGEST} curves, not {len(self.curves)}: "
                "join levels, or show them in panels of their own"
            )


def step_figure(panels: Sequence[StepPanel], *, width: float | None = None) -> Figure:
    """Draw panels: one alone, more of them in two columns with letters A, B and so on.

    Curves are named beside themselves where there is room, else above them. Of a curve of very many
    steps those are drawn that can be seen.

    Args:
        panels: Panels in reading order.
        width: Width in mm; by default one journal column for one panel, two for more.

    Raises:
        ValueError: There is no panel.
    """
    if not panels:
        raise ValueError("a figure needs a panel")
    across = 1 if len(panels) == 1 else 2
    wide = width or (COLUMN if across == 1 else PAGE)
    each = (wide - 2 * EDGE - _GUTTER * (across - 1)) / across
    with house_style():
        plans = [
            _plan(panel, each, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number] if across > 1 else "")
            for number, panel in enumerate(panels)
        ]
        bands = [plans[first : first + across] for first in range(0, len(plans), across)]
        heads = [max(plan.head for plan in band) for band in bands]
        feet = [max(plan.foot for plan in band) for band in bands]
        heights = [
            head + band[0].axes_height + foot
            for head, band, foot in zip(heads, bands, feet, strict=True)
        ]
        sheet = Sheet(wide - 2 * EDGE, sum(heights) + _GUTTER * (len(bands) - 1))
        top = 0.0
        for band, head, height in zip(bands, heads, heights, strict=True):
            for number, plan in enumerate(band):
                _draw(sheet, plan, number * (each + _GUTTER), top, top + head)
            top += height + _GUTTER
        return sheet.figure


@dataclass(frozen=True, eq=False)
class _Plan:
    """A panel with its measures in mm."""

    panel: StepPanel
    width: float
    title: tuple[str, ...]
    left: float
    axes_width: float
    axes_height: float
    limit: float
    ticks: tuple[float, ...]
    names: tuple[Place, ...] | None
    """Places of the groups' names beside their curves; None where a key names them."""
    key: tuple[tuple[str, ...], ...]
    """Wrapped names of the key."""
    key_place: Place | None
    """Place of the key within the axes; None where it stands above."""
    inside: Place | None
    """Place of the annotation within the axes; None where it stands above."""
    above: tuple[str, ...]
    time_label: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    """Headings of the table's groups."""
    notice: tuple[str, ...]

    @property
    def head(self) -> float:
        """Height above the axes."""
        lines = len(self.above)
        lines += 0 if self.key_place else sum(len(name) for name in self.key)
        landmark = line_height(SMALL) if self.panel.landmark is not None else 0.0
        title = len(self.title) * line_height(TITLE) + (1.0 if self.title else 0.0)
        return title + lines * line_height(SMALL) + landmark + 1.4

    @property
    def table(self) -> float:
        """Distance from the axis to the table."""
        return 4.6 + len(self.time_label) * line_height(BODY) + 1.2

    @property
    def foot(self) -> float:
        """Height below the axis."""
        headings = sum(len(group) for group in self.groups)
        rows = sum(len(block.rows) for block in self.panel.blocks)
        lines = headings + rows + len(self.notice)
        gaps = 0.8 * (len(self.panel.blocks) - 1) + (1.2 if self.notice else 0.0)
        return self.table + lines * line_height(SMALL) + gaps + 0.4


def _plan(panel: StepPanel, width: float, letter: str) -> _Plan:
    curves = panel.curves
    last = max(float(curve.time[-1]) for curve in curves)
    digits = max(width_of(str(block.n), SMALL) for block in panel.blocks)
    left, right = _margins(panel, digits)
    axes_width = width - left - right
    ticks = panel.ticks or time_ticks(last, axes_width, digits)
    limit = max(last, ticks[-1]) * 1.015 or 1.0
    height = min(0.64 * axes_width, 78.0)
    paths = [_path(curve, axes_width / limit, height) for curve in curves]
    labels = [curve.label for curve in curves]
    taken: list[Area] = []
    if panel.landmark is not None:
        at = panel.landmark * axes_width / limit
        taken.append(Area(at - 0.2, 0.0, at + 0.2, height))
    names = place_labels(labels, paths, taken, axes_width, height) if len(curves) > 1 else ()
    lines = [line for text in panel.annotation for line in wrap(text, 0.62 * axes_width, SMALL)]
    unnamed = labels if names is None else []
    key = tuple(tuple(wrap(label, 0.5 * axes_width, SMALL)) for label in unnamed)
    key_place = _key_place(key, paths, taken, axes_width, height) if key else None
    taken += [place.area for place in (*(names or ()), key_place) if place]
    inside = place_block(lines, paths, taken, axes_width, height)
    title = f"{letter}  {panel.title or ''}".strip() if letter else panel.title or ""
    full = [line for text in panel.annotation for line in wrap(text, axes_width, SMALL)]
    return _Plan(
        panel=panel,
        width=width,
        title=tuple(wrap(title, width, TITLE, "bold")) if title else (),
        left=left,
        axes_width=axes_width,
        axes_height=height,
        limit=limit,
        ticks=ticks,
        names=names,
        key=key,
        key_place=key_place,
        inside=inside,
        above=() if inside else tuple(full),
        time_label=tuple(wrap(panel.time_label, axes_width, BODY)),
        groups=tuple(tuple(wrap(block.heading, width, SMALL, "bold")) for block in panel.blocks),
        notice=tuple(wrap(panel.notice, width, SMALL)) if panel.notice else (),
    )


def _margins(panel: StepPanel, digits: float) -> tuple[float, float]:
    """Left and right of the axes: for the names of the table's rows, and half of a number."""
    names = [row for block in panel.blocks for row in block.rows]
    left = max(width_of(row, SMALL) for row in names) + digits / 2 + 2.0
    return max(left, 2 * line_height(BODY) + 7.0), max(digits / 2, 2.4) + 0.4


def _key_place(
    key: tuple[tuple[str, ...], ...],
    paths: Sequence[Path],
    taken: Sequence[Area],
    width: float,
    height: float,
) -> Place | None:
    lines = [line for name in key for line in name]
    return place_block(lines, paths, taken, width, height, lead=_KEY_LINE + _KEY_GAP)


def _path(curve: Step, per_unit: float, height: float) -> Path:
    """Return a curve as drawn, in mm from the lower left corner of the axes."""
    scale = height / _TOP
    low = np.where(np.isfinite(curve.low), curve.low, curve.height)
    high = np.where(np.isfinite(curve.high), curve.high, curve.height)
    return Path(
        curve.time * per_unit,
        100 * curve.height * scale,
        100 * low * scale,
        100 * high * scale,
    )


_TOP = 103.0
"""Upper end of the survival axis, so that a curve at 100% is not cut."""


def _draw(sheet: Sheet, plan: _Plan, x: float, top: float, axes_top: float) -> None:
    left = x + plan.left
    axes = sheet.axes(left, axes_top, plan.axes_width, plan.axes_height)
    _frame(axes, plan)
    for colour, curve in zip(GROUPS, plan.panel.curves, strict=False):
        _curve(axes, curve.thinned(), colour, faint=len(plan.panel.curves) > 2)
    if plan.panel.landmark is not None:
        axes.axvline(plan.panel.landmark, color=SOFT, linewidth=0.7, linestyle=(0, (3, 2)))
        at = left + plan.panel.landmark / plan.limit * plan.axes_width
        half = width_of("Landmark", SMALL) / 2
        at = min(max(at, x + half), x + plan.width - half)
        y = axes_top - line_height(SMALL) - 0.4
        sheet.line(at, y, "Landmark", size=SMALL, color=SOFT, ha="center")
    _head(sheet, plan, x, top)
    bottom = axes_top + plan.axes_height
    for colour, place in zip(GROUPS, plan.names or (), strict=False):
        sheet.lines(left + place.x, bottom - place.y, place.lines, size=SMALL, color=colour)
    if plan.key_place:
        _key(sheet, plan, left + plan.key_place.x, bottom - plan.key_place.y)
    if plan.inside:
        sheet.lines(left + plan.inside.x, bottom - plan.inside.y, plan.inside.lines, size=SMALL)
    sheet.lines(left + plan.axes_width / 2, bottom + 4.6, plan.time_label, ha="center")
    _table(sheet, plan, x, bottom + plan.table)


def _frame(axes: Axes, plan: _Plan) -> None:
    axes.set_xlim(0, plan.limit)
    axes.set_ylim(0, _TOP)
    axes.set_xticks(plan.ticks, [f"{tick:g}" for tick in plan.ticks])
    axes.set_yticks([0, 20, 40, 60, 80, 100])
    label = wrap(f"{plan.panel.value_label} (%)", plan.axes_height, BODY)
    axes.set_ylabel("\n".join(label), linespacing=1.15)
    axes.spines["left"].set_bounds(0, 100)


def _curve(axes: Axes, curve: Step, colour: str, *, faint: bool) -> None:
    percent = 100 * curve.height
    low, high = curve.band
    axes.fill_between(
        curve.time,
        100 * low,
        100 * high,
        step="post",
        color=colour,
        alpha=0.10 if faint else 0.16,
        linewidth=0,
    )
    line = "--" if curve.dashed else "-"
    axes.plot(curve.time, percent, line, drawstyle="steps-post", color=colour, clip_on=False)
    gone = curve.marked
    axes.plot(curve.time[gone], percent[gone], "|", color=colour, ms=4.2, mew=0.7, clip_on=False)


def _head(sheet: Sheet, plan: _Plan, x: float, top: float) -> None:
    """Write the title, and key and annotation where they found no room in the axes."""
    y = sheet.lines(x, top, plan.title, size=TITLE, weight="bold") + (1.0 if plan.title else 0.0)
    if plan.key and plan.key_place is None:
        y = _key(sheet, plan, x + plan.left, y)
    sheet.lines(x + plan.left, y, plan.above, size=SMALL)


def _key(sheet: Sheet, plan: _Plan, x: float, y: float) -> float:
    """Draw a short line and the name of every group, and return where the next would begin."""
    for colour, name in zip(GROUPS, plan.key, strict=False):
        level = y + middle(SMALL)
        sheet.rule([x, x + _KEY_LINE], [level, level], color=colour, linewidth=1.2)
        y = sheet.lines(x + _KEY_LINE + _KEY_GAP, y, name, size=SMALL, color=colour)
    return y


def _table(sheet: Sheet, plan: _Plan, x: float, y: float) -> None:
    """Write the counts of every block under the ticks, and the notice."""
    pitch = line_height(SMALL)
    colours = GROUPS if plan.panel.tinted else (INK,) * _LARGEST
    for colour, block, name in zip(colours, plan.panel.blocks, plan.groups, strict=False):
        y = sheet.lines(x, y, name, size=SMALL, color=colour, weight="bold")
        for row, values in block.counts(plan.ticks):
            sheet.line(x, y, row, size=SMALL, color=INK)
            for tick, value in zip(plan.ticks, values, strict=True):
                at = x + plan.left + tick / plan.limit * plan.axes_width
                sheet.line(at, y, str(value), size=SMALL, ha="center")
            y += pitch
        y += 0.8
    sheet.lines(x, y + 0.4, plan.notice, size=SMALL, color=SOFT, style="italic")
