"""Running one notebook through papermill, on a kernel of this very interpreter."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import nbformat
import papermill
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError

from helpers.errors import ManuscriptError
from helpers.pipeline.environment import kernel_environment
from helpers.pipeline.forks import ForkServer
from helpers.pipeline.kernels import Kernels, StoppedError
from helpers.pipeline.manager import Manager
from helpers.pipeline.normalise import label_of
from helpers.pipeline.provisioner import forked
from helpers.pipeline.watching import finish
from helpers.scratch import scratch_folder

ENGINE = "manuscript"
#: How long the connection to a kernel that has ended may take to close.
CLOSING_SECONDS = 30.0
OnCell = Callable[[int, int], None]


@dataclass(frozen=True)
class Launch:
    """How a notebook's kernel is started and watched.

    Attributes:
        folder: Working folder of the kernel.
        environment: Variables that the kernel has beside those of this process.
        kernels: Where the kernel is registered while it runs.
        on_cell: Told the number of cells finished and the number in all.
        half_run: Where the notebook is left when a cell fails.
        forks: What forks the kernel; None starts one on its own.
    """

    folder: Path
    environment: Mapping[str, str]
    kernels: Kernels
    on_cell: OnCell
    half_run: Path
    forks: ForkServer | None = None

    @property
    def log(self) -> Path:
        """Where the kernel's process says what it does not show in a cell."""
        return self.half_run.with_suffix(".log")


class Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, with a kernel of this interpreter that can be stopped from outside."""

    def __init__(
        self, manager: NotebookExecutionManager, launch: Launch, folder: Path, **options: Any
    ) -> None:
        super().__init__(manager, **options)
        self._launch = launch
        self._folder = folder
        self.kernel: Manager | None = None

    def create_kernel_manager(self) -> Manager:
        """Return a manager that is registered for as long as its kernel may run."""
        if self._launch.kernels.stopping:
            raise StoppedError
        self.km = self.kernel = Manager(self._folder, config=self.config)
        if self._launch.forks is not None:
            self.kernel.provisioner = forked(self.kernel, self._launch.forks)
        self._launch.kernels.add(self.kernel)
        return self.kernel

    def run(self, log: IO[bytes]) -> None:
        """Run every cell; whatever happens in between, a kernel that has ended ends this.

        Args:
            log: Takes what the kernel says outside its cells.
        """

        def work() -> None:
            try:
                self.execute(
                    cwd=str(self._launch.folder),
                    env=kernel_environment(self._launch.environment),
                    stdout=log,
                    stderr=log,
                )
            finally:
                ensure_event_loop().close()

        finish(work, lambda: self.kernel is not None and self.kernel.ended, CLOSING_SECONDS)


class Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's engine, which gives each kernel its own environment and folder."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        launch: Launch,
        start_timeout: int = 60,
        **options: Any,
    ) -> None:
        """Run every cell in a fresh kernel, which is killed when the last one is done."""
        cells = len(nb_man.nb.cells)
        with scratch_folder("kernel") as folder, launch.log.open("wb") as log:
            client = Client(
                nb_man,
                launch,
                folder,
                startup_timeout=start_timeout,
                kernel_name=kernel_name,
                shutdown_kernel="immediate",
                coalesce_streams=True,
                record_timing=False,
                on_cell_start=lambda cell, cell_index: launch.on_cell(cell_index, cells),
            )
            try:
                client.run(log)
            except Exception as problem:
                if launch.kernels.stopping:
                    raise StoppedError from None
                if isinstance(problem, DeadKernelError):
                    nbformat.write(nb_man.nb, launch.half_run)
                raise
            finally:
                launch.kernels.discard(client.kernel)
        launch.on_cell(cells, cells)


papermill_engines.register(ENGINE, Engine)


def execute(notebook: Path, parameters: Mapping[str, object], launch: Launch) -> NotebookNode:
    """Run a notebook from its first cell to its last and return it with its outputs.

    Args:
        notebook: The source, which stays as it is.
        parameters: Values for its parameters.
        launch: How its kernel is started.

    Raises:
        ManuscriptError: A cell raised, or the kernel died; the half-run notebook is kept.
        StoppedError: The run was stopped.
    """
    launch.half_run.parent.mkdir(parents=True, exist_ok=True)
    try:
        executed = _started(notebook, parameters, launch)
    except PapermillExecutionError as failure:
        raise _failed(notebook.name, failure, launch) from None
    except DeadKernelError:
        raise ManuscriptError(
            "the kernel died, perhaps for want of memory",
            where=notebook.name,
            remedy=f"see {_shown(launch.log, launch)}; the half-run notebook is beside it",
        ) from None
    except RuntimeError as problem:  # what jupyter_client raises where a kernel never answers
        raise ManuscriptError(
            f"the kernel did not start: {problem}",
            where=notebook.name,
            remedy=f"see {_shown(launch.log, launch)}; `manuscript doctor` looks at the rest",
        ) from None
    launch.half_run.unlink()
    launch.log.unlink()
    return executed


def _started(notebook: Path, parameters: Mapping[str, object], launch: Launch) -> NotebookNode:
    """Run a notebook; a kernel that died before its first answer is started once more.

    It may have been given a port that another one took, see :mod:`helpers.pipeline.manager`.
    """
    try:
        return _executed(notebook, parameters, launch)
    except DeadKernelError:  # in the middle of its work
        raise
    except RuntimeError:
        if launch.kernels.stopping:
            raise
        return _executed(notebook, parameters, launch)


def _executed(notebook: Path, parameters: Mapping[str, object], launch: Launch) -> NotebookNode:
    executed: NotebookNode = papermill.execute_notebook(
        nbformat.read(notebook, as_version=4),
        _escaped(launch.half_run),
        parameters=dict(parameters),
        engine_name=ENGINE,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        request_save_on_cell_execute=False,
        launch=launch,
    )
    return executed


def _failed(notebook: str, failure: PapermillExecutionError, launch: Launch) -> ManuscriptError:
    """Say which cell raised what; a ManuscriptError of the kernel keeps its own three parts."""
    cell = f"{notebook}, {label_of(failure.source, failure.cell_index)}"
    half_run = f"the half-run notebook is {_shown(launch.half_run, launch)}"
    if not _is_ours(failure):
        said = str(failure.evalue).strip().splitlines() or [""]
        return ManuscriptError(
            f"{failure.ename}: {said[0]}" if said[0] else failure.ename,
            where=cell,
            remedy=half_run,
        )
    original = _read_error(failure.evalue)
    return ManuscriptError(
        original.what,
        where=f"{original.where} ({cell})" if original.where else cell,
        remedy=f"{original.remedy}; {half_run}" if original.remedy else half_run,
    )


def _is_ours(failure: PapermillExecutionError) -> bool:
    """Whether the kernel raised a ManuscriptError; its subclasses have names of their own."""
    parts = any(f"\n  {word}" in failure.evalue for word in ("where: ", "mend:  "))
    return parts or failure.ename == ManuscriptError.__name__


def _read_error(text: str) -> ManuscriptError:
    """Take apart what ``str`` of a ManuscriptError put together."""
    parts = {"where": "", "mend": ""}
    what = []
    for line in text.splitlines():
        word, colon, rest = line.strip().partition(":")
        if line.startswith("  ") and colon and word in parts:
            parts[word] = rest.strip()
        else:
            what.append(line)
    return ManuscriptError("\n".join(what), where=parts["where"], remedy=parts["mend"])


def _shown(path: Path, launch: Launch) -> str:
    return os.path.relpath(path, launch.folder)


def _escaped(path: Path) -> str:
    """Return a path in which papermill, which formats paths, finds nothing to fill in."""
    return str(path).replace("{", "{{").replace("}", "}}")
