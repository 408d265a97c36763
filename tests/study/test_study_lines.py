"""Lines of therapy by the gap and overlap rules of study.yml, and adverse-event windows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from helpers.errors import ManuscriptError
from helpers.statistics.therapy_lines import LineRules, assign_lines
from helpers.study import InvalidTables, load_study, read_cohort

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT.parent / "shared" / "data" / "commpass"
UNNUMBERED = """\
id,drug,from,to,type
P1,Bortezomib,2023-01-01,2023-04-01,
P1,,2023-05-01,2023-05-01,Transplant
P1,Lenalidomide,2023-08-20,2023-12-31,
P1,Carfilzomib,2024-01-01,2024-03-01,
P1,lenalidomide,2024-01-03,2024-04-01,
P2,Bortezomib,2023-01-01,2023-03-01,
P2,Velcade,2023-07-01,2023-08-01,
P3,Lenalidomide,2024-02-01,,
P4,Daratumumab,,,
"""


@pytest.fixture
def ruled(project: Any) -> Any:
    """The tiny study, with rules in place of line numbers."""
    project.files["treatments.csv"] = UNNUMBERED
    project.definition["tables"]["treatments"]["columns"].pop("line")
    project.definition["lines"].pop("words")
    project.definition["lines"]["rules"] = {
        "overlap_days": 28,
        "gap_days": 90,
        "continue_with": ["transplant"],
        "maintenance": ["lenalidomide"],
    }
    return project


def spans(cohort: Any) -> list[tuple[Any, ...]]:
    table = cohort.lines
    start, end = (table[name].dt.strftime("%Y-%m-%d") for name in ("start", "end"))
    return [
        (patient, line, first, None if pd.isna(last) else last, agents)
        for patient, line, first, last, agents in zip(
            table["patient"], table["line"], start, end, table["agents"], strict=True
        )
    ]


def test_rows_without_a_number_get_their_line_by_rule(ruled: Any) -> None:
    """Maintenance 111 days after transplant continues; carfilzomib is new, with its partner."""
    assert spans(ruled.read()) == [
        ("P1", 1, "2023-01-01", "2023-12-31", ("bortezomib", "lenalidomide")),
        ("P1", 2, "2024-01-01", "2024-04-01", ("carfilzomib", "lenalidomide")),
        ("P2", 1, "2023-01-01", "2023-03-01", ("bortezomib",)),
        ("P2", 2, "2023-07-01", "2023-08-01", ("bortezomib",)),
        ("P3", 1, "2024-02-01", None, ("lenalidomide",)),
    ]


@pytest.mark.parametrize(
    ("rule", "value", "counts"),
    [
        ("gap_days", 122, {"P1": 2, "P2": 1, "P3": 1}),
        ("maintenance", [], {"P1": 3, "P2": 2, "P3": 1}),
        ("maintenance_days", 110, {"P1": 3, "P2": 2, "P3": 1}),
    ],
)
def test_each_rule_of_the_study_counts(ruled: Any, rule: str, value: Any, counts: Any) -> None:
    ruled.definition["lines"]["rules"][rule] = value
    assert ruled.read().lines.groupby("patient").size().to_dict() == counts


def test_what_follows_from_lines_by_rule(ruled: Any) -> None:
    cohort = ruled.derive(
        index={"line": {"quantity": "start", "line": 2}},
        done={"line": {"quantity": "procedure", "procedure": "transplant", "line": 1}},
        given={"line": {"quantity": "exposed", "line": 1, "agents": ["lenalidomide"]}},
        second={"line": {"quantity": "regimen", "line": 2, "within_days": 28}},
    )
    first = cohort.patients.loc["P1"]
    assert first["index"] == pd.Timestamp("2024-01-01")
    assert first["done"] == pd.Timestamp("2023-05-01")
    assert (first["given"], first["second"]) == ("yes", "krd")
    assert cohort.patients.loc["P2", "given"] == "no"


def test_a_row_without_a_start_is_listed(ruled: Any) -> None:
    found = [(f.row, f.column, f.rule) for f in ruled.read().unmapped if f.table == "treatments"]
    assert found == [
        (10, "from", "has no start, which would place it in a line: left out of the lines")
    ]


def test_recorded_numbers_come_before_rules(project: Any) -> None:
    """P1 and P2 have numbers, so that their row without one stays out; P3 has none."""
    project.edit("treatments.csv", "P3,Lenalidomide,Second line", "P3,Lenalidomide,")
    project.edit("treatments.csv", "P2,Velcade,Second line", "P2,Velcade,")
    before = project.read().lines.groupby("patient").size().to_dict()
    assert before == {"P1": 3, "P2": 1}
    project.definition["lines"]["rules"] = {"overlap_days": 28, "gap_days": 90}
    cohort = project.read()
    assert cohort.lines.groupby("patient").size().to_dict() == {"P1": 3, "P2": 1, "P3": 1}
    assert [f.row for f in cohort.unmapped if f.table == "treatments"] == [9]


def test_a_drug_that_ends_before_it_starts_is_a_failure_and_not_a_crash(ruled: Any) -> None:
    ruled.edit("treatments.csv", "2023-01-01,2023-04-01", "2023-04-01,2023-01-01")
    with pytest.raises(InvalidTables) as caught:
        ruled.read()
    assert "ends before it starts" in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "value", "words"),
    [
        ("continue_with", ["transplat"], "did you mean 'transplant'"),
        ("maintenance", ["transplant"], "unknown agent"),
        ("gap_days", -1, "greater than or equal to 0"),
        ("missing_end", "never", "ongoing"),
    ],
)
def test_rules_that_do_not_fit_are_refused(ruled: Any, rule: str, value: Any, words: str) -> None:
    ruled.definition["lines"]["rules"][rule] = value
    with pytest.raises(ManuscriptError) as caught:
        ruled.load()
    assert words in str(caught.value)


def test_maintenance_needs_a_procedure_and_rows_a_number_or_a_rule(ruled: Any) -> None:
    lines = ruled.definition["lines"]
    lines["procedures"], lines["rules"]["continue_with"] = {}, []
    with pytest.raises(ManuscriptError, match="maintenance follows a procedure"):
        ruled.load()
    lines.pop("rules")
    with pytest.raises(ManuscriptError, match=r"'line' is needed where `lines.rules`"):
        ruled.load()


WINDOW = {"start": "start", "until": ["progression", "last"], "days_after": 10}


@pytest.fixture
def windowed(project: Any) -> Any:
    """The tiny study with days of onset and a window."""
    project.files["events.csv"] = "id,term,grade,on\nP1,anemia,3,2024-02-01\n"
    project.definition["tables"]["adverse_events"]["columns"]["start"] = "on"
    project.definition["adverse_events"]["window"] = dict(WINDOW)
    return project


def test_the_window_ends_at_the_earliest_limit_or_the_data_cut(windowed: Any) -> None:
    windows = windowed.read().windows
    assert windows["start"].dt.strftime("%m-%d").tolist() == ["01-01", "01-15", "02-01", "02-10"]
    assert windows["end"].dt.strftime("%m-%d").tolist() == ["04-01", "03-01", "12-01", "05-01"]
    windowed.definition["data_cut"] = "2024-03-15"
    cut = windowed.read().windows["end"]
    assert cut.dt.strftime("%m-%d").tolist() == ["03-15", "03-01", "03-15", "03-15"]


def test_the_last_dose_closes_the_window_some_days_later(windowed: Any) -> None:
    """The first response stands in for a last dose: 02-01 and 03-01; P2 and P4 have none."""
    windowed.definition["adverse_events"]["window"]["end"] = "first_response"
    ends = windowed.read().windows["end"].dt.strftime("%m-%d").tolist()
    assert ends == ["02-11", "03-01", "03-11", "05-01"]


def test_without_a_window_there_are_none(project: Any) -> None:
    assert project.read().windows is None


def test_a_window_that_ends_before_it_starts_is_a_failure(windowed: Any) -> None:
    windowed.definition["data_cut"] = "2024-01-31"
    with pytest.raises(InvalidTables) as caught:
        windowed.read()
    assert "window ends before it starts" in str(caught.value)
    assert "2024" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("start", "strat", "did you mean 'start'"),
        ("end", "age", "needed is a date"),
        ("until", ["sex"], "needed is a date"),
        ("until", [], "needs `end`, the last dose, or `until`"),
        ("undated", "maybe", "left_out"),
        ("rate_unit", "days", "months"),
    ],
)
def test_windows_that_do_not_fit_are_refused(
    windowed: Any, key: str, value: Any, words: str
) -> None:
    windowed.definition["adverse_events"]["window"][key] = value
    with pytest.raises(ManuscriptError) as caught:
        windowed.load()
    assert words in str(caught.value)


def test_a_window_needs_days_of_onset_and_declared_terms_must_be_terms(windowed: Any) -> None:
    windowed.definition["adverse_events"]["classes"]["blood"]["declared_terms"] = ["Anaemia"]
    windowed.definition["tables"]["adverse_events"]["columns"].pop("start")
    with pytest.raises(ManuscriptError) as caught:
        windowed.load()
    assert "did you mean 'Anemia'" in str(caught.value)
    assert "needs the column `start`" in str(caught.value)


def test_rules_come_near_the_recorded_lines_of_commpass() -> None:
    """Recorded lines follow what was intended, which no rule sees: near is all they can come.

    Overlap 60 days, gap 180; transplant, conditioning and steroids never start a line, and
    lenalidomide, bortezomib or thalidomide within 180 days after transplant are maintenance.
    """
    if not SOURCE.is_dir():
        pytest.skip("the CoMMpass tables are not at ../shared/data/commpass: rules not compared")
    study = load_study(ROOT, "commpass")
    patients = read_cohort(ROOT, study, source=SOURCE).patients.index
    drugs = pd.read_csv(SOURCE / "gdc_treatments.csv")
    drugs = drugs.rename(
        columns={
            "bcr_patient_barcode": "patient",
            "days_to_treatment_start": "start",
            "days_to_treatment_end": "end",
        }
    )
    drugs["agent"] = drugs["treatment_type"].fillna(drugs["therapeutic_agents"])
    drugs = drugs[drugs["start"].notna() & drugs["agent"].notna()]
    transplants = frozenset(drugs["treatment_type"].dropna().unique())
    rules = LineRules(
        overlap_days=60,
        gap_days=180,
        continue_with=transplants | {"Melphalan", "Dexamethasone", "Prednisone"},
        procedures=transplants,
        maintenance=frozenset({"Lenalidomide", "Bortezomib", "Thalidomide"}),
        maintenance_days=180,
    )
    counted = assign_lines(drugs, rules).groupby("patient")["line"].max()
    recorded = drugs.groupby("patient")["regimen_or_line_of_therapy"].nunique()
    assert len(counted) == len(recorded) > 900
    apart = (counted - recorded).abs()
    assert apart.eq(0).mean() > 0.6
    assert apart.le(1).mean() > 0.9
    assert counted.reindex(patients).dropna().ge(2).mean() > 0.8
