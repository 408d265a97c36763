"""An executed notebook as a page: nbconvert's cells in the house's look, each with its address."""

from __future__ import annotations

import base64
import json
import struct
from importlib.resources import as_file, files
from typing import Any

from helpers.review.site.record import Record, label_of


def notebook_page(record: Record, name: str) -> str:
    """Return an executed notebook as a page of the site.

    Every cell stands in an element with the id ``cell-<label>``, where the label is that of
    its first line, else the cell's id. Nothing on the page is fetched from elsewhere.

    Args:
        record: The record.
        name: Name of the notebook, without its suffix.
    """
    import nbformat
    from nbconvert.exporters.html import HTMLExporter

    notebook = nbformat.reads(json.dumps(record.notebooks[name]), as_version=4)
    for cell in notebook["cells"]:
        _prepare(cell)
    with as_file(files("helpers.review.site") / "templates" / "notebook.html") as template:
        exporter = HTMLExporter(template_file=str(template), exclude_anchor_links=True)  # type: ignore[no-untyped-call]
        body, _ = exporter.from_notebook_node(
            notebook,
            resources={
                "house": {"name": name, "about": record.about, "names": list(record.notebooks)}
            },
        )
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
