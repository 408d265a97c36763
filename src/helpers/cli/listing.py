"""``manuscript list``: the studies of a project."""

from __future__ import annotations

import click

from helpers.project import find_root, list_studies


@click.command("list")
def list_command() -> None:
    """Name the studies of this project."""
    from helpers.study import load_study

    root = find_root()
    for study_id in list_studies(root):
        study = load_study(root, study_id)
        click.echo(f"{study_id:<14}{study.provenance:<12}{study.title}")
