"""What files are read into: lines with their place, tables, results of notebook cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

#: "words" are looked at for who and when, not for counts: program text, settings, logs.
Kind = Literal["notebook", "table", "figure", "ledger", "document", "words"]


@dataclass(frozen=True)
class Line:
    """One line of something that leaves the machine.

    Attributes:
        file: The file, relative to the record.
        kind: What it is part of.
        place: Where in the file: a line, a cell, a key.
        text: What it says.
    """

    file: str
    kind: Kind
    place: str
    text: str


@dataclass(frozen=True)
class Sheet:
    """A CSV file, or a table of a document.

    Attributes:
        file: The file, relative to the record.
        kind: ``table``, ``figure`` or ``document``.
        header: Its columns.
        rows: Its rows.
    """

    file: str
    kind: Kind
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, number: int) -> list[str]:
        """Return the cells of a column."""
        return [row[number] for row in self.rows if number < len(row)]


@dataclass(frozen=True)
class Output:
    """What one cell of a notebook showed, or what a page of a document prints line by line."""

    file: str
    place: str
    plain: str
    html: str


@dataclass(frozen=True)
class Parts:
    """What was read of one file or of several.

    Attributes:
        lines: Every line of text.
        sheets: Every CSV file.
        grids: Tables of documents.
        outputs: Results of notebook cells, and pages.
        unread: Files, or parts of files, that could not be read.
    """

    lines: tuple[Line, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    grids: tuple[Sheet, ...] = ()
    outputs: tuple[Output, ...] = ()
    unread: tuple[str, ...] = ()


def together(parts: Iterable[Parts]) -> Parts:
    """Return what was read of several files as one."""
    found = tuple(parts)
    return Parts(
        tuple(line for part in found for line in part.lines),
        tuple(sheet for part in found for sheet in part.sheets),
        tuple(grid for part in found for grid in part.grids),
        tuple(output for part in found for output in part.outputs),
        tuple(name for part in found for name in part.unread),
    )


def split(file: str, kind: Kind, place: str, text: str) -> Iterator[Line]:
    """Yield the lines of a text that say something."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield Line(file, kind, f"{place}, line {number}" if place else f"line {number}", line)


def read_sheet(text: str, file: str, kind: Kind) -> Parts:
    """Return a CSV text as a sheet and its lines."""
    table = [tuple(row) for row in csv.reader(io.StringIO(text))]
    header = table[0] if table else ()
    sheet = Sheet(file, kind, header, tuple(table[1:]))
    lines = (
        Line(file, kind, f"line {number}", " | ".join(row))
        for number, row in enumerate((header, *sheet.rows), start=1)
    )
    return Parts(tuple(lines), (sheet,))
