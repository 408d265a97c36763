"""Fifteen written abstracts: clean ones are possible, and what is planted in them is found."""

import pytest
from planted_measure import blames, clean, drafted, impossible, planted
from written_abstracts import PLANTED, WRITTEN


@pytest.mark.parametrize("name", WRITTEN)
def test_a_clean_abstract_is_possible(name):
    found = clean(name)
    assert impossible(found) == {} and found.blamed == ()


@pytest.mark.parametrize("name", WRITTEN)
def test_its_draft_is_possible_unfinished(name):
    assert impossible(drafted(name)) == {}


@pytest.mark.parametrize(
    ("name", "claim", "key", "how"), PLANTED, ids=[f"{n}-{c}-{k}" for n, c, k, _ in PLANTED]
)
def test_what_is_planted_is_found_and_blamed(name, claim, key, how):
    found = planted(name, claim, key, how)
    assert not found.possible
    assert blames(found, claim)
