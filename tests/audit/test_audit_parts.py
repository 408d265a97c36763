"""The counting program in parts: the same answers as whole, within a bound on work."""

import random

import pytest

from helpers.audit import audit, counting
from helpers.audit.counting import CountingProgram, Counts
from helpers.audit.demands import System, where
from helpers.audit.reading import Reading
from helpers.claims import Claims


@pytest.mark.parametrize("seed", range(6))
def test_parts_answer_as_the_whole_does(abstracts, seed):
    rng = random.Random(seed)
    raw, _, _ = abstracts.changed(abstracts.consistent(seed, largest=40), rng)
    program = Reading(Claims.model_validate(raw)).program
    owners = [o for o in program.owners if not o.endswith("rounded")]
    assert len(program.parts) > 1
    for _ in range(5):
        some = rng.sample(owners, rng.randint(2, len(owners)))
        assert program.feasible(some) == program.whole.feasible(some), some


def test_populations_side_by_side_are_not_taken_apart():
    # Two parts of ten patients, eight each: at least six are in both.
    claims = [
        {"text": ".", "kind": "proportion", "population": key, "event": event, "count": k, "of": 8}
        for key, event, k in (("a", "x", 8), ("b", "x", 0), ("a", "y", 8), ("b", "y", 0))
    ]
    raw = {
        "source": "Two parts", "claims": claims,
        "populations": {"all": 10, "a": {"n": 8, "of": "all"}, "b": {"n": 8, "of": "all"}},
    }  # fmt: skip
    found = audit(Claims.model_validate(raw))
    assert not found.possible


def test_populations_that_only_two_events_together_forbid_are_not_taken_apart():
    # Of ten patients, eight are in either part. Two with x are in the first part and none in the
    # second, so that six at most are in both; one with y is in neither, so that seven are.
    def claims(x, y):
        counts = (("a", "x", x), ("b", "x", 0), ("all", "y", y), ("a", "y", 0), ("b", "y", 0))
        return [
            {"text": ".", "kind": "count", "population": key, "event": event, "value": k}
            for key, event, k in counts
        ]

    raw = {
        "source": "Two parts",
        "populations": {"all": 10, "a": {"n": 8, "of": "all"}, "b": {"n": 8, "of": "all"}},
    }
    for x, y, possible in ((2, 1, False), (1, 1, True), (2, 0, True)):
        found = audit(Claims.model_validate({**raw, "claims": claims(x, y)}))
        assert found.possible is possible


@pytest.mark.parametrize(("share", "possible"), [("25.0", False), ("50.0", True)])
def test_a_population_without_a_size_joins_what_counts_its_patients(judge, share, possible):
    claims = [
        {"text": ".", "kind": "proportion", "event": event, "count": 5, "value": value}
        for event, value in (("x", "50.0"), ("y", share))
    ]
    raw = {"source": "No size", "populations": {"all": {"label": "All"}}, "claims": claims}
    assert judge(raw).possible is possible


def test_sizes_that_are_not_asked_for_join_the_parts_too():
    # With and without x there are ten patients, with and without y twenty.
    claims = [
        {"id": event, "text": ".", "kind": "count", "event": event, "value": 5}
        for event in ("x", "y")
    ] + [
        {"id": f"no_{event}", "text": ".", "kind": "count", "event": {event: ["no"]}, "value": n}
        for event, n in (("x", 5), ("y", 15))
    ]
    attributes = {event: {"levels": ["yes", "no"]} for event in ("x", "y")}
    raw = {"source": "Two sizes", "populations": {"all": 20}, "attributes": attributes,
           "claims": claims}  # fmt: skip
    program = program_of(raw)
    assert not program.feasible(["x", "y", "no_x", "no_y"])
    assert program.feasible(["x", "no_x"]) and program.feasible(["x", "y", "no_y"])


def program_of(clean):
    return Reading(Claims.model_validate(clean)).program


def test_what_is_beyond_the_bound_is_no_contradiction(clean, judge, monkeypatch):
    next(c for c in clean["claims"] if c["id"] == "male")["value"] = 34
    assert not judge(clean).possible
    monkeypatch.setattr(counting, "MOST_NODES_IN_ALL", 0)
    found = judge(clean)
    assert found.together.undecided and found.possible
    evidence = {one.claim: one.evidence for one in found.claims}
    assert "Too many ways to count" in evidence["neutropenia"]


def test_a_search_that_ends_without_an_answer_is_no_contradiction(clean, judge, monkeypatch):
    class Ended:
        x, status, mip_node_count = None, 1, 400

    monkeypatch.setattr(counting, "milp", lambda *_a, **_k: Ended())
    next(c for c in clean["claims"] if c["id"] == "male")["value"] = 34
    assert judge(clean).possible


def test_a_solution_that_breaks_a_demand_is_none(clean, monkeypatch):
    found = counting.milp

    def bent(*arguments, **options):
        result = found(*arguments, **options)
        if result.x is not None:
            result.x[:] = 0
        return result

    program = program_of(clean)
    monkeypatch.setattr(counting, "milp", bent)
    assert program.solve(program.owners) is None


def test_a_conflict_that_presolve_alone_has_found_is_not_believed(clean, judge, monkeypatch):
    found = counting.milp

    class Refused:
        x, status, mip_node_count = None, counting.INFEASIBLE, 0

    def rash(*arguments, **options):
        if options["options"]["presolve"] and len(arguments[0]) > 20:
            return Refused()
        return found(*arguments, **options)

    monkeypatch.setattr(counting, "milp", rash)
    assert judge(clean).together.satisfiable


def test_counts_are_added_over_the_cells_of_a_table():
    counts = Counts(((("a", "b"), ("x", "u"), 2), (("a", "b"), ("x", "v"), 3)))
    assert counts.number(where({"a": ["x"]})) == 5
    assert counts.number(where({"c": ["x"]})) is None
    assert isinstance(CountingProgram(System({}, (), {}, 5)).feasible([]), bool)
