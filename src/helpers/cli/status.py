"""``manuscript status``: what a build would run, and why."""

from __future__ import annotations

import sys
from typing import Any

import click

from helpers.cli.options import FORMAT, LINE_NUMBERS, PARAMETER, RENDERER, SOURCE, STUDY, options
from helpers.pipeline import StageStatus, parse_parameters, status
from helpers.project import find_root
from helpers.review.site.stage import site_status


@click.command("status")
@STUDY
@click.option("--why", is_flag=True, help="Say which inputs differ.")
@options(SOURCE, PARAMETER, RENDERER, FORMAT, LINE_NUMBERS)
def status_command(study: str, why: bool, parameters: tuple[str, ...], **wanted: Any) -> None:
    """Say what a build would run; exits 1 where anything is stale."""
    given = parse_parameters(parameters)
    root = find_root()
    stages = status(root, study, parameters=given, **wanted)
    stages += site_status(root, study, stages, wanted["formats"])
    for stage in stages:
        _print_status(stage, why)
    if any(stage.stale for stage in stages):
        sys.exit(1)


def _print_status(stage: StageStatus, why: bool) -> None:
    click.echo(f"{stage.name:<16}{'stale' if stage.stale else 'up to date'}")
    for reason in stage.reasons if why else ():
        click.echo(f"  {reason}")
