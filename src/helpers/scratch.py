"""Folders for a moment, below the system's temporary one, that go even when their owner is killed.

Each is held by a lock that the system lets go of when the process ends, however it ends. The first
folder that a process asks for removes those of this user that nobody holds any more.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "manuscript-"
OWNER = ".owner"
INNER = "in"
#: An empty folder may be about to get its lock; after this time it is nobody's.
UNCLAIMED_SECONDS = 3600.0


@contextmanager
def scratch_folder(what: str) -> Iterator[Path]:
    """Hold an empty private folder, which is removed at the end.

    Args:
        what: What it is for, as a word of its name.
    """
    clear_abandoned()
    folder, owner = _held(what)
    try:
        (folder / INNER).mkdir()
        yield folder / INNER
    finally:
        owner.release()
        _remove(folder)


@cache
def clear_abandoned() -> None:
    """Remove the folders whose owners have ended; looked for once in a process."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            _clear(folder)


def _held(what: str) -> tuple[Path, FileLock]:
    """Return a new folder and its lock, held; another process may just be clearing it away."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{what}-"))
        owner = FileLock(folder / OWNER)
        with suppress(Timeout):
            owner.acquire(timeout=0)
            return folder, owner


def _clear(folder: Path) -> None:
    """Remove a folder that is this user's, was made here and is held by no process."""
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != getattr(os, "getuid", lambda: 0)():
        return
    if (folder / OWNER).exists():
        with suppress(Timeout), FileLock(folder / OWNER).acquire(timeout=0):
            _remove(folder)
    elif time.time() - about.st_mtime > UNCLAIMED_SECONDS:
        folder.rmdir()  # which leaves alone what holds anything


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: what cannot go yet is found again.

    A program that its owner had started may write for a moment after the owner was killed.
    """
    shutil.rmtree(folder / INNER, ignore_errors=True)
    if not (folder / INNER).exists():
        shutil.rmtree(folder, ignore_errors=True)
