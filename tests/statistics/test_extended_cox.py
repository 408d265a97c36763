"""Strata, late entry, clusters, several rows a patient: held to R's survival."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_cases import LEVELS, R, factors, numbers, same_as_r

from helpers.statistics.partial_likelihood import fit
from helpers.statistics.person_time import split_at_change
from helpers.statistics.regression import Factor, cox
from helpers.statistics.risk_sets import risk_sets
from helpers.statistics.robust import sandwich, score_residuals

GROUPS = ("entry", "strata", "clusters", "patients")


def groups(case):
    return {name: case[name] for name in GROUPS if name in case}


def fitted(case, **options):
    return cox(case["durations"], case["events"], factors(case), **groups(case), **options)


def sets_of(case):
    x = [
        np.array(v) == level for n, v in case["columns"].items() for level in LEVELS.get(n, ())[1:]
    ]
    x = [np.array(v) for n, v in case["columns"].items() if n not in LEVELS] + x
    entry = np.array(case["entry"]) if "entry" in case else None
    strata = np.unique(case["strata"], return_inverse=True)[1] if "strata" in case else None
    time, events = np.array(case["durations"]), np.array(case["events"], dtype=bool)
    return risk_sets(time, events, np.column_stack(x).astype(float), entry=entry, strata=strata)


def test_extended_cox_equals_r(oracle, agree):
    for name, case in oracle["cox_extended_inputs"]["cox"].items():
        model, r = fitted(case, firth=False), oracle["cox_extended"]["cox"][name]
        same_as_r(agree, model, r, name)
        agree([model.concordance], r["concordance"], 1e-9, name)
        assert [model.n_events] == r["n_events"]
        assert ("robust" in model.method) == ("clusters" in case)
        assert ("tratified" in model.method) == ("strata" in case)


def test_extended_score_test_equals_cox_zph(oracle, agree):
    compared = 0
    for name, case in oracle["cox_extended_inputs"]["cox"].items():
        r = oracle["cox_extended"]["cox"][name]["zph"]
        tests = {t.factor: t for t in fitted(case, firth=False).proportional_hazards}
        if not r or any(t.statistic is None for t in tests.values()):
            assert name in ("one event", "events at one time")
            continue
        for row, statistic, df, p in zip(r["rows"], r["statistic"], r["df"], r["p"], strict=True):
            t = tests[row]
            agree([t.statistic, t.df, t.p], [statistic, df, p], R, f"{name} {row}")
            compared += 1
    assert compared >= 50


def test_likelihood_and_score_residuals_equal_r(oracle, agree):
    for name, case in oracle["cox_extended_inputs"]["cox"].items():
        sets, r = sets_of(case), oracle["cox_extended"]["cox"][name]
        model = fit(sets)
        agree([model.null_log_likelihood, model.log_likelihood], r["log_likelihood"], 1e-9, name)
        ours = np.empty_like(sets.x)
        ours[:, sets.order] = score_residuals(sets, model.beta)
        np.testing.assert_allclose(ours.ravel(), r["residuals"], rtol=R, atol=1e-7, err_msg=name)


def test_robust_variance_equals_r(oracle):
    compared = 0
    for name, case in oracle["cox_extended_inputs"]["cox"].items():
        if "clusters" not in case:
            continue
        sets = sets_of(case)
        cluster = np.unique(case["clusters"], return_inverse=True)[1]
        ours = sandwich(sets, fit(sets), cluster)
        theirs = oracle["cox_extended"]["cox"][name]["variance"]
        np.testing.assert_allclose(ours.ravel(), theirs, rtol=R, atol=1e-12, err_msg=name)
        compared += 1
    assert compared >= 6


def test_extended_firth_equals_a_numerical_maximum_in_r(oracle, agree):
    for name, case in oracle["cox_extended_inputs"]["firth"].items():
        model, r = fitted(case, firth=True), oracle["cox_extended"]["firth"][name]
        assert ("stratified" in model.method) == ("strata" in case)
        same_as_r(agree, model, r, name)


def drawn(seed, n=60, *, tied):
    """A made-up cohort with late entry, strata and clusters."""
    rng = np.random.default_rng(seed)
    time, entry = rng.exponential(9, n) + 0.1, rng.uniform(0, 5, n) * (rng.random(n) < 0.5)
    if tied:
        time, entry = np.ceil(time), np.floor(entry)
    return {
        "durations": entry + time,
        "events": rng.random(n) < 0.7,
        "entry": entry,
        "strata": rng.choice(["a", "b"], n),
        "clusters": rng.integers(0, 9, n),
        "age": rng.normal(60, 10, n),
        "arm": rng.choice(["no", "yes"], n),
    }


def model_of(rows, **options):
    age, arm = Factor("age", "Age", rows["age"]), Factor("arm", "Arm", rows["arm"], ("no", "yes"))
    given = {name: rows[name] for name in ("entry", "strata", "clusters")}
    return cox(rows["durations"], rows["events"], [age, arm], **{**given, **options})


def same(one, other, rel=1e-7):
    assert None not in numbers(one, "estimate")
    for field in ("estimate", "low", "high", "p"):
        assert numbers(one, field) == pytest.approx(numbers(other, field), rel=rel)
    assert one.concordance == pytest.approx(other.concordance, rel=1e-9)
    tests = zip(one.proportional_hazards, other.proportional_hazards, strict=True)
    for mine, theirs in tests:
        assert mine.statistic == pytest.approx(theirs.statistic, rel=1e-5, abs=1e-8)


cohorts = st.builds(drawn, st.integers(0, 10_000), tied=st.booleans())


@given(cohorts, st.integers(0, 99), st.sampled_from([True, False]))
@settings(max_examples=20)
def test_order_of_rows_changes_nothing(rows, seed, firth):
    order = np.random.default_rng(seed).permutation(60)
    shuffled = {name: values[order] for name, values in rows.items()}
    same(model_of(rows, firth=firth), model_of(shuffled, firth=firth), rel=1e-6)


@given(cohorts, st.floats(0.01, 400))
@settings(max_examples=20)
def test_scaling_time_changes_nothing(rows, scale):
    scaled = {**rows, "durations": rows["durations"] * scale, "entry": rows["entry"] * scale}
    same(model_of(rows), model_of(scaled))


@given(cohorts)
@settings(max_examples=20)
def test_one_stratum_is_no_stratum(rows):
    one, none = model_of(rows, strata=["a"] * 60), model_of(rows, strata=None)
    same(one, none, rel=1e-12)


@given(cohorts, st.integers(0, 99))
@settings(max_examples=20)
def test_cutting_a_row_without_a_change_of_covariates_changes_nothing(rows, seed):
    rng = np.random.default_rng(seed)
    where = rows["entry"] + rng.uniform(-0.5, 1.5, 60) * (rows["durations"] - rows["entry"])
    cut = split_at_change(rows["durations"], rows["events"], where, entry=rows["entry"])
    assert cut.row.size > 60
    parts = {name: values[cut.row] for name, values in rows.items()}
    parts |= {"durations": cut.stop, "entry": cut.start, "events": cut.event}
    whole, split = model_of(rows, patients=range(60)), model_of(parts, patients=cut.row)
    same(whole, split)
    assert (split.n, split.n_total, split.n_events) == (whole.n, 60, whole.n_events)
    assert [(t.n, t.events) for t in split.terms] == [(t.n, t.events) for t in whole.terms]


@given(cohorts)
@settings(max_examples=10)
def test_entry_before_the_first_event_is_no_entry(rows):
    late = {**rows, "durations": rows["durations"] - rows["entry"]}
    first = late["durations"][late["events"]].min()
    early = np.minimum(first, late["durations"]) / 2
    same(model_of(late, entry=early), model_of(late, entry=None))


def test_a_state_that_begins_later_is_not_judged_before_it():
    """Two of four change at 2; by hand, Efron without ties, hazard ratio r of the state.

    Events at 1 (4 at risk, none changed), 3 (changed; 3 at risk, 2 changed), 5 (unchanged; the
    last two at risk are one of each): likelihood 1/4 * r/(2r+1) * 1/(r+1), greatest where
    r^2 = 1/2.
    """
    cut = split_at_change([1, 3, 5, 6], [1, 1, 1, 0], [None, 2, None, 2])
    state = Factor("state", "State", np.where(cut.state, "yes", "no"), ("no", "yes"))
    model = cox(cut.stop, cut.event, [state], entry=cut.start, patients=cut.row, firth=False)
    assert model.terms[0].estimate == pytest.approx(np.sqrt(0.5), rel=1e-7)
    assert (model.n, model.n_total, model.terms[0].n, model.terms[0].events) == (4, 4, 2, 1)


def test_a_factor_that_is_constant_within_strata_has_a_reason():
    rows = drawn(3, tied=True)
    center = Factor("center", "Center", rows["strata"], ("a", "b"))
    age = Factor("age", "Age", rows["age"])
    model = cox(rows["durations"], rows["events"], [center, age], strata=rows["strata"])
    assert model.terms[0].reason == "it does not vary within a stratum"
    assert model.terms[1].estimate is not None


def test_missing_strata_and_clusters_are_incomplete_rows():
    rows = drawn(5, tied=True)
    strata, clusters = rows["strata"].astype(object), rows["clusters"].astype(object)
    strata[:3], clusters[2:6] = None, None
    model = model_of(rows, strata=strata, clusters=clusters)
    kept = {name: values[6:] for name, values in rows.items()}
    assert (model.n, model.n_total) == (54, 60)
    same(model, model_of(kept))


def test_one_cluster_has_no_robust_variance():
    rows = drawn(6, tied=False)
    model, plain = model_of(rows, clusters=["a"] * 60), model_of(rows, clusters=None)
    assert model.terms == plain.terms
    assert model.method == plain.method == "Stratified Cox regression"
    assert "Clusters were not heeded: there is only one." in model.notes


def test_clusters_that_firth_cannot_heed_are_said():
    rows = drawn(7, tied=False)
    model = model_of(rows, firth=True)
    assert "robust" not in model.method
    assert any("no robust variance" in note for note in model.notes)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"entry": [1, 1, 1]}, "not before"),
        ({"entry": [0, 0]}, "entry"),
        ({"strata": ["a"]}, "strata"),
        ({"clusters": ["a"]}, "clusters"),
        ({"patients": ["a", "a", "b"]}, "overlap"),
        ({"patients": ["a", None, "b"]}, "missing"),
        ({"patients": ["a", "b", "b"], "entry": [0, 0, 1.5]}, "overlap"),
        ({"patients": ["b", "b", "a"], "entry": [0, 1, 0]}, "follow the patient's event"),
    ],
)
def test_rows_that_cannot_be_are_refused(options, words):
    age = Factor("age", "Age", [50, 60, 70])
    with pytest.raises(ValueError, match=words):
        cox([1, 2, 3], [1, 0, 1], [age], **options)
