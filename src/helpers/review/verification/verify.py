"""Runs a study's notebooks again, away from its record, and compares."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError
from helpers.pipeline.build import run_notebooks
from helpers.pipeline.contents import combined, files_below, hashes
from helpers.pipeline.events import OnEvent, say_nothing
from helpers.pipeline.layout import Layout, layout_of
from helpers.pipeline.record import record_files
from helpers.review.verification.environment import Environment, environment
from helpers.review.verification.files import compare_files
from helpers.review.verification.quantity import Quantity, one_sided, same_text
from helpers.review.verification.rows import compare_rows, restated
from helpers.review.verification.verification import Verification
from helpers.study import load_study

LEDGER = "ledger.json"
ABOUT = ("study", "title", "provenance", "notice", "data_cut", "data_hash", "parameters")
DOCUMENTS = ("abstract.", "paper.")


def verify_study(
    root: Path,
    study_id: str,
    *,
    record: Path | None = None,
    source: Path | None = None,
    workers: int = 2,
    on_event: OnEvent = say_nothing,
) -> Verification:
    """Run the notebooks of a study again and compare what they give with the record.

    The rerun has the parameters that the record was made with, and leaves no trace.

    Args:
        root: The project's folder.
        study_id: The study.
        record: Folder of the record; None is ``outputs/<study>``.
        source: Folder of the raw tables, where not below ``data/<study>/``.
        workers: How many notebooks run at once.
        on_event: Told of every step of the rerun.

    Raises:
        ManuscriptError: There is no such study, or no record, or a file of it is damaged.
    """
    layout = layout_of(root, study_id)
    folder = record or layout.outputs
    ledger = read_record(folder, study_id, layout)
    study = load_study(root, study_id)
    here = environment(root, ledger)
    reason = ""
    with tempfile.TemporaryDirectory(prefix="manuscript-verify-") as scratch:
        rerun = Path(scratch) / "record"
        rerun.mkdir()
        try:
            run_notebooks(
                root,
                study_id,
                rerun,
                source=source,
                parameters=ledger["parameters"],
                workers=workers,
                on_event=on_event,
            )
        except ManuscriptError as problem:
            reason = f"the rerun did not come to its end ({problem.what})"
            rerun = Path(scratch) / "nothing"
        quantities, data_here = compare_records(folder, ledger, rerun, here)
    return Verification(
        study=study_id,
        title=str(ledger.get("title", "")),
        mode="nothing" if reason else "data",
        record=layout.relative(folder),
        record_hash=combined(hashes(folder, record_files(folder)))[:16],
        data_hash=str(ledger.get("data_hash", "")),
        data_here=data_here,
        synthetic=study.synthetic,
        parameters=dict(ledger["parameters"]),
        quantities=quantities,
        environment=here,
        reason=reason,
    )


def read_record(folder: Path, study_id: str, layout: Layout) -> dict[str, Any]:
    """Return the ledger of a record, with its rows by key below ``rows``.

    Raises:
        ManuscriptError: There is none, it is damaged, or it is another study's.
    """
    path, where = folder / LEDGER, f"{layout.relative(folder)}/{LEDGER}"
    if not path.is_file():
        raise ManuscriptError(
            f"there is no record of {study_id} to verify",
            where=where,
            remedy=f"run `manuscript build {study_id}`, or name its folder with --record",
        )
    try:
        ledger: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        keys = [row["key"] for row in ledger["rows"]]
        rows = dict(zip(keys, ledger["rows"], strict=True))
        parameters = {**ledger.get("parameters", {})}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(where, "it is no ledger") from None
    if len(rows) < len(keys):
        raise _damaged(where, "a key stands in it twice")
    if ledger.get("study") != study_id:
        raise _damaged(where, "it is the record of another study")
    return {**ledger, "rows": rows, "parameters": parameters}


def compare_records(
    folder: Path, ledger: Mapping[str, Any], rerun: Path, here: Environment
) -> tuple[tuple[Quantity, ...], str]:
    """Return every quantity of a record beside that of a rerun, and the rerun's data hash.

    Args:
        folder: Folder of the record.
        ledger: Its ledger, as :func:`read_record` returns it.
        rerun: Folder of the rerun; one that is not there makes everything "not verified".
        here: The environment of the rerun.
    """
    again: dict[str, Any] = {"rows": {}}
    if (rerun / LEDGER).is_file():
        again = json.loads((rerun / LEDGER).read_text(encoding="utf-8"))
        again["rows"] = {row["key"]: row for row in again["rows"]}
    pairs = restated(ledger["rows"], again["rows"])
    names = sorted({*record_files(folder), *record_files(rerun)} - {LEDGER})
    quantities = (
        *_about(ledger, again),
        *compare_rows(ledger["rows"], again["rows"]),
        *compare_files(folder, rerun, names, pairs, same=here.same),
        *_documents(folder),
    )
    return quantities, str(again.get("data_hash", ""))


def _about(ledger: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Quantity]:
    for name in ABOUT:
        one, other = (_text(each[name]) if name in each else None for each in (ledger, again))
        yield same_text("about", LEDGER, name.replace("_", " "), one, other)


def _documents(folder: Path) -> Iterator[Quantity]:
    """Yield what lies beside the record: documents, and files that are not known."""
    for name in files_below(folder):
        if name.startswith(DOCUMENTS):
            yield one_sided("document", name, "file", "a document")


def _text(value: object) -> str:
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)


def _damaged(where: str, how: str) -> ManuscriptError:
    return ManuscriptError(
        f"the record cannot be used: {how}",
        where=where,
        remedy="take the record from where it was published again",
    )
