"""Records of several studies, each made wherever an engine runs, and put in place here.

What a notebook leaves for the others holds patient-level rows and stays where it ran, so that the
stages of such a build are not here: a build without the scheduler runs them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock

from helpers.errors import ManuscriptError
from helpers.executors.engines import Engine, EngineError, result_of
from helpers.executors.identity import OtherProjectError, identity_of
from helpers.executors.records import Order, make_record, unpack
from helpers.pipeline.contents import hashes, replace_text
from helpers.pipeline.layout import Layout, layout_of, record_files
from helpers.pipeline.record import promote, require_writable, restore
from helpers.scratch import scratch_folder

STAMP = "elsewhere.json"
OnStudy = Callable[[str, str], None]


def make_records(
    engine: Engine,
    root: Path,
    studies: Sequence[str],
    *,
    source: Path | None = None,
    parameters: Mapping[str, object] | None = None,
    force: bool = False,
    on_study: OnStudy = lambda study, state: None,
) -> None:
    """Bring the records of studies up to date, side by side.

    Args:
        engine: Where the notebooks run.
        root: The project's folder.
        studies: The studies.
        source: Folder of the raw tables, where not below ``data/<study>/``.
        parameters: Parameters of the notebooks.
        force: Run everything, made before or not.
        on_study: Told of every study, and "up to date", "ran" or "failed".

    Raises:
        ManuscriptError: A study failed, the others being in place; or a worker has another
            project; or the engine is gone.
    """
    waiting: dict[Future[bytes], tuple[Layout, dict[str, Any]]] = {}
    for study in dict.fromkeys(studies):
        layout, identity = layout_of(root, study), identity_of(root, study, source)
        inputs = {**asdict(identity), "parameters": repr(sorted((parameters or {}).items()))}
        if not force and _made(layout) == {**inputs, "record": _record(layout)}:
            on_study(study, "up to date")
            continue
        require_writable(layout)
        order = Order(study, identity, root, dict(parameters or {}), source)
        waiting[engine.submit(make_record, order)] = (layout, inputs)
    problems = []
    for future in engine.finished(waiting):
        layout, inputs = waiting.pop(future)
        try:
            _put(result_of(future), layout, inputs)
            on_study(layout.study, "ran")
        except (OtherProjectError, EngineError):
            raise
        except ManuscriptError as problem:
            on_study(layout.study, "failed")
            problems.append(f"{layout.study}: {problem.what} ({problem.where})")
    if problems:
        raise ManuscriptError(
            "\n".join(problems), where="--scheduler", remedy="the other studies are in place"
        )


def _made(layout: Layout) -> object:
    """Return what the record was made from, and its files, when it last came from elsewhere."""
    try:
        return json.loads((layout.state / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _record(layout: Layout) -> dict[str, str]:
    return hashes(layout.outputs, record_files(layout.outputs))


def _put(content: bytes, layout: Layout, inputs: Mapping[str, Any]) -> None:
    """Put a record in the place of the last one, in one step."""
    with scratch_folder("put") as scratch, FileLock(layout.lock):
        unpack(content, scratch / "record")
        restore(layout)
        promote(scratch / "record", layout)
        stamp = {**inputs, "record": _record(layout)}
        replace_text(layout.state / STAMP, json.dumps(stamp, indent=1, sort_keys=True) + "\n")
