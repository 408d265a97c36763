"""Time-to-event endpoints of the eligible patients, in months."""

from __future__ import annotations

import pandas as pd

from helpers.imwg import CATEGORIES
from helpers.study.cleaning import Log
from helpers.study.definition import Study
from helpers.study.derivation import DAYS_PER_MONTH
from helpers.study.failures import Failure
from helpers.study.lines import elapsed_days
from helpers.study.patients import ROW
from helpers.study.schema.survival import Endpoint

RESPONDERS = CATEGORIES[: CATEGORIES.index("PR") + 1]
LATE_EVENT = "an event after last contact: counted on its own day"


def endpoint_times(patients: pd.DataFrame, study: Study, name: str, log: Log) -> pd.DataFrame:
    """Return the times of one endpoint.

    Args:
        patients: Eligible patients.
        study: The study.
        name: Key of the endpoint.
        log: Gets a failure for a patient with a start but neither event nor last contact, and
            for one whose time would be negative.

    Returns:
        Index: patients whose start is known (of responders only, where the endpoint says so).
        Columns: months (float, 30.4375 days each) and event (bool).
    """
    endpoint = study.endpoints[name]
    known = patients[_at_risk(patients, study, endpoint)]
    event_day = known[endpoint.events].min(axis=1)
    event = event_day.notna()
    end = event_day.where(event, known[endpoint.censor])
    days = elapsed_days(known[endpoint.start], end)
    column = _column(study, endpoint.censor)
    rule = f"{endpoint.short}: neither event nor last contact is known"
    log.fail(list(known.loc[end.isna(), ROW]), column, rule)
    rule = f"{endpoint.short}: ends before {endpoint.start}"
    log.fail(list(known.loc[days < 0, ROW]), column, rule)
    return pd.DataFrame({"months": days / DAYS_PER_MONTH, "event": event.astype(bool)})


def response_start(study: Study) -> str | None:
    """Return the variable from which time to response counts; None without response.

    That of the assessments, else time zero of the endpoint that the survival plan names.
    """
    if study.response is None:
        return None
    if study.response.assessments is not None:
        return study.response.assessments.start
    return study.endpoints[study.survival.endpoint].start


def months_to_response(patients: pd.DataFrame, study: Study, log: Log) -> pd.Series | None:
    """Return the months from the start of therapy to first response, in responders.

    Args:
        patients: Eligible patients.
        study: The study.
        log: Gets a failure for a response before the start.

    Returns:
        Months (float) by patient, of those with PR or better for whom both days are known.
        None where the study names no day of first response.
    """
    start = response_start(study)
    if start is None or study.response is None or study.response.date is None:
        return None
    answered = patients[patients[study.response.best].isin(RESPONDERS)]
    days = elapsed_days(answered[start], answered[study.response.date])
    column = _column(study, study.response.date)
    log.fail(list(answered.loc[days < 0, ROW]), column, f"first response before {start}")
    return (days / DAYS_PER_MONTH).dropna()


def late_events(patients: pd.DataFrame, study: Study) -> tuple[Failure, ...]:
    """Return the events that are recorded after the last contact of their patient."""
    found: dict[Failure, None] = {}
    for endpoint in study.endpoints.values():
        for event in endpoint.events:
            late = patients[event] > patients[endpoint.censor]
            for row in patients.loc[late, ROW]:
                failure = Failure("patients", int(row), _column(study, event), LATE_EVENT)
                found.setdefault(failure)
    return tuple(found)


def _column(study: Study, name: str) -> str:
    return study.variables[name].column if name in study.variables else name


def _at_risk(patients: pd.DataFrame, study: Study, endpoint: Endpoint) -> pd.Series:
    started = patients[endpoint.start].notna()
    if not endpoint.responders_only:
        return started
    assert study.response is not None
    return started & patients[study.response.best].isin(RESPONDERS)
