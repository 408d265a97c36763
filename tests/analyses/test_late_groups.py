"""Groups with a day of their own: landmark groups of the day, time-dependent estimates."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.analyses import comparison, landmark, time_dependent
from helpers.errors import ManuscriptError
from helpers.ledger import RowMaker
from helpers.statistics.time_dependent import mantel_byar
from helpers.study.schema.survival import Comparison

SINCE = Comparison(variable="responder", since="first_response_date")


def maker(cohort):
    return RowMaker(cohort.study.style, "survival", "treated")


@pytest.fixture
def since(responders):
    """The seed cohort, response being a grouping with its day, at two landmarks."""
    study = responders.study
    plan = study.survival.model_copy(update={"curves": [SINCE]})
    study = study.model_copy(update={"survival": plan}).with_settings(landmark_months=[1, 2])
    return replace(responders, study=study)


def test_landmark_groups_are_those_of_the_landmarks_day(since, ledger):
    found = landmark.at_landmarks(since, "pfs")
    assert [one.months for one in found] == [1, 2]
    times, patients = since.times["pfs"], since.patients
    change = (patients["first_response_date"] - patients["therapy_start"]).dt.days / 30.4375
    for one in found:
        at_risk = times.index[times["months"] > one.months]
        expected = int((change[at_risk] <= one.months).sum())
        sizes = {
            level.key: estimate.n
            for level, estimate in zip(one.comparison.levels, one.comparison.estimates, strict=True)
        }
        assert sizes["response"] == expected
        assert sum(sizes.values()) + one.comparison.unknown == len(at_risk)
    final = patients.loc[times.index[times["months"] > 1], "responder"].eq("response").sum()
    assert found[0].comparison.estimates[1].n < final
    ledger.record(landmark.rows(found, maker(since), "pfs"))
    text = landmark.table(since.study, (), found, ledger, "pfs").to_text()
    assert "by their status at 1 months" not in text
    assert "grouped by their status at the 2-month landmark" in text


def test_a_landmark_at_which_nobody_is_left_is_one_clear_error(since):
    study = since.study.with_settings(landmark_months=[1, 900])
    with pytest.raises(ManuscriptError, match="nobody is left at the 900-month landmark of PFS"):
        landmark.at_landmarks(replace(since, study=study), "pfs")


def test_hazard_ratios_of_late_groups_stand_beside_each_other(cohort, ledger):
    found = landmark.naive(cohort, "pfs")
    for one in found:
        rows = comparison.rows(one, maker(cohort), "survival.pfs.naive", "pfs")
        ledger.record(rows)
    landmarks = landmark.at_landmarks(cohort, "pfs")
    ledger.record(landmark.rows(landmarks, maker(cohort), "pfs"))
    text = landmark.table(cohort.study, found, landmarks, ledger, "pfs").to_text()
    naive = ledger["survival.pfs.naive.cycles_group.ge_3.hazard_ratio"]
    later = ledger["survival.pfs.landmark.2_months.cycles_group.ge_3.hazard_ratio"]
    assert naive.method.startswith("naive ")
    assert not later.method.startswith("naive")
    assert naive.value < later.value
    assert naive.display in text
    assert later.display in text
    assert text.count("reference") == 2
    assert comparison.compare(cohort, "pfs", "age_group").model is None


def test_rows_table_and_figure_agree(since, ledger):
    found = time_dependent.analyse(since, "pfs")
    ledger.record(time_dependent.rows(since.study, found, maker(since), "pfs"))
    key = "survival.pfs.since.responder"
    changed = ledger[f"{key}.changed"]
    assert changed.n == 21
    assert changed.n + ledger[f"{key}.unknown"].n <= 39
    events = sum(ledger[f"{key}.{state}.events"].n for state in ("before", "after"))
    frame = since.times["pfs"]
    change = time_dependent.changes(since, "pfs", SINCE)
    known = change.notna()
    assert events == frame.loc[known, "event"].sum()
    test = mantel_byar(
        frame.loc[known, "months"], frame.loc[known, "event"], change[known].replace(np.inf, np.nan)
    )
    assert ledger[f"{key}.mantel_byar"].value == test.p
    text = time_dependent.table(since.study, found, ledger, "pfs").to_text()
    ratio = ledger[f"{key}.hazard_ratio"]
    assert ratio.display in text
    drawing = time_dependent.drawing(since.study, found, ledger, "pfs")
    assert ratio.text in drawing.alt
    assert "Simon–Makuch" in drawing.alt


def test_the_adjusted_ratio_says_whom_it_rests_on(since, ledger):
    factors = list(since.study.survival.multivariable)
    patients = since.patients.copy()
    late = time_dependent.changes(since, "pfs", SINCE)
    patients.loc[late.index[np.isfinite(late)][0], factors[0]] = None
    bent = replace(since, patients=patients)
    found = time_dependent.analyse(bent, "pfs")
    ledger.record(time_dependent.rows(bent.study, found, maker(bent), "pfs"))
    row = {
        word: ledger[f"survival.pfs.since.responder.adjusted{word}"]
        for word in ("", "_patients", "_changed", "_events", "_reference")
    }
    frame = since.times["pfs"]
    complete = patients.loc[frame.index, factors].notna().all(axis=1) & late.notna()
    assert row["_patients"].n == complete.sum() < len(frame)
    assert row["_changed"].n == (complete & (late < frame["months"])).sum()
    assert row["_events"].n == frame.loc[complete, "event"].sum()
    assert row[""].denominator == row["_changed"].n
    assert row[""].n + row["_reference"].n == row["_events"].n
    notes = " ".join(time_dependent.table(bent.study, found, ledger, "pfs").notes)
    assert f"{row['_patients'].n} of {row['_patients'].denominator}, of whom" in notes


def test_level_and_date_in_contradiction_are_left_out_and_counted(since, ledger):
    patients = since.patients.copy()
    members = patients.index[patients["responder"].eq("response")]
    others = patients.index[patients["responder"].eq("no_response")]
    patients.loc[members[0], "first_response_date"] = pd.NaT
    patients.loc[others[0], "first_response_date"] = patients.loc[others[0], "therapy_start"]
    patients.loc[others[1], "responder"] = None
    bent = replace(since, patients=patients)
    change = time_dependent.changes(bent, "pfs", SINCE)
    assert set(change.index[change.isna()]) == {members[0], *others[:2]}
    found = time_dependent.analyse(bent, "pfs")
    assert (found[0].unknown, found[0].patients) == (3, 36)
    ledger.record(time_dependent.rows(bent.study, found, maker(bent), "pfs"))
    assert "3 patients left out" in time_dependent.table(bent.study, found, ledger, "pfs").to_text()
    at = landmark.at_landmarks(bent, "pfs")[0].comparison
    assert (
        at.unknown + sum(one.n for one in at.estimates) == (bent.times["pfs"]["months"] > 1).sum()
    )


def test_a_change_before_time_zero_is_membership_from_the_start(since):
    patients = since.patients.copy()
    member = patients.index[patients["responder"].eq("response")][0]
    patients.loc[member, "first_response_date"] = patients.loc[member, "therapy_start"] - (
        pd.Timedelta(days=30)
    )
    change = time_dependent.changes(replace(since, patients=patients), "pfs", SINCE)
    assert change[member] < 0


def test_nobody_who_changes_is_said(since, ledger):
    patients = since.patients.copy()
    patients["responder"] = pd.Categorical(
        ["no_response"] * len(patients), categories=["no_response", "response"]
    )
    patients["first_response_date"] = pd.NaT
    bent = replace(since, patients=patients)
    found = time_dependent.analyse(bent, "pfs")
    ledger.record(time_dependent.rows(bent.study, found, maker(bent), "pfs"))
    row = ledger["survival.pfs.since.responder.mantel_byar"]
    assert (row.display, row.reason) == (
        "not estimable",
        "nobody is seen in one of the two states",
    )
    text = time_dependent.table(bent.study, found, ledger, "pfs").to_text()
    assert "not estimable" in text
    assert "Not estimable: nobody is seen in one of the two states." in text
    assert time_dependent.drawing(bent.study, found, ledger, "pfs") is not None


def test_a_study_without_such_a_group_has_no_exhibit(cohort, ledger):
    assert time_dependent.analyse(cohort, "pfs") == ()
    assert time_dependent.table(cohort.study, (), ledger, "pfs") is None
    assert time_dependent.drawing(cohort.study, (), ledger, "pfs") is None
