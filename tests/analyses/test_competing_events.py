"""Competing events of an endpoint: causes add up to its events, exhibits take ledger words."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.analyses import competing, survival
from helpers.ledger import RowMaker
from helpers.study.schema.survival import CompetingRisks

PLAN = CompetingRisks(
    endpoint="pfs",
    event="progression_date",
    event_label="Progression",
    competing_label="Death without progression",
    by="extramedullary",
)


@pytest.fixture
def planned(cohort):
    """Return the cohort with competing events declared, and changes of the plan."""

    def change(**given):
        plan = PLAN.model_copy(update=given)
        whole = cohort.study.survival.model_copy(update={"competing": plan})
        return replace(cohort, study=cohort.study.model_copy(update={"survival": whole}))

    return change


def recorded(cohort, ledger):
    found = competing.analyse(cohort)
    make = RowMaker(cohort.study.style, "survival", "treated")
    ledger.record(competing.rows(cohort.study, found, make))
    return found


def test_causes_take_the_endpoints_events_apart(planned):
    cohort = planned()
    frame = competing.causes(cohort, PLAN)
    times = survival.times(cohort, "pfs")
    assert (frame["cause"].gt(0) == times["event"]).all()
    progressed = cohort.patients.loc[frame.index, "progression_date"].notna()
    assert (frame["cause"].eq(1) == progressed).all()


def test_incidences_add_up_to_what_kaplan_meier_leaves(planned, ledger):
    cohort = planned()
    found = recorded(cohort, ledger)
    whole = survival.overall(cohort, "pfs")
    for rate, own, other in zip(
        whole.rates, found.together.rates["event"], found.together.rates["competing"], strict=True
    ):
        assert rate.estimate + own.estimate + other.estimate == pytest.approx(1)
    events = [ledger[f"competing.{word}.events"].n for word in ("event", "competing")]
    assert sum(events) == whole.events


def test_on_the_same_day_the_event_of_interest_counts(planned):
    cohort = planned()
    patients = cohort.patients.copy()
    dead = patients.index[patients["death_date"].notna() & patients["progression_date"].isna()]
    patients.loc[dead, "progression_date"] = patients.loc[dead, "death_date"]
    frame = competing.causes(replace(cohort, patients=patients), PLAN)
    assert len(dead)
    assert frame.loc[dead, "cause"].eq(1).all()


def test_table_figure_and_alt_take_the_ledgers_words(planned, ledger):
    cohort = planned()
    found = recorded(cohort, ledger)
    study = cohort.study
    text = competing.table(study, found, ledger).to_text()
    drawing = competing.drawing(study, found, ledger)
    gray = ledger["competing.by.extramedullary.gray_event"]
    assert gray.method == "Gray's test"
    assert gray.display in text
    assert gray.text in drawing.alt
    for word in ("event", "competing"):
        row = ledger[f"competing.{word}.rate_6_months"]
        assert row.display in text
        assert row.text in drawing.alt
        assert row.method == "Aalen–Johansen, log-log interval"
    words = [text.get_text() for text in drawing.figure.texts]
    assert f"Gray's test {gray.text}" in words
    assert len(drawing.figure.axes) == 2
    assert drawing.figure.get_figwidth() * 25.4 == pytest.approx(175)
    assert set(drawing.data["curve"]) >= {"Progression", "Death without progression"}


def test_without_a_grouping_there_is_one_panel_and_no_test(planned, ledger):
    cohort = planned(by=None)
    found = recorded(cohort, ledger)
    assert found.by is None
    drawing = competing.drawing(cohort.study, found, ledger)
    assert len(drawing.figure.axes) == 1
    assert "Gray" not in competing.table(cohort.study, found, ledger).to_text()
    assert not any(".by." in row.key for row in ledger)


def test_thin_data_say_why_there_is_no_estimate(planned, ledger):
    cohort = planned()
    times = {**cohort.times, "pfs": cohort.times["pfs"].assign(event=False)}
    bare = replace(cohort, times=times)
    found = recorded(bare, ledger)
    text = competing.table(bare.study, found, ledger).to_text()
    assert "Not estimable: no events of this cause." in text
    assert ledger["competing.by.extramedullary.gray_event"].display == "not estimable"
    assert ledger["competing.event.rate_3_months"].display == "0.0%"
    assert competing.drawing(bare.study, found, ledger) is not None
    for word in ("nan", "inf ", "None"):
        assert word not in text


def test_unknown_levels_are_counted_not_compared(planned, ledger):
    cohort = planned(by="riss")
    unknown = int(cohort.patients["riss"].isna().sum())
    assert unknown > 0
    found = recorded(cohort, ledger)
    assert found.by.unknown == unknown
    assert sum(group.n for group in found.by.groups) + unknown == found.together.n
    note = f"not compared: {unknown}."
    assert note in competing.table(cohort.study, found, ledger).to_text()


def test_order_of_patients_is_nothing(planned):
    cohort = planned()
    mixed = cohort.times["pfs"].sample(frac=1, random_state=1)
    bent = replace(cohort, times={**cohort.times, "pfs": mixed})
    first, second = competing.analyse(cohort), competing.analyse(bent)
    for word in ("event", "competing"):
        assert first.by.tests[word].p == pytest.approx(second.by.tests[word].p)
        np.testing.assert_array_equal(
            first.together.curves[word].incidence, second.together.curves[word].incidence
        )


def test_a_study_without_the_plan_has_no_exhibit(cohort, ledger):
    study = cohort.study
    plan = study.survival.model_copy(update={"competing": None})
    bare = replace(cohort, study=study.model_copy(update={"survival": plan}))
    assert competing.analyse(bare) is None
    assert list(competing.rows(study, None, None)) == []
    assert competing.table(study, None, ledger) is None
    assert competing.drawing(study, None, ledger) is None
