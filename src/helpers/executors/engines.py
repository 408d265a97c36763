"""The one executor interface: submit work, take results as they come, never hang.

Out of scope: starting a cluster (docs/cluster.md shows how), and moving files to it.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from helpers.errors import ManuscriptError

P = ParamSpec("P")
T = TypeVar("T")
#: How long a scheduler may take to answer, and how long it may be without any worker, in seconds.
ANSWER_SECONDS = 5.0
WORKER_SECONDS = 60.0
#: How often it is looked whether the scheduler and its workers are still there.
LOOK_SECONDS = 2.0
SCHEMES = ("tcp", "tls")
EXTRA = "pip install 'myeloma-manuscript[cluster]'"


class EngineError(ManuscriptError):
    """What is to run the work is gone, or cannot: no piece of work can be done."""


class Engine:
    """Something that runs functions elsewhere.

    Args:
        pool: What runs them.
        client: The ``distributed.Client``, where there is one.
        worker_seconds: How long the scheduler may be without any worker.
    """

    def __init__(
        self, pool: Executor, client: Any = None, worker_seconds: float = WORKER_SECONDS
    ) -> None:
        self._pool = pool
        self._client = client
        self._worker_seconds = worker_seconds
        self._alone_since: float | None = None

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a function run; it and its arguments must be picklable."""
        return self._pool.submit(function, *args, **kwargs)

    def finished(self, futures: Iterable[Future[T]]) -> Iterator[Future[T]]:
        """Yield futures as they finish.

        Raises:
            EngineError: The scheduler is gone, or has had no worker for too long.
        """
        done: queue.SimpleQueue[Future[T]] = queue.SimpleQueue()
        left = 0
        for future in futures:
            left += 1
            future.add_done_callback(done.put)
        while left:
            try:
                yield done.get(timeout=LOOK_SECONDS)
                left -= 1
            except queue.Empty:
                self._look()

    def _look(self) -> None:
        """Make sure that somebody is still at work."""
        if self._client is None:
            return
        try:
            workers = self._client.nthreads() if self._client.status == "running" else None
        except (OSError, ValueError, TimeoutError, CancelledError):
            workers = None
        if workers is None:
            raise scheduler_gone()
        now = time.monotonic()
        self._alone_since = None if workers else self._alone_since or now
        if self._alone_since is not None and now - self._alone_since > self._worker_seconds:
            raise EngineError(
                f"the scheduler has had no worker for {self._worker_seconds:g} seconds",
                where="--scheduler",
                remedy="start workers; the points that were finished are kept",
            )


def result_of(future: Future[T]) -> T:
    """Return what a finished function returned.

    Raises:
        EngineError: The scheduler is gone, or the workers have another environment.
        ManuscriptError: What the function raised so, or it was lost with several workers.
    """
    try:
        return future.result()
    except CancelledError:
        raise scheduler_gone() from None
    except ImportError as problem:
        raise EngineError(
            f"a worker cannot import what it is to run: {problem}",
            where="--scheduler",
            remedy="install this project, with its lock, in the environment of the workers",
        ) from problem
    except Exception as problem:
        if type(problem).__name__ != "KilledWorker":
            raise
        raise ManuscriptError(
            "one piece of work was lost with every worker that it was given to",
            where="--scheduler",
            remedy="look at the workers' logs; often their memory is too small",
        ) from None


def scheduler_gone() -> EngineError:
    """Return the error for a scheduler that was there and does not answer any more."""
    return EngineError(
        "the scheduler does not answer any more",
        where="--scheduler",
        remedy="start it again and repeat the command; the points that were finished are kept",
    )


@contextmanager
def engine(
    scheduler: str | None, workers: int, *, worker_seconds: float = WORKER_SECONDS
) -> Iterator[Engine]:
    """Hold an engine: threads of this process, or the workers of a scheduler.

    Args:
        scheduler: Address of a Dask scheduler; None for threads.
        workers: How many threads, where it is threads.
        worker_seconds: How long the scheduler may be without any worker.

    Raises:
        ManuscriptError: No scheduler answers at the address, or ``distributed`` is missing.
    """
    if scheduler is None:
        pool = ThreadPoolExecutor(workers, thread_name_prefix="engine")
        try:
            yield Engine(pool)
        finally:
            pool.shutdown(cancel_futures=True)
        return
    client = _connected(scheduler)
    try:
        yield Engine(client.get_executor(pure=False), client, worker_seconds)
    finally:
        client.close(timeout=ANSWER_SECONDS)


def _connected(address: str) -> Any:
    try:
        import distributed
    except ImportError:
        raise ManuscriptError(
            "--scheduler needs the package distributed", where="--scheduler", remedy=EXTRA
        ) from None
    # One that never came to a connection would wait for it again when it is collected.
    connect: Any = type("Line", (distributed.Client,), {"__del__": lambda _: None})
    try:
        _knock(address)
        return _in_time(lambda: connect(address, timeout=ANSWER_SECONDS, set_as_default=False))
    except (OSError, ValueError, TimeoutError) as problem:
        raise ManuscriptError(
            f"no Dask scheduler answers at {address}",
            where="--scheduler",
            remedy="start one with `dask scheduler`, and give the address that it prints",
        ) from problem


def _knock(address: str) -> None:
    """Find out at once whether anything listens at an address.

    Raises:
        OSError: Nothing does.
        ValueError: It is no address.
    """
    parts = urlsplit(address)
    if parts.scheme not in SCHEMES or not parts.hostname or parts.port is None:
        raise ValueError("an address is tcp://HOST:PORT or tls://HOST:PORT")
    socket.create_connection((parts.hostname, parts.port), timeout=ANSWER_SECONDS).close()


def _in_time(make: Callable[[], T]) -> T:
    """Return what is made, or give up: a port that accepts and says nothing is waited for forever.

    Raises:
        TimeoutError: It took more than twice the time that an answer may take.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(make())
        except BaseException as problem:
            future.set_exception(problem)

    threading.Thread(target=run, daemon=True).start()
    return future.result(timeout=2 * ANSWER_SECONDS)
