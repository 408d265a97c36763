"""The one table model: what a journal's table holds, written as plain semantic HTML.

Both rendering engines turn this HTML into native tables of HTML, DOCX, PDF and JATS. Alignment
stands on every cell, since a stylesheet does not survive into the other formats; decimals are
aligned with figure spaces for the same reason. Out of scope: numbers (cells come as text).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Literal

Align = Literal["left", "center", "right", "decimal"]
EM_SPACE = "\u2003"
FIGURE_SPACE = "\u2007"
LEADING_NUMBER = re.compile(r"[<>]?[−-]?\d+")


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: What is printed.
        align: Alignment; None takes the column's.
        key: Ledger key of the number it prints.
        note: Text of a footnote; cells with the same text share one mark.
        indent: Levels of indentation.
        bold: Print in bold.
        colspan: Columns that the cell covers.
    """

    text: str
    align: Align | None = None
    key: str | None = None
    note: str | None = None
    indent: int = 0
    bold: bool = False
    colspan: int = 1


@dataclass(frozen=True)
class Column:
    """A column: heading, alignment, and the number of patients it is about."""

    heading: str
    align: Align = "left"
    n: int | None = None

    @property
    def words(self) -> str:
        """The heading with its N."""
        return self.heading if self.n is None else f"{self.heading} (N = {self.n})"


@dataclass(frozen=True)
class Spanner:
    """A heading over several columns, from first to last, counted from 0."""

    heading: str
    columns: tuple[int, int]


@dataclass(frozen=True)
class Row:
    """A row of cells."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """A row that heads the rows below it."""

    heading: str


@dataclass(frozen=True)
class Table:
    """A table; cells of every row cover all columns exactly.

    Attributes:
        columns: Columns from left to right.
        rows: Rows and group headings from top to bottom.
        spanners: Headings over several columns.
        notes: General notes, below the footnotes.

    Raises:
        ValueError: A row covers another number of columns, spanners overlap, or nothing is
            in the table.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row | Group, ...]
    spanners: tuple[Spanner, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.columns or not self.rows:
            raise ValueError("a table needs columns and rows")
        for number, row in enumerate(self.rows, start=1):
            covered = self._covered(row)
            if covered != len(self.columns):
                raise ValueError(f"row {number} covers {covered} of {len(self.columns)} columns")
        covered_columns = [c for s in self.spanners for c in range(s.columns[0], s.columns[1] + 1)]
        if len(set(covered_columns)) != len(covered_columns):
            raise ValueError("two spanners overlap")
        if covered_columns and max(covered_columns) >= len(self.columns):
            raise ValueError("a spanner reaches past the last column")

    def _covered(self, row: Row | Group) -> int:
        if isinstance(row, Group):
            return len(self.columns)
        return sum(cell.colspan for cell in row.cells)

    @property
    def footnotes(self) -> dict[str, str]:
        """Footnotes in order of first use: text to mark (a, b, c …)."""
        texts = (cell.note for row in self._cell_rows() for cell in row.cells if cell.note)
        return {text: chr(ord("a") + i) for i, text in enumerate(dict.fromkeys(texts))}

    def _cell_rows(self) -> Iterator[Row]:
        return (row for row in self.rows if isinstance(row, Row))

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return self.text()

    def html(self) -> str:
        """Return the table as semantic HTML."""
        parts = ["<table>", "<thead>", *self._head(), "</thead>", "<tbody>", *self._body()]
        parts += ["</tbody>", *self._foot(), "</table>"]
        return "\n".join(parts)

    def _head(self) -> Iterator[str]:
        if not self.spanners:
            cells = (_heading(c.words, c.align) for c in self.columns)
            yield f"<tr>{''.join(cells)}</tr>"
            return
        over = {spanner.columns[0]: spanner for spanner in self.spanners}
        top, below, position = [], [], 0
        while position < len(self.columns):
            spanner = over.get(position)
            if spanner is None:
                column = self.columns[position]
                top.append(_heading(column.words, column.align, rowspan=2))
                position += 1
                continue
            last = spanner.columns[1] + 1
            top.append(_heading(spanner.heading, "center", colspan=last - position))
            below += [_heading(c.words, c.align) for c in self.columns[position:last]]
            position = last
        yield f"<tr>{''.join(top)}</tr>"
        yield f"<tr>{''.join(below)}</tr>"

    def _body(self) -> Iterator[str]:
        marks, padding = self.footnotes, self._padding()
        for row in self.rows:
            if isinstance(row, Group):
                yield (
                    f'<tr><td colspan="{len(self.columns)}" style="text-align:left">'
                    f"<strong>{escape(row.heading, quote=False)}</strong></td></tr>"
                )
                continue
            cells, position = [], 0
            for cell in row.cells:
                align = cell.align or self.columns[position].align
                pad = padding.get((position, cell.text), "")
                cells.append(_cell(cell, align, pad, marks))
                position += cell.colspan
            yield f"<tr>{''.join(cells)}</tr>"

    def _padding(self) -> dict[tuple[int, str], str]:
        """Return the figure spaces before a decimal-aligned text, by column and text."""
        found: dict[tuple[int, str], int] = {}
        for row in self._cell_rows():
            position = 0
            for cell in row.cells:
                align = cell.align or self.columns[position].align
                number = LEADING_NUMBER.match(cell.text)
                if align == "decimal" and number:
                    found[(position, cell.text)] = number.end()
                position += cell.colspan
        widest: dict[int, int] = {}
        for (position, _), width in found.items():
            widest[position] = max(widest.get(position, 0), width)
        return {place: FIGURE_SPACE * (widest[place[0]] - width) for place, width in found.items()}

    def _foot(self) -> Iterator[str]:
        lines = [f"<sup>{mark}</sup> {escape(text)}" for text, mark in self.footnotes.items()]
        lines += [escape(note, quote=False) for note in self.notes]
        if not lines:
            return
        yield "<tfoot>"
        for line in lines:
            yield (
                f'<tr><td colspan="{len(self.columns)}" style="text-align:left">{line}</td></tr>'
            )
        yield "</tfoot>"

    def text(self) -> str:
        """Return the table as aligned plain text, every cell and note of it."""
        marks = self.footnotes
        grid = [[column.words for column in self.columns]]
        grid += [self._texts(row, marks) for row in self.rows]
        single = [row for row in grid if len(row) == len(self.columns)]
        widths = [max(len(row[i]) for row in single) for i in range(len(self.columns))]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=False)).rstrip()
            for row in grid
        ]
        over = [
            f"[{s.heading}: columns {s.columns[0] + 1}–{s.columns[1] + 1}]" for s in self.spanners
        ]
        notes = [f"{mark} {text}" for text, mark in marks.items()]
        return "\n".join([*over, *lines, *notes, *self.notes])

    def _texts(self, row: Row | Group, marks: dict[str, str]) -> list[str]:
        if isinstance(row, Group):
            return [row.heading]
        texts: list[str] = []
        for cell in row.cells:
            mark = f" [{marks[cell.note]}]" if cell.note else ""
            texts.append("  " * cell.indent + cell.text + mark)
            texts += [""] * (cell.colspan - 1)
        return texts

    def to_csv(self, path: Path) -> None:
        """Write headings and cells as CSV; a group heading becomes the first column."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["Group", *(column.words for column in self.columns)])
            group = ""
            for row in self.rows:
                if isinstance(row, Group):
                    group = row.heading
                    continue
                writer.writerow([group, *_spread(row.cells)])


def _spread(cells: Sequence[Cell]) -> Iterator[str]:
    for cell in cells:
        yield cell.text
        for _ in range(cell.colspan - 1):
            yield ""


def _style(align: Align) -> str:
    side = "right" if align == "decimal" else align
    return f' style="text-align:{side}"'


def _heading(text: str, align: Align, *, colspan: int = 1, rowspan: int = 1) -> str:
    spans = f' colspan="{colspan}"' if colspan > 1 else ""
    spans += f' rowspan="{rowspan}"' if rowspan > 1 else ""
    return f"<th{spans}{_style(align)}>{escape(text, quote=False)}</th>"


def _cell(cell: Cell, align: Align, pad: str, marks: dict[str, str]) -> str:
    text = escape(cell.text, quote=False)
    if cell.key and text:
        text = f'<span class="n" data-key="{escape(cell.key)}">{text}</span>'
    text = EM_SPACE * cell.indent + pad + text
    if cell.bold and cell.text:
        text = f"<strong>{text}</strong>"
    if cell.note:
        text += f"<sup>{marks[cell.note]}</sup>"
    spans = f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
    return f"<td{spans}{_style(align)}>{text}</td>"
