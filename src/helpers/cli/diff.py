"""``manuscript diff``: what changed between two records, and because of which input.

Exit status as that of diff: 0 where nothing printed differs, 1 where something does, 2 where the
two could not be compared.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from helpers.cli.reports import highlighted
from helpers.errors import ManuscriptError
from helpers.project import find_root


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--study", help="The study, where the two names do not say it.")
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the differences as a page as well.",
)
def diff_command(old: str, new: str, study: str | None, as_json: bool, html: Path | None) -> None:
    """Say which numbers, sentences and figures differ between two records, and why.

    OLD and NEW are folders of records, archives, STUDY, STUDY@COMMIT or commits.
    """
    from helpers.review import revision

    try:
        found = revision.compare(old, new, _root(), study)
    except ManuscriptError as problem:
        click.echo(f"error: {problem}", err=True)
        sys.exit(2)
    if as_json:
        click.echo(revision.as_json(found))
    else:
        for line in revision.as_lines(found):
            click.echo(highlighted(line))
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(revision.as_page(found), encoding="utf-8")
    if not found.equal:
        sys.exit(1)


def _root() -> Path | None:
    try:
        return find_root()
    except ManuscriptError:
        return None
