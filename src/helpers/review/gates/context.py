"""What the gates of one check look at together, each part read once and only where asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers.claims import Claims
from helpers.claims.loading import load_claims
from helpers.errors import ManuscriptError, unknown_name
from helpers.ledger import read_ledger
from helpers.ledger.row import Row
from helpers.manuscript.checks import Document
from helpers.manuscript.rendering import read_sources
from helpers.manuscript.sources import Source, read_yaml
from helpers.project import list_studies
from helpers.review.gates.guidelines import FOLDER, Guideline, read_guidelines
from helpers.review.gates.printed import Printed
from helpers.review.gates.settings import NAME as SETTINGS
from helpers.review.gates.settings import Settings, read_settings
from helpers.study import load_study
from helpers.study.definition import Study


@dataclass(frozen=True)
class Context:
    """A study with its record and its documents.

    Attributes:
        root: The project folder.
        study_id: Name of the study.
        source: Folder of the raw tables, where not below ``data/``.
    """

    root: Path
    study_id: str
    source: Path | None = None

    @property
    def record(self) -> Path:
        """The folder of the record, ``outputs/<study>``."""
        return self.root / "outputs" / self.study_id

    @property
    def manuscripts(self) -> Path:
        """The folder of the sources, ``manuscripts/<study>``."""
        return self.root / "manuscripts" / self.study_id

    @cached_property
    def study(self) -> Study:
        """The study as defined."""
        return load_study(self.root, self.study_id)

    @cached_property
    def rows(self) -> Mapping[str, Row]:
        """The ledger: row by key, in the order of the file."""
        return {row.key: row for row in read_ledger(self.record / "ledger.json")}

    @cached_property
    def numbers(self) -> Mapping[str, Any]:
        """What stands under ``n`` in numbers.yml: every printable form of every row."""
        tree = read_yaml(self.record / "numbers.yml", self.root)["n"]
        if not isinstance(tree, dict):
            raise ManuscriptError(
                "the key n holds no mapping",
                where=self.named(self.record / "numbers.yml"),
                remedy=f"run `manuscript build {self.study_id} --force`",
            )
        return tree

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """The documents that the study has, abstract and paper, parsed."""
        return tuple(Document(source) for source in self.sources)

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The sources of the documents."""
        return read_sources(self.root, self.study_id, None)

    @cached_property
    def printed(self) -> Printed:
        """The printable forms of the record, to be found by their text."""
        return Printed(self.numbers)

    @cached_property
    def settings(self) -> Settings:
        """What the author declares to the gates."""
        path = self.manuscripts / SETTINGS
        return read_settings(path, self.named(path))

    @property
    def guidelines_folder(self) -> Path:
        """Where the project lists items of reporting guidelines; it may be absent."""
        return self.root / "manuscripts" / FOLDER

    @cached_property
    def guidelines(self) -> Mapping[str, Guideline]:
        """The reporting guidelines by name."""
        return read_guidelines(self.guidelines_folder, self.named(self.guidelines_folder))

    @cached_property
    def claims(self) -> Claims | None:
        """The transcript of the published abstract; None where there is none."""
        path = self.root / "data" / self.study_id / "claims.yml"
        return load_claims(path, where=self.named(path)) if path.is_file() else None

    def named(self, path: Path) -> str:
        """Name a file relative to the project."""
        return path.relative_to(self.root).as_posix()


def open_context(root: Path, study_id: str, source: Path | None = None) -> Context:
    """Return the context of a study that has a record.

    Raises:
        ManuscriptError: There is no such study, or it was never built.
    """
    root = root.resolve()
    if study_id not in list_studies(root):
        raise unknown_name("study", study_id, list_studies(root), where="data")
    context = Context(root, study_id, source)
    for name in ("ledger.json", "numbers.yml"):
        if not (context.record / name).is_file():
            raise ManuscriptError(
                f"there is no record to check: {name} is missing",
                where=f"outputs/{study_id}",
                remedy=f"run `manuscript build {study_id}` first",
            )
    return context
