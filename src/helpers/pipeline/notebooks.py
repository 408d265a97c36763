"""Running a study's notebooks, side by side where they do not depend on one another.

Each notebook writes into a folder of its own, which takes the place of its last one only when
the notebook came to its end.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from helpers.pipeline.events import Event, OnEvent, State
from helpers.pipeline.execution import Kernels, Launch, OnCell, StoppedError, execute
from helpers.pipeline.forks import ForkServer
from helpers.pipeline.layout import STAMP, Layout
from helpers.pipeline.normalise import recorded
from helpers.pipeline.schedule import side_by_side
from helpers.pipeline.stamps import Stamp, files_below, hashes, write_stamp

PARTS = "parts"


@dataclass(frozen=True)
class Task:
    """One notebook that is to run.

    Attributes:
        notebook: Its source.
        parameters: What it is given.
        inputs: The hashes of its inputs, taken before it runs.
        cohort: What the first notebook left for it; None for the first notebook itself.
        lent: Ledger parts of notebooks before it, for one that looks at their results. They
            lie beside its own while it runs.
    """

    notebook: Path
    parameters: Mapping[str, object]
    inputs: Mapping[str, str]
    cohort: Path | None
    lent: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.notebook.stem


@dataclass(frozen=True)
class Run:
    """What the tasks of one run share.

    Attributes:
        layout: The study's folders.
        source: Folder of the raw tables, where not below ``data/``.
        on_event: Told of every cell.
        workers: How many notebooks run at once.
        forks: What forks their kernels; None starts each on its own.
    """

    layout: Layout
    source: Path | None
    on_event: OnEvent
    workers: int
    forks: ForkServer | None = None

    def tasks(self, tasks: list[Task]) -> dict[str, float]:
        """Run notebooks that do not depend on one another; return the seconds of each.

        Raises:
            ManuscriptError: A notebook failed; the others are stopped.
            KeyboardInterrupt: Ctrl-C, once every kernel has ended.
        """
        kernels = Kernels()
        seconds: dict[str, float] = {}
        side_by_side(
            [partial(self._timed, task, kernels, seconds) for task in tasks],
            workers=self.workers,
            stop=kernels.stop,
        )
        return seconds

    def _timed(self, task: Task, kernels: Kernels, seconds: dict[str, float]) -> None:
        began = time.perf_counter()

        def on_cell(done: int, total: int) -> None:
            since = time.perf_counter() - began
            self.on_event(Event(task.name, "running", done, total, since))

        try:
            self._run(task, kernels, on_cell)
        except BaseException as problem:
            state: State = "stopped" if isinstance(problem, StoppedError) else "failed"
            self.on_event(Event(task.name, state, seconds=time.perf_counter() - began))
            raise
        seconds[task.name] = time.perf_counter() - began
        self.on_event(Event(task.name, "ran", seconds=seconds[task.name]))

    def _run(self, task: Task, kernels: Kernels, on_cell: OnCell) -> None:
        stage = self.layout.stage(task.name)
        beside = stage.with_name(f".{task.name}.new")
        shutil.rmtree(beside, ignore_errors=True)
        parts = beside / "record" / PARTS
        parts.mkdir(parents=True)
        for part in task.lent:
            shutil.copyfile(part, parts / part.name)
        launch = Launch(
            folder=self.layout.root,
            environment=self._environment(beside, task.cohort or beside / "work"),
            kernels=kernels,
            on_cell=on_cell,
            half_run=self.layout.failed(task.name),
            forks=self._forks(task),
        )
        executed = execute(task.notebook, task.parameters, launch)
        for part in task.lent:
            (parts / part.name).unlink()
        text = recorded(executed, task.parameters, self.layout.root)
        (beside / "record" / task.notebook.name).write_text(text, encoding="utf-8")
        outputs = hashes(beside, files_below(beside))
        write_stamp(beside / STAMP, Stamp(task.inputs, outputs))
        shutil.rmtree(stage, ignore_errors=True)
        beside.rename(stage)

    def _forks(self, task: Task) -> ForkServer | None:
        """Return the fork server if it can serve this notebook.

        The first notebook does not wait for a server that still loads: meanwhile a kernel of
        its own has loaded the same.
        """
        if self.forks is None or not self.forks.ready(wait=task.cohort is not None):
            return None
        return self.forks

    def _environment(self, beside: Path, work: Path) -> dict[str, str]:
        found = {
            "MANUSCRIPT_ROOT": str(self.layout.root),
            "MANUSCRIPT_RECORD": str(beside / "record"),
            "MANUSCRIPT_WORK": str(work),
            "IPYTHONDIR": str(self.layout.state / "ipython"),
        }
        if self.source is not None:
            found["MANUSCRIPT_SOURCE"] = str(self.source)
        return found
