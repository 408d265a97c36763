"""Which notebooks run, after which others, and side by side with which."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

LAST = "05"
POLL_SECONDS = 0.2


def waves(notebooks: Sequence[Path]) -> tuple[tuple[Path, ...], ...]:
    """Return the notebooks in groups; those of one group do not depend on one another.

    The first notebook reads the cohort that the others analyse, and the audit, ``05-…``, looks
    at what all of them recorded.
    """
    first, *others = notebooks
    middle = tuple(path for path in others if not path.name.startswith(LAST))
    last = tuple(path for path in others if path.name.startswith(LAST))
    return tuple(wave for wave in ((first,), middle, last) if wave)


def looked_at(notebook: Path, notebooks: Sequence[Path]) -> tuple[Path, ...]:
    """Return the notebooks whose results a notebook looks at: for the audit, all others."""
    if notebook == notebooks[0] or not notebook.name.startswith(LAST):
        return ()
    return tuple(path for path in notebooks if not path.name.startswith(LAST))


def side_by_side(
    tasks: Sequence[Callable[[], None]], *, workers: int, stop: Callable[[], None]
) -> None:
    """Run tasks in threads; the first that raises stops the others, as does Ctrl-C.

    Args:
        tasks: What to run.
        workers: How many run at once.
        stop: Makes the tasks that are running end soon.

    Raises:
        BaseException: What the first failing task raised, or KeyboardInterrupt, once every
            thread has ended.
    """
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="notebook")
    failure: BaseException | None = None
    try:
        waiting = {pool.submit(task) for task in tasks}
        while waiting and failure is None:
            done, waiting = wait(waiting, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            failure = next((error for error in map(_error, done) if error), None)
    except KeyboardInterrupt as interrupt:
        failure = interrupt
    if failure is not None:
        _end(pool, stop)
        raise failure
    pool.shutdown()


def _error(future: Future[None]) -> BaseException | None:
    return future.exception()


def _end(pool: ThreadPoolExecutor, stop: Callable[[], None]) -> None:
    """Stop until every thread has ended: a kernel may have been about to start."""
    ended = threading.Event()

    def join() -> None:
        pool.shutdown(cancel_futures=True)
        ended.set()

    threading.Thread(target=join, daemon=True).start()
    while not ended.is_set():
        stop()
        ended.wait(POLL_SECONDS)
