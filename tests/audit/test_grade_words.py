"""Grades of an adverse event in the words that abstracts use: which is part of which."""

from __future__ import annotations

import pytest

from helpers.audit.audit import audit
from helpers.claims import Claims
from helpers.claims.loading import read_claims

TEMPLATE = """
source: Written for the tests.
populations: {{all: 52}}
claims:
  - {{id: wide, text: x, kind: proportion, event: "{wide}", value: 25.0, count: 13}}
  - {{id: narrow, text: x, kind: proportion, event: "{narrow}", value: 57.7, count: 30}}
"""


def possible(wide: str, narrow: str) -> bool:
    text = TEMPLATE.format(wide=wide, narrow=narrow)
    return audit(read_claims(Claims, text, where="test")).possible


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("Infections", "infections of grade 3 or higher"),
        ("infection of any grade", "grade ≥3 infections"),
        ("any-grade neuropathy", "neuropathy, grade 3-4"),
        ("Gr ≥2 neuropathy", "grade 3/4 neuropathy"),
        ("acute GVHD grade II-IV", "acute GVHD grade III-IV"),
        ("grade 3 to 4 anaemia", "grade 4 anaemia"),
        ("anaemia of all grades", "anaemia of grade 1 or 2"),
        ("grade >1 rash", "grade 3+ rash"),
        ("grade ≤3 rash", "grade 2 or lower rash"),
    ],
)
def test_a_part_is_no_more_than_the_whole(wide, narrow):
    assert not possible(wide, narrow)
    assert possible(narrow, wide)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("grade 3-4 infections", "grade 5 infections"),
        ("grade 3-4 infections", "infections of grade 4 or higher"),
        ("grade 1-2 rash", "grade ≥3 rash"),
        ("grade ≥2 rash", "grade ≤2 rash"),
        ("infections of any grade", "grade ≥3 infusion reactions"),
        ("acute GVHD grade II-IV", "chronic GVHD"),
    ],
)
def test_what_is_no_part_may_be_more(one, other):
    assert possible(one, other) and possible(other, one)
