"""What can be verified of a sealed study: the hashes of its numbers, and the pipeline on a twin."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from helpers.errors import ManuscriptError
from helpers.ledger.hashing import row_hash
from helpers.pipeline.inputs import table_files
from helpers.pipeline.layout import Layout, notebooks_of
from helpers.review.verification.quantity import Quantity, one_sided
from helpers.review.verification.rows import Row, Rows
from helpers.study.definition import Study

HASHES = "hashes.json"
SHOWN = 16
NEAR = 1e-9


def have_data(layout: Layout, source: Path | None) -> bool:
    """Whether any registry table of a study is at hand; a part of them is the reader's error."""
    folder = source or layout.data
    return any((folder / name).is_file() for name in table_files(layout))


def twin_folder(layout: Layout, study: Study) -> Path | None:
    """Return the folder of a sealed study's synthetic tables, or None where they are not there."""
    if study.sealed is None:
        return None
    folder = layout.data / study.sealed.twin
    there = all((folder / name).is_file() for name in table_files(layout))
    return folder if there else None


def read_hashes(folder: Path) -> dict[str, Any]:
    """Return what ``hashes.json`` holds; nothing where there is none.

    Raises:
        ManuscriptError: The file is damaged.
    """
    path = folder / HASHES
    if not path.is_file():
        return {}
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {**found, "hashes": dict(found["hashes"])}
    except (ValueError, KeyError, TypeError):
        raise ManuscriptError(
            "the record cannot be used: its hashes cannot be read",
            where=HASHES,
            remedy="take the record from where it was published again",
        ) from None


def compare_hashes(
    hashes: Mapping[str, str], rows: Rows, *, kind: Literal["hash", "twin"] = "hash"
) -> Iterator[Quantity]:
    """Yield, for every number, whether its hash is the one that was published.

    Args:
        hashes: The published hashes by key.
        rows: The rows that are hashed: of the ledger beside them, or of a rerun.
        kind: Whose numbers they are: the study's, or those of its synthetic twin.
    """
    for key in [*hashes, *(key for key in rows if key not in hashes)]:
        published, row = hashes.get(key), rows.get(key)
        recomputed = row_hash(row) if row is not None else None
        if published is None or recomputed is None:
            yield one_sided(kind, key, "hash", published, recomputed)
            continue
        equal = published == recomputed
        yield Quantity(
            kind,
            key,
            "hash",
            str(published)[:SHOWN],
            recomputed[:SHOWN],
            "none" if equal else "another number",
            "none",
            "agrees" if equal else "differs",
        )


def twin_checks(
    layout: Layout, published: Rows, keys: Collection[str], twin: Rows
) -> Iterator[Quantity]:
    """Yield what can be said of a run on the twin.

    That it ended, that it has the numbers that were published, by key, and that it is coherent.

    Args:
        layout: The study's folders.
        published: The rows of the record; none where it is hashes alone.
        keys: The keys of all published numbers.
        twin: The rows of the run on the twin; none where it did not end.
    """
    ran = {str(row["notebook"]) for row in twin.values()}
    for path in notebooks_of(layout.root):
        where = f"notebooks/{path.name}"
        if not twin:
            yield one_sided("pipeline", where, "run", "a run to its end")
        else:
            words = "to its end" if path.stem in ran else "to its end, without a number"
            yield Quantity("pipeline", where, "run", "", words, "none", "none", "agrees")
    yield from _reached(keys, twin)
    for key, row in twin.items():
        broken = incoherent(row, published.get(key))
        yield Quantity(
            "coherence",
            key,
            "row of the twin",
            "",
            str(row["display"]),
            broken or "none",
            "none",
            "differs" if broken else "agrees",
        )


def _reached(keys: Collection[str], twin: Rows) -> Iterator[Quantity]:
    for key in [*keys, *(key for key in twin if key not in keys)]:
        if key not in twin or key not in keys:
            there = ("a number", None) if key in keys else (None, "a number")
            yield one_sided("reach", key, "number on the twin", *there)
        else:
            same = ("a number", "a number", "none", "none")
            yield Quantity("reach", key, "number on the twin", *same, "agrees")


def incoherent(row: Row, published: Row | None) -> str:
    """Return in which way a row contradicts itself, or is not the kind of row published."""
    value, n, of, low, high = (
        row.get(name) for name in ("value", "n", "denominator", "low", "high")
    )
    if n is not None and of is not None and not 0 <= n <= of:
        return "more patients than there are"
    share = 100 * n / of if row["statistic"] == "percent" and n is not None and of else None
    if (
        share is not None
        and value is not None
        and not math.isclose(value, share, rel_tol=NEAR, abs_tol=NEAR)
    ):
        return "the percentage is not that of its counts"
    if row["statistic"] == "p_value" and value is not None and not 0 <= value <= 1:
        return "no probability"
    bounds = (low if low is not None else -math.inf, high if high is not None else math.inf)
    if value is not None and not bounds[0] - NEAR <= value <= bounds[1] + NEAR:
        return "the interval does not contain its estimate"
    if published is not None:
        for name in ("statistic", "unit", "notebook", "cell"):
            if row.get(name) != published.get(name):
                return f"another {name} than in the record"
    return ""
