"""Stages in the order of their dependencies, run by doit.

doit orders them, runs in threads those that do not depend on one another, asks of each, when
those before it are done, whether it is up to date, and starts nothing more once one has failed.
What a stage depends on and what it left is kept in its stamp, and nowhere else: doit keeps
nothing between two builds. Imported only when something is stale.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from doit.control import TaskControl
from doit.dependency import Dependency
from doit.reporter import ZeroReporter
from doit.runner import MThreadRunner
from doit.task import Task

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Stage:
    """One stage of a build.

    Attributes:
        name: What it is called.
        after: The stages that must be done before, where they are part of the run.
        stale: Whether it must run; asked when those are done.
        run: Does its work.
        here: Whether it runs in the thread of the caller, where Ctrl-C reaches it.
        length: How much work it is likely to be beside others; of those that could run, the
            longest begins first, so that nothing waits for it alone in the end.
    """

    name: str
    after: tuple[str, ...]
    stale: Callable[[], bool]
    run: Callable[[], None]
    here: bool = False
    length: int = 0


@dataclass
class Graph:
    """One run of some stages.

    Attributes:
        stages: The stages.
        workers: How many run at once.
        stop: Makes the stages that are running end soon.
        up_to_date: Told of every stage that need not run.
    """

    stages: Sequence[Stage]
    workers: int
    stop: Callable[[], None]
    up_to_date: Callable[[str], None]
    _failures: list[Exception] = field(default_factory=list)
    _running: set[str] = field(default_factory=set)
    _ending: bool = False

    def run(self) -> None:
        """Run what is stale; the first stage that fails stops the others, as does Ctrl-C.

        Raises:
            Exception: What the first failing stage raised, once every stage has ended.
            KeyboardInterrupt: Ctrl-C, once every stage has ended.
        """
        there = {stage.name for stage in self.stages}
        control = TaskControl([self._task(stage, there) for stage in self.stages])
        control.process(None)
        runner = _Runner(
            Dependency(_Nothing, ""), _Reporter(self.up_to_date), num_process=self.workers
        )
        try:
            dispatcher = control.task_dispatcher()
            dispatcher.ready = _LongestFirst()
            runner.run_all(dispatcher)
        except BaseException:
            self._end()
            raise
        if self._failures:
            raise self._failures[0]

    def _task(self, stage: Stage, there: set[str]) -> Task:
        return Task(
            stage.name,
            actions=[(self._act, [stage])],
            task_dep=[name for name in stage.after if name in there],
            uptodate=[lambda: not stage.stale()],
            io={"capture": False},
            verbosity=0,
            meta={"here": stage.here, "length": stage.length},
        )

    def _act(self, stage: Stage) -> bool:
        """Run a stage; doit is told whether it worked, and we keep why not."""
        self._running.add(stage.name)
        try:
            if self._ending:
                return False
            stage.run()
        except Exception as problem:
            self._failures.append(problem)
            threading.Thread(target=self._end, daemon=True).start()
            return False
        finally:
            self._running.discard(stage.name)
        return True

    def _end(self) -> None:
        """Stop until every stage has ended: a kernel may have been about to start."""
        ended = threading.Event()
        self._ending = True
        self.stop()
        while self._running:
            ended.wait(POLL_SECONDS)
            self.stop()


class _Runner(MThreadRunner):  # type: ignore[misc]
    """doit's threads, and the caller's own for stages that want it."""

    def select_task(self, node: Any, tasks_dict: dict[str, Task]) -> bool:
        """Say whether a thread is to run a stage; one that wants this thread is run at once."""
        if not super().select_task(node, tasks_dict):
            return False
        if not node.task.meta["here"]:
            return True
        self.process_task_result(node, self.execute_task(node.task))
        return False


class _LongestFirst(deque[Any]):
    """doit's queue of what could run, which holds stages of one moment in the order of a set."""

    def popleft(self) -> Any:
        """Take out the stage that is likely to be the longest; of equals, the first by name."""
        node = min(self, key=lambda node: (-node.task.meta["length"], node.task.name))
        self.remove(node)
        return node


class _Reporter(ZeroReporter):  # type: ignore[misc]
    """Passes on what is up to date; stages tell of themselves when they run."""

    def __init__(self, up_to_date: Callable[[str], None]) -> None:
        self._up_to_date = up_to_date

    def skip_uptodate(self, task: Task) -> None:
        """Tell of a stage that need not run."""
        self._up_to_date(task.name)


class _Nothing:
    """What doit keeps between two builds: nothing."""

    def __init__(self, name: str, codec: object, module_name: str | None = None) -> None:
        self.name = name

    def get(self, task_id: str, dependency: str) -> None:
        """Return nothing."""

    def set(self, task_id: str, dependency: str, value: object) -> None:
        """Keep nothing."""

    def in_(self, task_id: str) -> bool:
        """Return that it is not kept."""
        return False

    def remove(self, task_id: str) -> None:
        """Forget nothing."""

    def remove_all(self) -> None:
        """Forget nothing."""

    def dump(self) -> None:
        """Write nothing."""
