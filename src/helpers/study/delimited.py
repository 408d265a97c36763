"""Reads a table of delimited text (CSV, TSV), row by row: what is held grows with the values.

A registry of a million patients has ten million adverse events, and few distinct values a column.
Each value is held once, and of every cell only which one it is.
"""

from __future__ import annotations

import codecs
import csv
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.errors import ManuscriptError
from helpers.study.schema.source import TableSource

ENCODINGS = ("utf-8", "cp1252", "gb18030", "utf-16", "latin-1")
SINGLE_BYTE = ("cp125", "windows-125", "latin", "iso-8859", "iso8859")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ROWS = 1 << 14
_BYTES = 1 << 20


@dataclass(frozen=True)
class Cells:
    """A table as it stands in its file.

    Attributes:
        header: Its first row; a cell may be missing.
        body: The other rows, columns numbered from 0: text, missing where a row is short.
    """

    header: Sequence[str | None]
    body: pd.DataFrame


def read_delimited(path: Path, source: TableSource, where: str) -> Cells | None:
    """Read a text file; None where it holds no row.

    Args:
        path: The file; ``.tsv`` is divided by tabulators, whatever study.yml says.
        source: Its encoding and separator.
        where: The file as messages name it.

    Raises:
        ManuscriptError: The file is a workbook, in another encoding, or no well-formed table.
    """
    with path.open("rb") as handle:
        if handle.read(len(ZIP)).startswith((ZIP, OLE)):
            raise ManuscriptError(
                f"the file is an Excel workbook, not {path.suffix[1:].upper()}",
                where=where,
                remedy="give it the suffix .xlsx (and name it so in study.yml), or export it as "
                "CSV",
            )
    separator = "\t" if path.suffix.lower() == ".tsv" else source.separator
    try:
        return _cells(csv.reader(_lines(path, source, where), delimiter=separator, strict=True))
    except csv.Error as problem:
        raise ManuscriptError(
            f"the file is no well-formed table: {problem}",
            where=where,
            remedy="a quoted field must end with its quote; is the separator in study.yml right?",
        ) from None
    except _LongRowsError as problem:
        raise ManuscriptError(
            f"{problem.count} rows have more fields than the header, the first is row "
            f"{problem.first}",
            where=where,
            remedy="a field that holds the separator must be quoted; is the separator in "
            "study.yml right?",
        ) from None


def category(codes: npt.NDArray[np.integer[Any]], levels: Sequence[str]) -> pd.Categorical:
    """Return the categories with these codes; -1 is missing."""
    kinds: Any = codes  # whose type pandas-stubs take for a list
    return pd.Categorical.from_codes(kinds, categories=pd.Index(levels, dtype=object))


class _LongRowsError(Exception):
    """Rows with more fields than the header: how many, and the number of the first."""

    def __init__(self, count: int, first: int) -> None:
        super().__init__()
        self.count = count
        self.first = first


def _cells(rows: Iterator[list[str]]) -> Cells | None:
    header = next(rows, None)
    if header is None:
        return None
    columns = [_Column() for _ in header]
    width, number, long = len(header), 2, _LongRowsError(0, 0)
    while chunk := list(islice(rows, _ROWS)):
        lengths = [len(row) for row in chunk]
        if max(lengths) > width:
            over = [number + at for at, length in enumerate(lengths) if length > width]
            long = _LongRowsError(long.count + len(over), long.first or over[0])
        if not long.count:
            short = min(lengths) < width
            whole = (row + [None] * (width - len(row)) for row in chunk) if short else chunk
            for column, values in zip(columns, zip(*whole, strict=True), strict=False):
                column.extend(values)
        number += len(chunk)
    if long.count:
        raise long
    body = {at: column.categories() for at, column in enumerate(columns)}
    return Cells(header, pd.DataFrame(body, index=pd.RangeIndex(number - 2)))


class _Places(dict[str | None, int]):
    """Value to its number, in the order of first appearance."""

    def __missing__(self, value: str | None) -> int:
        self[value] = number = len(self)
        return number


class _Column:
    """A column that is being read: its distinct values, and which of them each cell holds."""

    def __init__(self) -> None:
        self._places = _Places()
        self._codes = array("i")

    def extend(self, values: Iterable[str | None]) -> None:
        """Add cells."""
        self._codes.extend(map(self._places.__getitem__, values))

    def categories(self) -> pd.Categorical:
        """Return the cells, and hold them no longer."""
        codes = np.frombuffer(self._codes, dtype=np.intc) if self._codes else np.zeros(0, np.intc)
        values = [value for value in self._places if value is not None]
        if None in self._places:
            missing = self._places[None]
            codes = np.where(codes == missing, -1, codes - (codes > missing))
        return category(codes, values)


def _lines(path: Path, source: TableSource, where: str) -> Iterator[str]:
    """Yield the lines of a file with their ends, without a byte-order mark.

    Raises:
        ManuscriptError: The encoding is not known, or is not the file's.
    """
    encoding = source.encoding
    codec = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    try:
        codecs.lookup(codec)
    except LookupError:
        raise ManuscriptError(
            f"the encoding {encoding!r} is not known",
            where=where,
            remedy=f"name one of {', '.join(ENCODINGS)} in study.yml",
        ) from None
    if encoding.lower().startswith(SINGLE_BYTE) and _is_utf8(path):
        raise ManuscriptError(
            f"the file is UTF-8, not {encoding}",
            where=where,
            remedy="name utf-8 as its encoding in study.yml",
        )
    try:
        with path.open(encoding=codec, newline="") as handle:
            mark = "\ufeff"
            for line in handle:
                if "\x00" in line:
                    raise ManuscriptError(
                        f"the file is not {encoding}: it holds null characters",
                        where=where,
                        remedy="is it UTF-16? Name its encoding in study.yml",
                    )
                yield line.removeprefix(mark) if mark else line
                mark = ""
    except UnicodeDecodeError:
        raise _another_encoding(path.read_bytes(), codec, encoding, where) from None


def _another_encoding(content: bytes, codec: str, encoding: str, where: str) -> ManuscriptError:
    """Say where a file cannot be read, and which encodings could read it."""
    place = ""
    try:
        content.decode(codec)
    except UnicodeDecodeError as problem:
        place = f": byte {problem.start} cannot be read"
    others = ", ".join(_encodings_of(content, encoding))
    return ManuscriptError(
        f"the file is not {encoding}{place}",
        where=where,
        remedy=f"name its encoding in study.yml; it can be read as {others}",
    )


def _is_utf8(path: Path) -> bool:
    """Return whether non-ASCII text is well-formed UTF-8, which other text hardly ever is."""
    decoder, plain = codecs.getincrementaldecoder("utf-8")(), True
    try:
        with path.open("rb") as handle:
            while chunk := handle.read(_BYTES):
                plain = plain and chunk.isascii()
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return not plain


def _encodings_of(content: bytes, besides: str) -> list[str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    found = []
    for encoding in ENCODINGS:
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding not in (besides, "utf-16"):
            found.append(encoding)
    return found
