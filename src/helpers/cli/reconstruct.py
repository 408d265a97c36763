"""``manuscript reconstruct``: a registry that explains a published abstract."""

from __future__ import annotations

import os

import click

from helpers.cli.options import STUDY
from helpers.project import find_root


@click.command()
@STUDY
def reconstruct(study: str) -> None:
    """Make the registry of a study that is known by its published abstract alone."""
    from helpers.reconstruction import reconstruct as make

    root = find_root()
    made = make(root, study)
    click.echo(f"{study}: reconstructed with seed {made.seed}. These are synthetic patients.")
    for path in made.files:
        click.echo(f"  {os.path.relpath(path, root)}")
    if made.given_way:
        click.echo("claims that had to give way, because no registry satisfies all of them:")
    for claim in made.given_way:
        click.echo(f"  {claim}")
