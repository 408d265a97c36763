"""Response by subgroup: what the figure says to those who cannot see it."""

from helpers.analyses import response
from helpers.ledger import RowMaker


def test_the_alternative_text_names_the_variable_of_every_level(cohort, ledger):
    study, population = cohort.study, cohort.study.settings.response_population
    make = RowMaker(study.style, "response", population)
    rates = response.overall(cohort, population)
    ledger.record(response.overall_rows(rates, make, "response", basis=None))
    contrasts = response.by_subgroup(cohort, population)
    ledger.record(response.subgroup_rows(contrasts, make))
    alt = response.forest_drawing(study, contrasts, ledger).alt
    assert "Age group: <63 years 72.2%, ≥63 years 40.0%;" in alt
    assert "Extramedullary disease: Yes 62.5%, No 42.9%;" in alt
