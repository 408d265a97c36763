"""What one call of the build asks for, and which stages are stale because of what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.pipeline.contents import combined, text_hash
from helpers.pipeline.events import OnEvent, StageStatus, say_nothing
from helpers.pipeline.inputs import CODE, MACHINERY, ORDER, RECORDING, RENDERING, Inputs
from helpers.pipeline.layout import (
    DOCUMENTS,
    FORMATS,
    RECORD,
    STAMP,
    Layout,
    Renderer,
    notebooks_of,
    record_files,
)
from helpers.pipeline.parameters import required, shared_out
from helpers.pipeline.stamps import Key, Stamp, changes, differences, read_code, read_stamp

if TYPE_CHECKING:
    from helpers.pipeline.forks import ForkServer

LAST = "05"
PARTS = "record/parts/"
Made = Callable[[], Mapping[str, str]]
CODE_WORDS = ("is now used", "is no longer used", "changed")


@dataclass(frozen=True)
class Plan:
    """What one call asks for, and what follows from it.

    Attributes:
        layout: The study's folders.
        source: Folder of the raw tables, where not below ``data/``.
        given: The parameters, as given.
        renderer: ``auto``, ``quarto`` or ``embedded``.
        formats: Formats of the documents.
        force: Whether everything runs, stale or not.
        on_event: Told of every step.
        line_numbers: Whether DOCX numbers its lines.
        forks: A fork server that outlives the call, where there is one.
    """

    layout: Layout
    source: Path | None = None
    given: Mapping[str, object] | None = None
    renderer: Renderer = "auto"
    formats: tuple[str, ...] = FORMATS
    force: bool = False
    on_event: OnEvent = say_nothing
    line_numbers: bool = False
    forks: ForkServer | None = None

    @cached_property
    def notebooks(self) -> tuple[Path, ...]:
        """The notebook sources, in their order."""
        return notebooks_of(self.layout.root)

    @cached_property
    def inputs(self) -> Inputs:
        """What the stages depend on."""
        return Inputs(self.layout, self.source)

    @cached_property
    def parameters(self) -> dict[str, dict[str, object]]:
        """What each notebook is given."""
        known = {
            notebook.stem: required(notebook, self.inputs.source_of(notebook).parameters)
            for notebook in self.notebooks
        }
        return shared_out(known, self.layout.study, self.given or {})

    def looked_at(self, notebook: Path) -> tuple[Path, ...]:
        """The notebooks whose results a notebook looks at: for the audit, ``05-…``, all others."""
        if notebook == self.notebooks[0] or not notebook.name.startswith(LAST):
            return ()
        return tuple(path for path in self.notebooks if not path.name.startswith(LAST))

    def after(self, notebook: Path) -> tuple[Path, ...]:
        """The notebooks that must have run before: the first reads the cohort for the others."""
        first = self.notebooks[0]
        return () if notebook == first else self.looked_at(notebook) or (first,)

    def left(self, notebook: Path, below: str) -> str:
        """Hash of what a notebook's last good run left below a folder of its stage."""
        stamp = self._stamp(notebook) or Stamp()
        return combined({k: v for k, v in stamp.outputs.items() if k.startswith(below)})

    def inputs_of(self, notebook: Path) -> dict[str, str]:
        """Every input of a notebook, with what notebooks before it left."""
        first = self.notebooks[0]
        earlier: dict[str, str] = {}
        if notebook != first:
            earlier[f"the cohort of {first.stem}"] = self.left(first, "work/")
        others = self.looked_at(notebook)
        for path in others:
            earlier[f"the results of {path.stem}"] = self.left(path, PARTS)
        if others:
            earlier |= self.inputs.claims()
        return self.inputs.notebook(notebook, self.parameters[notebook.stem], earlier)

    def shown_of(self, notebook: Path) -> str:
        """Hash of what the record shows of a notebook beside its results."""
        shown = self.inputs.source_of(notebook).shown
        return text_hash(f"{shown} {self.parameters[notebook.stem]!r}")

    def key_of(self, notebook: Path) -> Key:
        """What a notebook depends on now."""
        return Key(self.inputs_of(notebook), self._code_of(notebook), self.shown_of(notebook))

    def stale(self, notebook: Path) -> tuple[str, ...]:
        """Why a notebook must run; nothing where it need not."""
        stage = self.layout.stage(notebook.stem)
        return self._differences(
            stage / STAMP, stage, lambda: self.inputs_of(notebook), lambda: self._code_of(notebook)
        )

    def retell(self, notebook: Path) -> bool:
        """Whether the text of a notebook that need not run differs from the record's copy."""
        stamp = self._stamp(notebook)
        return stamp is not None and stamp.shown != self.shown_of(notebook)

    def record_inputs(self) -> dict[str, str]:
        """The inputs of the record."""
        left = {
            f"the results of {path.stem}": self.left(path, "record/") for path in self.notebooks
        }
        return self.inputs.record(left, self.given or {})

    def document_inputs(self) -> dict[str, str]:
        """The inputs of the documents."""
        return self.inputs.documents(
            record_files(self.layout.outputs), self.renderer, self.formats, self.line_numbers
        )

    def stale_record(self) -> tuple[str, ...]:
        """Why the record must be made; nothing where it need not."""
        return self._differences(
            self.layout.stamp(RECORD),
            self.layout.outputs,
            self.record_inputs,
            lambda: self.inputs.code(RECORDING),
        )

    def stale_documents(self) -> tuple[str, ...]:
        """Why the documents must be rendered; nothing where they need not."""
        return self._differences(
            self.layout.stamp(DOCUMENTS),
            self.layout.outputs,
            self.document_inputs,
            lambda: self.inputs.code(RENDERING),
        )

    def documents(self) -> tuple[Path, ...]:
        """The documents of the last rendering that are still there."""
        stamp = read_stamp(self.layout.stamp(DOCUMENTS)) or Stamp()
        paths = [self.layout.outputs / name for name in stamp.outputs]
        return tuple(path for path in paths if path.is_file())

    def _stamp(self, notebook: Path) -> Stamp | None:
        return read_stamp(self.layout.stage(notebook.stem) / STAMP)

    def _code_of(self, notebook: Path) -> dict[str, str]:
        return self.inputs.code((*MACHINERY, *self.inputs.source_of(notebook).words))

    def _differences(self, path: Path, folder: Path, inputs: Made, code: Made) -> tuple[str, ...]:
        """Say why a stage is stale: which functions changed, in the place of all code at once."""
        stamp = read_stamp(path)
        if stamp is None:
            return ("it has not run here yet",)
        reasons = differences(stamp, inputs(), folder, self.inputs.contents)
        if any(reason.startswith("cell ") for reason in reasons):
            reasons = tuple(reason for reason in reasons if not reason.startswith(ORDER))
        whole = f"{CODE} changed"
        if whole not in reasons:
            return reasons
        pieces = changes(read_code(path), code(), CODE_WORDS) or [whole]
        return (*(reason for reason in reasons if reason != whole), *pieces)


def statuses(plan: Plan, *, render: bool) -> tuple[StageStatus, ...]:
    """Return the state of every stage; a stage whose input is about to change is stale too."""
    found: dict[str, StageStatus] = {}
    for notebook in plan.notebooks:
        reasons = plan.stale(notebook)
        again = [path.stem for path in plan.after(notebook) if found[path.stem].runs]
        reasons += tuple(f"{name} runs again" for name in again)
        text = () if reasons or not plan.retell(notebook) else (_TEXT,)
        found[notebook.stem] = StageStatus(notebook.stem, reasons + text, runs=bool(reasons))
    words = {True: "runs again", False: "has another text"}
    before = [f"{s.name} {words[s.runs]}" for s in found.values() if s.stale]
    reasons = (*plan.stale_record(), *before)
    found[RECORD] = StageStatus(RECORD, reasons, runs=bool(reasons))
    if render:
        again = ["record runs again"] if reasons else []
        reasons = (*plan.stale_documents(), *again)
        found[DOCUMENTS] = StageStatus(DOCUMENTS, reasons, runs=bool(reasons))
    plan.inputs.save()
    return tuple(found.values())


_TEXT = "its text changed, and none of its code: no kernel is needed"
