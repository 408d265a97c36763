"""What each stage depends on, as names and content hashes.

Nothing heavy is imported here: a build that has nothing to do reads files, and no more.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import helpers
from helpers.pipeline.layout import Layout
from helpers.pipeline.stamps import LOCK, file_hash, files_below, hashes, text_hash

PACKAGE = Path(helpers.__file__).parent
NOT_IN_NOTEBOOKS = ("cli/", "progress.py", "preview/", "manuscript/", "review/")
NOT_IN_DOCUMENTS = (
    "cli/",
    "progress.py",
    "preview/",
    "pipeline/",
    "reconstruction/",
    "review/",
)


def shared_inputs(layout: Layout, source: Path | None) -> dict[str, str]:
    """Return the inputs that every notebook of a study has.

    Args:
        layout: The study's folders.
        source: Folder of the raw tables, where not below ``data/``.
    """
    return {
        **_data(layout, source),
        **_package(NOT_IN_NOTEBOOKS),
        **_named(layout.root, [LOCK]),
    }


def notebook_inputs(
    notebook: Path, parameters: Mapping[str, object], earlier: Mapping[str, str]
) -> dict[str, str]:
    """Return the inputs that one notebook has beside the shared ones.

    Args:
        notebook: The notebook's source.
        parameters: The parameters that it is given.
        earlier: What it takes over from notebooks before it, by name.
    """
    given = {f"parameter {name}": text_hash(repr(value)) for name, value in parameters.items()}
    return {f"notebooks/{notebook.name}": _notebook_hash(notebook), **given, **earlier}


def record_inputs(layout: Layout, stages: Mapping[str, str], parameters: object) -> dict[str, str]:
    """Return the inputs of the record: what every notebook left, by notebook."""
    ledger = {
        name: digest
        for name, digest in _package(()).items()
        if name.startswith("src/helpers/ledger/")
    }
    study = _named(layout.root, [f"data/{layout.study}/study.yml", LOCK])
    return {**stages, **ledger, **study, "the parameters": text_hash(repr(parameters))}


def document_inputs(
    layout: Layout,
    record: Mapping[str, str],
    renderer: str,
    formats: tuple[str, ...],
    line_numbers: bool = False,
) -> dict[str, str]:
    """Return the inputs of the documents: sources, record, renderer, what was asked for.

    The commit that a colophon names does not count: it would make every document stale after
    every commit.
    """
    base = layout.root / "manuscripts"
    others = {path.parent.name for path in base.glob("[!_]*/*.qmd")} - {layout.study}
    names = [name for name in files_below(base) if name.split("/")[0] not in others]
    found = {f"manuscripts/{name}": digest for name, digest in hashes(base, names).items()}
    found |= {f"outputs/{layout.study}/{name}": digest for name, digest in record.items()}
    found |= _named(layout.root, ["_quarto.yml", LOCK])
    found |= _package(NOT_IN_DOCUMENTS)
    found["the renderer"] = text_hash(f"{renderer} {_engine(renderer)}")
    found["the formats"] = text_hash(" ".join(sorted(formats)))
    if line_numbers:
        found["the line numbers"] = text_hash("asked for")
    return found


def table_files(layout: Layout) -> list[str]:
    """Return the files that study.yml names; it is validated later, by the study itself."""
    import yaml

    try:
        study = yaml.safe_load((layout.data / "study.yml").read_text(encoding="utf-8"))
        return sorted({str(table["file"]) for table in study["tables"].values()})
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError):
        return []


def _notebook_hash(notebook: Path) -> str:
    """Hash what a run of the notebook depends on: its cells, not how the file is laid out."""
    try:
        cells: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return file_hash(notebook)
    kept = [
        [cell["cell_type"], cell.get("id"), "".join(cell["source"]), cell.get("metadata")]
        for cell in cells
    ]
    return text_hash(json.dumps(kept, sort_keys=True))


def _data(layout: Layout, source: Path | None) -> dict[str, str]:
    found = {
        f"data/{layout.study}/{name}": digest
        for name, digest in hashes(layout.data, files_below(layout.data)).items()
    }
    if source is not None:
        tables = table_files(layout)
        found |= {f"source/{name}": digest for name, digest in hashes(source, tables).items()}
    return found


def _package(left_out: tuple[str, ...]) -> dict[str, str]:
    names = [
        name
        for name in files_below(PACKAGE)
        if not name.startswith(left_out) and not name.endswith(".pyc")
    ]
    return {f"src/helpers/{name}": digest for name, digest in hashes(PACKAGE, names).items()}


def _named(root: Path, names: list[str]) -> dict[str, str]:
    return {name: file_hash(root / name) for name in names if (root / name).is_file()}


def _engine(renderer: str) -> str:
    """Tell one Quarto from another without starting it."""
    if renderer == "embedded":
        return ""
    found = shutil.which(os.environ.get("MANUSCRIPT_QUARTO") or "quarto")
    if found is None:
        return ""
    about = Path(found).stat()
    return f"{found} {about.st_size} {about.st_mtime_ns}"
