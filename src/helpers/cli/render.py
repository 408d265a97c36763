"""``manuscript render``: documents, or the text of a submission form, from the record."""

from __future__ import annotations

import os
from typing import Any

import click
from click.core import ParameterSource

from helpers.cli.options import FORCE, FORMAT, LINE_NUMBERS, QUIET, RENDERER, STUDY, STYLE, options
from helpers.cli.reports import print_reports
from helpers.pipeline import render_documents
from helpers.progress import Progress
from helpers.project import find_root
from helpers.review.site.stage import with_site


@click.command()
@STUDY
@options(STYLE, RENDERER, FORMAT, LINE_NUMBERS, FORCE, QUIET)
@click.pass_context
def render(
    context: click.Context, /, study: str, style: str | None, quiet: bool, **wanted: Any
) -> None:
    """Render the documents of a study from its results, and run no notebook."""
    if style is not None:
        _refuse_beside_style(context, wanted)
        _write_submission(study, style, quiet)
        return
    with Progress(study, quiet=quiet) as progress:
        report = render_documents(find_root(), study, on_event=progress.show, **wanted)
        chosen = {name: wanted[name] for name in ("formats", "force")}
        report = with_site(find_root(), report, on_event=progress.show, **chosen)
    print_reports([report], find_root(), quiet)


def _refuse_beside_style(context: click.Context, wanted: dict[str, Any]) -> None:
    for name in wanted:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            flag = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{flag} says nothing about the plain text of --style", context)


def _write_submission(study: str, style: str, quiet: bool) -> None:
    from helpers.manuscript.submission import write_submission

    root = find_root()
    made = write_submission(root, study, style)
    if quiet:
        return
    click.echo(
        f"{study}: {made.characters:,} of {made.limit:,} characters with spaces, "
        f"{made.visible:,} without (the title is not counted)"
    )
    click.echo(f"  {os.path.relpath(made.path, root)}")
