"""``manuscript doctor``: whether a build can work here."""

from __future__ import annotations

import sys

import click

from helpers.project import find_root


@click.command()
def doctor() -> None:
    """Look at this installation; exits 1 where a build could not work."""
    from helpers.pipeline.installation import examine

    findings = examine(find_root())
    for finding in findings:
        click.echo(f"{finding.verdict:<8}{finding.subject:<18}{finding.detail}")
    if any(finding.verdict == "broken" for finding in findings):
        sys.exit(1)
