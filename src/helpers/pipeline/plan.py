"""What one call of the build asks for, and which stages are stale because of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.pipeline.events import OnEvent, StageStatus, say_nothing
from helpers.pipeline.inputs import document_inputs, notebook_inputs, record_inputs, shared_inputs
from helpers.pipeline.layout import (
    DOCUMENTS,
    FORMATS,
    RECORD,
    STAMP,
    Layout,
    Renderer,
    notebooks_of,
)
from helpers.pipeline.parameters import shared_out
from helpers.pipeline.record import record_files
from helpers.pipeline.schedule import looked_at
from helpers.pipeline.stamps import Stamp, combined, differences, hashes, read_stamp

if TYPE_CHECKING:
    from helpers.pipeline.forks import ForkServer


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
    def parameters(self) -> dict[str, dict[str, object]]:
        """What each notebook is given."""
        return shared_out(self.notebooks, self.layout.study, self.given or {})

    @cached_property
    def shared(self) -> dict[str, str]:
        """The inputs that every notebook has."""
        return shared_inputs(self.layout, self.source)

    def left(self, notebook: Path, folder: str) -> str:
        """Hash of what a notebook's last good run left in ``record`` or ``work``."""
        stamp = read_stamp(self.layout.stage(notebook.stem) / STAMP) or Stamp()
        return combined({k: v for k, v in stamp.outputs.items() if k.startswith(f"{folder}/")})

    def inputs_of(self, notebook: Path) -> dict[str, str]:
        """Every input of a notebook, with what notebooks before it left."""
        first = self.notebooks[0]
        earlier: dict[str, str] = {}
        if notebook != first:
            earlier[f"the cohort of {first.stem}"] = self.left(first, "work")
        for path in looked_at(notebook, self.notebooks):
            earlier[f"the results of {path.stem}"] = self.left(path, RECORD)
        return self.shared | notebook_inputs(notebook, self.parameters[notebook.stem], earlier)

    def stale(self, notebook: Path, inputs: Mapping[str, str]) -> tuple[str, ...]:
        """Why a notebook must run; nothing where it need not."""
        stage = self.layout.stage(notebook.stem)
        return differences(read_stamp(stage / STAMP), inputs, stage)

    def record_state(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """The inputs of the record, and why it is stale."""
        left = {f"the results of {path.stem}": self.left(path, RECORD) for path in self.notebooks}
        inputs = record_inputs(self.layout, left, self.given or {})
        return inputs, self._state(RECORD, inputs)

    def document_state(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """The inputs of the documents, and why they are stale."""
        outputs = self.layout.outputs
        record = hashes(outputs, record_files(outputs))
        inputs = document_inputs(
            self.layout, record, self.renderer, self.formats, self.line_numbers
        )
        return inputs, self._state(DOCUMENTS, inputs)

    def documents(self) -> tuple[Path, ...]:
        """The documents of the last rendering that are still there."""
        stamp = read_stamp(self.layout.stamp(DOCUMENTS)) or Stamp()
        paths = [self.layout.outputs / name for name in stamp.outputs]
        return tuple(path for path in paths if path.is_file())

    def _state(self, name: str, inputs: Mapping[str, str]) -> tuple[str, ...]:
        return differences(read_stamp(self.layout.stamp(name)), inputs, self.layout.outputs)


def statuses(plan: Plan, *, render: bool) -> tuple[StageStatus, ...]:
    """Return the state of every stage; a stage whose input is about to change is stale too."""
    found: dict[str, StageStatus] = {}

    def add(name: str, reasons: tuple[str, ...], upstream: tuple[str, ...]) -> None:
        again = tuple(f"{stage} runs again" for stage in upstream if found[stage].stale)
        found[name] = StageStatus(name, (*reasons, *again))

    first, *others = plan.notebooks
    add(first.stem, plan.stale(first, plan.inputs_of(first)), ())
    for notebook in others:
        upstream = looked_at(notebook, plan.notebooks) or (first,)
        reasons = plan.stale(notebook, plan.inputs_of(notebook))
        add(notebook.stem, reasons, tuple(path.stem for path in upstream))
    add(RECORD, plan.record_state()[1], tuple(found))
    if render:
        add(DOCUMENTS, plan.document_state()[1], (RECORD,))
    return tuple(found.values())
