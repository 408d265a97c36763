"""Table cells that take the display string of a ledger row and carry its key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from helpers.exhibits.table import Cell, Column
from helpers.ledger import Row
from helpers.ledger.formatting import NOT_REACHED, number_of

if TYPE_CHECKING:
    from helpers.study.definition import Study


def bound(row: Row, form: str = "value", *, note: str | None = None) -> Cell:
    """Return a cell that prints one form of a row; a form that does not apply is a dash."""
    text = row.printable().get(form, "–")
    return Cell(text, key=row.key, note=note)


def counted(row: Row) -> Cell:
    """Return a cell that prints a share as "21 (55.3%)"."""
    return Cell(f"{row.n} ({row.display})", key=row.key)


def number(row: Row, noun: str) -> str:
    """Return a row's count with its noun: "1 patient", "6 patients"."""
    return number_of(row.display, noun)


def of_total(row: Row) -> Cell:
    """Return a cell that prints the counts of a share as "21/38"."""
    return Cell(f"{row.n}/{row.denominator}", key=row.key)


def with_interval(row: Row) -> Cell:
    """Return a cell that prints "55.3% (38.3–71.4)"."""
    return Cell(estimate_words(row), key=row.key)


def estimate_words(row: Row) -> str:
    """Return "55.3% (38.3–71.4)", or the estimate alone where it has no interval."""
    return f"{row.display} ({row.interval})" if row.interval else row.display


def interval_column(study: Study, heading: str) -> Column:
    """Return the column of an estimate with its interval: "HR (95% CI)"."""
    return Column(f"{heading} ({100 * study.settings.confidence_level:g}% CI)", align="right")


def reasons(rows: Iterable[Row], label: str = "") -> tuple[str, ...]:
    """Return one note for each distinct reason why an estimate is missing.

    That a median was not reached is no such reason: the table says it, with its bound.
    """
    missing = (row for row in rows if row.value is None and row.display != NOT_REACHED)
    found = {row.reason: None for row in missing if row.reason}
    lead = f"{label}, not estimable" if label else "Not estimable"
    return tuple(f"{lead}: {reason}." for reason in found)
