"""One table model: written as semantic HTML, as CSV and as aligned plain text.

The HTML is the subset that Quarto and the embedded engine turn into native tables in every
format: rowspan and colspan in the head, an alignment on every cell, one wide cell for a group
heading, em-space indents, raised footnote marks, notes in the foot. It holds no line break
within a cell, because pandoc would then give all columns the same width.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from helpers.exhibits.plain import Field, Side, plain_text

Align = Literal["left", "center", "right", "decimal"]
ALIGNMENTS = ("left", "center", "right", "decimal")

FIGURE_SPACE = "\u2007"
EM_SPACE = "\u2003"
DASHES = frozenset("–—-−")
# Up to the decimal point of the first number: "<0" of "<0.001", "−12" of "−12.5 (3–4)".
_WHOLE = re.compile(r"[^\d]{0,2}?\d[\d,]*")


@dataclass(frozen=True)
class Cell:
    """One cell of the body.

    Attributes:
        text: What it prints.
        align: Alignment; None takes that of its column.
        key: Key of the ledger row that it prints.
        note: Text of its footnote; the table gives it a mark, the same for the same text.
        indent: Levels of indentation.
        bold: Whether it is printed bold.
        colspan: Columns that it covers.
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
    """A column: its heading, its alignment, the patients it describes, a footnote's text."""

    heading: str
    align: Align = "left"
    n: int | None = None
    note: str | None = None


@dataclass(frozen=True)
class Spanner:
    """A heading over several columns; ``columns`` are the first and the last, from 0."""

    heading: str
    columns: tuple[int, int]


@dataclass(frozen=True)
class Row:
    """A line of the body."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """A heading within the body, over all columns; ``note`` is a footnote's text."""

    heading: str
    note: str | None = None


@dataclass(frozen=True)
class _HeadCell:
    text: str
    align: Align
    first: int
    rowspan: int = 1
    colspan: int = 1
    note: str | None = None


@dataclass(frozen=True)
class Table:
    """A table as a value; it shows itself in a notebook.

    Attributes:
        columns: Columns from left to right.
        rows: Lines and group headings of the body.
        spanners: Headings over several columns.
        notes: General notes under the table; footnotes follow them.

    Raises:
        ValueError: A row does not fill the columns, spanners overlap or lie outside them, or an
            alignment is not known.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row | Group, ...]
    spanners: tuple[Spanner, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        width = len(self.columns)
        if width == 0:
            raise ValueError("a table needs a column")
        for number, row in enumerate(self.rows, start=1):
            if isinstance(row, Group):
                continue
            filled = sum(cell.colspan for cell in row.cells)
            if filled != width or any(cell.colspan < 1 for cell in row.cells):
                raise ValueError(f"row {number} fills {filled} of {width} columns")
        _refuse_unknown_alignments(self)
        taken: set[int] = set()
        for spanner in self.spanners:
            first, last = spanner.columns
            covered = set(range(first, last + 1))
            if not covered or first < 0 or last >= width or covered & taken:
                raise ValueError(f"the spanner {spanner.heading!r} does not fit the columns")
            taken |= covered

    @cached_property
    def footnotes(self) -> dict[str, str]:
        """Footnotes by mark ("a", "b" …), in order of first use: head first, then by row."""
        texts = [cell.note for line in self._head() for cell in line]
        for row in self.rows:
            texts += [row.note] if isinstance(row, Group) else [cell.note for cell in row.cells]
        distinct = dict.fromkeys(text for text in texts if text)
        return {_letters(number): text for number, text in enumerate(distinct)}

    def to_html(self) -> str:
        """Return the table as semantic HTML: the same bytes for the same table."""
        lines = ["<table>", "<thead>"]
        for head in self._head():
            lines.append(f"<tr>{''.join(self._head_html(cell) for cell in head)}</tr>")
        lines += ["</thead>", "<tbody>"]
        shift = self._shifts()
        lines += [f"<tr>{self._row_html(row, shift)}</tr>" for row in self.rows]
        lines.append("</tbody>")
        foot = [html.escape(note) for note in self.notes]
        foot += [f"<sup>{mark}</sup> {html.escape(text)}" for mark, text in self.footnotes.items()]
        if foot:
            lines.append("<tfoot>")
            wide = f'<td colspan="{len(self.columns)}" style="text-align:left">'
            lines += [f"<tr>{wide}{note}</td></tr>" for note in foot]
            lines.append("</tfoot>")
        lines.append("</table>")
        return "\n".join(lines)

    def to_text(self) -> str:
        """Return the table as aligned plain text: every heading, cell, mark and note."""
        head = [
            [Field(c.first, c.colspan, self._marked(c.text, c.note), _css(c.align)) for c in line]
            for line in self._head()
        ]
        shift = self._shifts()
        notes = [*self.notes, *(f"{mark} {text}" for mark, text in self.footnotes.items())]
        return plain_text(head, [self._fields(row, shift) for row in self.rows], notes)

    def to_csv(self, path: Path | str) -> None:
        """Write the cells as CSV: one line of headings, then every row; no notes.

        A spanner is written before the headings under it ("Univariable: HR"), N after them
        ("Treated (N = 39)"); a group heading stands alone in the first field.
        """
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self._flat_heading(position) for position in range(len(self.columns)))
        for row in self.rows:
            fields = [row.heading] if isinstance(row, Group) else []
            for cell in () if isinstance(row, Group) else row.cells:
                fields += [cell.text, *[""] * (cell.colspan - 1)]
            writer.writerow(fields + [""] * (len(self.columns) - len(fields)))
        Path(path).write_text(buffer.getvalue(), encoding="utf-8", newline="")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.to_html(), "text/plain": self.to_text()}

    def _head(self) -> list[list[_HeadCell]]:
        """Return the lines of the head: spanners, headings, numbers of patients."""
        numbered = any(column.n is not None for column in self.columns)
        above = 1 if self.spanners else 0
        lines: list[list[_HeadCell]] = [[] for _ in range(above + 1 + numbered)]
        spanned = {s.columns[0]: s for s in self.spanners}
        under = {i for s in self.spanners for i in range(s.columns[0], s.columns[1] + 1)}
        for position, column in enumerate(self.columns):
            if position in spanned:
                first, last = spanned[position].columns
                wide = last - first + 1
                text = spanned[position].heading
                lines[0].append(_HeadCell(text, "center", position, colspan=wide))
            line = above if position in under else 0
            height = above + 1 - line + (numbered and column.n is None)
            cell = _HeadCell(column.heading, column.align, position, height, note=column.note)
            lines[line].append(cell)
            if column.n is not None:
                lines[-1].append(_HeadCell(_patients(column.n), column.align, position))
        return lines

    def _head_html(self, cell: _HeadCell) -> str:
        spans = f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
        spans += f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
        style = f' style="text-align:{_css(cell.align)}"'
        return f"<th{spans}{style}>{html.escape(cell.text)}{self._sup(cell.note)}</th>"

    def _row_html(self, row: Row | Group, shift: Mapping[int, int]) -> str:
        if isinstance(row, Group):
            wide = f'<td colspan="{len(self.columns)}" style="text-align:left">'
            return f"{wide}<strong>{html.escape(row.heading)}</strong>{self._sup(row.note)}</td>"
        cells = []
        for position, cell in _placed(row):
            words = html.escape(self._shifted(position, cell, shift))
            if cell.key is not None:
                words = f'<span class="n" data-key="{html.escape(cell.key)}">{words}</span>'
            if cell.bold:
                words = f"<strong>{words}</strong>"
            span = f' colspan="{cell.colspan}"' if cell.colspan > 1 else ""
            style = f' style="text-align:{_css(self._align(position, cell))}"'
            indent = EM_SPACE * cell.indent
            cells.append(f"<td{span}{style}>{indent}{words}{self._sup(cell.note)}</td>")
        return "".join(cells)

    def _fields(self, row: Row | Group, shift: Mapping[int, int]) -> list[Field]:
        if isinstance(row, Group):
            return [Field(0, len(self.columns), self._marked(row.heading, row.note), "left")]
        fields = []
        for position, cell in _placed(row):
            text = self._marked(self._shifted(position, cell, shift), cell.note)
            align = _css(self._align(position, cell))
            fields.append(Field(position, cell.colspan, "  " * cell.indent + text, align))
        return fields

    def _flat_heading(self, position: int) -> str:
        column = self.columns[position]
        over = [s.heading for s in self.spanners if s.columns[0] <= position <= s.columns[1]]
        heading = ": ".join(part for part in (*over, column.heading) if part)
        return heading if column.n is None else f"{heading} {_patients(column.n)}".strip()

    def _align(self, position: int, cell: Cell) -> Align:
        return cell.align or self.columns[position].align

    def _shifts(self) -> dict[int, int]:
        """Return the most characters before a decimal point, for every decimal column."""
        widest: dict[int, int] = {}
        for row in self.rows:
            for position, cell in () if isinstance(row, Group) else _placed(row):
                if self._align(position, cell) == "decimal":
                    widest[position] = max(widest.get(position, 0), _whole(cell.text))
        return widest

    def _shifted(self, position: int, cell: Cell, shift: Mapping[int, int]) -> str:
        whole = _whole(cell.text)
        if self._align(position, cell) != "decimal" or not whole:
            return cell.text
        return FIGURE_SPACE * (shift[position] - whole) + cell.text

    def _mark(self, note: str | None) -> str:
        return next((mark for mark, text in self.footnotes.items() if text == note), "")

    def _sup(self, note: str | None) -> str:
        return f"<sup>{self._mark(note)}</sup>" if note else ""

    def _marked(self, text: str, note: str | None) -> str:
        return f"{text} [{self._mark(note)}]" if note else text


def _refuse_unknown_alignments(table: Table) -> None:
    cells = [cell for row in table.rows if isinstance(row, Row) for cell in row.cells]
    for align in (*(c.align for c in table.columns), *(c.align for c in cells if c.align)):
        if align not in ALIGNMENTS:
            raise ValueError(f"alignment {align!r} is not one of {', '.join(ALIGNMENTS)}")


def _placed(row: Row) -> Iterator[tuple[int, Cell]]:
    """Yield the cells of a row with the position of their first column."""
    position = 0
    for cell in row.cells:
        yield position, cell
        position += cell.colspan


def _whole(text: str) -> int:
    """Return how many characters stand before the decimal point of the first number.

    A dash alone stands in the place of the units; 0 for text that begins with no number.
    """
    if text in DASHES:
        return 1
    found = _WHOLE.match(text)
    return len(found.group()) if found else 0


def _css(align: Align) -> Side:
    return "left" if align == "decimal" else align


def _patients(n: int) -> str:
    return f"(N = {n})"


def _letters(number: int) -> str:
    """Return the letters of a footnote: a, b … z, then aa, ab and so on."""
    letters = ""
    number += 1
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("a") + place) + letters
    return letters
