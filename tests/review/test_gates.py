"""The registry of gates and the command that runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from helpers.cli import manuscript
from helpers.errors import ManuscriptError
from helpers.review.findings import Finding, GateReport, as_junit
from helpers.review.gates import GATES, check_study, find_gates

ROOT = Path(__file__).parents[2]


def test_an_unknown_gate_is_named_with_the_nearest():
    with pytest.raises(ManuscriptError, match="did you mean 'keys'"):
        find_gates(["key"])


def test_every_gate_has_a_name_of_its_own_and_says_what_it_looks_for():
    assert len({gate.name for gate in GATES}) == len(GATES)
    assert all(gate.looks_for for gate in GATES)


def test_a_study_without_a_record_is_an_error(tmp_path):
    shutil.copyfile(ROOT / "_quarto.yml", tmp_path / "_quarto.yml")
    (tmp_path / "data" / "demo").mkdir(parents=True)
    (tmp_path / "data" / "demo" / "study.yml").write_text("", encoding="utf-8")
    with pytest.raises(ManuscriptError, match="no record to check"):
        check_study(tmp_path, "demo")
    with pytest.raises(ManuscriptError, match="unknown study"):
        check_study(tmp_path, "other")


def test_every_report_says_out_of_how_many():
    finding = Finding("keys", "error", "paper.qmd:1", "what", "why", "remedy")
    assert GateReport("keys", 412, "numerals", ()).line == "0 of 412 numerals"
    assert GateReport("keys", 412, "numerals", (finding,)).line == "1 of 412 numerals"
    assert GateReport("keys", 412, "rows", (finding,), flagged=7).line == "7 of 412 rows"


def test_junit_fails_on_errors_and_not_on_warnings():
    error = Finding("a", "error", "paper.qmd:1", "what & why", "why", "remedy")
    warning = Finding("b", "warning", "paper.qmd:2", "what", "why", "remedy")
    reports = [GateReport("a", 3, "keys", (error,)), GateReport("b", 4, "words", (warning,))]
    suite = ElementTree.fromstring(as_junit("demo", reports).partition("\n")[2])
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    first, second = suite
    assert "paper.qmd:1: what & why" in str(first.findtext("failure"))
    assert second.find("failure") is None
    assert "1 of 4 words" in str(second.findtext("system-out"))


def test_the_command_prints_the_table_and_writes_junit(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    written = tmp_path / "reports" / "check.xml"
    call = ["check", "fhrmm", "--gate", "keys", "--junit", str(written)]
    done = CliRunner().invoke(manuscript, call)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("keys        ok       0 of ")
    assert ElementTree.parse(written).getroot().get("failures") == "0"
    done = CliRunner().invoke(manuscript, ["check", "fhrmm", "--gate", "keys", "--json"])
    found = json.loads(done.output)
    assert found["gates"][0]["looked_at"] > 300
