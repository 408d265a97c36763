"""Takes labelled tables and figures out of executed notebooks."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from helpers.errors import ManuscriptError, unknown_name
from helpers.manuscript.sources import YAML_LOADER

DEFAULT_DPI = 300
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ACCEPTED = ("label", "fig-cap", "tbl-cap", "fig-alt", "echo", "output", "warning", "tags")


@dataclass(frozen=True)
class Exhibit:
    """What one labelled cell shows.

    Attributes:
        label: The cell's label; ``fig-…`` and ``tbl-…`` are numbered floats.
        caption: The caption as written, shortcodes included; empty where there is none.
        alt: The alternative text of a figure: the one computed with it, else ``fig-alt``.
        html: The table, or None.
        png: The picture, or None.
        where: Notebook and cell, for messages.
        typed_alt: ``fig-alt`` where it is printed, since none was computed.
    """

    label: str
    caption: str
    alt: str
    html: str | None
    png: bytes | None
    where: str
    typed_alt: str = ""


@dataclass(frozen=True)
class Notebook:
    """An executed notebook: its labelled cells by label."""

    name: str
    cells: Mapping[str, Mapping[str, Any]]
    repeated: tuple[str, ...]


def read_notebook(path: Path, name: str) -> Notebook:
    """Read a notebook's labelled cells.

    Args:
        path: The .ipynb file.
        name: Its name in messages.

    Raises:
        ManuscriptError: The file is missing or is not a notebook.
    """
    try:
        about = path.stat()
    except OSError:
        raise ManuscriptError(
            f"notebook {name} does not exist",
            where=name,
            remedy="run `manuscript build STUDY`, or correct the path of the embed",
        ) from None
    return _read_notebook(path, name, (about.st_mtime_ns, about.st_size, about.st_ino))


@lru_cache(maxsize=32)
def _read_notebook(path: Path, name: str, _version: tuple[int, int, int]) -> Notebook:
    """Read a notebook once for all exhibits that documents take from it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = content["cells"]
    except (ValueError, KeyError, TypeError):
        raise ManuscriptError(
            f"{name} is not a notebook", where=name, remedy="build the study again"
        ) from None
    labelled: dict[str, Mapping[str, Any]] = {}
    repeated: list[str] = []
    for cell in cells:
        label = cell_options(cell, name).get("label")
        if label is not None and label in labelled:
            repeated.append(str(label))
        elif label is not None:
            labelled[str(label)] = cell
    return Notebook(name, labelled, tuple(repeated))


def cell_source(cell: Mapping[str, Any]) -> str:
    """Return the source of a cell, which notebooks store as text or as a list of lines."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


def cell_options(cell: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the ``#|`` options of a code cell.

    Raises:
        ManuscriptError: The options are not valid YAML.
    """
    if cell.get("cell_type") != "code":
        return {}
    lines = []
    for line in cell_source(cell).lstrip("\n").split("\n"):
        if not line.startswith("#|"):
            break
        lines.append(line[2:].removeprefix(" "))
    try:
        options = (yaml.load("\n".join(lines), Loader=YAML_LOADER) or {}) if lines else {}
    except yaml.YAMLError:
        options = None
    if not isinstance(options, dict):
        raise ManuscriptError(
            "the #| options of a cell are not valid YAML",
            where=f"{name}: {lines[0] if lines else ''}",
            remedy='write #| key: "value", with quotes around text that holds a colon',
        )
    return options


def read_exhibit(notebook: Notebook, label: str) -> Exhibit:
    """Return what the labelled cell shows.

    Raises:
        ManuscriptError: No such label, an unknown option, no output, an error or printed text
            as output, more than one output, or more than one representation of it.
    """
    cell = notebook.cells.get(label)
    if cell is None:
        raise unknown_name("cell label", label, notebook.cells, where=notebook.name)
    where = f"{notebook.name}#{label}"
    if label in notebook.repeated:
        raise ManuscriptError(
            f"label {label!r} is used by two cells", where=where, remedy="rename one of them"
        )
    options = cell_options(cell, notebook.name)
    for option in options:
        if option not in _ACCEPTED:
            raise unknown_name("cell option", str(option), _ACCEPTED, where=where)
    data = _only_output(cell, where)
    html, png = _representation(data, where)
    alt = stored_alt(cell)
    typed_alt = "" if alt else str(options.get("fig-alt") or "")
    caption = str(options.get("fig-cap" if png is not None else "tbl-cap") or "")
    return Exhibit(label, caption, alt or typed_alt, html, png, where, typed_alt)


def stored_alt(cell: Mapping[str, Any]) -> str:
    """Return the alternative text that a cell computed and left with its picture, or ""."""
    for output in cell.get("outputs", []):
        alt = output.get("metadata", {}).get("image/png", {}).get("alt")
        if alt:
            return str(alt)
    return ""


def _only_output(cell: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    outputs = cell.get("outputs") or []
    if any(output.get("output_type") == "error" for output in outputs):
        raise ManuscriptError(
            "the embedded cell ended in an error, Quarto prints the traceback as the exhibit",
            where=where,
            remedy="build the study again and mend what the cell says",
        )
    if not outputs:
        raise ManuscriptError(
            "the embedded cell has no output, Quarto cites an exhibit that is not there",
            where=where,
            remedy="end the cell with the table or figure, and build the study again",
        )
    if any(output.get("output_type") == "stream" for output in outputs):
        raise ManuscriptError(
            "the embedded cell prints text beside its exhibit",
            where=where,
            remedy="show only the table or the figure in a labelled cell",
        )
    if len(outputs) > 1:
        raise ManuscriptError(
            f"the embedded cell has {len(outputs)} outputs",
            where=where,
            remedy="one labelled cell shows one table or one figure",
        )
    data: Mapping[str, Any] = outputs[0].get("data", {})
    return data


def _representation(data: Mapping[str, Any], where: str) -> tuple[str | None, bytes | None]:
    kinds = sorted(kind for kind in data if kind != "text/plain")
    if kinds == ["text/html"]:
        return _joined(data["text/html"]), None
    if kinds == ["image/png"]:
        png = base64.b64decode(_joined(data["image/png"]))
        if not png.startswith(_PNG_SIGNATURE):
            raise ManuscriptError("the figure is not a PNG", where=where, remedy="save it as PNG")
        return None, png
    if kinds == ["text/markdown"]:
        raise ManuscriptError(
            f"the embedded cell holds no table or figure, but says: {_joined(data[kinds[0]])}",
            where=where,
            remedy="take the embed out of the document and say in its text what is missing",
        )
    raise ManuscriptError(
        f"the embedded cell gives {', '.join(kinds) or 'plain text only'}",
        where=where,
        remedy="a table is one text/html output, a figure is one image/png output",
    )


def _joined(value: object) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def png_width_mm(png: bytes) -> float:
    """Return the printed width of a PNG in millimetres, from its pixels and its resolution."""
    width = struct.unpack(">I", png[16:20])[0]
    dpi = float(DEFAULT_DPI)
    position = 8
    while position + 8 <= len(png):
        length, kind = struct.unpack(">I4s", png[position : position + 8])
        if kind == b"pHYs":
            per_metre, _, unit = struct.unpack(">IIB", png[position + 8 : position + 17])
            dpi = per_metre * 0.0254 if unit == 1 and per_metre else dpi
        if kind in (b"pHYs", b"IDAT"):
            break
        position += 12 + length
    return float(width / dpi * 25.4)
