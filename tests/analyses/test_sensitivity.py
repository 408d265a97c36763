"""The multivariable model repeated with imputed values, beside the complete cases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from helpers.analyses import regression, sensitivity
from helpers.ledger import RowMaker
from helpers.study import load_study, read_cohort
from helpers.study.schema.survival import SurvivalPlan

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def gappy():
    """The seed cohort that misses a factor value of two patients."""
    return read_cohort(ROOT, load_study(ROOT, "fhrmm"))


def asking(cohort, imputations):
    plan = cohort.study.survival.model_copy(update={"imputations": imputations})
    return replace(cohort, study=cohort.study.model_copy(update={"survival": plan}))


def recorded(cohort, ledger):
    study = cohort.study
    make = RowMaker(study.style, "survival", study.settings.survival_population)
    models, found = regression.fit(cohort), sensitivity.imputed(cohort)
    ledger.record(regression.rows(study, models, make))
    ledger.record(sensitivity.rows(study, found, make))
    return found, sensitivity.table(study, models, found, ledger)


def test_all_patients_are_used_and_the_table_says_who_was_imputed(gappy, ledger):
    found, table = recorded(asking(gappy, 3), ledger)
    key = "cox.pfs.imputed"
    assert (found.n, found.n_complete, found.data_sets) == (62, 60, 3)
    assert ledger[f"{key}.model.complete"].display == "60"
    assert ledger[f"{key}.missing.stage_group"].n == 2
    shown = ledger[f"{key}.stage_group.advanced"]
    text = "\n".join(cell.text for row in table.rows for cell in row.cells)
    assert f"{shown.display} ({shown.interval})" in text
    notes = " ".join(table.notes)
    assert "60 of 62 patients" in notes
    assert "ISS stage (2)" in notes
    assert "seed" in shown.method


def test_a_study_that_does_not_ask_gets_none(gappy, ledger):
    assert recorded(asking(gappy, 0), ledger) == (None, None)
    assert not [row for row in ledger if "imputed" in row.key]


def test_nothing_missing_is_said(cohort, ledger):
    found, table = recorded(asking(cohort, 2), ledger)
    assert found.data_sets == 0
    assert "No factor value is missing" in " ".join(table.notes)
    term = found.terms[0]
    complete = ledger[f"cox.pfs.multi.{term.factor}.ge_63"]
    assert term.estimate == complete.value


def test_one_data_set_is_refused():
    with pytest.raises(ValidationError, match="cannot be pooled"):
        SurvivalPlan(endpoint="pfs", imputations=1)
