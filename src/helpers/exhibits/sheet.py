"""A figure measured in millimetres from its upper left corner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from helpers.exhibits.lettering import baseline, line_height
from helpers.exhibits.style import BODY, DPI, INK

MM_PER_INCH = 25.4
EDGE = 0.5
"""Empty margin round everything, mm, so that no stroke is cut."""


class Sheet:
    """Paper to draw on: x to the right and y downwards, both in mm, within a narrow edge.

    Attributes:
        figure: The figure, with its own canvas: it belongs to no window and no registry.
        width: Width within the edge, mm.
        height: Height within the edge, mm.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        scale = 1 / MM_PER_INCH
        self._size = (width + 2 * EDGE, height + 2 * EDGE)
        self.figure = Figure(figsize=(self._size[0] * scale, self._size[1] * scale), dpi=DPI)
        FigureCanvasAgg(self.figure)
        upright = Affine2D().scale(scale, -scale).translate(EDGE * scale, (height + EDGE) * scale)
        self._mm = upright + self.figure.dpi_scale_trans

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Add axes whose frame has its upper left corner at (left, top)."""
        wide, tall = self._size
        bottom = self.height - top - height
        return self.figure.add_axes(
            ((left + EDGE) / wide, (bottom + EDGE) / tall, width / wide, height / tall)
        )

    def line(self, x: float, y: float, text: str, *, size: float = BODY, **given: Any) -> Text:
        """Write one line whose top is at ``y``; ``x`` is its left end unless ``ha`` differs."""
        return self.figure.text(
            x,
            y + baseline(size),
            text,
            transform=self._mm,
            fontsize=size,
            va="baseline",
            **given,
        )

    def lines(
        self, x: float, y: float, lines: Sequence[str], *, size: float = BODY, **given: Any
    ) -> float:
        """Write lines below one another from ``y`` on, and return where the next would begin."""
        for text in lines:
            self.line(x, y, text, size=size, **given)
            y += line_height(size)
        return y

    def upright(self, x: float, y: float, text: str, *, size: float = BODY) -> Text:
        """Write one line upwards: its left side at ``x``, its middle at height ``y``."""
        style: dict[str, Any] = {"rotation": 90, "ha": "left", "va": "center"}
        return self.figure.text(x, y, text, transform=self._mm, fontsize=size, **style)

    def mark(self, x: float, y: float, **given: Any) -> None:
        """Draw one marker."""
        self.figure.add_artist(Line2D([x], [y], transform=self._mm, **given))

    def rule(self, xs: Sequence[float], ys: Sequence[float], **given: Any) -> None:
        """Draw a line through points."""
        style = {"color": INK, "linewidth": 0.5, "solid_capstyle": "butt", **given}
        self.figure.add_artist(Line2D(xs, ys, transform=self._mm, **style))

    def box(self, left: float, top: float, width: float, height: float, **given: Any) -> None:
        """Draw a rectangle."""
        style = {"facecolor": "none", "edgecolor": "none", "linewidth": 0.5, **given}
        self.figure.add_artist(Rectangle((left, top), width, height, transform=self._mm, **style))

    def arrow(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw an arrow with a small filled head."""
        style = "-|>,head_length=2.4,head_width=1.2"
        self.figure.add_artist(
            FancyArrowPatch(
                start,
                end,
                transform=self._mm,
                arrowstyle=style,
                color=INK,
                linewidth=0.6,
                shrinkA=0,
                shrinkB=0,
                mutation_scale=1,
                joinstyle="miter",
            )
        )
