"""``manuscript sweep``: run the grid, and compare how the abstract reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError
from helpers.executors import engine, identity_of, release
from helpers.review.sentences import read_templates
from helpers.review.sweep.claims import Claim, claims
from helpers.review.sweep.grid import Grid, make_grid
from helpers.review.sweep.points import OnOutcome, Outcome, Runner, Store
from helpers.scratch import scratch_folder

DOCUMENT = "abstract"


@dataclass(frozen=True)
class Sweep:
    """What a sweep found.

    Attributes:
        grid: The grid.
        outcomes: What became of each point, in their order.
        claims: The sentences that would read differently.
        looked_at: How many sentences of the abstract hold a number.
    """

    grid: Grid
    outcomes: tuple[Outcome, ...]
    claims: tuple[Claim, ...]
    looked_at: int

    @property
    def failed(self) -> tuple[int, ...]:
        """Positions of the points that failed."""
        return tuple(n for n, outcome in enumerate(self.outcomes) if outcome.numbers is None)


def _say_nothing(outcome: Outcome) -> None:
    """Take an outcome and do nothing with it."""


def sweep(
    root: Path,
    study: str,
    vary: Iterable[str],
    *,
    given: Mapping[str, Any] | None = None,
    source: Path | None = None,
    scheduler: str | None = None,
    workers: int = 1,
    on_outcome: OnOutcome = _say_nothing,
) -> Sweep:
    """Run a study's notebooks over a grid and tell which sentences of its abstract would change.

    Args:
        root: The project's folder.
        study: The study's id.
        vary: ``name=value,value`` for each parameter that is varied.
        given: Parameters that every point has.
        source: Folder of the raw tables, where not below ``data/<study>/``.
        scheduler: Address of a Dask scheduler; None runs here.
        workers: How many points run at once, where they run here.
        on_outcome: Told of every point that is done; may be called before others begin.

    Raises:
        ManuscriptError: Something is wrong with the call or the study, the study fails with its
            own settings, a worker has another project, or the scheduler is gone. Points that
            were finished are kept for the next call.
    """
    grid = make_grid(root, study, vary, given)
    identity = identity_of(root, study, source)
    with scratch_folder("sweep") as empty:
        templates = read_templates(root, study, empty, [DOCUMENT])
    if not templates:
        raise ManuscriptError(
            "the study has no abstract to read",
            where=f"manuscripts/{study}/{DOCUMENT}.qmd",
            remedy="write one",
        )
    store = Store.of(root, study, identity)
    try:
        with engine(scheduler, workers) as running:
            runner = Runner(root, study, identity, source, store, running)
            found = runner.run((grid.base, *grid.points), on_outcome)
    finally:
        release()
    own = found[grid.base.key]
    if own.numbers is None:
        raise ManuscriptError(
            f"the study fails with its own settings: {own.problem}",
            where=study,
            remedy=f"mend it until `manuscript run {study}` succeeds",
        )
    outcomes = tuple(found[point.key] for point in grid.points)
    at = {n: o.numbers for n, o in enumerate(outcomes) if o.numbers is not None}
    read = claims(templates, grid, own.numbers, at)
    return Sweep(grid, outcomes, read, sum(bool(template.keys) for template in templates))
