import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.statistics.competing_risks import (
    cause_specific_cox,
    checked_causes,
    cumulative_incidence,
    incidence_at,
    incidence_table,
)
from helpers.statistics.gray import grays_test
from helpers.statistics.regression import Factor
from helpers.statistics.time_to_event import kaplan_meier

TRANSFORMS = {"log_log": "log-log", "log": "log", "plain": "plain"}


def cases(oracle):
    """Every case and cause with what R says of it."""
    for name, case in oracle["competing_inputs"].items():
        expected = oracle["competing"][name]
        for cause in expected["causes"]:
            yield name, case, cause, expected, expected["by_cause"][str(cause)]


def curve_of(case, cause, **given):
    return cumulative_incidence(
        case["durations"], case["causes"], cause=cause, entry=case.get("entry"), **given
    )


def at(curve, times, values):
    """Values of a step function of the curve at times, which R writes with 15 digits."""
    place = np.searchsorted(curve.time, np.asarray(times) + 1e-9, side="right") - 1
    return np.asarray(values)[place]


def test_incidence_equals_r(oracle, agree):
    compared = 0
    for name, case, cause, expected, found in cases(oracle):
        curve = curve_of(case, cause)
        place = f"{name}, cause {cause}"
        agree(at(curve, expected["time"], curve.incidence), found["estimate"], 1e-9, place)
        times = found["survfit_time"]
        agree(at(curve, times, curve.incidence), found["survfit"], 1e-9, f"{place}: survfit")
        agree(at(curve, case["times"], curve.incidence), found["at"], 1e-9, f"{place}: summary")
        if "cuminc" in found:
            ours = [one.estimate for one in incidence_at(curve, case["times"])]
            agree(ours, found["cuminc"], 1e-9, f"{place}: cuminc")
            compared += 1
    assert compared > 20


def test_standard_error_and_intervals_equal_r(oracle, agree):
    for name, case, cause, expected, found in cases(oracle):
        curve = curve_of(case, cause)
        ours = at(curve, expected["time"], curve.standard_error)
        np.testing.assert_allclose(
            ours, found["standard_error"], rtol=1e-6, atol=1e-9, err_msg=f"{name}, cause {cause}"
        )
        if "survfit_error" not in found:
            continue
        times = found["survfit_time"]
        ours = at(curve, times, curve.standard_error)
        np.testing.assert_allclose(ours, found["survfit_error"], rtol=1e-6, atol=1e-9)
        for key, transform in TRANSFORMS.items():
            drawn = curve_of(case, cause, transform=transform)
            inside = (at(drawn, times, drawn.incidence) > 1e-12) & (
                at(drawn, times, drawn.incidence) < 1 - 1e-12
            )
            for side in ("low", "high"):
                theirs = np.array([np.nan if v in (None, "NA") else v for v in found[key][side]])
                values = at(drawn, times, getattr(drawn, side))
                np.testing.assert_allclose(
                    values[inside], theirs[inside], rtol=1e-6, atol=1e-9,
                    err_msg=f"{name}, cause {cause}, {key} {side}",
                )  # fmt: skip


def test_grays_test_equals_r(oracle, agree):
    compared = 0
    for name, case, cause, _, found in cases(oracle):
        if "gray" not in found:
            continue
        given = (case["durations"], case["causes"], case["groups"])
        for key, how in {
            "gray": {},
            "gray_rho": {"rho": 1.0},
            "gray_strata": {"strata": case["strata"]},
        }.items():
            test = grays_test(*given, cause=cause, **how)
            statistic, p, df = found[key]
            agree([test.statistic, test.df, test.p], [statistic, df, p], 1e-6, f"{name} {cause}")
            compared += 1
    assert compared > 50


def test_cause_specific_cox_equals_r(oracle, agree):
    for name, case, cause, _, found in cases(oracle):
        if "cox" not in found or name == "a group without the cause":
            continue
        levels = tuple(sorted(set(case["groups"])))
        factor = Factor("g", "Group", case["groups"], levels)
        model = cause_specific_cox(case["durations"], case["causes"], [factor], cause=cause)
        if "Firth" in model.method:
            continue
        agree([t.estimate for t in model.terms], found["cox"], 1e-6, f"{name} {cause}")


def test_counts_by_hand():
    """Progression at 1, 2 and 4, death at 2, censored at 3 and 5.

    F(1) = 1/6; S(1) = 5/6, at 2 five at risk: F(2) = 1/6 + 5/6 * 1/5 = 1/3, S(2) = 1/2; at 4 two
    at risk: F(4) = 1/3 + 1/2 * 1/2 = 7/12.
    """
    curve = cumulative_incidence([1, 2, 2, 3, 4, 5], [1, 2, 1, 0, 1, 0])
    found = incidence_at(curve, [0.5, 1, 2, 4, 5, 5.1])
    assert [one.estimate for one in found[:5]] == pytest.approx([0, 1 / 6, 1 / 3, 7 / 12, 7 / 12])
    assert (found[0].low, found[0].reason) == (
        None,
        "no event up to this time, so there is no interval",
    )
    assert (found[5].estimate, found[5].reason) == (None, "past the last observed time")
    table = incidence_table(curve, [0, 2, 3, 9])
    assert table.at_risk == (6, 5, 3, 0)
    assert table.events == (0, 2, 2, 3)
    assert table.competing == (0, 1, 1, 1)
    assert table.censored == (0, 0, 1, 2)


def test_checked_causes_by_hand():
    time, code = checked_causes([1, 2], [0, 2])
    assert (time.tolist(), code.tolist()) == ([1.0, 2.0], [0, 2])


def test_what_does_not_exist_is_none_with_a_reason():
    assert grays_test([1, 2], [1, 0], ["a", "a"]).reason == "fewer than two groups"
    assert grays_test([1, 2], [2, 0], ["a", "b"]).reason == "no events of this cause"
    gone = grays_test([1, 2, 3], [0, 1, 1], ["a", "b", "b"])
    assert (gone.p, gone.reason) == (None, "the groups cannot be compared: too few events")
    nobody = cumulative_incidence([], [])
    assert incidence_at(nobody, [1])[0].reason == "no patients"
    everybody = incidence_at(cumulative_incidence([1, 2], [1, 1]), [3])[0]
    assert (everybody.estimate, everybody.low) == (1.0, None)


@pytest.mark.parametrize(
    "call",
    [
        lambda: cumulative_incidence([1, 2], [1, -1]),
        lambda: cumulative_incidence([1, 2], [1, 0.5]),
        lambda: cumulative_incidence([1, 2], [1]),
        lambda: cumulative_incidence([1, 2], [1, None]),
        lambda: cumulative_incidence([1], [1], cause=0),
        lambda: cumulative_incidence([1], [1], level=1),
        lambda: cumulative_incidence([1], [1], transform="logit"),
        lambda: cumulative_incidence([1], [1], entry=[1]),
        lambda: incidence_at(cumulative_incidence([1], [1]), [-1]),
        lambda: grays_test([1, 2], [1, 0], ["a"]),
        lambda: grays_test([1, 2], [1, 0], ["a", "b"], strata=["x"]),
        lambda: grays_test([1, 2], [1, 0], ["a", "b"], rho=float("nan")),
    ],
)
def test_nonsense_is_refused(call, refused):
    with refused():
        call()


row = st.tuples(st.integers(1, 8), st.integers(0, 3), st.sampled_from("ab"))


@given(st.lists(row, min_size=1, max_size=25), st.randoms())
@settings(max_examples=60)
def test_incidences_and_event_freedom_add_to_one(rows, random):
    time, cause, _ = zip(*rows, strict=True)
    curves = [cumulative_incidence(time, cause, cause=k) for k in (1, 2, 3)]
    total = sum(curve.incidence for curve in curves) + curves[0].event_free
    np.testing.assert_allclose(total, 1, atol=1e-12)
    shuffled = rows.copy()
    random.shuffle(shuffled)
    time, cause, _ = zip(*shuffled, strict=True)
    again = cumulative_incidence(time, cause)
    for name in ("incidence", "standard_error", "low", "high", "at_risk", "events", "censored"):
        np.testing.assert_array_equal(getattr(again, name), getattr(curves[0], name))
    assert (np.diff(again.incidence) >= 0).all()
    assert (again.low <= again.incidence).all()
    assert (again.incidence <= again.high).all()


@given(st.lists(row, min_size=1, max_size=25))
@settings(max_examples=60)
def test_a_single_cause_is_one_minus_kaplan_meier(rows):
    time, cause, _ = zip(*rows, strict=True)
    event = np.minimum(cause, 1)
    curve = cumulative_incidence(time, event, transform="plain")
    survival = kaplan_meier(time, event, transform="plain")
    np.testing.assert_allclose(curve.incidence, 1 - survival.survival, atol=1e-12)
    np.testing.assert_allclose(curve.low, 1 - survival.high, atol=1e-7)
    np.testing.assert_allclose(curve.high, 1 - survival.low, atol=1e-7)


@given(st.lists(row, min_size=2, max_size=20), st.randoms())
@settings(max_examples=60)
def test_grays_test_of_equal_groups_is_zero_and_order_is_nothing(rows, random):
    time, cause, group = zip(*rows, strict=True)
    twice = grays_test(time * 2, cause * 2, ["a"] * len(time) + ["b"] * len(time))
    if twice.p is not None:
        assert abs(twice.statistic) < 1e-12
        assert twice.p == pytest.approx(1)
    found = grays_test(time, cause, group)
    shuffled = rows.copy()
    random.shuffle(shuffled)
    again = grays_test(*zip(*shuffled, strict=True))
    assert (found.p is None) == (again.p is None) == (again.reason is not None)
    if found.p is not None:
        assert np.isclose(found.statistic, again.statistic, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("n", [3, 7, 19, 22, 51])
@pytest.mark.filterwarnings("error")
def test_incidence_ends_at_one_where_every_patient_had_the_event(n):
    """The sum of n shares misses 1 by its rounding, and the log-log scale overflows there."""
    curve = cumulative_incidence(np.arange(1, n + 1), np.ones(n, dtype=int))
    assert (curve.incidence[-1], curve.low[-1], curve.high[-1]) == (1.0, 1.0, 1.0)
    (last,) = incidence_at(curve, [n])
    assert last.estimate == 1.0 and last.low is None and last.reason
