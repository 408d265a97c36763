"""Reads registry tables as text, whatever program wrote them. Cleaning comes afterwards."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.errors import ManuscriptError, nearest
from helpers.study.definition import Study
from helpers.study.failures import Repair
from helpers.study.schema.source import TableSource
from helpers.study.spelling import tidy

TABLES = ("patients", "treatments", "responses", "adverse_events")
ENCODINGS = ("utf-8", "cp1252", "gb18030", "utf-16", "latin-1")
SINGLE_BYTE = ("cp125", "windows-125", "latin", "iso-8859", "iso8859")
SEPARATORS = (";", ",", "\t", "|")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_REPEAT = "redcap_repeat_instrument"


@dataclass(frozen=True)
class RawTable:
    """A registry table as text.

    Attributes:
        name: Key of the table in study.yml.
        frame: Every column as text, blank where nothing stands; the index is the row in the
            source, the header being row 1.
        source: What study.yml says of the table.
        where: The file, as it is shown in messages.
        typed: Whether the file format has dates of its own (written here as YYYY-MM-DD) and
            numbers of its own (written here with a decimal point).
        repairs: What was mended while reading.
    """

    name: str
    frame: pd.DataFrame
    source: TableSource
    where: str
    typed: bool
    repairs: tuple[Repair, ...]

    def require(self, names: Iterable[str]) -> None:
        """Make sure that columns are there, each once.

        Raises:
            ManuscriptError: Some are not (all are named, each with the nearest that is there), or
                one stands twice.
        """
        columns = list(self.frame.columns)
        wanted = {tidy(name): name for name in names}
        absent = [name for key, name in wanted.items() if key not in columns]
        twice = [name for key, name in wanted.items() if columns.count(key) > 1]
        if absent:
            plural = "columns" if len(absent) > 1 else "column"
            raise ManuscriptError(
                f"the table {self.name!r} has no {plural} {', '.join(map(repr, absent))}",
                where=self.where,
                remedy=self._nearest_columns(absent),
            )
        if twice:
            raise ManuscriptError(
                f"the column {twice[0]!r} stands more than once in the header",
                where=self.where,
                remedy="rename all but the one that is meant",
            )

    def _nearest_columns(self, absent: Sequence[str]) -> str:
        columns = list(self.frame.columns)
        if len(columns) == 1 and any(mark in columns[0] for mark in SEPARATORS):
            return f"the header is one column: is `tables.{self.name}.separator` right?"
        close = [found for name in absent if (found := nearest(tidy(name), columns))]
        asked = f"did you mean {', '.join(map(repr, close))}? " if close else ""
        return f"{asked}Columns in the file: {', '.join(columns)}"

    def column(self, name: str) -> pd.Series:
        """Return one column as text.

        Raises:
            ManuscriptError: There is no such column, or several of that name.
        """
        self.require([name])
        column: pd.Series = self.frame[tidy(name)]
        return column


def declared(study: Study) -> dict[str, TableSource]:
    """Return the tables that a study declares, by name."""
    tables = {name: getattr(study.tables, name) for name in TABLES}
    return {name: source for name, source in tables.items() if source is not None}


def needed_columns(study: Study, name: str) -> tuple[str, ...]:
    """Return the columns of a table that a study reads."""
    table = declared(study)[name]
    variables = study.variables.values() if name == "patients" else ()
    read = [*table.columns.values(), *(variable.column for variable in variables)]
    return (table.id, *dict.fromkeys(read))


def table_paths(root: Path, study: Study, source: Path | None) -> dict[str, Path]:
    """Return where the tables of a study lie.

    Raises:
        ManuscriptError: The folder ``source``, or a table's file, is not there.
    """
    folder = source if source is not None else root / "data" / study.id
    if not folder.is_dir():
        raise ManuscriptError(
            "the folder with the registry tables is not there",
            where=shown_path(folder, root),
            remedy="give the folder that holds the tables with --source",
        )
    paths = {name: folder / table.file for name, table in declared(study).items()}
    for name, path in paths.items():
        if not path.is_file():
            raise ManuscriptError(
                f"the table {name!r} of study {study.id!r} is missing",
                where=shown_path(path, root),
                remedy="put the file there, or name the folder that holds it with --source; "
                f"data/{study.id}/README.md or data/README.md says where it comes from",
            )
    return paths


def shown_path(path: Path, root: Path) -> str:
    """Return a path as messages name it: below the project where it is there."""
    inside = path.is_absolute() and path.is_relative_to(root)
    return path.relative_to(root).as_posix() if inside else path.as_posix()


def read_table(path: Path, name: str, source: TableSource, *, where: str) -> RawTable:
    """Read one registry table as text.

    Args:
        path: The file; its suffix says its format.
        name: Key of the table in study.yml.
        source: What study.yml says of the table.
        where: The file as messages name it.

    Raises:
        ManuscriptError: The format is not known, the file is not what its suffix says, its
            encoding is another, or it holds no table.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ManuscriptError(
            f"the table {name!r} is in a format that is not known",
            where=where,
            remedy=f"known: {', '.join(READERS)}",
        )
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise ManuscriptError(
            f"the table {name!r} cannot be read: {problem.strerror}",
            where=where,
            remedy="see to it that the file may be read",
        ) from None
    if not content:
        raise ManuscriptError(f"the table {name!r} is empty", where=where, remedy="export it anew")
    cells = reader(path, content, source, where)
    if cells.empty:
        raise ManuscriptError(
            f"the table {name!r} has no header", where=where, remedy="export it with its header"
        )
    return _headed(cells, name, source, where, typed=reader is not _read_text)


def _headed(
    cells: pd.DataFrame, name: str, source: TableSource, where: str, *, typed: bool
) -> RawTable:
    """Take the first row as header; leave out blank rows and fill short ones."""
    header = [tidy("" if pd.isna(value) else str(value)) for value in cells.iloc[0]]
    frame = cells.iloc[1:].set_axis(header, axis=1)
    frame.index = pd.RangeIndex(2, len(cells) + 1)
    blank = (frame.isna() | (frame == "")).all(axis=1)
    repairs = [Repair(name, int(row), "", "blank row left out") for row in frame.index[blank]]
    frame = frame[~blank]
    if not typed:
        short = frame.index[frame.isna().any(axis=1)]
        rule = "fewer fields than the header: the rest taken as blank"
        repairs += [Repair(name, int(row), "", rule) for row in short]
    frame = frame.fillna("")
    if _REPEAT in header:
        elsewhere = _other_instrument(frame, name, source)
        rule = "row of another instrument left out"
        repairs += [Repair(name, int(row), _REPEAT, rule) for row in frame.index[elsewhere]]
        frame = frame[~elsewhere]
    return RawTable(name, frame, source, where, typed, tuple(repairs))


def _other_instrument(frame: pd.DataFrame, name: str, source: TableSource) -> pd.Series:
    """Return which rows of a REDCap export with repeating instruments belong elsewhere.

    A row of patients has no instrument; a row of a long table has something in its columns.
    """
    if name == "patients":
        return frame[_REPEAT].ne("")
    held = [column for column in source.columns.values() if column in frame]
    return (frame[held] == "").all(axis=1)


def _read_text(path: Path, content: bytes, source: TableSource, where: str) -> pd.DataFrame:
    if content.startswith((_ZIP, _OLE)):
        raise ManuscriptError(
            f"the file is an Excel workbook, not {path.suffix[1:].upper()}",
            where=where,
            remedy="give it the suffix .xlsx (and name it so in study.yml), or export it as CSV",
        )
    text = _decoded(content, source.encoding, where)
    separator = "\t" if path.suffix.lower() == ".tsv" else source.separator
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as problem:
        raise ManuscriptError(
            f"the file is no well-formed table: {problem}",
            where=where,
            remedy="a quoted field must end with its quote; is the separator in study.yml right?",
        ) from None
    if not rows:
        return pd.DataFrame()
    width = len(rows[0])
    long = [number for number, row in enumerate(rows, 1) if len(row) > width]
    if long:
        raise ManuscriptError(
            f"{len(long)} rows have more fields than the header, the first is row {long[0]}",
            where=where,
            remedy="a field that holds the separator must be quoted; is the separator in "
            "study.yml right?",
        )
    return pd.DataFrame([row + [None] * (width - len(row)) for row in rows], dtype=object)


def _decoded(content: bytes, encoding: str, where: str) -> str:
    codec = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    try:
        text = content.decode(codec)
    except LookupError:
        raise ManuscriptError(
            f"the encoding {encoding!r} is not known",
            where=where,
            remedy=f"name one of {', '.join(ENCODINGS)} in study.yml",
        ) from None
    except UnicodeDecodeError as problem:
        others = ", ".join(_encodings_of(content, encoding))
        raise ManuscriptError(
            f"the file is not {encoding}: byte {problem.start} cannot be read",
            where=where,
            remedy=f"name its encoding in study.yml; it can be read as {others}",
        ) from None
    if encoding.lower().startswith(SINGLE_BYTE) and _is_utf8(content):
        raise ManuscriptError(
            f"the file is UTF-8, not {encoding}",
            where=where,
            remedy="name utf-8 as its encoding in study.yml",
        )
    if "\x00" in text:
        raise ManuscriptError(
            f"the file is not {encoding}: it holds null characters",
            where=where,
            remedy="is it UTF-16? Name its encoding in study.yml",
        )
    return text.removeprefix("\ufeff")


def _is_utf8(content: bytes) -> bool:
    """Return whether non-ASCII text is well-formed UTF-8, which other text hardly ever is."""
    if content.isascii():
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


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


def _read_excel(path: Path, content: bytes, source: TableSource, where: str) -> pd.DataFrame:
    import openpyxl

    if not content.startswith(_ZIP):
        old = path.suffix.lower() == ".xls" or content.startswith(_OLE)
        raise ManuscriptError(
            "the file is a workbook of Excel before 2007" if old else "the file is no workbook",
            where=where,
            remedy="save it as .xlsx or CSV",
        )
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as problem:  # openpyxl raises whatever its zip and XML readers raise
        raise _unreadable(problem, "workbook", where) from None
    if source.sheet is not None and source.sheet not in book.sheetnames:
        close = nearest(source.sheet, book.sheetnames)
        hint = f"did you mean {close!r}? " if close else ""
        raise ManuscriptError(
            f"the workbook has no sheet {source.sheet!r}",
            where=where,
            remedy=f"{hint}Sheets: {', '.join(book.sheetnames)}",
        )
    sheet = book[source.sheet] if source.sheet else book[book.sheetnames[0]]
    rows = list(sheet.iter_rows(values_only=True))
    return _as_text(pd.DataFrame(rows, dtype=object))


def _read_statistical(path: Path, content: bytes, source: TableSource, where: str) -> pd.DataFrame:
    import pyreadstat

    labelled = {"apply_value_formats": True, "formats_as_category": False}
    readers: dict[str, tuple[Any, dict[str, bool]]] = {
        ".sav": (pyreadstat.read_sav, labelled),
        ".dta": (pyreadstat.read_dta, labelled),
        ".sas7bdat": (pyreadstat.read_sas7bdat, {}),
        ".xpt": (pyreadstat.read_xport, {}),
    }
    read, options = readers[path.suffix.lower()]
    try:
        frame, _ = read(str(path), **options)
    except Exception as problem:  # pyreadstat raises bare exceptions of several kinds
        raise _unreadable(problem, f"{path.suffix.lower()} file", where) from None
    header = pd.DataFrame([list(frame.columns)], columns=range(frame.shape[1]), dtype=object)
    body = frame.astype(object).set_axis(range(frame.shape[1]), axis=1)
    return _as_text(pd.concat([header, body], ignore_index=True))


def _unreadable(problem: Exception, kind: str, where: str) -> ManuscriptError:
    return ManuscriptError(
        f"the {kind} cannot be read ({type(problem).__name__})",
        where=where,
        remedy="open it in the program that wrote it, and export it anew or as CSV",
    )


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    texts = {i: column.map(_cell_text) for i, column in frame.items()}
    return pd.DataFrame(texts)


def _cell_text(value: Any) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


Reader = Callable[[Path, bytes, TableSource, str], pd.DataFrame]
READERS: dict[str, Reader] = {
    ".csv": _read_text,
    ".tsv": _read_text,
    ".txt": _read_text,
    ".xlsx": _read_excel,
    ".xls": _read_excel,
    ".sav": _read_statistical,
    ".dta": _read_statistical,
    ".sas7bdat": _read_statistical,
    ".xpt": _read_statistical,
}
