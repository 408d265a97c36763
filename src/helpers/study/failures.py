"""What reading a registry table may report: repairs, and failures that stop it.

Both name table, row, column and rule, and never hold the value that was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from helpers.errors import ManuscriptError

SHOWN = 20
Rows = npt.NDArray[np.int64]
#: Table, column and rule.
Place = tuple[str, str, str]


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


@dataclass(frozen=True, eq=False)
class Repairs(Sequence[Repair]):
    """Many repairs, held as one row number each: a registry may need millions.

    Attributes:
        blocks: Table, column and rule to the rows that it was applied to.
    """

    blocks: Mapping[Place, tuple[Rows, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: str, rows: Any, column: str, rule: str) -> Repairs:
        """Return one repair of each row."""
        found = np.asarray(rows, dtype=np.int64)
        return cls({(table, column, rule): (found,)} if found.size else {})

    def counts(self) -> dict[Place, int]:
        """Return how many rows every rule was applied to, by table, column and rule."""
        return {place: sum(rows.size for rows in parts) for place, parts in self.blocks.items()}

    def __add__(self, other: Repairs) -> Repairs:
        joined = dict(self.blocks)
        for place, parts in other.blocks.items():
            joined[place] = (*joined.get(place, ()), *parts)
        return Repairs(joined)

    def __len__(self) -> int:
        return sum(self.counts().values())

    def __iter__(self) -> Iterator[Repair]:
        """Yield every repair, by table, row, column and rule."""
        places = sorted(self.blocks)
        rows = [np.concatenate(self.blocks[place]) for place in places]
        of = np.repeat(np.arange(len(places)), [part.size for part in rows])
        row = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
        tables = [place[0] for place in places]
        table = np.array([tables.index(name) for name in tables], dtype=np.int64)[of]
        for at in np.lexsort((of, row, table)):
            name, column, rule = places[of[at]]
            yield Repair(name, int(row[at]), column, rule)

    def __getitem__(self, at: Any) -> Any:
        return tuple(self)[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Repairs) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


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
        ordered = tuple(sorted(failures, key=_order))
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


def _order(failure: Failure) -> tuple[str, int, str, str]:
    return (failure.table, failure.row or 0, failure.column, failure.rule)


def _as_table(failures: Sequence[Failure]) -> str:
    head = ("table", "row", "column", "rule")
    body = [(f.table, str(f.row or "–"), f.column, f.rule) for f in failures]
    widths = [max(len(line[i]) for line in (head, *body)) for i in range(3)]
    return "\n".join(
        "  " + "  ".join([*(part.ljust(w) for part, w in zip(line, widths, strict=False)), line[3]])
        for line in (head, *body)
    )
