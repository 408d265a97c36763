"""Adverse events within a window, their rates, and courses coloured by line of therapy."""

from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from helpers.analyses import safety, safety_rates, swimmer
from helpers.exhibits.swimmer import LINE_COLOURS
from helpers.ledger import RowMaker
from helpers.review.gates.coherence import View
from helpers.review.gates.coherence.safety import window


@pytest.fixture
def make(cohort):
    return RowMaker(cohort.study.style, "safety", "treated")


def bent(cohort, **changes):
    """The cohort with another adverse-event window; None takes it away."""
    events = cohort.study.adverse_events
    window = events.window.model_copy(update=changes) if changes else None
    study = cohort.study.model_copy(
        update={"adverse_events": events.model_copy(update={"window": window})}
    )
    return replace(cohort, study=study, windows=cohort.windows if changes else None)


def recorded(cohort, ledger, make):
    """Record everything, and return both tables as text; None where there is none."""
    events, rates = safety.worst_grades(cohort), safety_rates.rates(cohort)
    ledger.record(safety.rows(events, make, 0.95))
    ledger.record(safety_rates.rows(cohort.study, rates, make))
    tables = (
        safety.table(cohort.study, events, ledger),
        safety_rates.table(cohort.study, rates, ledger),
    )
    return [None if table is None else table.to_text() for table in tables]


def added_up(cohort, ledger):
    """What the gate of coherence says of the events within the window and those left out."""
    return [one.problem for one in window(View(tuple(ledger), cohort.study))]


def ending_at(cohort, name):
    """The cohort whose window ends at another date of its patients."""
    end = pd.concat([cohort.windows["end"], cohort.patients[name]], axis=1).min(axis=1)
    return replace(cohort, windows=cohort.windows.assign(end=end))


def test_the_published_figures_are_within_the_declared_window(cohort, ledger, make):
    main, _ = recorded(cohort, ledger, make)
    keys = ("hematological.any", "hematological.grade_3", "liver.any", "liver.grade_3")
    assert [ledger[f"safety.class.{key}"].n for key in keys] == [21, 11, 9, 3]
    assert ledger["safety.class.tumor_lysis.any"].n == 2
    count = ledger["safety.window.recorded"].n
    assert count == len(cohort.adverse_events)
    said = f"of {count} recorded events, left out: 0 with onset before this window and 0 after it"
    assert said in main


def test_events_after_the_window_are_left_out_and_counted(cohort, ledger, make):
    earlier = ending_at(cohort, "next_therapy_date")
    events = cohort.adverse_events
    late = events["start"] > events["patient"].map(earlier.windows["end"])
    main, rates = recorded(earlier, ledger, make)
    assert late.sum() > 0
    assert ledger["safety.class.tumor_lysis.any"].n == 1
    assert ledger["safety.window.after"].n == late.sum()
    assert ledger["safety.all.event_rate"].n == len(events) - late.sum()
    for text in (main, rates):
        assert f"{late.sum()} after it" in text
    assert added_up(earlier, ledger) == [None, None]


@pytest.mark.parametrize(
    ("undated", "words"), [("counted", "counted as"), ("left_out", "left out.")]
)
def test_what_becomes_of_undated_events_is_said(cohort, ledger, make, undated, words):
    events = cohort.adverse_events.copy()
    events.loc[events.index[:3], "start"] = pd.NaT
    changed = replace(bent(cohort, undated=undated), adverse_events=events)
    main, rates = recorded(changed, ledger, make)
    assert f"Events without a known day of onset: 3, {words}" in main
    counted = len(events) if undated == "counted" else len(events) - 3
    assert ledger["safety.all.event_rate"].n == counted
    assert ("the whole window counts as time at risk" in rates) == (undated == "counted")
    assert added_up(changed, ledger) == [None, None]


def test_rates_are_patients_by_time_and_follow_the_unit(cohort, ledger, make):
    recorded(cohort, ledger, make)
    row, behind = ledger["safety.class.liver.rate"], ledger["safety.class.liver.at_risk"]
    assert row.n == behind.n == ledger["safety.class.liver.any"].n
    assert row.value == pytest.approx(100 * row.n / behind.value)
    assert row.low < row.value < row.high
    assert row.unit == "per 100 patient-months"
    assert row.text == f"{row.display} per 100 patient-months (95% CI {row.interval})"
    yearly = safety_rates.rates(bent(cohort, rate_unit="years", rate_per=1)).exposure
    assert yearly.time == pytest.approx(ledger["safety.exposure.time"].value / 12)
    assert yearly.rows[0].patients.estimate == pytest.approx(0.12 * ledger["safety.all.rate"].value)


def test_a_patient_without_a_first_dose_is_left_out_of_the_rates_and_said(cohort, ledger, make):
    windows = cohort.windows.copy()
    windows.loc[windows.index[0], "start"] = pd.NaT
    _, rates = recorded(replace(cohort, windows=windows), ledger, make)
    assert "left out of all rates: 1." in rates
    assert ledger["safety.exposure.patients"].n == len(windows) - 1
    assert added_up(cohort, ledger) == []


def test_without_a_window_every_event_counts_and_there_are_no_rates(cohort, ledger, make):
    main, rates = recorded(bent(cohort), ledger, make)
    assert rates is None
    assert "Treatment-emergent" not in main
    assert ledger["safety.class.hematological.any"].n == 21
    assert not [row.key for row in ledger if "window" in row.key or "rate" in row.key]


def test_a_declared_term_that_nobody_had_is_kept_with_zero(cohort, ledger, make):
    rules = cohort.study.adverse_events
    liver = rules.classes["liver"].model_copy(
        update={"declared_terms": ["Blood bilirubin increased"]}
    )
    study = cohort.study.model_copy(
        update={
            "adverse_events": rules.model_copy(
                update={"classes": {**rules.classes, "liver": liver}}
            )
        }
    )
    kept = cohort.adverse_events[cohort.adverse_events["term"].ne("Blood bilirubin increased")]
    _, rates = recorded(replace(cohort, study=study, adverse_events=kept), ledger, make)
    assert ledger["safety.term.liver.blood_bilirubin_increased.any"].n == 0
    assert ledger["safety.term.liver.blood_bilirubin_increased.rate"].value == 0
    assert "Blood bilirubin increased" in rates


def with_lines(cohort):
    """Line 1 from the start of therapy to progression, line 2 from the next therapy, open."""
    patients = cohort.patients
    first = pd.DataFrame(
        {
            "patient": patients.index,
            "line": 1,
            "start": patients["therapy_start"].to_numpy(),
            "end": patients["progression_date"].to_numpy(),
        }
    )
    later = first.assign(line=2, start=patients["next_therapy_date"].to_numpy(), end=pd.NaT).dropna(
        subset="start"
    )
    lines = pd.concat([first, later]).sort_values(["patient", "line"], ignore_index=True)
    return replace(cohort, lines=lines)


def test_courses_are_coloured_by_line_of_therapy(cohort):
    drawn = swimmer.drawing(with_lines(cohort))
    assert "coloured by line of therapy" in drawn.alt
    colours = [to_hex(bar.get_facecolor()) for bar in drawn.figure.axes[0].patches]
    assert colours.count(LINE_COLOURS[0]) == len(cohort.patients)
    assert 0 < colours.count(LINE_COLOURS[1]) <= cohort.patients["next_therapy_date"].notna().sum()
    assert list(drawn.data.columns) == [
        "patients",
        "responded",
        "progressed",
        "died",
        "total_months",
        "line_months",
    ]
    assert len(drawn.data) == 1
    whole = drawn.data.loc[0]
    assert 0 < whole["line_months"] <= whole["total_months"]


def test_lines_alone_make_a_course_where_no_response_was_collected(cohort):
    study = cohort.study.model_copy(update={"response": None})
    assert swimmer.drawing(replace(cohort, study=study)) is None
    drawn = swimmer.drawing(replace(with_lines(cohort), study=study))
    assert drawn.data.loc[0, "responded"] == 0


def test_of_many_synthetic_patients_some_are_shown_and_of_many_real_ones_none(cohort, monkeypatch):
    monkeypatch.setattr(swimmer, "MOST_LANES", 10)
    drawn = swimmer.drawing(cohort)
    assert "10 of 39 patients, evenly spaced by follow-up" in drawn.alt
    months = sorted(cohort.times["os"]["months"].round(1), reverse=True)
    bars = [bar.get_width() for bar in drawn.figure.axes[0].patches]
    assert (bars[0], bars[-1], len(bars)) == (months[0], months[-1], 10)
    real = cohort.study.model_copy(update={"provenance": "real"})
    assert swimmer.drawing(replace(cohort, study=real)) is None
    monkeypatch.undo()
    assert swimmer.drawing(replace(cohort, study=real)) is not None


def test_of_very_many_patients_nobody_is_shown_and_no_course_is_made(cohort, monkeypatch):
    monkeypatch.setattr(swimmer, "MOST_PATIENTS", 38)
    monkeypatch.delattr(swimmer, "_lanes")
    assert swimmer.drawing(cohort) is None
