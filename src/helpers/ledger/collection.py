"""The rows that one notebook records, and the part file they are left in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError, unknown_name
from helpers.ledger.row import Row


class Ledger:
    """Rows of one notebook, in the order they were recorded.

    Args:
        notebook: Name of the notebook, without its suffix.
        cell: Returns the label of the cell that is running.
    """

    def __init__(self, notebook: str, cell: Callable[[], str]) -> None:
        self._notebook = notebook
        self._cell = cell
        self._rows: dict[str, Row] = {}

    def record(self, rows: Iterable[Row]) -> None:
        """Add rows, stamped with the notebook and the running cell.

        A cell that is run again, as by hand, may replace the rows it recorded before.

        Raises:
            ManuscriptError: Another cell recorded a row of the same key.
        """
        cell = self._cell()
        fresh: set[str] = set()
        for row in rows:
            before = self._rows.get(row.key)
            if row.key in fresh or (before is not None and before.cell != cell):
                raise ManuscriptError(
                    f"the ledger key {row.key!r} is recorded twice",
                    where=f"{self._notebook}, cell {cell}",
                    remedy="give the second row a key of its own",
                )
            fresh.add(row.key)
            self._rows[row.key] = replace(row, notebook=self._notebook, cell=cell)

    def __getitem__(self, key: str) -> Row:
        """Return the row of a key; an unknown key is an error that names the nearest."""
        try:
            return self._rows[key]
        except KeyError:
            raise unknown_name(
                "ledger key", key, self._rows, where=f"{self._notebook}, cell {self._cell()}"
            ) from None

    def get(self, key: str) -> Row | None:
        """Return the row of a key, or None where no such row was recorded."""
        return self._rows.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def write(self, path: Path, **about: Any) -> None:
        """Write the rows and what is known about the run as one part file."""
        part = {"notebook": self._notebook, **about, "rows": [row.as_dict() for row in self]}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dumps(part), encoding="utf-8")


def dumps(data: Any) -> str:
    """Return JSON with a fixed layout; a NaN or an infinity is refused.

    Raises:
        ValueError: A number is not finite.
    """
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
