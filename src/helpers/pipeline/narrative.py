"""A notebook whose text alone has changed: the new text around the results that stand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.pipeline.normalise import INJECTED, recorded

PARAMETERS = "parameters"


def retold(
    source: Path, executed: Path, parameters: Mapping[str, object], root: Path
) -> str | None:
    """Return the text of an executed notebook as a run of the new source would leave it.

    Args:
        source: The notebook's source, whose code does what it did.
        executed: The record's copy of its last run.
        parameters: The parameters that it was given.
        root: The project's folder.

    Returns:
        The text; None where the two do not have the same number of code cells.
    """
    before = [cell for cell in nbformat.read(executed, as_version=4).cells if _is_code(cell)]
    ran = [cell for cell in before if not _is_injected(cell)]
    given = [cell for cell in before if _is_injected(cell)]
    notebook = nbformat.read(source, as_version=4)
    code = [cell for cell in notebook.cells if _is_code(cell)]
    if len(code) != len(ran):
        return None
    for cell, result in zip(code, ran, strict=True):
        cell.outputs, cell.execution_count = result.outputs, result.execution_count
    notebook.cells = [
        shown
        for cell in notebook.cells
        for shown in (cell, *(given if PARAMETERS in cell.metadata.get("tags", []) else ()))
    ]
    return recorded(notebook, parameters, root)


def _is_code(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "code")


def _is_injected(cell: NotebookNode) -> bool:
    return INJECTED in cell.metadata.get("tags", [])
