"""Best response and its day from dated assessments: read, checked, and used like a recorded one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from helpers.errors import ManuscriptError
from helpers.study import InvalidTables

#: P1 deepens and progresses, P2 responds once, P3 falls back, P4 was never assessed.
RESPONSES = """\
id,day,imwg
P1,2024-01-20,PR
P1,2024-02-20,nCR
P1,2024-03-10,VGPR
P2,2024-02-01,PR
P2,2024-02-20,PD
P3,2024-03-01,VGPR
P3,01.04.2024,partial response
"""


@pytest.fixture
def assessed(project: Any) -> Any:
    """The tiny study with a table of assessments, and all that is made of it."""
    definition = project.definition
    project.files["responses.csv"] = RESPONSES
    definition["tables"]["responses"] = {
        "file": "responses.csv",
        "id": "id",
        "columns": {"date": "day", "response": "imwg"},
    }
    definition["response"] = {
        "best": "best",
        "date": "responded",
        "recorded": "response",
        "assessments": {
            "start": "start",
            "progression": "progression",
            "death": "death",
            "codes": {"VGPR": ["nCR"]},
        },
    }
    for name, rule in {
        "best": {"quantity": "best"},
        "responded": {"quantity": "first_response"},
        "confirmed_on": {"quantity": "confirmation"},
        "progressed": {"quantity": "progression"},
        "best_seen": {"quantity": "best", "confirmed": False},
        "first_seen": {"quantity": "first_response", "confirmed": False},
    }.items():
        definition["derived"][name] = {
            "label": name,
            "known_at": "on-treatment",
            "response": rule,
        }
    definition["endpoints"]["dor"]["start"] = "responded"
    definition["populations"]["evaluable"]["where"] = [{"variable": "best", "not_in": ["NE"]}]
    return project


def values(cohort: Any, name: str) -> list[Any]:
    found = cohort.patients[name]
    return [None if pd.isna(value) else value for value in found]


def days(*texts: str | None) -> list[pd.Timestamp | None]:
    return [None if text is None else pd.Timestamp(text) for text in texts]


def failures(project: Any) -> list[tuple[str, int | None, str, str]]:
    with pytest.raises(InvalidTables) as caught:
        project.read()
    return [(f.table, f.row, f.column, f.rule) for f in caught.value.failures]


def problem(project: Any) -> str:
    with pytest.raises(ManuscriptError) as caught:
        project.load()
    return caught.value.what


def test_the_quantities_of_the_assessments(assessed: Any) -> None:
    cohort = assessed.read()
    assert values(cohort, "best") == ["VGPR", "SD", "PR", "NE"]
    assert values(cohort, "best_seen") == ["VGPR", "PR", "VGPR", "NE"]
    assert values(cohort, "responded") == days("2024-01-20", None, "2024-03-01", None)
    assert values(cohort, "first_seen") == days("2024-01-20", "2024-02-01", "2024-03-01", None)
    assert values(cohort, "confirmed_on") == days("2024-02-20", None, "2024-04-01", None)
    assert values(cohort, "progressed") == days("2024-04-01", "2024-02-20", None, None)
    assert list(cohort.patients["best"].cat.categories)[:4] == ["sCR", "CR", "VGPR", "PR"]


def test_a_derived_best_response_stands_wherever_a_recorded_one_does(assessed: Any) -> None:
    assessed.definition["derived"]["depth"] = {
        "label": "Depth",
        "known_at": "on-treatment",
        "recode": {
            "source": "best",
            "levels": {"deep": "≥VGPR", "less": "Less"},
            "map": {"deep": ["sCR", "CR", "VGPR"], "less": ["PR", "MR", "SD", "PD", "NE"]},
        },
    }
    assessed.definition["subgroups"] = ["age_group"]
    cohort = assessed.read()
    assert values(cohort, "depth") == ["deep", "less", "less", "less"]
    assert list(cohort.populations["evaluable"]) == [True, True, True, False]
    dor = cohort.times["dor"]
    assert list(dor.index) == ["P1", "P3"]
    assert dor.loc["P1", "months"] == pytest.approx(72 / 30.4375)
    assert list(dor["event"]) == [True, False]
    assert list(cohort.months_to_response) == pytest.approx([19 / 30.4375, 29 / 30.4375])


def test_the_course_of_eligible_patients_only(assessed: Any) -> None:
    assessed.definition["eligibility"].append(
        {"id": "old", "label": "Old", "keep": [{"variable": "age", "less_than": 70}]}
    )
    cohort = assessed.read()
    assert list(cohort.course.index) == ["P1", "P3", "P4"]
    assert list(cohort.course["confirmed"]) == ["VGPR", "PR", "NE"]
    assert set(cohort.responses["patient"]) == {"P1", "P3"}


def test_a_start_that_is_itself_derived_comes_first(assessed: Any) -> None:
    assessed.definition["derived"]["line_start"] = {
        "label": "Start of line two",
        "line": {"quantity": "start", "line": 2},
    }
    assessed.definition["response"]["assessments"]["start"] = "line_start"
    cohort = assessed.read()
    assert values(cohort, "best") == ["VGPR", "SD", "PR", "NE"]


def test_days_from_a_common_origin(assessed: Any) -> None:
    assessed.definition["variables"] = {
        "start": {"column": "start", "type": "day", "label": "Start"},
        "response": {"column": "response", "type": "response", "label": "Best"},
        "progression": {"column": "progression", "type": "day", "label": "Progression"},
        "death": {"column": "death", "type": "day", "label": "Death"},
        "last": {"column": "last", "type": "day", "label": "Last"},
    }
    assessed.only_patients()
    assessed.definition["derived"].pop("age_group")
    assessed.files["patients.csv"] = (
        "id,start,response,progression,death,last\nP1,0,PR,100,,200\nP2,5,,,,90\n"
    )
    assessed.files["responses.csv"] = "id,day,imwg\nP1,30,PR\nP1,60,VGPR\nP1,130,CR\n"
    cohort = assessed.read()
    assert values(cohort, "best") == ["PR", "NE"]
    assert values(cohort, "responded") == [30.0, None]
    assert cohort.times["dor"].loc["P1", "months"] == pytest.approx(70 / 30.4375)


@pytest.mark.parametrize(
    ("rule", "old", "new", "best"),
    [
        ({"minimum_days": 40}, "", "", ["PR", "SD", "SD", "NE"]),
        ({"unconfirmed_becomes": "NE"}, "P2,2024-02-20,PD\n", "", ["VGPR", "PD", "PR", "NE"]),
        ({"nonevaluable_breaks": True}, "01.04.2024", "2024-03-20,NE\nP3,2024-04-01",
         ["VGPR", "SD", "SD", "NE"]),
        ({"start_day_counts": True}, "P2,2024-02-01", "P2,2024-01-15,PR\nP2,2024-02-01",
         ["VGPR", "PR", "PR", "NE"]),
        ({"confirm_progression": False}, "P3,2024-03-01", "P3,2024-02-15,PD\nP3,2024-03-01",
         ["VGPR", "SD", "PD", "NE"]),
        ({"unconfirmed_progression": "NE"}, "P3,2024-03-01,VGPR\nP3,01.04.2024,partial response",
         "P3,2024-03-01,PD", ["VGPR", "SD", "NE", "NE"]),
        ({"recorded_progression_counts": False}, "P2,2024-02-01,PR\nP2,2024-02-20,PD\n", "",
         ["VGPR", "NE", "PR", "NE"]),
        ({"next_therapy": "last"}, "P3,01.04.2024", "P3,2024-12-02", ["VGPR", "SD", "SD", "NE"]),
    ],
)  # fmt: skip
def test_every_rule_of_the_study_reaches_the_calculation(
    assessed: Any, rule: dict[str, Any], old: str, new: str, best: list[str]
) -> None:
    if old:
        assessed.edit("responses.csv", old, new)
    default = values(assessed.read(), "best")
    assessed.definition["response"]["assessments"].update(rule)
    changed = values(assessed.read(), "best")
    assert changed == best
    assert changed != default


def test_what_stands_in_for_a_second_progression(assessed: Any) -> None:
    assessed.edit("patients.csv", "SD,,2024-03-01,2024-06-01", "SD,,,2024-06-01")
    assert values(assessed.read(), "progressed")[1] == pd.Timestamp("2024-02-20")
    assessed.definition["response"]["assessments"]["progression_confirmed_by"] = []
    assert values(assessed.read(), "progressed")[1] is None


def test_two_categories_on_one_day_name_both_rows(assessed: Any) -> None:
    assessed.files["responses.csv"] += "P3,2024-04-01,MR\n"
    assert failures(assessed) == [("responses", 9, "day", "another category on the day of row 8")]


def test_a_repeated_row_is_kept_once_and_logged(assessed: Any) -> None:
    assessed.files["responses.csv"] += "P3,2024-04-01,PR\n"
    cohort = assessed.read()
    repairs = [(r.row, r.rule) for r in cohort.repairs if r.table == "responses"]
    assert (9, "row repeats an earlier one: kept once") in repairs
    assert values(cohort, "best") == ["VGPR", "SD", "PR", "NE"]


def test_an_assessment_without_its_date_is_named_without_its_value(assessed: Any) -> None:
    assessed.files["responses.csv"] += "P3,,CR\nP1,soon,CR\nP9,2024-02-01,CR\n"
    assert failures(assessed) == [
        ("responses", 9, "day", "an assessment needs its date"),
        ("responses", 10, "day", "no date in any of the date_formats of study.yml"),
        ("responses", 11, "id", "this patient is not in the patients table"),
    ]


def test_an_assessment_after_death_stops_the_build(assessed: Any) -> None:
    assessed.files["responses.csv"] += "P2,2024-06-01,PD\nP2,2024-06-02,PR\n"
    assert failures(assessed) == [("responses", 10, "day", "assessed after death")]


def test_an_unknown_category_says_where_its_spelling_goes(assessed: Any) -> None:
    assessed.files["responses.csv"] += "P4,2024-03-01,mostly fine\n"
    ((_, row, column, rule),) = failures(assessed)
    assert (row, column) == (9, "imwg")
    assert "response.assessments.codes" in rule
    assert "mostly" not in rule


def test_a_blank_category_is_not_evaluable_and_logged(assessed: Any) -> None:
    assessed.files["responses.csv"] += "P4,2024-03-01,ND\n"
    cohort = assessed.read()
    assert values(cohort, "best")[3] == "NE"
    assert (9, "no category: taken as not evaluable") in [
        (repair.row, repair.rule) for repair in cohort.repairs
    ]


def test_a_recorded_response_before_the_start_stops_the_build(project: Any) -> None:
    project.edit("patients.csv", "VGPR,2024-02-01", "VGPR,2023-12-01")
    assert ("patients", 2, "first_response", "first response before start") in failures(project)


def test_without_assessments_the_recorded_response_stands(project: Any) -> None:
    cohort = project.read()
    assert (cohort.responses, cohort.course) == (None, None)
    assert list(cohort.months_to_response) == pytest.approx([31 / 30.4375, 29 / 30.4375])
    project.definition["response"].pop("date")
    assert project.read().months_to_response is None


def test_a_table_of_assessments_is_never_read_for_nothing(assessed: Any) -> None:
    for name in ("best", "responded", "confirmed_on", "progressed", "best_seen", "first_seen"):
        assessed.definition["derived"].pop(name)
    assessed.definition["response"] = {"best": "response"}
    assessed.definition["populations"].pop("evaluable")
    assessed.definition["endpoints"].pop("dor")
    assert "this table needs the section `response.assessments`" in problem(assessed)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("response", "assessments", "start"), "stat", "did you mean 'start'"),
        (("response", "assessments", "next_therapy"), "age", "needed is a date"),
        (("response", "assessments", "codes"), {"vgpr": ["x"]}, "unknown category 'vgpr'"),
        (("response", "assessments", "codes"), {"PR": ["CR"]}, "belongs to both"),
        (("response", "best"), "responded", "unknown response variable"),
        (("response", "recorded"), "best", "unknown response variable"),
        (("response", "date"), "first_response", "both be recorded, or both derived"),
        (("response", "date"), "first_seen", "both confirmed or not"),
        (("response", "assessments"), None, "a quantity of assessments needs"),
        (("tables", "responses"), None, "needs the table `tables.responses`"),
        (("derived", "best", "known_at"), "baseline", "known only on treatment"),
        (("response", "assessments", "start"), "responded", "is made from itself"),
        (("derived", "progressed", "response", "confirmed"), False, "does not belong"),
        (("response", "assessments", "minimum_days"), 0, "greater than or equal to 1"),
        (("response", "model"), ["age", "age"], "stands twice"),
        (("response", "model"), ["agee"], "did you mean 'age'"),
        (("response", "model"), ["best"], "known only on treatment"),
    ],
)
def test_a_definition_that_does_not_fit_is_refused(
    assessed: Any, place: tuple[str, ...], value: Any, words: str
) -> None:
    *above, key = place
    section = assessed.definition
    for name in above:
        section = section[name]
    section[key] = value
    assert words in problem(assessed)
