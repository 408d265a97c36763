"""Confirmed and unconfirmed response, time to response, and agreement with what was recorded."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_cohort import COLUMNS, GUIDE, STUDY, Project, patients

from helpers.analyses import response, response_course
from helpers.ledger import Ledger, RowMaker
from helpers.study import load_study, read_cohort

#: The keys that the guide adds where every assessment was recorded.
ADDED = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def joined(study: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    """Return one definition of two; a key of the second replaces that of the first."""
    for key, value in added.items():
        both = isinstance(value, dict) and isinstance(study.get(key), dict)
        study[key] = joined(study[key], value) if both else value
    return study


def visits() -> list[tuple[str, str, str]]:
    """Made-up assessments of the guide's patients: four visits each, the last patient has none."""
    draw = random.Random(7)
    rows = []
    seen = set()
    for row in patients()[:-2]:
        name, begun = str(row[0]), row[COLUMNS.index("Therapiebeginn")]
        if name in seen:
            continue
        seen.add(name)
        start = begun if isinstance(begun, dt.datetime) else dt.datetime.strptime(begun, "%d.%m.%Y")
        for month in range(1, 5):
            day = (start + dt.timedelta(days=28 * month)).strftime("%Y-%m-%d")
            rows.append((name, day, draw.choice(["VGPR", "PR", "PR", "MR", "SD", "NE", "PD"])))
    return rows


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project of the guide, with the table and the keys that it shows for assessments."""
    made = Project.create(tmp_path_factory.mktemp("assessed") / "project")
    (added,) = ADDED.findall(GUIDE.read_text(encoding="utf-8"))
    study = yaml.safe_load(made.definition.read_text(encoding="utf-8"))
    both = joined(study, yaml.safe_load(added))
    made.definition.write_text(yaml.safe_dump(both, allow_unicode=True, sort_keys=False))
    table = made.workbook.parent / "responses.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("Pat.-Nr.", "Datum", "Ansprechen"), *visits()])
    return made


@pytest.fixture(scope="module")
def assessed(project: Project) -> Any:
    return read_cohort(project.root, load_study(project.root, STUDY))


def make_of(cohort: Any) -> RowMaker:
    return RowMaker(cohort.study.style, "response", "treated")


def shown(cohort: Any, ledger: Ledger) -> dict[str, str]:
    """Record everything the response notebook shows of the course, and return its tables."""
    make, study = make_of(cohort), cohort.study
    found = response_course.confirmation(cohort, "treated")
    agreed = response_course.concordance(cohort, "treated")
    waited = response_course.time_to_response(cohort, "treated")
    ledger.record(response_course.confirmation_rows(found, make))
    ledger.record(response_course.concordance_rows(agreed, make))
    ledger.record(response_course.time_rows(study, waited, make))
    tables = {
        "confirmation": response_course.confirmation_table(study, found, ledger),
        "agreement": response_course.concordance_table(agreed, ledger),
        "time": response_course.time_table(study, waited, ledger),
    }
    return {name: table.to_text() for name, table in tables.items() if table is not None}


def test_confirmed_and_unconfirmed_stand_side_by_side(assessed, ledger):
    text = shown(assessed, ledger)["confirmation"]
    n = len(assessed.patients)
    for way in ("unconfirmed", "confirmed"):
        counts = [
            ledger[f"response.{way}.category.{c}"].n for c in ("vgpr", "pr", "mr", "sd", "pd", "ne")
        ]
        assert sum(counts) == n
        orr = ledger[f"response.{way}.orr"]
        assert (orr.n, orr.denominator) == (counts[0] + counts[1], n)
        assert (
            orr.method
            == f"Clopper–Pearson exact; best response derived from dated assessments, {way}"
        )
        assert orr.display in text
    lost = ledger["response.not_confirmed"]
    assert lost.n == ledger["response.unconfirmed.orr"].n - ledger["response.confirmed.orr"].n > 0
    assert f"Of {lost.denominator} responders without confirmation, {lost.n} had" in text
    assert f"{n - 1} of {n} patients had an assessment" in text


def test_the_rules_in_force_stand_in_the_note(assessed):
    assert "two consecutive evaluable assessments, before any new" in response_course.rule_words(
        assessed.study
    )
    rules = assessed.study.response.assessments.model_copy(
        update={
            "minimum_days": 14,
            "nonevaluable_breaks": True,
            "progression_confirmed_by": [],
            "unconfirmed_becomes": "NE",
        }
    )
    changed = assessed.study.response.model_copy(update={"assessments": rules})
    study = assessed.study.model_copy(update={"response": changed})
    words = response_course.rule_words(study)
    assert "two consecutive assessments at least 14 days apart" in words
    assert "recorded progression. MR or better that nothing confirmed counts as NE." in words


def test_agreement_counts_categories_and_shows_no_patient(assessed, ledger):
    text = shown(assessed, ledger)["agreement"]
    share = ledger["response.agreement"]
    differing = [row for row in ledger if row.key.startswith("response.disagreement.")]
    assert share.n + sum(row.n for row in differing) == share.denominator
    assert share.denominator + ledger["response.unrecorded"].n == len(assessed.patients)
    recorded = assessed.patients["best_response"].astype(object)
    derived = assessed.patients["best_confirmed"].astype(object)
    assert share.n == int((recorded == derived).sum())
    assert not any(name in text for name in assessed.patients.index)


def test_a_recorded_response_beside_assessments_is_compared_with_the_confirmed_one(assessed):
    rules = assessed.study.response.model_copy(
        update={"best": "best_response", "date": None, "recorded": None}
    )
    study = assessed.study.model_copy(update={"response": rules})
    beside = replace(assessed, study=study)
    expected = response_course.concordance(assessed, "treated")
    assert response_course.concordance(beside, "treated") == expected
    assert response.basis(study) == response.BESIDE
    unconfirmed = assessed.course.assign(confirmed=assessed.course["unconfirmed"])
    other = response_course.concordance(replace(beside, course=unconfirmed), "treated")
    assert other != expected


def test_time_to_response_is_of_responders(assessed, ledger):
    text = shown(assessed, ledger)["time"]
    row = ledger["response.time.median"]
    assert row.n == row.denominator == ledger["response.confirmed.orr"].n
    months = assessed.months_to_response
    assert row.value == pytest.approx(months.median())
    assert ledger["response.time.maximum"].value == pytest.approx(months.max())
    assert "responders only" in row.method
    assert "in responders (PR or better) only" in text
    assert row.display in text


def test_a_responder_without_a_day_is_counted_and_said(assessed, ledger):
    thinned = replace(assessed, months_to_response=assessed.months_to_response.iloc[1:])
    text = shown(thinned, ledger)["time"]
    responders = ledger["response.time.median"].denominator
    assert ledger["response.time.median"].n == responders - 1
    assert f"1 of {responders} responders had no known day of response" in text


def test_nobody_responded_gives_no_estimate_and_a_reason(assessed, ledger):
    patients = assessed.patients.assign(best_confirmed="SD")
    nobody = replace(
        assessed, patients=patients, months_to_response=assessed.months_to_response.iloc[:0]
    )
    text = shown(nobody, ledger)["time"]
    assert ledger["response.time.median"].display == "not estimable"
    assert ledger["response.time.median"].reason
    assert "nan" not in text
    assert "not estimable–" not in text


def test_where_only_the_best_response_was_recorded_that_is_said(cohort, ledger):
    found = shown(cohort, ledger)
    assert list(found) == ["time"]
    assert not [row for row in ledger if "confirmed" in row.key or "agreement" in row.key]
    words = "best response as recorded by the investigator; confirmation not available"
    make, study = make_of(cohort), cohort.study
    ledger.record(response.basis_rows(study, make))
    rates = response.overall(cohort, "treated")
    ledger.record(response.overall_rows(rates, make, "response", basis=response.basis(study)))
    assert ledger["response.basis"].display == words
    assert ledger["response.orr"].method == f"Clopper–Pearson exact; {words}"
    assert ledger["response.category.pr"].method == words
    assert words in ledger["response.time.median"].method
    note = response.overall_table(study, ledger, {"treated": "response"}).to_text()
    assert "recorded by the investigator; confirmation not available." in note


def test_the_notebook_shows_the_course_of_response(project):
    """The real command, on the guide's cohort with assessments."""
    done = project.run("run", STUDY)
    assert (done.returncode, done.stderr) == (0, "")
    rows = project.ledger()
    assert rows["response.basis"]["display"].startswith("best response derived from dated")
    assert rows["response.orr"]["n"] == rows["response.confirmed.orr"]["n"]
    assert rows["response.time.median"]["denominator"] == rows["response.orr"]["n"]
    assert rows["survival.dor.patients"]["n"] == rows["response.orr"]["n"]
    names = {path.name for path in Path(project.outputs, "tables").iterdir()}
    assert {"tbl-confirmation.csv", "tbl-agreement.csv", "tbl-time-to-response.csv"} <= names
    assert "tbl-response-model.csv" in names
    assert rows["logistic.orr.model.patients"]["denominator"] == rows["response.orr"]["denominator"]
    notebook = json.loads((project.outputs / "02-response.ipynb").read_text(encoding="utf-8"))
    assert "Not collected" not in json.dumps(notebook)
