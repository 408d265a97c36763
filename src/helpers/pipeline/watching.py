"""Work that waits for a kernel, given up where it goes on long after the kernel has ended.

Several layers wait for a kernel's answers, each with its own way of learning that there will be
none. Whatever they do, a kernel that has ended ends its notebook.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait

from nbclient.exceptions import DeadKernelError

LOOK_SECONDS = 0.5


def finish(work: Callable[[], None], ended: Callable[[], bool], patience: float) -> None:
    """Do some work in a thread of its own, and wait for its end.

    Args:
        work: The work; what it raises is raised here.
        ended: Whether what it waits for has ended; asked from another thread.
        patience: How many seconds the work may go on from then.

    Raises:
        DeadKernelError: It went on for longer, and is left to itself.
    """
    done: Future[None] = Future()

    def run() -> None:
        try:
            work()
        except BaseException as problem:
            done.set_exception(problem)
        else:
            done.set_result(None)

    threading.Thread(target=run, name="notebook", daemon=True).start()
    since: float | None = None
    while not wait([done], LOOK_SECONDS).done:
        now = time.monotonic()
        since = None if not ended() else now if since is None else since
        if since is not None and now - since > patience:
            raise DeadKernelError("Kernel died")
    done.result()
