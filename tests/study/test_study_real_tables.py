"""The real CoMMpass tables, where they are at hand: counts made by plain pandas agree."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from helpers.study import load_study, read_cohort
from helpers.study.cohort import Cohort

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT.parent / "shared" / "data" / "commpass"


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    if not SOURCE.is_dir():
        pytest.skip("the CoMMpass tables are not at ../shared/data/commpass: not tested on them")
    return read_cohort(ROOT, load_study(ROOT, "commpass"), source=SOURCE)


@pytest.fixture(scope="module")
def raw(cohort: Cohort) -> tuple[pd.DataFrame, pd.DataFrame]:
    patients = pd.read_csv(SOURCE / "gdc_clinical.csv", index_col="bcr_patient_barcode")
    return patients, pd.read_csv(SOURCE / "gdc_treatments.csv")


def test_definition_loads_without_the_tables() -> None:
    assert load_study(ROOT, "commpass").provenance == "real"


def test_flow(cohort: Cohort) -> None:
    steps = [(step.excluded, step.remaining) for step in cohort.flow]
    assert steps == [(0, 995), (1, 994), (740, 254), (6, 248), (4, 244)]


def test_every_drug_row_is_mapped(cohort: Cohort) -> None:
    assert {f.table for f in cohort.unmapped} == {"patients"}
    assert len(cohort.unmapped) == 5


def test_index_day_and_overall_survival(cohort: Cohort, raw: tuple[pd.DataFrame, ...]) -> None:
    patients, drugs = raw
    second = drugs[drugs["regimen_or_line_of_therapy"].eq("Second line of therapy")]
    start = second.groupby("bcr_patient_barcode")["days_to_treatment_start"].min()
    start = start.reindex(cohort.patients.index)
    assert (cohort.patients["index_date"] == start).all()
    known = patients.reindex(cohort.patients.index)
    last = known["days_to_death"].fillna(known["days_to_last_follow_up"])
    times = cohort.times["os"]
    assert len(times) == 244
    assert (times["event"] == known["vital_status"].eq("Dead")).all()
    assert ((times["months"] - (last - start) / 30.4375).abs() < 1e-12).all()
    assert times["event"].sum() == 86


def test_time_to_next_treatment(cohort: Cohort, raw: tuple[pd.DataFrame, ...]) -> None:
    _, drugs = raw
    later = ~drugs["regimen_or_line_of_therapy"].str.startswith(("First", "Second"))
    following = drugs[later].groupby("bcr_patient_barcode")["days_to_treatment_start"].min()
    following = following.reindex(cohort.patients.index)
    died = cohort.times["os"]["event"]
    ttnt = cohort.times["ttnt"]
    assert (ttnt["event"] == (following.notna() | died)).all()
    moved = following.notna()
    expected = (following - cohort.patients["index_date"])[moved] / 30.4375
    assert ((ttnt["months"][moved] - expected).abs() < 1e-12).all()


def test_functional_high_risk_and_exposure(cohort: Cohort, raw: tuple[pd.DataFrame, ...]) -> None:
    _, drugs = raw
    drugs = drugs.set_index("bcr_patient_barcode")
    first = drugs[drugs["regimen_or_line_of_therapy"].eq("First line of therapy")]
    index = cohort.patients["index_date"]
    start = first.groupby(level=0)["days_to_treatment_start"].min().reindex(index.index)
    auto = first[first["treatment_type"].fillna("").str.endswith("Autologous")]
    transplant = auto.groupby(level=0)["days_to_treatment_start"].min().reindex(index.index)
    soon = (index - start).le(18 * 30.4375)
    soon |= (index - transplant).between(0, 12 * 30.4375)
    assert (cohort.patients["functional_high_risk"].eq("yes") == soon).all()
    assert soon.sum() == 122
    assert (cohort.patients["prior_transplant"].eq("yes") == transplant.le(index)).all()
    exposed = first.index[first["therapeutic_agents"].eq("Lenalidomide")]
    assert (cohort.patients["prior_lenalidomide"].eq("yes") == index.index.isin(exposed)).all()


def test_settings_change_who_is_at_high_risk(cohort: Cohort) -> None:
    study = load_study(ROOT, "commpass").with_settings(high_risk_months_from_start=12.0)
    fewer = read_cohort(ROOT, study, source=SOURCE).patients["functional_high_risk"]
    assert fewer.eq("yes").sum() < cohort.patients["functional_high_risk"].eq("yes").sum()


def test_regimens_cover_everybody(cohort: Cohort) -> None:
    counts = cohort.patients["regimen"].value_counts()
    assert counts.sum() == 244
    assert counts.to_dict() == {
        "lenalidomide": 96,
        "carfilzomib": 38,
        "bortezomib": 34,
        "pomalidomide": 24,
        "other": 24,
        "krd": 21,
        "daratumumab": 7,
    }
