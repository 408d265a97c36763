"""Reads the adverse-event table, and says when each patient's events are treatment-emergent."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from helpers.study.cleaning import (
    Column,
    Log,
    Spelling,
    numeric,
    open_column,
    read_times,
)
from helpers.study.definition import Study
from helpers.study.delimited import category
from helpers.study.patients import ROW, coded_identifiers
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
        Columns patient, event_class (key), term (label), these three Categorical, grade (float
        until all are valid) and start (date or day; missing where it was not recorded); the
        index is the source row.

    Raises:
        ManuscriptError: A column is not in the table.
    """
    assert study.adverse_events is not None
    names = table.source.columns
    ids = coded_identifiers(table, log)
    orphans = ids.index[~ids.isin(patients) & ids.ne("")]
    log.fail(orphans, table.source.id, UNKNOWN_PATIENT)
    classes = {
        label: key for key, group in study.adverse_events.classes.items() for label in group.terms
    }
    terms = _terms(open_column(table, names["term"], study, log), study.adverse_events)
    grades = numeric(open_column(table, names["grade"], study, log), parse_grade)
    frame = pd.DataFrame(
        {"patient": ids, "event_class": _classes(terms, classes), "term": terms, "grade": grades}
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

    labels = [label for group in events.classes.values() for label in group.terms]
    place = {label: at for at, label in enumerate(dict.fromkeys(labels))}
    codes, found = column.coded(read)
    of = np.array([place.get(label, -1) for label in found], dtype=np.intp)
    return pd.Series(category(of[codes], list(place)), index=column.text.index)


def _classes(terms: pd.Series, class_of: dict[str, str]) -> pd.Series:
    """Return the class of every term (Categorical)."""
    place = {key: at for at, key in enumerate(dict.fromkeys(class_of.values()))}
    of = np.array([*(place[class_of[term]] for term in terms.cat.categories), -1], dtype=np.intp)
    return pd.Series(category(of[terms.cat.codes.to_numpy()], list(place)), index=terms.index)


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
