"""Where a build keeps its things: one place that knows every path.

``.manuscript/<study>/`` is private to this machine: it holds what each stage left behind, so
that only stale stages run again. ``outputs/<study>/`` is the record that readers see.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from helpers.errors import ManuscriptError, unknown_name
from helpers.pipeline.contents import files_below
from helpers.project import list_studies

Renderer = Literal["auto", "quarto", "embedded"]
FORMATS = ("html", "docx", "pdf", "jats")
RECORD = "record"
DOCUMENTS = "documents"
STAMP = "stamp.json"
OWNED_FILES = ("audit.json", "hashes.json", "ledger.json", "numbers.yml")
OWNED_FOLDERS = ("figures", "tables", "parts")


@dataclass(frozen=True)
class Layout:
    """The folders of one study below a project's root.

    Attributes:
        root: The project's folder.
        study: The study's id.
        scratch: Where to remember things instead, for a run that must leave no trace.
    """

    root: Path
    study: str
    scratch: Path | None = None

    @property
    def data(self) -> Path:
        """The study's definition and, unless ``--source`` names another place, its tables."""
        return self.root / "data" / self.study

    @property
    def manuscripts(self) -> Path:
        """The Quarto sources of the study's documents."""
        return self.root / "manuscripts" / self.study

    @property
    def outputs(self) -> Path:
        """The record, and the documents rendered from it."""
        return self.root / "outputs" / self.study

    @property
    def state(self) -> Path:
        """Everything that a build remembers between runs."""
        return self.scratch or self.root / ".manuscript" / self.study

    @property
    def lock(self) -> Path:
        """Held by the build that is running."""
        return self.state / "lock"

    def stage(self, name: str) -> Path:
        """What the last good run of a notebook left: its record, its work, its stamp."""
        return self.state / "stages" / name

    def stamp(self, name: str) -> Path:
        """The stamp of a stage that is not a notebook."""
        return self.state / f"{name}.json"

    def failed(self, notebook: str) -> Path:
        """The half-run notebook of a failed run."""
        return self.state / "failed" / f"{notebook}.ipynb"

    def relative(self, path: Path) -> str:
        """A path as it may be shown: below the root, where it lies there."""
        below = path.is_relative_to(self.root)
        return path.relative_to(self.root).as_posix() if below else str(path)


def layout_of(root: Path, study: str) -> Layout:
    """Return the layout of a study that exists.

    Raises:
        ManuscriptError: There is no such study; the nearest name is given.
    """
    known = list_studies(root)
    if study not in known:
        raise unknown_name("study", study, known, where="data/")
    return Layout(root, study)


def notebooks_of(root: Path) -> tuple[Path, ...]:
    """Return the notebook sources ``notebooks/NN-*.ipynb`` in their order.

    Raises:
        ManuscriptError: There is none.
    """
    found = tuple(sorted((root / "notebooks").glob("[0-9][0-9]-*.ipynb")))
    if not found:
        raise ManuscriptError(
            "there is no notebook to run",
            where="notebooks/",
            remedy="run the command inside a clone of the project",
        )
    return found


def owned(name: str) -> bool:
    """Whether a file of ``outputs/<study>/`` belongs to the record."""
    head, _, rest = name.partition("/")
    if rest:
        return head in OWNED_FOLDERS
    return head.endswith(".ipynb") or head in OWNED_FILES


def record_files(outputs: Path) -> list[str]:
    """Return the files of ``outputs/<study>/`` that belong to the record."""
    return [name for name in files_below(outputs) if owned(name)]
