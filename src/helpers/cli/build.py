"""``manuscript build`` and ``manuscript run``: results, with or without documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from helpers.cli.options import (
    FORCE,
    FORMAT,
    LINE_NUMBERS,
    PARAMETER,
    QUIET,
    RENDERER,
    SCHEDULER,
    SOURCE,
    STUDY,
    options,
)
from helpers.cli.reports import print_reports
from helpers.pipeline import build_study, parse_parameters
from helpers.progress import Progress
from helpers.project import find_root
from helpers.review.site.stage import with_site


@click.command()
@click.argument("studies", nargs=-1, required=True, metavar="STUDY...")
@options(SOURCE, PARAMETER, RENDERER, FORMAT, LINE_NUMBERS, FORCE, SCHEDULER, QUIET)
def build(studies: tuple[str, ...], quiet: bool, scheduler: str | None, **wanted: Any) -> None:
    """Bring the results and documents of studies up to date."""
    if scheduler is not None:
        _build_elsewhere(scheduler, studies, quiet, **wanted)
        return
    _build(studies, quiet, render=True, **wanted)


@click.command()
@STUDY
@options(SOURCE, PARAMETER, FORCE, QUIET)
def run(study: str, quiet: bool, **wanted: Any) -> None:
    """Bring the results of a study up to date, and render nothing."""
    _build((study,), quiet, render=False, **wanted)


def _build(
    studies: tuple[str, ...], quiet: bool, parameters: tuple[str, ...], **wanted: Any
) -> None:
    root, given = find_root(), parse_parameters(parameters)
    reports = []
    for study in studies:
        with Progress(study, quiet=quiet) as progress:
            report = build_study(root, study, parameters=given, on_event=progress.show, **wanted)
            if wanted["render"]:
                chosen = {name: wanted[name] for name in ("formats", "force")}
                report = with_site(root, report, on_event=progress.show, **chosen)
            reports.append(report)
    print_reports(reports, root, quiet)


def _build_elsewhere(
    scheduler: str,
    studies: tuple[str, ...],
    quiet: bool,
    parameters: tuple[str, ...],
    source: Path | None,
    **wanted: Any,
) -> None:
    """Have the notebooks run on the workers of a scheduler, and render here."""
    from helpers.executors import engine, make_records
    from helpers.pipeline import render_documents

    def say(study: str, state: str) -> None:
        if not quiet:
            click.echo(f"{study}: {'notebooks':<14} {state}")

    root, given = find_root(), parse_parameters(parameters)
    chosen = {"source": source, "parameters": given, "force": wanted["force"], "on_study": say}
    with engine(scheduler, 1) as running:
        make_records(running, root, studies, **chosen)
    reports = []
    for study in studies:
        with Progress(study, quiet=quiet) as progress:
            report = render_documents(root, study, on_event=progress.show, **wanted)
            asked = {name: wanted[name] for name in ("formats", "force")}
            reports.append(with_site(root, report, on_event=progress.show, **asked))
    print_reports(reports, root, quiet)
