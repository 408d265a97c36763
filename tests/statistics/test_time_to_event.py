import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.statistics.time_to_event import (
    ImmortalTimeError,
    cumulative_hazard,
    kaplan_meier,
    landmark,
    logrank,
    median,
    quantile,
    require_known_at_baseline,
    reverse_kaplan_meier,
    risk_table,
    survival_at,
)

R = 1e-6
CLOSED = 1e-9
TRANSFORMS = ("log-log", "log", "plain")

#: Survival in months and death (1) of the 65 patients of Krall, Uthoff and Harley, Biometrics
#: 1975;31:49-57; the medians' intervals are those of CLINICAL.md section 4.
KRALL_DEATHS = [
    *[1.25] * 2,
    *[2] * 3,
    3,
    *[5] * 2,
    *[6] * 4,
    *[7] * 3,
    9,
    *[11] * 5,
    13,
    14,
    15,
    *[16] * 2,
    *[17] * 2,
    18,
    *[19] * 2,
    24,
    25,
    26,
    32,
    35,
    37,
    *[41] * 2,
    51,
    52,
    54,
    58,
    66,
    67,
    88,
    89,
    92,
]
KRALL_ALIVE = [4, 4, 7, 7, 8, 11, 12, 12, 13, 16, 19, 19, 28, 41, 53, 57, 77]


def curves(oracle):
    for name, case in oracle["inputs"]["survival"].items():
        yield name, case, oracle["survival"][name]


def fitted(case, transform="log-log"):
    entry = case.get("entry")
    return kaplan_meier(case["durations"], case["events"], entry=entry, transform=transform)


def listed(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_curve_equals_r(oracle, agree, transform):
    for name, case, result in curves(oracle):
        curve, r = fitted(case, transform), result[transform]
        assert (curve.time[0], curve.survival[0]) == (0.0, 1.0)
        for field in ("time", "at_risk", "events", "censored"):
            agree(getattr(curve, field)[1:], listed(r[field]), CLOSED, f"{name} {field}")
        agree(curve.survival[1:], listed(r["survival"]), CLOSED, name)
        for field in ("low", "high"):
            ours = getattr(curve, field)[1:]
            theirs = np.array([np.nan if v in (None, "NA") else v for v in listed(r[field])])
            inside = (curve.survival[1:] > 0) & (curve.survival[1:] < 1)
            agree(ours[inside], theirs[inside], CLOSED, f"{name} {field}")
            np.testing.assert_array_equal(ours[~inside], curve.survival[1:][~inside])


def test_cumulative_hazard_equals_r(oracle, agree):
    for name, case, result in curves(oracle):
        hazard = cumulative_hazard(fitted(case))
        assert hazard[0] == 0
        agree(hazard[1:], listed(result["cumulative_hazard"]), CLOSED, name)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_median_and_quartiles_equal_r(oracle, agree, transform):
    for name, case, result in curves(oracle):
        curve = fitted(case, transform)
        m = median(curve)
        agree([m.estimate, m.low, m.high], result[transform]["median"], CLOSED, name)
        assert m.reached == (m.estimate is not None) == (m.reason is None)
        for i, share in enumerate((0.25, 0.75)):
            q = quantile(curve, share)
            theirs = [row[i] for row in result[transform]["quartiles"]]
            agree([q.estimate, q.low, q.high], theirs, CLOSED, f"{name} {share}")


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_survival_at_equals_r(oracle, agree, transform):
    for name, case, result in curves(oracle):
        at = result[transform]["at"]
        rates = survival_at(fitted(case, transform), case["times"])
        agree([r.estimate for r in rates], listed(at["survival"]), CLOSED, name)
        for i, rate in enumerate(rates):
            if 0 < rate.estimate < 1:
                agree([rate.low, rate.high], [at["low"][i], at["high"][i]], CLOSED, name)
            else:
                assert rate.low is None
                assert "no interval" in rate.reason


def test_risk_table_equals_a_plain_count_in_r(oracle):
    for name, case, result in curves(oracle):
        table, expected = risk_table(fitted(case), case["times"]), result["risk_table"]
        for field in ("at_risk", "censored", "events"):
            assert list(getattr(table, field)) == expected[field], (name, field)


def test_reverse_curve_equals_r(oracle, agree):
    for name, case, result in curves(oracle):
        entry = case.get("entry")
        m = median(reverse_kaplan_meier(case["durations"], case["events"], entry=entry))
        agree([m.estimate, m.low, m.high], result["reverse"], CLOSED, name)


def test_logrank_equals_r(oracle, agree):
    compared = 0
    for name, case, result in curves(oracle):
        if "logrank" in result:
            test, r = logrank(case["durations"], case["events"], case["groups"]), result["logrank"]
            agree([test.statistic, test.df, test.p], [r["statistic"], r["df"], r["p"]], R, name)
            compared += 1
    assert compared >= 8


def krall(transform):
    durations = KRALL_DEATHS + KRALL_ALIVE
    return kaplan_meier(
        durations, [1] * len(KRALL_DEATHS) + [0] * len(KRALL_ALIVE), transform=transform
    )


@pytest.mark.parametrize(
    ("transform", "low", "high"), [("log", 15, 37), ("log-log", 14, 35), ("plain", 15, 35)]
)
def test_krall_medians(transform, low, high):
    curve = krall(transform)
    m = median(curve)
    assert (curve.n, curve.n_events) == (65, 48)
    assert (m.estimate, m.low, m.high) == (19, low, high)


def test_not_reached_keeps_its_lower_bound():
    m = median(kaplan_meier([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 1, 0, 0, 0, 0, 0]))
    assert (m.estimate, m.reached, m.reason) == (None, False, "not reached")
    assert m.low == 1
    assert m.high is None


def test_thin_data_is_no_error():
    empty = kaplan_meier([], [])
    assert (median(empty).reason, survival_at(empty, [1.0])[0].reason) == ("no patients",) * 2
    assert risk_table(empty, [0.0]).at_risk == (0,)
    assert median(kaplan_meier([1, 2], [0, 0])).reason == "no events"
    assert logrank([1, 2], [1, 1], ["a", "a"]).reason == "fewer than two groups"
    assert logrank([1, 2], [0, 0], ["a", "b"]).reason == "no events"
    apart = logrank([1, 2, 3, 4], [0, 0, 1, 1], ["a", "a", "b", "b"])
    assert apart.p is None
    assert apart.reason == "no two groups are at risk at any event"


def test_past_the_last_observed_time():
    censored_last = kaplan_meier([1, 2], [1, 0])
    beyond = survival_at(censored_last, [2.0, 2.5])
    assert beyond[0].estimate == 0.5
    assert (beyond[1].estimate, beyond[1].reason) == (None, "past the last observed time")
    event_last = survival_at(kaplan_meier([1, 2], [1, 1]), [9.0])[0]
    assert (event_last.estimate, event_last.at_risk) == (0.0, 0)


def test_landmark_by_hand():
    #            early event, early censoring, at the landmark (both), later (both)
    found = landmark([1, 2, 3, 3, 5, 8], [1, 0, 1, 0, 1, 0], 3)
    assert found.mask.tolist() == [False, False, False, False, True, True]
    assert found.durations.tolist() == [2.0, 5.0]
    assert found.events.tolist() == [True, False]
    assert (found.n_excluded_event, found.n_excluded_censored) == (2, 2)


def test_immortal_time_is_refused_with_its_remedies():
    require_known_at_baseline("age", "baseline")
    require_known_at_baseline("cycles", "on-treatment", naive=True)
    with pytest.raises(ImmortalTimeError) as caught:
        require_known_at_baseline("cycles", "on-treatment")
    for word in ("cycles", "landmark", "time-dependent covariate", "naive=True"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: kaplan_meier([1, np.nan], [1, 0]),
        lambda: kaplan_meier([1, 2], [1, None]),
        lambda: kaplan_meier([1, -2], [1, 0]),
        lambda: kaplan_meier([1, 2], [1, 2]),
        lambda: kaplan_meier([1, 2, 3], [1, 0]),
        lambda: kaplan_meier([1, 2], [1, 0], entry=[0, 2]),
        lambda: kaplan_meier([1, 2], [1, 0], entry=[0]),
        lambda: kaplan_meier([1, 2], [1, 0], transform="logit"),
        lambda: kaplan_meier([1, 2], [1, 0], level=95),
        lambda: quantile(kaplan_meier([1], [1]), 1.0),
        lambda: survival_at(kaplan_meier([1], [1]), [-1.0]),
        lambda: logrank([1, 2], [1, 0], ["a", None]),
        lambda: logrank([1, 2], [1, 0], ["a"]),
        lambda: landmark([1, 2], [1, 0], -1),
    ],
)
def test_nonsense_is_refused(call, refused):
    with refused():
        call()


rows = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)
late_rows = st.lists(
    st.tuples(st.integers(0, 8), st.integers(1, 8), st.booleans()), min_size=1, max_size=30
)


def bounds_hold(curve):
    assert (np.diff(curve.survival) <= 0).all()
    assert (curve.low <= curve.survival + 1e-12).all()
    assert (curve.survival <= curve.high + 1e-12).all()
    for array in (curve.survival, curve.low, curve.high):
        assert np.isfinite(array).all()
        assert ((array >= 0) & (array <= 1)).all()


def same(one, other, factor=1.0):
    """Whether two quantiles agree, the second in a unit ``factor`` times smaller."""
    for field in ("estimate", "low", "high"):
        ours, theirs = getattr(one, field), getattr(other, field)
        assert theirs == (None if ours is None else pytest.approx(factor * ours))


@pytest.mark.parametrize("transform", TRANSFORMS)
@given(data=rows, random=st.randoms())
@settings(max_examples=40)
def test_invariants(transform, data, random):
    def curve_of(data, factor=1.0):
        time, event = zip(*data, strict=True)
        return kaplan_meier(np.multiply(time, factor), event, transform=transform)

    curve, shuffled = curve_of(data), data.copy()
    random.shuffle(shuffled)
    again, scaled = curve_of(shuffled), curve_of(data, 3.5)
    assert (np.diff(curve.at_risk) <= 0).all()
    bounds_hold(curve)
    for field in ("time", "survival", "low", "high", "at_risk", "exits", "observed"):
        np.testing.assert_array_equal(getattr(again, field), getattr(curve, field))
    np.testing.assert_array_equal(scaled.survival, curve.survival)
    for share in (0.25, 0.5, 0.75):
        same(quantile(curve, share), quantile(scaled, share), 3.5)
    for rate in survival_at(curve, [0.0, 2.0, 5.5, 20.0]):
        if rate.low is not None:
            assert rate.low <= rate.estimate <= rate.high


@pytest.mark.parametrize("transform", TRANSFORMS)
@given(data=late_rows, random=st.randoms())
@settings(max_examples=40)
def test_invariants_with_late_entry(transform, data, random):
    def curve_of(data, factor=1.0):
        entry, length, event = (np.array(column) for column in zip(*data, strict=True))
        stop = (entry + length) * factor
        return kaplan_meier(stop, event, entry=entry * factor, transform=transform)

    curve, shuffled = curve_of(data), data.copy()
    random.shuffle(shuffled)
    bounds_hold(curve)
    # at risk: those there before, less those who left, and those who entered in between
    here = curve.at_risk[1:] - curve.events[1:] - curve.censored[1:]
    entered = [
        ((curve.entries >= a) & (curve.entries < b)).sum()
        for a, b in zip(curve.time[1:-1], curve.time[2:], strict=True)
    ]
    np.testing.assert_array_equal(curve.at_risk[2:], here[:-1] + entered)
    np.testing.assert_array_equal(curve_of(shuffled).survival, curve.survival)
    same(median(curve), median(curve_of(data, 3.5)), 3.5)


@given(rows)
def test_risk_table_adds_up(data):
    time, event = zip(*data, strict=True)
    curve = kaplan_meier(time, event)
    table = risk_table(curve, [0.0, 3.0, 100.0])
    assert table.at_risk[0] == len(data)
    assert table.censored[-1] + table.events[-1] == len(data)
    assert table.at_risk[-1] == 0
