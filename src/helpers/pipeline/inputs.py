"""What each stage depends on, as names and content hashes.

Nothing heavy is imported here: a build that has nothing to do reads files, and no more. What is
worked out from sources is remembered by their content.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import helpers
from helpers.pipeline.contents import LOCK, Contents, combined, files_below, text_hash
from helpers.pipeline.layout import Layout
from helpers.pipeline.memo import Memo
from helpers.pipeline.source import Source

if TYPE_CHECKING:
    from helpers.pipeline.reach import Package

PACKAGE = Path(helpers.__file__).parent
CODE = "src/helpers"
ORDER = "the order of the cells"
DEFINITION = "study.yml"
CLAIMS = "claims.yml"
#: What runs a notebook and writes down what it showed.
MACHINERY = ("helpers.pipeline.notebooks.Run", "helpers.pipeline.fork_server")
RECORDING = (
    "helpers.pipeline.record.gather",
    "helpers.ledger.assemble",
    "helpers.study.load_study",
)
RENDERING = ("helpers.manuscript.render_study",)


class Inputs:
    """What the stages of one study depend on.

    Args:
        layout: The study's folders.
        source: Folder of the raw tables, where not below ``data/``.
    """

    def __init__(self, layout: Layout, source: Path | None) -> None:
        self._layout = layout
        self._source = source
        state = None if layout.scratch else layout.state
        self.contents = Contents(state and state / "contents.json")
        self._kept_units = state and state / "units.json"
        self._memo = Memo(state and state / "sources.json", self._fingerprint if state else "")

    def source_of(self, notebook: Path) -> Source:
        """Return what stands in a notebook's source.

        Raises:
            ManuscriptError: The file is no notebook.
        """
        key = f"notebook {self.contents.hash(notebook)}"
        return Source.from_dict(self._memo.get(key, lambda: _read(notebook)))

    def notebook(
        self, notebook: Path, parameters: Mapping[str, object], earlier: Mapping[str, str]
    ) -> dict[str, str]:
        """Return the inputs of a notebook.

        Args:
            notebook: The notebook's source.
            parameters: The parameters that it is given.
            earlier: What it takes over from notebooks before it, by name.
        """
        source = self.source_of(notebook)
        used = {name: value for name, value in parameters.items() if name in source.used}
        return {
            **self._data(),
            **self._named(LOCK),
            **{f"cell {label}": digest for label, digest in source.cells.items()},
            ORDER: text_hash(" ".join(source.cells)),
            **{f"parameter {name}": text_hash(repr(value)) for name, value in used.items()},
            **earlier,
            CODE: self.code_key((*MACHINERY, *source.words)),
        }

    def claims(self) -> dict[str, str]:
        """Return the transcript of the published abstract, where there is one."""
        return self._named(f"data/{self._layout.study}/{CLAIMS}")

    def record(self, stages: Mapping[str, str], parameters: object) -> dict[str, str]:
        """Return the inputs of the record: what every notebook left, by notebook."""
        return {
            **stages,
            **self._named(f"data/{self._layout.study}/{DEFINITION}", LOCK),
            "the parameters": text_hash(repr(parameters)),
            CODE: self.code_key(RECORDING),
        }

    def documents(
        self, record: Iterable[str], renderer: str, formats: tuple[str, ...], line_numbers: bool
    ) -> dict[str, str]:
        """Return the inputs of the documents: sources, record, renderer, what was asked for.

        The commit that a colophon names does not count: it would make every document stale
        after every commit.
        """
        layout = self._layout
        base = layout.root / "manuscripts"
        names = files_below(base)
        others = {
            name.split("/")[0]
            for name in names
            if name.count("/") == 1 and name.endswith(".qmd") and not name.startswith("_")
        } - {layout.study}
        own = [name for name in names if name.split("/")[0] not in others]
        found = _below("manuscripts", self.contents.hashes(base, own))
        found |= _below(f"outputs/{layout.study}", self.contents.hashes(layout.outputs, record))
        found |= self._named("_quarto.yml", LOCK)
        found["the renderer"] = text_hash(f"{renderer} {_engine(renderer)}")
        found["the formats"] = text_hash(" ".join(sorted(formats)))
        if line_numbers:
            found["the line numbers"] = text_hash("asked for")
        return {**found, CODE: self.code_key(RENDERING)}

    def code_key(self, words: tuple[str, ...]) -> str:
        """Return one hash of all code of the package that names can reach."""
        found: str = self._memo.get(f"code {_joined(words)}", lambda: combined(self.code(words)))
        return found

    def code(self, words: tuple[str, ...]) -> dict[str, str]:
        """Return the code of the package that names can reach: every piece, and its hash."""
        from helpers.pipeline.reach import Reach

        return Reach(self._package).of(words)

    def tables(self) -> list[str]:
        """Return the files that study.yml names; it is validated later, by the study itself."""
        definition = self._layout.data / DEFINITION
        key = f"tables {self.contents.hash(definition)}"
        found: list[str] = self._memo.get(key, lambda: table_files(self._layout))
        return found

    def save(self) -> None:
        """Remember what was worked out, once a build has made the private folder for it."""
        if not self._layout.state.is_dir():
            return
        self.contents.save()
        self._memo.save()
        if "_package" in vars(self):
            self._package.save()

    @cached_property
    def _digests(self) -> dict[str, str]:
        names = [name for name in files_below(PACKAGE) if not name.endswith(".pyc")]
        return self.contents.hashes(PACKAGE, names)

    @cached_property
    def _fingerprint(self) -> str:
        """Hash of the whole package, and of what takes it apart."""
        return combined({**self._digests, "Python": sys.version})

    @cached_property
    def _package(self) -> Package:
        from helpers.pipeline.reach import Package

        return Package(PACKAGE, self._digests, self._kept_units)

    def _data(self) -> dict[str, str]:
        """The study's definition and the tables that it names."""
        layout, tables = self._layout, self.tables()
        found = self._named(f"data/{layout.study}/{DEFINITION}")
        if self._source is None:
            return found | _below(f"data/{layout.study}", self.contents.hashes(layout.data, tables))
        return found | _below("source", self.contents.hashes(self._source, tables))

    def _named(self, *names: str) -> dict[str, str]:
        """Hash files below the root; those that are not there have no entry."""
        root = self._layout.root
        there = [name for name in names if (root / name).is_file()]
        return self.contents.hashes(root, there)


def table_files(layout: Layout) -> list[str]:
    """Return the files that study.yml names; it is validated later, by the study itself."""
    import yaml

    try:
        study = yaml.safe_load((layout.data / DEFINITION).read_text(encoding="utf-8"))
        return sorted({str(table["file"]) for table in study["tables"].values()})
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError):
        return []


def _read(notebook: Path) -> dict[str, Any]:
    from helpers.pipeline.cells import read_source

    return read_source(notebook).as_dict()


def _joined(words: tuple[str, ...]) -> str:
    return text_hash(json.dumps(words))


def _below(folder: str, found: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": digest for name, digest in found.items()}


def _engine(renderer: str) -> str:
    """Tell one Quarto from another without starting it."""
    if renderer == "embedded":
        return ""
    name = os.environ.get("MANUSCRIPT_QUARTO") or "quarto"
    for folder in [""] if os.sep in name else os.get_exec_path():
        path = Path(folder, name)
        if path.is_file() and os.access(path, os.X_OK):
            about = path.stat()
            return f"{path} {about.st_size} {about.st_mtime_ns}"
    return ""
