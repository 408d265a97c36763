import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from helpers.statistics.rank_tests import GEHAN_BRESLOW, LOG_RANK, Weight, rank_test
from helpers.statistics.time_to_event import logrank

WEIGHTS = {
    "gehan": GEHAN_BRESLOW,
    "fh_0_0": LOG_RANK,
    "fh_1_0": Weight(rho=1),
    "fh_0_1": Weight(gamma=1),
    "fh_0.5_1.5": Weight(rho=0.5, gamma=1.5),
    "survdiff_0": LOG_RANK,
    "survdiff_1": Weight(rho=1),
    "cox_score": LOG_RANK,
}


def test_rank_tests_equal_r(oracle, agree):
    compared = set()
    for name, case in oracle["inputs"]["rank_tests"].items():
        for strata, results in oracle["rank_tests"][name].items():
            for key, expected in results.items():
                test = rank_test(
                    case["durations"],
                    case["events"],
                    case["groups"],
                    weight=WEIGHTS[key],
                    strata=case["strata"] if strata == "stratified" else None,
                    entry=case.get("entry"),
                )
                place = f"{name} {strata} {key}"
                agree([test.statistic, test.df, test.p], expected, 1e-9, place)
                assert test.test.startswith("stratified ") == (strata == "stratified")
                compared.add(key)
    assert compared == set(WEIGHTS)


def test_gehan_by_hand():
    """Events at 1 (a), 2 (b), 3 (a); 4 (b) is censored.

    At risk 4, 3, 2; in group a 2, 1, 1; a's observed minus expected is 1/2, -1/3, 1/2, so the
    score is 4/2 - 3/3 + 2/2 = 2 and the variance 16/4 + 9 * 2/9 + 4/4 = 7.
    """
    test = rank_test([1, 2, 3, 4], [1, 1, 1, 0], list("abab"), weight=GEHAN_BRESLOW)
    assert (test.test, test.df) == ("Gehan–Breslow test", 1)
    assert test.statistic == pytest.approx(4 / 7, rel=1e-12)
    assert test.p == pytest.approx(chi2.sf(4 / 7, 1), rel=1e-12)


def test_names_say_the_weight_and_the_strata():
    assert Weight(rho=0.5, gamma=1).test == "Fleming–Harrington test (rho 0.5, gamma 1)"
    assert rank_test([1], [1], ["a"], strata=["x"]).test == "stratified log-rank test"


def test_strata_that_separate_the_groups_leave_nothing_to_compare():
    test = rank_test([1, 2, 3, 4], [1] * 4, list("aabb"), strata=list("xxyy"))
    assert (test.p, test.reason) == (None, "no two groups are at risk at any event")


def test_late_entrants_are_not_at_risk_before_they_enter():
    # the b rows enter after the last event of a: never at risk together
    test = logrank([1, 2, 8, 9], [1] * 4, list("aabb"), entry=[0, 0, 5, 5])
    assert test.reason == "no two groups are at risk at any event"


@pytest.mark.parametrize(
    "call",
    [
        lambda: Weight("tarone-ware"),
        lambda: Weight(rho=-1),
        lambda: Weight(gamma=float("nan")),
        lambda: Weight("gehan-breslow", rho=1),
        lambda: rank_test([1, 2], [1, 0], ["a", "b"], strata=["x"]),
        lambda: rank_test([1, 2], [1, 0], ["a", "b"], strata=["x", None]),
        lambda: rank_test([1, 2], [1, 0], ["a", "b"], entry=[0, 2]),
        lambda: rank_test([1, 2], [1, 0], ["a", "b"], entry=[0]),
    ],
)
def test_nonsense_is_refused(call, refused):
    with refused():
        call()


row = st.tuples(st.integers(0, 6), st.booleans(), st.sampled_from("ab"), st.sampled_from("xy"))


@given(st.lists(row, min_size=2, max_size=20), st.sampled_from(list(WEIGHTS)), st.randoms())
@settings(max_examples=50)
def test_invariants(rows, key, random):
    def test(data):
        time, event, group, stratum = zip(*data, strict=True)
        return rank_test(time, event, group, weight=WEIGHTS[key], strata=stratum)

    shuffled = rows.copy()
    random.shuffle(shuffled)
    first, second = test(rows), test(shuffled)
    assert (first.p is None) == (first.reason is not None)
    assert (first.p is None) == (second.p is None)
    if first.p is not None:
        assert np.isclose(first.statistic, second.statistic, rtol=1e-9, atol=1e-12)
        assert 0 <= first.p <= 1
