"""The data cut: dates that lie after it, and the tables as they would have stood on that day.

Nothing is guessed: what has a date follows from it; what has none and may have been learned later
stays and is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pandas as pd

from helpers.study.cleaning import Log
from helpers.study.definition import Study
from helpers.study.endpoints import RESPONDERS
from helpers.study.failures import Failure, Place, Repairs
from helpers.study.lines import Treatments
from helpers.study.patients import ROW
from helpers.study.records import Records
from helpers.study.schema.response import ResponseRules

AFTER_CUT = "a date after the data_cut of study.yml: taken as it stands"
NOT_YET = "after the data cut: not yet known"
BECOMES_CUT = "after the data cut: becomes the data cut"
FOLLOWED = "not recorded, with an event after the data cut: becomes the data cut"
NOT_EVALUABLE = "first response or progression after the data cut: not evaluable by then"
AS_BEFORE = "changed after the data cut: as it was before"
STARTS_LATER = "starts after the data cut: left out"
LATER_LINE = "of a line that starts after the data cut: left out"
STILL_OPEN = "ends after the data cut: open"
ENDS_AT_CUT = "ends after the data cut: ends there"
ASSESSED_LATER = "assessed after the data cut: left out"
UNDATED = "without a day, of a patient followed beyond the data cut: kept as it stands"
FATAL_LATER = (
    "grade 5 of a patient who died after the data cut: enter the grade by that day, or take the "
    "event out"
)


def after_data_cut(records: Records, patients: pd.Index, study: Study) -> tuple[Failure, ...]:
    """Return the dates of these patients that lie after the day the data were frozen."""
    cut = pd.Timestamp(study.data_cut)
    own = records.patients.loc[patients]
    found = [
        Failure("patients", int(row), column, AFTER_CUT)
        for name, column in _dates(study).items()
        for row in own.loc[own[name] > cut, ROW]
    ]
    for table, columns, rows in () if study.counts_days else _dated(records, study):
        of_them = rows[rows["patient"].isin(patients)]
        for name, column in columns.items():
            later = of_them.index[of_them[name] > cut]
            found += [Failure(table, int(row), column, AFTER_CUT) for row in later]
    return tuple(found)


def _dated(records: Records, study: Study) -> Iterator[tuple[str, dict[str, str], pd.DataFrame]]:
    """Yield each table of dated rows: its name, what it dates with its columns, its rows."""
    treatments = None if records.treatments is None else records.treatments.rows
    for table, source, names, rows in (
        ("treatments", study.tables.treatments, ("start", "end"), treatments),
        ("adverse_events", study.tables.adverse_events, ("start",), records.adverse_events),
        ("responses", study.tables.responses, ("date",), records.responses),
    ):
        if source is not None and rows is not None:
            yield table, {n: source.columns[n] for n in names if n in source.columns}, rows


@dataclass(frozen=True)
class Censoring:
    """What censoring at the data cut meant for the eligible patients.

    Attributes:
        changed: Cells that were changed and rows that were left out, with the rule.
        undated: Cells and rows that stayed although they may tell of a later day.
        changed_patients: Patients of whom anything was changed or left out.
        undated_patients: Patients of whom anything undated stayed.
    """

    changed: Repairs
    undated: Repairs
    changed_patients: int
    undated_patients: int


@dataclass
class Notes:
    """What was changed or could not be dated, gathered while the tables are gone through."""

    _changed: list[_Note] = field(default_factory=list)
    _undated: list[_Note] = field(default_factory=list)

    def change(self, table: str, column: str, rule: str, rows: pd.DataFrame) -> None:
        """Note cells that were changed, or rows that were left out, of a table's ``rows``."""
        self._changed.append(_Note.of(table, column, rule, rows))

    def stay(self, table: str, column: str, rows: pd.DataFrame) -> None:
        """Note cells or rows of a table that have no day and stay."""
        self._undated.append(_Note.of(table, column, UNDATED, rows))

    def of(self, patients: pd.Index) -> Censoring:
        """Return what concerns these patients."""
        changed, undated = (
            [note.among(patients) for note in notes] for notes in (self._changed, self._undated)
        )
        return Censoring(
            changed=sum((note.repairs for note in changed), Repairs()),
            undated=sum((note.repairs for note in undated), Repairs()),
            changed_patients=len(set().union(*(note.patients for note in changed))),
            undated_patients=len(set().union(*(note.patients for note in undated))),
        )


@dataclass(frozen=True)
class _Note:
    """One rule in one column: the rows that it was applied to, and whose they are."""

    place: Place
    rows: pd.Index
    patients: pd.Index

    @classmethod
    def of(cls, table: str, column: str, rule: str, rows: pd.DataFrame) -> _Note:
        place = (table, column, rule)
        if ROW in rows:
            return cls(place, pd.Index(rows[ROW]), rows.index)
        return cls(place, rows.index, pd.Index(rows["patient"]))

    @property
    def repairs(self) -> Repairs:
        table, column, rule = self.place
        return Repairs.of(table, self.rows, column, rule)

    def among(self, patients: pd.Index) -> _Note:
        own = self.patients.isin(patients)
        return replace(self, rows=self.rows[own], patients=self.patients[own].unique())


def as_of_cut(
    records: Records, whole: pd.DataFrame, study: Study, log: Log | None
) -> tuple[Records, Notes]:
    """Return the tables as a registry frozen on the day of the data cut would have held them.

    Args:
        records: The tables as they are.
        whole: Their patients with every derived variable.
        study: The study, which counts in dates.
        log: Of the table of adverse events: gets a failure for an event of grade 5 whose
            patient died after the cut.

    Returns:
        The tables, and notes on what was changed and on what could not be dated.
    """
    notes = Notes()
    cut = pd.Timestamp(study.data_cut)
    beyond = _beyond(records, study, cut)
    patients = records.patients.copy()
    for name, column in _dates(study).items():
        later = patients[name] > cut
        contact = any(name == endpoint.censor for endpoint in study.endpoints.values())
        rule = BECOMES_CUT if contact else NOT_YET
        notes.change("patients", column, rule, patients[later])
        kept = patients[name].where(~later)
        patients[name] = kept.mask(later, cut) if contact else kept
    _fill_last_contact(patients, whole, study, notes)
    _put_back(patients, whole, study, beyond, notes)
    _name_undated(patients, whole, study, beyond, notes)
    treatments, events = records.treatments, records.adverse_events
    if treatments is not None:
        treatments = _treatments(treatments, study, beyond, notes)
    if events is not None:
        assert log is not None
        events = _adverse_events(events, study, beyond, notes)
        _refuse_fatal(events, whole, study, log)
    assessed = records.responses
    if assessed is not None:
        assert study.tables.responses is not None
        later = assessed["date"] > cut
        column = study.tables.responses.columns["date"]
        notes.change("responses", column, ASSESSED_LATER, assessed[later])
        assessed = assessed[~later]
    return Records(patients, treatments, events, assessed), notes


def starts_later(whole: pd.DataFrame, known: pd.DataFrame, study: Study) -> pd.Series:
    """Return whose time zero was not known on the day of the data cut, although it is now.

    Args:
        whole: Patients with every derived variable, by all that the tables hold.
        known: The same by what was known on that day.
        study: The study; time zero is that of the endpoint that its survival plan names.
    """
    zero = study.endpoints[study.survival.endpoint].start
    return whole[zero].notna() & known[zero].isna()


def _dates(study: Study) -> dict[str, str]:
    """Return the calendar dates among the variables, with their columns."""
    return {name: v.column for name, v in study.variables.items() if v.type == "date"}


def _beyond(records: Records, study: Study, cut: pd.Timestamp) -> pd.Index:
    """Return the patients of whom anything is dated after the data cut."""
    dated = records.patients[list(_dates(study))]
    found = set(records.patients.index[(dated > cut).any(axis=1)])
    for _, columns, rows in _dated(records, study):
        later = (rows[list(columns)] > cut).any(axis=1)
        found |= set(rows.loc[later, "patient"].unique())
    return pd.Index(list(found), dtype=object)


def _fill_last_contact(
    patients: pd.DataFrame, whole: pd.DataFrame, study: Study, notes: Notes
) -> None:
    """Put the cut where the last contact is blank and only a later event said who was followed."""
    cut = pd.Timestamp(study.data_cut)
    for endpoint in study.endpoints.values():
        event = (whole[endpoint.events] > cut).any(axis=1)
        blank = patients[endpoint.censor].isna() & event
        column = study.variables[endpoint.censor].column
        notes.change("patients", column, FOLLOWED, patients[blank])
        patients[endpoint.censor] = patients[endpoint.censor].mask(blank, cut)


def _put_back(
    patients: pd.DataFrame, whole: pd.DataFrame, study: Study, beyond: pd.Index, notes: Notes
) -> None:
    """Put back undated values that dates prove to be of a later day; name responses that stay."""
    cut = pd.Timestamp(study.data_cut)
    for name, since in _changing(study).items():
        before, after = study.levels(name)
        later = patients[name].eq(after) & whole[since].gt(cut)
        notes.change("patients", study.variables[name].column, AS_BEFORE, patients[later])
        patients[name] = patients[name].mask(later, before)
    rules = study.response
    if rules is None:
        return
    nowhere = pd.Series(pd.NaT, index=patients.index)
    first = whole[rules.date] if rules.date is not None else nowhere
    ended = whole[_events(study, "pfs")].min(axis=1) if _events(study, "pfs") else nowhere
    closing = _events(study, "pfs", "os", "dor", "ttnt")
    closed = (whole[closing] <= cut).any(axis=1)
    for name in _responses(rules, study):
        column = study.variables[name].column
        grade = patients[name]
        later = (grade.isin(RESPONDERS) & first.gt(cut)) | (grade.eq("PD") & ended.gt(cut))
        notes.change("patients", column, NOT_EVALUABLE, patients[later])
        reached = grade.eq("PR") & first.le(cut)
        dated = later | closed | reached | grade.isna() | grade.eq("NE")
        notes.stay("patients", column, patients[~dated & patients.index.isin(beyond)])
        patients[name] = grade.mask(later, "NE")


def _events(study: Study, *kinds: str) -> list[str]:
    """Return the events of the endpoints of these kinds, each once."""
    chosen = [e.events for e in study.endpoints.values() if e.kind in kinds]
    return list(dict.fromkeys(event for events in chosen for event in events))


def _deaths(study: Study) -> list[str]:
    """Return the variables that hold a day of death: events of survival, and of the assessments."""
    rules = None if study.response is None else study.response.assessments
    assessed = [rules.death] if rules is not None and rules.death is not None else []
    return list(dict.fromkeys([*_events(study, "os"), *assessed]))


def _responses(rules: ResponseRules, study: Study) -> list[str]:
    """Return the variables that hold a recorded best response."""
    names = dict.fromkeys((rules.best, rules.recorded))
    return [name for name in names if name is not None and name in study.variables]


def _changing(study: Study) -> dict[str, str]:
    """Return the recorded groupings that change on a day, and the variable with that day."""
    curves = study.survival.curves
    return {
        curve.variable: curve.since
        for curve in curves
        if curve.since is not None and curve.variable in study.variables
    }


def _name_undated(
    patients: pd.DataFrame, whole: pd.DataFrame, study: Study, beyond: pd.Index, notes: Notes
) -> None:
    """Name the values known only on treatment that no date places."""
    graded = [] if study.response is None else _responses(study.response, study)
    changing = _changing(study)
    followed = pd.Series(patients.index.isin(beyond), index=patients.index)
    for name, variable in study.variables.items():
        if variable.type == "date" or variable.known_at == "baseline" or name in graded:
            continue
        undated = patients[name].notna() & followed
        if name in changing:
            before = next(iter(study.levels(name)))
            undated &= patients[name].ne(before) & whole[changing[name]].isna()
        notes.stay("patients", variable.column, patients[undated])


def _treatments(treatments: Treatments, study: Study, beyond: pd.Index, notes: Notes) -> Treatments:
    """Return the treatments that had begun, those that went on without an end."""
    assert study.tables.treatments is not None
    assert study.lines is not None
    cut = pd.Timestamp(study.data_cut)
    names, rows = study.tables.treatments.columns, treatments.rows
    later = rows["start"] > cut
    undated = rows["start"].isna() & ~(rows["end"] <= cut)
    following = undated & rows["line"].ge(_first_later_line(rows, cut))
    notes.change("treatments", names["start"], STARTS_LATER, rows[later])
    notes.change("treatments", names.get("line", names["start"]), LATER_LINE, rows[following])
    undated &= ~following & rows["line"].notna() & rows["patient"].isin(beyond)
    notes.stay("treatments", names["start"], rows[undated])
    rows = rows[~later & ~following]
    going_on = rows["end"] > cut
    once = study.lines.rules is not None and study.lines.rules.missing_end == "start"
    if "end" in names:
        rule = ENDS_AT_CUT if once else STILL_OPEN
        notes.change("treatments", names["end"], rule, rows[going_on])
    end = rows["end"].where(~going_on)
    rows = rows.assign(end=end.mask(going_on, cut) if once else end)
    kept = tuple(failure for failure in treatments.unmapped if failure.row in rows.index)
    return replace(treatments, rows=rows, unmapped=kept)


def _first_later_line(rows: pd.DataFrame, cut: pd.Timestamp) -> pd.Series:
    """Return, row by row, the patient's first line by number that starts after the cut."""
    start = rows.groupby(["patient", "line"])["start"].transform("min")
    return rows["line"].where(start > cut).groupby(rows["patient"]).transform("min")


def _adverse_events(
    events: pd.DataFrame, study: Study, beyond: pd.Index, notes: Notes
) -> pd.DataFrame:
    """Return the adverse events that had begun, with those of an unknown day."""
    assert study.tables.adverse_events is not None
    assert study.adverse_events is not None
    names = study.tables.adverse_events.columns
    column = names.get("start", names["term"])
    later = events["start"] > pd.Timestamp(study.data_cut)
    notes.change("adverse_events", column, STARTS_LATER, events[later])
    window = study.adverse_events.window
    if window is None or window.undated == "counted":
        undated = events["start"].isna() & events["patient"].isin(beyond)
        notes.stay("adverse_events", column, events[undated])
    return events[~later]


def _refuse_fatal(events: pd.DataFrame, whole: pd.DataFrame, study: Study, log: Log) -> None:
    """Log the events of grade 5 of patients who were alive on the day of the data cut."""
    assert study.tables.adverse_events is not None
    cut = pd.Timestamp(study.data_cut)
    death = _deaths(study)
    zero = study.endpoints[study.survival.endpoint].start
    alive = whole.index[(whole[death] > cut).any(axis=1) & whole[zero].le(cut)]
    fatal = events["grade"].eq(5) & events["patient"].isin(alive)
    log.fail(events.index[fatal], study.tables.adverse_events.columns["grade"], FATAL_LATER)
