"""Reads registry tables as text, whatever program wrote them. Cleaning comes afterwards."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import ManuscriptError, nearest
from helpers.study.definition import Study
from helpers.study.delimited import OLE, ZIP, Cells, read_delimited
from helpers.study.failures import Repairs
from helpers.study.schema.source import TableSource
from helpers.study.spelling import tidy

TABLES = ("patients", "treatments", "responses", "adverse_events")
SEPARATORS = (";", ",", "\t", "|")
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
    repairs: Repairs

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
                remedy="put the file there, or name the folder that holds it with --source"
                + _told(root, study),
            )
    return paths


def _told(root: Path, study: Study) -> str:
    """Name the page that says where a study's tables come from, where there is one."""
    page = f"data/{study.id}/README.md"
    return f"; {page} says where it comes from" if (root / page).is_file() else ""


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
        if not path.stat().st_size:
            raise ManuscriptError(
                f"the table {name!r} is empty", where=where, remedy="export it anew"
            )
        cells = reader(path, source, where)
    except OSError as problem:
        raise ManuscriptError(
            f"the table {name!r} cannot be read: {problem.strerror}",
            where=where,
            remedy="see to it that the file may be read",
        ) from None
    if cells is None or not len(cells.header):
        raise ManuscriptError(
            f"the table {name!r} has no header", where=where, remedy="export it with its header"
        )
    return _headed(cells, name, source, where, typed=reader is not read_delimited)


def _headed(cells: Cells, name: str, source: TableSource, where: str, *, typed: bool) -> RawTable:
    """Name the columns after the header; leave out blank rows and fill short ones."""
    header = [tidy("" if pd.isna(value) else str(value)) for value in cells.header]
    frame = cells.body.set_axis(header, axis=1)
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    missing = [column.isna().to_numpy() for _, column in frame.items()]
    nothing = [
        absent | column.eq("").to_numpy(dtype=np.bool_, na_value=True)
        for absent, (_, column) in zip(missing, frame.items(), strict=True)
    ]
    blank = np.logical_and.reduce(nothing)
    repairs = [Repairs.of(name, frame.index[blank], "", "blank row left out")]
    if not typed:
        short = frame.index[np.logical_or.reduce(missing) & ~blank]
        rule = "fewer fields than the header: the rest taken as blank"
        repairs.append(Repairs.of(name, short, "", rule))
    frame = _filled(frame[~blank] if blank.any() else frame)
    if _REPEAT in header:
        elsewhere = _other_instrument(frame, name, source)
        rule = "row of another instrument left out"
        repairs.append(Repairs.of(name, frame.index[elsewhere], _REPEAT, rule))
        frame = frame[~elsewhere]
    return RawTable(name, frame, source, where, typed, sum(repairs, Repairs()))


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with blank text where a cell is missing."""
    filled = [_filled_column(column) for _, column in frame.items()]
    return pd.concat(filled, axis=1) if filled else frame


def _filled_column(column: pd.Series) -> pd.Series:
    if not column.hasnans:
        return column
    if isinstance(column.dtype, pd.CategoricalDtype) and "" not in column.cat.categories:
        column = column.cat.add_categories([""])
    return column.fillna("")


def _other_instrument(frame: pd.DataFrame, name: str, source: TableSource) -> pd.Series:
    """Return which rows of a REDCap export with repeating instruments belong elsewhere.

    A row of patients has no instrument; a row of a long table has something in its columns.
    """
    if name == "patients":
        return frame[_REPEAT].ne("")
    held = [column for column in source.columns.values() if column in frame]
    return (frame[held] == "").all(axis=1)


def _read_excel(path: Path, source: TableSource, where: str) -> Cells | None:
    import openpyxl

    content = path.read_bytes()
    if not content.startswith(ZIP):
        old = path.suffix.lower() == ".xls" or content.startswith(OLE)
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
    if not rows:
        return None
    frame = _as_text(pd.DataFrame(rows, dtype=object))
    return Cells(list(frame.iloc[0]), frame.iloc[1:])


def _read_statistical(path: Path, source: TableSource, where: str) -> Cells | None:
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
    body = frame.astype(object).set_axis(range(frame.shape[1]), axis=1)
    return Cells([_cell_text(name) for name in frame.columns], _as_text(body))


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


Reader = Callable[[Path, TableSource, str], Cells | None]
READERS: dict[str, Reader] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".txt": read_delimited,
    ".xlsx": _read_excel,
    ".xls": _read_excel,
    ".sav": _read_statistical,
    ".dta": _read_statistical,
    ".sas7bdat": _read_statistical,
    ".xpt": _read_statistical,
}
