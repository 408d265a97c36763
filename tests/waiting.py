"""Waiting for what another process or thread does: for as long as it takes, but not for ever."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECONDS = 60.0


def wait_for(met: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """Return what ``met`` gives as soon as it is true; fail when time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := met():
            return found
        time.sleep(0.05)
    raise AssertionError(f"in {seconds:.0f} s: no {what}")


def gone(pid: int) -> bool:
    """Whether a process has ended, if only as a zombie that nobody has waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.is_file() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z"
