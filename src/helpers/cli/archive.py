"""``manuscript archive``: a study as one file for a repository or a reviewer."""

from __future__ import annotations

from pathlib import Path

import click

from helpers.cli.options import SOURCE, STUDY, options
from helpers.project import find_root


@click.command()
@STUDY
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file; without it STUDY.zip in this folder.",
)
@click.option("--with-data", is_flag=True, help="Put the registry tables in as well.")
@options(SOURCE)
def archive(study: str, output: Path | None, with_data: bool, source: Path | None) -> None:
    """Write an RO-Crate of sources, record, locked environment and documents."""
    from helpers.review.archive import archive_study

    made = archive_study(find_root(), study, output, with_data=with_data, source=source)
    size = made.path.stat().st_size / 1e6
    click.echo(f"{made.path}: {len(made.files)} files, {size:.1f} MB, read back and valid")
    for note in made.notes:
        click.echo(f"  {note}")
