"""Reads the patients table: one row a patient, typed, each patient once."""

from __future__ import annotations

import pandas as pd

from helpers.study.cleaning import Log, read_variable, tidied
from helpers.study.definition import Study
from helpers.study.tables import RawTable
from helpers.study.validation import check_patients

ID = "patient"
ROW = "row"


def read_patients(table: RawTable, study: Study, log: Log) -> pd.DataFrame:
    """Read, validate and deduplicate the patients table.

    Args:
        table: The patients table as text.
        study: The study.
        log: Where repairs and failures go.

    Returns:
        Index: patient id (text), in the order of the source. One column per variable, and
        ``row``: the row in the source. A row whose id is missing or whose patient already
        stands with other values is left out; it is in the log as a failure.

    Raises:
        ManuscriptError: A column is not in the table.
    """
    ids = identifiers(table, log)
    columns = {name: read_variable(table, name, study, log) for name in study.variables}
    frame = pd.DataFrame({ID: ids, **columns})
    check_patients(frame[list(columns)], study, log)
    frame = frame[frame[ID].ne("")]
    frame = _each_once(frame, table, log)
    return frame.assign(**{ROW: frame.index}).set_index(ID)


def identifiers(table: RawTable, log: Log) -> pd.Series:
    """Return the patient id of every row (text); a blank one is logged as a failure."""
    return coded_identifiers(table, log).astype(object)


def coded_identifiers(table: RawTable, log: Log) -> pd.Series:
    """Return the same as Categorical, for a table that has far more rows than patients."""
    column = table.source.id
    ids = tidied(table.column(column), column, log)
    log.fail(ids.index[ids.eq("")], column, "the patient's id is missing")
    return ids


def _each_once(frame: pd.DataFrame, table: RawTable, log: Log) -> pd.DataFrame:
    column = table.source.id
    again = frame.duplicated()
    log.repair(frame.index[again], column, "row repeats an earlier one: kept once")
    frame = frame[~again]
    conflicting = frame[ID].duplicated()
    if not conflicting.any():
        return frame
    first = frame[~conflicting].reset_index().set_index(ID)["index"]
    for row, patient in frame.loc[conflicting, ID].items():
        rule = f"the patient of row {first[patient]} again, with other values"
        log.fail([int(str(row))], column, rule)
    return frame[~conflicting]
