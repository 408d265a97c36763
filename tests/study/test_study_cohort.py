"""From tables to the cohort: flow, populations, endpoints, and what stops the build."""

from __future__ import annotations

import pickle
from typing import Any

import pandas as pd
import pytest

from helpers.errors import ManuscriptError
from helpers.study import InvalidTables, analysis_table


def failures(project: Any) -> list[tuple[int | None, str, str]]:
    with pytest.raises(InvalidTables) as caught:
        project.read()
    return [(f.row, f.column, f.rule) for f in caught.value.failures]


def test_flow_reconciles(project: Any) -> None:
    project.definition["date_order"] = [
        {
            "earlier": "first_response",
            "later": "progression",
            "violation": "exclude",
            "label": "Progression before response",
        }
    ]
    project.definition["eligibility"] += [
        {"id": "emd", "label": "No status", "keep": [{"variable": "emd", "known": True}]},
        {"id": "old", "label": "Too old", "keep": [{"variable": "age", "less_than": 70}]},
    ]
    project.edit("patients.csv", "2024-03-01,,,2024-12-01", "2024-03-01,2024-02-15,,2024-12-01")
    cohort = project.read()
    assert [(s.id, s.excluded, s.remaining) for s in cohort.flow] == [
        ("source", 0, 4),
        ("first_response_after_progression", 1, 3),
        ("treated", 0, 3),
        ("emd", 1, 2),
        ("old", 1, 1),
    ]
    assert cohort.flow[1].label == "Progression before response"
    assert list(cohort.patients.index) == ["P1"]
    for before, after in zip(cohort.flow, cohort.flow[1:], strict=False):
        assert before.remaining - after.excluded == after.remaining


def test_a_patient_whose_criterion_is_unknown_leaves(project: Any) -> None:
    keep = [{"variable": "emd", "is_in": ["yes", "no"]}]
    project.definition["eligibility"].append({"id": "emd", "label": "No status", "keep": keep})
    assert list(project.read().patients.index) == ["P1", "P2", "P3"]


def test_populations(project: Any) -> None:
    cohort = project.read()
    assert cohort.populations["treated"].all()
    assert list(cohort.populations["evaluable"]) == [True, True, True, False]
    assert cohort.populations["evaluable"].dtype == bool
    assert cohort.populations["evaluable"].index.equals(cohort.patients.index)


def test_a_date_after_the_data_cut_is_taken_and_said(project: Any) -> None:
    assert project.read().unmapped == ()
    project.edit("patients.csv", "2024-04-01,,2024-12-01", "2024-04-01,,2034-12-01")
    cohort = project.read()
    assert [(f.row, f.column, f.rule) for f in cohort.unmapped] == [
        (2, "last", "a date after the data_cut of study.yml: taken as it stands")
    ]


def test_a_missing_response_is_in_no_response_population(project: Any) -> None:
    project.edit("patients.csv", ",VGPR,", ",,")
    assert not project.read().populations["evaluable"]["P1"]


def test_endpoint_times(project: Any) -> None:
    pfs = project.read().times["pfs"]
    assert list(pfs["event"]) == [True, True, False, False]
    days = [91, 46, 304, 81]
    assert list(pfs["months"]) == pytest.approx([day / 30.4375 for day in days])


def test_duration_of_response_is_of_responders_with_a_date(project: Any) -> None:
    dor = project.read().times["dor"]
    assert list(dor.index) == ["P1", "P3"]
    assert dor.loc["P1", "months"] == pytest.approx(60 / 30.4375)
    project.edit("patients.csv", "PR,2024-03-01", "MR,2024-03-01")
    assert list(project.read().times["dor"].index) == ["P1"]


def test_the_earliest_event_counts(project: Any) -> None:
    project.edit("patients.csv", "SD,,2024-03-01,2024-06-01", "SD,,2024-07-01,2024-06-01")
    pfs = project.read().times["pfs"]
    assert pfs.loc["P2", "months"] == pytest.approx(138 / 30.4375)


def test_a_patient_without_end_stops_the_build(project: Any) -> None:
    project.edit(
        "patients.csv",
        "P3,63,M,no,,2024-02-01,PR,2024-03-01,,,2024-12-01",
        "P3,63,M,no,,2024-02-01,PR,2024-03-01,,,",
    )
    assert failures(project) == [
        (4, "last", "DOR: neither event nor last contact is known"),
        (4, "last", "PFS: neither event nor last contact is known"),
    ]


def test_a_negative_time_stops_the_build(project: Any) -> None:
    project.edit("patients.csv", "SD,,2024-03-01", "SD,,2024-01-10")
    assert failures(project) == [(3, "last", "PFS: ends before start")]


def test_an_event_after_last_contact_is_counted_and_said(project: Any) -> None:
    project.edit("patients.csv", "2024-04-01,,2024-12-01", "2024-12-11,,2024-12-01")
    cohort = project.read()
    assert [(f.row, f.column) for f in cohort.unmapped] == [(2, "progression")]
    assert cohort.times["pfs"].loc["P1", "months"] == pytest.approx(345 / 30.4375)


def test_impossible_date_order_names_rows(project: Any) -> None:
    project.edit("patients.csv", "2024-05-01", "2024-01-01")
    assert failures(project) == [(5, "start / last", "impossible date order: last before start")]


def test_equal_dates_are_in_order(project: Any) -> None:
    project.edit("patients.csv", "2024-05-01", "2024-02-10")
    assert project.read().times["pfs"].loc["P4", "months"] == 0.0


def test_nobody_is_eligible(project: Any) -> None:
    project.definition["eligibility"][0]["keep"] = [{"variable": "age", "at_least": 99}]
    with pytest.raises(ManuscriptError) as caught:
        project.read()
    assert "nobody is eligible: of 4" in caught.value.what
    assert "Not treated: 4 excluded" in caught.value.what


def test_a_table_without_patients(project: Any) -> None:
    project.only_patients()
    header = project.files["patients.csv"].splitlines()[0]
    project.files["patients.csv"] = header + "\n"
    with pytest.raises(ManuscriptError, match="holds no patient"):
        project.read()


def test_missing_column_of_the_patients_table(project: Any) -> None:
    project.edit("patients.csv", "progression", "progresion")
    with pytest.raises(ManuscriptError) as caught:
        project.read()
    assert "has no column 'progression'" in caught.value.what
    assert "did you mean 'progresion'" in caught.value.remedy
    assert caught.value.where == "data/tiny/patients.csv"


def test_a_study_without_long_tables(project: Any) -> None:
    project.only_patients()
    cohort = project.read()
    assert cohort.adverse_events is None
    assert cohort.lines is None
    assert cohort.responses is None


def test_thin_data_is_no_error(project: Any) -> None:
    """One patient, no event, every optional value unknown."""
    project.files["patients.csv"] = (
        project.files["patients.csv"].splitlines()[0] + "\nP1,,M,,,2024-01-01,,,,,2024-02-01\n"
    )
    project.files["events.csv"] = "id,term,grade\n"
    project.files["treatments.csv"] = "id,drug,line,from,to,type\n"
    cohort = project.read()
    assert len(cohort.patients) == 1
    assert not cohort.times["pfs"]["event"].any()
    assert cohort.times["dor"].empty
    assert not cohort.populations["evaluable"].any()
    assert cohort.adverse_events.empty
    assert cohort.adverse_events["grade"].dtype == "int8"
    assert cohort.patients["age_group"].isna().all()


def test_time_in_days(project: Any) -> None:
    project.only_patients()
    project.definition["eligibility"].append(
        {"id": "late", "label": "Early", "keep": [{"variable": "start", "at_least": -1}]}
    )
    for name in ("start", "first_response", "progression", "death", "last"):
        project.definition["variables"][name]["type"] = "day"
    project.files["patients.csv"] = (
        project.files["patients.csv"].splitlines()[0]
        + "\nP1,61,M,yes,1,-1,PR,20,60,,400\nP2,62,M,yes,1,5,SD,,,,6\nP3,62,M,yes,1,-9,SD,,,,6\n"
    )
    cohort = project.read()
    assert list(cohort.patients.index) == ["P1", "P2"]
    assert cohort.patients["start"].dtype == "float64"
    assert list(cohort.times["pfs"]["months"]) == pytest.approx([61 / 30.4375, 1 / 30.4375])


def test_reading_twice_gives_the_same(project: Any) -> None:
    first, second = project.read(), project.read()
    assert first.data_hash == second.data_hash
    assert len(first.data_hash) == 16
    assert first.repairs == second.repairs
    pd.testing.assert_frame_equal(analysis_table(first), analysis_table(second))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("patients.csv", "P3,63", "P3,64"),
        ("events.csv", "ALT up,1", "ALT up,2"),
        ("treatments.csv", "2023-06-01", "2023-06-02"),
    ],
)
def test_the_hash_covers_every_table(project: Any, file: str, old: str, new: str) -> None:
    before = project.read().data_hash
    project.edit(file, old, new)
    assert project.read().data_hash != before


def test_the_hash_covers_the_definition(project: Any) -> None:
    before = project.read().data_hash
    project.definition["title"] = "A tidy study"
    assert project.read().data_hash != before


def test_order_of_rows_changes_nothing_but_the_order(project: Any) -> None:
    before = project.read()
    header, *rows = project.files["patients.csv"].splitlines()
    project.files["patients.csv"] = "\n".join([header, *reversed(rows)]) + "\n"
    after = project.read()
    assert list(after.patients.index) == ["P4", "P3", "P2", "P1"]
    pd.testing.assert_frame_equal(after.patients.sort_index(), before.patients)
    pd.testing.assert_frame_equal(after.times["pfs"].sort_index(), before.times["pfs"])


def test_analysis_table_can_be_kept(project: Any, tmp_path: Any) -> None:
    cohort = project.read()
    table = analysis_table(cohort)
    assert list(table["pfs_event"]) == [True, True, False, False]
    assert table["dor_months"].notna().sum() == 2
    assert list(table["population_evaluable"]) == [True, True, True, False]
    table.to_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.parquet"), table)
    again = pickle.loads(pickle.dumps(cohort))
    assert again.study == cohort.study
    assert again.flow == cohort.flow


def test_errors_survive_pickling(project: Any) -> None:
    project.edit("patients.csv", "2024-05-01", "2024-01-01")
    with pytest.raises(InvalidTables) as caught:
        project.read()
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.failures == caught.value.failures
