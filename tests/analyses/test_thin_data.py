"""Thin data is no error: the tables say what could not be estimated, and why."""

import re
from dataclasses import replace

import pytest

from helpers.analyses import (
    comparison,
    crosscheck,
    landmark,
    population,
    regression,
    response,
    safety,
    survival,
)
from helpers.ledger import RowMaker


def bent(cohort, endpoint="pfs", **columns):
    """Return the cohort with the times of one endpoint changed."""
    times = cohort.times[endpoint].assign(**columns)
    return replace(cohort, times={**cohort.times, endpoint: times})


def maker(cohort, context="survival"):
    return RowMaker(cohort.study.style, context, "treated")


def survival_tables(cohort, ledger):
    """Record and return every table of the survival notebook."""
    study, make = cohort.study, maker(cohort)
    for endpoint in study.endpoints:
        found = survival.overall(cohort, endpoint)
        ledger.record(survival.estimate_rows(found, make, f"survival.{endpoint}", endpoint))
    groups = comparison.by_baseline_groups(cohort, "pfs")
    for group in groups:
        ledger.record(comparison.rows(group, make, "survival.pfs.by", "pfs"))
    labelled = [comparison.from_time_zero(study, group, "pfs") for group in groups]
    models = regression.fit(cohort)
    ledger.record(regression.rows(study, models, make))
    naive = landmark.naive(cohort, "pfs")
    for group in naive:
        ledger.record(comparison.rows(group, make, "survival.pfs.naive", "pfs"))
    landmarks = landmark.at_landmarks(cohort, "pfs")
    ledger.record(landmark.rows(landmarks, make, "pfs"))
    tables = [
        survival.endpoint_table(study, ledger, list(study.endpoints)),
        comparison.table(study, labelled, ledger, months=[3.0]),
        regression.table(study, models, ledger),
        landmark.table(study, naive, landmarks, ledger, "pfs"),
    ]
    drawings = [
        *(
            survival.overall_drawing(study, survival.overall(cohort, one), ledger, one)
            for one in study.endpoints
        ),
        comparison.drawing(study, labelled, ledger, "pfs"),
        regression.forest_drawing(study, models, ledger),
    ]
    assert all(drawing is not None for drawing in drawings)
    return [table.to_text() for table in tables]


def sound(texts):
    for text in texts:
        for word in ("nan", "inf ", "None", " inf"):
            assert word not in text
    return texts


def test_everybody_censored_gives_not_reached_and_no_estimate(cohort, ledger):
    endpoints, _, cox, late = sound(survival_tables(bent(cohort, event=False), ledger))
    assert "0/39" in endpoints
    assert "not reached" in endpoints
    assert "not estimable" in cox
    assert "no events" in cox.lower()
    assert "not reached" in late
    assert ledger["survival.pfs.median"].value is None
    assert ledger["survival.pfs.by.age_group.logrank"].display == "not estimable"


def test_a_group_without_events_is_shown_with_its_reason(cohort, ledger):
    event = cohort.times["pfs"]["event"] & cohort.patients["extramedullary"].ne("no")
    _, groups, cox, _ = sound(survival_tables(bent(cohort, event=event), ledger))
    assert "0/14" in groups
    assert "Firth" in cox
    assert ledger["cox.pfs.uni.extramedullary.yes"].value is not None


def test_a_factor_with_one_level_is_not_estimable_and_says_so(cohort, ledger):
    patients = cohort.patients.copy()
    patients["tp53"] = patients["tp53"].where(patients["tp53"].isna(), "no")
    _, _, cox, _ = sound(survival_tables(replace(cohort, patients=patients), ledger))
    row = ledger["cox.pfs.uni.tp53.yes"]
    assert row.display == "not estimable"
    assert row.reason
    assert "not estimable" in cox


def test_a_level_with_one_patient_is_compared_all_the_same(cohort, ledger):
    patients = cohort.patients.copy()
    yes = patients.index[patients["tp53"].eq("yes")]
    patients.loc[yes[1:], "tp53"] = "no"
    sound(survival_tables(replace(cohort, patients=patients), ledger))
    contrasts = response.by_subgroup(replace(cohort, patients=patients), "evaluable")
    ledger.record(response.subgroup_rows(contrasts, maker(cohort, "response")))
    assert ledger["response.by.tp53.yes"].denominator == 1


def test_not_reached_is_never_printed_without_its_bound(cohort, ledger):
    long = cohort.times["pfs"]["months"].rank(method="first")
    event = long.eq(1)
    survival_tables(bent(cohort, months=long, event=event), ledger)
    row = ledger["survival.pfs.median"]
    assert row.display == "not reached"
    assert row.interval


def test_a_median_without_bounds_says_that_they_were_not_reached(cohort, ledger):
    """One patient is left, and dies: the curve falls from high above one half to nothing."""
    months = cohort.times["pfs"]["months"].rank(method="first")
    found = survival.overall(bent(cohort, months=months, event=months.eq(months.max())), "pfs")
    ledger.record(survival.estimate_rows(found, maker(cohort), "survival.pfs", "pfs"))
    row = ledger["survival.pfs.median"]
    assert (row.value, row.low, row.high) == (39.0, None, None)
    assert row.interval == "bounds not reached"


@pytest.mark.parametrize("dying", [2, 6, 10, 14, 24])
def test_a_flat_at_one_half_is_read_alike_by_both_programs(cohort, ledger, dying):
    """Of so many patients half die, one by one; then a while passes before the next."""
    times = cohort.times["pfs"].iloc[:dying]
    months = [float(i + 1) for i in range(dying)]
    months[dying // 2 :] = [months[dying // 2] + 5 + i for i in range(dying - dying // 2)]
    half = replace(cohort, times={"pfs": times.assign(months=months, event=True)})
    endpoints = {"pfs": cohort.study.endpoints["pfs"]}
    half = replace(half, study=cohort.study.model_copy(update={"endpoints": endpoints}))
    found = survival.overall(half, "pfs")
    ledger.record(survival.estimate_rows(found, maker(cohort), "survival.pfs", "pfs"))
    checks = list(crosscheck.curves(half, ledger))
    first, *_ = checks
    assert first.key == "survival.pfs.median"
    assert first.here == (months[dying // 2 - 1] + months[dying // 2]) / 2
    assert all(check.agrees for check in checks)


def test_a_late_grouping_may_not_split_a_curve_from_time_zero(cohort):
    with pytest.raises(ValueError, match="landmark"):
        comparison.compare(cohort, "pfs", "cycles_group")


def test_a_late_factor_is_refused_by_the_cox_models(cohort):
    plan = cohort.study.survival.model_copy(update={"univariable": ["cycles_group"]})
    study = cohort.study.model_copy(update={"survival": plan})
    with pytest.raises(ValueError, match="landmark"):
        regression.fit(replace(cohort, study=study))


def test_a_study_without_adverse_events_has_no_safety_exhibits(cohort, ledger):
    study = cohort.study.model_copy(update={"adverse_events": None})
    found = safety.worst_grades(replace(cohort, study=study))
    assert found is None
    assert safety.table(study, found, ledger) is None
    assert safety.drawing(found, ledger) is None


def test_a_declared_class_that_nobody_had_is_kept_with_zero(cohort, ledger):
    events = cohort.adverse_events
    kept = events[events["event_class"].ne("tumor_lysis")]
    found = safety.worst_grades(replace(cohort, adverse_events=kept))
    ledger.record(safety.rows(found, maker(cohort, "safety"), 0.95))
    assert ledger["safety.class.tumor_lysis.any"].n == 0
    assert "Tumor lysis syndrome" in safety.table(cohort.study, found, ledger).to_text()


def test_a_response_that_was_not_recorded_stays_in_the_denominator(cohort):
    patients = cohort.patients.copy()
    first = patients.index[patients["best_response"].eq("PR")][0]
    patients.loc[first, "best_response"] = None
    rates = response.overall(replace(cohort, patients=patients), "evaluable")
    assert (rates.orr.count, rates.orr.total) == (20, 38)


def test_the_flow_reconciles_step_by_step(cohort, ledger):
    ledger.record(population.rows(cohort, maker(cohort, "population")))
    remaining = [ledger[f"flow.{step.id}.remaining"].n for step in cohort.flow]
    excluded = [ledger[f"flow.{step.id}.excluded"].n for step in cohort.flow]
    for before, after, gone in zip(remaining, remaining[1:], excluded[1:], strict=False):
        assert before - gone == after
    assert remaining[-1] == len(cohort.patients)


def test_a_note_says_of_what_its_reason_is_one(cohort, ledger):
    """That it is "past the last observed time" alone tells nobody what ended there."""
    texts = survival_tables(bent(cohort, months=2.5), ledger)
    assert "PFS, not estimable: past the last observed time." in texts[0]
    assert "Not estimable: past the last observed time." in texts[1]


def test_a_single_event_is_written_in_the_singular(cohort, ledger):
    """Notes of the Cox models and the words read to who cannot see a curve."""
    times = cohort.times["pfs"]
    one = bent(cohort, event=[place == 0 for place in range(len(times))])
    texts = survival_tables(one, ledger)
    alt = survival.overall_drawing(one.study, survival.overall(one, "pfs"), ledger, "pfs").alt
    assert "with 1 event: median" in alt
    assert "(1 event)" in texts[2] and "complete, 1 event, " in texts[2]
    assert not re.search(r"\b1 (?:events|patients)\b", "\n".join([alt, *texts]))
