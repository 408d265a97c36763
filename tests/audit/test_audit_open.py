"""What is not known is left open: marks of drafts, and populations that a claim does not name."""

import pytest

from helpers.audit import audit
from helpers.claims import Claims
from helpers.claims.drafting import draft_claims


def one_of(found, name):
    return next(one for one in found.claims if one.claim == name)


def test_an_unfinished_draft_is_not_held_against_what_it_guessed():
    text = (
        "We screened 38 patients. ORR was 84.6% and toxicity occurred in 53.8%. Men were 30 "
        "(76.9%). ORR was 55.3% in fit and 60.3% in frail patients (P=0.9)."
    )
    claims = draft_claims(text).claims
    assert claims.unfinished
    found = audit(claims)
    assert found.possible
    assert {one.verdict for one in found.claims} == {"cannot be checked"}


def test_figures_printed_side_by_side_contradict_each_other_under_every_reading():
    text = (
        "We studied 38 patients. ORR was 55.3% (20/38). CR or better was 60.1%. "
        "PFS was longer with A (HR 0.62, 95% CI 0.70-0.78, P=0.02)."
    )
    found = audit(draft_claims(text).claims)
    impossible = {one.figure for one in found.claims if one.verdict == "impossible"}
    assert len(impossible) == 3


def test_a_marked_claim_says_what_to_finish_and_is_tied_to_no_other(clean, judge):
    claim = next(c for c in clean["claims"] if c["id"] == "male")
    claim |= {"value": 34, "uncertain": "population: of whom"}
    found = judge(clean)
    assert found.possible
    assert one_of(found, "male").verdict == "cannot be checked"
    assert "Finish the mark first: population: of whom" in one_of(found, "male").evidence
    claim["uncertain"] = []
    assert not judge(clean).possible


def test_a_size_that_is_marked_bounds_nothing(clean, judge):
    next(c for c in clean["claims"] if c["id"] == "neutropenia")["value"] = "45.6"
    clean["claims"] = [c for c in clean["claims"] if c["id"] not in {"male", "female"}]
    assert not judge(clean).possible
    next(c for c in clean["claims"] if c["id"] == "size")["uncertain"] = "population"
    assert judge(clean).possible


def test_a_doubtful_level_of_an_interval_is_not_held_against_its_p_value(clean, judge):
    claim = next(c for c in clean["claims"] if c["id"] == "hr")
    claim["p"] = "0.078"
    assert not judge(clean).possible
    claim["uncertain"] = "level of the interval: not printed, 95 % is taken"
    assert judge(clean).possible


@pytest.mark.parametrize(("value", "over"), [("45.6", 57), ("45.0", 60), ("45.5", None)])
def test_a_claim_without_a_population_is_read_over_the_one_that_it_fits(clean, judge, value, over):
    claim = next(c for c in clean["claims"] if c["id"] == "neutropenia")
    claim["value"] = value
    del claim["population"]
    found = judge(clean)
    one = one_of(found, "neutropenia")
    assert (one.verdict == "impossible") == (over is None)
    assert (one.problem == "P03") == (over == 57)
    if over == 57:
        assert "Holds over evaluable (57), not over treated (60)" in one.evidence
        assert any("names no population" in remark for remark in one.remarks)


def test_several_claims_without_a_population_are_moved_together():
    raw = {
        "source": "Parts",
        "populations": {"treated": 60, "evaluable": {"n": 57, "of": "treated"}},
        "attributes": {"sex": {"levels": ["male", "female"]}},
        "claims": [
            {"text": "31 men", "kind": "count", "event": {"sex": "male"}, "value": 31},
            {"text": "26 women", "kind": "count", "event": {"sex": "female"}, "value": 26},
        ],
    }
    assert audit(Claims.model_validate(raw)).possible
    raw["claims"][1]["value"] = 30
    assert not audit(Claims.model_validate(raw)).possible
