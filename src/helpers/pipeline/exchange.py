"""Two folders change places, so that at any instant the one or the other stands there."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

AT_FDCWD = -100
RENAME_EXCHANGE = 2


def put_in_place(new: Path, old: Path) -> None:
    """Let a finished folder take the place of another, which is removed.

    In one step where the system can; else in two, between which the old one lies beside as
    ``.<name>.previous`` and :func:`restore` brings it back.
    """
    if not old.exists():
        new.rename(old)
        return
    if not _exchange(new, old):
        old.rename(previous(old))
        new.rename(old)
        remove(previous(old))
    remove(new)


def restore(folder: Path) -> None:
    """Mend what was left by a process that was killed while it put a folder in place."""
    if previous(folder).exists() and not folder.exists():
        previous(folder).rename(folder)
    remove(previous(folder))


def previous(folder: Path) -> Path:
    """Where a folder lies for the instant between two steps."""
    return folder.with_name(f".{folder.name}.previous")


def remove(folder: Path) -> None:
    """Remove a folder, if it is there."""
    if folder.exists():
        shutil.rmtree(folder)


def _exchange(new: Path, old: Path) -> bool:
    """Exchange two folders in one step; False where the system cannot."""
    if sys.platform != "linux":
        return False
    import ctypes

    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    paths = os.fsencode(new), os.fsencode(old)
    return bool(rename and rename(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE) == 0)
