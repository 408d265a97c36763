"""The command ``manuscript``: parses and prints, nothing else.

Exit status: 0 when what the command says holds, 1 when it does not or something is wrong with
the input, 2 when it was called wrongly. Heavy imports wait until a command needs them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from helpers.errors import ManuscriptError
from helpers.pipeline import (
    BuildReport,
    StageStatus,
    build_study,
    parse_parameters,
    render_documents,
    status,
)
from helpers.progress import Progress
from helpers.project import find_root, list_studies

FORMATS = ("html", "docx", "pdf", "jats")
F = TypeVar("F", bound=Callable[..., Any])


class Formats(click.ParamType[tuple[str, ...]]):
    """Several formats, divided by commas."""

    name = "formats"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the formats, or fail with the name that is none."""
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in str(value).split(","))
        for name in names:
            if name not in FORMATS:
                self.fail(f"{name!r} is not one of {', '.join(FORMATS)}", param, ctx)
        return names


class StyleName(click.ParamType[str]):
    """A style of a society; their table is read when one is named."""

    name = "style"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or fail with the names that there are."""
        from helpers.manuscript.submission import STYLES

        if value not in STYLES:
            self.fail(f"{value!r} is not one of {', '.join(sorted(STYLES))}", param, ctx)
        return str(value)


def _options(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


SOURCE = click.option(
    "--source",
    type=click.Path(exists=True, file_okay=False, path_type=Path, resolve_path=True),
    help="Folder of the registry tables, where they do not lie in data/STUDY.",
)
PARAMETER = click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Parameter of the notebooks; VALUE is YAML. May be repeated.",
)
RENDERER = click.option(
    "--renderer",
    type=click.Choice(["auto", "quarto", "embedded"]),
    default="auto",
    show_default=True,
    help="What renders documents; auto takes Quarto where it is installed.",
)
FORMAT = click.option(
    "--formats",
    type=Formats(),
    default=",".join(FORMATS),
    show_default=True,
    help="Formats of the documents, divided by commas.",
)
LINE_NUMBERS = click.option(
    "--line-numbers", is_flag=True, help="Number the lines of DOCX, as reviewers like it."
)
STYLE = click.option(
    "--style",
    type=StyleName(),
    help="Write the abstract as plain text for a society's form instead: ash-abstract.",
)
FORCE = click.option("--force", is_flag=True, help="Run everything, up to date or not.")
QUIET = click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
STUDY = click.argument("study")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="myeloma-manuscript")
def manuscript() -> None:
    """From registry tables to a rendered abstract and paper, every number traceable."""


@manuscript.command("list")
def list_command() -> None:
    """Name the studies of this project."""
    from helpers.study import load_study

    root = find_root()
    for study_id in list_studies(root):
        study = load_study(root, study_id)
        click.echo(f"{study_id:<14}{study.provenance:<12}{study.title}")


@manuscript.command()
@click.argument("studies", nargs=-1, required=True, metavar="STUDY...")
@_options(SOURCE, PARAMETER, RENDERER, FORMAT, LINE_NUMBERS, FORCE, QUIET)
def build(studies: tuple[str, ...], quiet: bool, **options: Any) -> None:
    """Bring the results and documents of studies up to date."""
    _build(studies, quiet, render=True, **options)


@manuscript.command()
@STUDY
@_options(SOURCE, PARAMETER, FORCE, QUIET)
def run(study: str, quiet: bool, **options: Any) -> None:
    """Bring the results of a study up to date, and render nothing."""
    _build((study,), quiet, render=False, **options)


@manuscript.command()
@STUDY
@_options(STYLE, RENDERER, FORMAT, LINE_NUMBERS, FORCE, QUIET)
@click.pass_context
def render(
    context: click.Context, /, study: str, style: str | None, quiet: bool, **options: Any
) -> None:
    """Render the documents of a study from its results, and run no notebook."""
    if style is not None:
        _refuse_beside_style(context, options)
        _write_submission(study, style, quiet)
        return
    with Progress(study, quiet=quiet) as progress:
        report = render_documents(find_root(), study, on_event=progress.show, **options)
    _print_reports([report], find_root(), quiet)


@manuscript.command()
@STUDY
@_options(SOURCE, RENDERER)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port of the loopback address; left out, a free one is taken.",
)
@click.option(
    "--no-browser", "browser", is_flag=True, default=True, flag_value=False, help="Open no page."
)
def preview(study: str, **options: Any) -> None:
    """Show the documents of a study and rebuild them on every save, until Ctrl-C."""
    from helpers.preview import preview_study

    preview_study(find_root(), study, say=_say, **options)


@manuscript.command("status")
@STUDY
@click.option("--why", is_flag=True, help="Say which inputs differ.")
@_options(SOURCE, PARAMETER, RENDERER, FORMAT, LINE_NUMBERS)
def status_command(study: str, why: bool, parameters: tuple[str, ...], **options: Any) -> None:
    """Say what a build would run; exits 1 where anything is stale."""
    given = parse_parameters(parameters)
    stages = status(find_root(), study, parameters=given, **options)
    for stage in stages:
        _print_status(stage, why)
    if any(stage.stale for stage in stages):
        sys.exit(1)


@manuscript.command()
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


@manuscript.command()
def doctor() -> None:
    """Look at this installation; exits 1 where a build could not work."""
    from helpers.pipeline.installation import examine

    findings = examine(find_root())
    for finding in findings:
        click.echo(f"{finding.verdict:<8}{finding.subject:<18}{finding.detail}")
    if any(finding.verdict == "broken" for finding in findings):
        sys.exit(1)


def _build(
    studies: tuple[str, ...], quiet: bool, parameters: tuple[str, ...], **options: Any
) -> None:
    root, given = find_root(), parse_parameters(parameters)
    reports = []
    for study in studies:
        with Progress(study, quiet=quiet) as progress:
            reports.append(
                build_study(root, study, parameters=given, on_event=progress.show, **options)
            )
    _print_reports(reports, root, quiet)


def _refuse_beside_style(context: click.Context, options: dict[str, Any]) -> None:
    for name in options:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            flag = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{flag} says nothing about the plain text of --style", context)


def _write_submission(study: str, style: str, quiet: bool) -> None:
    from helpers.manuscript.submission import write_submission

    root = find_root()
    made = write_submission(root, study, style)
    if quiet:
        return
    click.echo(
        f"{study}: {made.characters:,} of {made.limit:,} characters with spaces, "
        f"{made.visible:,} without (the title is not counted)"
    )
    click.echo(f"  {os.path.relpath(made.path, root)}")


def _print_reports(reports: list[BuildReport], root: Path, quiet: bool) -> None:
    if quiet:
        return
    for report in reports:
        if report.up_to_date:
            click.echo(f"{report.study}: everything is up to date")
        else:
            click.echo(f"{report.study}: done in {report.seconds:.1f} s")
            for stage in report.stages:
                took = f"{stage.seconds:6.1f} s" if stage.status == "ran" else "up to date"
                click.echo(f"  {stage.name:<16}{took:>10}")
        for document in report.documents:
            click.echo(f"  {os.path.relpath(document, root)}")


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()


def _print_status(stage: StageStatus, why: bool) -> None:
    click.echo(f"{stage.name:<16}{'stale' if stage.stale else 'up to date'}")
    for reason in stage.reasons if why else ():
        click.echo(f"  {reason}")


def main() -> None:
    """Run the command and turn what went wrong into a message and an exit status."""
    try:
        manuscript(standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except ManuscriptError as problem:
        click.echo(f"error: {problem}", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped; the last results are as they were", err=True)
        sys.exit(1)
