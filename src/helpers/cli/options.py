"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from helpers.errors import ManuscriptError

FORMATS = ("html", "docx", "pdf", "jats")
F = TypeVar("F", bound=Callable[..., Any])


class Formats(click.ParamType[tuple[str, ...]]):
    """Several formats, divided by commas.

    Args:
        known: The formats that there are.
    """

    name = "formats"

    def __init__(self, known: tuple[str, ...]) -> None:
        self._known = known

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the formats, or fail with the name that is none."""
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in str(value).split(","))
        for name in names:
            if name not in self._known:
                self.fail(f"{name!r} is not one of {', '.join(self._known)}", param, ctx)
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


class Folder(click.ParamType[Path]):
    """A folder that is there.

    Args:
        holds: What it holds, in words.
    """

    name = "directory"

    def __init__(self, holds: str) -> None:
        self._holds = holds

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return its absolute path.

        Raises:
            ManuscriptError: There is no such folder.
        """
        if not Path(value).is_dir():
            raise ManuscriptError(
                f"there is no folder {str(value)!r}",
                where=param.opts[0] if param else "",
                remedy=f"name the folder that holds {self._holds}",
            )
        return Path(value).resolve()


def options(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Return a decorator that gives a command several options, in this order."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


SOURCE = click.option(
    "--source",
    type=Folder("the registry tables"),
    help="Folder of the registry tables, where they do not lie in data/STUDY.",
)
SCHEDULER = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Run on the workers of this Dask scheduler, for example tcp://HOST:8786.",
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
    type=Formats(FORMATS),
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
