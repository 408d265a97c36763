"""The floor of the benchmarks is one: the plain script does all that the notebooks do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.pipeline.environment import kernel_environment

ROOT = Path(__file__).parents[2]
STUDY = "aponermin"


@pytest.fixture(scope="module")
def left(tmp_path_factory) -> Path:
    into = tmp_path_factory.mktemp("plain") / "record"
    command = [sys.executable, ROOT / "benchmarks/plain_script.py", STUDY, into]
    subprocess.run(command, check=True, cwd=ROOT, env=kernel_environment({}))
    return into


@pytest.mark.parametrize("folder", ["figures", "tables"])
def test_its_exhibits_are_those_of_the_record(left, folder):
    record = ROOT / "outputs" / STUDY / folder
    names = sorted(path.name for path in record.iterdir())
    assert sorted(path.name for path in (left / folder).iterdir()) == names
    for name in names:
        assert (left / folder / name).read_bytes() == (record / name).read_bytes(), name


def test_its_numbers_are_those_of_the_record(left):
    ledger = json.loads((ROOT / "outputs" / STUDY / "ledger.json").read_text(encoding="utf-8"))
    parts = [json.loads(path.read_text(encoding="utf-8")) for path in (left / "parts").iterdir()]
    rows = {row["key"]: row for part in parts for row in part["rows"]}
    recorded = {row["key"]: row for row in ledger["rows"]}
    assert recorded
    assert {key: row["display"] for key, row in rows.items()} == {
        key: row["display"] for key, row in recorded.items()
    }
    for key, row in rows.items():
        value = recorded[key]["value"]
        assert row["value"] == (value if value is None else pytest.approx(value, rel=1e-9)), key
