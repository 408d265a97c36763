"""Which figures and tables of two records show something else, by the data behind them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from helpers.pipeline.contents import file_hash
from helpers.review.revision.wording import Piece, word_changes
from helpers.review.sentences import Numbers

Kind = Literal["figure", "table"]
How = Literal["data", "picture", "new", "gone"]
FOLDERS: dict[Kind, str] = {"figure": "figures", "table": "tables"}


@dataclass(frozen=True)
class ExhibitChange:
    """A figure or table that shows something else.

    Attributes:
        kind: "figure" or "table".
        label: Label of its cell.
        caption: Its caption, where a notebook of the record has one.
        how: "data" where the data behind it differ, "picture" where only its looks do.
        words: In which columns, and in how many of its rows.
        alt: Its description, word by word, where that changed.
        notebook: Notebook that draws it; empty where none of the record does.
    """

    kind: Kind
    label: str
    caption: str
    how: How
    words: str
    alt: tuple[Piece, ...]
    notebook: str


def exhibit_changes(
    old: Path, new: Path, before: Numbers, after: Numbers
) -> tuple[ExhibitChange, ...]:
    """Return the figures and tables that differ, figures first."""
    captions = _captions(old) | _captions(new)
    found = []
    for kind, folder in FOLDERS.items():
        for label in sorted(_labels(old / folder) | _labels(new / folder)):
            how, words = _difference(old / folder, new / folder, label)
            if how is None:
                continue
            name = f"n.alt.{label.replace('-', '_')}"
            alts = before.forms.get(name, ""), after.forms.get(name, "")
            alt = word_changes(*alts) if alts[0] != alts[1] and all(alts) else ()
            caption, notebook = captions.get(label, ("", ""))
            found.append(ExhibitChange(kind, label, caption, how, words, alt, notebook))
    return tuple(found)


def exhibit_count(record: Path) -> dict[Kind, int]:
    """Return how many figures and tables a record holds."""
    return {kind: len(_labels(record / folder)) for kind, folder in FOLDERS.items()}


def _labels(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*") if path.suffix in (".csv", ".png")}


def _difference(old: Path, new: Path, label: str) -> tuple[How | None, str]:
    before, after = label in _labels(old), label in _labels(new)
    if not (before and after):
        return ("new" if after else "gone"), ""
    data = [folder / f"{label}.csv" for folder in (old, new)]
    if file_hash(data[0]) != file_hash(data[1]):
        return "data", _compared(_cells(data[0]), _cells(data[1]))
    pictures = [file_hash(folder / f"{label}.png") for folder in (old, new)]
    return ("picture" if pictures[0] != pictures[1] else None), ""


def _cells(path: Path) -> list[list[str]]:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return list(csv.reader(io.StringIO(text)))


def _compared(old: list[list[str]], new: list[list[str]]) -> str:
    """Say in how many rows and which columns the data differ; a cohort's rows are not shown."""
    heads = [rows[0] if rows else [] for rows in (old, new)]
    if heads[0] != heads[1]:
        return "its columns changed"
    if len(old) != len(new):
        return f"{len(old) - 1} → {len(new) - 1} rows"
    differ = [(a, b) for a, b in zip(old[1:], new[1:], strict=True) if a != b]
    columns = [
        name
        for n, name in enumerate(heads[0])
        if any(a[n : n + 1] != b[n : n + 1] for a, b in differ)
    ]
    return f"{len(differ)} of {len(old) - 1} rows differ, in {', '.join(columns)}"


def _captions(record: Path) -> dict[str, tuple[str, str]]:
    """Return caption and notebook of every labelled cell of a record's notebooks."""
    from helpers.errors import ManuscriptError
    from helpers.manuscript.notebook import cell_options

    found: dict[str, tuple[str, str]] = {}
    for path in sorted(record.glob("*.ipynb")):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            options = [cell_options(cell, path.name) for cell in cells]
        except (OSError, ValueError, KeyError, TypeError, ManuscriptError):
            continue
        for given in options:
            caption = str(given.get("fig-cap") or given.get("tbl-cap") or "")
            found[str(given.get("label"))] = (caption, path.stem)
    return found
