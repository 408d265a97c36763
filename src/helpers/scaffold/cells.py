"""Looks at the cells of a table to tell what kind of thing a column holds."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.scaffold.vocabulary import Role, default_words, plain, vocabulary
from helpers.study.cleaning import EARLIEST, MIDNIGHT, parse_number
from helpers.study.schema import TableSource
from helpers.study.spelling import folded
from helpers.study.tables import SEPARATORS, RawTable, read_table

_COMMA = re.compile(r"[+-]?\d+,\d+")
#: Words of a heading whose column holds grades or counts.
_COUNTING = frozenset(("grade", "grad", "grado", "number", "anzahl", "numero", "nombre", "count"))
_POINT = re.compile(r"[+-]?\d+\.\d+")
#: Formats that read one text as two days; the first is taken where the table cannot tell.
DAY_FIRST, MONTH_FIRST = "%d/%m/%Y", "%m/%d/%Y"


@dataclass(frozen=True)
class Reading:
    """How the words and dates of a table are written.

    Attributes:
        missing: Spellings of "unknown" beyond those that every study knows.
        yes: Spellings of yes beyond those.
        no: Spellings of no beyond those.
        date_formats: Formats of dates.
        day_or_month: Whether nothing in the table tells the day from the month.
    """

    missing: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    date_formats: tuple[str, ...]
    day_or_month: bool


@dataclass(frozen=True)
class Cells:
    """A table that is looked at.

    Attributes:
        table: Its cells as text.
        source: How it is read; ``id`` is not known yet.
        where: The file, as messages name it.
    """

    table: RawTable
    source: TableSource
    where: str

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """The headings that are not blank and stand once."""
        every = list(self.table.frame.columns)
        return tuple(name for name in every if name and every.count(name) == 1)

    @cached_property
    def unknown(self) -> frozenset[str]:
        """Spellings of "unknown", folded."""
        words = ("", *default_words("missing_codes"), *vocabulary().missing)
        return frozenset(folded(word) for word in words)

    def known(self, heading: str) -> list[str]:
        """Return the cells of a column that are neither blank nor a spelling of unknown."""
        texts = [folded(text) for text in self.table.frame[heading]]
        return [text for text in texts if text not in self.unknown]

    def filled(self, place: int) -> bool:
        """Tell whether a column, by its place, has a cell that is not blank."""
        return any(folded(text) for text in self.table.frame.iloc[:, place])

    def holds(self, heading: str, word: str) -> bool:
        """Tell whether a spelling stands in a column."""
        return folded(word) in {folded(text) for text in self.table.frame[heading]}

    def all_different(self, heading: str) -> bool:
        """Tell whether every row has a value in a column, and no two the same."""
        known = self.known(heading)
        return len(known) == len(set(known)) == len(self.table.frame)

    def unread(self, heading: str, role: Role) -> int:
        """Return how many known cells of a column are not what the role says."""
        return sum(not self._understood(text, role) for text in self.known(heading))

    def share(self, heading: str, role: Role) -> float:
        """Return the share of known cells that are what the role says; 1 where none is known."""
        known = self.known(heading)
        return 1 - self.unread(heading, role) / len(known) if known else 1.0

    def kind(self, heading: str) -> str | None:
        """Return the type of a column whose cells are all of one: None for words, or for none."""
        known = self.known(heading)
        words = {folded(word) for word in (*self._yes, *self._no)}
        if not known:
            return None
        if all(map(is_date, known)):
            return "date"
        if set(known) <= words and not (_counts(heading) and set(known) <= {"0", "1"}):
            return "yes_no"
        if all(map(self._is_number, known)):
            whole = all(re.fullmatch(r"[+-]?\d+", text) for text in known)
            return "integer" if whole else "number"
        return None

    @property
    def _yes(self) -> list[str]:
        return [*default_words("yes_codes"), *vocabulary().yes]

    @property
    def _no(self) -> list[str]:
        return [*default_words("no_codes"), *vocabulary().no]

    def _understood(self, text: str, role: Role) -> bool:
        if role.type == "date":
            return is_date(text)
        if role.type in ("number", "integer"):
            return self._is_number(text)
        return text in {folded(word) for words in role.spellings.values() for word in words}

    def _is_number(self, text: str) -> bool:
        decimal = "." if self.table.typed else self.source.decimal
        return not parse_number(text, decimal).failure


def _counts(heading: str) -> bool:
    """Tell whether a heading says that its column holds numbers, even where they are 0 and 1."""
    return not _COUNTING.isdisjoint(plain(heading).split())


@lru_cache(maxsize=100_000)
def is_date(text: str) -> bool:
    """Tell whether a text is a day in one of the formats of the vocabulary."""
    return any(_is_day(text, form) for form in vocabulary().date_formats)


def _is_day(text: str, form: str) -> bool:
    try:
        day = dt.datetime.strptime(MIDNIGHT.sub("", text), form)
    except ValueError:
        return False
    return day.year >= EARLIEST.year


def reading_of(dated: Sequence[Sequence[str]], cells: Cells | None = None) -> Reading:
    """Return how words and dates are written.

    Args:
        dated: Known cells of every column of dates.
        cells: The table; None where there is none.
    """
    texts = {text for column in dated for text in column}
    formats, either = _formats(texts)
    if cells is None:
        return Reading((), (), (), formats, either)
    there = {folded(text) for heading in cells.headings for text in cells.table.frame[heading]}
    words = vocabulary()
    missing, yes, no = (
        tuple(word for word in spelled if folded(word) in there)
        for spelled in (words.missing, words.yes, words.no)
    )
    usual = {folded(word) for word in default_words("missing_codes")}
    missing = tuple(word for word in missing if folded(word) not in usual)
    return Reading(missing, yes, no, formats, either)


def _formats(texts: set[str]) -> tuple[tuple[str, ...], bool]:
    """Return the formats that dates need, and whether day and month could be the other way."""
    taken: list[str] = []
    left = set(texts)
    for form in vocabulary().date_formats:
        if form in (DAY_FIRST, MONTH_FIRST):
            continue
        read = {text for text in left if _is_day(text, form)}
        if read:
            taken.append(form)
            left -= read
    day_first = {text for text in left if _is_day(text, DAY_FIRST)}
    month_first = {text for text in left if _is_day(text, MONTH_FIRST)}
    if day_first - month_first or (day_first and not month_first - day_first):
        taken.append(DAY_FIRST)
    if month_first - day_first:
        taken.append(MONTH_FIRST)
    either = bool(day_first) and day_first == month_first
    return tuple(taken) or ("%Y-%m-%d",), either


def read_cells(path: Path, sheet: str | None) -> Cells:
    """Read a table of which nothing is known but its file.

    Raises:
        ManuscriptError: It is not there or cannot be read.
    """
    if not path.is_file():
        raise ManuscriptError(
            "there is no such table", where=path.name, remedy="give the path of the file"
        )
    source = TableSource(file=path.name, id="")
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv", ".txt"):
        source = _text_source(path, source)
    elif suffix == ".xlsx":
        source = source.model_copy(update={"sheet": sheet or _fullest_sheet(path)})
    table = read_table(path, "patients", source, where=path.name)
    return Cells(table, source, path.name)


def _text_source(path: Path, source: TableSource) -> TableSource:
    """Find encoding, separator and decimal mark of a text file."""
    content = path.read_bytes()
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"
        text = content.decode(encoding, errors="replace")
    header = text.splitlines()[0] if text.splitlines() else ""
    separator = max(SEPARATORS, key=header.count)
    changes = {"encoding": encoding, "separator": separator}
    cells = [cell for row in csv.reader(text.splitlines(), delimiter=separator) for cell in row]
    commas = sum(bool(_COMMA.fullmatch(cell.strip())) for cell in cells)
    points = sum(bool(_POINT.fullmatch(cell.strip())) for cell in cells)
    return source.model_copy(update=changes | {"decimal": "," if commas > points else "."})


def _fullest_sheet(path: Path) -> str | None:
    """Return the sheet of a workbook with the most filled headings; None where there is one."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception:  # openpyxl raises whatever its zip and XML readers raise
        return None  # reading the table says what is wrong
    sheets: list[str] = book.sheetnames
    if len(sheets) == 1:
        return None

    def filled(name: str) -> int:
        first = next(book[name].iter_rows(values_only=True), ())
        return sum(cell is not None for cell in first)

    return max(sheets, key=filled)
