"""The declared logistic model of response: its rows, its notes, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.analyses import response, response_model
from helpers.ledger import RowMaker


def declared(cohort, *factors):
    """Return the cohort with a model of response declared."""
    rules = cohort.study.response.model_copy(update={"model": list(factors)})
    return replace(cohort, study=cohort.study.model_copy(update={"response": rules}))


def shown(cohort, ledger):
    """Fit, record and print the model in the evaluable population."""
    make = RowMaker(cohort.study.style, "response", "evaluable")
    model = response_model.fit(cohort, "evaluable")
    ledger.record(response_model.rows(cohort.study, model, make))
    return response_model.table(cohort.study, model, ledger).to_text()


def test_no_model_where_none_is_declared(cohort, ledger):
    assert response_model.fit(cohort, "evaluable") is None
    assert list(response_model.rows(cohort.study, None, None)) == []
    assert response_model.table(cohort.study, None, ledger) is None


def test_one_factor_gives_the_odds_ratio_of_the_counts(cohort, ledger):
    """Of 24 patients with extramedullary disease 15 respond, of 14 without 6."""
    text = shown(declared(cohort, "extramedullary"), ledger)
    row = ledger["logistic.orr.extramedullary.yes"]
    assert row.value == pytest.approx((15 / 9) / (6 / 8), rel=1e-6)
    assert (row.n, row.denominator, row.statistic) == (15, 24, "odds_ratio")
    assert row.method == "Logistic regression"
    assert "Extramedullary disease: yes vs no" in text
    assert row.interval in text
    assert ledger["logistic.orr.extramedullary.yes.p_value"].display in text


def test_complete_cases_and_events_per_variable_are_printed(cohort, ledger):
    gone = cohort.patients.index[cohort.populations["evaluable"]][:3]
    patients = cohort.patients.copy()
    patients.loc[gone, "extramedullary"] = None
    text = shown(declared(replace(cohort, patients=patients), "extramedullary", "age"), ledger)
    n = ledger["logistic.orr.model.patients"]
    assert (n.n, n.denominator) == (35, 38)
    assert "35 of 38 patients complete in all factors" in text
    per_variable = ledger["logistic.orr.model.events_per_variable"]
    responders = ledger["logistic.orr.model.responders"].n
    assert per_variable.value == min(responders, 35 - responders) / 2
    assert f"{per_variable.display} events per variable" in text


def test_separation_brings_firths_penalty_and_says_so(cohort, ledger):
    best = response.best_responses(cohort, "evaluable")
    patients = cohort.patients.copy()
    answered = best.index[best.isin(["sCR", "CR", "VGPR", "PR"])]
    patients["tp53"] = "no"
    patients.loc[answered[:4], "tp53"] = "yes"
    text = shown(declared(replace(cohort, patients=patients), "tp53"), ledger)
    assert "Firth-penalized logistic regression" in ledger["logistic.orr.tp53.yes"].method
    assert "Firth's penalty was used: everybody has the event in" in text
    assert ledger["logistic.orr.tp53.yes"].value is not None


def test_a_factor_with_one_level_is_not_estimable_and_says_why(cohort, ledger):
    patients = cohort.patients.assign(tp53="no")
    text = shown(declared(replace(cohort, patients=patients), "tp53", "age"), ledger)
    row = ledger["logistic.orr.tp53.yes"]
    assert (row.display, row.value) == ("not estimable", None)
    assert row.reason
    assert "nan" not in text.lower()


def test_what_is_known_only_on_treatment_is_refused(cohort):
    with pytest.raises(ValueError, match="landmark"):
        response_model.fit(declared(cohort, "cycles_group"), "evaluable")
