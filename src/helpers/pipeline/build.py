"""From registry tables to rendered documents, running only what is stale.

Three kinds of stage: each notebook; the record, gathered from what the notebooks left; the
documents, rendered from the record. Out of scope: what stands in them.
"""

from __future__ import annotations

import shutil
import tempfile
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
from helpers.pipeline.layout import DOCUMENTS, FORMATS, RECORD, Layout, Renderer, layout_of
from helpers.pipeline.plan import Plan, statuses
from helpers.pipeline.record import gather, promote, require_writable, restore
from helpers.pipeline.schedule import looked_at, waves
from helpers.pipeline.stamps import Stamp, files_below, hashes, lock_hash, write_stamp

if TYPE_CHECKING:
    from helpers.pipeline.forks import ForkServer
    from helpers.pipeline.notebooks import Task
    from helpers.study.definition import Study

WORKERS = 2


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
        workers: How many notebooks run at once.
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
            reports = [_up_to_date(plan, stage.name) for stage in stages]
            return _report(plan, reports, began, render)
    with _alone(plan):
        with _forking(plan) as lent:
            study = _load(plan)
            reports = [*_run_notebooks(plan, workers, lent), _make_record(plan, study)]
        if render:
            reports.append(_make_documents(plan))
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
    with _alone(plan):
        report = _make_documents(plan)
    return _report(plan, [report], began)


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
    layout_of(root, study_id)
    with tempfile.TemporaryDirectory(prefix="manuscript-run-") as scratch:
        layout = Layout(root, study_id, Path(scratch))
        plan = Plan(layout, source, parameters, on_event=on_event, forks=forks)
        with _forking(plan) as lent:
            study = _load(plan)
            _run_notebooks(plan, workers, lent)
        _gather(plan, study, into)


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


def _report(
    plan: Plan, reports: list[StageReport], began: float, rendered: bool = True
) -> BuildReport:
    seconds = time.perf_counter() - began
    documents = plan.documents() if rendered else ()
    return BuildReport(plan.layout.study, tuple(reports), documents, seconds)


def _up_to_date(plan: Plan, name: str) -> StageReport:
    plan.on_event(Event(name, "up to date"))
    return StageReport(name, "up to date", 0.0)


@contextmanager
def _alone(plan: Plan) -> Iterator[None]:
    """Hold the study's lock; wait for another build of it, and say so."""
    from filelock import FileLock, Timeout

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


def _run_notebooks(plan: Plan, workers: int, forks: ForkServer | None) -> tuple[StageReport, ...]:
    from helpers.pipeline.notebooks import Run

    run = Run(plan.layout, plan.source, plan.on_event, workers, forks)
    reports: dict[str, StageReport] = {}
    for wave in waves(plan.notebooks):
        tasks = []
        for notebook in wave:
            inputs = plan.inputs_of(notebook)
            if plan.force or plan.stale(notebook, inputs):
                tasks.append(_task(plan, notebook, inputs))
            else:
                reports[notebook.stem] = _up_to_date(plan, notebook.stem)
        for name, seconds in run.tasks(tasks).items():
            reports[name] = StageReport(name, "ran", seconds)
    return tuple(reports[notebook.stem] for notebook in plan.notebooks)


@contextmanager
def _forking(plan: Plan) -> Iterator[ForkServer | None]:
    """Lend the resident fork server, or one that loads while the first notebook runs.

    There is none where the system has none, or where one kernel will do.
    """
    from helpers.pipeline.forks import available, load_server

    stale = [stage for stage in statuses(plan, render=False) if stage.stale]
    several = plan.force or len(stale) > len({RECORD, plan.notebooks[0].stem})
    if plan.forks is not None or not (several and available()):
        yield plan.forks
        return
    forks = load_server(plan.notebooks, plan.layout.root)
    try:
        yield forks
    finally:
        forks.close()


def _task(plan: Plan, notebook: Path, inputs: Mapping[str, str]) -> Task:
    from helpers.pipeline.notebooks import PARTS, Task

    first, stage = plan.notebooks[0], plan.layout.stage
    return Task(
        notebook,
        plan.parameters[notebook.stem],
        inputs,
        cohort=None if notebook == first else stage(first.stem) / "work",
        lent=tuple(
            part
            for path in looked_at(notebook, plan.notebooks)
            for part in sorted((stage(path.stem) / "record" / PARTS).glob("*.json"))
        ),
    )


def _make_record(plan: Plan, study: Study) -> StageReport:
    inputs, reasons = plan.record_state()
    if not (plan.force or reasons):
        return _up_to_date(plan, RECORD)
    began = time.perf_counter()
    plan.on_event(Event(RECORD, "running"))
    fresh = plan.layout.state / "gathered"
    _gather(plan, study, fresh)
    promote(fresh, plan.layout)
    outputs = hashes(fresh, files_below(fresh))
    write_stamp(plan.layout.stamp(RECORD), Stamp(inputs, outputs))
    shutil.rmtree(fresh)
    return _ran(plan, RECORD, began)


def _gather(plan: Plan, study: Study, into: Path) -> None:
    from helpers.ledger import assemble

    gather([plan.layout.stage(notebook.stem) for notebook in plan.notebooks], into)
    assemble(into, study, plan.given or {}, lock_hash(plan.layout.root))


def _make_documents(plan: Plan) -> StageReport:
    from helpers.manuscript import render_study

    inputs, reasons = plan.document_state()
    if not (plan.force or reasons):
        return _up_to_date(plan, DOCUMENTS)
    began = time.perf_counter()
    plan.on_event(Event(DOCUMENTS, "running"))
    layout = plan.layout

    def say(line: str) -> None:
        since = time.perf_counter() - began
        plan.on_event(Event(DOCUMENTS, "running", seconds=since, doing=line))

    rendered = render_study(
        layout.root,
        layout.study,
        formats=plan.formats,
        renderer=plan.renderer,
        line_numbers=plan.line_numbers,
        on_progress=say,
    )
    names = [document.path.relative_to(layout.outputs).as_posix() for document in rendered]
    write_stamp(layout.stamp(DOCUMENTS), Stamp(inputs, hashes(layout.outputs, names)))
    return _ran(plan, DOCUMENTS, began)


def _ran(plan: Plan, name: str, began: float) -> StageReport:
    seconds = time.perf_counter() - began
    plan.on_event(Event(name, "ran", seconds=seconds))
    return StageReport(name, "ran", seconds)
