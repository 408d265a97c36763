"""The environment in which every kernel runs: the same on every machine, as far as it matters."""

from __future__ import annotations

import os
from collections.abc import Mapping

LEFT_OUT = ("COLUMNS", "LINES", "PYTHONSTARTUP", "MPLBACKEND", "PYTHONWARNINGS")
FIXED = {
    # A thread of Arrow's allocator would not survive a fork.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
}


def kernel_environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a kernel that is given some variables."""
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {**kept, **FIXED, **given}
