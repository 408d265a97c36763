"""``manuscript check``: gates between the record and what is about to be printed.

Exit status 1 where a gate has an error; warnings are for a person to judge.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helpers.cli.options import SOURCE, STUDY, options
from helpers.project import find_root

if TYPE_CHECKING:
    from helpers.review.findings import GateReport


@click.command("check")
@STUDY
@click.option(
    "--gate", "gates", multiple=True, metavar="NAME", help="Run this gate only. May be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the findings as JUnit XML as well.",
)
@click.option("--notes", is_flag=True, help="Print what each gate looked at, rule by rule.")
@click.option(
    "--write-checklist", is_flag=True, help="Write _checklist.qmd from checklist.yml first."
)
@options(SOURCE)
def check_command(
    study: str,
    gates: tuple[str, ...],
    as_json: bool,
    junit: Path | None,
    notes: bool,
    write_checklist: bool,
    source: Path | None,
) -> None:
    """Look at what is about to be printed; exits 1 where a gate has an error."""
    from helpers.review import findings
    from helpers.review.gates import check_study, checklist, open_context

    if write_checklist:
        written = checklist.write_checklist(open_context(find_root(), study))
        click.echo(f"wrote {written.parent.name}/{written.name}", err=as_json)
    reports = check_study(find_root(), study, gates=gates, source=source)
    if as_json:
        click.echo(findings.as_json(study, reports))
    else:
        _print(reports, notes)
    if junit is not None:
        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.write_text(findings.as_junit(study, reports), encoding="utf-8")
    if any(report.errors for report in reports):
        sys.exit(1)


def _print(reports: tuple[GateReport, ...], notes: bool) -> None:
    from helpers.ledger.formatting import number_of

    for report in reports:
        verdict = "error" if report.errors else "warning" if report.warnings else "ok"
        click.echo(f"{report.gate:<12}{verdict:<9}{report.line}")
        for note in report.notes if notes else ():
            click.echo(f"  {note}")
    for report in reports:
        for finding in report.findings:
            click.echo(f"\n{finding.severity}: {report.gate}: {finding.what}")
            click.echo(f"  where: {finding.where}")
            click.echo(f"  why:   {finding.why}")
            click.echo(f"  mend:  {finding.remedy}")
    errors = number_of(sum(len(report.errors) for report in reports), "error")
    warnings = number_of(sum(len(report.warnings) for report in reports), "warning")
    click.echo(f"\n{number_of(len(reports), 'gate')}: {errors}, {warnings}")
