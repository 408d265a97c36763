"""Finds room for words among the curves of a plot, by measuring; coordinates in mm, y upwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from helpers.exhibits.lettering import line_height, width_of, wrap
from helpers.exhibits.style import SMALL

FloatArray = npt.NDArray[np.floating[Any]]

_CLEAR = 0.7
"""Least distance between words and a curve, mm."""
_NEAR = 5.0
"""Farthest that a name stands from its curve, mm."""


@dataclass(frozen=True, eq=False)
class Path:
    """A step curve and its band, from the lower left corner of the axes; arrays of one shape."""

    x: FloatArray
    y: FloatArray
    low: FloatArray
    high: FloatArray

    def crosses(self, area: Area) -> bool:
        """Whether the curve passes through a rectangle."""
        left, right = self.x[:-1], self.x[1:]
        flat = (
            (left < area.right)
            & (right > area.left)
            & (self.y[:-1] > area.bottom)
            & (self.y[:-1] < area.top)
        )
        upper, lower = np.maximum(self.y[:-1], self.y[1:]), np.minimum(self.y[:-1], self.y[1:])
        drop = (
            (right > area.left) & (right < area.right) & (lower < area.top) & (upper > area.bottom)
        )
        end = area.left < self.x[-1] < area.right and area.bottom < self.y[-1] < area.top
        return bool(flat.any() or drop.any() or end)

    def shades(self, area: Area) -> bool:
        """Whether the band covers a part of a rectangle."""
        left, right = self.x[:-1], self.x[1:]
        covered = (left < area.right) & (right > area.left)
        return bool((covered & (self.low[:-1] < area.top) & (self.high[:-1] > area.bottom)).any())

    def heights(self, area: Area) -> FloatArray:
        """Return the curve's heights over the width of a rectangle; its last one beyond it."""
        over = (self.x[:-1] < area.right) & (self.x[1:] > area.left)
        found = self.y[:-1][over]
        return found if found.size else self.y[-1:]

    def distance(self, area: Area) -> float:
        """Return the least distance from a rectangle above, below or beside the curve."""
        beyond = max(area.left - float(self.x[-1]), 0.0)
        heights = self.heights(area)
        if beyond > 0:
            heights = self.y[-1:]
        apart = np.maximum(np.maximum(area.bottom - heights, heights - area.top), 0.0)
        return float(np.hypot(apart.min(), beyond))


@dataclass(frozen=True)
class Area:
    """A rectangle."""

    left: float
    bottom: float
    right: float
    top: float

    def grown(self, by: float) -> Area:
        """Return the rectangle with a margin on every side."""
        return Area(self.left - by, self.bottom - by, self.right + by, self.top + by)

    def meets(self, other: Area) -> bool:
        """Whether two rectangles overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )


@dataclass(frozen=True)
class Place:
    """Lines of words whose upper left corner is at (x, y), each after ``lead`` mm of room."""

    x: float
    y: float
    lines: tuple[str, ...]
    lead: float = 0.0

    @property
    def area(self) -> Area:
        """The rectangle that the words cover."""
        wide = self.lead + max(width_of(line, SMALL) for line in self.lines)
        return Area(self.x, self.y - len(self.lines) * line_height(SMALL), self.x + wide, self.y)


def place_labels(
    labels: Sequence[str],
    paths: Sequence[Path],
    taken: Sequence[Area],
    width: float,
    height: float,
) -> tuple[Place, ...] | None:
    """Place every name beside its own curve and nearer to it than to another.

    Args:
        labels: Names of the curves.
        paths: The curves.
        taken: Where nothing may stand.
        width: Width of the axes, mm.
        height: Height of the axes, mm.

    Returns:
        One place a curve, or None where a name found no room.
    """
    found: list[Place] = []
    for number, label in enumerate(labels):
        others = [path for position, path in enumerate(paths) if position != number]
        best: tuple[float, Place] | None = None
        for place in _beside(tuple(wrap(label, 0.5 * width, SMALL)), paths[number], width, height):
            if not 0.6 <= place.area.bottom < place.area.top <= height:
                continue
            cost = _cost(place.area, paths[number], others, [*taken, *(one.area for one in found)])
            if cost is not None and (best is None or cost < best[0] - 1e-9):
                best = cost, place
        if best is None:
            return None
        found.append(best[1])
    return tuple(found)


def _beside(lines: tuple[str, ...], path: Path, width: float, height: float) -> Iterator[Place]:
    """Yield places above, below and behind a curve, from right to left."""
    size = Place(0.0, 0.0, lines).area
    wide, tall = size.right, -size.bottom
    end = float(path.x[-1])
    for x in np.arange(min(width - wide, end + 1.0), 1.0, -1.0):
        over = path.heights(Area(x, 0.0, x + wide, height))
        if x >= end:
            over = path.y[-1:]
            yield Place(float(x), float(over[0]) + tall / 2, lines)
        yield Place(float(x), float(over.max()) + _CLEAR + tall, lines)
        yield Place(float(x), float(over.min()) - _CLEAR, lines)


def _cost(area: Area, own: Path, others: Sequence[Path], taken: Sequence[Area]) -> float | None:
    """Return how badly a name stands, or None where it must not stand."""
    room = area.grown(0.5 * _CLEAR)
    if any(room.meets(one) for one in taken):
        return None
    if own.crosses(room) or any(path.crosses(room) for path in others):
        return None
    gap = own.distance(area)
    rival = min((path.distance(area) for path in others), default=np.inf)
    if gap > _NEAR or rival < 1.6 * gap + 0.4:
        return None
    shaded = sum(path.shades(area) for path in (own, *others))
    return gap + 1.5 * shaded + 4.0 / (1.0 + rival)


def place_block(
    lines: Sequence[str],
    paths: Sequence[Path],
    taken: Sequence[Area],
    width: float,
    height: float,
    lead: float = 0.0,
) -> Place | None:
    """Place a block of words in a corner where neither curve, band nor other words are.

    Corners in order of preference: upper right, lower left, lower right, upper left.

    Args:
        lines: The words.
        paths: The curves.
        taken: Where nothing may stand.
        width: Width of the axes, mm.
        height: Height of the axes, mm.
        lead: Room to be left free before each line, mm.

    Returns:
        The place, or None where every corner is taken.
    """
    if not lines:
        return None
    size = Place(0.0, 0.0, tuple(lines), lead).area
    wide, tall = size.right, -size.bottom
    right, left = width - wide - 0.5, 1.8
    upper, lower = height - 0.5, tall + 1.2
    corners = [(right, upper), (left, lower), (right, lower), (left, upper)]
    corners[1:1] = [(right, area.bottom - _CLEAR) for area in taken if area.bottom > lower]
    for x, y in corners:
        place = Place(x, y, tuple(lines), lead)
        room = place.area.grown(_CLEAR)
        outside = x < 0 or place.area.right > width or place.area.bottom < 0
        if outside or any(path.crosses(room) or path.shades(room) for path in paths):
            continue
        if not any(room.meets(area) for area in taken):
            return place
    return None
