"""Reads the response table: one row an assessment, with its day and IMWG category."""

from __future__ import annotations

import pandas as pd

from helpers.imwg import CATEGORIES, SPELLINGS
from helpers.study.adverse_events import UNKNOWN_PATIENT
from helpers.study.cleaning import Log, open_column, read_levels, read_times
from helpers.study.definition import Study
from helpers.study.patients import identifiers
from helpers.study.tables import RawTable


def read_responses(table: RawTable, study: Study, patients: pd.Index, log: Log) -> pd.DataFrame:
    """Read response assessments.

    Args:
        table: The table as text.
        study: The study; further spellings are those of its best-response variable.
        patients: Ids of the patients table.
        log: Where repairs and failures go.

    Returns:
        Columns patient, date (or day) and response (Categorical over the IMWG categories); the
        index is the source row.

    Raises:
        ManuscriptError: A column is not in the table.
    """
    names = table.source.columns
    ids = identifiers(table, log)
    log.fail(ids.index[~ids.isin(patients) & ids.ne("")], table.source.id, UNKNOWN_PATIENT)
    best = study.response.best if study.response else None
    codes = study.variables[best].codes if best else {}
    spellings = {c: (c, *SPELLINGS[c], *codes.get(c, ())) for c in CATEGORIES}
    column = open_column(table, names["response"], study, log)
    return pd.DataFrame(
        {
            "patient": ids,
            "date": read_times(open_column(table, names["date"], study, log), table, study),
            "response": read_levels(column, spellings, place=f"variables.{best}.codes"),
        }
    )
