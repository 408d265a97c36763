"""The house style of figures: sizes, colours, fonts, and settings that make bytes repeatable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl

DPI = 300
COLUMN = 85.0
"""Width of one journal column, mm."""
PAGE = 175.0
"""Width of two journal columns, mm."""

BODY = 7.0
"""Size of axis labels and row labels, points."""
TITLE = 7.6
"""Size of panel titles, points."""
SMALL = 6.3
"""Size of tick labels, risk table and annotations, points: the smallest used."""

FONT = "DejaVu Sans"
"""Comes with matplotlib, so that figures are the same on every machine."""

INK = "#1a1a1a"
SOFT = "#5f5f5f"
RULE = "#b4b4b4"
LIGHT = "#a9c6e3"
DARK = "#17497f"
UNKNOWN = "#ffffff"

GROUPS = ("#17497f", "#bf4f05", "#12806a", "#6b0f2a")
"""Colours of up to four groups: legible as letters, told apart with any colour vision."""

RESPONSES: Mapping[str, str] = {
    "sCR": "#0b2a4a",
    "CR": "#17497f",
    "VGPR": "#3573ab",
    "PR": "#8dbbdd",
    "MR": "#c9edc9",
    "SD": "#ebca6c",
    "PD": "#c66c2f",
    "NE": "#9a9a9a",
}
"""Colours of the response categories, dark for deep; told apart in grey print, too."""

_HOUSE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelpad": 2.5,
    "axes.labelsize": BODY,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": True,
    "figure.dpi": DPI,
    "font.family": [FONT],
    "font.size": BODY,
    "hatch.linewidth": 0.4,
    "lines.linewidth": 1.1,
    "lines.solid_capstyle": "butt",
    "pdf.fonttype": 42,
    "savefig.dpi": DPI,
    "svg.fonttype": "path",
    "svg.hashsalt": "exhibit",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "xtick.labelsize": SMALL,
    "xtick.major.pad": 2.0,
    "xtick.major.size": 2.4,
    "xtick.major.width": 0.6,
    "ytick.color": INK,
    "ytick.labelsize": SMALL,
    "ytick.major.pad": 2.0,
    "ytick.major.size": 2.4,
    "ytick.major.width": 0.6,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style, whatever the reader's own settings are, and put those back."""
    settings: dict[Any, Any] = {**mpl.rcParamsDefault, **_HOUSE}
    settings.pop("backend", None)
    with mpl.rc_context(settings):
        yield
