"""The record of a study: gathered from what the notebooks left, and put in place at once."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.pipeline.layout import Layout
from helpers.pipeline.stamps import file_hash, files_below

OWNED_FILES = ("audit.json", "ledger.json", "numbers.yml")
OWNED_FOLDERS = ("figures", "tables", "parts")
AT_FDCWD = -100
RENAME_EXCHANGE = 2
PRIVATE = 0o700


def gather(stages: Iterable[Path], into: Path) -> None:
    """Bring together, in a fresh folder, what each notebook left.

    Args:
        stages: One folder per notebook, each with a ``record``.
        into: The folder, which is emptied first.

    Raises:
        ManuscriptError: Two notebooks wrote the same file.
    """
    if into.exists():
        shutil.rmtree(into)
    into.mkdir(parents=True)
    owner: dict[str, str] = {}
    for stage in stages:
        for name in files_below(stage / "record"):
            if name in owner:
                raise ManuscriptError(
                    f"two notebooks write {name}",
                    where=f"{owner[name]} and {stage.name}",
                    remedy="give the cell of one of them another label",
                )
            owner[name] = stage.name
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(stage / "record" / name, target)


def promote(record: Path, layout: Layout) -> None:
    """Put a finished record in the place of the last one.

    The whole folder is written beside and exchanged in one step, so that at any instant the
    one or the other stands there. What notebooks do not write, documents above all, is kept.
    Nothing is touched where no byte differs.

    Raises:
        ManuscriptError: The folder cannot be written.
    """
    outputs, beside = layout.outputs, _beside(layout)
    if _same(record, outputs):
        return
    try:
        _remove(beside)
        shutil.copytree(record, beside)
        for name in files_below(outputs):
            if not owned(name) and not (beside / name).exists():
                (beside / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(outputs / name, beside / name)
        _exchange(beside, outputs)
        _remove(beside)
    except OSError as problem:
        raise _unwritable(layout, problem) from None


def restore(layout: Layout) -> None:
    """Mend what a build that was killed while it exchanged two folders left."""
    beside, previous = _beside(layout), _previous(layout)
    if previous.exists() and not layout.outputs.exists():
        previous.rename(layout.outputs)
    _remove(previous)
    _remove(beside)


def require_writable(layout: Layout) -> None:
    """Find out before a long run whether its results can be written at its end.

    Raises:
        ManuscriptError: A folder that the build writes cannot be written.
    """
    for folder in (layout.state.parent, layout.state, layout.outputs.parent, layout.outputs):
        probe = folder / f".probe-{os.getpid()}"
        try:
            folder.mkdir(mode=PRIVATE if folder == layout.state.parent else 0o777, exist_ok=True)
            probe.write_text("", encoding="utf-8")
            probe.unlink()
        except OSError as problem:
            raise _unwritable(layout, problem, folder) from None


def owned(name: str) -> bool:
    """Whether a file of ``outputs/<study>/`` belongs to the record."""
    head, _, rest = name.partition("/")
    if rest:
        return head in OWNED_FOLDERS
    return head.endswith(".ipynb") or head in OWNED_FILES


def record_files(outputs: Path) -> list[str]:
    """Return the files of ``outputs/<study>/`` that belong to the record."""
    return [name for name in files_below(outputs) if owned(name)]


def _same(record: Path, outputs: Path) -> bool:
    new = files_below(record)
    old = record_files(outputs)
    return set(old) <= set(new) and all(
        file_hash(record / name) == file_hash(outputs / name) for name in new
    )


def _exchange(new: Path, old: Path) -> None:
    """Let two folders change places: in one step where the system can, else in two."""
    if not old.exists():
        new.rename(old)
        return
    if sys.platform == "linux":
        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        paths = os.fsencode(new), os.fsencode(old)
        if rename and rename(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE) == 0:
            return
    previous = old.with_name(f".{old.name}.previous")
    old.rename(previous)
    new.rename(old)
    _remove(previous)


def _beside(layout: Layout) -> Path:
    return layout.outputs.with_name(f".{layout.study}.new")


def _previous(layout: Layout) -> Path:
    return layout.outputs.with_name(f".{layout.study}.previous")


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _unwritable(layout: Layout, problem: OSError, folder: Path | None = None) -> ManuscriptError:
    place = folder or layout.outputs
    return ManuscriptError(
        f"the results cannot be written: {problem.strerror or type(problem).__name__}",
        where=f"{layout.relative(place)}/",
        remedy="make the folder writable, or free some space; the last results are as they were",
    )
