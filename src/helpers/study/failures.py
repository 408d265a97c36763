"""What reading a registry table may report: repairs, and failures that stop it.

Both name table, row, column and rule, and never hold the value that was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from helpers.errors import ManuscriptError

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Repair:
    """Something that was mended while reading.

    Attributes:
        table: Key of the table in study.yml.
        row: Row in the source; the header is row 1.
        column: Column in the source, or empty for the whole row.
        rule: What was done.
    """

    table: str
    row: int
    column: str
    rule: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that cannot be used as it stands.

    Attributes:
        table: Key of the table in study.yml.
        row: Row in the source; the header is row 1. None for the whole table.
        column: Column in the source, or the variable's name where it is derived.
        rule: The rule that does not hold.
    """

    table: str
    row: int | None
    column: str
    rule: str


class InvalidTables(ManuscriptError):  # noqa: N818 - reads as what it says
    """Registry tables that break rules: all failures at once.

    Attributes:
        failures: Every failure, by table, row and column.
    """

    failures: tuple[Failure, ...] = ()

    @classmethod
    def of(cls, failures: Iterable[Failure], *, where: str) -> InvalidTables:
        """Build the error of these failures; its message shows the first 20 of them."""
        ordered = tuple(sorted(failures, key=_place))
        count = len(ordered)
        shown = _as_table(ordered[:SHOWN])
        if count > SHOWN:
            shown += f"\n  … and {count - SHOWN} more"
        error = cls(
            f"the registry tables break rules in {count} place{'s' if count > 1 else ''}:\n{shown}",
            where=where,
            remedy="correct the cells in the source, or say in study.yml how to read them",
        )
        error.failures = ordered
        return error


def _place(failure: Failure) -> tuple[str, int, str, str]:
    return (failure.table, failure.row or 0, failure.column, failure.rule)


def _as_table(failures: Sequence[Failure]) -> str:
    head = ("table", "row", "column", "rule")
    body = [(f.table, str(f.row or "–"), f.column, f.rule) for f in failures]
    widths = [max(len(line[i]) for line in (head, *body)) for i in range(3)]
    return "\n".join(
        "  " + "  ".join([*(part.ljust(w) for part, w in zip(line, widths, strict=False)), line[3]])
        for line in (head, *body)
    )
