"""``manuscript verify`` on a whole project: what it prints, writes and how it exits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from helpers.errors import ManuscriptError
from helpers.pipeline import build_study, status
from helpers.review.verification import verify_study


def alter(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_record_that_a_rerun_reproduces_is_verified(built, manuscript):
    before = built.contents()
    code, out, err = manuscript("verify", "toy")
    assert (code, err) == (0, "")
    assert "Verified: " in out
    document = json.loads((built.outputs / "verification.json").read_text())
    assert document["verified"] is True
    assert document["totals"]
    assert all(one["of"] == one["agree"] for one in document["totals"])
    after = built.contents()
    assert {name: after[name] for name in before} == before


def test_an_altered_count_is_named_and_the_exit_status_is_one(built, manuscript):
    alter(built.outputs / "ledger.json", '"value": 4', '"value": 5')
    code, out, _ = manuscript("verify", "toy")
    assert code == 1
    assert "differs: cleaning.patients value\n  published   5\n  recomputed  4\n" in out
    assert "Not verified: " in out


def test_data_that_changed_since_are_found(built):
    built.raw.write_text(built.raw.read_text() + "e,no,2020-01-01,,2021-01-01\n")
    found = verify_study(built.root, "toy")
    assert not found.holds
    assert {one.where for one in found.remarkable} >= {"cleaning.patients", "safety.patients"}


def test_the_rerun_has_the_parameters_of_the_record(built):
    build_study(built.root, "toy", parameters={"confidence_level": 0.9}, render=False)
    found = verify_study(built.root, "toy")
    assert found.holds
    assert found.parameters == {"confidence_level": 0.9}
    assert "0.9" in (built.outputs / "tables" / "02-response.csv").read_text()


def test_a_record_from_elsewhere_is_verified(built, tmp_path, manuscript):
    elsewhere = tmp_path / "download"
    shutil.copytree(built.outputs, elsewhere)
    alter(elsewhere / "tables" / "03-survival.csv", "4,None", "4,0.9")
    code, out, _ = manuscript("verify", "toy", "--record", str(elsewhere))
    assert code == 1
    assert "differs: tables/03-survival.csv row 1, column 2 (level)" in out
    for report in built.outputs.glob("verification.*"):
        assert str(tmp_path).encode() not in report.read_bytes(), "a path could name a user"
    document = json.loads((built.outputs / "verification.json").read_text())
    assert document["record"] == "download"
    assert manuscript("verify", "toy")[0] == 0


def test_a_rerun_that_fails_verifies_nothing(built, manuscript):
    built.write_usual("02-response", "#| label: stop\nraise SystemError('no')")
    code, out, _ = manuscript("verify", "toy")
    assert code == 1
    assert "Not verified: the rerun stopped at 02-response.ipynb, stop." in out
    document = json.loads((built.outputs / "verification.json").read_text())
    assert document["verified"] is False
    assert {one["agree"] for one in document["totals"]} == {0}


def test_a_stale_report_does_not_outlive_a_verification_that_fails(built, manuscript):
    (built.outputs / "verification.json").write_text("{}")
    (built.outputs / "ledger.json").write_text("{")
    code, _, err = manuscript("verify", "toy")
    assert code == 1
    assert "the record cannot be used" in err
    assert not (built.outputs / "verification.json").exists()


def test_documents_are_counted_and_never_passed(built, manuscript):
    (built.outputs / "paper.html").write_text("<p>4</p>")
    code, out, _ = manuscript("verify", "toy")
    assert code == 0
    assert "document             1   not verified here" in out
    tree = ElementTree.parse(built.outputs / "verification.junit.xml")
    suite = tree.find("testsuite[@name='document']")
    assert suite is not None
    assert (suite.get("tests"), suite.get("skipped")) == ("1", "1")


def test_junit_has_a_failure_for_every_quantity_that_is_not_verified(built, tmp_path, manuscript):
    alter(built.outputs / "ledger.json", '"display": "4"', '"display": "40"')
    (built.outputs / "tables" / "04-safety.csv").unlink()
    target = tmp_path / "verify.xml"
    assert manuscript("verify", "toy", "--junit", str(target))[0] == 1
    failures = ElementTree.parse(target).findall(".//failure")
    assert sorted(one.get("type") for one in failures) == ["differs", "not-verified"]


def test_a_verification_does_not_make_the_record_stale(built, manuscript):
    manuscript("verify", "toy")
    stages = {one.name: one for one in status(built.root, "toy")}
    assert not stages["record"].stale
    build_study(built.root, "toy", render=False, force=True)
    assert (built.outputs / "verification.json").is_file()


def test_the_report_is_the_same_twice(built, manuscript):
    manuscript("verify", "toy")
    first = {name: body for name, body in built.contents().items() if "verification" in name}
    manuscript("verify", "toy")
    assert {name: built.contents()[name] for name in first} == first
    assert {"verification.html", "verification.json", "verification.junit.xml"} <= set(first)


def test_there_must_be_a_record(toy):
    with pytest.raises(ManuscriptError, match="no record of toy to verify"):
        verify_study(toy.root, "toy")


def test_a_record_of_another_study_is_refused(built):
    alter(built.outputs / "ledger.json", '"study": "toy"', '"study": "other"')
    with pytest.raises(ManuscriptError, match="another study"):
        verify_study(built.root, "toy")
