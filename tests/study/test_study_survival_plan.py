"""What may not stand in a survival plan: dates and groupings that do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.errors import ManuscriptError

LATE = {
    "label": "Response",
    "known_at": "on-treatment",
    "recode": {
        "source": "response",
        "levels": {"none_given": "No response", "response": "Response"},
        "map": {
            "none_given": ["MR", "SD", "PD", "NE"],
            "response": ["sCR", "CR", "VGPR", "PR"],
        },
    },
}
COMPETING = {
    "endpoint": "pfs",
    "event": "progression",
    "event_label": "Progression",
    "competing_label": "Death without progression",
}


@pytest.fixture
def plan(project: Any) -> Any:
    """Return the survival plan of a project in which response is a late grouping."""
    project.definition["derived"]["responder"] = LATE
    return project.definition["survival"]


def test_a_dated_grouping_and_competing_events_load(project: Any, plan: Any) -> None:
    plan["curves"] = [{"variable": "responder", "since": "first_response"}]
    plan["competing"] = {**COMPETING, "by": "age_group"}
    study = project.load()
    assert study.survival.curves[0].since == "first_response"
    assert study.survival.competing.by == "age_group"


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        ({"variable": "responder", "since": "first_respons"}, "did you mean 'first_response'"),
        ({"variable": "responder", "since": "age"}, "holds a number, needed is a date"),
        ({"variable": "age_group", "since": "first_response"}, "is known at time zero"),
        ({"variable": "response", "since": "first_response"}, "`since` needs two levels"),
    ],
)
def test_since_needs_a_date_and_a_late_grouping_of_two(
    project: Any, plan: Any, curve: dict[str, str], words: str
) -> None:
    plan["curves"] = [curve]
    with pytest.raises(ManuscriptError) as caught:
        project.load()
    assert words in caught.value.what
    assert "survival.curves" in caught.value.what


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"endpoint": "pfz"}, "did you mean 'pfs'"),
        ({"event": "progresion"}, "did you mean 'progression'"),
        ({"endpoint": "single", "event": "death"}, "one event only: nothing competes"),
        ({"by": "age_grup"}, "did you mean 'age_group'"),
        ({"by": "age"}, "holds a number, needed is a category"),
        ({"by": "responder"}, "may not split from time zero"),
    ],
)
def test_competing_events_are_those_of_an_endpoint(
    project: Any, plan: Any, change: dict[str, str], words: str
) -> None:
    single = {**project.definition["endpoints"]["pfs"], "events": ["death"]}
    project.definition["endpoints"]["single"] = single
    plan["competing"] = {**COMPETING, **change}
    with pytest.raises(ManuscriptError) as caught:
        project.load()
    assert words in caught.value.what
    assert "survival.competing" in caught.value.what


def test_a_late_factor_is_an_error_without_any_curve(project: Any, plan: Any) -> None:
    plan["univariable"] = ["responder"]
    with pytest.raises(ManuscriptError, match="known only on treatment") as caught:
        project.load()
    assert "survival.univariable" in caught.value.what


def test_what_is_made_from_a_late_variable_is_late(project: Any, plan: Any) -> None:
    project.definition["variables"]["response"]["known_at"] = "on-treatment"
    assert project.load().known_at("responder") == "on-treatment"
    project.definition["derived"]["responder"] = {**LATE, "known_at": "baseline"}
    with pytest.raises(ManuscriptError, match="so is this: `known_at: on-treatment`") as caught:
        project.load()
    assert "derived.responder.known_at" in caught.value.what
