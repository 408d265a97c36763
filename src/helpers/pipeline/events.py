"""What a build tells while it works, and when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["waiting", "running", "ran", "retold", "up to date", "failed", "stopped"]


@dataclass(frozen=True)
class Event:
    """One step of a build.

    Attributes:
        stage: Name of the stage.
        state: What it does now; ``waiting`` is for another build of the same study,
            ``stopped`` because something else failed or the build was stopped; ``retold``
            where new text took the place of the old around results that stand.
        done: Cells finished.
        total: Cells in all; 0 where the stage has none.
        seconds: Time since the stage began.
        doing: What a stage without cells is at.
    """

    stage: str
    state: State
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    doing: str = ""


OnEvent = Callable[[Event], None]


def say_nothing(event: Event) -> None:
    """Take an event and do nothing with it."""


@dataclass(frozen=True)
class StageReport:
    """What became of one stage, and in how many seconds."""

    name: str
    status: Literal["ran", "retold", "up to date"]
    seconds: float


@dataclass(frozen=True)
class StageStatus:
    """Whether a stage is stale, and because of what.

    Attributes:
        name: Name of the stage.
        reasons: One sentence for every input or output that differs; none when up to date.
        runs: Whether it runs; False too where a notebook's text alone is exchanged.
    """

    name: str
    reasons: tuple[str, ...]
    runs: bool = True

    @property
    def stale(self) -> bool:
        """Whether the next build runs this stage."""
        return bool(self.reasons)


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    Attributes:
        study: The study's id.
        stages: Every stage, in order.
        documents: The documents that lie ready, new or not; none where none were wanted.
        seconds: Time from the call to its end; stages side by side count once.
    """

    study: str
    stages: tuple[StageReport, ...]
    documents: tuple[Path, ...]
    seconds: float

    @property
    def up_to_date(self) -> bool:
        """Whether there was nothing to do."""
        return all(stage.status == "up to date" for stage in self.stages)
