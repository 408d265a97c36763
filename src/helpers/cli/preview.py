"""``manuscript preview``: documents that follow every save."""

from __future__ import annotations

import sys
from typing import Any

import click

from helpers.cli.options import RENDERER, SOURCE, STUDY, options
from helpers.project import find_root


@click.command()
@STUDY
@options(SOURCE, RENDERER)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port of the loopback address; left out, a free one is taken.",
)
@click.option(
    "--no-browser", "browser", is_flag=True, default=True, flag_value=False, help="Open no page."
)
def preview(study: str, **wanted: Any) -> None:
    """Show the documents of a study and rebuild them on every save, until Ctrl-C."""
    from helpers.preview import preview_study

    preview_study(find_root(), study, say=_say, **wanted)


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()
