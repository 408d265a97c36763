"""What the pages of a site show: the ledger, the populations, the exhibits, as the record has them.

Read from ``outputs/<study>/``; nothing is computed here.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from helpers.errors import ManuscriptError, unknown_name
from helpers.ledger.row import FIELDS, Row
from helpers.review.revision.naming import Labels, read_labels
from helpers.study import load_study

LABEL = re.compile(r"\A#\|\s*label:\s*([a-z0-9-]+)\s*$", re.MULTILINE)
ELIGIBLE = "eligible"
#: Columns of a table of data that describe groups. A file that has another one may hold what
#: belongs to single patients, as the times at which a curve steps, and is left out of the site.
OF_GROUPS = (
    {"label", "estimate", "low", "high"}
    | {"step", "excluded", "remaining"}
    | {"population", "n", "category", "percent"}
    | {"kind", "any_grade", "grade_3_or_more"}
    | {"patients", "responded", "progressed", "died", "total_months"}
)


@dataclass(frozen=True)
class Exhibit:
    """A table or a figure, by the cell that made it.

    Attributes:
        label: Label of the cell, and of the float in a document.
        kind: What it is.
        notebook: Notebook of the cell.
        alt: Alternative text of a figure.
        data: The file of its data below ``outputs/<study>/``; None where there is none.
        shareable: Whether no row of that file stands for a single patient.
        rows: How many rows of the ledger the cell recorded.
    """

    label: str
    kind: Literal["figure", "table"]
    notebook: str
    alt: str | None
    data: str | None
    shareable: bool
    rows: int


@dataclass(frozen=True)
class Record:
    """The record of a study, as its site shows it.

    Attributes:
        folder: ``outputs/<study>``.
        about: Everything that stands in the ledger beside its rows.
        rows: The rows by key, in their order.
        populations: Label and description of every population, by key.
        notebooks: The executed notebooks, by name.
        exhibits: Tables and figures by label.
        labels: What the study calls its variables, endpoints, levels and populations.
    """

    folder: Path
    about: dict[str, Any]
    rows: dict[str, Row]
    populations: dict[str, tuple[str, str]]
    notebooks: dict[str, dict[str, Any]]
    exhibits: dict[str, Exhibit]
    labels: Labels


def read_record(root: Path, study_id: str) -> Record:
    """Read the record of a study.

    Raises:
        ManuscriptError: There is none, or a row of the ledger names a notebook, a cell or a
            population that does not exist.
    """
    folder = root / "outputs" / study_id
    path = folder / "ledger.json"
    if not path.is_file():
        raise ManuscriptError(
            f"{study_id} has no record to show",
            where=f"outputs/{study_id}/",
            remedy=f"run `manuscript build {study_id}`",
        )
    about = json.loads(path.read_text(encoding="utf-8"))
    given = about.pop("rows")
    rows = {row["key"]: Row(**{name: row.get(name) for name in FIELDS}) for row in given}
    notebooks = {
        found.stem: json.loads(found.read_text(encoding="utf-8"))
        for found in sorted(folder.glob("[0-9][0-9]-*.ipynb"))
    }
    populations = _populations(root, study_id)
    _require_places(rows, notebooks, populations)
    exhibits = _exhibits(folder, notebooks, rows)
    labels = read_labels(root, study_id)
    return Record(folder, about, rows, populations, notebooks, exhibits, labels)


def label_of(cell: dict[str, Any]) -> str:
    """Return the label of a cell, else its id, which is how an address names the cell."""
    found = LABEL.search("".join(cell["source"]))
    return found[1] if found and cell["cell_type"] == "code" else str(cell["id"])


def _populations(root: Path, study_id: str) -> dict[str, tuple[str, str]]:
    study = load_study(root, study_id)
    words = {ELIGIBLE: (study.eligible_label, "everybody who meets the criteria of eligibility")}
    return words | {key: (p.label, p.description) for key, p in study.populations.items()}


def _require_places(
    rows: dict[str, Row],
    notebooks: dict[str, dict[str, Any]],
    populations: dict[str, tuple[str, str]],
) -> None:
    """Refuse a ledger whose rows lead nowhere."""
    cells = {name: {label_of(cell) for cell in book["cells"]} for name, book in notebooks.items()}
    for row in rows.values():
        where = f"ledger.json, {row.key}"
        if row.notebook not in cells:
            raise unknown_name("notebook", row.notebook, cells, where=where)
        if row.cell not in cells[row.notebook]:
            raise unknown_name("cell", row.cell, cells[row.notebook], where=where)
        if row.population not in populations:
            raise unknown_name("population", row.population, populations, where=where)


def _exhibits(
    folder: Path, notebooks: dict[str, dict[str, Any]], rows: dict[str, Row]
) -> dict[str, Exhibit]:
    found = {}
    for name, notebook in notebooks.items():
        for cell in notebook["cells"]:
            shown = _shown(cell)
            if shown is None:
                continue
            label, kind = label_of(cell), shown
            data = f"{kind}s/{label}.csv"
            there = (folder / data).is_file()
            recorded = [row for row in rows.values() if (row.notebook, row.cell) == (name, label)]
            found[label] = Exhibit(
                label,
                kind,
                name,
                _alt(cell),
                data if there else None,
                there and (kind == "table" or _of_groups(folder / data)),
                len(recorded),
            )
    return found


def _shown(cell: dict[str, Any]) -> Literal["figure", "table"] | None:
    """Return what a cell shows, where it is labelled and shows a table or a figure."""
    kinds = {kind for output in cell.get("outputs", []) for kind in output.get("data", {})}
    if "image/png" in kinds:
        return "figure"
    return "table" if "text/html" in kinds else None


def _alt(cell: dict[str, Any]) -> str | None:
    for output in cell["outputs"]:
        alt = output.get("metadata", {}).get("image/png", {}).get("alt")
        if alt:
            return str(alt)
    return None


def _of_groups(path: Path) -> bool:
    with path.open(encoding="utf-8", newline="") as handle:
        return set(next(csv.reader(handle), [])) <= OF_GROUPS
