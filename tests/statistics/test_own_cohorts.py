"""Both seed studies: the statistics and the committed ledgers hold what R computes."""

import json
from pathlib import Path

import pytest

from helpers.statistics.proportions import adjust, chi_square, fisher_exact, proportion
from helpers.statistics.regression import Factor, cox
from helpers.statistics.time_to_event import (
    kaplan_meier,
    logrank,
    median,
    reverse_kaplan_meier,
    survival_at,
)

R = 1e-6
ROOT = Path(__file__).resolve().parents[2]
STUDIES = ("aponermin", "fhrmm")


@pytest.fixture(params=STUDIES)
def case(request, oracle):
    """Name, columns and R's results of one study."""
    name = request.param
    return name, oracle["own_cohorts_inputs"][name], oracle["own_cohorts"][name]


@pytest.fixture
def ledger(case):
    """Rows of the committed record by key."""
    text = (ROOT / "outputs" / case[0] / "ledger.json").read_text(encoding="utf-8")
    return {row["key"]: row for row in json.loads(text)["rows"]}


def columns(case, names):
    """Follow-up and factors of a model, as the analyses hand them over."""
    main = case["endpoints"][case["endpoint"]]
    factors = [
        Factor(name, name, case["factors"][name], tuple(case["levels"][name]) or None)
        for name in names
    ]
    return main["months"], main["event"], factors


def slug(months):
    return f"{months:g}_months"


def test_curves_equal_r(case, agree):
    _, inputs, expected = case
    for name, endpoint in inputs["endpoints"].items():
        r, place = expected["curves"][name], f"{case[0]} {name}"
        curve = kaplan_meier(endpoint["months"], endpoint["event"])
        agree([curve.n, curve.n_events], [r["n"][0], r["events"][0]], R, place)
        agree(curve.time[1:], r["time"], R, place)
        agree(curve.survival[1:], r["survival"], R, place)
        m = median(curve)
        agree([m.estimate, m.low, m.high], r["median"], R, place)
        back = median(reverse_kaplan_meier(endpoint["months"], endpoint["event"]))
        agree([back.estimate, back.low, back.high], r["follow_up"], R, place)
        for time, estimate, low, high, at_risk in r["rates"]:
            (rate,) = survival_at(curve, [time])
            ours = [rate.estimate, rate.low, rate.high, rate.at_risk]
            agree(ours, [estimate, low, high, at_risk], R, place)


def test_logrank_equals_r(case, agree):
    _, inputs, expected = case
    main = inputs["endpoints"][inputs["endpoint"]]
    for name, column in inputs["groups"].items():
        known = [i for i, value in enumerate(column) if value is not None]
        months, event, group = (
            [values[i] for i in known] for values in (main["months"], main["event"], column)
        )
        test = logrank(months, event, group)
        agree([test.statistic, test.df, test.p], expected["groups"][name]["logrank"], R, name)


def test_models_equal_r(case, agree):
    _, inputs, expected = case
    models = {name: ([name], expected["univariable"][name]) for name in inputs["univariable"]}
    if inputs["multivariable"]:
        models["multivariable"] = (inputs["multivariable"], expected["multivariable"])
    for place, (names, r) in models.items():
        ordinary = cox(*columns(inputs, names), firth=False)
        assert [ordinary.n, ordinary.n_events] == [r["n"][0], r["events"][0]]
        agree([term.estimate for term in ordinary.terms], r["hr"], R, place)
        agree([term.low for term in ordinary.terms], r["low"], R, place)
        agree([term.high for term in ordinary.terms], r["high"], R, place)
        agree([term.p for term in ordinary.terms], r["p"], R, place)
        agree([ordinary.concordance], r["concordance"], R, place)
        agree([test.p for test in ordinary.proportional_hazards], r["zph"], R, place)
        chosen = cox(*columns(inputs, names))
        assert ("Firth" in chosen.method) == bool(r["firth"])
        if r["firth"]:
            agree([term.estimate for term in chosen.terms], r["firth"]["hr"], R, place)
            agree([term.p for term in chosen.terms], r["firth"]["p"], R, place)


def test_response_equals_r(case, agree):
    _, inputs, expected = case
    by, r = inputs["response"]["by"], expected["response"]
    overall = proportion(*inputs["response"]["overall"])
    agree([overall.estimate, overall.low, overall.high], r["overall"], R)
    exact = []
    for name, levels in by.items():
        for level, counts in levels.items():
            one = proportion(*counts)
            agree([one.estimate, one.low, one.high], r["by"][name]["rates"][level], R, name)
        table = [[k for k, _ in levels.values()], [n - k for k, n in levels.values()]]
        exact.append(fisher_exact(table).p)
        agree([exact[-1]], r["by"][name]["fisher"], R, name)
        agree([chi_square(table, correction=False).p], r["by"][name]["chi_square"], R, name)
        agree([chi_square(table, correction=True).p], r["by"][name]["yates"], R, name)
    holm = [p for name in by for p in r["holm"][name]]
    agree(adjust(exact, method="holm"), holm, R)


def parts(row, scale=1.0):
    """Value and bounds of a ledger row."""
    return [None if row[k] is None else row[k] / scale for k in ("value", "low", "high")]


def test_the_ledger_of_curves_equals_r(case, ledger, agree):
    _, inputs, expected = case
    compared = 0
    for name, r in expected["curves"].items():
        below = f"survival.{name}"
        assert ledger[f"{below}.patients"]["value"] == r["n"][0]
        assert ledger[f"{below}.events"]["value"] == r["events"][0]
        agree(parts(ledger[f"{below}.median"]), r["median"], R, below)
        agree(parts(ledger[f"{below}.follow_up"]), r["follow_up"], R, below)
        for time, *rate, at_risk in r["rates"]:
            row = ledger[f"{below}.rate_{slug(time)}"]
            agree(parts(row, 100), rate, R, row["key"])
            assert row["n"] == at_risk
            compared += 1
    assert compared >= len(inputs["endpoints"])


def test_the_ledger_of_groups_equals_r(case, ledger, agree):
    _, inputs, expected = case
    found = 0
    for name, r in expected["groups"].items():
        for kind in ("by", "naive"):
            below = f"survival.{inputs['endpoint']}.{kind}.{name}"
            if f"{below}.logrank" not in ledger:
                continue
            agree([ledger[f"{below}.logrank"]["value"]], r["logrank"][2:], R, below)
            for level, curve in r["curves"].items():
                agree(parts(ledger[f"{below}.{level}.median"]), curve["median"], R, below)
            found += 1
    assert found == len(expected["groups"])


def terms(inputs, names, prefix):
    """Ledger keys of the hazard ratios of a model, in the order of R's coefficients."""
    return [
        f"{prefix}.{name}.{level}"
        for name in names
        for level in (inputs["levels"][name][1:] or ["per_unit"])
    ]


def test_the_ledger_of_models_equals_r(case, ledger, agree):
    _, inputs, expected = case
    below = f"cox.{inputs['endpoint']}"
    models = [([n], f"{below}.uni", expected["univariable"][n]) for n in inputs["univariable"]]
    if inputs["multivariable"]:
        models.append((inputs["multivariable"], f"{below}.multi", expected["multivariable"]))
    for names, prefix, r in models:
        keys = terms(inputs, names, prefix)
        source = r["firth"] or r
        assert all(("Firth" in ledger[key]["method"]) == bool(r["firth"]) for key in keys)
        agree([ledger[key]["value"] for key in keys], source["hr"], R, prefix)
        agree([ledger[f"{key}.p_value"]["value"] for key in keys], source["p"], R, prefix)
        if not r["firth"]:
            agree([ledger[key]["low"] for key in keys], r["low"], R, prefix)
            agree([ledger[key]["high"] for key in keys], r["high"], R, prefix)


def test_the_ledger_of_response_equals_r(case, ledger, agree):
    _, _, expected = case
    r = expected["response"]
    agree(parts(ledger["response.orr"], 100), r["overall"], R)
    for name, one in r["by"].items():
        below = f"response.by.{name}"
        for level, rate in one["rates"].items():
            agree(parts(ledger[f"{below}.{level}"], 100), rate, R, f"{below}.{level}")
        for test, key in (("fisher", "fisher"), ("chi_square", "chi_square")):
            agree([ledger[f"{below}.{key}"]["value"]], one[test], R, below)
        agree([ledger[f"{below}.chi_square_yates"]["value"]], one["yates"], R, below)
        agree([ledger[f"{below}.fisher_holm"]["value"]], r["holm"][name], R, below)
