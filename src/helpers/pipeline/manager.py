"""A kernel's manager: how a kernel of this interpreter is started, reached and watched.

Kernel and build talk through sockets in a private folder where the system has them. Through ports,
two kernels that start in the same moment may be given the same one, of which one dies
("Address already in use": about one start in a thousand with eight at a time), and what they say
can be read by whoever may listen on the machine's own network; it is encrypted there.
"""

from __future__ import annotations

import math
import os
import queue
import sys
import time
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

#: How often it is looked whether a killed kernel has ended.
WAIT_SECONDS = 0.005
#: How long an answer is waited for, and what is shown beside it, before it is asked for again.
ANSWER_SECONDS, OUTPUT_SECONDS = 1.0, 0.05
#: The longest name of a socket that every system takes, less what is added to ours.
LONGEST = 100 - len("-5")


class ThisInterpreter(KernelSpecManager):
    """Kernels of the running interpreter, whatever kernelspecs the machine has."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the one kernel there is."""
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3 (ipykernel)",
            language="python",
            metadata={"supported_encryption": ["curve"]},
        )


class Channels(AsyncKernelClient):
    """A kernel's client without a heartbeat, ready as soon as its kernel is.

    Whether a kernel lives is asked of the system. The heartbeat's thread opens a new socket for
    every beat that stays unanswered, and a context in which one opens while it is closed is waited
    for without end.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and what it shows arrives.

        It is ready once it has said on the channel of its output that it is idle after its answer;
        jupyter_client waits for a fifth of a second without any output instead.

        Raises:
            RuntimeError: It died, or did not answer in time.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while not await self._answers():
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > deadline:
                raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")

    async def _answers(self) -> bool:
        self.kernel_info()
        try:
            reply = await self.shell_channel.get_msg(timeout=ANSWER_SECONDS)
            if reply["msg_type"] != "kernel_info_reply":
                return False
            while True:
                shown = await self.iopub_channel.get_msg(timeout=OUTPUT_SECONDS)
                own = shown["parent_header"].get("msg_id") == reply["parent_header"]["msg_id"]
                if own and shown["content"].get("execution_state") == "idle":
                    self._handle_kernel_info_reply(reply)
                    return True
        except queue.Empty:  # of its output, until the channel is connected
            return False

    def start_channels(
        self,
        shell: bool = True,
        iopub: bool = True,
        stdin: bool = True,
        hb: bool = True,
        control: bool = True,
    ) -> None:
        """Start every channel that is asked for but the heartbeat."""
        super().start_channels(shell, iopub, stdin, hb=False, control=control)


class Manager(AsyncKernelManager):
    """A manager of one kernel of this interpreter.

    Args:
        folder: A private folder for what the kernel is reached by.
        options: As jupyter_client's.
    """

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(
            kernel_name="python3",
            kernel_spec_manager=ThisInterpreter(),
            connection_file=str(folder / "kernel.json"),
            client_factory=Channels,
            **_transport(folder / "k"),
            **options,
        )

    @property
    def ended(self) -> bool:
        """Whether the kernel's process was started and has ended; any thread may ask."""
        if self.provisioner is None:
            return False
        process = getattr(self.provisioner, "process", None)
        if process is None:
            return getattr(self.provisioner, "pid", None) is not None
        return process.poll() is not None

    async def _async_wait(self, pollinterval: float = WAIT_SECONDS) -> None:
        """See a kernel's end soon: a tenth of a second a notebook adds up."""
        await super()._async_wait(min(pollinterval, WAIT_SECONDS))


def _transport(place: Path) -> dict[str, str]:
    """Return the settings with which a kernel is reached: a place for its sockets, or ports."""
    if zmq.has("ipc") and len(os.fsencode(place)) <= LONGEST:
        return {"transport": "ipc", "ip": str(place)}
    return {
        "transport": "tcp",
        "transport_encryption": "auto" if zmq.has("curve") else "disabled",
    }
