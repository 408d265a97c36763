"""Smallest sets that must give way, against a search through all subsets."""

import random
from itertools import combinations

import pytest

from helpers.audit.conflicts import find_conflicts, irreducible


def all_smallest(claims, feasible):
    for size in range(len(claims) + 1):
        found = {
            drop
            for drop in combinations(claims, size)
            if feasible([c for c in claims if c not in drop])
        }
        if found:
            return found
    return set()


@pytest.mark.parametrize("seed", range(40))
def test_every_smallest_set_is_found_and_every_conflict_is_irreducible(seed):
    rng = random.Random(seed)
    claims = [f"c{i}" for i in range(7)]
    forbidden = [set(rng.sample(claims, rng.randint(1, 4))) for _ in range(rng.randint(0, 5))]

    def feasible(kept):
        return not any(bad <= set(kept) for bad in forbidden)

    found = find_conflicts(claims, feasible)
    if feasible(claims):
        assert (found.irreducible, found.smallest) == ((), ())
        return
    assert set(found.smallest) == all_smallest(claims, feasible)
    assert found.complete
    for conflict in found.irreducible:
        assert not feasible(conflict)
        assert all(feasible([c for c in conflict if c != one]) for one in conflict)


def test_the_bound_on_the_number_of_sets_is_said():
    claims = [f"c{i}" for i in range(6)]
    found = find_conflicts(claims, lambda kept: len(kept) < 6, most=3)
    assert len(found.smallest) == 3
    assert not found.complete


def test_claims_that_hold_together_have_no_conflict():
    with pytest.raises(ValueError, match="can hold together"):
        irreducible(["a"], lambda kept: True)
