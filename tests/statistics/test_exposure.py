"""Treatment-emergent events and rates per patient-time, against R and by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.statistics.exposure import exposure_rates, incidence_rate, treatment_emergent

COLUMNS = ["patient", "term", "event_class", "grade", "start"]
MONTH = 30.4375


@pytest.fixture(scope="module")
def course(oracle):
    """Events and windows of the committed inputs."""
    given_in = oracle["exposure_inputs"]
    events = pd.DataFrame(given_in["events"]).rename(columns={"onset": "start"})
    return events, pd.DataFrame(given_in["windows"]).set_index("patient")


def numbers(rate):
    return [rate.count, rate.time, rate.estimate, rate.low, rate.high]


def test_rates_equal_poisson_test(oracle, agree):
    cases = oracle["exposure_inputs"]["rates"]
    for case, theirs in zip(cases, oracle["exposure"]["rates"], strict=True):
        ours = incidence_rate(case["count"], case["time"], level=case["level"])
        agree([ours.estimate, ours.low, ours.high], theirs, 1e-9, str(case))


def test_exposure_rates_equal_a_plain_count_in_r(oracle, agree, course):
    found = exposure_rates(*course)
    rows = {row.term or row.event_class or "any": row for row in found.rows}
    assert set(rows) == set(oracle["exposure"]["rows"])
    for name, theirs in oracle["exposure"]["rows"].items():
        for kind in ("patients", "severe", "events"):
            agree(numbers(getattr(rows[name], kind)), theirs[kind], 1e-9, f"{name} {kind}")


def test_time_at_risk_by_hand(course):
    """To the first event p1 1 day, p2 21, p4 1, p5 1; p3's event has no day: all its 30."""
    found = exposure_rates(*course)
    first = found.rows[0]
    assert (first.kind, first.patients.count, first.events.count) == ("any", 5, 10)
    assert first.patients.time * MONTH == pytest.approx(1 + 21 + 30 + 1 + 1)
    assert found.time * MONTH == pytest.approx(100 + 50 + 30 + 200 + 1)
    assert (found.patients, found.without_window, found.undated) == (5, 0, 1)
    anaemia = next(row for row in found.rows if row.term == "anaemia")
    assert anaemia.patients.time * MONTH == pytest.approx(10 + 50 + 30 + 1 + 1)


def test_rows_stand_by_frequency_with_terms_under_their_class(course):
    found = exposure_rates(*course, declared={"heart": ["arrhythmia"], "gut": ["diarrhoea"]})
    assert [row.term or row.event_class for row in found.rows] == [
        None,
        "blood",
        "anaemia",
        "neutropenia",
        "gut",
        "nausea",
        "diarrhoea",
        "infection",
        "pneumonia",
        "heart",
        "arrhythmia",
    ]
    none = found.rows[-1].patients
    assert (none.count, none.estimate, none.low) == (0, 0.0, 0.0)
    assert none.high == pytest.approx(100 * -np.log(0.025) / found.time)


#: The window is days 10 to 40, open for p2; p3 has no first day.
WINDOWS = pd.DataFrame(
    {"start": [10.0, 10.0, np.nan], "end": [40.0, np.nan, 40.0]}, index=["p1", "p2", "p3"]
)
PLACED = pd.DataFrame(
    [
        ("p1", 9.0),
        ("p1", 10.0),
        ("p1", 40.0),
        ("p1", 41.0),
        ("p1", np.nan),
        ("p2", 900.0),
        ("p2", 1.0),
        ("p3", 20.0),
    ],
    columns=["patient", "start"],
)


@pytest.mark.parametrize(
    ("undated", "kept"), [("counted", [1, 2, 4, 5, 7]), ("left_out", [1, 2, 5])]
)
def test_the_window_by_hand(undated, kept):
    found = treatment_emergent(PLACED, WINDOWS, undated=undated)
    assert found.events.index.tolist() == kept
    assert (found.before, found.after, found.undated) == (2, 1, 2)
    assert found.undated_counted == (undated == "counted")


def test_dates_are_placed_as_days_are():
    origin = pd.Timestamp("2024-01-01")
    dated = PLACED.assign(start=origin + pd.to_timedelta(PLACED["start"], "D"))
    windows = WINDOWS.apply(lambda days: origin + pd.to_timedelta(days, "D"))
    by_date, by_day = (
        treatment_emergent(events, limits, undated="left_out")
        for events, limits in ((dated, windows), (PLACED, WINDOWS))
    )
    assert by_date.events.index.tolist() == by_day.events.index.tolist()
    assert (by_date.before, by_date.after) == (by_day.before, by_day.after)


def test_dates_give_the_rates_of_days(course):
    events, windows = course
    origin = pd.Timestamp("2024-01-01")
    dated = events.assign(start=origin + pd.to_timedelta(events["start"], "D"))
    limits = windows.apply(lambda days: origin + pd.to_timedelta(days, "D"))
    assert exposure_rates(dated, limits) == exposure_rates(events, windows)


def test_a_patient_without_a_window_is_left_out_and_counted(course):
    events, windows = course
    opened = windows.astype(float).copy()
    opened.loc["p4", "end"] = np.nan
    found = exposure_rates(events, opened)
    assert (found.patients, found.without_window) == (4, 1)
    assert found.rows[0].events.count == 7
    assert found.time * MONTH == pytest.approx(181)


def test_nobody_at_risk_has_no_rate_but_a_reason():
    rate = incidence_rate(0, 0.0)
    assert (rate.estimate, rate.low, rate.high) == (None, None, None)
    assert rate.reason
    empty = exposure_rates(pd.DataFrame(columns=COLUMNS), pd.DataFrame({"start": [], "end": []}))
    assert empty.rows[0].patients.estimate is None


@pytest.mark.parametrize(
    ("count", "time", "more"),
    [
        (-1, 1.0, {}),
        (1.5, 1.0, {}),
        (1, -1.0, {}),
        (1, 0.0, {}),
        (1, float("nan"), {}),
        (1, 1.0, {"per": 0}),
        (1, 1.0, {"level": 1}),
    ],
)
def test_rates_of_nonsense_are_refused(count, time, more, refused):
    with refused():
        incidence_rate(count, time, **more)


def test_events_and_windows_that_do_not_fit_are_refused_without_an_id(course, refused):
    events, windows = course
    outside = events.assign(start=events["start"].where(events["patient"] != "p1", 100))
    backward = windows.assign(end=windows["end"].where(windows.index != "p2", 8))
    twice = pd.concat([windows, windows.iloc[:1]])
    for arguments in (
        (outside, windows),
        (events, backward),
        (events, twice),
        (events, windows.iloc[1:]),
        (events.drop(columns="start"), windows),
        (events, windows.drop(columns="end")),
    ):
        with refused() as caught:
            exposure_rates(*arguments)
        assert "p1" not in str(caught.value)
    with pytest.raises(ValueError, match="undated"):
        treatment_emergent(events, windows, undated="perhaps")


@given(st.integers(0, 500), st.floats(0.01, 1e4), st.floats(0.1, 50))
def test_rates_scale_with_time(count, time, by):
    slow, fast = incidence_rate(count, by * time), incidence_rate(count, time)
    for one, other in zip(numbers(slow)[2:], numbers(fast)[2:], strict=True):
        assert by * one == pytest.approx(other, rel=1e-9)
    assert slow.low <= slow.estimate <= slow.high
    assert incidence_rate(count, time, per=by).high == pytest.approx(by * fast.high, rel=1e-9)


event = st.tuples(
    st.sampled_from(["p1", "p2", "p3"]),
    st.sampled_from([("a", "x"), ("b", "x"), ("c", "y")]),
    st.integers(1, 5),
    st.integers(0, 60),
)


@settings(max_examples=50)
@given(st.lists(event, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_the_events_changes_nothing_and_a_patient_counts_once(rows, chance):
    windows = pd.DataFrame({"start": 0, "end": 60}, index=["p1", "p2", "p3"])
    table = pd.DataFrame([(p, *t, g, d) for p, t, g, d in rows], columns=COLUMNS)
    mixed = table.iloc[chance.sample(range(len(table)), len(table))]
    found = exposure_rates(table, windows)
    assert exposure_rates(mixed, windows) == found
    again = exposure_rates(pd.concat([table, table]), windows)
    for once, twice in zip(found.rows, again.rows, strict=True):
        assert (once.patients, once.severe) == (twice.patients, twice.severe)
        assert twice.events.count == 2 * once.events.count
