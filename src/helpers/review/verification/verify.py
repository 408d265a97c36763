"""Runs a study's notebooks again, away from its record, and compares."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError
from helpers.pipeline.build import run_notebooks
from helpers.pipeline.contents import combined, hashes
from helpers.pipeline.events import OnEvent, say_nothing
from helpers.pipeline.layout import Layout, layout_of, record_files
from helpers.review.verification.documents import compare_documents
from helpers.review.verification.environment import Environment, environment
from helpers.review.verification.files import compare_files
from helpers.review.verification.quantity import Quantity, one_sided, same_text
from helpers.review.verification.reference import compare_reference
from helpers.review.verification.rows import Rows, compare_rows, restated
from helpers.review.verification.sealed import (
    HASHES,
    compare_hashes,
    have_data,
    read_hashes,
    twin_checks,
    twin_folder,
)
from helpers.review.verification.verification import Mode, Verification
from helpers.scratch import scratch_folder
from helpers.study import load_study
from helpers.study.definition import Study

LEDGER = "ledger.json"
ABOUT = ("study", "title", "provenance", "notice", "data_cut", "data_hash", "parameters")


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

    The rerun has the parameters that the record was made with, and leaves no trace. Without the
    data of a sealed study it is made on the synthetic twin, and the hashes of the numbers are
    compared with the ledger.

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
    study = load_study(root, study_id)
    ledger = read_record(folder, study_id, layout)
    here = environment(root, ledger)
    mode, tables, reason = _basis(layout, study, source)
    with scratch_folder("verify") as scratch:
        rerun, nothing = scratch / "record", scratch / "nothing"
        given, problem = ledger["parameters"], ""
        if not reason:
            reason, problem = _run_again(layout, rerun, tables, given, workers, on_event)
        again = _read(rerun)
        quantities = (
            *compare_records(folder, ledger, rerun if mode == "data" else nothing, here),
            *_hashed(ledger, again["rows"], mode, sealed=study.sealed is not None),
            *(_on_twin(layout, ledger, again["rows"], tables) if mode == "twin" else ()),
        )
    return Verification(
        study=study_id,
        title=str(ledger.get("title", "")),
        mode=mode,
        record=_named(layout, folder),
        record_hash=combined(hashes(folder, record_files(folder)))[:16],
        data_hash=str(ledger.get("data_hash", "")),
        data_here=str(again.get("data_hash", "")),
        synthetic=study.synthetic,
        parameters=dict(given),
        quantities=quantities,
        environment=here,
        hashes_alone=not ledger["rows"],
        reason=reason,
        problem=problem,
    )


def _named(layout: Layout, folder: Path) -> str:
    """Return a folder as a report may name it: elsewhere, its path could name a user."""
    whole, root = folder.resolve(), layout.root.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else whole.name


def _basis(layout: Layout, study: Study, source: Path | None) -> tuple[Mode, Path | None, str]:
    """Return how can be verified, the folder of the tables for it, and why not at all."""
    if have_data(layout, source):
        return "data", source, ""
    twin = twin_folder(layout, study)
    if twin is not None:
        return "twin", twin, ""
    return "nothing", None, "neither the data nor a synthetic twin of them is here"


def _hashed(
    ledger: Mapping[str, Any], again: Rows, mode: Mode, *, sealed: bool
) -> Iterator[Quantity]:
    """Compare the published hashes with the ledger beside them, or else with the rerun on data."""
    rows = ledger["rows"] or (again if mode == "data" else {})
    if ledger["hashes"]:
        yield from compare_hashes(ledger["hashes"], rows)
    elif sealed:
        yield one_sided("hash", HASHES, "file", None, "a ledger")


def _on_twin(
    layout: Layout, ledger: Mapping[str, Any], again: Rows, tables: Path | None
) -> Iterator[Quantity]:
    published = ledger["rows"]
    yield from twin_checks(layout, published, published or ledger["hashes"], again)
    if tables is not None:
        yield from compare_reference(tables, ledger["parameters"], again)


def _run_again(
    layout: Layout,
    into: Path,
    source: Path | None,
    parameters: Mapping[str, object],
    workers: int,
    on_event: OnEvent,
) -> tuple[str, str]:
    """Run the notebooks; return where they stopped and why, nothing where they did not.

    What they left by then goes.
    """
    into.mkdir()
    try:
        run_notebooks(
            layout.root,
            layout.study,
            into,
            source=source,
            parameters=parameters,
            workers=workers,
            on_event=on_event,
        )
    except ManuscriptError as problem:
        shutil.rmtree(into)
        return f"the rerun stopped at {problem.where or problem.what}", str(problem)
    return "", ""


def read_record(folder: Path, study_id: str, layout: Layout) -> dict[str, Any]:
    """Return the ledger of a record, its rows by key below ``rows`` and hashes below ``hashes``.

    Of a record that is hashes alone, there are no rows.

    Raises:
        ManuscriptError: There is none, it is damaged, or it is another study's.
    """
    path, where = folder / LEDGER, f"{layout.relative(folder)}/{LEDGER}"
    sealed = read_hashes(folder)
    if not path.is_file() and not sealed:
        raise ManuscriptError(
            f"there is no record of {study_id} to verify",
            where=where,
            remedy=f"run `manuscript build {study_id}`, or name its folder with --record",
        )
    try:
        ledger = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else sealed
        listed = ledger.get("rows", [])
        rows = {row["key"]: row for row in listed}
        parameters = {**ledger.get("parameters", {})}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(where, "it is no ledger") from None
    if len(rows) < len(listed):
        raise _damaged(where, "a key stands in it twice")
    if ledger.get("study") != study_id:
        raise _damaged(where, "it is the record of another study")
    found = {"rows": rows, "parameters": parameters, "hashes": sealed.get("hashes", {})}
    return {**ledger, **found}


def recorded_parameters(layout: Layout) -> dict[str, object]:
    """Return the parameters that a study's record was made with; none where there is no record.

    Raises:
        ManuscriptError: The record is damaged, or another study's.
    """
    there = any((layout.outputs / name).is_file() for name in (LEDGER, HASHES))
    held = read_record(layout.outputs, layout.study, layout) if there else {}
    return dict(held.get("parameters", {}))


def compare_records(
    folder: Path, ledger: Mapping[str, Any], rerun: Path, here: Environment
) -> tuple[Quantity, ...]:
    """Return every quantity of a record beside that of a rerun, hashes apart.

    Args:
        folder: Folder of the record.
        ledger: Its ledger, as :func:`read_record` returns it.
        rerun: Folder of the rerun; one that is not there makes everything "not verified".
        here: The environment of the rerun.
    """
    again = _read(rerun)
    if not ledger["rows"] and ledger["hashes"]:
        return tuple(_about(ledger, again))
    pairs = restated(ledger["rows"], again["rows"])
    names = sorted({*record_files(folder), *record_files(rerun)} - {LEDGER, HASHES})
    return (
        *_about(ledger, again),
        *compare_rows(ledger["rows"], again["rows"]),
        *compare_files(folder, rerun, names, pairs, same=here.same),
        *compare_documents(folder, rerun, again["rows"], pairs),
    )


def _read(rerun: Path) -> dict[str, Any]:
    """Return the ledger of a rerun, its rows by key; no row where it did not come to its end."""
    path = rerun / LEDGER
    if not path.is_file():
        return {"rows": {}}
    ledger: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {**ledger, "rows": {row["key"]: row for row in ledger["rows"]}}


def _about(ledger: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Quantity]:
    for name in ABOUT:
        one, other = (_text(each[name]) if name in each else None for each in (ledger, again))
        yield same_text("about", LEDGER, name.replace("_", " "), one, other)


def _text(value: object) -> str:
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)


def _damaged(where: str, how: str) -> ManuscriptError:
    return ManuscriptError(
        f"the record cannot be used: {how}",
        where=where,
        remedy="take the record from where it was published again",
    )
