"""One preview from its beginning to Ctrl-C: watch, build, tell the pages and the terminal."""

from __future__ import annotations

import signal
import time
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.pipeline import Event
from helpers.pipeline.layout import Renderer, layout_of
from helpers.preview.board import Board, Problem
from helpers.preview.builder import Builder, Message
from helpers.preview.server import Server
from helpers.preview.watch import Watch
from helpers.progress import Progress

POLL_SECONDS = 0.2
Say = Callable[[str], None]


def preview_study(
    root: Path,
    study_id: str,
    *,
    source: Path | None = None,
    renderer: Renderer = "auto",
    port: int = 0,
    browser: bool = True,
    say: Say,
) -> None:
    """Serve a study's documents on the loopback address and keep them up to date; Ctrl-C ends it.

    Args:
        root: The project's folder.
        study_id: The study.
        source: Folder of the raw tables, where not below ``data/<study>/``.
        renderer: ``auto``, ``quarto`` or ``embedded``.
        port: Where to serve; 0 takes a free port.
        browser: Whether to open the page in the usual browser.
        say: Prints one line.

    Raises:
        ManuscriptError: There is no such study, or the port cannot be used. What is wrong with
            the study itself is shown, and the preview goes on.
    """
    layout = layout_of(root, study_id)
    request = {
        "root": str(root),
        "study": study_id,
        "source": None if source is None else str(source),
        "renderer": renderer,
    }
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    board, builder = Board(), Builder(request)
    try:
        with ExitStack() as stack:
            stack.callback(builder.close)
            server = stack.enter_context(Server(layout.outputs, board, port))
            say(f"{study_id}: preview at {server.url} until Ctrl-C")
            if browser:
                webbrowser.open(server.url)
            Session(study_id, Watch(layout, source), builder, board, say).run()
    except KeyboardInterrupt:
        say(f"{study_id}: the preview has ended")


@dataclass
class Session:
    """The loop of a preview.

    Attributes:
        study: The study's id.
        watch: Its files.
        builder: What builds it.
        board: What its pages are told.
        say: Prints one line.
    """

    study: str
    watch: Watch
    builder: Builder
    board: Board
    say: Say
    _wanted: bool = True
    _progress: Progress | None = None
    _looked: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Go on until KeyboardInterrupt."""
        try:
            while True:
                self._look()
                if self._wanted and not self.builder.busy:
                    self._begin()
                message = self.builder.listen(POLL_SECONDS)
                if message is not None:
                    self._take(message)
        finally:
            self._end_progress()

    def _look(self) -> None:
        """A save while a build is at work stops it: what it would show is old already."""
        if time.monotonic() - self._looked < POLL_SECONDS:
            return
        change = self.watch.changed()
        self._looked = time.monotonic()
        if change is None:
            return
        self._wanted = True
        self.builder.stop()
        if change.code:
            self._end_progress()
            self.builder.close()

    def _begin(self) -> None:
        self._wanted = False
        self._progress = Progress(self.study)
        self.board.building()
        self.builder.begin()

    def _take(self, message: Message) -> None:
        if "event" in message:
            if self._progress is not None:
                self._progress.show(Event(**message["event"]))
            return
        self._end_progress()
        if "problem" in message:
            problem = Problem(**message["problem"])
            self.board.bad(problem)
            error = ManuscriptError(problem.what, where=problem.where, remedy=problem.remedy)
            self.say(f"error: {error}\n{self.study}: the last good page stands; save to try again")
        elif "built" in message:
            self.board.good(new=message["built"])
            new = f"built in {message['seconds']:.1f} s" if message["built"] else "up to date"
            self.say(f"{self.study}: {new}")

    def _end_progress(self) -> None:
        if self._progress is not None:
            self._progress.__exit__(None, None, None)
            self._progress = None
