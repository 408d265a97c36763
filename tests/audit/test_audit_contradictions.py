"""Every kind of contradiction, planted in a clean abstract, is found and blamed."""

import pytest


def planted(raw, name, **figures):
    claim = next(c for c in raw["claims"] if c["id"] == name)
    claim.update(figures)
    return raw


def blamed(found):
    return {one.claim: one for one in found.claims if one.verdict == "impossible"}


def test_a_clean_abstract_has_no_impossible_claim(clean, judge):
    found = judge(clean)
    assert blamed(found) == {}
    assert found.possible
    assert found.summary.startswith("0 of 22 claims are impossible")


CONTRADICTIONS = {
    "no k/n": ("orr", {"value": "63.0", "low": None, "high": None}),
    "no k/n over the safety population": ("neutropenia", {"value": "45.6"}),
    "count and percentage": ("risk", {"value": "43.6"}),
    "more than there are": ("risk", {"count": 56, "of": 55, "value": "101.8"}),
    "denominator larger than the population": ("risk", {"count": 26, "of": 62, "value": "41.9"}),
    "levels do not add up": ("male", {"value": 34}),
    "subgroups do not add up to the whole": ("orr_male", {"value": "77.4", "count": 24}),
    "subgroup sizes do not add up": ("orr_female", {"value": "52.0", "of": 25}),
    "deeper response more frequent": ("cr", {"value": "38.6"}),
    "higher grade more frequent": ("neutropenia_3", {"value": "46.7"}),
    "interval of a share": ("orr", {"low": "45.3"}),
    "interval exchanged": ("pfs", {"low": "13.0", "high": "7.1"}),
    "estimate outside its interval": ("pfs", {"value": "13.9"}),
    "p-value of no test that was named": ("orr_sex", {"p": "0.31"}),
    "significance under no test": ("orr_sex", {"p": "<0.01", "test": None}),
    "words against the percentages": ("orr_sex", {"direction": "lower"}),
    "words against the p-value": ("hr", {"direction": "lower"}),
    "ratio against interval": ("hr", {"value": "2.60"}),
    "ratio outside interval": ("hr", {"value": "3.84"}),
    "p-value against interval": ("hr", {"p": "0.30"}),
    "survival rises": ("pfs_12", {"value": "66.0"}),
    "median against a later rate": ("pfs_12", {"value": "56.0"}),
    "median against an earlier rate": ("pfs_6", {"value": "44.0"}),
    "not reached with less than half": ("os_12", {"value": "46.0"}),
    "overall below progression-free": ("os_12", {"value": "40.5"}),
    "overall median below progression-free": ("os", {"value": "8.0", "unit": "months"}),
    "median outside its range": ("age", {"value": 84}),
    "quartiles exchanged": ("age_quartiles", {"q1": 70, "q3": 57}),
    "half a year with an odd number": (
        "age", {"value": "64.5", "population": "evaluable"}
    ),
    "no median of whole numbers": ("lines", {"value": "3.7"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_a_planted_contradiction_is_found_and_blamed(clean, judge, kind):
    name, figures = CONTRADICTIONS[kind]
    if kind == "half a year with an odd number":
        planted(clean, "age_range", population="evaluable")
        planted(clean, "age_quartiles", population="evaluable")
    found = judge(planted(clean, name, **figures))
    assert not found.possible
    assert name in blamed(found) or any(name in one.conflict for one in blamed(found).values())
    assert all(one.evidence and one.conflict for one in blamed(found).values())


@pytest.mark.parametrize(
    ("kind", "figures", "possible"),
    [
        ("mean", {"value": "3.54", "unit": "lines"}, False),  # 212/60 = 3.53, 213/60 = 3.55
        ("mean", {"value": "3.52", "unit": "lines"}, True),
        ("mean", {"value": "3.5", "unit": "lines", "sd": "4.9"}, False),
        ("mean", {"value": "3.5", "unit": "lines", "sd": "4.7"}, True),
    ],
)
def test_a_mean_is_a_sum_of_whole_numbers_and_its_spread_within_the_range(
    clean, judge, kind, figures, possible
):
    about = {"text": ".", "population": "treated", "outcome": "courses"}
    clean["claims"] += [
        {"id": "mean", "kind": kind, **about, **figures},
        {"id": "span", "kind": "range", "minimum": 1, "maximum": 9, **about},
    ]
    found = judge(clean)
    assert found.possible is possible
    assert possible or "mean" in blamed(found)


@pytest.mark.parametrize(
    ("median", "older", "possible"),
    [("64", 31, False), ("64", 30, True), ("66", 29, False), ("66", 30, True)],
)
def test_half_of_the_patients_lie_on_either_side_of_a_median(clean, judge, median, older, possible):
    clean["attributes"]["old"] = {
        "variable": "age",
        "levels": {"younger": {"less_than": 65}, "older": {"at_least": 65}},
    }
    next(c for c in clean["claims"] if c["id"] == "age")["value"] = median
    clean["claims"].append(
        {"id": "older", "text": ".", "kind": "count", "population": "treated",
         "event": {"old": "older"}, "value": older}
    )  # fmt: skip
    found = judge(clean)
    assert found.possible is possible
    assert possible or {"age", "older"} <= set(blamed(found)["older"].conflict)


@pytest.mark.parametrize(("later", "possible"), [("11.0", False), ("12.0", True), ("31.0", True)])
def test_a_cumulative_incidence_does_not_fall(clean, judge, later, possible):
    clean["claims"] += [
        {"id": f"relapse_{time}", "text": ".", "kind": "survival_rate", "population": "treated",
         "outcome": "cumulative incidence of relapse", "time": time, "value": value}
        for time, value in ((12, "12.0"), (24, later))
    ]  # fmt: skip
    found = judge(clean)
    assert found.possible is possible
    assert possible or {"relapse_12", "relapse_24"} == {*blamed(found)}


@pytest.mark.parametrize(
    ("level", "low", "high", "possible"),
    [
        ("95", "49.3", "75.6", True),  # exact, of 36/57, by scipy
        ("90", "49.3", "75.6", False),
        ("90", "51.4", "73.8", True),
        ("95", "51.4", "73.8", False),
    ],
)
def test_an_interval_of_a_share_is_held_to_its_level(clean, judge, level, low, high, possible):
    found = judge(planted(clean, "orr", level=level, low=low, high=high))
    assert found.possible is possible
    assert ("orr" in blamed(found)) is not possible


def test_a_count_above_its_denominator_is_said_in_plain_words(clean, judge):
    found = judge(planted(clean, "risk", count=56, of=55, value="101.8"))
    words = {one.evidence for one in blamed(found).values()}
    assert words & {"No share is above 100%.", "More have it than there are."}
    found = judge(planted(clean, "risk", count=56, of=55, value="100"))
    assert blamed(found)["risk"].evidence == "More have it than there are."


def test_a_wrong_size_is_blamed_with_the_size_that_would_fit(clean, judge):
    planted(clean, "size", value=61)
    clean["populations"]["treated"] = 61
    found = judge(clean)
    assert any("size" in one for one in found.together.conflicts)
    fit = next(one for one in found.sizes if one.population == "treated")
    assert (fit.best, fit.give_way) == (60, 0)


def test_every_smallest_set_is_named_where_several_would_do(clean, judge):
    found = judge(planted(clean, "male", value=34))
    assert {("male",), ("female",)} <= set(found.together.smallest)
    assert found.together.complete
    evidence = blamed(found)["female"].evidence
    assert "One of these must be wrong" in evidence


def test_two_contradictions_are_both_found(clean, judge):
    planted(clean, "vgpr", value="37.4")
    planted(clean, "neutropenia", value="45.6")
    found = judge(clean)
    assert {"vgpr", "neutropenia"} <= set(blamed(found))
    assert "population" not in " ".join(found.blamed)


def test_a_claim_that_contradicts_several_is_blamed_alone(clean, judge):
    clean["claims"].append(
        {"id": "pfs_24", "text": ".", "kind": "survival_rate", "outcome": "pfs", "time": 24,
         "value": "66.0"}
    )  # fmt: skip
    found = blamed(judge(clean))
    assert set(found) == {"pfs_24"}
    assert {"pfs", "pfs_6", "pfs_12"} <= set(found["pfs_24"].conflict)


def test_coarse_digits_do_not_hide_a_p_value_that_the_interval_excludes(clean, judge):
    assert judge(planted(clean, "hr", value="0.5", low="0.3", high="0.9", p="0.02")).possible
    assert not judge(planted(clean, "hr", p="<0.0001")).possible


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        ({"value": "1.90", "p": None}, "test-dependent"),  # the middle is 1.84
        ({"value": "2.05", "p": None}, "impossible"),
        ({"kind": "odds_ratio", "value": "2.05", "p": None}, "test-dependent"),
        ({"kind": "odds_ratio", "value": "2.25", "p": None}, "impossible"),
        ({"p": "0.025"}, "consistent"),  # Wald: .0247
        ({"p": "0.05"}, "test-dependent"),
        ({"p": "0.10"}, "impossible"),
        ({"level": "99", "p": "0.0032"}, "consistent"),  # 2.576 instead of 1.960 standard errors
        ({"level": "99", "p": "0.025"}, "impossible"),
    ],
)
def test_what_another_kind_of_interval_or_test_may_give_is_test_dependent(
    clean, judge, figures, verdict
):
    found = {one.claim: one.verdict for one in judge(planted(clean, "hr", **figures)).claims}
    assert found["hr"] == verdict


def test_a_rate_of_one_half_that_was_cut_off_agrees_with_a_later_median(clean, judge):
    assert judge(planted(clean, "pfs_6", value="49.9")).possible
    assert not judge(planted(clean, "pfs_6", value="49.8")).possible


def test_a_figure_cut_off_is_rounding_only(clean, judge):
    found = judge(planted(clean, "orr", value="63.1", low=None, high=None))
    verdicts = {one.claim: one.verdict for one in found.claims}
    assert verdicts["orr"] == "rounding only"
    assert found.possible


def test_an_inequality_that_hangs_on_the_test_is_test_dependent(clean, judge):
    planted(clean, "orr_sex", p="<0.07", test=None)
    verdicts = {one.claim: one for one in judge(clean).claims}
    assert verdicts["orr_sex"].verdict == "test-dependent"
    assert "23/31 versus 13/26" in verdicts["orr_sex"].arithmetic


def test_statuses_that_may_be_unknown_are_given_the_benefit(clean, judge):
    planted(clean, "risk", count=None, of=None, value="41.8")
    assert judge(clean).possible
    clean["attributes"]["high_risk"]["unknown_allowed"] = False
    assert not judge(clean).possible


@pytest.mark.parametrize(
    ("kind", "value", "possible"),
    [
        ("odds_ratio", "2.88", True),
        ("odds_ratio", "2.81", True),  # the conditional estimate
        ("odds_ratio", "3.20", False),
        ("relative_risk", "1.48", True),
        ("relative_risk", "1.62", False),
    ],
)
def test_a_ratio_is_that_of_its_two_groups(clean, judge, kind, value, possible):
    clean["claims"].append(
        {"id": "ratio", "text": ".", "kind": kind, "population": "evaluable", "value": value,
         "groups": [{"sex": "male"}, {"sex": "female"}],
         "event": {"response": ["CR", "VGPR", "PR"]}}
    )  # fmt: skip
    found = judge(clean)
    assert found.possible is possible
    assert possible or {"ratio", "orr_male", "orr_female"} == set(blamed(found)["ratio"].conflict)
