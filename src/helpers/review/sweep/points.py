"""Running the points of a grid, each once: what was computed before is taken from where it lies.

``.manuscript/<study>/sweep/<inputs>/<parameters>.tar`` holds the ledger of one point. Its name
says what it was computed from, so that it is never stale; those of other inputs are removed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.executors import Engine, Identity, Order, make_record, unpack
from helpers.executors.engines import EngineError, result_of
from helpers.executors.identity import OtherProjectError
from helpers.pipeline.contents import combined, text_hash
from helpers.pipeline.layout import layout_of
from helpers.review.sentences import Numbers, read_numbers
from helpers.review.sweep.grid import Point
from helpers.scratch import scratch_folder

LEDGER = "ledger.json"
NAME = 32


@dataclass(frozen=True)
class Outcome:
    """What became of a point: its numbers, or why it has none."""

    point: Point
    numbers: Numbers | None
    problem: str = ""
    reused: bool = False


OnOutcome = Callable[[Outcome], None]


@dataclass(frozen=True)
class Store:
    """Where the points of a study are kept that were computed from the same inputs.

    Attributes:
        folder: The folder of these inputs.
    """

    folder: Path

    @classmethod
    def of(cls, root: Path, study: str, identity: Identity) -> Store:
        """Return the store of these inputs, and remove those of others."""
        base = layout_of(root, study).state / "sweep"
        folder = base / combined(asdict(identity))[:NAME]
        base.parent.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        for other in base.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)
        return cls(folder)

    def get(self, point: Point) -> bytes | None:
        """Return the packed ledger of a point, where it was computed before."""
        path = self._path(point)
        return path.read_bytes() if path.is_file() else None

    def put(self, point: Point, content: bytes) -> None:
        """Keep the packed ledger of a point: at once, never a part."""
        path = self._path(point)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_bytes(content)
        beside.replace(path)

    def _path(self, point: Point) -> Path:
        return self.folder / f"{text_hash(point.key)[:NAME]}.tar"


@dataclass(frozen=True)
class Runner:
    """Runs points.

    Attributes:
        root: The project's folder.
        study: The study's id.
        identity: What every run depends on beside its parameters.
        source: Folder of the raw tables, where not below ``data/``.
        store: Where points are kept.
        engine: Where they run.
    """

    root: Path
    study: str
    identity: Identity
    source: Path | None
    store: Store
    engine: Engine

    def run(self, points: tuple[Point, ...], on_outcome: OnOutcome) -> dict[str, Outcome]:
        """Run points and return what became of each, by its key; equal ones run once.

        A point that fails is an outcome, too; the others go on.

        Raises:
            ManuscriptError: A worker has another project, or the engine is gone.
        """
        return {outcome.point.key: outcome for outcome in self._outcomes(points, on_outcome)}

    def _outcomes(self, points: tuple[Point, ...], on_outcome: OnOutcome) -> Iterator[Outcome]:
        waiting: dict[Future[bytes], Point] = {}
        for point in {point.key: point for point in points}.values():
            kept = self.store.get(point)
            if kept is None:
                waiting[self.engine.submit(make_record, self._order(point))] = point
                continue
            outcome = Outcome(point, _numbers(kept, point), reused=True)
            on_outcome(outcome)
            yield outcome
        for future in self.engine.finished(waiting):
            outcome = self._outcome(waiting.pop(future), future)
            on_outcome(outcome)
            yield outcome

    def _order(self, point: Point) -> Order:
        parameters = dict(point.parameters)
        return Order(self.study, self.identity, self.root, parameters, self.source, (LEDGER,))

    def _outcome(self, point: Point, future: Future[bytes]) -> Outcome:
        try:
            content = result_of(future)
        except (OtherProjectError, EngineError):
            raise
        except ManuscriptError as problem:
            # Its remedy names the half-run notebook, which went with the scratch folder.
            return Outcome(point, None, f"{problem.what} ({problem.where})")
        self.store.put(point, content)
        return Outcome(point, _numbers(content, point))


def _numbers(content: bytes, point: Point) -> Numbers:
    with scratch_folder("sweep") as scratch:
        unpack(content, scratch)
        return read_numbers(scratch, point.words)
