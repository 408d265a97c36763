"""The record of a study, gathered from what the notebooks left, and its documents: put in place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.pipeline import exchange
from helpers.pipeline.contents import file_hash, files_below
from helpers.pipeline.layout import Layout, owned, record_files

PRIVATE = 0o700
PROBE = ".probe-"
#: Where finished documents lie for the moment before each takes its place.
PLACING = ".placing-"


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
        exchange.remove(beside)
        shutil.copytree(record, beside, symlinks=True)
        for name in files_below(outputs):
            if not owned(name) and not (beside / name).exists():
                (beside / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(outputs / name, beside / name, follow_symlinks=False)
        exchange.put_in_place(beside, outputs)
    except OSError as problem:
        raise _unwritable(layout, problem) from None


def place(documents: Path, layout: Layout) -> None:
    """Put finished documents beside the record, all of them in one step.

    Nothing is touched where no byte differs.

    Args:
        documents: The folder that they were made in.
        layout: The study's folders.

    Raises:
        ManuscriptError: The folder cannot be written.
    """
    outputs, beside = layout.outputs, _beside(layout)
    names = files_below(documents)
    if all(file_hash(documents / name) == file_hash(outputs / name) for name in names):
        return
    try:
        exchange.remove(beside)
        shutil.copytree(outputs, beside, symlinks=True)
        for name in names:
            shutil.copyfile(documents / name, beside / name)
        exchange.put_in_place(beside, outputs)
    except OSError as problem:
        raise _unwritable(layout, problem) from None


def restore(layout: Layout) -> None:
    """Mend what a build left that was killed in the middle of a step."""
    exchange.restore(layout.outputs)
    exchange.remove(_beside(layout))
    for folder in layout.outputs.glob(f"{PLACING}*"):
        exchange.remove(folder)
    for folder in _written(layout):
        for probe in folder.glob(f"{PROBE}*"):
            probe.unlink(missing_ok=True)


def require_writable(layout: Layout) -> None:
    """Find out before a long run whether its results can be written at its end.

    Raises:
        ManuscriptError: A folder that the build writes cannot be written.
    """
    for folder in _written(layout):
        probe = folder / f"{PROBE}{os.getpid()}"
        try:
            folder.mkdir(mode=PRIVATE if folder == layout.state.parent else 0o777, exist_ok=True)
            probe.write_text("", encoding="utf-8")
            probe.unlink(missing_ok=True)
        except OSError as problem:
            raise _unwritable(layout, problem, folder) from None


def _same(record: Path, outputs: Path) -> bool:
    new = files_below(record)
    old = record_files(outputs)
    return set(old) <= set(new) and all(
        file_hash(record / name) == file_hash(outputs / name) for name in new
    )


def _written(layout: Layout) -> tuple[Path, ...]:
    """The folders that a build writes."""
    return (layout.state.parent, layout.state, layout.outputs.parent, layout.outputs)


def _beside(layout: Layout) -> Path:
    return layout.outputs.with_name(f".{layout.study}.new")


def _unwritable(layout: Layout, problem: OSError, folder: Path | None = None) -> ManuscriptError:
    place = folder or layout.outputs
    return ManuscriptError(
        f"the results cannot be written: {problem.strerror or type(problem).__name__}",
        where=f"{layout.relative(place)}/",
        remedy="make the folder writable, or free some space; the last results are as they were",
    )
