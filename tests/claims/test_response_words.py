"""Rates and grades of response side by side: what a grade that nobody names leaves open."""

from __future__ import annotations

import pytest

from helpers.audit.audit import audit
from helpers.claims import Claims
from helpers.claims.loading import read_claims


def possible(events: dict[str, int], more: str = "") -> bool:
    """Audit numbers of 46 patients by event."""
    claims = "\n".join(
        f'  - {{text: x, kind: proportion, event: "{event}", count: {k}, of: 46}}'
        for event, k in events.items()
    )
    text = f"source: Written for the tests.\npopulations: {{all: 46}}\n{more}\nclaims:\n{claims}\n"
    return audit(read_claims(Claims, text, where="test")).possible


@pytest.mark.parametrize(
    "events",
    [
        {"ORR": 32, "VGPR": 7, "PR": 11},  # the rest may be complete responses
        {"ORR": 32, "CR": 14, "PR": 11},  # or very good partial ones
        {"CR or better": 9, "CR": 5, "ORR": 32},  # or stringent ones
        {"CBR": 40, "ORR": 32, "PR": 11, "SD": 3},
        {"DCR": 44, "ORR": 32, "PR": 11, "SD": 3},  # minimal responses
        {"ORR": 32, "CR": 14, "VGPR": 7, "PR": 11},
    ],
)
def test_what_is_not_printed_may_be_there(events: dict[str, int]):
    assert possible(events)


@pytest.mark.parametrize(
    "events",
    [
        {"ORR": 32, "VGPR": 22, "PR": 11},
        {"ORR": 32, "CR": 14, "VGPR": 7, "PR": 10},
        {"VGPR or better": 20, "VGPR": 21},
        {"CR or better": 9, "CR": 10},
        {"CBR": 31, "ORR": 32, "PR": 11},
        {"ORR": 32, "VGPR or better": 33},
    ],
)
def test_what_is_printed_must_add_up(events: dict[str, int]):
    assert not possible(events)


def test_an_abstract_of_two_grades_says_so():
    grades = "attributes: {response: {levels: [CR, PR, SD, PD]}}"
    assert not possible({"ORR": 32, "CR": 14, "PR": 11}, grades)
    assert possible({"ORR": 25, "CR": 14, "PR": 11}, grades)
