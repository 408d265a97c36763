"""The kernels that are running, so that all of them can be stopped at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager


class StoppedError(Exception):
    """The run was stopped from outside, before this notebook came to its end."""


@dataclass
class Kernels:
    """The kernels that are running, so that all of them can be stopped at once."""

    _stopping: threading.Event = field(default_factory=threading.Event)
    _running: set[AsyncKernelManager] = field(default_factory=set)

    @property
    def stopping(self) -> bool:
        """Whether no further kernel may start."""
        return self._stopping.is_set()

    def add(self, kernel: AsyncKernelManager) -> None:
        """Watch a kernel."""
        self._running.add(kernel)

    def discard(self, kernel: AsyncKernelManager | None) -> None:
        """Watch a kernel no longer, if it ever started."""
        self._running -= {kernel}

    def stop(self) -> None:
        """Kill every kernel that runs; those about to start never do."""
        self._stopping.set()
        for kernel in tuple(self._running):
            process = getattr(kernel.provisioner, "process", None)
            if process is not None and process.poll() is None:
                process.kill()
