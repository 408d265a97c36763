"""Flow diagram: boxes from top to bottom, and at the side what was left out on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.exhibits.lettering import line_height, width_of, wrap
from helpers.exhibits.sheet import EDGE, Sheet
from helpers.exhibits.style import BODY, COLUMN, INK, PAGE, SMALL, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PAD = 2.0
_GAP = 6.0
_DROP = 0.3
"""Shift that puts letters, which hang below no baseline, in the middle of their box, mm."""


@dataclass(frozen=True)
class FlowBox:
    """One step.

    Attributes:
        text: What the box says; its first line is printed bold.
        side: Who was left out on the way to this box, None where nobody was. The side of the
            first box stands beside it.
    """

    text: str
    side: str | None = None


@dataclass(frozen=True)
class _Words:
    lines: tuple[tuple[str, str], ...]
    size: float

    @property
    def height(self) -> float:
        return len(self.lines) * line_height(self.size) + 2 * _PAD

    @property
    def width(self) -> float:
        return max(width_of(text, self.size, weight) for text, weight in self.lines) + 2 * _PAD


def flow_figure(steps: Sequence[FlowBox], *, width: float | None = None) -> Figure:
    """Draw a flow diagram.

    Args:
        steps: Boxes from top to bottom; the words hold the counts.
        width: Width in mm; by default one journal column, or four fifths of two where a box
            has a side.

    Raises:
        ValueError: There is no box.
    """
    if not steps:
        raise ValueError("a flow diagram needs a box")
    sided = any(step.side for step in steps)
    wide = (width or (0.8 * PAGE if sided else COLUMN)) - 2 * EDGE
    with house_style():
        return _draw(steps, wide, sided)


def _draw(steps: Sequence[FlowBox], width: float, sided: bool) -> Figure:
    room = (width - _GAP) / 2 if sided else width
    mains = [_words(step.text, room, BODY, bold=True) for step in steps]
    sides = [_words(step.side, room, SMALL) if step.side else None for step in steps]
    main_width = max(words.width for words in mains)
    side_width = max((words.width for words in sides if words), default=0.0)
    used = main_width + (_GAP + side_width if sided else 0.0)
    left = (width - used) / 2
    centre, side_left = left + main_width / 2, left + main_width + _GAP
    tops, beside, height = _stack(mains, sides)
    sheet = Sheet(width, height)
    for number, (words, top) in enumerate(zip(mains, tops, strict=True)):
        _box(sheet, words, left, top, main_width, centred=True)
        if number:
            above = tops[number - 1] + mains[number - 1].height
            sheet.arrow((centre, above), (centre, top))
    for number, (side, top) in enumerate(zip(sides, beside, strict=True)):
        if side is not None:
            level = top + side.height / 2
            sheet.arrow((centre if number else left + main_width, level), (side_left, level))
            _box(sheet, side, side_left, top, side_width, centred=False)
    return sheet.figure


def _words(text: str, room: float, size: float, *, bold: bool = False) -> _Words:
    """Wrap a box's words, the first paragraph bold where asked for."""
    lines = []
    for number, paragraph in enumerate(text.split("\n")):
        weight = "bold" if bold and number == 0 else "normal"
        lines += [(line, weight) for line in wrap(paragraph, room - 2 * _PAD, size, weight)]
    return _Words(tuple(lines), size)


def _stack(
    mains: Sequence[_Words], sides: Sequence[_Words | None]
) -> tuple[list[float], list[float], float]:
    """Return the top of every box and of every side, and the height of all."""
    tops, beside = [], []
    end = 0.0
    for number, (main, side) in enumerate(zip(mains, sides, strict=True)):
        aside = side.height if side else 0.0
        if number == 0:
            height = max(main.height, aside)
            tops.append(end + (height - main.height) / 2)
            beside.append(end + (height - aside) / 2)
            end += height
            continue
        gap = max(_GAP, aside + 2 * _PAD if side else 0.0)
        beside.append(end + (gap - aside) / 2)
        tops.append(end + gap)
        end += gap + main.height
    return tops, beside, end


def _box(
    sheet: Sheet, words: _Words, left: float, top: float, width: float, *, centred: bool
) -> None:
    sheet.box(left, top, width, words.height, edgecolor=INK, linewidth=0.6)
    y = top + _PAD + _DROP
    x, side = (left + width / 2, "center") if centred else (left + _PAD, "left")
    for text, weight in words.lines:
        sheet.line(x, y, text, size=words.size, weight=weight, ha=side)
        y += line_height(words.size)
