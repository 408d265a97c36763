"""The numbers that the notebooks gave on the synthetic twin when it was made, as hashes.

No number of the twin means anything; that the notebooks give the same ones again does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.ledger.hashing import row_hash
from helpers.pipeline.build import run_notebooks
from helpers.pipeline.events import OnEvent, say_nothing
from helpers.pipeline.layout import Layout
from helpers.review.verification.quantity import Quantity
from helpers.review.verification.rows import Rows
from helpers.review.verification.sealed import HASHES, compare_hashes
from helpers.scratch import scratch_folder

LEDGER = "ledger.json"


def write_reference(
    layout: Layout,
    twin: Path,
    *,
    parameters: Mapping[str, object],
    on_event: OnEvent = say_nothing,
) -> Path:
    """Run the notebooks on the twin and write ``hashes.json`` into its folder.

    Args:
        layout: The study's folders.
        twin: Folder of the synthetic tables.
        parameters: The parameters that the record is made with.
        on_event: Told of every step of the run.

    Raises:
        ManuscriptError: A notebook does not come to its end on the twin.
    """
    with scratch_folder("twin") as run:
        run_notebooks(
            layout.root,
            layout.study,
            run,
            source=twin,
            parameters=parameters,
            on_event=on_event,
        )
        rows = json.loads((run / LEDGER).read_text(encoding="utf-8"))["rows"]
    held = {"parameters": parameters, "hashes": {row["key"]: row_hash(row) for row in rows}}
    path = twin / HASHES
    path.write_text(json.dumps(held, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


def compare_reference(
    twin: Path, parameters: Mapping[str, object], rows: Rows
) -> Iterator[Quantity]:
    """Yield, for every number of the twin, whether it is the one that it was.

    Nothing where the twin came without its hashes: it was not made by this package.

    Args:
        twin: Folder of the synthetic tables.
        parameters: The parameters of this run.
        rows: The rows of this run by key; none where it did not end.

    Raises:
        ManuscriptError: The hashes cannot be read, or are of a run with other parameters.
    """
    path = twin / HASHES
    if not path.is_file():
        return
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        made_with, hashes = dict(held["parameters"]), dict(held["hashes"])
    except (ValueError, KeyError, TypeError):
        raise _unusable(twin, "cannot be read") from None
    if made_with != dict(parameters):
        raise _unusable(twin, "are of a run with other parameters than the record has")
    yield from compare_hashes(hashes, rows, kind="twin")


def _unusable(twin: Path, how: str) -> ManuscriptError:
    return ManuscriptError(
        f"the hashes of the twin's numbers {how}",
        where=f"{twin.name}/{HASHES}",
        remedy="make the twin again with `manuscript verify STUDY --make-twin`",
    )
