"""``manuscript new``: a study to begin with, from a table where there is one."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.cells import cell_len, set_cell_size

from helpers.cli.options import STUDY
from helpers.project import find_root

if TYPE_CHECKING:
    from helpers.scaffold import Proposal, Scaffold


@click.command()
@STUDY
@click.option(
    "--table",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A table with one row a patient; its headings say what study.yml is to hold.",
)
@click.option("--sheet", help="Sheet of a workbook; else the one with the most headings.")
@click.option("--title", default="A retrospective cohort of multiple myeloma", help="In words.")
@click.option(
    "--data-cut",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day at which the data were frozen; else today.",
)
@click.option(
    "--provenance", type=click.Choice(["real", "synthetic"]), default="real", show_default=True
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=HEADING",
    help="Column of a variable, such as start=C1, where it is not recognized. May be repeated.",
)
@click.option(
    "--documents",
    is_flag=True,
    help="Only the documents, as the study.yml that is there asks for them.",
)
@click.pass_context
def new(
    context: click.Context,
    study: str,
    table: Path | None,
    sheet: str | None,
    title: str,
    data_cut: dt.datetime | None,
    provenance: str,
    columns: tuple[str, ...],
    documents: bool,
) -> None:
    """Begin a study: its definition, an abstract, a paper, and what the checks read."""
    from helpers.scaffold import draft, scaffold
    from helpers.scaffold.definition import About

    if documents:
        _only_documents(context)
        root = find_root()
        _print_files(root, draft(root, study))
        click.echo(f"\nWrite what begins with “To write:”; then\n  manuscript build {study}")
        return
    named = dict(_named(entry) for entry in columns)
    cut = data_cut.date() if data_cut else dt.date.today()
    root = find_root()
    about = About(study, title, "real" if provenance == "real" else "synthetic", cut)
    made = scaffold(root, about, table=table, sheet=sheet, named=named)
    _print(root, made)


def _only_documents(context: click.Context) -> None:
    """Refuse options that say what study.yml is to be, where it is there already."""
    source = click.core.ParameterSource.COMMANDLINE
    given = [name for name in context.params if context.get_parameter_source(name) is source]
    others = [name.replace("_", "-") for name in given if name not in ("study", "documents")]
    if others:
        words = " and ".join(f"--{name}" for name in others).replace("--columns", "--column")
        raise click.UsageError(f"--documents takes what study.yml says, and no {words}")


def _named(entry: str) -> tuple[str, str]:
    name, sign, heading = entry.partition("=")
    if not sign:
        raise click.BadParameter(f"{entry!r} is not NAME=HEADING", param_hint="--column")
    return name.strip(), heading.strip()


def _print(root: Path, made: Scaffold) -> None:
    """Say what was written, how each column was understood, and what comes next."""
    _print_files(root, made.files)
    if made.table is not None:
        click.echo(f"  {os.path.relpath(made.table, root)}  (a copy of the table)")
    for line in made.ignored:
        click.echo(f"  .gitignore: {line}")
    click.echo("")
    lines = [("column", "variable", "type"), *_columns(made.proposal)]
    widths = [max(cell_len(line[place]) for line in lines) + 2 for place in (0, 1)]
    for heading, name, kind in lines:
        click.echo(set_cell_size(heading, widths[0]) + set_cell_size(name, widths[1]) + kind)
    _print_next(made)


def _print_files(root: Path, files: Iterable[Path]) -> None:
    for path in files:
        click.echo(f"  {os.path.relpath(path, root)}")


def _columns(proposal: Proposal) -> Iterator[tuple[str, str, str]]:
    """Yield heading, variable and type of every column, with a remark where one is due."""
    from helpers.ledger.formatting import number_of

    yield proposal.source.id, "(the patient)", ""
    for column in proposal.columns:
        remark = "" if column.role else ", not recognized: taken as known on treatment only"
        if column.unread:
            what = "waits in a comment" if column.waits else "the build names the row"
            remark = f", not understood in {number_of(column.unread, 'row')}: {what}"
        yield column.heading if column.there else "?", column.name, column.type + remark
    for heading in proposal.left_out:
        yield heading, "(left out)", "words, or blank"


def _print_next(made: Scaffold) -> None:
    study, proposal = made.study.id, made.proposal
    if proposal.reading.day_or_month:
        click.echo("\nDates were taken as day/month/year; nothing in the table tells. See")
        click.echo("date_formats in study.yml.")
    if made.table is None:
        click.echo(f"\nNext: put the table at data/{study}/raw/{proposal.source.file}, write")
        click.echo("the headings of its columns into study.yml, then")
    elif proposal.absent:
        click.echo(f"\nNot found: {', '.join(proposal.absent)}. The build needs them.")
        if proposal.strange_dates:
            click.echo(f"Dates that were not recognized: {', '.join(proposal.strange_dates)}.")
        click.echo("Write their columns into study.yml (or delete what was made, and give them")
        click.echo(f"with --column, such as --column {proposal.absent[0]}=HEADING); then")
    else:
        click.echo("\nRead study.yml, above all what each column was taken for; then")
    click.echo(f"  manuscript build {study}")
