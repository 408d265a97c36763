"""The command ``manuscript``: parses and prints, nothing else.

Exit status: 0 when what the command says holds, 1 when it does not or something is wrong with
the input, 2 when it was called wrongly. Each verb is a module of its own, which is imported
when it is called, so that a build with nothing to do imports nothing else.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import current_thread, main_thread
from types import FrameType

import click

from helpers.errors import ManuscriptError

#: Verbs, in the order of the help, and the modules of this package that hold them.
VERBS = {
    "new": "new",
    "list": "listing",
    "build": "build",
    "run": "build",
    "render": "render",
    "status": "status",
    "reconstruct": "reconstruct",
    "audit": "audit",
    "verify": "verify",
    "check": "check",
    "sweep": "sweep",
    "diff": "diff",
    "archive": "archive",
    "preview": "preview",
    "doctor": "doctor",
}


class Verbs(click.Group):
    """A group that imports a verb's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs, in the order of the help."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb's command, or None where there is none of that name."""
        if cmd_name not in VERBS:
            return None
        commands = vars(import_module(f"{__name__}.{VERBS[cmd_name]}")).values()
        return next(c for c in commands if isinstance(c, click.Command) and c.name == cmd_name)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="myeloma-manuscript")
def manuscript() -> None:
    """From registry tables to a rendered abstract and paper, every number traceable."""


@contextmanager
def ended_as_by_hand() -> Iterator[None]:
    """Let the end that a system or a closed terminal asks for be that of Ctrl-C.

    Scratch folders, which may hold the cohort patient by patient, go then, and not with the next
    command.
    """
    taken = [
        number
        for number in (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP"))
        if number is not None and signal.getsignal(number) == signal.SIG_DFL
    ]
    if current_thread() is not main_thread():
        taken = []
    for number in taken:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Do what Ctrl-C does, even where a shell has that ignored in the background."""
    if callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)
    else:
        raise KeyboardInterrupt


def main() -> None:
    """Run the command and turn what went wrong into a message and an exit status."""
    try:
        with ended_as_by_hand():
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
