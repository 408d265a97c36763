"""The order of the baseline table."""

from helpers.analyses.baseline import described_variables


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
