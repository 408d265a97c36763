"""The integer program: which claims can hold together, and which must give way."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from helpers.audit.families import build_families
from helpers.errors import ManuscriptError
from helpers.reconstruction import Transcript, solve

IMPOSSIBLE = {"orr_tp53_no", "orr_1q21_no"}
YES_NO = {"yes": {"is_in": ["yes"]}, "no": {"is_in": ["no"]}}


def transcript(claims, *, n=None, attributes=("response", "sex"), unknown=(), chosen=None):
    """A transcript without patients to draw, as a reviewer would write one."""
    return Transcript.model_validate(
        {
            "source": {"citation": "nowhere", "authors": "nobody", "provenance": "made up"},
            "populations": {"all": {"label": "All", "n": n}},
            "attributes": {
                name: {"levels": YES_NO, "unknown_allowed": name in unknown} for name in attributes
            },
            "claims": [
                {"id": f"c{i}", "text": "…", "population": "all", **claim}
                for i, claim in enumerate(claims)
            ],
            "chosen": chosen,
        }
    )


def rate(value, *, event="response", **group):
    return {"kind": "proportion", "group": group, "event": {event: ["yes"]}, "value": value}


def count(value, **event):
    return {"kind": "count", "event": {a: [level] for a, level in event.items()}, "value": value}


def test_exactly_the_impossible_claims_of_the_seed_abstract_give_way(bent):
    solution = solve(bent("aponermin"))
    assert set(solution.gives_way) == IMPOSSIBLE
    assert solution.truncated == ("orr_extramedullary_no",)


def test_every_claim_of_the_other_abstract_can_hold(bent):
    solution = solve(bent("fhrmm"))
    assert solution.gives_way == () and solution.truncated == ()
    assert set(solution.counted) == {"cohort_size", "orr", "vgpr_or_better"}


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("orr", "55.4"),
        ("tp53", "13.3"),
        ("orr_age_lt_63", "72.3"),
        ("hematological_any", "53.9"),
        ("liver_grade_3", "7.8"),
        ("tumor_lysis_any", "5.2"),
        ("male", "22"),
    ],
)
def test_a_figure_that_no_cohort_gives_is_found(bent, claim, value):
    found = set(solve(bent("aponermin", **{claim: value})).gives_way)
    assert found > IMPOSSIBLE
    pair = {"male", "female"}
    assert found - IMPOSSIBLE <= (pair if claim in pair else {claim})


def test_a_figure_possible_alone_but_not_beside_the_others_is_found(bent):
    # 9/20 is 45.0 %, but 13 + 9 responders by age are not the 21 of the whole cohort.
    found = set(solve(bent("aponermin", orr_age_ge_63="45.0")).gives_way) - IMPOSSIBLE
    assert len(found) == 1
    assert found <= {"orr", "orr_age_ge_63", "orr_age_lt_63"}


def test_the_smaller_set_gives_way():
    claims = transcript([count("20"), count("8", response="yes"), rate("40.0"), rate("60.0")], n=20)
    assert solve(claims).gives_way == ("c3",)


def test_an_unknown_denominator_stays_open_to_the_program():
    claims = transcript([rate("70.0", sex="yes"), rate("33.3", sex="no")], n=13)
    solution = solve(claims)
    assert solution.gives_way == ()
    assert solution.count({"sex": ["yes"]}) == 10
    assert solution.count({"sex": ["no"], "response": ["yes"]}) == 1


def test_unknown_status_is_left_out_of_the_denominator():
    claims = [rate("60.0", sex="yes"), rate("50.0", sex="no")]
    assert solve(transcript(claims, n=8)).gives_way != ()
    solution = solve(transcript(claims, n=8, unknown=("sex",)))
    assert solution.gives_way == ()
    assert solution.count({"sex": ["unknown"]}) == 1


def test_a_size_that_was_not_printed_is_found():
    claims = transcript([count("7", response="yes"), rate("53.8")], attributes=("response",))
    solution = solve(claims)
    assert solution.gives_way == ()
    assert sum(solution.tables[0].cells.values()) == 13


def test_every_rounded_percentage_of_a_small_cohort_can_hold():
    for k, n in product(range(1, 8), (7, 16, 23)):
        if k < n:
            value = f"{(2000 * k + n) // (2 * n) / 10:.1f}"
            claims = transcript([rate(value)], n=n, attributes=("response",))
            assert solve(claims).gives_way == (), (k, n, value)


def test_chosen_counts_that_contradict_the_sizes_are_an_error(bent):
    claims = bent("fhrmm")
    assert claims.chosen is not None
    first = claims.chosen.counts[0]
    counts = [*claims.chosen.counts, first.model_copy(update={"value": first.value + 1})]
    chosen = claims.chosen.model_copy(update={"counts": counts})
    with pytest.raises(ManuscriptError, match="no cohort has the sizes"):
        solve(claims.model_copy(update={"chosen": chosen}))


def test_counts_of_attributes_never_mentioned_together_are_refused():
    solution = solve(transcript([rate("50.0"), rate("50.0", event="sex")], n=4))
    with pytest.raises(KeyError):
        solution.count({"sex": ["yes"], "response": ["yes"]})


def test_families_form_a_tree_in_which_shared_attributes_stand_with_the_parent():
    names = ["a", "b", "c", "d", "e"]
    families = build_families(names, [{"a", "b"}, {"b", "c"}, {"c", "d"}, {"d", "a"}, {"e"}])
    assert {name for family in families for name in family.attributes} == set(names)
    for pair in ({"a", "b"}, {"b", "c"}, {"c", "d"}, {"d", "a"}):
        assert any(pair <= set(family.attributes) for family in families)
    for i, family in enumerate(families):
        before = {name for other in families[:i] for name in other.attributes}
        assert set(family.separator) == before & set(family.attributes)
        assert family.parent is None or family.parent < i


@pytest.mark.parametrize("seed", range(12))
def test_an_abstract_written_from_a_cohort_raises_no_alarm(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(12, 120))
    names = ("response", "sex", "old", "gain")
    people = {name: rng.random(n) < rng.uniform(0.2, 0.8) for name in names}
    known = rng.random(n) < 0.9
    claims = [count(str(n))]
    for name in names[1:]:
        known_here = known if name == "gain" else np.ones(n, dtype=bool)
        for level, members in (("yes", people[name]), ("no", ~people[name])):
            group = members & known_here
            k, size = int((people["response"] & group).sum()), int(group.sum())
            if size:
                claims.append(rate(f"{(2000 * k + size) // (2 * size) / 10:.1f}", **{name: level}))
    k = int(people["response"].sum())
    claims.append(rate(f"{(2000 * k + n) // (2 * n) / 10:.1f}"))
    solution = solve(transcript(claims, n=n, attributes=names, unknown=("gain",)))
    assert solution.gives_way == () and solution.truncated == ()
