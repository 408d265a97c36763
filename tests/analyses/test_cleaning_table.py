"""The table of what was repaired while reading, and of what was left as it stands."""

from dataclasses import replace

import pytest

from helpers.analyses.population import repair_table, rows
from helpers.ledger import RowMaker
from helpers.study.failures import Failure, Repairs

LATE = "an event after last contact: counted on its own day"


def lines(cohort):
    return [[cell.text for cell in row.cells] for row in repair_table(cohort).rows]


def test_what_stopped_nothing_stands_in_the_table_with_its_first_row(cohort):
    date = next(one for one in cohort.study.variables.values() if one.type == "date")
    left = [Failure("patients", row, date.column, LATE) for row in (14, 9)]
    before = lines(replace(cohort, unmapped=()))
    found = lines(replace(cohort, unmapped=tuple(left)))
    (added,) = [line for line in found if line not in before]
    assert added[:2] == ["Patients", date.label]
    assert added[2].endswith(f"{LATE} – 2 rows from row 9")
    single = lines(replace(cohort, unmapped=tuple(left[:1]), repairs=Repairs()))
    assert single == [["Patients", date.label, f"{LATE} – row 14"]]


def test_without_either_there_is_no_table(cohort):
    assert repair_table(replace(cohort, unmapped=(), repairs=Repairs())) is None


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("confidence_level", 0.95, "95"),
        ("confidence_level", 0.975, "97.5"),
        ("high_risk_months_from_transplant", 12, "12 months"),
        ("high_risk_months_from_transplant", 2.25, "2.25 months"),
    ],
)
def test_a_setting_is_printed_with_the_digits_that_it_was_set_with(cohort, name, value, words):
    study = cohort.study.with_settings(**{name: value})
    found = {
        row.key: row for row in rows(replace(cohort, study=study), RowMaker(study.style, "p", "x"))
    }
    assert found[f"setting.{name}"].value_words == words
