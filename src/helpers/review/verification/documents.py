"""The documents beside a record: the bound numbers of their HTML, held to the rerun.

What else documents say is not verified, nor are files that no build makes; both are counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from helpers.ledger.row import FIELDS, Row
from helpers.pipeline.contents import files_below
from helpers.pipeline.layout import owned
from helpers.review.gates.coherence.repeats import bound_numbers
from helpers.review.verification.quantity import Quantity, one_sided
from helpers.review.verification.texts import Restated, compare_texts

DOCUMENTS = ("abstract.", "paper.")
#: What other commands put beside a record.
BESIDE = ("site/", "verification.", "sweep.", "hashes.json")


def compare_documents(
    folder: Path, rerun: Path, again: Mapping[str, Mapping[str, Any]], pairs: Restated
) -> Iterator[Quantity]:
    """Yield the bound numbers of the HTML documents, and every file that is not verified.

    Args:
        folder: Folder of the record.
        rerun: Folder of the rerun.
        again: Rows of the rerun by key.
        pairs: Numerals that a simulation may have changed.
    """
    forms = _printable(rerun, again)
    for name in files_below(folder):
        if owned(name) or name.startswith(BESIDE):
            continue
        document = name.startswith(DOCUMENTS)
        if document and name.endswith(".html"):
            yield from _numbers(name, folder / name, forms, pairs)
        what = "what is no bound number" if document else "no file of a build"
        yield one_sided("document", name, what, "a document" if document else "a file")


def _printable(rerun: Path, again: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, None]]:
    """Return how the rerun prints every key: the forms of its row, and the cells of tables."""
    forms = {
        key: {_plain(text): None for text in _row(row).printable().values()}
        for key, row in again.items()
    }
    for path in sorted(rerun.glob("*.ipynb")):
        for page in _tables(path):
            for key, text in bound_numbers(page):
                forms.setdefault(key, {})[_plain(text)] = None
    return forms


def _row(row: Mapping[str, Any]) -> Row:
    fields: dict[str, Any] = {name: row.get(name) for name in FIELDS}
    return Row(**fields)


def _tables(path: Path) -> Iterator[str]:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            yield "".join(output.get("data", {}).get("text/html", ""))


def _numbers(
    name: str, path: Path, forms: Mapping[str, Mapping[str, None]], pairs: Restated
) -> Iterator[Quantity]:
    """Compare every bound number of a page with the ways in which the rerun prints its key."""
    published: dict[str, str] = {}
    recomputed: dict[str, str] = {}
    page = path.read_text(encoding="utf-8", errors="replace")
    for place, (key, shown) in enumerate(bound_numbers(page), start=1):
        text, where = _plain(shown), f"number {place}, {key}"
        published[where] = text
        known = forms.get(key)
        if known:
            recomputed[where] = text if text in known else next(iter(known))
    yield from compare_texts("printed", name, published, recomputed, pairs)


def _plain(text: str) -> str:
    return " ".join(text.split())
