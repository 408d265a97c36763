"""Checks typed registry tables against the rules of the study, all at once (pandera, lazy)."""

from __future__ import annotations

import warnings

import pandas as pd
import pandera.pandas as pa

from helpers.study.cleaning import Log
from helpers.study.definition import Study
from helpers.study.schema.variable import Variable

MISSING = "a required value is missing"


def patients_schema(study: Study) -> pa.DataFrameSchema:
    """Return the schema of the typed patients table: ranges, and values that are required."""
    return pa.DataFrameSchema(
        {name: _column(variable) for name, variable in study.variables.items()}
    )


def _column(variable: Variable) -> pa.Column:
    checks = []
    if variable.minimum is not None:
        error = f"below the minimum {variable.minimum:g}"
        checks.append(pa.Check.ge(variable.minimum, error=error))
    if variable.maximum is not None:
        error = f"above the maximum {variable.maximum:g}"
        checks.append(pa.Check.le(variable.maximum, error=error))
    return pa.Column(None, checks=checks, nullable=not variable.required)


def check_patients(frame: pd.DataFrame, study: Study, log: Log) -> None:
    """Log every value of the patients table that breaks a rule.

    Args:
        frame: One typed column per variable; the index is the row in the source.
        study: The study.
        log: Where failures go. A cell that already failed is not reported as missing too.
    """
    columns = {name: variable.column for name, variable in study.variables.items()}
    _check(patients_schema(study), frame, columns, log)


def adverse_events_schema() -> pa.DataFrameSchema:
    """Return the schema of typed adverse events: a term, and a grade from 1 to 5."""
    grades = pa.Check.isin([1, 2, 3, 4, 5], error="a grade is a whole number from 1 to 5")
    return pa.DataFrameSchema(
        {"term": pa.Column(None, nullable=False), "grade": pa.Column(float, checks=[grades])}
    )


def check_adverse_events(frame: pd.DataFrame, columns: dict[str, str], log: Log) -> None:
    """Log every adverse event without a known term or grade.

    Args:
        frame: Columns ``term`` and ``grade``; the index is the row in the source.
        columns: Our name to the source's column name.
        log: Where failures go.
    """
    _check(adverse_events_schema(), frame[["term", "grade"]], columns, log)


def _check(
    schema: pa.DataFrameSchema, frame: pd.DataFrame, columns: dict[str, str], log: Log
) -> None:
    if frame.empty:
        return
    failed = {(failure.row, failure.column) for failure in log.failures}
    try:
        with warnings.catch_warnings():
            # pandera joins its failure cases in a way that pandas is about to change
            warnings.simplefilter("ignore", FutureWarning)
            schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as broken:
        cases = broken.failure_cases
        for name, check, row in zip(cases["column"], cases["check"], cases["index"], strict=True):
            column = columns[name]
            rule = MISSING if check == "not_nullable" else str(check)
            if (int(row), column) not in failed:
                log.fail([int(row)], column, rule)
