import pytest

from helpers.statistics.conditional import conditional_survival
from helpers.statistics.time_to_event import kaplan_meier


def test_conditional_survival_equals_r(oracle, agree):
    compared = 0
    for name, case in oracle["inputs"]["survival"].items():
        r = oracle["survival"][name].get("conditional")
        if r is None:
            continue
        curve = kaplan_meier(case["durations"], case["events"], entry=case.get("entry"))
        rates = conditional_survival(curve, r["given"], r["times"])
        agree([rate.estimate for rate in rates], r["survival"], 1e-9, name)
        agree([rate.estimate for rate in rates], r["ratio"], 1e-9, name)
        for rate, low, high in zip(rates, r["low"], r["high"], strict=True):
            if 0 < rate.estimate < 1:
                agree([rate.low, rate.high], [low, high], 1e-9, name)
                compared += 1
    assert compared >= 10


def test_those_who_die_at_the_time_given_have_not_outlived_it():
    curve = kaplan_meier([1, 2, 3, 4], [1, 1, 1, 0])
    (rate,) = conditional_survival(curve, 2, [3])
    assert (rate.estimate, rate.at_risk) == (0.5, 2)


def test_nobody_left_is_said():
    curve = kaplan_meier([1, 2], [1, 0])
    assert conditional_survival(curve, 2, [3])[0].reason == "no patients"


@pytest.mark.parametrize(("given", "times"), [(-1, [2]), (2, [1]), (float("nan"), [2])])
def test_nonsense_is_refused(given, times):
    with pytest.raises(ValueError, match="already lived"):
        conditional_survival(kaplan_meier([1, 3], [1, 1]), given, times)
