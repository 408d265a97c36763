"""Designs that no arithmetic refutes: said of the claims that rest on them."""

import pytest


def with_claim(raw, **claim):
    raw["claims"].append({"id": "added", "text": "Words.", **claim})
    return raw


def added(found):
    return next(one for one in found.claims if one.claim == "added")


@pytest.mark.parametrize(
    ("group", "attribute", "problem"),
    [
        ({"cycles received": "3 or more"}, None, "P01"),
        ({"best response": "responders"}, None, "P01"),
        ({"maintenance": "given"}, None, "P01"),
        ({"arm": "a"}, {"levels": ["a", "b"], "known_at": "on_treatment"}, "P01"),
        ({"prior maintenance": "given"}, None, ""),
        ({"sex": "male"}, None, ""),
    ],
)
def test_groups_known_after_time_zero_split_no_curve(clean, judge, group, attribute, problem):
    if attribute:
        clean["attributes"]["arm"] = attribute
    with_claim(clean, kind="survival_median", outcome="pfs", value="11.0", group=group)
    one = added(judge(clean))
    assert one.problem == problem
    assert (one.verdict == "design") == bool(problem)


def test_a_rate_past_the_median_follow_up_is_named(clean, judge):
    with_claim(clean, kind="follow_up", value="10.5", unit="months")
    found = {one.claim: one for one in judge(clean).claims}
    assert found["pfs_12"].problem == "P10"
    assert found["pfs_6"].verdict == "consistent"


def test_few_events_for_the_factors_of_a_model(clean, judge):
    clean["models"] = {"cox": {"outcome": "pfs", "factors": 6, "events": 31}}
    next(c for c in clean["claims"] if c["id"] == "hr")["model"] = "cox"
    found = {one.claim: one for one in judge(clean).claims}
    assert found["hr"].problem == "P08"
    assert "31/6 = 5.2" in found["hr"].arithmetic


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("The regimen improved survival.", "design"),
        ("Outcomes were similar in both groups.", "design"),
        ("Age was significantly associated with response.", "design"),
        ("The regimen may improve survival.", "cannot be checked"),
        ("Patients were treated in six centers.", "cannot be checked"),
        ("Patients who received at least 3 cycles were included.", "design"),
    ],
)
def test_words_beyond_the_design_are_named(clean, judge, text, verdict):
    one = added(judge(with_claim(clean, kind="statement", text=text)))
    assert one.verdict == verdict


def test_a_finding_without_difference_comes_with_its_power(clean, judge):
    event = {"response": ["CR", "VGPR", "PR"]}
    for level, value, of in (("a", "65.0", 20), ("b", "62.2", 37)):
        clean["claims"].append(
            {"id": level, "text": ".", "kind": "proportion", "population": "evaluable",
             "event": event, "group": {"arm": level}, "value": value, "of": of}
        )  # fmt: skip
    groups = [{"arm": "a"}, {"arm": "b"}]
    with_claim(
        clean, kind="contrast", population="evaluable", event=event, groups=groups, p=">0.05"
    )
    one = added(judge(clean))
    assert one.verdict == "consistent"
    assert any(remark.startswith("P07") for remark in one.remarks)


def factors(number, outcome):
    return [
        {"id": f"factor_{i}", "text": ".", "kind": "hazard_ratio", "population": "treated",
         "outcome": outcome, "value": "1.5", "low": "1.1", "high": "2.0"}
        for i in range(number)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "outcome", "arithmetic"),
    [
        (7, "ttnt", "60/7 = 8.6 events per factor (no more than the 60 patients)"),
        (6, "ttnt", None),
        (3, "os", "29/3 = 9.7 events per factor (fewer than half of 60, since the median was not"),
        (2, "os", None),
    ],
)
def test_factors_tried_one_by_one_share_the_events_of_their_outcome(
    clean, judge, number, outcome, arithmetic
):
    clean["claims"] += factors(number, outcome)
    found = {one.claim: one for one in judge(clean).claims}["factor_0"]
    assert found.problem == ("P08" if arithmetic else "")
    assert arithmetic is None or found.arithmetic.startswith(arithmetic)


@pytest.mark.parametrize(
    ("cut", "words", "named"), [(64, None, True), (65, None, False), (65, "at the median", True)]
)
def test_a_cut_point_at_the_median_of_the_sample_is_named(clean, judge, cut, words, named):
    clean["attributes"]["old"] = {
        "variable": "age", "cut": words,
        "levels": {"younger": {"less_than": cut}, "older": {"at_least": cut}},
    }  # fmt: skip
    groups = [{"old": "younger"}, {"old": "older"}]
    with_claim(clean, kind="contrast", event={"response": ["CR"]}, groups=groups, p="0.04")
    remarks = added(judge(clean)).remarks
    assert any(remark.startswith("P13") for remark in remarks) is named


def test_not_reached_without_its_lower_bound_is_named(clean, judge):
    def remarks():
        return next(one for one in judge(clean).claims if one.claim == "os").remarks

    assert any(remark.startswith("P11") for remark in remarks())
    next(c for c in clean["claims"] if c["id"] == "os")["low"] = "14.2"
    assert not any(remark.startswith("P11") for remark in remarks())
