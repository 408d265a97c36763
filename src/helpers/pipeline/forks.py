"""The build's end of the fork server: starts it, asks it for kernels, watches these.

Where the system cannot fork safely (no pidfd: anything but Linux), :func:`available` is False
and kernels start the ordinary way, with the same results.
"""

from __future__ import annotations

import ast
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.pipeline.environment import kernel_environment
from helpers.pipeline.layout import notebooks_of

WITHOUT = "MANUSCRIPT_NO_FORK"
LONGEST = 1 << 16
READY_SECONDS = 60.0
WATCH_SECONDS = 0.1


def available() -> bool:
    """Whether kernels can be forked here; ``MANUSCRIPT_NO_FORK=1`` says no."""
    return not unavailable()


def unavailable() -> str:
    """Return why kernels cannot be forked here, before anything is tried; empty where they can."""
    if os.environ.get(WITHOUT):
        return f"{WITHOUT} is set"
    return "" if hasattr(os, "pidfd_open") else f"{sys.platform} has no pidfd"


def load_server(notebooks: Iterable[Path], root: Path) -> ForkServer:
    """Return a server that begins to load what the notebooks import."""
    return ForkServer(modules_of(notebooks), kernel_environment({}), root)


@contextmanager
def resident(root: Path) -> Iterator[ForkServer | None]:
    """Hold one server for many runs of a project's notebooks; None where kernels cannot be forked.

    It has the package and the libraries as they were when it was loaded: hold it no longer than
    these stay as they are. It loads while the caller goes on.

    Args:
        root: The project's folder.
    """
    if not available():
        yield None
        return
    server = load_server(notebooks_of(root), root)
    try:
        yield server
    finally:
        server.close()


def modules_of(notebooks: Iterable[Path]) -> tuple[str, ...]:
    """Return the modules that the notebooks import, sorted."""
    found: set[str] = set()
    for notebook in notebooks:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            if cell["cell_type"] == "code":
                found |= _imported("".join(cell["source"]))
    return tuple(sorted(found))


def _imported(source: str) -> set[str]:
    names: set[str] = set()
    with suppress(SyntaxError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


class ForkServer:
    """One server and the line to it.

    Args:
        modules: What it loads before it forks.
        environment: Its whole environment; a kernel's own takes its place.
        folder: Its working folder.

    Attributes:
        problem: Why it forks nothing, once that is known; empty otherwise.
    """

    def __init__(
        self, modules: Iterable[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.problem = ""
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._asking = threading.Lock()
        self._ready = False
        command = [sys.executable, "-m", "helpers.pipeline.fork_server", *modules]
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether its process has ended."""
        return self._process.poll() is not None

    def ready(self, *, wait: bool) -> bool:
        """Return whether it forks kernels now.

        Args:
            wait: Wait until it has loaded everything, instead of saying no.
        """
        with self._asking:
            if not (self._ready or self.problem):
                self._listen(READY_SECONDS if wait else 0.0)
            return self._ready

    def fork(
        self, argv: list[str], folder: str, environment: Mapping[str, str], log: int
    ) -> Forked:
        """Return a new kernel's process; the server must be ready.

        Args:
            argv: The kernel's command line, its program first.
            folder: Its working folder.
            environment: Its whole environment.
            log: Descriptor of the file that takes what it says outside its cells.

        Raises:
            ManuscriptError: The server has died or does not answer.
        """
        request = {"argv": argv, "folder": folder, "environment": dict(environment)}
        with self._asking:
            try:
                self._line.settimeout(READY_SECONDS)
                socket.send_fds(self._line, [json.dumps(request).encode()], [log])
                message, descriptors, _, _ = socket.recv_fds(self._line, LONGEST, 1)
                return Forked(json.loads(message)["pid"], descriptors[0])
            except (OSError, ValueError) as problem:
                raise ManuscriptError(
                    "the process that forks kernels does not answer",
                    where="helpers.pipeline.fork_server",
                    remedy=f"build again with {WITHOUT}=1, which starts every kernel on its own",
                ) from problem

    def close(self) -> None:
        """End the server."""
        self._line.close()
        self._process.wait()

    def _listen(self, seconds: float) -> None:
        if not _readable(self._line.fileno(), seconds):
            self.problem = f"it was not ready in {READY_SECONDS:g} s" if seconds else ""
            return
        message = self._line.recv(LONGEST)
        threads = json.loads(message)["threads"] if message else 0
        self._ready = threads == 1
        if not self._ready:
            self.problem = f"it has {threads} threads" if threads else "it ended"


class Forked:
    """A kernel's process that is not our child: watched through its pidfd.

    It has what Jupyter's ``LocalProvisioner`` asks of a ``Popen``.
    """

    stdin = stdout = stderr = None
    #: What an exit is called of which no one is told the code.
    ENDED = 1

    def __init__(self, pid: int, pidfd: int) -> None:
        self.pid = pid
        self.pidfd = pidfd
        self._ended = False
        self._looking = threading.Lock()

    def poll(self) -> int | None:
        """Return None while it runs; any thread may ask."""
        with self._looking:
            if not self._ended and _readable(self.pidfd, 0.0):
                self._ended = True
                os.close(self.pidfd)
        return self.ENDED if self._ended else None

    def wait(self) -> int:
        """Wait until it has ended."""
        while self.poll() is None:
            _readable(self.pidfd, WATCH_SECONDS)
        return self.ENDED

    def send_signal(self, signum: int) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signum)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def _readable(descriptor: int, seconds: float) -> bool:
    """Whether there is something to read within some seconds; the descriptor may be any number."""
    watched = select.poll()
    watched.register(descriptor, select.POLLIN)
    return bool(watched.poll(1000 * seconds))
