"""The gate of stale records: it asks the build as the record was built, and repeats its words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.pipeline import StageStatus
from helpers.review.gates import stale
from helpers.review.gates.context import Context

CHANGED = StageStatus("03-survival", ("data/demo/study.yml changed", "01-cleaning runs again"))
FRESH = StageStatus("record", ())
UNKNOWN = StageStatus("02-response", (stale.NEVER_RUN,))


def test_a_stage_whose_inputs_changed_is_an_error_with_its_reasons():
    report = stale.report("demo", (CHANGED, FRESH))
    assert report.line == "1 of 2 stages"
    assert [one.where for one in report.errors] == ["03-survival"]
    assert "study.yml changed; 01-cleaning runs again" in report.errors[0].what
    assert "manuscript build demo" in report.errors[0].remedy


def test_how_documents_were_asked_for_makes_nothing_stale():
    asked = StageStatus("documents", ("the renderer changed", "the formats changed"))
    assert stale.report("demo", (FRESH, asked)).line == "0 of 2 stages"
    mixed = StageStatus("documents", ("the renderer changed", "manuscripts/demo/a.qmd changed"))
    assert [one.what for one in stale.report("demo", (mixed,)).errors] == [
        "manuscripts/demo/a.qmd changed"
    ]


def test_a_record_that_is_up_to_date_has_no_finding():
    assert not stale.report("demo", (FRESH, FRESH)).findings


def test_a_record_that_was_built_elsewhere_is_a_warning_and_never_passes_for_fresh():
    report = stale.report("demo", (UNKNOWN, FRESH))
    assert not report.errors
    assert [one.where for one in report.warnings] == ["02-response"]
    assert report.line == "1 of 2 stages"


@pytest.fixture
def asked(monkeypatch):
    """What the gate asks the build."""
    calls = {}

    def status(root, study, **given):
        calls.update(given)
        return (FRESH,)

    monkeypatch.setattr(stale, "status", status)
    return calls


def test_it_asks_for_what_was_built(tmp_path, asked):
    record = tmp_path / "outputs" / "demo"
    record.mkdir(parents=True)
    given = {"parameters": {"landmark_months": [3]}, "rows": []}
    (record / "ledger.json").write_text(json.dumps(given), encoding="utf-8")
    stale.check(Context(tmp_path, "demo", Path("tables")))
    assert asked["parameters"] == {"landmark_months": [3]}
    assert asked["source"] == Path("tables")
