"""The schema of claims.yml: short spellings, exact figures, implied attributes, names."""

from __future__ import annotations

from fractions import Fraction

import pytest
from pydantic import ValidationError

from helpers.claims import OTHER, UNKNOWN, Claims, digits, exact, half_unit
from helpers.claims.figures import read_figure, read_months, read_p, read_reach
from helpers.claims.names import slip
from helpers.claims.shorthand import slug


def transcript(*claims, **more):
    return Claims.model_validate({"source": "nowhere", "claims": list(claims), **more})


def rate(value="50", event="ORR", **more):
    return {"text": "…", "kind": "proportion", "event": event, "value": value, **more}


def test_a_claim_needs_little():
    claims = transcript(rate("55.3"), {"text": "as said", "kind": "statement"})
    first, second = claims.claims
    assert (first.id, second.id) == ("claim_1", "claim_2")
    assert first.population == "all" and claims.size("all") is None
    assert claims.source.citation == "nowhere"


@pytest.mark.parametrize(
    ("printed", "read"),
    [("40.0", "40.0"), (" 0·90 ", "0.90"), (".5", "0.5"), ("1,204", "1204"), ("−1.5", "-1.5"),
     ("55.3%", "55.3"), (38, "38")],
)  # fmt: skip
def test_a_figure_keeps_its_digits(printed, read):
    assert read_figure(printed) == read


@pytest.mark.parametrize("wrong", ["about half", "", "12-13", "1.2.3", True, None])
def test_what_is_no_figure_is_refused(wrong):
    with pytest.raises(ValueError, match=r"as printed|as it was printed"):
        read_figure(wrong)


def test_a_float_may_have_lost_digits():
    with pytest.raises(ValidationError, match="in quotes, so that its digits are kept"):
        transcript(rate(40.0))


@pytest.mark.parametrize(
    ("printed", "read"),
    [("P < .05", "<0.05"), ("0.03", "=0.03"), ("p=0·021", "=0.021"), ("≤0.001", "<0.001"),
     ("NS", ">0.05"), ("P value 0.2", None), ("1.2", None)],
)  # fmt: skip
def test_a_p_value_has_a_sign(printed, read):
    if read is None:
        with pytest.raises(ValueError, match="p"):
            read_p(printed)
    else:
        assert read_p(printed) == read


def test_a_time_is_in_months():
    assert read_months("12") == 12
    assert read_months("2 years") == 24
    assert read_months("100 days") == pytest.approx(100 / 30.4375)
    with pytest.raises(ValueError, match="'cycles'"):
        read_months("3 cycles")


def test_unreached_in_every_word():
    assert {read_reach(word) for word in ("NR", "not reached", "NE", "Not estimable")} == {
        "not reached"
    }


def test_figures_are_exact():
    claims = transcript({"text": "…", "kind": "survival_median", "value": "2 years"})
    claim = claims.claims[0]
    assert claim.exact == 2 and claim.unit == "years" and claim.in_months == 24
    assert digits("40.0") == 1 and half_unit("0.62") == Fraction(1, 200)
    assert exact("not reached") is None and exact("0.1") == Fraction(1, 10)


def test_a_p_value_is_taken_apart():
    claim = transcript({"text": "…", "kind": "p_value", "p": "<0.05"}).claims[0]
    assert claim.p_sign == "<" and claim.p_number == Fraction(1, 20)


def levels_of(claims):
    return [claim.event["response"] for claim in claims.claims]


def test_a_rate_of_response_counts_the_grades_that_the_abstract_tells_apart():
    events = ("ORR", "≥VGPR", "CR or better")
    assert levels_of(transcript(*(rate(event=e) for e in events))) == [
        ["CR", "VGPR", "PR"], ["CR", "VGPR"], ["CR"],
    ]  # fmt: skip
    assert levels_of(transcript(rate(event="ORR"))) == [["PR"]]
    mixed = transcript(rate(event="ORR"), rate(event={"response": "sCR"}), rate(event="CR"))
    assert levels_of(mixed) == [["sCR", "CR", "VGPR", "PR"], ["sCR"], ["CR"]]


def test_a_rate_of_response_does_not_guess_at_levels_of_ones_own():
    own = {"response": {"levels": ["responder", "other"]}}
    with pytest.raises(ValidationError, match=r"claims\.0\.event: 'ORR' stands for grades"):
        transcript(rate(), attributes=own)
    claims = transcript(rate(event={"response": "responder"}), attributes=own)
    assert levels_of(claims) == [["responder"]]


def test_a_word_is_an_attribute_with_the_level_yes():
    claims = transcript(rate(event="Grade ≥3 infection"))
    assert claims.claims[0].event == {"grade_ge_3_infection": ["yes"]}
    assert slug("  CAR-T (prior) ") == "car_t_prior"


def test_an_attribute_that_is_not_declared_is_implied():
    claims = transcript(rate(group={"arm": "A"}), rate(group={"arm": "B"}))
    arm = claims.attribute("arm")
    assert arm.implied and arm.all_levels == ("A", "B", OTHER, UNKNOWN)
    assert "arm" not in claims.attributes


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("response", "respnse", True), ("responder", "responders", True), ("ge_3", "ge_5", False),
     ("stage_i", "stage_ii", False), ("treated", "untreated", False), ("male", "female", False),
     ("High risk", "high-risk", True), ("symptomatic", "asymptomatic", False),
     ("lenalidomide", "pomalidomide", False), ("thalidomdie", "thalidomide", True)],
)  # fmt: skip
def test_a_slip_of_the_pen_is_told_from_another_name(one, other, same):
    assert slip(one, other) is same and slip(other, one) is same


def test_a_misspelt_attribute_or_level_does_not_make_a_new_one():
    with pytest.raises(ValidationError, match="'respnse' is nearly 'response'"):
        transcript(rate(event={"response": "PR"}), rate(event={"respnse": "PR"}))
    with pytest.raises(ValidationError, match="level 'bortezomb' of drug is nearly 'bortezomib'"):
        transcript(rate(group={"drug": "bortezomib"}), rate(group={"drug": "bortezomb"}))


def test_conditions_of_a_claim_are_those_of_its_populations_and_its_group():
    claims = transcript(
        rate(population="old", group={"sex": "male"}),
        populations={
            "all": 50,
            "old": {"of": "all", "where": {"age": ["ge_65", "ge_75"]}},
        },
    )
    claim = claims.claims[0]
    assert claims.conditions(claim) == {"age": ["ge_65", "ge_75"], "sex": ["male"]}
    assert claims.conditions(claim, {"age": "ge_75"}) == {"age": ["ge_75"]}
    assert claims.ancestors("old") == ("old", "all") and claims.size("all") == 50


def test_a_population_is_no_part_of_itself():
    populations = {"a": {"of": "b"}, "b": {"of": "a"}}
    with pytest.raises(ValidationError, match="part of itself"):
        transcript(rate(), populations=populations)


@pytest.mark.parametrize(
    ("claim", "needs"),
    [
        ({"kind": "proportion", "event": "ORR"}, "`value` (or `count` and `of`)"),
        ({"kind": "proportion", "value": "5"}, "`event`"),
        ({"kind": "range", "outcome": "age", "minimum": "3"}, "`minimum` and `maximum`"),
        ({"kind": "quartiles", "q1": "3"}, "`q1` and `q3`"),
        ({"kind": "survival_rate", "value": "54"}, "`time` in months"),
        ({"kind": "contrast", "event": "ORR", "p": "0.1"}, "two `groups`"),
        ({"kind": "hazard_ratio"}, "`value`"),
        ({"kind": "median", "value": "NR"}, "as printed"),
        ({"kind": "count", "value": "3.5"}, "whole number"),
        ({"kind": "median", "value": "3", "time": "12"}, "`time` does not belong to a median"),
        ({"kind": "p_value", "p": "0.1", "groups": [{"a": "x"}, {"a": "x"}]}, "are the same"),
    ],
)
def test_what_a_kind_needs_is_said(claim, needs):
    with pytest.raises(ValidationError) as caught:
        transcript({"text": "…", **claim})
    assert needs in str(caught.value)


@pytest.mark.parametrize("word", ["HR", "hazard ratio", "Hazard-Ratio", "hazard_ratio"])
def test_a_kind_is_understood_in_natural_words(word):
    claims = transcript({"text": "…", "kind": word, "value": "0.62", "low": "0.9", "high": "0.8"})
    assert claims.claims[0].kind == "hazard_ratio"


def test_figures_that_cannot_be_true_are_still_a_transcript():
    claims = transcript(rate("120", count="41", of="38"))
    assert claims.claims[0].exact == 120


def test_marks_are_counted():
    claims = transcript(rate(uncertain="event"), rate(uncertain=["a", "b"]), unread=["3 in: x"])
    assert claims.marks == 4
