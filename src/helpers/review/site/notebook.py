"""An executed notebook as a page: nbconvert's cells in the house's look, each with its address.

Pages of notebooks that have not changed are kept beside the other things that a build
remembers: to make them takes most of the time that a site takes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.pipeline.contents import replace_text
from helpers.review.site.record import Record, label_of

if TYPE_CHECKING:
    from nbconvert.exporters.html import HTMLExporter

TEMPLATE = "notebook.html"
SUFFIX = ".html"
#: Packages whose versions a page depends on.
MAKERS = ("nbconvert", "jinja2", "mistune", "pygments", "bleach", "beautifulsoup4")


def notebook_pages(record: Record, kept: Path | None = None) -> dict[str, str]:
    """Return the executed notebooks as pages of the site, by name.

    Every cell stands in an element with the id ``cell-<label>``, where the label is that of
    its first line, else the cell's id. Nothing on a page is fetched from elsewhere.

    Args:
        record: The record.
        kept: Folder of the pages that were made before, which is brought up to date; None
            keeps nothing.
    """
    digests = {name: _digest(record, name) for name in record.notebooks}
    pages = {name: _kept(kept, digest) for name, digest in digests.items()}
    missing = [name for name, page in pages.items() if page is None]
    made = dict(_made(record, missing)) if missing else {}
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        for name, page in made.items():
            replace_text(kept / f"{digests[name]}{SUFFIX}", page)
        for path in kept.glob(f"*{SUFFIX}"):
            if path.stem not in digests.values():
                path.unlink()
    return {name: page if page is not None else made[name] for name, page in pages.items()}


def _digest(record: Record, name: str) -> str:
    """Return one hash over all that a page is made of."""
    made_of = [
        json.dumps(
            [name, list(record.notebooks), record.about["study"], record.about["data_hash"]]
        ),
        json.dumps(record.notebooks[name], sort_keys=True),
        (files("helpers.review.site") / "templates" / TEMPLATE).read_text(encoding="utf-8"),
        Path(__file__).read_text(encoding="utf-8"),
        *map(version, MAKERS),
    ]
    return hashlib.sha256("\0".join(made_of).encode()).hexdigest()


def _kept(folder: Path | None, digest: str) -> str | None:
    path = folder / f"{digest}{SUFFIX}" if folder is not None else None
    return path.read_text(encoding="utf-8") if path is not None and path.is_file() else None


def _made(record: Record, names: list[str]) -> list[tuple[str, str]]:
    """Make pages with one exporter, whose templates are read once."""
    from nbconvert.exporters.html import HTMLExporter

    with as_file(files("helpers.review.site") / "templates" / TEMPLATE) as template:
        exporter = HTMLExporter(template_file=str(template), exclude_anchor_links=True)  # type: ignore[no-untyped-call]
        return [(name, _page(exporter, record, name)) for name in names]


def _page(exporter: HTMLExporter, record: Record, name: str) -> str:
    import nbformat

    notebook = nbformat.reads(json.dumps(record.notebooks[name]), as_version=4)
    for cell in notebook["cells"]:
        _prepare(cell)
    house = {"name": name, "about": record.about, "names": list(record.notebooks)}
    body, _ = exporter.from_notebook_node(notebook, resources={"house": house})
    return f"{body.strip()}\n"


def _prepare(cell: dict[str, Any]) -> None:
    """Note what the template needs: the cell's address, and the size of its pictures.

    A picture of known size leaves its place free while it loads, so that the cell of the
    address does not move away.
    """
    cell["metadata"]["house_anchor"] = f"cell-{label_of(cell)}"
    for output in cell.get("outputs", []):
        picture = output.get("data", {}).get("image/png")
        if picture:
            width, height = struct.unpack(">II", base64.b64decode(picture[:64])[16:24])
            size = {"width": width, "height": height}
            output.setdefault("metadata", {}).setdefault("image/png", {}).update(size)
