"""The process that builds: one line on its input asks for a build, lines of JSON tell of it.

It stays warm from one save to the next, with a process beside it that forks kernels, and is
replaced when the package itself changes. It does not outlive the preview: the end of its input,
however it comes, stops what is being built.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from helpers.errors import ManuscriptError
from helpers.pipeline import Event, build_study
from helpers.pipeline.inputs import PACKAGE
from helpers.preview.board import Problem, problem_of
from helpers.preview.residence import Residence
from helpers.review.site.stage import with_site

FORMATS = ("html",)
GRACE_SECONDS = 15.0  # for a build to end once nobody waits for it
#: Errors whose words are about the code, never about the data.
ABOUT_CODE = (SyntaxError, ImportError, NameError)


@dataclass
class Interruption:
    """Turns SIGINT into KeyboardInterrupt, while a build runs and at no other time."""

    armed: bool = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Take the signal."""
        if self.armed:
            self.armed = False
            raise KeyboardInterrupt


def main() -> None:
    """Build as often as asked, until the input ends."""
    request = json.loads(sys.argv[1])
    interruption = Interruption()
    signal.signal(signal.SIGINT, interruption)
    asked, told = _private_pipes()
    builds: queue.Queue[bool] = queue.Queue()
    threading.Thread(target=_listen, args=(asked, builds), name="asked", daemon=True).start()
    residence = Residence(Path(request["root"]))
    while builds.get():
        interruption.armed = True
        try:
            answer = _build(request, told, residence)
        except KeyboardInterrupt:
            answer = {"stopped": True}
        finally:
            interruption.armed = False
        with suppress(BrokenPipeError):  # nobody listens any more
            _tell(told, answer)
    residence.close()


def _listen(asked: TextIO, builds: queue.Queue[bool]) -> None:
    """Pass on what is asked for; at the end of the input, interrupt what is at work.

    A preview that was killed closes its end of the pipe without a word.
    """
    for _ in asked:
        builds.put(True)
    builds.put(False)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def _build(request: dict[str, Any], told: int, residence: Residence) -> dict[str, Any]:
    def on_event(event: Event) -> None:
        _tell(told, {"event": asdict(event)})

    try:
        report = build_study(
            Path(request["root"]),
            request["study"],
            source=Path(request["source"]) if request["source"] else None,
            renderer=request["renderer"],
            formats=FORMATS,
            forks=residence.server(),
            on_event=on_event,
        )
        report = with_site(Path(request["root"]), report, formats=FORMATS, on_event=on_event)
    except ManuscriptError as error:
        return {"problem": asdict(problem_of(error))}
    except Exception as error:
        return {"problem": asdict(_unforeseen(error))}
    return {"built": not report.up_to_date, "seconds": report.seconds}


def _unforeseen(error: Exception) -> Problem:
    """Name the place of an error that no one foresaw; words that may hold a value stay out."""
    said = f": {error}" if isinstance(error, ABOUT_CODE) else ""
    return Problem(
        f"{type(error).__name__}{said}",
        _place(error),
        "mend the code, if it was just changed; `manuscript build` shows the whole of the error",
    )


def _place(error: Exception) -> str:
    """Return the file and line where mending begins: the last one of the package's own."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown(Path(error.filename))}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    last = (own or frames)[-1]
    return f"{_shown(Path(last.filename))}, line {last.lineno}"


def _shown(path: Path) -> str:
    below = path.is_relative_to(PACKAGE)
    return f"src/helpers/{path.relative_to(PACKAGE).as_posix()}" if below else path.name


def _tell(told: int, message: dict[str, Any]) -> None:
    """Write one line in one piece: notebooks side by side tell of themselves from threads.

    It begins with a line's end too, so that one that was interrupted spoils no other.
    """
    left = f"\n{json.dumps(message)}\n".encode()
    while left:
        left = left[os.write(told, left) :]


def _private_pipes() -> tuple[TextIO, int]:
    """Keep the two pipes for this module: what others print goes to the error stream."""
    asked = os.fdopen(os.dup(0), encoding="utf-8")
    told = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return asked, told


if __name__ == "__main__":
    main()
