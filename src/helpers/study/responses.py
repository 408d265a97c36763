"""Reads the response table, one row an assessment, and takes best response and days from it."""

from __future__ import annotations

import pandas as pd

from helpers.imwg.assessments import course_table
from helpers.imwg.course import Rules
from helpers.study.adverse_events import UNKNOWN_PATIENT
from helpers.study.cleaning import Log, open_column, read_levels, read_times
from helpers.study.definition import Study
from helpers.study.patients import identifiers
from helpers.study.references.wording import assessment_spellings
from helpers.study.schema.response import Assessments, ResponseQuantity
from helpers.study.tables import RawTable

NO_DATE = "an assessment needs its date"
NOT_GRADED = "no category: taken as not evaluable"
REPEATED = "row repeats an earlier one: kept once"


def read_responses(table: RawTable, study: Study, patients: pd.Index, log: Log) -> pd.DataFrame:
    """Read response assessments.

    Args:
        table: The table as text.
        study: The study; further spellings are those of ``response.assessments.codes``.
        patients: Ids of the patients table.
        log: Where repairs and failures go: unknown patients and categories, an assessment
            without a date, two of one patient and day in different categories.

    Returns:
        Columns patient, date (or day) and response (Categorical over the IMWG categories); the
        index is the source row.

    Raises:
        ManuscriptError: A column is not in the table.
    """
    assert study.response is not None
    assert study.response.assessments is not None
    names = table.source.columns
    ids = identifiers(table, log)
    log.fail(ids.index[~ids.isin(patients) & ids.ne("")], table.source.id, UNKNOWN_PATIENT)
    spellings = assessment_spellings(study.response.assessments)
    column = open_column(table, names["response"], study, log)
    grades = read_levels(column, spellings, place="response.assessments.codes")
    dates = read_times(open_column(table, names["date"], study, log), table, study)
    failed = {failure.row for failure in log.failures}
    undated = dates.index[dates.isna()]
    log.fail([row for row in undated if row not in failed], names["date"], NO_DATE)
    blank = grades.index[grades.isna()]
    log.repair([row for row in blank if row not in failed], names["response"], NOT_GRADED)
    frame = pd.DataFrame({"patient": ids, "date": dates, "response": grades.fillna("NE")})
    return _one_a_day(frame, names["date"], log)


def _one_a_day(frame: pd.DataFrame, column: str, log: Log) -> pd.DataFrame:
    """Keep repeated rows once; two categories on one day are a failure that names both rows."""
    again = frame.duplicated()
    log.repair(frame.index[again], column, REPEATED)
    frame = frame[~again]
    known = frame[frame["date"].notna() & frame["patient"].ne("")]
    days = known.reset_index(names="row").groupby(["patient", "date"])["row"]
    first = days.transform("min").to_numpy()
    for row, earlier in zip(
        known.index[known.index != first], first[known.index != first], strict=True
    ):
        log.fail([row], column, f"another category on the day of row {earlier}")
    return frame


def check_assessments(
    responses: pd.DataFrame, study: Study, patients: pd.DataFrame, column: str, log: Log
) -> None:
    """Log every assessment of a patient after the day of death as a failure."""
    assert study.response is not None
    assert study.response.assessments is not None
    death = study.response.assessments.death
    if death is not None:
        died = responses["patient"].map(patients[death])
        log.fail(responses.index[responses["date"] > died], column, "assessed after death")


def response_quantity(
    responses: pd.DataFrame, quantity: ResponseQuantity, study: Study, patients: pd.DataFrame
) -> pd.Series:
    """Return one quantity of the assessments for every patient.

    Args:
        responses: Assessments, as :func:`read_responses` returns them.
        quantity: Which quantity.
        study: The study; its ``response.assessments`` says what counts.
        patients: One row a patient, with the variables that section names.

    Returns:
        Categorical over the IMWG categories for ``best``, else dates or days.
    """
    course = response_course(responses, study, patients)
    how = "confirmed" if quantity.confirmed else "unconfirmed"
    names = {"best": how, "first_response": f"first_{how}"}
    found: pd.Series = course[names.get(quantity.quantity, quantity.quantity)]
    return found


def response_course(responses: pd.DataFrame, study: Study, patients: pd.DataFrame) -> pd.DataFrame:
    """Return best response and its days, one row a patient; see ``imwg.assessments``."""
    assert study.response is not None
    assert study.response.assessments is not None
    rules = study.response.assessments
    window = pd.DataFrame({role: patients[name] for role, name in rules.times.items()})
    known = responses[responses["date"].notna() & responses["patient"].isin(patients.index)]
    days = known.rename(columns={"date": "day"})
    return course_table(days, window, confirmation_rules(rules))


def confirmation_rules(rules: Assessments) -> Rules:
    """Return what study.yml says about confirmation as the rules of the calculation."""
    return Rules(
        minimum_days=rules.minimum_days,
        nonevaluable_breaks=rules.nonevaluable_breaks,
        start_day_counts=rules.start_day_counts,
        unconfirmed_becomes=rules.unconfirmed_becomes,
        confirm_progression=rules.confirm_progression,
        progression_confirmed_by=tuple(rules.progression_confirmed_by),
        unconfirmed_progression=rules.unconfirmed_progression,
        recorded_progression_counts=rules.recorded_progression_counts,
    )
