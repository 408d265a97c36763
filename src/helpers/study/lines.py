"""Reads the treatments table, has its rows become lines of therapy, and takes quantities from them.

A recorded line number counts; patients without any get their lines from the gap and overlap rules
of ``study.yml``. Out of scope: those rules themselves (``helpers.statistics.therapy_lines``).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from helpers.statistics import therapy_lines as course
from helpers.study.adverse_events import UNKNOWN_PATIENT
from helpers.study.cleaning import Column, Log, Spelling, open_column, parse_number, read_times
from helpers.study.definition import Study
from helpers.study.failures import Failure
from helpers.study.patients import identifiers
from helpers.study.schema.section import YES_NO
from helpers.study.schema.therapy import LineQuantity, Lines
from helpers.study.spelling import folded
from helpers.study.tables import RawTable

NO_LINE = "names no line of therapy: left out of the lines"
NO_START = "has no start, which would place it in a line: left out of the lines"
NO_AGENT = "names neither agent nor procedure: left out of the lines"
NO_PROCEDURE = "a treatment type that is no procedure of study.yml: only the agent is used"


@dataclass(frozen=True)
class Therapy:
    """Treatments of all patients.

    Attributes:
        rows: One row per drug or procedure with a line: patient, line (int), agent (key or
            missing), procedure (key or None), start and end (date or day). By rule, a drug that
            goes on into the next line has a row in each.
        lines: One row per patient and line, ordered by both: patient, line, start, end, agents
            (tuple of agent keys, sorted). ``start`` is the first start and ``end`` the last end
            among the line's drugs; among its procedures where it has no drug.
        unmapped: Rows that were left out, and parts of rows that were not used.
    """

    rows: pd.DataFrame
    lines: pd.DataFrame
    unmapped: tuple[Failure, ...]


@dataclass(frozen=True)
class Treatments:
    """The treatments table as it was read, before its rows have lines.

    Attributes:
        rows: One row per drug or procedure: patient, line (float, missing where none was
            recorded), agent (key or missing), procedure (key or None), start and end (date or
            day); the index is the source row.
        unmapped: Parts of rows that were not used.
    """

    rows: pd.DataFrame
    unmapped: tuple[Failure, ...]


def read_treatments(table: RawTable, study: Study, patients: pd.Index, log: Log) -> Treatments:
    """Read the treatments table.

    Args:
        table: The table as text.
        study: The study; its ``lines`` section names agents, procedures and line words.
        patients: Ids of the patients table.
        log: Where repairs and failures go: unknown agents, line words and patients, and drugs
            that end before they start. Such rows are not among those returned.

    Raises:
        ManuscriptError: A column is not in the table.
    """
    assert study.lines is not None
    names = table.source.columns
    ids = identifiers(table, log)
    log.fail(ids.index[~ids.isin(patients) & ids.ne("")], table.source.id, UNKNOWN_PATIENT)
    dropped: list[Failure] = []
    treated = _treatments(table, study, log, dropped)
    line = pd.Series(float("nan"), index=ids.index)
    if "line" in names:
        line = _line_numbers(open_column(table, names["line"], study, log), study.lines)
    frame = pd.DataFrame({"patient": ids, "line": line, **treated})
    frame["start"] = read_times(open_column(table, names["start"], study, log), table, study)
    frame["end"] = frame["start"].mask(frame["start"].notna())
    if "end" in names:
        frame["end"] = read_times(open_column(table, names["end"], study, log), table, study)
        rule = "ends before it starts"
        log.fail(frame.index[frame["end"] < frame["start"]], names["end"], rule)
    failed = frame.index.isin([f.row for f in log.failures if f.column in names.values()])
    return Treatments(frame[~failed], tuple(dropped))


def in_lines(treatments: Treatments, study: Study) -> Therapy:
    """Collapse treatments into lines of therapy; rows without a line are named ``unmapped``."""
    assert study.lines is not None
    assert study.tables.treatments is not None
    names = study.tables.treatments.columns
    dropped = list(treatments.unmapped)
    rows = _in_lines(treatments.rows, names, study.lines, dropped)
    return Therapy(rows, course.therapy_lines(rows), tuple(dropped))


def _in_lines(
    frame: pd.DataFrame, names: dict[str, str], lines: Lines, dropped: list[Failure]
) -> pd.DataFrame:
    """Return the rows that have a line, recorded or by rule; the others go to ``dropped``."""
    nothing = frame["agent"].isna() & frame["procedure"].isna()
    by_rule = ~nothing & _without_number(frame, lines)
    unplaced = by_rule & frame["start"].isna()
    unnumbered = ~nothing & ~by_rule & frame["line"].isna()
    numbering = names.get("line", names["agent"])
    for mask, column, rule in (
        (nothing, numbering, NO_AGENT),
        (unnumbered, numbering, NO_LINE),
        (unplaced, names["start"], NO_START),
    ):
        dropped += [Failure("treatments", int(row), column, rule) for row in frame.index[mask]]
    numbered = frame[~nothing & frame["line"].notna()]
    ruled = _by_rules(frame[by_rule], lines)
    rows = pd.concat([numbered, ruled]) if len(ruled) else numbered
    return rows.astype({"line": "int64"})


def _without_number(frame: pd.DataFrame, lines: Lines) -> pd.Series:
    """Return which rows get their line by rule: those of patients without a recorded number."""
    if lines.rules is None:
        return pd.Series(False, index=frame.index)
    return frame["line"].isna().groupby(frame["patient"]).transform("all").astype(bool)


def _by_rules(frame: pd.DataFrame, lines: Lines) -> pd.DataFrame:
    """Return rows with their line by the study's rules; a procedure counts before its agent."""
    if lines.rules is None or frame.empty:
        return frame.iloc[:0]
    given = lines.rules
    rules = course.LineRules(
        overlap_days=given.overlap_days,
        gap_days=given.gap_days,
        continue_with=frozenset(given.continue_with),
        procedures=frozenset(lines.procedures),
        maintenance=frozenset(given.maintenance),
        maintenance_days=given.maintenance_days,
        missing_end=given.missing_end,
    )
    item = frame["procedure"].where(frame["procedure"].notna(), frame["agent"])
    named = frame.rename(columns={"agent": "drug"}).assign(agent=item)
    found = course.assign_lines(named, rules).drop(columns="agent")
    return found.rename(columns={"drug": "agent"})[list(frame.columns)]


def _treatments(
    table: RawTable, study: Study, log: Log, dropped: list[Failure]
) -> dict[str, pd.Series]:
    """Return agent and procedure of every row; an unknown spelling of either is a failure."""
    assert study.lines is not None
    names, lines = table.source.columns, study.lines
    agents = {folded(w): key for key, words in lines.agents.items() for w in (key, *words)}
    procedures = {folded(w): key for key, words in lines.procedures.items() for w in (key, *words)}
    rule = "unknown agent: add its spelling in study.yml under lines.agents or lines.procedures"

    def read(text: str) -> Spelling:
        key = folded(text)
        if key in agents or key in procedures:
            return Spelling(agents.get(key) or procedures[key], form=text)
        return Spelling(failure=rule)

    named = open_column(table, names["agent"], study, log).parsed(read)
    agent = named.where(named.isin(list(lines.agents)))
    procedure = named.where(named.isin(list(lines.procedures)))
    if "type" in names:
        column = open_column(table, names["type"], study, log)
        typed = column.parsed(lambda text: Spelling(procedures.get(folded(text), "")))
        procedure = typed.where(typed.ne("") & typed.notna(), procedure)
        other = typed.eq("")
        alone = other & named.isna()
        rule_type = "unknown procedure: add its spelling in study.yml under lines.procedures"
        log.fail(typed.index[alone], names["type"], rule_type)
        dropped += [
            Failure(table.name, int(row), names["type"], NO_PROCEDURE)
            for row in typed.index[other & ~alone]
        ]
    return {"agent": agent, "procedure": procedure}


def _line_numbers(column: Column, lines: Lines) -> pd.Series:
    known = {folded(word): line for line, words in lines.words.items() for word in words}

    def read(text: str) -> Spelling:
        line = known.get(folded(text))
        if line is None:
            number = parse_number(text, ".").value
            line = int(number) if number and number >= 1 and number == int(number) else None
        if line is None:
            return Spelling(failure="unknown line of therapy: add its words under lines.words")
        return Spelling(float(line))

    return column.parsed(read).astype("float64")


def line_quantity(
    therapy: Therapy, quantity: LineQuantity, lines: Lines, patients: pd.Index
) -> pd.Series:
    """Return one quantity of the lines for every patient.

    Args:
        therapy: Treatments of all patients.
        quantity: Which quantity, of which line.
        lines: The study's rules for lines.
        patients: Patient ids, the index of the result.

    Returns:
        Dates or days for start, end, next_start and procedure; float64 for count; Categorical
        over level keys for regimen and exposed.
    """
    table, rows = therapy.lines, therapy.rows
    here = table[table["line"].eq(quantity.line)].set_index("patient")
    if quantity.quantity in ("start", "end"):
        return here[quantity.quantity].reindex(patients)
    if quantity.quantity == "next_start":
        later = table[table["line"].gt(quantity.line)]
        return later.groupby("patient")["start"].min().reindex(patients)
    if quantity.quantity == "procedure":
        done = rows["procedure"].isin([quantity.procedure]) & rows["line"].le(quantity.line)
        return rows[done].groupby("patient")["start"].min().reindex(patients)
    if quantity.quantity == "count":
        return table.groupby("patient").size().reindex(patients, fill_value=0).astype("float64")
    if quantity.quantity == "exposed":
        return _exposed(rows, quantity, patients)
    return _regimen(rows, here["start"], quantity, lines, patients)


def _exposed(rows: pd.DataFrame, quantity: LineQuantity, patients: pd.Index) -> pd.Series:
    so_far = rows[rows["line"].le(quantity.line)]
    given = so_far["patient"][so_far["agent"].isin(quantity.agents)]
    exposed = pd.Series("no", index=patients, dtype=object)
    exposed[patients.isin(given)] = "yes"
    exposed[~patients.isin(so_far["patient"])] = None
    return pd.Series(pd.Categorical(exposed, categories=list(YES_NO)), index=patients)


def _regimen(
    rows: pd.DataFrame,
    start: pd.Series,
    quantity: LineQuantity,
    lines: Lines,
    patients: pd.Index,
) -> pd.Series:
    drugs = rows[rows["line"].eq(quantity.line) & rows["agent"].notna()]
    if quantity.within_days is not None:
        since = elapsed_days(drugs["patient"].map(start), drugs["start"])
        drugs = drugs[since.isna() | since.le(quantity.within_days)]
    held = pd.crosstab(drugs["patient"], drugs["agent"]).gt(0)
    held = held.reindex(index=patients, columns=list(lines.agents), fill_value=False).astype(bool)
    regimen = pd.Series("other", index=patients, dtype=object)
    for rule in reversed(lines.regimens):
        matches = held[rule.all_of].all(axis=1) & ~held[rule.none_of].any(axis=1)
        if rule.any_of:
            matches &= held[rule.any_of].any(axis=1)
        regimen[matches] = rule.level
    regimen[~patients.isin(drugs["patient"])] = None
    levels = [*(rule.level for rule in lines.regimens), "other"]
    return pd.Series(pd.Categorical(regimen, categories=levels), index=patients)


def elapsed_days(start: pd.Series, end: pd.Series) -> pd.Series:
    """Return days from ``start`` to ``end`` as float64, whether dates or days are given."""
    gone = end - start
    if pd.api.types.is_timedelta64_dtype(gone):
        return gone.dt.total_seconds() / 86400.0
    return gone.astype("float64")
