"""How the registry tables of two versions differ: in counts and names of columns, never values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from helpers.errors import ManuscriptError
from helpers.pipeline.contents import MISSING, file_hash
from helpers.review.revision.versions import Version

if TYPE_CHECKING:
    import pandas as pd

MOST_COLUMNS = 8


def table_changes(old: Version, new: Version) -> Iterator[tuple[str, str]]:
    """Yield the tables that differ, and how: rows by count, columns by name.

    Rows are known by the column that identifies the patient and their order within it. A table
    that is not there (a sealed cohort) is left to the hash that the ledger recorded.
    """
    before, after = _tables(old), _tables(new)
    for name in dict.fromkeys([*before, *after]):
        paths = [
            _path(version, tables.get(name)) for version, tables in ((old, before), (new, after))
        ]
        hashes = [file_hash(path) for path in paths]
        if hashes[0] == hashes[1]:
            continue
        shown = f"the table {name}"
        if MISSING in hashes:
            yield shown, "is new" if hashes[0] == MISSING else "is gone"
            continue
        yield shown, _words(paths, name, (before[name], after[name]))


def have_tables(version: Version) -> bool:
    """Whether every registry table of a version lies beside its sources."""
    tables = _tables(version)
    return bool(tables) and all(_path(version, table).is_file() for table in tables.values())


def _tables(version: Version) -> dict[str, Mapping[str, Any]]:
    try:
        tree = yaml.safe_load((_data(version) / "study.yml").read_text(encoding="utf-8"))
        return {str(name): table for name, table in tree["tables"].items() if "file" in table}
    except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        return {}


def _data(version: Version) -> Path:
    return (version.project or Path()) / "data" / version.study


def _path(version: Version, table: Mapping[str, Any] | None) -> Path:
    return _data(version) / str(table["file"] if table else "")


def _words(paths: list[Path], name: str, tables: tuple[Mapping[str, Any], ...]) -> str:
    from helpers.study.schema import TableSource
    from helpers.study.spelling import tidy
    from helpers.study.tables import read_table

    try:
        sources = [TableSource(**table) for table in tables]
        frames = [
            read_table(path, name, source, where=path.name).frame
            for path, source in zip(paths, sources, strict=True)
        ]
        keys = [tidy(source.id) for source in sources]
        return _compared(frames[0], frames[1], (keys[0], keys[1]))
    except (ManuscriptError, ValidationError):
        return "changed, and cannot be read here as a table"


def _compared(old: pd.DataFrame, new: pd.DataFrame, keys: tuple[str, str]) -> str:
    columns = [name for name in new.columns if name in set(old.columns)]
    rows = _by_patient(old, keys[0], columns), _by_patient(new, keys[1], columns)
    both = [key for key in rows[0] if key in rows[1]]
    altered = {key for key in both if rows[0][key] != rows[1][key]}
    touched = [
        name
        for position, name in enumerate(columns)
        if any(rows[0][key][position] != rows[1][key][position] for key in altered)
    ]
    parts = [
        _rows(len(rows[1]) - len(both), "added"),
        _rows(len(rows[0]) - len(both), "removed"),
        _rows(len(altered), "altered") + (f" in {_listed(touched)}" if touched else ""),
        _columns(set(new.columns) - set(old.columns), "new"),
        _columns(set(old.columns) - set(new.columns), "gone"),
    ]
    return "; ".join(part for part in parts if part) or "written otherwise, with the same cells"


def _by_patient(
    frame: pd.DataFrame, key: str, columns: list[str]
) -> dict[tuple[str, int], tuple[str, ...]]:
    """Return the rows by patient and how many of the patient stand before."""
    if key not in frame.columns:
        identities = [""] * len(frame)
    else:
        identities = [str(value) for value in frame[key]]
    seen: dict[str, int] = {}
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    cells = frame[columns].astype(str).itertuples(index=False, name=None)
    for identity, row in zip(identities, cells, strict=True):
        seen[identity] = seen.get(identity, 0) + 1
        found[identity, seen[identity]] = tuple(row)
    return found


def _rows(count: int, how: str) -> str:
    return f"{count} {'row' if count == 1 else 'rows'} {how}" if count else ""


def _columns(names: set[str], how: str) -> str:
    return f"{_listed(sorted(names))} {how}" if names else ""


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:MOST_COLUMNS])
    more = len(names) - MOST_COLUMNS
    noun = "column" if len(names) == 1 else "columns"
    return f"{noun} {shown}" + (f" and {more} more" if more > 0 else "")
