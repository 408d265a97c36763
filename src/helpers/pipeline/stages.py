"""The stages of a build: every notebook, the record, the documents. Imported when one must run."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.pipeline.contents import files_below, hashes, lock_hash
from helpers.pipeline.events import Event, StageReport
from helpers.pipeline.graph import Graph, Stage
from helpers.pipeline.inputs import RECORDING, RENDERING
from helpers.pipeline.kernels import Kernels
from helpers.pipeline.layout import DOCUMENTS, RECORD
from helpers.pipeline.plan import Plan
from helpers.pipeline.record import gather, place, promote
from helpers.pipeline.stamps import Key
from helpers.scratch import scratch_folder

if TYPE_CHECKING:
    from helpers.pipeline.forks import ForkServer
    from helpers.pipeline.notebooks import Task
    from helpers.study.definition import Study

#: What jsonschema compiles a grammar of addresses with when it is loaded, where this is installed,
#: as it is beside JupyterLab: as long as a notebook takes, and for nothing that is needed here.
GRAMMAR = "rfc3987_syntax"


@dataclass(frozen=True)
class Stages:
    """The stages of one call.

    Attributes:
        plan: What the call asks for.
        forks: What forks kernels; None starts each on its own.
        study: The study, for the record.
    """

    plan: Plan
    forks: ForkServer | None = None
    study: Study | None = None
    _reports: dict[str, StageReport] = field(default_factory=dict)
    _kernels: Kernels = field(default_factory=Kernels)

    def run(self, names: Sequence[str], workers: int) -> list[StageReport]:
        """Run those of some stages that are stale.

        Args:
            names: The stages, in their order.
            workers: How many notebooks run at once.

        Returns:
            What became of each.

        Raises:
            ManuscriptError: One failed; the others were stopped.
            KeyboardInterrupt: Ctrl-C, once every kernel has ended.
        """
        everything = [*map(self._notebook, self.plan.notebooks), self._record, self._documents]
        wanted = [stage for stage in everything if stage.name in names]
        Graph(wanted, workers, self._kernels.stop, self._up_to_date).run()
        self.plan.inputs.save()
        return [self._reports[stage.name] for stage in wanted]

    def _notebook(self, notebook: Path) -> Stage:
        plan = self.plan
        waiting: list[Task] = []

        def stale() -> bool:
            runs = plan.force or bool(plan.stale(notebook))
            if runs or plan.retell(notebook):
                waiting.append(_task(plan, notebook, retell=not runs))
            return bool(waiting)

        def run() -> None:
            with _without(GRAMMAR):
                from helpers.pipeline.notebooks import Run

            task = Run(plan.layout, plan.source, plan.on_event, self._kernels, self.forks).task
            self._keep(task(waiting[0]))

        after = tuple(path.stem for path in plan.after(notebook))
        return Stage(notebook.stem, after, stale, run, length=notebook.stat().st_size)

    @property
    def _record(self) -> Stage:
        after = tuple(notebook.stem for notebook in self.plan.notebooks)
        return self._here(RECORD, after, self.plan.stale_record, self._make_record)

    @property
    def _documents(self) -> Stage:
        return self._here(DOCUMENTS, (RECORD,), self.plan.stale_documents, self._make_documents)

    def _here(
        self,
        name: str,
        after: tuple[str, ...],
        reasons: Callable[[], tuple[str, ...]],
        make: Callable[[], None],
    ) -> Stage:
        """A stage that is made by this process itself."""

        def run() -> None:
            began = time.perf_counter()
            self.plan.on_event(Event(name, "running"))
            make()
            seconds = time.perf_counter() - began
            self.plan.on_event(Event(name, "ran", seconds=seconds))
            self._keep(StageReport(name, "ran", seconds))

        return Stage(name, after, lambda: self.plan.force or bool(reasons()), run, here=True)

    def _make_record(self) -> None:
        plan, study = self.plan, self.study
        assert study is not None
        key = Key(plan.record_inputs(), plan.inputs.code(RECORDING))
        fresh = plan.layout.state / "gathered"
        gather_record(plan, study, fresh)
        promote(fresh, plan.layout)
        key.leave(plan.layout.stamp(RECORD), hashes(fresh, files_below(fresh)))
        shutil.rmtree(fresh)

    def _make_documents(self) -> None:
        from helpers.manuscript import render_study

        plan, layout, began = self.plan, self.plan.layout, time.perf_counter()
        key = Key(plan.document_inputs(), plan.inputs.code(RENDERING))

        def say(line: str) -> None:
            since = time.perf_counter() - began
            plan.on_event(Event(DOCUMENTS, "running", seconds=since, doing=line))

        with scratch_folder("rendered") as fresh:
            rendered = render_study(
                layout.root,
                layout.study,
                formats=plan.formats,
                renderer=plan.renderer,
                output=fresh,
                line_numbers=plan.line_numbers,
                on_progress=say,
            )
            place(fresh, layout)
        key.leave(
            layout.stamp(DOCUMENTS), hashes(layout.outputs, [one.path.name for one in rendered])
        )

    def _up_to_date(self, name: str) -> None:
        self.plan.on_event(Event(name, "up to date"))
        self._keep(StageReport(name, "up to date", 0.0))

    def _keep(self, report: StageReport) -> None:
        self._reports[report.name] = report


def gather_record(plan: Plan, study: Study, into: Path) -> None:
    """Bring together in a folder what the notebooks left, and assemble the ledger."""
    from helpers.ledger import assemble

    gather([plan.layout.stage(notebook.stem) for notebook in plan.notebooks], into)
    assemble(into, study, plan.given or {}, lock_hash(plan.layout.root))


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Let what is imported meanwhile find no such module, if nothing has loaded it before."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # that is how Python is told
    try:
        yield
    finally:
        sys.modules.pop(module, None)


def _task(plan: Plan, notebook: Path, *, retell: bool) -> Task:
    with _without(GRAMMAR):
        from helpers.pipeline.notebooks import PARTS, Task

    first, stage = plan.notebooks[0], plan.layout.stage
    return Task(
        notebook,
        plan.parameters[notebook.stem],
        Key() if plan.layout.scratch else plan.key_of(notebook),
        cohort=None if notebook == first else stage(first.stem) / "work",
        lent=tuple(
            part
            for path in plan.looked_at(notebook)
            for part in sorted((stage(path.stem) / "record" / PARTS).glob("*.json"))
        ),
        retell=retell,
    )
