"""From registry tables to rendered documents, running only what is stale.

Three kinds of stage: each notebook; the record, gathered from what the notebooks left; the
documents, rendered from the record. Out of scope: what stands in them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.errors import ManuscriptError
from helpers.pipeline.events import (
    BuildReport,
    Event,
    OnEvent,
    StageReport,
    StageStatus,
    say_nothing,
)
from helpers.pipeline.layout import DOCUMENTS, FORMATS, Layout, Renderer, layout_of
from helpers.pipeline.plan import Plan, statuses

if TYPE_CHECKING:
    from helpers.pipeline.forks import ForkServer
    from helpers.study.definition import Study

WORKERS = 2
#: Bytes of registry tables past which notebooks run one after another: each holds the cohort.
LARGE = 1 << 28


def build_study(
    root: Path,
    study_id: str,
    *,
    source: Path | None = None,
    parameters: Mapping[str, object] | None = None,
    renderer: Renderer = "auto",
    formats: tuple[str, ...] = FORMATS,
    line_numbers: bool = False,
    force: bool = False,
    render: bool = True,
    workers: int = WORKERS,
    forks: ForkServer | None = None,
    on_event: OnEvent = say_nothing,
) -> BuildReport:
    """Bring a study's record, and its documents, up to date.

    Args:
        root: The project's folder.
        study_id: The study.
        source: Folder of the raw tables, where not below ``data/<study>/``.
        parameters: Values for parameters of the notebooks.
        renderer: ``auto``, ``quarto`` or ``embedded``.
        formats: Formats of the documents.
        line_numbers: Whether DOCX numbers its lines.
        force: Run everything, stale or not.
        render: Whether documents are wanted.
        workers: How many notebooks run at once; one where the tables are larger than ``LARGE``.
        forks: A fork server that outlives the call; None loads one where it pays.
        on_event: Told of every step.

    Raises:
        ManuscriptError: Something is wrong with the call, the study, a notebook or a document;
            the last good record stands as it was.
        KeyboardInterrupt: Ctrl-C, once every kernel has ended.
    """
    began = time.perf_counter()
    layout = layout_of(root, study_id)
    plan = Plan(layout, source, parameters, renderer, formats, force, on_event, line_numbers, forks)
    if not force:
        stages = statuses(plan, render=render)
        if not any(stage.stale for stage in stages):
            for stage in stages:
                on_event(Event(stage.name, "up to date"))
            reports = [StageReport(stage.name, "up to date", 0.0) for stage in stages]
            return _report(plan, reports, began, render)
    with _alone(plan):
        reports = _run(plan, render, workers)
    return _report(plan, reports, began, render)


def render_documents(
    root: Path,
    study_id: str,
    *,
    renderer: Renderer = "auto",
    formats: tuple[str, ...] = FORMATS,
    line_numbers: bool = False,
    force: bool = False,
    on_event: OnEvent = say_nothing,
) -> BuildReport:
    """Render the documents of a study from the record that is there; no notebook runs.

    Raises:
        ManuscriptError: There is no record, or a document cannot be rendered.
    """
    began = time.perf_counter()
    layout = layout_of(root, study_id)
    plan = Plan(layout, None, None, renderer, formats, force, on_event, line_numbers)
    if not (layout.outputs / "ledger.json").is_file():
        raise ManuscriptError(
            f"{study_id} has no record to render",
            where=f"outputs/{study_id}/",
            remedy=f"run `manuscript build {study_id}`",
        )
    from helpers.pipeline.stages import Stages

    with _alone(plan):
        reports = Stages(plan).run((DOCUMENTS,), 1)
    return _report(plan, reports, began)


def run_notebooks(
    root: Path,
    study_id: str,
    into: Path,
    *,
    source: Path | None = None,
    parameters: Mapping[str, object] | None = None,
    workers: int = WORKERS,
    forks: ForkServer | None = None,
    on_event: OnEvent = say_nothing,
) -> None:
    """Run every notebook and leave the record in a folder, away from the study's own.

    Args:
        root: The project's folder.
        study_id: The study.
        into: A folder for the record, which is emptied first.
        source: As for :func:`build_study`.
        parameters: As for :func:`build_study`.
        workers: As for :func:`build_study`.
        forks: As for :func:`build_study`; see :func:`helpers.pipeline.forks.resident`.
        on_event: As for :func:`build_study`.

    Raises:
        ManuscriptError: As for :func:`build_study`.
    """
    from helpers.pipeline.stages import Stages, gather_record
    from helpers.scratch import scratch_folder

    layout_of(root, study_id)
    with scratch_folder("run") as scratch:
        layout = Layout(root, study_id, scratch)
        plan = Plan(layout, source, parameters, on_event=on_event, forks=forks)
        study = _load(plan)
        with _forking(plan, several=True) as lent:
            names = [notebook.stem for notebook in plan.notebooks]
            Stages(plan, lent).run(names, _at_once(plan, workers))
        gather_record(plan, study, into)


def status(
    root: Path,
    study_id: str,
    *,
    source: Path | None = None,
    parameters: Mapping[str, object] | None = None,
    renderer: Renderer = "auto",
    formats: tuple[str, ...] = FORMATS,
    line_numbers: bool = False,
) -> tuple[StageStatus, ...]:
    """Return which stages a build would run, and because of which inputs."""
    layout = layout_of(root, study_id)
    plan = Plan(layout, source, parameters, renderer, formats, line_numbers=line_numbers)
    return statuses(plan, render=True)


def _run(plan: Plan, render: bool, workers: int) -> list[StageReport]:
    """Run whatever is stale now; return what became of every stage."""
    states = statuses(plan, render=render)
    names = [state.name for state in states]
    running = {state.name for state in states if plan.force or state.stale}
    kernels = [notebook for notebook in plan.notebooks if notebook.stem in running]
    with _forking(plan, several=len(kernels) > 1) as lent:
        # It loads while the fork server does.
        from helpers.pipeline.stages import Stages

        study = _load(plan) if running - {DOCUMENTS} else None
        return Stages(plan, lent, study).run(names, _at_once(plan, workers))


def _at_once(plan: Plan, workers: int) -> int:
    """Return how many notebooks run side by side: one of a registry too large to be held twice."""
    folder = plan.source or plan.layout.data
    paths = [folder / name for name in plan.inputs.tables()]
    held = sum(path.stat().st_size for path in paths if path.is_file())
    return 1 if held > LARGE else workers


def _report(
    plan: Plan, reports: list[StageReport], began: float, rendered: bool = True
) -> BuildReport:
    seconds = time.perf_counter() - began
    documents = plan.documents() if rendered else ()
    return BuildReport(plan.layout.study, tuple(reports), documents, seconds)


@contextmanager
def _alone(plan: Plan) -> Iterator[None]:
    """Hold the study's lock; wait for another build of it, and say so."""
    from filelock import FileLock, Timeout

    from helpers.pipeline.record import require_writable, restore

    require_writable(plan.layout)
    lock = FileLock(plan.layout.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        plan.on_event(Event(plan.layout.study, "waiting"))
        lock.acquire()
    try:
        restore(plan.layout)
        yield
    finally:
        lock.release()


def _load(plan: Plan) -> Study:
    from helpers.study import load_study

    return load_study(plan.layout.root, plan.layout.study)


@contextmanager
def _forking(plan: Plan, several: bool) -> Iterator[ForkServer | None]:
    """Lend the resident fork server, or one that loads while the first notebook runs.

    There is none where the system has none, or where one kernel will do.
    """
    from helpers.pipeline.forks import available, load_server

    if plan.forks is not None or not (several and available()):
        yield plan.forks
        return
    forks = load_server(plan.notebooks, plan.layout.root)
    try:
        yield forks
    finally:
        forks.close()
