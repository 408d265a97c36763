"""Running one of a study's notebooks.

Each notebook writes into a folder of its own, which takes the place of its last one only when
the notebook came to its end.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.pipeline.contents import files_below, hashes
from helpers.pipeline.events import Event, OnEvent, StageReport, State
from helpers.pipeline.exchange import put_in_place
from helpers.pipeline.execution import Launch, OnCell, execute
from helpers.pipeline.forks import ForkServer
from helpers.pipeline.kernels import Kernels, StoppedError
from helpers.pipeline.layout import STAMP, Layout
from helpers.pipeline.narrative import retold
from helpers.pipeline.normalise import recorded
from helpers.pipeline.stamps import Key

PARTS = "parts"


@dataclass(frozen=True)
class Task:
    """One notebook that is to run.

    Attributes:
        notebook: Its source.
        parameters: What it is given.
        key: What it depends on, taken before it runs.
        cohort: What the first notebook left for it; None for the first notebook itself.
        lent: Ledger parts of notebooks before it, for one that looks at their results. They
            lie beside its own while it runs.
        retell: Whether new text is to be put around the results that stand.
    """

    notebook: Path
    parameters: Mapping[str, object]
    key: Key
    cohort: Path | None
    lent: tuple[Path, ...] = ()
    retell: bool = False

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
        kernels: Those that are running.
        forks: What forks their kernels; None starts each on its own.
    """

    layout: Layout
    source: Path | None
    on_event: OnEvent
    kernels: Kernels
    forks: ForkServer | None = None

    def task(self, task: Task) -> StageReport:
        """Run a notebook, or put new text around its results.

        Raises:
            ManuscriptError: The notebook failed.
            StoppedError: It was stopped.
        """
        began = time.perf_counter()

        def on_cell(done: int, total: int) -> None:
            since = time.perf_counter() - began
            self.on_event(Event(task.name, "running", done, total, since))

        try:
            again = task.retell and self._retell(task)
            if not again:
                self._run(task, on_cell)
        except BaseException as problem:
            state: State = "stopped" if isinstance(problem, StoppedError) else "failed"
            self.on_event(Event(task.name, state, seconds=time.perf_counter() - began))
            raise
        seconds = time.perf_counter() - began
        report = StageReport(task.name, "retold" if again else "ran", seconds)
        self.on_event(Event(task.name, report.status, seconds=seconds))
        return report

    def _run(self, task: Task, on_cell: OnCell) -> None:
        stage, beside = self.layout.stage(task.name), self._beside(task)
        parts = beside / "record" / PARTS
        parts.mkdir(parents=True)
        for part in task.lent:
            shutil.copyfile(part, parts / part.name)
        launch = Launch(
            folder=self.layout.root,
            environment=self._environment(beside, task.cohort or beside / "work"),
            kernels=self.kernels,
            on_cell=on_cell,
            half_run=self.layout.failed(task.name),
            forks=self._forks(task),
        )
        executed = execute(task.notebook, task.parameters, launch)
        for part in task.lent:
            (parts / part.name).unlink()
        text = recorded(executed, task.parameters, self.layout.root)
        (beside / "record" / task.notebook.name).write_text(text, encoding="utf-8")
        task.key.leave(beside / STAMP, hashes(beside, files_below(beside)))
        put_in_place(beside, stage)

    def _retell(self, task: Task) -> bool:
        """Put the new text of a notebook around the results of its last run, if they fit."""
        stage, beside = self.layout.stage(task.name), self._beside(task)
        kept = stage / "record" / task.notebook.name
        text = retold(task.notebook, kept, task.parameters, self.layout.root)
        if text is None:
            return False
        for name in files_below(stage):
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            if not name.startswith(STAMP):
                shutil.copyfile(stage / name, beside / name)
        (beside / "record" / task.notebook.name).write_text(text, encoding="utf-8")
        outputs = hashes(beside, files_below(beside))
        task.key.leave(beside / STAMP, outputs)
        put_in_place(beside, stage)
        return True

    def _beside(self, task: Task) -> Path:
        """Return where the stage is made ready; nothing is there."""
        stage = self.layout.stage(task.name)
        beside = stage.with_name(f".{task.name}.new")
        shutil.rmtree(beside, ignore_errors=True)
        return beside

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
