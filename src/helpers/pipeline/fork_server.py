"""A process that has the notebooks' libraries loaded, and forks kernels on request.

It stays single-threaded, and opens no zmq context and no BLAS threads: a forked child is then
what a fresh kernel would be, only sooner. A request is one message on its standard input, a
Unix socket: JSON with ``argv``, ``folder`` and ``environment``, and the descriptor of the log.
The answer holds the child's pid, and its pidfd as a descriptor. It ends with its socket.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

LONGEST = 1 << 20
INLINE = "module://matplotlib_inline.backend_inline"
COLUMNS = 20
THREADS = Path("/proc/self/task")


def main() -> None:
    """Load what the command line names, then fork for as long as somebody asks."""
    line = socket.socket(fileno=os.dup(0))
    _detach()
    # Python put the working folder there; a kernel puts "" instead.
    del sys.path[0]
    preload(sys.argv[1:])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    line.send(json.dumps({"threads": len(list(THREADS.iterdir()))}).encode())
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, LONGEST, 1)
        if not message:
            return
        _answer(line, json.loads(message), descriptors[0])


def preload(modules: list[str]) -> None:
    """Import modules and walk the paths that are slow on first use.

    A module that cannot be imported is left to the notebook that asks for it, which then says
    what is wrong.
    """
    for name in ("ipykernel.kernelapp", "ipykernel.ipkernel", *modules):
        with suppress(Exception):
            importlib.import_module(name)
    _draw()


def _draw() -> None:
    """Draw once: fonts are found, and the drawing back ends loaded."""
    import io

    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    figure.subplots().set_title("β ≥ 1", fontfamily="DejaVu Sans")
    for kind in ("png", "svg"):
        figure.savefig(io.BytesIO(), format=kind)


def _detach() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _answer(line: socket.socket, request: dict[str, Any], log: int) -> None:
    pid = os.fork()
    if pid == 0:
        line.close()
        _become_kernel(request, log)
    os.close(log)
    pidfd = os.pidfd_open(pid)
    socket.send_fds(line, [json.dumps({"pid": pid}).encode()], [pidfd])
    os.close(pidfd)


def _become_kernel(request: dict[str, Any], log: int) -> NoReturn:
    """Turn this forked child into the kernel that was asked for."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for target in (1, 2):
            os.dup2(log, target)
        os.close(log)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        # The kernel ends when its parent does: this server, not the build behind it.
        sys.argv = [*request["argv"], f"--IPKernelApp.parent_handle={os.getppid()}"]
        _as_if_fresh()
        from ipykernel.kernelapp import IPKernelApp

        IPKernelApp.launch_instance()
        code = 0
    except BaseException:
        traceback.print_exc()  # into the log
        sys.stderr.flush()
    finally:
        os._exit(code)


def _as_if_fresh() -> None:
    """Reset what a forked child would share with its siblings."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    # What these two make of their surroundings when a kernel imports them.
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = INLINE
    if "pandas" in sys.modules:
        sys.modules["pandas"].set_option("display.max_columns", COLUMNS)


if __name__ == "__main__":
    main()
