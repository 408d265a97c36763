"""The order of the baseline table, and the levels that it shows."""

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.analyses import baseline
from helpers.analyses.baseline import described_variables
from helpers.ledger import Ledger, RowMaker
from helpers.study import load_study, read_cohort

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def routes():
    """A cohort with a derivation of which nobody is the remainder, and one whose rest is met."""
    return read_cohort(ROOT, load_study(ROOT, "fhrmm"))


def shown(cohort, name):
    ledger = Ledger("test", lambda: "cell")
    make = RowMaker(cohort.study.style, "baseline", "treated")
    described = baseline.describe(cohort, "treated", [name])
    ledger.record(baseline.rows(cohort.study, described, make, "baseline"))
    return baseline.table(cohort.study, ledger, {"treated": "baseline"}, [name]).to_text()


def test_a_grouping_stands_after_the_variable_that_it_groups(cohort):
    order = described_variables(cohort.study)
    assert order[: order.index("sex")] == ("age", "age_group")
    place = order.index("prior_lines")
    assert order[place + 1] == "prior_lines_group"
    assert order[-1] == "months_since_diagnosis"  # derived, and groups no variable of the table


def test_every_variable_that_asks_for_it_is_described_once(cohort):
    study = cohort.study
    asked = [n for part in (study.variables, study.derived) for n, v in part.items()
             if v.in_table_one]  # fmt: skip
    assert sorted(described_variables(study)) == sorted(asked)


def test_the_remainder_of_a_derivation_is_shown_only_where_somebody_is_in_it(routes):
    assert "Neither" not in shown(routes, "route")
    assert "No ASCT" in shown(routes, "asct_group")


def test_a_level_of_the_registry_stays_in_the_table_with_zero(routes):
    patients = routes.patients.assign(sex="male")
    assert "Female" in shown(replace(routes, patients=patients), "sex")
