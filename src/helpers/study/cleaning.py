"""Turns the text of one column into values, generous with spellings and strict with meaning.

Every parser works on the distinct spellings of a column, so that its time grows with those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from helpers.study.definition import Study
from helpers.study.delimited import category
from helpers.study.failures import Failure, Repairs
from helpers.study.references.wording import level_spellings
from helpers.study.schema.variable import Variable
from helpers.study.spelling import folded, tidy
from helpers.study.tables import RawTable

ISO = "%Y-%m-%d"
EARLIEST = pd.Timestamp(1900, 1, 1)
Codes = npt.NDArray[np.intp]
MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")
_PLAIN = r"[+-]?(\d+({mark}\d*)?|{mark}\d+)([eE][+-]?\d+)?"
_GROUPED = r"[+-]?[1-9]\d{{0,2}}({group}\d{{3}})+"


@dataclass
class Log:
    """Repairs and failures of one table, gathered while its columns are read."""

    table: str
    repairs: Repairs = field(default_factory=Repairs)
    failures: list[Failure] = field(default_factory=list)

    def repair(self, rows: Sequence[int] | pd.Index, column: str, rule: str) -> None:
        """Log one repair of each row."""
        self.repairs += Repairs.of(self.table, rows, column, rule)

    def fail(self, rows: Sequence[int] | pd.Index, column: str, rule: str) -> None:
        """Log one failure of each row."""
        self.failures.extend(Failure(self.table, int(row), column, rule) for row in rows)


@dataclass(frozen=True)
class Spelling:
    """What one distinct spelling of a column means.

    Attributes:
        value: The value; None where there is none.
        failure: Why it has no value.
        repair: What was mended to read it.
        form: How it is written: cells whose form is not the column's commonest are logged.
    """

    value: Any = None
    failure: str = ""
    repair: str = ""
    form: str = ""


@dataclass(frozen=True)
class Column:
    """A column of the source while it is read.

    Attributes:
        name: Its name in the source.
        text: Its cells, tidy; the index is the row in the source.
        missing: Spellings of "unknown", folded.
        log: Where repairs and failures go.
    """

    name: str
    text: pd.Series
    missing: frozenset[str]
    log: Log

    def parsed(self, read: Callable[[str], Spelling]) -> pd.Series:
        """Return the value of every cell (objects, None where unknown), and log what was done."""
        codes, found = self.coded(read)
        values = np.empty(len(found), dtype=object)
        values[:] = found
        return pd.Series(values[codes], index=self.text.index, dtype=object)

    def coded(self, read: Callable[[str], Spelling]) -> tuple[Codes, list[Any]]:
        """Return the values of the column, and which of them every cell has; log what was done."""
        codes, distinct = pd.factorize(self.text)
        unknown = {text for text in distinct if folded(text) in self.missing}
        found = [Spelling() if text in unknown else read(text) for text in distinct]
        self._log(codes, [spelling.failure for spelling in found], self.log.fail)
        self._log(codes, [spelling.repair for spelling in found], self.log.repair)
        counts = np.bincount(codes, minlength=len(found))
        self._log(codes, list(_rare_forms(found, list(counts))), self.log.repair)
        return codes, [spelling.value for spelling in found]

    def _log(
        self, codes: Codes, rules: Sequence[str], log: Callable[[pd.Index, str, str], None]
    ) -> None:
        """Log the rows of every rule; the distinct spellings have one or none."""
        for rule, which in _by_rule(rules).items():
            chosen = np.zeros(len(rules), dtype=np.bool_)
            chosen[which] = True
            log(self.text.index[chosen[codes]], self.name, rule)


def _by_rule(rules: Iterable[str]) -> dict[str, list[int]]:
    """Return rule to the positions at which it stands; no rule, no entry."""
    found: dict[str, list[int]] = {}
    for position, rule in enumerate(rules):
        if rule:
            found.setdefault(rule, []).append(position)
    return found


def _rare_forms(found: Sequence[Spelling], counts: Sequence[int]) -> Iterator[str]:
    """Yield the repair of spellings unlike the rest of their column, or of their level."""
    families: dict[Any, dict[str, int]] = {}
    for spelling, count in zip(found, counts, strict=True):
        if spelling.form:
            forms = families.setdefault(_family(spelling), {})
            forms[spelling.form] = forms.get(spelling.form, 0) + int(count)
    common = {family: max(forms, key=lambda f: forms[f]) for family, forms in families.items()}
    for spelling in found:
        if not spelling.form or spelling.form == common[_family(spelling)]:
            yield ""
        elif isinstance(spelling.value, pd.Timestamp):
            yield f"date read as {spelling.form}"
        else:
            yield "spelling made uniform"


def _family(spelling: Spelling) -> Any:
    return "date" if isinstance(spelling.value, pd.Timestamp) else spelling.value


def tidied(text: pd.Series, name: str, log: Log) -> pd.Series:
    """Return a column without stray spaces (Categorical), and log where there were any."""
    codes, distinct = pd.factorize(text)
    clean = [tidy(value) for value in distinct]
    stray = np.array([c != v for c, v in zip(clean, distinct, strict=True)], dtype=np.bool_)
    if stray.any():
        log.repair(text.index[stray[codes]], name, "stray spaces removed")
    place = {value: at for at, value in enumerate(dict.fromkeys(clean))}
    tidy_codes = np.array([place[value] for value in clean], dtype=np.intp)[codes]
    return pd.Series(category(tidy_codes, list(place)), index=text.index)


def open_column(
    table: RawTable, name: str, study: Study, log: Log, *, missing: Sequence[str] = ()
) -> Column:
    """Return a column ready to be read, with the study's missing codes and those given."""
    codes = frozenset(folded(code) for code in ("", *study.missing_codes, *missing))
    return Column(name, tidied(table.column(name), name, log), codes, log)


def read_variable(table: RawTable, name: str, study: Study, log: Log) -> pd.Series:
    """Read one variable of the patients table.

    Args:
        table: The patients table.
        name: The variable.
        study: The study.
        log: Where repairs and failures go.

    Returns:
        Values by source row: float64 for numbers and days, datetime64[ns] for dates, ordered
        as in study.yml's levels for categories, objects for text.

    Raises:
        ManuscriptError: The column is not in the table.
    """
    variable = study.variables[name]
    column = open_column(table, variable.column, study, log, missing=variable.missing)
    if variable.type in ("number", "integer", "day"):
        return read_numbers(column, table, variable)
    if variable.type == "date":
        return read_dates(column, table, study)
    if variable.type == "text":
        return column.parsed(lambda text: Spelling(text))
    place = f"variables.{name}.codes"
    return read_levels(column, level_spellings(study, name), place=place)


def read_levels(column: Column, spellings: Mapping[str, Sequence[str]], *, place: str) -> pd.Series:
    """Read a category by the spellings of its levels.

    Args:
        column: The column.
        spellings: Level key to spellings.
        place: Key in study.yml under which a further spelling is added.

    Returns:
        Categorical with the level keys in order.
    """
    known = {folded(word): key for key, words in spellings.items() for word in words}
    missing = column.missing - set(known)
    column = Column(column.name, column.text, missing, column.log)

    def read(text: str) -> Spelling:
        key = known.get(folded(text))
        if key is None:
            kinds = ", ".join(spellings)
            rule = f"unknown category: add its spelling in study.yml under {place} ({kinds})"
            return Spelling(failure=rule)
        return Spelling(key, form=text)

    codes, found = column.coded(read)
    order = {key: at for at, key in enumerate(spellings)}
    of = np.array([order.get(key, -1) for key in found], dtype=np.intp)
    values = category(of[codes], list(spellings))
    return pd.Series(values, index=column.text.index, name=column.name)


def read_numbers(column: Column, table: RawTable, variable: Variable | None = None) -> pd.Series:
    """Read numbers, scaled where the variable says so. Returns float64, NaN where unknown."""
    decimal = "." if table.typed else table.source.decimal
    scale = variable.scale if variable else 1.0
    whole = variable is not None and variable.type in ("integer", "day")

    def read(text: str) -> Spelling:
        spelling = parse_number(text, decimal)
        if spelling.failure:
            return spelling
        value = spelling.value * scale
        if whole and not float(value).is_integer():
            return Spelling(failure="not a whole number")
        return Spelling(value, repair=spelling.repair)

    return numeric(column, read)


def numeric(column: Column, read: Callable[[str], Spelling]) -> pd.Series:
    """Return a column of numbers: float64, NaN where unknown."""
    codes, found = column.coded(read)
    return pd.Series(np.array(found, dtype=np.float64)[codes], index=column.text.index)


def parse_number(text: str, decimal: str) -> Spelling:
    """Read one number.

    A number with the other decimal mark, or with thousands marks, is repaired where it can mean
    one thing only; "1,234" in a table with decimal points can mean two, and fails.

    Args:
        text: The tidy cell.
        decimal: The table's decimal mark, "." or ",".
    """
    text = folded(text)
    other = "," if decimal == "." else "."
    mark, group = re.escape(decimal), re.escape(other)
    if re.fullmatch(_PLAIN.format(mark=mark), text):
        return _finite(text.replace(decimal, "."), "")
    if re.fullmatch(_GROUPED.format(group=group), text):
        if text.count(other) == 1:
            rule = f"{other!r} may be a decimal or a thousands mark: write the number without it"
            return Spelling(failure=rule)
        return _finite(text.replace(other, ""), "thousands marks removed")
    if re.fullmatch(_PLAIN.format(mark=group), text):
        return _finite(text.replace(other, "."), f"decimal mark {other!r} read as {decimal!r}")
    if re.fullmatch(_GROUPED.format(group=group) + mark + r"\d+", text):
        plain = text.replace(other, "").replace(decimal, ".")
        return _finite(plain, "thousands marks removed")
    if re.fullmatch(_GROUPED.format(group=mark) + group + r"\d+", text):
        plain = text.replace(decimal, "").replace(other, ".")
        return _finite(plain, "thousands marks removed")
    return Spelling(failure="not a number")


def _finite(text: str, repair: str) -> Spelling:
    value = float(text)
    return Spelling(value, repair=repair) if np.isfinite(value) else Spelling(failure="not finite")


def read_dates(column: Column, table: RawTable, study: Study) -> pd.Series:
    """Read calendar dates by the study's formats. Returns datetime64[ns], NaT where unknown.

    A time of day of midnight is dropped; a text that two formats read as different days fails.
    """
    formats = tuple(
        dict.fromkeys([ISO, *study.date_formats] if table.typed else study.date_formats)
    )
    distinct = pd.Series(pd.unique(column.text), dtype=object)
    plain = distinct.str.replace(MIDNIGHT, "", regex=True)
    days = {form: list(pd.to_datetime(plain, format=form, errors="coerce")) for form in formats}
    place = {text: i for i, text in enumerate(distinct)}

    def read(text: str) -> Spelling:
        i = place[text]
        found = {form: day[i] for form, day in days.items() if not pd.isna(day[i])}
        if not found:
            return Spelling(failure="no date in any of the date_formats of study.yml")
        if len(set(found.values())) > 1:
            first = next(iter(found))
            second = next(form for form in found if found[form] != found[first])
            return Spelling(failure=f"read as two different days by {first} and {second}")
        form, day = next(iter(found.items()))
        if day < EARLIEST:
            return Spelling(failure=f"before the year {EARLIEST.year}")
        dropped = "" if plain[i] == text else "time of day dropped"
        return Spelling(day, repair=dropped, form=form)

    codes, found = column.coded(read)
    values = pd.to_datetime(pd.Series(found, dtype=object)).to_numpy(dtype="datetime64[ns]")
    return pd.Series(values[codes], index=column.text.index)


def read_times(column: Column, table: RawTable, study: Study) -> pd.Series:
    """Read dates, or days from the common origin where the study counts in days."""
    if study.counts_days:
        return read_numbers(column, table)
    return read_dates(column, table, study)
