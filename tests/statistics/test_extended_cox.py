"""Strata, late entry, clusters, several rows a patient: held to R's survival."""

import numpy as np

from helpers.statistics.partial_likelihood import fit
from helpers.statistics.regression import Factor, cox
from helpers.statistics.risk_sets import risk_sets
from helpers.statistics.robust import sandwich, score_residuals

R = 1e-6
LEVELS = {"stage": ("I", "II", "III")}
GROUPS = ("entry", "strata", "clusters", "patients")


def factors(case):
    return [Factor(name, name, v, LEVELS.get(name)) for name, v in case["columns"].items()]


def groups(case):
    return {name: case[name] for name in GROUPS if name in case}


def fitted(case, **options):
    return cox(case["durations"], case["events"], factors(case), **groups(case), **options)


def numbers(model, field):
    return [getattr(term, field) for term in model.terms]


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
        for ours, theirs in (("estimate", "hr"), ("low", "low"), ("high", "high"), ("p", "p")):
            agree(numbers(model, ours), r[theirs], R, f"{name} {ours}")
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
        for ours, theirs in (("estimate", "hr"), ("low", "low"), ("high", "high"), ("p", "p")):
            agree(numbers(model, ours), r[theirs], R, f"{name} {ours}")
