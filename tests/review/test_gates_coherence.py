"""The gate of coherence: clean on the seed studies, and it names what is corrupted."""

from __future__ import annotations

import pytest
from coherence_mutations import (
    ONE_FIELD,
    STUDIES,
    ledger_view,
    plant_some,
    problems,
    remembered,
    whole_row,
)


@pytest.fixture(scope="module", autouse=True)
def _quick():
    remembered()


@pytest.mark.parametrize("study", STUDIES)
def test_a_clean_record_has_no_error(study):
    assert not problems(ledger_view(study))


@pytest.mark.parametrize("study", STUDIES)
def test_it_names_the_row_in_which_one_field_was_changed(study):
    found = list(plant_some(ledger_view(study), ONE_FIELD, 110))
    assert len(found) > 100
    assert not [(one.kind, one.before.key) for one in found if not one.caught]


@pytest.mark.parametrize("study", STUDIES)
def test_it_names_most_rows_that_are_wrong_in_themselves_coherently(study):
    found = list(plant_some(ledger_view(study), {"row": whole_row}, 30))
    assert sum(one.caught for one in found) >= 0.6 * len(found)
