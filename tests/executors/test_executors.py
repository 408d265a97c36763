"""Work on a real scheduler with two workers, one of which is killed: the same bytes as here."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from waiting import SECONDS, wait_for

from helpers import cli, executors
from helpers.errors import ManuscriptError
from helpers.executors import Order, OtherProjectError, engine, identity_of, make_record
from helpers.executors.engines import EngineError, result_of
from helpers.review.sweep import sweep, sweeping

SCHEDULER = "from distributed.cli.dask_scheduler import main; main()"
WORKER = "from distributed.cli.dask_worker import main; main()"
ONCE = ("--no-dashboard", "--host", "127.0.0.1", "--port", "0")


@dataclass
class Cluster:
    """A scheduler and its workers, each a process of its own on the loopback."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return (self.folder / "address").read_text()

    def start(self, workers: int) -> None:
        file = self.folder / "scheduler.json"
        self._run(SCHEDULER, *ONCE, "--scheduler-file", str(file))
        wait_for(file.is_file, "file of the scheduler")
        from distributed import Client

        for _ in range(workers):
            self._run(
                WORKER,
                *("--scheduler-file", str(file), "--nthreads", "1", "--no-nanny"),
                *("--no-dashboard", "--local-directory", str(self.folder)),
            )
        with Client(scheduler_file=str(file), timeout=SECONDS, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=SECONDS) if workers else None
            (self.folder / "address").write_text(client.scheduler.address)

    def _run(self, code: str, *words: str) -> None:
        command = [sys.executable, "-c", code, *words]
        log = (self.folder / f"log-{len(self.processes)}").open("wb")
        with log:
            process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT
            )
        self.processes.append(process)

    def pid_of_a_busy_worker(self) -> int:
        from distributed import Client

        with Client(self.address, timeout=SECONDS, set_as_default=False) as client:
            busy: list[str] = []

            def look() -> bool:
                busy[:] = [worker for worker, keys in client.processing().items() if keys]
                return bool(busy)

            wait_for(look, "answer of the scheduler")
            pids = client.run(os.getpid)
            return pids[busy[0]]

    def stop(self) -> None:
        for process in reversed(self.processes):
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    folder = tmp_path / "cluster"
    folder.mkdir()
    made = Cluster(folder)
    try:
        yield made
    finally:
        made.stop()


def order(project: Path, **changed: object) -> Order:
    return replace(Order("toy", identity_of(project, "toy"), project, {}), **changed)


def test_a_killed_worker_changes_no_byte(toy, cluster):
    """Two workers share the work, one is killed while it is at it, and the sweep is the same."""
    cluster.start(workers=2)
    killed: list[int] = []

    def kill_one(outcome: object) -> None:
        if not killed:
            killed.append(cluster.pid_of_a_busy_worker())
            os.kill(killed[0], signal.SIGKILL)

    vary = ["confidence_level=0.9,0.8"]
    far = sweep(toy.root, "toy", vary, scheduler=cluster.address, on_outcome=kill_one)
    assert killed
    assert [outcome.problem for outcome in far.outcomes] == [""] * 2
    kept = toy.root / ".manuscript" / "toy" / "sweep"
    packed = {path.name: path.read_bytes() for path in kept.rglob("*.tar")}
    assert len(packed) == 3
    for path in kept.rglob("*.tar"):
        path.unlink()
    near = sweep(toy.root, "toy", vary)
    assert packed == {path.name: path.read_bytes() for path in kept.rglob("*.tar")}
    assert (far.claims, far.grid) == (near.claims, near.grid)


def test_whole_records_and_workers_of_another_project(toy, cluster, monkeypatch, tmp_path):
    cluster.start(workers=1)
    here = make_record(order(toy.root))
    executors.release()
    with engine(cluster.address, 1) as far:
        assert result_of(far.submit(make_record, order(toy.root))) == here
        other = replace(identity_of(toy.root, "toy"), code="0", data="0")
        future = far.submit(make_record, order(toy.root, identity=other))
        with pytest.raises(OtherProjectError, match=r"other code .*, other data of this study"):
            result_of(future)
    words = ["build", "toy", "--scheduler", cluster.address, "--formats", "html"]
    monkeypatch.setattr(sys, "argv", ["manuscript", *words])
    cli.main()
    executors.unpack(here, tmp_path / "here")
    for path in filter(Path.is_file, (tmp_path / "here").rglob("*")):
        name = path.relative_to(tmp_path / "here")
        assert (toy.outputs / name).read_bytes() == path.read_bytes()
    assert (toy.outputs / "abstract.html").is_file()
    monkeypatch.setattr(sweeping, "identity_of", lambda *_: other)
    with pytest.raises(OtherProjectError):
        sweep(toy.root, "toy", ["confidence_level=0.9"], scheduler=cluster.address)


def test_a_scheduler_without_workers_and_one_that_dies(cluster):
    cluster.start(workers=0)
    with engine(cluster.address, 1, worker_seconds=0.1) as far:
        futures = [far.submit(time.sleep, 0)]
        with pytest.raises(EngineError, match="has had no worker"):
            list(far.finished(futures))
    with engine(cluster.address, 1) as far:
        futures = [far.submit(time.sleep, 0)]
        threading.Timer(0.5, cluster.stop).start()
        with pytest.raises(EngineError, match="does not answer any more"):
            for future in far.finished(futures):
                result_of(future)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "tcp://:x", "http://x"])
def test_no_scheduler_is_one_error(address):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with pytest.raises(ManuscriptError, match="no Dask scheduler answers"), engine(address, 1):
        pass


def test_a_port_that_says_nothing_is_no_scheduler(monkeypatch):
    monkeypatch.setattr("helpers.executors.engines.ANSWER_SECONDS", 0.5)
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "tcp://{}:{}".format(*silent.getsockname())
        with pytest.raises(ManuscriptError, match="no Dask scheduler"), engine(address, 1):
            pass


def test_without_distributed_the_option_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ManuscriptError, match="needs the package distributed"):
        engine("tcp://127.0.0.1:1", 1).__enter__()


def test_a_worker_with_a_copy_of_its_own(toy, monkeypatch):
    """The sender's folder is not there; the worker's own copy is found and does the same."""
    here = make_record(order(toy.root))
    executors.release()
    elsewhere = order(toy.root, root=toy.root / "not-there")
    monkeypatch.chdir(toy.root)
    assert make_record(elsewhere) == here
    executors.release()


def test_code_that_changed_under_a_worker_is_not_run(toy, monkeypatch):
    sent = order(toy.root)
    monkeypatch.setattr("helpers.executors.identity.first_package_hash", lambda: "older")
    with pytest.raises(OtherProjectError, match="changed since a worker was started"):
        make_record(sent)


def test_records_made_elsewhere_are_put_in_place(built):
    """The record is the one that a build makes; it is made again only when an input changes."""
    before = built.contents()
    (built.outputs / "ledger.json").unlink()
    told: list[str] = []

    def make() -> list[str]:
        told.clear()
        with engine(None, 1) as here:
            executors.make_records(
                here, built.root, ["toy"], on_study=lambda study, state: told.append(state)
            )
        return list(told)

    assert make() == ["ran"]
    assert built.contents() == before
    assert make() == ["up to date"]
    built.write_usual("04-safety", "#| label: later\nraise ValueError('no')")
    with pytest.raises(ManuscriptError, match="toy: ValueError: no"):
        make()
    assert told == ["failed"]
    assert built.contents() == before
    executors.release()


def test_packed_files_come_back(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(b"1")
    (tmp_path / "a" / "b" / "two").write_bytes(b"2")
    packed = executors.pack(tmp_path / "a")
    os.utime(tmp_path / "a" / "one", (1, 1))
    assert executors.pack(tmp_path / "a") == packed
    executors.unpack(packed, tmp_path / "c")
    assert (tmp_path / "c" / "b" / "two").read_bytes() == b"2"
    executors.unpack(executors.pack(tmp_path / "a", ("one",)), tmp_path / "d")
    assert [path.name for path in (tmp_path / "d").iterdir()] == ["one"]
    with pytest.raises(ManuscriptError, match="damaged"):
        executors.unpack(packed[:700], tmp_path / "e")
