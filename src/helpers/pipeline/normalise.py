"""From an executed notebook to the bytes of the record.

Whatever varies without meaning is taken away: timings, ids, kernel versions, papermill's own
notes. What varies and cannot be taken away, a path of this machine or an address in memory
that a cell printed, is an error.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from helpers.errors import ManuscriptError

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}
INJECTED = "injected-parameters"
LABEL = re.compile(r"^#\|\s*label:\s*(\S+)\s*$", re.MULTILINE)
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def recorded(executed: NotebookNode, parameters: Mapping[str, object], root: Path) -> str:
    """Return the text of an executed notebook as the record keeps it.

    Args:
        executed: The notebook as papermill left it.
        parameters: The parameters that it was given.
        root: The project's folder, which no output may name.

    Raises:
        ManuscriptError: An output names a path of this machine or an address in memory.
    """
    cells = [_cell(cell, number, parameters) for number, cell in enumerate(executed.cells)]
    for cell in cells:
        _require_portable(cell, root)
    notebook = nbformat.from_dict(
        {
            "cells": cells,
            "metadata": {"kernelspec": KERNEL, "language_info": LANGUAGE},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
    text: str = nbformat.writes(notebook)
    return text.rstrip("\n") + "\n"


def label_of(source: str, number: int) -> str:
    """Return the label of a cell, or its number, counted from one, where it has none."""
    found = LABEL.search(source)
    return found.group(1) if found else f"cell {number + 1}"


def injected_source(parameters: Mapping[str, object]) -> str:
    """Return the code of the injected cell: one assignment for every given parameter."""
    return "\n".join(
        ["# Parameters", *(f"{name} = {value!r}" for name, value in parameters.items())]
    )


def _cell(cell: NotebookNode, number: int, parameters: Mapping[str, object]) -> dict[str, Any]:
    tags = list(cell.metadata.get("tags", []))
    injected = INJECTED in tags
    kept: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "id": INJECTED if injected else cell.get("id", f"cell-{number + 1}"),
        "metadata": {"tags": tags} if tags else {},
        "source": injected_source(parameters) if injected else cell.source,
    }
    if cell.cell_type == "code":
        kept["execution_count"] = cell.execution_count
        kept["outputs"] = [_output(output) for output in cell.outputs]
    return kept


def _output(output: NotebookNode) -> dict[str, Any]:
    kept = dict(output)
    if "metadata" in kept:
        kept["metadata"] = {
            kind: value for kind, value in kept["metadata"].items() if kind != "papermill"
        }
    kept.pop("transient", None)
    return kept


def _require_portable(cell: dict[str, Any], root: Path) -> None:
    for text in _texts(cell):
        if ADDRESS.search(text):
            raise _varies(cell, "an address in memory", "print the object's content instead")
        if any(place in text for place in _places(root)):
            raise _varies(cell, "a path of this machine", "print the file's name alone")


def _varies(cell: dict[str, Any], what: str, remedy: str) -> ManuscriptError:
    label = LABEL.search(cell["source"])
    where = label.group(1) if label else f"cell {cell['id']}"
    return ManuscriptError(f"a cell of the notebook shows {what}", where=where, remedy=remedy)


def _texts(cell: dict[str, Any]) -> Iterator[str]:
    for output in cell.get("outputs", []):
        yield from (str(output[name]) for name in ("text", "evalue") if name in output)
        for kind, data in output.get("data", {}).items():
            if not kind.startswith("image/") or kind == "image/svg+xml":
                yield str(data)


def _places(root: Path) -> tuple[str, ...]:
    home = str(Path.home())
    named = {str(root), str(root.resolve()), sys.prefix, f"{tempfile.gettempdir()}/"}
    return tuple(named | ({f"{home}/"} if len(home) > 1 else set()))
