"""Several tables and a study.yml written by hand: `manuscript new --documents` drafts the rest."""

from __future__ import annotations

import csv
import datetime as dt
import random
import re
from pathlib import Path

import pytest
from pypdf import PdfReader
from small_cohort import STUDY, Project

SEED = 20250611
PATIENTS = 60
Rows = list[list[object]]
DEFINITION = """
id: mycohort
title: Regimens in second line
provenance: synthetic
provenance_note: The patients are made up.
data_source: Four made-up tables
data_cut: 2025-12-31
tables:
  patients: {file: raw/patients.csv, id: pat}
  treatments:
    file: raw/drugs.csv
    id: pat
    columns: {agent: drug, line: line, start: from}
  responses: {file: raw/responses.csv, id: pat, columns: {date: day, response: response}}
  adverse_events: {file: raw/events.csv, id: pat, columns: {term: event, grade: grade, start: day}}
variables:
  age: {column: age, type: integer, label: Age, unit: years, in_table_one: true}
  stage:
    column: stage
    type: category
    label: ISS stage
    levels: {i: I, ii: II}
    in_table_one: true
  regimen:
    column: regimen
    type: category
    label: Regimen
    levels: {krd: KRd, dkd: DKd}
    in_table_one: true
  cycles: {column: cycles, type: integer, label: Cycles received, known_at: on-treatment}
  progression: {column: pd, type: date, label: Progression, known_at: on-treatment}
  death: {column: died, type: date, label: Death, known_at: on-treatment}
  last_contact: {column: seen, type: date, label: Last contact, known_at: on-treatment}
lines:
  agents: {bortezomib: [], carfilzomib: []}
derived:
  start: {label: Start of second line, line: {quantity: start, line: 2}}
  best: {label: Best confirmed response, known_at: on-treatment, response: {quantity: best}}
  answered: {label: First response, known_at: on-treatment, response: {quantity: first_response}}
  responder:
    label: Response
    known_at: on-treatment
    recode:
      source: best
      levels: {none_seen: No response, seen: Response}
      map: {seen: [sCR, CR, VGPR, PR], none_seen: [MR, SD, PD, NE]}
eligibility:
  - {id: begun, label: No second line, keep: [{variable: start, known: true}]}
populations:
  treated: {label: Treated patients, description: every eligible patient}
  evaluable:
    label: Evaluable patients
    description: treated patients with a response that can be told
    where: [{variable: best, not_in: [NE]}]
endpoints:
  pfs:
    label: Progression-free survival
    short: PFS
    kind: pfs
    start: start
    events: [progression, death]
    censor: last_contact
    start_words: the start of second line
    event_words: progression or death from any cause
    censor_words: patients without either were censored at last contact
  os:
    label: Overall survival
    short: OS
    kind: os
    start: start
    events: [death]
    censor: last_contact
    start_words: the start of second line
    event_words: death from any cause
    censor_words: patients alive were censored at last contact
response:
  best: best
  date: answered
  model: [regimen, stage]
  assessments: {start: start, progression: progression, death: death}
adverse_events:
  criteria: CTCAE version 5.0
  classes: {blood: {label: Hematological toxicity, terms: {Anemia: [anaemia]}}}
  window: {start: start, until: [last_contact]}
subgroups: [regimen, stage]
exposure: [cycles]
survival:
  endpoint: pfs
  curves: [{variable: regimen}, {variable: responder, since: answered}]
  univariable: [regimen, stage]
  multivariable: [regimen, stage]
  imputations: 2
  competing:
    endpoint: pfs
    event: progression
    event_label: Progression
    competing_label: Death without progression
    by: regimen
settings: {response_population: evaluable, timepoint_months: [6, 12], landmark_months: [3]}
"""
EXHIBITS = (
    "01-cleaning.ipynb#tbl-exposure",
    "02-response.ipynb#tbl-confirmation",
    "02-response.ipynb#tbl-response-model",
    "03-survival.ipynb#tbl-landmark",
    "03-survival.ipynb#fig-since",
    "03-survival.ipynb#tbl-imputation",
    "04-safety.ipynb#tbl-safety",
    "04-safety.ipynb#tbl-exposure-rates",
)


def tables() -> dict[str, Rows]:
    """Four tables of made-up patients; nobody but the first dies."""
    draw = random.Random(SEED)
    patients: list[list[object]] = [
        ["pat", "age", "stage", "regimen", "cycles", "pd", "died", "seen"]
    ]
    drugs: list[list[object]] = [["pat", "drug", "line", "from"]]
    responses: list[list[object]] = [["pat", "day", "response"]]
    events: list[list[object]] = [["pat", "event", "grade", "day"]]
    for number in range(PATIENTS):
        begun = dt.date(2022, 1, 3) + dt.timedelta(days=draw.randrange(500))
        until = draw.randrange(60, 600)
        progressed = number and draw.random() < 0.6
        days = [until, until + (0 if number == 0 else 120)]
        ended, seen = (begun + dt.timedelta(days=day) for day in days)
        died = seen if number == 0 else ""
        stage = draw.choice(["I", "II", "II", "?"])
        regimen = draw.choice(["KRd", "DKd"])
        row = [draw.randrange(45, 83), stage, regimen, draw.randrange(1, 12)]
        patients.append([number, *row, ended if progressed else "", died, seen])
        drugs += [[number, "Bortezomib", 1, begun - dt.timedelta(days=400)]]
        drugs += [[number, "Carfilzomib", 2, begun]]
        best = draw.choice(["CR", "VGPR", "PR", "SD"])
        for visit in range(1, 1 + min(4, until // 30)):
            category = best if visit > 1 else draw.choice(["SD", "PR"])
            responses.append([number, begun + dt.timedelta(days=28 * visit), category])
        if draw.random() < 0.5:
            events.append([number, "anaemia", draw.randrange(1, 5), begun + dt.timedelta(days=20)])
    return {"patients": patients, "drugs": drugs, "responses": responses, "events": events}


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with the tables and the definition, after `manuscript new --documents`."""
    project = Project.bare(tmp_path_factory.mktemp("drafted") / "project")
    raw = project.definition.parent / "raw"
    raw.mkdir(parents=True)
    project.definition.write_text(DEFINITION, encoding="utf-8")
    for name, rows in tables().items():
        with (raw / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    done = project.run("new", STUDY, "--documents")
    assert (done.returncode, done.stderr) == (0, "")
    return project


@pytest.fixture(scope="module")
def built(drafted: Project) -> Project:
    done = drafted.run("build", STUDY, "--renderer", "embedded")
    assert (done.returncode, done.stderr) == (0, "")
    return drafted


def words_of(path: Path) -> str:
    return " ".join("\n".join(p.extract_text() for p in PdfReader(path).pages).split())


def test_the_paper_shows_what_the_definition_asks_for(drafted):
    paper = (drafted.root / "manuscripts" / STUDY / "paper.qmd").read_text(encoding="utf-8")
    for exhibit in EXHIBITS:
        assert paper.count(exhibit) == 1, exhibit
    for denied in ("were not collected", "nothing was imputed", "could not be checked"):
        assert denied not in paper
    assert (
        "Response was analyzed in the evaluable patients (treated patients with a response that "
        "can be told), survival and safety in the treated patients (every eligible patient)."
    ) in paper


@pytest.mark.parametrize("name", ["abstract.pdf", "paper.pdf"])
def test_the_documents_show_the_numbers_and_agree_with_them_in_grammar(built, name):
    text, rows = words_of(built.outputs / name), built.ledger()
    for key in ("response.orr", "survival.pfs.median", "safety.all.grade_3"):
        assert rows[key]["display"] in text, key
    assert rows["survival.os.events"]["n"] == 1
    assert f"events in 1 of {PATIENTS} patients" in text or f"occurred in 1 of {PATIENTS}" in text
    assert not re.search(r"\b1 (?:events|patients|responders|deaths)\b", text)


def test_no_gate_finds_an_error_but_what_the_author_owes(built):
    gates = ("keys", "prose", "coherence", "unreported", "limits", "stale", "disclosure")
    done = built.run("check", STUDY, *(word for name in gates for word in ("--gate", name)))
    assert "0 errors, 0 warnings" in done.stdout, done.stdout


def test_documents_are_never_written_over_and_other_options_are_refused(drafted):
    again = drafted.run("new", STUDY, "--documents")
    assert again.returncode == 1 and "nothing was written" in again.stderr
    assert f"move manuscripts/{STUDY} away" in again.stderr
    titled = drafted.run("new", STUDY, "--documents", "--title", "Another")
    assert titled.returncode == 2 and "and no --title" in titled.stderr
    nobody = drafted.run("new", "nobody", "--documents")
    assert nobody.returncode == 1 and "unknown study" in nobody.stderr
