"""Random abstracts: none that a cohort has produced is called impossible, and enumeration of
every cohort of small ones agrees with the integer program."""

import random

import pytest

from helpers.claims import Claims


@pytest.mark.parametrize("seed", range(2001, 2031))
def test_what_a_cohort_has_produced_is_possible(abstracts, judge, seed):
    found = judge(abstracts.consistent(seed, largest=40))
    assert [(c.claim, c.evidence) for c in found.claims if c.verdict == "impossible"] == []


def test_changed_figures_that_are_found_are_blamed_on_a_set_that_holds_them(abstracts, judge):
    found = planted = 0
    for seed in range(3001, 3031):
        raw, claim, _ = abstracts.changed(
            abstracts.consistent(seed, largest=40), random.Random(seed)
        )
        said = judge(raw)
        planted += 1
        found += not said.possible
        assert said.possible or abstracts.blames(said, claim)
    assert found > planted / 3


@pytest.mark.parametrize("seed", range(4001, 4011))
def test_what_is_called_possible_comes_with_patients_who_print_it(abstracts, judge, seed):
    raw, _, _ = abstracts.changed(abstracts.consistent(seed, largest=60), random.Random(seed))
    found = judge(raw)
    if found.possible:
        patients = abstracts.patients_of(found)
        assert patients is not None
        assert abstracts.printed_by(patients, Claims.model_validate(raw)) == []


@pytest.mark.parametrize("seed", range(60))
def test_enumeration_of_every_cohort_agrees(abstracts, judge, seed):
    raw = abstracts.small(seed)
    assert judge(raw).possible == abstracts.some_cohort(raw)
