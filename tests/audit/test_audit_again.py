"""A transcript that is audited again: the integer program is asked once, and of no other."""

import pytest

from helpers.audit import audit
from helpers.audit.verdict import Finding
from helpers.claims import Claims
from helpers.claims.loading import read_claims

TEXT = """
source: {citation: A clean abstract}
populations: {treated: {n: 60}}
attributes: {sex: {levels: [male, female]}}
claims:
- {id: male, text: 33 men, kind: count, event: {sex: male}, value: 33}
- {id: female, text: 27 women, kind: count, event: {sex: female}, value: 27}
"""


@pytest.fixture
def asked(monkeypatch) -> list[int]:
    """The number of times that a transcript was put to the integer program."""
    from helpers.audit.audit import prefer_populations

    calls: list[int] = []

    def count(reading):
        calls.append(1)
        return prefer_populations(reading)

    monkeypatch.setitem(audit.__globals__, "prefer_populations", count)
    return calls


def test_the_same_transcript_is_examined_once(asked):
    claims = read_claims(Claims, TEXT, where="claims.yml")
    first = audit(claims)
    found = Finding(("male",), "reproduced", "The same.", "33")
    again = audit(claims, regenerated={"male": found})
    assert len(asked) == 1
    assert audit(claims) == first
    assert again.claims[0].verdict == "reproduced" != first.claims[0].verdict


def test_another_transcript_is_examined_anew(asked):
    text = TEXT.replace("A clean", "Another")
    one = audit(read_claims(Claims, text, where="claims.yml"))
    other = audit(read_claims(Claims, text.replace("value: 27", "value: 28"), where="claims.yml"))
    assert len(asked) == 2
    assert one.possible
    assert not other.possible


def test_the_same_text_is_read_once_and_another_anew():
    one = read_claims(Claims, TEXT, where="claims.yml")
    assert read_claims(Claims, TEXT, where="claims.yml") is one
    other = read_claims(Claims, TEXT.replace("33 men", "33 males"), where="claims.yml")
    assert other is not one
