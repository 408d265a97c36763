"""A grid of cells as aligned plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["left", "center", "right"]
GAP = "  "


@dataclass(frozen=True)
class Field:
    """Text that covers ``span`` columns from column ``first`` on."""

    first: int
    span: int
    text: str
    align: Side


def plain_text(
    head: Sequence[Sequence[Field]], body: Sequence[Sequence[Field]], notes: Sequence[str]
) -> str:
    """Return head, body and notes as lines, columns padded to the same width."""
    widths = _widths([field for line in (*head, *body) for field in line])
    rule = "-" * (sum(widths) + len(GAP) * (len(widths) - 1))
    lines = [*(_line(fields, widths) for fields in head), rule]
    lines += [*(_line(fields, widths) for fields in body), rule, *notes]
    return "\n".join(lines)


def _widths(fields: Sequence[Field]) -> list[int]:
    """Return the width of every column that lets every field fit."""
    widths = [0] * max(field.first + field.span for field in fields)
    for field in sorted(fields, key=lambda field: field.span):
        missing = len(field.text) - _room(field, widths)
        if missing > 0:
            widths[field.first + field.span - 1] += missing
    return widths


def _room(field: Field, widths: Sequence[int]) -> int:
    return sum(widths[field.first : field.first + field.span]) + len(GAP) * (field.span - 1)


def _line(fields: Sequence[Field], widths: Sequence[int]) -> str:
    pieces: list[str] = []
    position = 0
    for field in sorted(fields, key=lambda field: field.first):
        pieces += [" " * width for width in widths[position : field.first]]
        adjust = {"left": str.ljust, "center": str.center, "right": str.rjust}[field.align]
        pieces.append(adjust(field.text, _room(field, widths)))
        position = field.first + field.span
    return GAP.join(pieces).rstrip(" ")
