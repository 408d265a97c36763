"""``manuscript sweep``: which sentences of the abstract hang on a choice."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helpers.cli.options import PARAMETER, QUIET, SCHEDULER, SOURCE, STUDY, options
from helpers.cli.reports import highlighted
from helpers.pipeline import parse_parameters
from helpers.project import find_root

if TYPE_CHECKING:
    from helpers.review.sweep import Outcome


@click.command("sweep")
@STUDY
@click.option(
    "--vary",
    multiple=True,
    required=True,
    metavar="NAME=VALUE,VALUE",
    help="A parameter and its values, in YAML. May be repeated: every combination is run.",
)
@options(PARAMETER, SOURCE, SCHEDULER)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=lambda: os.cpu_count() or 1,
    show_default="processors",
    help="How many points run at once, where they run here.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@options(QUIET)
def sweep_command(
    study: str,
    vary: tuple[str, ...],
    parameters: tuple[str, ...],
    source: Path | None,
    scheduler: str | None,
    jobs: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say which sentences of the abstract would read differently; exits 1 where a point failed."""
    from helpers.review import sweep

    def say(outcome: Outcome) -> None:
        if quiet:
            return
        how = "failed" if outcome.numbers is None else "kept" if outcome.reused else "ran"
        click.echo(f"{study}: {how:<7}{outcome.point.words}", err=True)

    root = find_root()
    found = sweep.sweep(
        root,
        study,
        vary,
        given=parse_parameters(parameters),
        source=source,
        scheduler=scheduler,
        workers=jobs,
        on_outcome=say,
    )
    made = sweep.write_reports(found, root / "outputs" / study)
    if as_json:
        click.echo(sweep.as_json(found))
    else:
        for line in sweep.as_lines(found):
            click.echo(highlighted(line))
        for path in made:
            click.echo(f"  {os.path.relpath(path, root)}")
    if found.failed:
        sys.exit(1)
