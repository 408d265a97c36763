"""Lines of therapy from drug rows that carry a recorded line number, and what follows from them.

Out of scope: lines from gaps and overlaps where no number was recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

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
NO_AGENT = "names neither agent nor procedure: left out of the lines"
NO_PROCEDURE = "a treatment type that is no procedure of study.yml: only the agent is used"


@dataclass(frozen=True)
class Therapy:
    """Treatments of all patients.

    Attributes:
        rows: One row per drug or procedure that names a line: patient, line (int), agent (key
            or missing), procedure (key or None), start and end (date or day).
        lines: One row per patient and line, ordered by both: patient, line, start, end, agents
            (tuple of agent keys, sorted). ``start`` is the first start and ``end`` the last end
            among the line's drugs; among its procedures where it has no drug.
        unmapped: Rows that were left out, and parts of rows that were not used.
    """

    rows: pd.DataFrame
    lines: pd.DataFrame
    unmapped: tuple[Failure, ...]


def read_therapy(table: RawTable, study: Study, patients: pd.Index, log: Log) -> Therapy:
    """Read the treatments table and collapse it into lines.

    Args:
        table: The table as text.
        study: The study; its ``lines`` section names agents, procedures and line words.
        patients: Ids of the patients table.
        log: Where repairs and failures go: unknown agents, line words and patients, and drugs
            that end before they start.

    Raises:
        ManuscriptError: A column is not in the table.
    """
    assert study.lines is not None
    names = table.source.columns
    ids = identifiers(table, log)
    log.fail(ids.index[~ids.isin(patients) & ids.ne("")], table.source.id, UNKNOWN_PATIENT)
    dropped: list[Failure] = []
    treated = _treatments(table, study, log, dropped)
    line = _line_numbers(open_column(table, names["line"], study, log), study.lines)
    frame = pd.DataFrame({"patient": ids, "line": line, **treated})
    frame["start"] = read_times(open_column(table, names["start"], study, log), table, study)
    frame["end"] = frame["start"].mask(frame["start"].notna())
    if "end" in names:
        frame["end"] = read_times(open_column(table, names["end"], study, log), table, study)
        rule = "ends before it starts"
        log.fail(frame.index[frame["end"] < frame["start"]], names["end"], rule)
    nothing = frame["agent"].isna() & frame["procedure"].isna()
    failed = frame.index.isin([f.row for f in log.failures if f.column in names.values()])
    for mask, rule in ((nothing & ~failed, NO_AGENT), (~nothing & line.isna() & ~failed, NO_LINE)):
        dropped += [Failure(table.name, int(row), names["line"], rule) for row in frame.index[mask]]
    rows = frame[~nothing & line.notna()].astype({"line": "int64"})
    return Therapy(rows, therapy_lines(rows), tuple(dropped))


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


def therapy_lines(rows: pd.DataFrame) -> pd.DataFrame:
    """Collapse drug and procedure rows into lines; columns as in :class:`Therapy`."""
    keys = ["patient", "line"]
    drugs = rows[rows["agent"].notna()]
    with_drugs, every = _spans(drugs, keys), _spans(rows, keys)
    lines = pd.concat([with_drugs, every[~every.index.isin(with_drugs.index)]]).sort_index()
    distinct = drugs[[*keys, "agent"]].drop_duplicates().sort_values("agent")
    agents = distinct.groupby(keys)["agent"].agg(tuple).reindex(lines.index)
    lines["agents"] = [names if isinstance(names, tuple) else () for names in agents]
    return lines.reset_index()


def _spans(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return rows.groupby(keys).agg(start=("start", "min"), end=("end", "max"))


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
