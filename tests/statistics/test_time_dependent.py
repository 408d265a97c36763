import json
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.statistics.regression import Factor, cox
from helpers.statistics.time_dependent import mantel_byar, simon_makuch, time_dependent_cox
from helpers.statistics.time_to_event import kaplan_meier, landmark, logrank

STATE = {"name": "state", "label": "State"}


def follow_up(case):
    return case["durations"], case["events"], case["change"]


def cases(oracle):
    for name, case in oracle["time_dependent_inputs"].items():
        yield name, case, oracle["time_dependent"][name]


def test_mantel_byar_equals_r(oracle, agree):
    scores = 0
    for name, case, expected in cases(oracle):
        for key, strata in {"mantel_byar": None, "stratified": case["strata"]}.items():
            test = mantel_byar(*follow_up(case), strata=strata)
            theirs = expected[key] if test.p is not None else [None, None, None]
            agree([test.statistic, test.df, test.p], theirs, 1e-9, f"{name} {key}")
            assert (test.p is None) == (expected[key][2] is None)
        if "score" in expected and test.p is not None:
            test = mantel_byar(*follow_up(case))
            agree([test.statistic, test.df, test.p], expected["score"], 1e-9, name)
            scores += 1
    assert scores == 2


def test_simon_makuch_equals_r(oracle, agree):
    compared = 0
    for name, case, expected in cases(oracle):
        for point, theirs in zip(case["landmarks"], expected["curves"], strict=True):
            found = simon_makuch(*follow_up(case), landmark=point)
            for side in ("before", "after"):
                curve = getattr(found, side)
                assert (curve is None) == (not theirs[side])
                if curve is None:
                    continue
                there = np.asarray(theirs[side]["time"], dtype=float)
                place = np.searchsorted(curve.time, there + 1e-9, side="right") - 1
                words = f"{name} {point} {side}"
                for key in ("survival", "at_risk"):
                    agree(getattr(curve, key)[place], theirs[side][key], 1e-9, words)
                inside = (curve.survival[place] > 0) & (curve.survival[place] < 1)
                for key in ("low", "high"):
                    ours = getattr(curve, key)[place][inside]
                    agree(ours, np.asarray(theirs[side][key], object)[inside], 1e-6, words)
                compared += 1
    assert compared > 25


def test_time_dependent_cox_equals_r(oracle, agree):
    compared = 0
    for name, case, expected in cases(oracle):
        age = Factor("age", "Age", case["age"])
        for key, factors in {"cox": [], "adjusted": [age]}.items():
            model = time_dependent_cox(*follow_up(case), **STATE, factors=factors)
            if "Firth" in model.method or model.terms[0].estimate is None:
                continue
            term = model.terms[0]
            ours = [term.estimate, term.low, term.high, term.p]
            agree(ours, expected[key], 1e-6, f"{name} {key}")
            compared += 1
    assert compared >= 6


def test_by_hand():
    """Changes at 1 (second patient) and 3 (third); the fifth changed at 2.

    Events at 2, 3, 5, 6; at risk in all and after the change: 5/1, 4/2, 2/1, 1/1, so expected
    after it 1/5 + 2/4 + 1/2 + 1 = 2.2, observed 2 (at 3 and 6); variance 4/25 + 1/4 + 1/4.
    """
    given = ([2, 3, 4, 5, 6], [1, 1, 0, 1, 1], [None, 1, 3, None, 2])
    test = mantel_byar(*given)
    assert test.statistic == pytest.approx(0.2**2 / 0.66, rel=1e-12)
    curves = simon_makuch(*given)
    assert (curves.changed, curves.n_excluded) == (3, 0)
    assert curves.after.survival[-1] == 0
    late = simon_makuch(*given, landmark=3)
    assert (late.changed, late.n_excluded) == (3, 2)
    assert late.after.time.tolist() == [0, 1, 3]


def test_nobody_changing_is_none_with_its_reason():
    for change in ([None, None], [0, -1], [5, 9]):
        test = mantel_byar([1, 2], [1, 1], change)
        assert (test.test, test.p) == ("Mantel–Byar test", None)
        assert test.reason == "nobody is seen in one of the two states"
    curves = simon_makuch([1, 2], [1, 1], [None, None])
    assert (curves.after, curves.changed) == (None, 0)
    model = time_dependent_cox([1, 2], [1, 1], [None, None], **STATE)
    assert model.reason == "no factor varies between patients"
    assert model.terms[0].reason


@pytest.mark.parametrize(
    "call",
    [
        lambda: mantel_byar([1, 2], [1, 1], [1]),
        lambda: mantel_byar([1, 2], [1, 1], [1, float("inf")]),
        lambda: mantel_byar([1, -2], [1, 1], [1, None]),
        lambda: simon_makuch([1, 2], [1, 1], [1, None], landmark=-1),
    ],
)
def test_nonsense_is_refused(call, refused):
    with refused():
        call()


JASA = """
suppressPackageStartupMessages({library(survival); library(jsonlite)})
d <- jasa[!is.na(jasa$futime), ]
cat(toJSON(list(time = d$futime, event = d$fustat, transplant = d$transplant, wait = d$wait.time),
           digits = NA, na = "null"))
"""


def test_heart_transplants_are_the_textbook_case():
    """Naive 0.27 (0.17–0.44), time-dependent 1.14, 30-day landmark 0.92 (R's survival, jasa)."""
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not installed: the heart-transplant data come from R")
    command = ["Rscript", "--vanilla", "-e", JASA]
    data = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    time, event = np.array(data["time"], float), np.array(data["event"])
    # the patient who died on the day of acceptance has no follow-up, and a transplant on the day
    # of death came half a day before it, as in R's jasa1
    followed = time > 0
    wait = np.array(data["wait"], float)
    wait = np.where(wait == time, wait - 0.5, wait)[followed]
    transplant = np.array(data["transplant"]).astype(str)[followed]
    time, event = time[followed], event[followed]

    def ratio(model):
        return [round(value, 2) for value in (model.terms[0].estimate, *bounds(model))]

    def bounds(model):
        return model.terms[0].low, model.terms[0].high

    levels = ("0", "1")
    naive = cox(time, event, [Factor("t", "Transplant", transplant, levels)])
    assert ratio(naive) == [0.27, 0.17, 0.44]
    dependent = time_dependent_cox(time, event, wait, **STATE)
    assert ratio(dependent) == [1.14, 0.63, 2.05]
    assert mantel_byar(time, event, wait).p > 0.5
    kept = landmark(time, event, 30)
    groups = np.where(wait[kept.mask] <= 30, "1", "0")
    at_30 = cox(kept.durations, kept.events, [Factor("t", "Transplant", groups, levels)])
    assert ratio(at_30) == [0.92, 0.53, 1.59]


row = st.tuples(st.integers(1, 8), st.booleans(), st.none() | st.integers(0, 8))


@given(st.lists(row, min_size=1, max_size=25), st.randoms())
@settings(max_examples=60)
def test_invariants(rows, random):
    shuffled = rows.copy()
    random.shuffle(shuffled)
    first, second = (mantel_byar(*zip(*data, strict=True)) for data in (rows, shuffled))
    assert (first.p is None) == (first.reason is not None) == (second.p is None)
    if first.p is not None:
        assert np.isclose(first.statistic, second.statistic, rtol=1e-9, atol=1e-12)
    time, event, change = zip(*rows, strict=True)
    curves = simon_makuch(time, event, change)
    events = sum(c.n_events for c in (curves.before, curves.after) if c is not None)
    assert events == sum(event)


@given(
    st.lists(st.tuples(st.integers(1, 8), st.booleans(), st.booleans()), min_size=2, max_size=20)
)
@settings(max_examples=40)
def test_groups_that_are_there_from_the_start_give_the_log_rank_test(rows):
    time, event, group = zip(*rows, strict=True)
    found = mantel_byar(time, event, [0 if g else None for g in group])
    expected = logrank(time, event, group)
    assert (found.p is None) == (expected.p is None)
    if found.p is not None:
        assert np.isclose(found.statistic, expected.statistic, rtol=1e-9)
    curves = simon_makuch(time, event, [0 if g else None for g in group])
    if curves.after is not None:
        members = [t for t, g in zip(time, group, strict=True) if g]
        deaths = [e for e, g in zip(event, group, strict=True) if g]
        plain = kaplan_meier(members, deaths)
        np.testing.assert_array_equal(curves.after.survival, plain.survival)


def test_a_ratio_counts_the_state_that_it_is_compared_with():
    """Of five, two change; four are seen before a change, and two of the three events are there."""
    durations, events = [1, 2, 3, 4, 5], [True, True, False, True, False]
    model = time_dependent_cox(durations, events, [None, None, 2.5, 0.0, None], **STATE)
    term = model.terms[0]
    assert (term.n, term.events) == (2, 1)
    assert term.compared == (4, 2)
