"""What the registry tables hold once they are read and typed, before anything is derived."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from helpers.study.adverse_events import read_adverse_events
from helpers.study.cleaning import Log
from helpers.study.definition import Study
from helpers.study.derivation import derive
from helpers.study.lines import Therapy, Treatments, in_lines, read_treatments
from helpers.study.patients import read_patients
from helpers.study.responses import read_responses
from helpers.study.tables import RawTable


@dataclass(frozen=True)
class Records:
    """The typed tables of a study.

    Attributes:
        patients: One row a patient (index: patient id), one column a variable, and ``row``.
        treatments: Drugs and procedures; None where the study has no such table.
        adverse_events: One row an event; None where the study has no such table.
        responses: One row an assessment; None where the study has no such table.
    """

    patients: pd.DataFrame
    treatments: Treatments | None = None
    adverse_events: pd.DataFrame | None = None
    responses: pd.DataFrame | None = None


def read_records(tables: dict[str, RawTable], study: Study, logs: dict[str, Log]) -> Records:
    """Read every table of a study.

    Args:
        tables: The tables as text, by name.
        study: The study.
        logs: Where the repairs and failures of each table go.

    Raises:
        ManuscriptError: A column is not in its table.
    """
    patients = read_patients(tables["patients"], study, logs["patients"])
    known = patients.index
    treatments = events = responses = None
    if "treatments" in tables:
        treatments = read_treatments(tables["treatments"], study, known, logs["treatments"])
    if "adverse_events" in tables:
        log = logs["adverse_events"]
        events = read_adverse_events(tables["adverse_events"], study, known, log)
    if "responses" in tables:
        responses = read_responses(tables["responses"], study, known, logs["responses"])
    return Records(patients, treatments, events, responses)


def derived(records: Records, study: Study) -> tuple[pd.DataFrame, Therapy | None]:
    """Return the patients with every derived variable, and the lines of therapy."""
    therapy = None if records.treatments is None else in_lines(records.treatments, study)
    return derive(records.patients, study, therapy, records.responses), therapy
