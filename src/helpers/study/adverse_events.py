"""Reads the adverse-event table, and says when each patient's events are treatment-emergent."""

from __future__ import annotations

import re

import pandas as pd

from helpers.study.cleaning import Column, Log, Spelling, open_column, read_times
from helpers.study.definition import Study
from helpers.study.patients import ROW, identifiers
from helpers.study.schema.events import AdverseEvents
from helpers.study.spelling import folded
from helpers.study.tables import RawTable
from helpers.study.validation import check_adverse_events

UNKNOWN_PATIENT = "this patient is not in the patients table"
_GRADE = re.compile(r"(?:ctcae|grade|gr\.?|g|\s)*([0-9]+|[iv]+)(?:\.0)?\s*(?:级|級|度)?")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}


def read_adverse_events(
    table: RawTable, study: Study, patients: pd.Index, log: Log
) -> pd.DataFrame:
    """Read adverse events.

    Args:
        table: The table as text.
        study: The study; its ``adverse_events`` section names the classes.
        patients: Ids of the patients table.
        log: Where repairs and failures go.

    Returns:
        Columns patient, event_class (key), term (label), grade (float until all are valid) and
        start (date or day; missing where it was not recorded); the index is the source row.

    Raises:
        ManuscriptError: A column is not in the table.
    """
    assert study.adverse_events is not None
    names = table.source.columns
    ids = identifiers(table, log)
    orphans = ids.index[~ids.isin(patients) & ids.ne("")]
    log.fail(orphans, table.source.id, UNKNOWN_PATIENT)
    classes = {
        label: key for key, group in study.adverse_events.classes.items() for label in group.terms
    }
    terms = _terms(open_column(table, names["term"], study, log), study.adverse_events)
    grades = open_column(table, names["grade"], study, log).parsed(parse_grade)
    frame = pd.DataFrame(
        {
            "patient": ids,
            "event_class": terms.map(classes),
            "term": terms,
            "grade": grades.astype("float64"),
        }
    )
    if "start" in names:
        frame["start"] = read_times(open_column(table, names["start"], study, log), table, study)
    else:
        frame["start"] = float("nan") if study.counts_days else pd.NaT
    check_adverse_events(frame, names, log)
    return frame


def _terms(column: Column, events: AdverseEvents) -> pd.Series:
    known = {
        folded(word): label
        for group in events.classes.values()
        for label, words in group.terms.items()
        for word in (label, *words)
    }
    rule = "unknown adverse-event term: add its spelling in study.yml under adverse_events.classes"

    def read(text: str) -> Spelling:
        label = known.get(folded(text))
        return Spelling(failure=rule) if label is None else Spelling(label, form=text)

    return column.parsed(read)


def parse_grade(text: str) -> Spelling:
    """Read a grade: "3", "G3", "grade III", "3级" (whether it is 1 to 5 is checked later)."""
    found = _GRADE.fullmatch(folded(text))
    if found is None:
        return Spelling(failure="not a grade")
    digits = found.group(1)
    value = _ROMAN.get(digits) if digits.isalpha() else int(digits)
    if value is None:
        return Spelling(failure="not a grade")
    return Spelling(float(value), form=text)


def treatment_windows(patients: pd.DataFrame, study: Study, log: Log) -> pd.DataFrame | None:
    """Return the treatment-emergent window of every patient, both its days included.

    Args:
        patients: One row a patient, with the variables of the study.
        study: The study.
        log: Gets a failure for a patient whose window would end before it starts.

    Returns:
        Columns start and end (date or day; missing where not known), with the patients' index;
        None where the study has no window.
    """
    if study.adverse_events is None or study.adverse_events.window is None:
        return None
    window = study.adverse_events.window
    limits = [patients[name] for name in window.until]
    if not study.counts_days:
        limits.append(pd.Series(pd.Timestamp(study.data_cut), index=patients.index))
    if window.end is not None:
        after = window.days_after if study.counts_days else pd.Timedelta(days=window.days_after)
        limits.append(patients[window.end] + after)
    end = pd.concat(limits, axis=1).min(axis=1)
    windows = pd.DataFrame({"start": patients[window.start], "end": end})
    described = study.variables.get(window.start)
    column = window.start if described is None else described.column
    rule = "the treatment-emergent window ends before it starts"
    log.fail(list(patients.loc[windows["end"] < windows["start"], ROW]), column, rule)
    return windows
