"""What every open page is told: which version it should show, and what is wrong."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import asdict, dataclass, field, replace

from helpers.errors import ManuscriptError


@dataclass(frozen=True)
class Problem:
    """Why the last build failed: what, where, and how to mend it."""

    what: str
    where: str
    remedy: str


@dataclass(frozen=True)
class State:
    """What a page must know to be right.

    Attributes:
        version: Of the documents; a page that was served with another one is old.
        building: Whether a build is at work.
        problem: Why the last build failed; None where it did not.
    """

    version: str
    building: bool = False
    problem: Problem | None = None

    def text(self) -> str:
        """The state as one line of JSON."""
        return json.dumps(asdict(self))


def problem_of(error: ManuscriptError) -> Problem:
    """Return the three parts of an error as a problem."""
    return Problem(error.what, error.where, error.remedy)


@dataclass
class Board:
    """The present state, for which any number of threads may wait.

    The first part of a version differs from one preview to the next, so that a page left open
    from an earlier one finds out that it is old.
    """

    _changed: threading.Condition = field(default_factory=threading.Condition)
    _token: str = field(default_factory=lambda: secrets.token_hex(4))
    _number: int = 0
    _closed: bool = False

    def __post_init__(self) -> None:
        self._state = State(f"{self._token}-0", building=True)  # the first thing a preview does

    @property
    def state(self) -> State:
        """The present state."""
        return self._state

    @property
    def closed(self) -> bool:
        """Whether the preview is ending."""
        return self._closed

    def building(self) -> None:
        """A build is at work; what was wrong stays shown until it ends."""
        self._post(replace(self._state, building=True))

    def good(self, *, new: bool) -> None:
        """The build came to its end; ``new`` where any document may differ."""
        self._number += new
        self._post(State(f"{self._token}-{self._number}"))

    def bad(self, problem: Problem) -> None:
        """The build failed; the documents are as they were."""
        self._post(State(self._state.version, problem=problem))

    def close(self) -> None:
        """Let everyone who waits go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait(self, seen: State | None, seconds: float) -> State | None:
        """Return the state as soon as it is another than ``seen``; None when time is up.

        Args:
            seen: The state that the caller knows.
            seconds: How long to wait at most.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._state is not seen, seconds)
            return None if self._closed or self._state is seen else self._state

    def _post(self, state: State) -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()
