"""``manuscript verify``: does a rerun agree with the record?

Exit status 0 only where everything that was to be verified was.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helpers.cli.options import QUIET, SOURCE, STUDY, Folder, options
from helpers.progress import Progress
from helpers.project import find_root

if TYPE_CHECKING:
    from helpers.review.verification import Quantity, Verification

SHOWN = 20
WIDTH = 60


@click.command()
@STUDY
@click.option(
    "--record",
    type=Folder("the record: ledger.json, notebooks, tables, figures"),
    help="Folder of the record; without it outputs/STUDY.",
)
@options(SOURCE)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path, resolve_path=True),
    help="Folder for verification.html, .json, .junit.xml and .pdf; without it outputs/STUDY.",
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path, resolve_path=True),
    help="Write the JUnit XML to this file as well.",
)
@click.option(
    "--make-twin",
    "twin",
    is_flag=True,
    help="Write the synthetic tables of a sealed study, from study.yml alone, and stop.",
)
@options(QUIET)
def verify(
    study: str,
    record: Path | None,
    source: Path | None,
    output: Path | None,
    junit: Path | None,
    twin: bool,
    quiet: bool,
) -> None:
    """Run the notebooks again and compare every quantity with the record."""
    from helpers.review.verification import verify_study
    from helpers.review.verification.certificate import write_certificate
    from helpers.review.verification.report import STEM, as_junit, write_reports

    root = find_root()
    if twin:
        _make_twin(root, study, quiet)
        return
    folder = output or root / "outputs" / study
    for old in folder.glob(f"{STEM}.*"):
        old.unlink()
    with Progress(study, quiet=quiet) as progress:
        found = verify_study(root, study, record=record, source=source, on_event=progress.show)
    paths = (*write_reports(found, folder), write_certificate(found, folder))
    if junit is not None:
        junit.write_text(as_junit(found), encoding="utf-8")
    if not quiet:
        _print(found)
        for path in (*paths, *([junit] if junit else [])):
            click.echo(f"  {path.relative_to(root) if path.is_relative_to(root) else path}")
    if folder == root / "outputs" / study:
        _refresh_site(root, study, quiet)
    if found.problem:
        click.echo(f"error: {found.problem}", err=True)
    if not found.holds:
        if quiet:
            click.echo(found.headline, err=True)
        sys.exit(1)


def _refresh_site(root: Path, study_id: str, quiet: bool) -> None:
    """Put the report into the site, where there is one; a site that cannot be made stays."""
    from helpers.errors import ManuscriptError
    from helpers.review.site.stage import refreshed

    try:
        index = refreshed(root, study_id)
    except ManuscriptError as problem:
        click.echo(f"the site was left as it is: {problem}", err=True)
        return
    if index is not None and not quiet:
        click.echo(f"  {index.with_name('verification.html').relative_to(root)}")


def _make_twin(root: Path, study_id: str, quiet: bool) -> None:
    from helpers.errors import ManuscriptError
    from helpers.pipeline.layout import layout_of
    from helpers.review.verification.reference import write_reference
    from helpers.review.verification.twin import make_twin
    from helpers.review.verification.verify import recorded_parameters
    from helpers.study import load_study

    study = load_study(root, study_id)
    if study.sealed is None:
        raise ManuscriptError(
            f"{study_id} is not sealed: its tables may be seen",
            where=f"data/{study_id}/study.yml",
            remedy="say `sealed: {twin: twin}` there, or verify with the data",
        )
    layout = layout_of(root, study_id)
    twin = layout.data / study.sealed.twin
    paths = make_twin(root, study, twin)
    with Progress(study_id, quiet=quiet) as progress:
        hashes = write_reference(
            layout,
            twin,
            parameters=recorded_parameters(layout),
            on_event=progress.show,
        )
    for path in (*paths, hashes):
        click.echo(f"  {path.relative_to(root)}")
    click.echo("synthetic patients, drawn from study.yml alone; no number from them means anything")


def _print(found: Verification) -> None:
    """Print the counts by kind, what does not simply agree, and the verdict."""
    click.echo(f"{'kind':<12}{'looked at':>10}{'agree':>10}{'differ':>10}{'not verified':>14}")
    for one in found.totals:
        counts = f"{one.of:>10,}{one.agree:>10,}{one.differ:>10,}{one.not_verified:>14,}"
        click.echo(f"{one.kind:<12}{counts}")
    for one in found.totals_outside:
        click.echo(f"{one.kind:<12}{one.of:>10,}   not verified here")
    for quantity in found.remarkable[:SHOWN]:
        _print_quantity(quantity)
    more = len(found.remarkable) - SHOWN
    if more > 0:
        click.echo(f"  … and {more} more; see verification.html")
    for fact in found.environment.differences:
        click.echo(f"environment: {fact.subject} {fact.present}, recorded {fact.recorded}")
    click.echo(found.headline)


def _print_quantity(one: Quantity) -> None:
    click.echo(f"{one.verdict}: {one.where} {one.what}")
    if one.published or one.recomputed:
        click.echo(f"  published   {_cut(one.published)}")
        click.echo(f"  recomputed  {_cut(one.recomputed)}")
    why = [f"difference {one.difference}"] if one.difference else []
    why += [f"allowed {one.allowed}"] if one.allowed else []
    why += [one.note] if one.note else []
    click.echo(f"  {'; '.join(why)}")


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"
