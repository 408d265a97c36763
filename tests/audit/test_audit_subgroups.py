"""Arithmetic of subgroups: refutes what no cohort has, and nothing else."""

import random
from fractions import Fraction
from itertools import product

import pytest

from helpers.audit.reading import Reading
from helpers.claims import Claims


def reading_of(raw):
    return Reading(Claims.model_validate(raw))


def divided(seed):
    """Return a transcript of two groups, with shares, sizes and the whole, some perhaps wrong."""
    rng = random.Random(seed)
    n, declared, digits = rng.randint(5, 13), rng.random() < 0.5, rng.choice((0, 1))
    sizes = (rng.randint(1, n - 2), rng.randint(1, n))
    sizes = (sizes[0], n - sizes[0]) if declared else (sizes[0], min(sizes[1], n - sizes[0]))
    hits = tuple(rng.randint(0, size) for size in sizes)
    event = {"response": ["CR"]}

    def percent(k, of):
        return f"{min(100.0, 100 * k / of * (1 + rng.choice((0, 0, 1)) / 7)):.{digits}f}"

    asked = [
        {"kind": "proportion", "event": event, "group": {"arm": arm}, "value": percent(k, size)}
        for arm, k, size in zip("ab", hits, sizes, strict=True)
    ]
    asked.append({"kind": "proportion", "event": event, "value": percent(sum(hits), n)})
    asked.append({"kind": "count", "event": {"arm": ["a"]}, "value": sizes[0]})
    claims = [
        {"id": f"c{i}", "text": ".", **claim}
        for i, claim in enumerate(rng.sample(asked, rng.randint(2, 4)))
    ]
    attributes = {"response": {"levels": ["CR", "none"]}}
    if declared:
        attributes["arm"] = {"levels": ["a", "b"]}
    return {"source": "Two arms", "populations": {"all": n}, "attributes": attributes,
            "claims": claims}  # fmt: skip


def prints(value, k, n):
    """Whether k/n prints so, rounded in either way or cut off."""
    step = Fraction(1, 10 ** len(value.partition(".")[2]))
    share, printed = Fraction(100 * k, n) if n else None, Fraction(value)
    return share is not None and printed - step / 2 <= share < printed + step


def some_cohort(raw):
    """Whether any numbers of patients have every figure; all of them are looked at."""
    n = raw["populations"]["all"]
    for n_a, n_b in product(range(n + 1), repeat=2):
        rest = n - n_a - n_b
        if rest < 0 or (rest and "arm" in raw["attributes"]):
            continue
        for k_a, k_b, k_rest in product(range(n_a + 1), range(n_b + 1), range(rest + 1)):
            tables = {"a": (k_a, n_a), "b": (k_b, n_b), None: (k_a + k_b + k_rest, n)}
            if all(
                int(claim["value"]) == n_a
                if claim["kind"] == "count"
                else prints(claim["value"], *tables[claim.get("group", {}).get("arm")])
                for claim in raw["claims"]
            ):
                return True
    return False


def test_what_is_refuted_is_what_no_numbers_of_patients_have():
    said = []
    for seed in range(120):
        raw = divided(seed)
        reading = reading_of(raw)
        said.append(reading.arithmetic.refutes(reading.program.owners))
        assert said[-1] != some_cohort(raw), raw
    assert 20 < sum(said) < 100


@pytest.mark.parametrize("seed", range(5001, 5007))
def test_what_is_refuted_is_infeasible_to_the_integer_program_as_well(abstracts, seed):
    rng = random.Random(seed)
    raw, _, _ = abstracts.changed(abstracts.consistent(seed, largest=40), rng)
    reading = reading_of(raw)
    owners = [o for o in reading.program.owners if o not in reading.rounding]
    for _ in range(8):
        some = rng.sample(owners, rng.randint(2, len(owners)))
        assert not (reading.arithmetic.refutes(some) and reading.program.whole.feasible(some)), some


@pytest.fixture
def risk():
    """348 patients; of 116 at high risk 74.52% respond, which none of 116 does."""
    event = {"response": ["CR"]}
    claims = [
        {"id": "n", "kind": "count", "value": 348},
        {"id": "high", "kind": "count", "event": {"risk": ["high"]}, "value": 116},
        {"id": "orr_high", "kind": "proportion", "event": event, "group": {"risk": "high"},
         "value": "74.52"},
        {"id": "orr_low", "kind": "proportion", "event": event, "group": {"risk": "low"},
         "value": "71.12"},
        {"id": "orr", "kind": "proportion", "event": event, "value": "72.12"},
    ]  # fmt: skip
    return {
        "source": "Risk", "populations": {"all": 348},
        "attributes": {
            "risk": {"levels": ["low", "high"], "unknown_allowed": True},
            "response": {"levels": ["CR", "none"]},
        },
        "claims": [{"text": ".", **claim} for claim in claims],
    }  # fmt: skip


def test_a_size_and_a_share_that_disagree_are_refuted_whatever_the_population(risk):
    reading = reading_of(risk)
    assert reading.arithmetic.refutes(["high", "orr_high"])
    assert not reading.arithmetic.refutes(["high", "orr_low"])
    assert not reading.arithmetic.refutes(["orr_high", "orr_low", "n"])


def test_only_what_is_at_odds_is_named(risk, judge):
    found = judge(risk)
    assert ("high", "orr_high") in found.together.conflicts
    assert {"high", "orr_high"} >= {c.claim for c in found.claims if c.verdict == "impossible"}


def test_groups_too_large_for_the_population_are_refuted_by_its_size_and_by_the_one_around(judge):
    # 67.0% needs at least 79 patients and 66.8% at least 145.
    event = {"response": ["CR"]}
    shares = [
        {"id": level, "text": ".", "kind": "proportion", "population": "evaluable",
         "event": event, "group": {"transplant": level}, "value": value}
        for level, value in (("no", "67.0"), ("yes", "66.8"))
    ]  # fmt: skip
    raw = {
        "source": "Groups", "claims": shares, "attributes": {"response": {"levels": ["CR", "x"]}},
        "populations": {"treated": 221, "evaluable": {"n": 221, "of": "treated"}},
    }  # fmt: skip
    sizes = ["populations.treated.n", "populations.evaluable.n"]
    assert all(reading_of(raw).arithmetic.refutes([size, "no", "yes"]) for size in sizes)
    found = judge(raw)
    assert not found.possible and not found.together.undecided
    raw["populations"] = {"treated": 224, "evaluable": {"n": 224, "of": "treated"}}
    assert judge(raw).possible


def test_patients_are_looked_for_where_the_arithmetic_leaves_some(risk):
    risk["claims"][2]["value"] = "75.00"
    reading = reading_of(risk)
    asked = ["n", "high", "orr_high", "orr_low", "orr"]
    assert reading.program.feasible([*asked], reading.hints(asked))
    assert {demand.low for demand in reading.hints(asked)} >= {116, 87}
    assert reading.hints(["high", "orr_high"]) == []
