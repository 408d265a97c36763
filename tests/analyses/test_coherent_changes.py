"""What the analyses record of groups that begin on a day is coherent, however odd the cohort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from helpers.analyses import landmark, population, regression, survival, time_dependent
from helpers.ledger import Ledger, RowMaker
from helpers.review.gates.coherence import View, cohere
from helpers.study.cohort import Cohort
from helpers.study.schema.survival import Comparison

SINCE = Comparison(variable="responder", since="first_response_date")
Bend = Callable[[Cohort], Cohort]


def members(cohort: Cohort, level: str) -> pd.Index:
    return cohort.patients.index[cohort.patients["responder"].eq(level)]


def changed(cohort: Cohort, changes: dict[str, dict[object, object]]) -> Cohort:
    """The cohort with single values of its patients changed: by column, then by patient."""
    patients = cohort.patients.copy()
    for column, values in changes.items():
        for patient, value in values.items():
            patients.loc[patient, column] = value
    return replace(cohort, patients=patients)


def as_it_is(cohort: Cohort) -> Cohort:
    return cohort


def contradictions(cohort: Cohort) -> Cohort:
    """Two whose day and level do not fit, and one without a level: all three are left out."""
    first, other = members(cohort, "no_response")[:2]
    came = members(cohort, "response")[0]
    start = cohort.patients.loc[first, "therapy_start"]
    days = {came: pd.NaT, first: start}
    return changed(cohort, {"first_response_date": days, "responder": {other: None}})


def from_the_start(cohort: Cohort) -> Cohort:
    """One who had changed before time zero, and is never seen before the change."""
    member = members(cohort, "response")[0]
    day = cohort.patients.loc[member, "therapy_start"] - pd.Timedelta(days=9)
    return changed(cohort, {"first_response_date": {member: day}})


def incomplete(cohort: Cohort) -> Cohort:
    """Two of whom a factor of the joint model is not known."""
    one, other = members(cohort, "response")[0], members(cohort, "no_response")[0]
    factors = cohort.study.survival.multivariable
    return changed(cohort, {factors[0]: {one: None}, factors[-1]: {other: None}})


def stratified(cohort: Cohort) -> Cohort:
    """The joint model has strata, of which one patient has none."""
    plan = cohort.study.survival.model_copy(update={"strata": ["sex"]})
    study = cohort.study.model_copy(update={"survival": plan})
    return replace(changed(cohort, {"sex": {cohort.patients.index[0]: None}}), study=study)


def without_time(cohort: Cohort) -> Cohort:
    """One whose follow-up ends on the day of time zero."""
    times = {name: frame.copy() for name, frame in cohort.times.items()}
    patient = members(cohort, "no_response")[0]
    for frame in times.values():
        if patient in frame.index:
            frame.loc[patient, "months"] = 0.0
    return replace(cohort, times=times)


def recorded(cohort: Cohort, ledger: Ledger) -> View:
    """The ledger and the figures of what concerns a group that begins on a day."""
    study, figures = cohort.study, {}
    make = RowMaker(study.style, "survival", "treated")
    ledger.record(population.rows(cohort, RowMaker(study.style, "population", "eligible")))
    for endpoint in ("pfs", "os"):
        found = survival.overall(cohort, endpoint)
        ledger.record(survival.estimate_rows(found, make, f"survival.{endpoint}", endpoint))
        figures[f"fig-km-{endpoint}"] = survival.overall_drawing(study, found, ledger, endpoint)
    landmarks = landmark.at_landmarks(cohort, "pfs")
    ledger.record(landmark.rows(landmarks, make, "pfs"))
    since = time_dependent.analyse(cohort, "pfs")
    ledger.record(time_dependent.rows(study, since, make, "pfs"))
    figures["fig-since"] = time_dependent.drawing(study, since, ledger, "pfs")
    ledger.record(regression.rows(study, regression.fit(cohort), make))
    data = {
        f"{name}.csv": drawn.data.to_csv(index=False, float_format="%.8g")
        for name, drawn in figures.items()
        if drawn is not None
    }
    return View(rows=tuple(ledger), study=study, figures=data)


@pytest.mark.parametrize(
    "bend", [as_it_is, contradictions, from_the_start, incomplete, stratified, without_time]
)
def test_no_rule_finds_an_error(responders, ledger, bend: Bend):
    plan = responders.study.survival.model_copy(update={"curves": [SINCE]})
    study = responders.study.model_copy(update={"survival": plan})
    view = recorded(bend(replace(responders, study=study)), ledger)
    results = {result.rule.id: result for result in cohere(view)}
    said = [
        (name, one.problem, one.keys)
        for name, result in results.items()
        if result.rule.severity == "error"
        for one in result.problems
    ]
    assert not said
    for rule in ("changes", "adjusted", "references", "landmarks", "denominator"):
        assert results[rule].seen
    assert bool(results["mantel-byar"].seen) == (bend is not contradictions)
