"""Where the project lies and which studies it holds. Imports nothing heavy."""

from __future__ import annotations

import os
from pathlib import Path

from helpers.errors import ManuscriptError

MARK = "_quarto.yml"


def find_root(start: Path | None = None) -> Path:
    """Return the project's folder: the nearest one upwards that holds ``_quarto.yml``.

    Args:
        start: Where to begin; None is ``MANUSCRIPT_ROOT`` or else the working folder.

    Raises:
        ManuscriptError: No folder upwards is a project.
    """
    begin = (start or Path(os.environ.get("MANUSCRIPT_ROOT") or Path.cwd())).resolve()
    for folder in (begin, *begin.parents):
        if (folder / MARK).is_file():
            return folder
    raise ManuscriptError(
        f"no {MARK} in this folder or above it",
        where=str(begin),
        remedy="run the command inside a clone of the project",
    )


def list_studies(root: Path) -> tuple[str, ...]:
    """Return the ids of the studies, the folders below ``data/`` with a ``study.yml``, sorted."""
    return tuple(sorted(path.parent.name for path in (root / "data").glob("*/study.yml")))
