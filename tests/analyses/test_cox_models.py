"""What the table of Cox models says of its patients, strata and clusters."""

from dataclasses import replace

import pytest

from helpers.analyses import regression
from helpers.ledger import RowMaker
from helpers.statistics.regression import cox
from helpers.study.references import broken_references
from helpers.study.schema.survival import SurvivalPlan


def with_plan(cohort, **keys):
    """The cohort with keys of its survival plan changed, checked as on load."""
    plan = SurvivalPlan.model_validate(cohort.study.survival.model_dump() | keys)
    return replace(cohort, study=cohort.study.model_copy(update={"survival": plan}))


def told(cohort, ledger):
    """The notes of the table of models."""
    models = regression.fit(cohort)
    make = RowMaker(cohort.study.style, "survival", "treated")
    ledger.record(regression.rows(cohort.study, models, make))
    return models, " ".join(regression.table(cohort.study, models, ledger).notes)


def test_every_model_says_how_many_patients_it_has(cohort, ledger):
    models, notes = told(cohort, ledger)
    whole = models.univariable["tp53"]
    fewer = models.univariable["gain_1q21"]
    assert whole.n == whole.n_total
    assert fewer.n < fewer.n_total
    assert f"use all {whole.n} patients ({whole.n_events} events), except " in notes
    label = cohort.study.label("gain_1q21")
    assert f"{label} ({fewer.n} of {fewer.n_total} patients, {fewer.n_events} events)" in notes
    together = models.multivariable
    assert f"Multivariable model: {together.n} of {together.n_total} patients complete" in notes


def test_the_table_counts_the_reference_beside_the_level(cohort, ledger):
    told(cohort, ledger)
    frame = cohort.times["pfs"]
    tp53 = cohort.patients.loc[frame.index, "tp53"]
    for level, key in (("yes", "cox.pfs.uni.tp53.yes"), ("no", "cox.pfs.uni.tp53.reference")):
        members = tp53.eq(level)
        row = ledger[key]
        assert (row.n, row.denominator) == (frame.loc[members, "event"].sum(), members.sum())
        assert row.group == f"tp53={level}"
    level, reference = (ledger[f"cox.pfs.uni.tp53.{word}"] for word in ("yes", "reference"))
    table = regression.table(cohort.study, regression.fit(cohort), ledger).to_text()
    words = f"{level.n}/{level.denominator} vs {reference.n}/{reference.denominator}"
    assert words in table


def test_the_joint_model_counts_its_complete_patients_only(cohort, ledger):
    models, _ = told(with_plan(cohort, multivariable=["tp53", "gain_1q21"]), ledger)
    model = models.multivariable
    assert model.n < model.n_total
    for factor in ("tp53", "gain_1q21"):
        rows = [ledger[f"cox.pfs.multi.{factor}.{word}"] for word in ("yes", "reference")]
        assert sum(row.denominator for row in rows) == model.n
        assert sum(row.n for row in rows) == model.n_events


def test_a_number_has_no_reference(cohort, ledger):
    told(with_plan(cohort, univariable=["age"], multivariable=[]), ledger)
    assert "cox.pfs.uni.age.per_unit" in ledger
    assert "cox.pfs.uni.age.reference" not in ledger


def test_no_model_with_all_patients_names_each(cohort, ledger):
    patients = cohort.patients.copy()
    for name in cohort.study.survival.univariable:
        patients.loc[patients.index[0], name] = None
    models, notes = told(replace(cohort, patients=patients), ledger)
    for name, model in models.univariable.items():
        label = cohort.study.label(name)
        assert f"{label} ({model.n} of {model.n_total} patients, {model.n_events} events)" in notes


def test_the_multivariable_model_is_stratified_and_robust(cohort, ledger):
    factors = ["age_group", "extramedullary"]
    changed = with_plan(cohort, multivariable=factors, strata=["sex"], clusters="center")
    models, notes = told(changed, ledger)
    model = models.multivariable
    assert model.method == "Stratified Cox regression, robust variance by cluster"
    study = cohort.study
    words = f"{model.method}, stratified by {study.label('sex')}, clusters by "
    assert words + study.label("center") in notes
    assert "The robust variance rests on 8 clusters." in notes
    frame, patients = cohort.times["pfs"], cohort.patients.loc[cohort.times["pfs"].index]
    by_hand = cox(
        frame["months"],
        frame["event"],
        [regression.factor_of(study, patients, name) for name in factors],
        strata=patients["sex"],
        clusters=patients["center"],
    )
    assert model.terms == by_hand.terms
    assert ledger["cox.pfs.multi.age_group.ge_63"].method == model.method


def test_clusters_that_firths_penalty_did_not_heed_are_not_claimed(cohort, ledger):
    """Eight centers as factors leave too few events for a coefficient each."""
    changed = with_plan(cohort, multivariable=["center"], clusters="regimen")
    models, notes = told(changed, ledger)
    assert "Firth" in models.multivariable.method
    assert "Clusters were not heeded: Firth's penalty has no robust variance." in notes
    assert "clusters by" not in notes


def test_a_patient_without_a_stratum_is_not_complete(cohort):
    patients = cohort.patients.copy()
    patients.loc[patients.index[:2], "sex"] = None
    changed = with_plan(replace(cohort, patients=patients), strata=["sex", "age_group"],
                        multivariable=["extramedullary"])  # fmt: skip
    model = regression.fit(changed).multivariable
    assert (model.n, model.n_total) == (37, 39)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"multivariable": [], "strata": ["sex"]}, "name factors"),
        ({"strata": ["sex"], "imputations": 5}, "heed neither"),
        ({"multivariable": ["sex"], "strata": ["sex"]}, "cannot be a factor"),
    ],
)
def test_groups_that_make_no_sense_are_refused(cohort, keys, words):
    with pytest.raises(ValueError, match=words):
        with_plan(cohort, **keys)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"strata": ["sexx"]}, "did you mean 'sex'"),
        ({"clusters": "age"}, "needed is a category"),
        ({"strata": ["best_response"]}, "known only on treatment"),
    ],
)
def test_groups_must_be_categories_known_at_time_zero(cohort, keys, words):
    problems = dict(broken_references(with_plan(cohort, **keys).study))
    (place,) = keys
    assert words in problems["survival", place]
