"""From registry tables to the cohort that is analysed: read, check, derive, select."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from helpers.errors import ManuscriptError
from helpers.study.adverse_events import treatment_windows
from helpers.study.cleaning import Log
from helpers.study.conditions import fulfilled
from helpers.study.data_cut import (
    AFTER_CUT,
    Censoring,
    Notes,
    after_data_cut,
    as_of_cut,
    starts_later,
)
from helpers.study.definition import Study
from helpers.study.eligibility import FlowStep, apply_eligibility, check_date_order
from helpers.study.endpoints import endpoint_times, late_events, months_to_response
from helpers.study.failures import Failure, InvalidTables, Repairs
from helpers.study.lines import Therapy
from helpers.study.loading import DEFINITION
from helpers.study.patients import ROW
from helpers.study.records import Records, derived, read_records
from helpers.study.responses import check_assessments, response_course
from helpers.study.tables import (
    declared,
    needed_columns,
    read_table,
    shown_path,
    table_paths,
)


@dataclass(frozen=True)
class Cohort:
    """The patients who are analysed, and how they came to be.

    Attributes:
        study: What the study is.
        patients: Eligible patients; index: patient id (text), in the order of the source. One
            column per variable and derived variable: Categorical over level keys (yes_no,
            categories, response), float64 (numbers, days), datetime64[ns] (dates), objects
            (text).
        populations: Population key to booleans over ``patients``.
        times: Endpoint key to months (float) and event (bool) of the eligible patients whose
            start is known; a month is 30.4375 days.
        adverse_events: One row an event of an eligible patient: patient, event_class (key),
            term (label), grade (int, 1 to 5), start. None where none were collected.
        lines: One row per eligible patient and line: patient, line, start, end, agents (tuple
            of keys). None where the study has no treatments table.
        flow: From all patients of the source to the eligible ones.
        repairs: Everything that was mended while reading.
        unmapped: What was left out or stands oddly without stopping the build.
        data_hash: First 16 hex digits of the SHA-256 over study.yml and the tables.
        responses: One row an assessment of an eligible patient: patient, date, response. None
            where the study has no responses table.
        course: One row an eligible patient: best response by the assessments, unconfirmed and
            confirmed, and its days (columns: ``statistics.best_response``). None without them.
        months_to_response: Months to first response, of responders whose day of response and
            start are known. None where the study has no day of response.
        windows: Treatment-emergent window of every eligible patient: start and end. None where
            the study declares none.
        censoring: What was changed and what could not be dated where the study is censored at
            its data cut; None where it is not.
    """

    study: Study
    patients: pd.DataFrame
    populations: dict[str, pd.Series]
    times: dict[str, pd.DataFrame]
    adverse_events: pd.DataFrame | None
    lines: pd.DataFrame | None
    flow: tuple[FlowStep, ...]
    repairs: Repairs
    unmapped: tuple[Failure, ...]
    data_hash: str
    responses: pd.DataFrame | None = None
    course: pd.DataFrame | None = None
    months_to_response: pd.Series | None = None
    windows: pd.DataFrame | None = None
    censoring: Censoring | None = None

    @property
    def later_dates(self) -> int:
        """How many dates after the data cut were taken as they stand."""
        return sum(one.rule == AFTER_CUT for one in self.unmapped)


def read_cohort(root: Path, study: Study, *, source: Path | None = None) -> Cohort:
    """Read the registry tables of a study into the cohort that is analysed.

    Args:
        root: The project's folder.
        study: The study, as ``load_study`` returns it, with the settings in force.
        source: Folder that holds the tables in place of ``data/<study>/``.

    Raises:
        ManuscriptError: A table or column is missing, a file is not what it should be, or
            nobody is eligible.
        InvalidTables: Values break rules: all of them at once, by table, row and column.
    """
    paths = table_paths(root, study, source)
    where = {name: shown_path(path, root) for name, path in paths.items()}
    tables = {
        name: read_table(paths[name], name, table, where=where[name])
        for name, table in declared(study).items()
    }
    for name, table in tables.items():
        table.require(needed_columns(study, name))
    logs = {name: Log(name, table.repairs) for name, table in tables.items()}
    known = _known(read_records(tables, study, logs), study, logs)
    patients, therapy, assessed = known.patients, known.therapy, known.records.responses
    check_date_order(patients, study, logs["patients"])
    if assessed is not None:
        column = tables["responses"].source.columns["date"]
        check_assessments(assessed, study, patients, column, logs["responses"])
    _stop_on_failures(logs, study)
    eligible, flow = apply_eligibility(patients, study, known.later)
    if eligible.empty:
        raise _nobody(flow, where["patients"])
    times = {n: endpoint_times(eligible, study, n, logs["patients"]) for n in study.endpoints}
    to_response = months_to_response(eligible, study, logs["patients"])
    windows = treatment_windows(eligible, study, logs["patients"])
    _stop_on_failures(logs, study)
    return Cohort(
        study=study,
        patients=eligible.drop(columns=ROW),
        populations={k: fulfilled(p.where, eligible) for k, p in study.populations.items()},
        times=times,
        adverse_events=_events_of(known.records.adverse_events, eligible.index),
        lines=_of(therapy.lines if therapy else None, eligible.index),
        flow=flow,
        repairs=sum((log.repairs for log in logs.values()), Repairs()),
        unmapped=(
            *(therapy.unmapped if therapy else ()),
            *late_events(eligible, study),
            *after_data_cut(known.records, eligible.index, study),
        ),
        data_hash=_data_hash(root / "data" / study.id / DEFINITION, paths),
        responses=_of(assessed, eligible.index),
        course=None if assessed is None else response_course(assessed, study, eligible),
        months_to_response=to_response,
        windows=windows,
        censoring=None if known.notes is None else known.notes.of(eligible.index),
    )


@dataclass(frozen=True)
class _Known:
    """What is analysed, before anybody leaves: the tables, what is derived, and who starts late."""

    records: Records
    patients: pd.DataFrame
    therapy: Therapy | None
    later: pd.Series | None = None
    notes: Notes | None = None


def _known(records: Records, study: Study, logs: dict[str, Log]) -> _Known:
    """Return everything as the tables hold it, or as they would have at the data cut."""
    whole, therapy = derived(records, study)
    if not study.censored:
        return _Known(records, whole, therapy)
    cut, notes = as_of_cut(records, whole, study, logs.get("adverse_events"))
    patients, therapy = derived(cut, study)
    return _Known(cut, patients, therapy, starts_later(whole, patients, study), notes)


def _stop_on_failures(logs: dict[str, Log], study: Study) -> None:
    failures = [failure for log in logs.values() for failure in log.failures]
    if failures:
        raise InvalidTables.of(failures, where=f"study {study.id}")


def _nobody(flow: tuple[FlowStep, ...], where: str) -> ManuscriptError:
    if flow[0].remaining == 0:
        return ManuscriptError(
            "the patients table holds no patient", where=where, remedy="export it anew"
        )
    steps = "; ".join(f"{step.label}: {step.excluded} excluded" for step in flow[1:])
    return ManuscriptError(
        f"nobody is eligible: of {flow[0].remaining} patients none is left ({steps})",
        where=where,
        remedy="see `eligibility` and `date_order` in study.yml",
    )


def _of(table: pd.DataFrame | None, patients: pd.Index) -> pd.DataFrame | None:
    if table is None:
        return None
    own = table["patient"].isin(patients)
    return (table if own.all() else table[own]).reset_index(drop=True)


def _events_of(events: pd.DataFrame | None, patients: pd.Index) -> pd.DataFrame | None:
    chosen = _of(events, patients)
    return None if chosen is None else chosen.astype({"grade": "int8"})


def _data_hash(definition: Path, paths: dict[str, Path]) -> str:
    digest = hashlib.sha256()
    for name, path in {"study.yml": definition, **paths}.items():
        digest.update(f"{name} {path.stat().st_size}\n".encode())
        with path.open("rb") as handle:
            while chunk := handle.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()[:16]


def analysis_table(cohort: Cohort) -> pd.DataFrame:
    """Return the analysis table: one row an eligible patient.

    Columns are the variables, ``population_<key>`` (bool) for every population, and
    ``<endpoint>_months`` and ``<endpoint>_event`` (missing where a patient has no time).
    """
    table = cohort.patients.copy()
    for key, member in cohort.populations.items():
        table[f"population_{key}"] = member
    for key, times in cohort.times.items():
        table[f"{key}_months"] = times["months"].reindex(table.index)
        table[f"{key}_event"] = times["event"].astype("boolean").reindex(table.index)
    return table
