"""The committed record is what the notebooks of this commit compute from the committed data.

nbval runs every executed notebook again and compares its output cell by cell; it compares text
and skips pictures, so the ledger and the data behind each figure are compared as well.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from helpers.pipeline import run_notebooks

ROOT = Path(__file__).parents[1]
SEEDS = ("aponermin", "fhrmm")
NAMES = ("01-cleaning", "02-response", "03-survival", "04-safety", "05-audit")
SHOWN = re.compile(r"(>[^<]*?)(\d)(?=[^<\d]*<)")


def validate(notebook: Path, scratch: Path) -> subprocess.CompletedProcess[str]:
    """Run ``pytest --nbval`` on one executed notebook."""
    words = ["--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-p", "no:xdist", "-q"]
    sanitize = ["--nbval-sanitize-with", str(ROOT / "tests" / "nbval_sanitize.cfg")]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words, *sanitize, str(notebook)],
        cwd=ROOT,
        env={**kept, "MANUSCRIPT_ROOT": str(ROOT), "TMPDIR": str(scratch)},
        capture_output=True,
        text=True,
        check=False,
    )


def altered(notebook: Path, folder: Path) -> Path:
    """Copy a notebook with the last digit of one stored number changed."""
    content = json.loads(notebook.read_text())
    for cell in content["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            text = "".join(data.get("text/html", ""))
            if "text/html" in data and SHOWN.search(text):
                data["text/html"] = SHOWN.sub(_other_digit, text, count=1)
                copy = folder / notebook.name
                copy.write_text(json.dumps(content))
                return copy
    raise AssertionError(f"{notebook.name} shows no number")


def _other_digit(found: re.Match[str]) -> str:
    return found[1] + str((int(found[2]) + 1) % 10)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("study", SEEDS)
def test_every_cell_shows_what_it_showed(study, name, tmp_path):
    done = validate(ROOT / "outputs" / study / f"{name}.ipynb", tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("study", SEEDS)
def test_one_altered_number_is_found(study, tmp_path):
    copy = altered(ROOT / "outputs" / study / "02-response.ipynb", tmp_path)
    done = validate(copy, tmp_path)
    assert done.returncode == 1, done.stdout
    assert "Cell outputs differ" in done.stdout
    assert re.search(r"\b1 failed, \d+ passed", done.stdout)


@pytest.mark.parametrize("study", SEEDS)
def test_a_run_leaves_the_record_as_it_is(study, tmp_path):
    record = ROOT / "outputs" / study
    before = {path: path.read_bytes() for path in record.rglob("*") if path.is_file()}
    validate(record / "04-safety.ipynb", tmp_path)
    assert {path: path.read_bytes() for path in record.rglob("*") if path.is_file()} == before


def same(one: object, other: object) -> bool:
    """Whether two values are equal, floats to nine digits: machines differ in the last ones."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


def cell_of_csv(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def ledger_differences(one: Path, other: Path) -> list[str]:
    """Keys of the rows that differ between two ledgers, and of what stands beside the rows."""
    first, second = (json.loads(path.read_text()) for path in (one, other))
    rows = [{row["key"]: row for row in ledger.pop("rows")} for ledger in (first, second)]
    found = [key for key in {*first, *second} if first.get(key) != second.get(key)]
    for key in rows[0] | rows[1]:
        row, again = rows[0].get(key, {}), rows[1].get(key, {})
        if any(not same(row.get(name), again.get(name)) for name in {*row, *again}):
            found.append(key)
    return found


def table_differences(one: Path, other: Path) -> list[str]:
    """Rows and columns of the cells that differ between two CSV files."""
    tables = []
    for path in (one, other):
        with path.open(newline="", encoding="utf-8") as handle:
            tables.append([[cell_of_csv(text) for text in row] for row in csv.reader(handle)])
    if [len(row) for row in tables[0]] != [len(row) for row in tables[1]]:
        return ["another shape"]
    return [
        f"row {number}, column {place}"
        for number, (row, again) in enumerate(zip(*tables, strict=True), start=1)
        for place, cell in enumerate(row, start=1)
        if not same(cell, again[place - 1])
    ]


@pytest.fixture(scope="session")
def anew(tmp_path_factory, worker_id) -> Path:
    """Both studies made anew: once, however many workers there are."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "rebuilt"
    with FileLock(f"{folder}.lock"):
        for study in SEEDS:
            if not (folder / study).exists():
                run_notebooks(ROOT, study, folder / study)
    return folder


@pytest.fixture(params=SEEDS)
def rebuilt(anew, request) -> tuple[Path, Path]:
    return ROOT / "outputs" / request.param, anew / request.param


def test_the_same_files_are_made(rebuilt):
    committed, fresh = rebuilt
    made = {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()}
    missing = [name.as_posix() for name in made if not (committed / name).is_file()]
    assert not missing
    owned = [*committed.glob("*.ipynb"), *committed.glob("figures/*"), *committed.glob("tables/*")]
    assert {path.relative_to(committed) for path in owned} <= made


def test_the_ledger_is_the_same(rebuilt):
    committed, fresh = rebuilt
    assert not ledger_differences(committed / "ledger.json", fresh / "ledger.json")
    assert (committed / "numbers.yml").read_text() == (fresh / "numbers.yml").read_text()


def test_the_data_behind_every_figure_and_table_are_the_same(rebuilt):
    committed, fresh = rebuilt
    files = [*fresh.glob("figures/*.csv"), *fresh.glob("tables/*.csv")]
    assert files
    for path in files:
        assert not table_differences(committed / path.relative_to(fresh), path), path.name


def test_one_altered_row_of_a_ledger_is_found(rebuilt, tmp_path):
    ledger = json.loads((rebuilt[0] / "ledger.json").read_text())
    for field in ("value", "display", "n"):
        content = json.loads(json.dumps(ledger))
        row = next(row for row in content["rows"] if isinstance(row[field], int | float | str))
        row[field] = row[field] * 1.0001 if isinstance(row[field], float) else "altered"
        (tmp_path / "ledger.json").write_text(json.dumps(content))
        found = ledger_differences(rebuilt[0] / "ledger.json", tmp_path / "ledger.json")
        assert found == [row["key"]]


def test_one_altered_mark_of_a_figure_is_found(rebuilt, tmp_path):
    paths = sorted(rebuilt[0].glob("figures/*.csv"))
    assert len(paths) > 5
    for path in paths:
        text = path.read_text()
        first = re.compile(r"\d").search(text, text.index("\n"))
        assert first, path.name
        place = first.start()
        changed = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
        (tmp_path / path.name).write_text(changed)
        assert table_differences(path, tmp_path / path.name), path.name
