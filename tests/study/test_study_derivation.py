"""Derived variables, against values worked out by hand, unknown values above all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.study.conditions import all_hold, any_holds, fulfilled, holds
from helpers.study.schema.variable import Condition


def column(project: Any, name: str, **rule: Any) -> list[Any]:
    values = project.derive(**{name: rule}).patients[name]
    return [None if pd.isna(value) else value for value in values]


def test_cut_is_half_open(project: Any) -> None:
    rule = {"source": "age", "at": [61, 70], "levels": {"a": "a", "b": "b", "c": "c"}}
    assert column(project, "x", cut=rule) == ["b", "c", "b", "a"]


def test_cut_of_an_unknown_number_is_unknown(project: Any) -> None:
    rule = {"source": "crp", "at": [2], "levels": {"lo": "lo", "hi": "hi"}}
    assert column(project, "x", cut=rule) == ["lo", "hi", None, "hi"]


def test_any_of_is_no_only_when_all_are_known_not_to_hold(project: Any) -> None:
    rule = [{"variable": "emd", "is_in": ["yes"]}, {"variable": "age", "at_least": 70}]
    assert column(project, "x", any_of=rule) == ["yes", "yes", "no", None]


def test_months_and_years(project: Any) -> None:
    months = column(project, "x", months_between={"start": "start", "end": "progression"})
    assert months[0] == pytest.approx(91 / 30.4375)
    assert months[2:] == [None, None]
    years = column(project, "y", years_between={"start": "last", "end": "start"})
    assert years[0] == pytest.approx(-335 / 365.25)


WITHIN = {"start": "first_response", "end": "progression", "setting": "high_risk_months_from_start"}


@pytest.mark.parametrize(
    ("end", "start", "expected"),
    [
        ("no", "unknown", ["yes", None, "no", None]),
        ("unknown", "unknown", ["yes", None, None, None]),
        ("no", "no", ["yes", "no", "no", "no"]),
    ],
)
def test_within_months(project: Any, end: str, start: str, expected: list[str]) -> None:
    project.definition["settings"] = {"high_risk_months_from_start": 2}
    rule = {**WITHIN, "missing_end": end, "missing_start": start}
    assert column(project, "x", within_months=rule) == expected


def test_within_months_follows_its_setting_and_the_order(project: Any) -> None:
    project.definition["settings"] = {"high_risk_months_from_start": 1}
    assert column(project, "x", within_months=WITHIN)[0] == "no"
    backwards = {**WITHIN, "start": "progression", "end": "first_response"}
    project.definition["settings"] = {"high_risk_months_from_start": 99}
    assert column(project, "x", within_months=backwards)[0] == "no"


def test_recode(project: Any) -> None:
    rule = {
        "source": "response",
        "levels": {"deep": "Deep", "less": "Less"},
        "map": {"deep": ["sCR", "CR", "VGPR"], "less": ["PR", "MR", "SD", "PD", "NE"]},
    }
    assert column(project, "x", recode=rule) == ["deep", "less", "less", "less"]


def test_first_match_keeps_unknown_apart(project: Any) -> None:
    rule = {
        "branches": [
            {"level": "a", "label": "A", "when": [{"variable": "emd", "is_in": ["yes"]}]},
            {"level": "b", "label": "B", "when": [{"variable": "age", "at_least": 63}]},
        ],
        "otherwise": "c",
        "otherwise_label": "C",
    }
    assert column(project, "x", first_match=rule) == ["a", "b", "b", None]
    project.edit("patients.csv", "P4,55,F,,", "P4,55,F,no,")
    assert column(project, "x", first_match=rule) == ["a", "b", "b", "c"]


def test_derived_of_derived_in_any_order(project: Any) -> None:
    first = {"any_of": [{"variable": "late", "is_in": ["yes"]}]}
    late = {"any_of": [{"variable": "age", "at_least": 62}]}
    patients = project.derive(early=first, late=late).patients
    assert list(patients["early"]) == ["no", "yes", "yes", "no"]
    assert list(patients.columns)[-2:] == ["early", "late"]


def test_levels_are_those_of_the_definition(project: Any) -> None:
    cohort = project.derive(x={"any_of": [{"variable": "emd", "is_in": ["yes"]}]})
    for name in cohort.study.names:
        if cohort.study.kind(name) == "category":
            levels = list(cohort.patients[name].cat.categories)
            assert levels == list(cohort.study.levels(name))


def line(project: Any, **quantity: Any) -> list[Any]:
    return column(project, "x", line=quantity)


def test_line_dates(project: Any) -> None:
    day = pd.Timestamp
    assert line(project, quantity="start", line=2) == [
        day(2024, 1, 1),
        day(2024, 1, 15),
        day(2024, 2, 1),
        None,
    ]
    assert line(project, quantity="end", line=2)[0] == day(2024, 4, 1)
    assert line(project, quantity="next_start", line=2)[0] == day(2024, 5, 1)
    assert line(project, quantity="procedure", line=2, procedure="transplant")[:2] == [
        day(2023, 7, 1),
        None,
    ]
    assert line(project, quantity="count") == [3.0, 2.0, 1.0, 0.0]


def test_regimen_by_the_agents_of_the_whole_line_or_of_its_outset(project: Any) -> None:
    whole = line(project, quantity="regimen", line=2)
    assert whole == ["imid", "other", "imid", None]
    outset = line(project, quantity="regimen", line=2, within_days=28)
    assert outset == ["krd", "other", "imid", None]


def test_exposure_is_unknown_without_lines(project: Any) -> None:
    lenalidomide = {"quantity": "exposed", "agents": ["lenalidomide"]}
    assert line(project, line=1, **lenalidomide) == ["yes", "no", None, None]
    assert line(project, line=2, **lenalidomide) == ["yes", "no", "yes", None]


def test_lines_of_the_cohort(project: Any) -> None:
    lines = project.read().lines
    assert list(lines.columns) == ["patient", "line", "start", "end", "agents"]
    first = lines[lines["patient"].eq("P1")]
    assert list(first["line"]) == [1, 2, 4]
    assert first["agents"].iloc[1] == ("carfilzomib", "daratumumab", "lenalidomide")
    assert first["end"].iloc[0] == pd.Timestamp(2023, 6, 1)


def test_a_line_of_a_procedure_alone(project: Any) -> None:
    project.files["treatments.csv"] += "P4,,1,2023-05-01,,Transplant\n"
    lines = project.read().lines
    only = lines[lines["patient"].eq("P4")].iloc[0]
    assert only["agents"] == ()
    assert only["start"] == pd.Timestamp(2023, 5, 1)


def test_drug_rows_that_are_left_out_are_counted(project: Any) -> None:
    project.files["treatments.csv"] += (
        "P4,Lenalidomide,,2023-05-01,,\nP4,,1,2023-05-01,,\nP4,Lenalidomide,1,2023-05-01,,Tablets\n"
    )
    cohort = project.read()
    assert [(f.row, f.rule) for f in cohort.unmapped] == [
        (13, "a treatment type that is no procedure of study.yml: only the agent is used"),
        (12, "names neither agent nor procedure: left out of the lines"),
        (11, "names no line of therapy: left out of the lines"),
    ]


def test_no_agent_is_left_unmapped(project: Any) -> None:
    from helpers.study import InvalidTables

    project.files["treatments.csv"] += (
        "P4,Mystery,1,2023-05-01,,\n"
        "P4,,1,2023-05-01,,Leeches\n"
        "P4,Lenalidomide,Umpteenth,2023-05-01,,\n"
        "P4,Lenalidomide,1.5,2023-05-01,,\n"
        "P4,Lenalidomide,1,2023-05-01,2023-04-01,\n"
        "P9,Lenalidomide,1,2023-05-01,,\n"
    )
    with pytest.raises(InvalidTables) as caught:
        project.read()
    assert [(f.row, f.column) for f in caught.value.failures] == [
        (11, "drug"),
        (12, "type"),
        (13, "line"),
        (14, "line"),
        (15, "to"),
        (16, "id"),
    ]
    assert "lines.agents" in str(caught.value)
    assert "Mystery" not in str(caught.value)


def test_a_treatments_table_without_rows(project: Any) -> None:
    project.files["treatments.csv"] = "id,drug,line,from,to,type\n"
    rules = {
        "a": {"line": {"quantity": "start", "line": 2}},
        "b": {"line": {"quantity": "regimen", "line": 2, "within_days": 28}},
        "c": {"line": {"quantity": "exposed", "agents": ["lenalidomide"]}},
        "d": {"line": {"quantity": "count"}},
        "e": {"line": {"quantity": "procedure", "procedure": "transplant"}},
    }
    patients = project.derive(**rules).patients
    assert patients[["a", "b", "c", "e"]].isna().all(axis=None)
    assert list(patients["d"]) == [0.0] * 4


FRAME = pd.DataFrame({"n": [1.0, 2.0, 3.0, np.nan], "c": ["a", None, "b", "a"]})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"variable": "n", "at_least": 2}, [False, True, True, None]),
        ({"variable": "n", "more_than": 2}, [False, False, True, None]),
        ({"variable": "n", "less_than": 2}, [True, False, False, None]),
        ({"variable": "n", "at_least": 2, "less_than": 3}, [False, True, False, None]),
        ({"variable": "c", "is_in": ["a"]}, [True, None, False, True]),
        ({"variable": "c", "not_in": ["a"]}, [False, None, True, False]),
        ({"variable": "c", "known": True}, [True, False, True, True]),
        ({"variable": "c", "known": False}, [False, True, False, False]),
    ],
)
def test_conditions(condition: dict[str, Any], expected: list[bool | None]) -> None:
    result = holds(Condition(**condition), FRAME)
    assert [None if pd.isna(value) else bool(value) for value in result] == expected


def test_no_conditions() -> None:
    assert all_hold([], FRAME).all()
    assert not any_holds([], FRAME).any()
    assert fulfilled([], FRAME).all()


NUMBERS = st.lists(st.one_of(st.none(), st.floats(-5, 5)), min_size=1, max_size=12)


@given(NUMBERS, st.floats(-5, 5), st.floats(-5, 5))
def test_conditions_and_their_negations(values: list[Any], a: float, b: float) -> None:
    """De Morgan in three values: not (x ≥ a or x ≥ b) is (x < a and x < b)."""
    frame = pd.DataFrame({"x": pd.Series(values, dtype="float64")})
    above = any_holds([Condition(variable="x", at_least=t) for t in (a, b)], frame)
    below = all_hold([Condition(variable="x", less_than=t) for t in (a, b)], frame)
    pd.testing.assert_series_equal(~above, below)
