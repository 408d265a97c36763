"""What a build did, in lines."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from helpers.pipeline import BuildReport

_REMOVED = re.compile(r"\[-.*?-\]")
_ADDED = re.compile(r"\{\+.*?\+\}")


def print_reports(reports: list[BuildReport], root: Path, quiet: bool) -> None:
    """Print what each build did and where its documents lie; nothing when quiet."""
    if quiet:
        return
    for report in reports:
        if report.up_to_date:
            click.echo(f"{report.study}: everything is up to date")
        else:
            click.echo(f"{report.study}: done in {report.seconds:.1f} s")
            for stage in report.stages:
                took = f"{stage.seconds:6.1f} s" if stage.status == "ran" else stage.status
                click.echo(f"  {stage.name:<16}{took:>10}")
        for document in report.documents:
            click.echo(f"  {os.path.relpath(document, root)}")


def highlighted(line: str) -> str:
    """Return a line with its marks in color: what was removed, what is new, what is decided."""
    if line.lstrip().startswith("!! ") and "[-" not in line and "{+" not in line:
        return click.style(line, fg="red", bold=True)
    line = _REMOVED.sub(lambda match: click.style(match[0], fg="red"), line)
    line = _ADDED.sub(lambda match: click.style(match[0], fg="green", bold=True), line)
    return line.replace(" !! ", click.style(" !! ", fg="red", bold=True))
