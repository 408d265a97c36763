"""The second computation with lifelines, where lifelines has difficulties of its own."""

from dataclasses import replace

import pytest
from lifelines.exceptions import ConvergenceError

from helpers.analyses import crosscheck, regression
from helpers.errors import ManuscriptError
from helpers.ledger import RowMaker


def checks(cohort, ledger):
    """Fit the Cox models of a cohort and return their second computation."""
    make = RowMaker(cohort.study.style, "survival", "treated")
    models = regression.fit(cohort)
    ledger.record(regression.rows(cohort.study, models, make))
    return list(crosscheck.hazard_ratios(cohort, models, ledger))


def alone(cohort, patient):
    """Return the cohort with one patient, and no other, in a group."""
    group = cohort.patients["prior_car_t"].copy()
    group[:] = "no"
    group[patient] = "yes"
    return replace(cohort, patients=cohort.patients.assign(prior_car_t=group))


def by_time(cohort):
    """Patients with an event, earliest first."""
    times = cohort.times["pfs"]
    return list(times[times["event"]].sort_values("months").index)


@pytest.mark.parametrize("place", [0, 1, 4, 8])
def test_a_group_of_one_patient_is_computed_twice_and_agrees(cohort, ledger, place):
    found = checks(alone(cohort, by_time(cohort)[place]), ledger)
    assert found
    assert not any(check.failed for check in found)
    assert all(check.agrees for check in found)


def test_the_search_ends_at_the_maximum_wherever_it_begins(cohort):
    times = cohort.times["pfs"]
    group = cohort.patients.loc[times.index, "extramedullary"].astype(object)
    data = times.assign(x=group.eq("yes").astype(float))[group.notna()]
    ends = [crosscheck._ratio(data, start) for start in (0.3, 1.0, 4.0)]
    assert ends == pytest.approx([ends[0]] * 3, rel=1e-7)


def test_a_wrong_estimate_is_not_confirmed(cohort, ledger):
    found = checks(cohort, ledger)
    wrong = replace(found[0], here=found[0].here * 1.00001)
    with pytest.raises(ManuscriptError, match="disagree with lifelines"):
        crosscheck.table([wrong, *found[1:]])


def test_what_lifelines_cannot_fit_is_said_and_not_counted(cohort, ledger, monkeypatch):
    def refuse(*_, **__):
        raise ConvergenceError("delta contains nan value(s)")

    monkeypatch.setattr(crosscheck.CoxPHFitter, "fit", refuse)
    found = checks(cohort, ledger)
    assert found
    assert all(check.failed and not check.agrees for check in found)
    text = crosscheck.table(found).to_text()
    assert "lifelines found no maximum, so that there is no pair: Age group" in text
    compared, agreeing = crosscheck.rows(found, RowMaker(cohort.study.style, "survival", "treated"))
    assert (compared.value, agreeing.value) == (0, 0)
