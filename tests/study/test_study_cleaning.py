"""Cells to values: what is repaired, what is refused, and that no value is ever told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.study import InvalidTables
from helpers.study.adverse_events import parse_grade
from helpers.study.cleaning import parse_number
from helpers.study.spelling import folded, tidy


def failures(project: Any) -> list[tuple[str, int | None, str, str]]:
    with pytest.raises(InvalidTables) as caught:
        project.read()
    return [(f.table, f.row, f.column, f.rule) for f in caught.value.failures]


def repairs(project: Any) -> list[tuple[int, str, str]]:
    return [(r.row, r.column, r.rule) for r in project.read().repairs if r.table == "patients"]


def test_types_of_the_columns(project: Any) -> None:
    patients = project.read().patients
    assert list(patients.index) == ["P1", "P2", "P3", "P4"]
    assert patients["age"].dtype == "float64"
    assert str(patients["start"].dtype) == "datetime64[ns]"
    assert list(patients["sex"].cat.categories) == ["male", "female"]
    assert list(patients["emd"].cat.categories) == ["no", "yes"]
    assert list(patients["emd"])[:3] == ["yes", "no", "no"]
    assert pd.isna(patients["emd"].iloc[3])
    assert patients["response"].cat.categories[0] == "sCR"
    assert np.isnan(patients.loc["P3", "crp"])


@pytest.mark.parametrize("word", ["Y", "1", "TRUE", " yes ", "ＹＥＳ", "yes\u00a0"])
def test_words_of_yes(project: Any, word: str) -> None:
    project.edit("patients.csv", ",yes,", f",{word},")
    assert project.read().patients.loc["P1", "emd"] == "yes"


@pytest.mark.parametrize("word", ["ND", "n/a", "?", " nd ", "Unknown"])
def test_words_of_unknown(project: Any, word: str) -> None:
    project.edit("patients.csv", ",yes,", f",{word},")
    assert pd.isna(project.read().patients.loc["P1", "emd"])


def test_unknown_category_names_row_and_column_never_the_value(project: Any) -> None:
    project.edit("patients.csv", "70,F", "70,Zebra")
    project.edit("patients.csv", "VGPR", "Excellent")
    with pytest.raises(InvalidTables) as caught:
        project.read()
    message = str(caught.value)
    assert "Zebra" not in message and "Excellent" not in message
    found = [(f.row, f.column) for f in caught.value.failures]
    assert found == [(2, "response"), (3, "sex")]
    assert "variables.sex.codes" in message
    assert "variables.response.codes" in message


@pytest.mark.parametrize(
    ("word", "category"),
    [
        ("vgpr", "VGPR"),
        ("Stringent Complete Response", "sCR"),
        ("partial remission", "PR"),
        ("not evaluable", "NE"),
    ],
)
def test_words_of_response(project: Any, word: str, category: str) -> None:
    project.edit("patients.csv", "VGPR", word)
    assert project.read().patients.loc["P1", "response"] == category


def test_declared_level_wins_over_a_missing_code(project: Any) -> None:
    project.definition["variables"]["sex"]["levels"]["unknown"] = "Unknown"
    project.edit("patients.csv", "70,F", "70,unknown")
    assert project.read().patients.loc["P2", "sex"] == "unknown"


def test_spellings_of_the_minority_are_logged(project: Any) -> None:
    project.edit("patients.csv", "63,M", "63,男")
    project.edit("patients.csv", "P4,55,F", "P4,55, F")
    assert repairs(project) == [
        (4, "sex", "spelling made uniform"),
        (5, "sex", "stray spaces removed"),
    ]


def test_dates_in_two_formats(project: Any) -> None:
    project.edit("patients.csv", "2024-01-15", "15.01.2024")
    project.edit("patients.csv", "2024-02-10", "2024-02-10 00:00:00")
    cohort = project.read()
    assert cohort.patients.loc["P2", "start"] == pd.Timestamp(2024, 1, 15)
    assert repairs(project) == [
        (3, "start", "date read as %d.%m.%Y"),
        (5, "start", "time of day dropped"),
    ]


@pytest.mark.parametrize("text", ["2024-13-01", "15/01/2024", "45300", "2024-02", "soon"])
def test_unparseable_date(project: Any, text: str) -> None:
    project.edit("patients.csv", "2024-01-15", text)
    assert failures(project) == [
        ("patients", 3, "start", "no date in any of the date_formats of study.yml")
    ]


def test_implausible_year(project: Any) -> None:
    project.edit("patients.csv", "2024-01-15", "1024-01-15")
    rule = failures(project)[0][3]
    assert "no date" in rule or "before the year" in rule
    project.edit("patients.csv", "1024-01-15", "1824-01-15")
    assert failures(project)[0][3] == "before the year 1900"


def test_ambiguous_date_names_both_formats(project: Any) -> None:
    project.definition["date_formats"] = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y"]
    project.edit("patients.csv", "2024-01-15", "15/01/2024")
    assert project.read().patients.loc["P2", "start"] == pd.Timestamp(2024, 1, 15)
    project.edit("patients.csv", "2024-03-01,2024-06-01", "02/02/2024,2024-06-01")
    assert project.read().patients.loc["P2", "progression"] == pd.Timestamp(2024, 2, 2)
    project.edit("patients.csv", "02/02/2024", "02/03/2024")
    assert failures(project) == [
        (
            "patients",
            3,
            "progression",
            "read as two different days by %d/%m/%Y and %m/%d/%Y",
        )
    ]


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("62.5", ".", 62.5),
        ("-3", ".", -3.0),
        (".5", ".", 0.5),
        ("1e3", ".", 1000.0),
        ("６２.5", ".", 62.5),
        ("62,5", ",", 62.5),
        ("1,234", ",", 1.234),
    ],
)
def test_plain_numbers(text: str, decimal: str, value: float) -> None:
    spelling = parse_number(text, decimal)
    assert (spelling.value, spelling.repair, spelling.failure) == (value, "", "")


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("62,5", ".", 62.5),
        ("0,500", ".", 0.5),
        ("62.5", ",", 62.5),
        ("1,234.5", ".", 1234.5),
        ("1.234,5", ".", 1234.5),
        ("1.234,5", ",", 1234.5),
        ("1,234,567", ".", 1234567.0),
    ],
)
def test_repaired_numbers(text: str, decimal: str, value: float) -> None:
    spelling = parse_number(text, decimal)
    assert spelling.value == value
    assert spelling.repair


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("1,234", "."),
        ("1.234", ","),
        ("<5", "."),
        ("5 mg", "."),
        ("inf", "."),
        ("nan", "."),
        ("1e999", "."),
        ("1,2,3", "."),
        ("1.2.3", "."),
        (".", "."),
        ("", "."),
    ],
)
def test_refused_numbers(text: str, decimal: str) -> None:
    spelling = parse_number(text, decimal)
    assert spelling.value is None
    assert spelling.failure


@given(st.floats(-1e12, 1e12), st.sampled_from([".", ","]))
def test_a_written_number_is_read_back(value: float, decimal: str) -> None:
    text = repr(value).replace(".", decimal)
    spelling = parse_number(text, decimal)
    assert spelling.value == value
    assert not spelling.repair


@given(st.text(max_size=20))
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert folded(f" {text}\u00a0") == folded(text)


@given(st.text(max_size=8), st.sampled_from([".", ","]))
def test_any_text_is_a_finite_number_or_a_failure(text: str, decimal: str) -> None:
    spelling = parse_number(text, decimal)
    assert bool(spelling.failure) == (spelling.value is None)
    assert spelling.value is None or np.isfinite(spelling.value)


def test_decimal_comma_is_logged_and_numbers_are_checked(project: Any) -> None:
    project.edit("patients.csv", ",1.5,", ',"1,5",')
    assert project.read().patients.loc["P1", "crp"] == 1.5
    assert repairs(project) == [(2, "crp", "decimal mark ',' read as '.'")]
    project.edit("patients.csv", ",2.5,", ",high,")
    project.edit("patients.csv", "P3,63", "P3,63.5")
    assert failures(project) == [
        ("patients", 3, "crp", "not a number"),
        ("patients", 4, "age", "not a whole number"),
    ]


def test_range_and_required(project: Any) -> None:
    project.edit("patients.csv", "P1,61,M", "P1,161,")
    project.edit("patients.csv", "P3,63", "P3,6")
    project.edit("patients.csv", ",2.5,", ",-2.5,")
    assert failures(project) == [
        ("patients", 2, "age", "above the maximum 100"),
        ("patients", 2, "sex", "a required value is missing"),
        ("patients", 3, "crp", "below the minimum 0"),
        ("patients", 4, "age", "below the minimum 18"),
    ]


def test_a_cell_that_cannot_be_read_is_not_missing_too(project: Any) -> None:
    project.edit("patients.csv", "P1,61,M", "P1,61,X")
    assert len(failures(project)) == 1


def test_scale_turns_days_into_years(project: Any) -> None:
    project.definition["variables"]["crp"] |= {"scale": 0.1}
    assert project.read().patients.loc["P1", "crp"] == pytest.approx(0.15)


def test_exact_duplicates_are_kept_once(project: Any) -> None:
    row = project.files["patients.csv"].splitlines()[2].replace(",2.5,", ',"2,50",')
    project.files["patients.csv"] += row.replace("2024-01-15", "15.01.2024") + "\n"
    cohort = project.read()
    assert list(cohort.patients.index) == ["P1", "P2", "P3", "P4"]
    assert (6, "id", "row repeats an earlier one: kept once") in repairs(project)
    assert cohort.flow[0].remaining == 4


def test_conflicting_duplicates_name_both_rows(project: Any) -> None:
    row = project.files["patients.csv"].splitlines()[2].replace(",70,", ",71,")
    project.files["patients.csv"] += row + "\n"
    assert failures(project) == [
        ("patients", 6, "id", "the patient of row 3 again, with other values")
    ]


def test_missing_id(project: Any) -> None:
    project.edit("patients.csv", "P4,", " ,")
    assert failures(project) == [("patients", 5, "id", "the patient's id is missing")]


def test_failures_of_all_tables_come_together(project: Any) -> None:
    project.edit("patients.csv", ",2.5,", ",high,")
    project.edit("patients.csv", "2024-05-01", "2024-01-01")
    project.edit("events.csv", "ALT up", "Hiccups")
    project.edit("treatments.csv", "Velcade", "Velcad")
    found = failures(project)
    assert [(table, row) for table, row, _, _ in found] == [
        ("adverse_events", 4),
        ("patients", 3),
        ("patients", 5),
        ("treatments", 9),
    ]


def test_many_failures_are_counted_and_twenty_shown(project: Any) -> None:
    rows = "".join(f"X{i},high,M,,,2024-01-01,,,,,2024-02-01\n" for i in range(50))
    project.files["patients.csv"] += rows
    with pytest.raises(InvalidTables) as caught:
        project.read()
    assert len(caught.value.failures) == 50
    assert str(caught.value).count("not a number") == 20
    assert "… and 30 more" in str(caught.value)


def test_adverse_events(project: Any) -> None:
    project.edit("events.csv", "P1,anemia,3", "P1,anemia, Grade III")
    project.edit("events.csv", "ALT up,1", "ALT up,G1")
    events = project.read().adverse_events
    assert list(events["grade"]) == [3, 2, 1]
    assert events["grade"].dtype == "int8"
    assert list(events["term"]) == ["Anemia", "Anemia", "ALT increased"]
    assert list(events["event_class"]) == ["blood", "blood", "liver"]
    assert events["start"].isna().all()


def test_adverse_events_that_cannot_be_used(project: Any) -> None:
    project.files["events.csv"] += "P9,anemia,1\nP1,anemia,6\nP1,anemia,\nP1,,2\nP1,anemia,x\n"
    assert failures(project) == [
        ("adverse_events", 5, "id", "this patient is not in the patients table"),
        ("adverse_events", 6, "grade", "a grade is a whole number from 1 to 5"),
        ("adverse_events", 7, "grade", "a required value is missing"),
        ("adverse_events", 8, "term", "a required value is missing"),
        ("adverse_events", 9, "grade", "not a grade"),
    ]


def test_adverse_events_of_the_ineligible_are_left_out(project: Any) -> None:
    project.definition["eligibility"][0]["keep"] = [{"variable": "age", "less_than": 62}]
    cohort = project.read()
    assert set(cohort.adverse_events["patient"]) == {"P1"}
    assert set(cohort.lines["patient"]) == {"P1"}


@pytest.mark.parametrize(
    ("text", "grade"), [("3", 3), ("3.0", 3), ("CTCAE grade 2", 2), ("IV", 4), ("2级", 2)]
)
def test_grades(text: str, grade: int) -> None:
    assert parse_grade(text).value == grade


@pytest.mark.parametrize("text", ["severe", "3-4", "iiii", "2.5", ""])
def test_no_grades(text: str) -> None:
    assert parse_grade(text).failure


def test_responses_table(project: Any) -> None:
    project.files["responses.csv"] = "id,day,resp\nP1,2024-02-01,PR\nP1,2024-03-01,vgpr\n"
    project.definition["tables"]["responses"] = {
        "file": "responses.csv",
        "id": "id",
        "columns": {"date": "day", "response": "resp"},
    }
    project.definition["response"]["assessments"] = {"start": "start"}
    responses = project.read().responses
    assert list(responses["response"]) == ["PR", "VGPR"]
    assert responses["date"].iloc[0] == pd.Timestamp(2024, 2, 1)
    project.files["responses.csv"] += "P1,2024-04-01,better\n"
    assert failures(project)[0][:3] == ("responses", 4, "resp")
