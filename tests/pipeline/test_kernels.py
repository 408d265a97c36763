"""Kernels: how they are reached, and that one that ends always ends its notebook."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import DeadKernelError

from helpers.errors import ManuscriptError
from helpers.pipeline import manager
from helpers.pipeline.environment import kernel_environment
from helpers.pipeline.execution import Launch, execute
from helpers.pipeline.forks import ForkServer, available
from helpers.pipeline.kernels import Kernels
from helpers.pipeline.manager import Channels, Manager
from helpers.pipeline.watching import finish
from helpers.scratch import scratch_folder

KILLS = 20
#: The longest that a kernel lives before it is killed: its start and all of its cells.
LIFE_SECONDS = 1.2
CELLS = 40


@pytest.fixture
def notebook(tmp_path) -> Path:
    cells = [nbformat.v4.new_code_cell(f"print({n})", id=f"c{n}") for n in range(CELLS)]
    for cell in cells:
        cell.metadata["tags"] = []
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": ""}}
    path = tmp_path / "some.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


def launch(notebook: Path, number: int, kernels: Kernels, forks: ForkServer | None) -> Launch:
    half_run = notebook.with_name(f"half{number}.ipynb")
    return Launch(notebook.parent, {}, kernels, lambda done, total: None, half_run, forks)


class Assassin(Kernels):
    """Kills each kernel some time after it was started."""

    def __init__(self, after: float) -> None:
        super().__init__()
        self.after = after

    def add(self, kernel) -> None:
        super().add(kernel)
        threading.Thread(target=self.strike, args=[kernel], daemon=True).start()

    def strike(self, kernel) -> None:
        while getattr(kernel.provisioner, "pid", None) is None:
            time.sleep(0.001)
        time.sleep(self.after)
        if not kernel.ended:
            os.kill(kernel.provisioner.pid, signal.SIGKILL)


def outcomes(notebook: Path, forks: ForkServer | None, delays: list[float]) -> list[str]:
    """What becomes of a notebook whose kernel is killed after each of some times."""

    def outcome(number: int) -> str:
        try:
            done = execute(notebook, {}, launch(notebook, number, Assassin(delays[number]), forks))
        except ManuscriptError as problem:
            assert problem.where == notebook.name
            return problem.what
        return done.cells[-1].outputs[0].text.strip()

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(outcome, range(len(delays)), timeout=240))


@pytest.mark.skipif(os.name == "nt", reason="has no SIGKILL")
def test_a_kernel_killed_at_any_moment_ends_its_notebook(notebook, tmp_path):
    chance = random.Random(7)
    delays = [0.0, *(LIFE_SECONDS * chance.random() for _ in range(KILLS - 2)), 60.0]
    forks = ForkServer(["json"], kernel_environment({}), tmp_path) if available() else None
    try:
        assert forks is None or forks.ready(wait=True)
        found = outcomes(notebook, forks, delays)
        found += outcomes(notebook, None, [0.0, LIFE_SECONDS / 2])
    finally:
        if forks is not None:
            forks.close()
    finished = str(CELLS - 1)
    errors = ("the kernel died, perhaps for want of memory", "the kernel did not start: ")
    assert all(what == finished or what.startswith(errors) for what in found), found
    assert finished in found
    assert any(what.startswith(errors) for what in found)


def test_work_that_goes_on_after_its_kernel_has_ended_is_given_up():
    never = threading.Event()
    with pytest.raises(DeadKernelError):
        finish(never.wait, lambda: True, patience=0.1)
    never.set()


def test_work_whose_kernel_lives_may_take_its_time():
    ended = threading.Event()

    def work() -> None:
        time.sleep(1.2)
        ended.set()

    finish(work, lambda: False, patience=0.1)
    assert ended.is_set()


def test_what_the_work_raises_is_raised():
    def work() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        finish(work, lambda: False, patience=0.1)


def test_kernels_are_reached_through_a_private_folder():
    with scratch_folder("test") as folder:
        kernel = Manager(folder)
        if not manager.zmq.has("ipc"):
            pytest.skip("the system has no such sockets")
        assert kernel.transport == "ipc"
        assert Path(kernel.ip).parent == folder
        assert Path(kernel.connection_file).parent == folder


@pytest.mark.parametrize("why", ["a long name", "a system without"])
def test_where_sockets_cannot_lie_in_a_folder_ports_are_used_and_encrypted(
    notebook, tmp_path, monkeypatch, why
):
    if why == "a long name":
        monkeypatch.setattr(manager, "LONGEST", 10)
    else:
        monkeypatch.setattr(manager.zmq, "has", lambda what: what == "curve")
    kernel = Manager(tmp_path)
    assert (kernel.transport, kernel.transport_encryption) == ("tcp", "auto")
    executed = execute(notebook, {}, launch(notebook, 0, Kernels(), None))
    assert executed.cells[-1].outputs[0].text.strip() == str(CELLS - 1)


def test_no_heart_is_listened_to(tmp_path):
    """Its thread opens sockets while others close theirs, and that may never end."""
    kernel = Manager(tmp_path)
    client = kernel.client()
    assert isinstance(client, Channels)
    for name in ("shell", "iopub", "stdin", "control"):
        setattr(kernel, f"{name}_port", 1)
    kernel.hb_port = 1
    client = kernel.client()
    client.start_channels()
    try:
        assert not client.hb_channel.is_alive()
        assert client.shell_channel.is_alive()
    finally:
        client.stop_channels()
        kernel.context.destroy(linger=0)
