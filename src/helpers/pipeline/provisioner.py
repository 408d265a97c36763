"""How jupyter_client gets a kernel that was forked rather than started."""

from __future__ import annotations

import importlib.util
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from helpers.pipeline.forks import ForkServer

LAUNCHER = "ipykernel_launcher"


class ForkProvisioner(LocalProvisioner):
    """jupyter_client's local provisioner, with a forked process in place of a started one."""

    forks: ForkServer

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel; ``cmd`` is its command line, whose interpreter is already running."""
        program = importlib.util.find_spec(LAUNCHER)
        argv = [str(program and program.origin), *cmd[cmd.index(LAUNCHER) + 1 :]]
        forked = self.forks.fork(argv, str(kwargs["cwd"]), kwargs["env"], kwargs["stdout"].fileno())
        self.process = forked  # type: ignore[assignment]
        self.pid = self.pgid = forked.pid
        self.cwd = kwargs["cwd"]
        return self.connection_info


def forked(manager: AsyncKernelManager, forks: ForkServer) -> ForkProvisioner:
    """Return the provisioner with which a kernel manager gets its kernel from a fork server."""
    provisioner = ForkProvisioner(
        kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec, parent=manager
    )
    provisioner.forks = forks
    return provisioner
