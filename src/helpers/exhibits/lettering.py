"""Measures and wraps the words of figures, so that nothing is clipped and nothing overlaps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from helpers.errors import ManuscriptError
from helpers.exhibits.style import BODY, FONT

MM_PER_POINT = 25.4 / 72
LEADING = 1.32
"""Distance of two baselines, in sizes of the letters."""
_ASCENT = 0.76
_TIE = "\u00a0"
_DESCENT = 0.24


def line_height(size: float) -> float:
    """Return the distance of two baselines in mm, for letters of ``size`` points."""
    return size * LEADING * MM_PER_POINT


def baseline(size: float) -> float:
    """Return the distance in mm from the top of a line to its baseline."""
    return (LEADING - _ASCENT - _DESCENT) / 2 * size * MM_PER_POINT + ascent(size)


def middle(size: float) -> float:
    """Return the distance in mm from the top of a line to the middle of its letters."""
    return baseline(size) - 0.42 * ascent(size)


def ascent(size: float) -> float:
    """Return how far letters rise above their baseline, mm."""
    return _ASCENT * size * MM_PER_POINT


@lru_cache(maxsize=4096)
def width_of(text: str, size: float = BODY, weight: str = "normal") -> float:
    """Return the width in mm of one line of text.

    Raises:
        ManuscriptError: The figures' font has no glyph for a character.
    """
    font = FontProperties(family=[FONT], weight=weight, size=size)
    known = _characters(weight)
    for character in text:
        if ord(character) not in known:
            raise ManuscriptError(
                f"the font of the figures has no glyph for U+{ord(character):04X}",
                where="a label of a figure",
                remedy=f"write the label with characters that {FONT} holds",
            )
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) * MM_PER_POINT


@lru_cache(maxsize=4)
def _characters(weight: str) -> frozenset[int]:
    path = findfont(FontProperties(family=[FONT], weight=weight), fallback_to_default=False)
    return frozenset(get_font(path).get_charmap())


def wrap(text: str, room: float, size: float = BODY, weight: str = "normal") -> list[str]:
    """Break text into lines no wider than ``room`` mm: between words, within one if it must.

    "n = 38" and "p = 0.01" stay on one line.
    """
    bound = text.replace(" = ", f"{_TIE}={_TIE}")
    return [
        line.replace(_TIE, " ")
        for paragraph in bound.split("\n")
        for line in _wrapped([word for word in paragraph.split(" ") if word], room, size, weight)
    ]


def _wrapped(words: list[str], room: float, size: float, weight: str) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if width_of(longer, size, weight) <= room:
            line = longer
            continue
        if line:
            yield line
        line = word
        while len(line) > 1 and width_of(line, size, weight) > room:
            fits = len(line) - 1
            while fits > 1 and width_of(line[:fits], size, weight) > room:
                fits -= 1
            yield line[:fits]
            line = line[fits:]
    yield line
