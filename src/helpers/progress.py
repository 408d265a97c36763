"""A line per stage while a build works: live on a terminal, plain elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from helpers.pipeline.events import Event

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

MARKS = {"failed": "✗", "stopped": "–"}
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Progress:
    """Shows the events of one study's build.

    Used as a context manager; nothing is printed for a build that has nothing to do.
    """

    def __init__(self, study: str, *, quiet: bool = False) -> None:
        self._study = study
        self._quiet = quiet
        self._events: dict[str, Event] = {}
        self._begun: dict[str, float] = {}
        self._lock = threading.Lock()
        self._live: Live | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, event: Event) -> None:
        """Take one event; may be called from several threads."""
        if self._quiet:
            return
        with self._lock:
            self._begun.setdefault(event.stage, time.perf_counter())
            self._events[event.stage] = event
            if event.state == "up to date":
                return
            if sys.stdout.isatty():
                self._show_live()
            elif event.state != "running":
                print(f"{self._study}: {_words(event, event.seconds)}", flush=True)

    def _show_live(self) -> None:
        if self._live is None:
            from rich.live import Live

            self._live = Live(get_renderable=self._table, refresh_per_second=8)
            self._live.start()
        self._live.refresh()

    def _table(self) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 1))
        for event in tuple(self._events.values()):
            busy = event.state in ("running", "waiting")
            now = time.perf_counter()
            words = _words(event, now - self._begun[event.stage] if busy else event.seconds)
            frame = FRAMES[int(8 * now) % len(FRAMES)]
            mark = frame if busy else MARKS.get(event.state, "✓")
            table.add_row(Text(mark), Text(self._study), Text(words))
        return table


def _words(event: Event, seconds: float) -> str:
    if event.state == "waiting":
        return "waits for another build of this study"
    if event.state == "up to date":
        return f"{event.stage:<14} up to date"
    if event.state == "running":
        doing = f"cell {event.done}/{event.total}" if event.total else event.doing
        return f"{event.stage:<14} {doing:<16} {seconds:5.1f} s"
    return f"{event.stage:<14} {event.state:<16} {seconds:5.1f} s"
