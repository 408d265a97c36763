"""Lines of therapy: by the recorded number, or from gaps and overlaps where none was recorded.

Two steps. :func:`assign_lines` gives drug rows their line by rules; :func:`therapy_lines` collapses
rows that have a line, recorded or assigned, into one row a line. Time is in dates or in days from
any origin; a drug is given from its start up to its end, so that one row may be written as two
that adjoin (the first ends on the day on which the second starts) and nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from helpers.statistics.arrays import BoolArray, FloatArray, IntArray, as_numbers

COLUMNS = ("patient", "agent", "start", "end", "line")


@dataclass(frozen=True)
class LineRules:
    """What makes a new line of therapy where no number was recorded.

    Attributes:
        overlap_days: An agent that starts within so many days of the line's first day belongs to
            its regimen; a new agent later starts a new line.
        gap_days: More than so many days between the end of every drug so far and the next start
            make a new line, even of the same agents.
        continue_with: Agents that never start a line as new ones, such as a planned transplant or
            its conditioning. A gap before them still does.
        procedures: Agents after which maintenance may follow.
        maintenance: Agents that continue the line, gap or not, when they start within
            ``maintenance_days`` of the last procedure.
        maintenance_days: See there.
        missing_end: What a drug without a recorded end is taken to have done: gone on until a
            new agent started a new line (``ongoing``; no gap can follow it), or been given on its
            first day only (``start``).

    Raises:
        ValueError: Days are negative or not finite, or ``missing_end`` is unknown.
    """

    overlap_days: float
    gap_days: float
    continue_with: frozenset[str] = frozenset()
    procedures: frozenset[str] = frozenset()
    maintenance: frozenset[str] = frozenset()
    maintenance_days: float = 0.0
    missing_end: Literal["ongoing", "start"] = "ongoing"

    def __post_init__(self) -> None:
        days = (self.overlap_days, self.gap_days, self.maintenance_days)
        if not all(np.isfinite(value) and value >= 0 for value in days):
            raise ValueError("the days of a line rule are finite and not negative")
        if self.missing_end not in ("ongoing", "start"):
            raise ValueError("missing_end is 'ongoing' or 'start'")


def therapy_lines(rows: pd.DataFrame) -> pd.DataFrame:
    """Collapse drug rows with a line number into lines of therapy.

    Args:
        rows: One row per drug with columns patient, agent, start, end (dates or numbers, may be
            missing) and line (whole number from 1, or missing). A row without an agent stands
            for a procedure: it gives a line its days only where the line has no drug.

    Returns:
        One row per patient and line, ordered by both: patient, line, start (earliest), end
        (latest recorded), agents (distinct, sorted, as a tuple).
        ``attrs["rows_without_line"]`` counts the rows left out because they name no line.

    Raises:
        ValueError: A column is absent, the patient of a row with a line is missing, or a line is
            no whole number from 1.
    """
    _require(rows, COLUMNS)
    line = as_numbers(rows["line"], "the column line")
    kept = rows.loc[line.notna(), list(COLUMNS)].assign(line=line[line.notna()])
    if kept["patient"].isna().any():
        raise ValueError("a drug row with a line lacks its patient")
    if ((kept["line"] < 1) | (kept["line"] % 1 != 0)).any():
        raise ValueError("a line of therapy is no whole number from 1")
    kept["line"] = kept["line"].astype("int64")
    keys = ["patient", "line"]
    drugs = kept[kept["agent"].notna()]
    with_drugs, every = _spans(drugs, keys), _spans(kept, keys)
    lines = pd.concat([with_drugs, every[~every.index.isin(with_drugs.index)]]).sort_index()
    lines["agents"] = _agents(drugs, keys, lines.index)
    lines = lines.reset_index()
    lines.attrs["rows_without_line"] = int(line.isna().sum())
    return lines


def _spans(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return rows.groupby(keys).agg(start=("start", "min"), end=("end", "max"))


def _agents(drugs: pd.DataFrame, keys: list[str], index: pd.Index) -> list[tuple[str, ...]]:
    """Return the distinct agents of every line of ``index``, sorted, ``()`` where it has none."""
    distinct = drugs[[*keys, "agent"]].drop_duplicates().sort_values([*keys, "agent"])
    names = distinct["agent"].to_numpy(dtype=object)
    found = distinct.groupby(keys, sort=True).size()
    ends = found.to_numpy().cumsum()
    tuples = [tuple(names[end - n : end]) for end, n in zip(ends, found.to_numpy(), strict=True)]
    place = found.index.get_indexer(index)
    return [tuples[at] if at >= 0 else () for at in place]


def assign_lines(rows: pd.DataFrame, rules: LineRules) -> pd.DataFrame:
    """Give every drug row its line of therapy by gaps and overlaps.

    A patient's first start is the first day of line 1. Of the starts that follow, in order of
    time, the first of these begins the next line: one that comes more than ``gap_days`` after the
    end of every drug of the line; one of an agent that is not among those of the line's first
    ``overlap_days``, nor carried over from the line before, nor allowed by the rules to continue
    it. Stopping one drug of a combination, or starting it again without a gap, changes nothing.
    A drug that is still given after the first day of a new line belongs to both: its row is cut
    there. One without a recorded end is not carried over.

    More ``gap_days`` mean fewer lines of the same agents; with new agents in play a longer gap can
    also add one, because a line that begins later has other agents in its first days.

    Args:
        rows: Columns patient, agent, start and end (dates, or numbers of days; end may be
            missing); others are kept. A procedure stands as an agent.
        rules: What makes a new line.

    Returns:
        The rows with a start, ordered by patient, line and start, with the column line (int) and
        ``end`` no later than the first day of the next line; a row that was cut stands once in
        each line, under the same index label. ``attrs["rows_without_start"]`` counts those left
        out because nothing places them.

    Raises:
        ValueError: A column is absent, a patient or an agent is missing, an end is neither a
            date nor a number as the start is, or a drug ends before it starts.
    """
    _require(rows, COLUMNS[:4])
    placed = rows[rows["start"].notna()]
    if pd.api.types.is_datetime64_any_dtype(placed["start"]):
        placed = placed.assign(end=_dates(placed["end"]))
    if placed[["patient", "agent"]].isna().any().any():
        raise ValueError("a drug row lacks its patient or agent")
    start, end = _days(placed["start"], placed["end"])
    if (end < start).any():
        raise ValueError("a drug ends before it starts")
    course = _course(placed, start, end, rules)
    result = _with_lines(placed, course, _rounds(course, rules))
    result.attrs["rows_without_start"] = len(rows) - len(placed)
    return result


@dataclass(frozen=True)
class _Course:
    """Rows by patient and start, planned ones first on a day; times in days.

    ``order`` is the position of each in the table; ``end`` is infinite where it is not recorded
    and the drug is taken to go on; ``drug`` is one number for each patient's agent; ``free`` rows
    may continue a line as new agents, ``planned`` ones after a gap too.
    """

    order: IntArray
    patient: IntArray
    drug: IntArray
    start: FloatArray
    end: FloatArray
    free: BoolArray
    planned: BoolArray


@dataclass(frozen=True)
class _Pieces:
    """Parts of rows within one line.

    ``row`` is the position in the course; ``opens`` that of the row on whose start the part
    begins, ``closes`` that of the row on whose start it is cut, -1 where it is not.
    """

    row: IntArray
    line: IntArray
    opens: IntArray
    closes: IntArray


def _course(rows: pd.DataFrame, start: FloatArray, end: FloatArray, rules: LineRules) -> _Course:
    """Turn drug rows, with their days, into sorted arrays."""
    missing = np.isnan(end)
    end = np.where(missing, np.inf if rules.missing_end == "ongoing" else start, end)
    patient, _ = pd.factorize(rows["patient"], sort=True)
    agent, names = pd.factorize(rows["agent"])
    free = np.isin(agent, _codes(names, rules.continue_with))
    planned = _maintained(rows, start, rules)
    order = np.lexsort((~planned, start, patient))
    drug = patient.astype(np.int64) * len(names) + agent
    return _Course(
        order=order,
        patient=patient.astype(np.int64)[order],
        drug=drug[order],
        start=start[order],
        end=end[order],
        free=free[order],
        planned=planned[order],
    )


def _dates(end: pd.Series) -> pd.Series:
    """Return ends as dates; one that is none is not repeated, since it may be a patient's."""
    read = pd.to_datetime(end, errors="coerce")
    wrong = int((read.isna() & end.notna()).sum())
    if wrong:
        raise ValueError(f"the column end holds {wrong} values that are no dates")
    return read


def _days(start: pd.Series, end: pd.Series) -> tuple[FloatArray, FloatArray]:
    """Return both as days from one origin, NaN where a date is missing."""
    if pd.api.types.is_datetime64_any_dtype(start):
        origin = start.min()
        pair = [(dates - origin) / pd.Timedelta(days=1) for dates in (start, end)]
    else:
        pair = [as_numbers(start, "the column start"), as_numbers(end, "the column end")]
    first, last = (days.to_numpy(dtype=np.float64, na_value=np.nan) for days in pair)
    return first, last


def _maintained(rows: pd.DataFrame, start: FloatArray, rules: LineRules) -> BoolArray:
    """Return which rows are maintenance soon after their patient's last procedure."""
    candidate = rows["agent"].isin(list(rules.maintenance)).to_numpy()
    procedure = rows["agent"].isin(list(rules.procedures)).to_numpy()
    if not (candidate.any() and procedure.any()):
        return np.zeros(len(rows), dtype=np.bool_)
    frame = pd.DataFrame({"patient": rows["patient"].to_numpy(), "start": start})
    frame["procedure"] = np.where(procedure, start, np.nan)
    ordered = frame.sort_values(["start", "procedure"], kind="stable")
    last = ordered.groupby("patient")["procedure"].ffill().reindex(frame.index).to_numpy()
    return np.asarray(candidate & (start - last <= rules.maintenance_days), dtype=np.bool_)


def _rounds(course: _Course, rules: LineRules) -> _Pieces:
    """Give every patient one more line a round, until no row is left."""
    rest = np.arange(len(course.order), dtype=np.int64)
    carried = rest[:0]
    pieces: list[_Pieces] = []
    while len(rest):
        patients, at = np.unique(course.patient[rest], return_index=True)
        opener = _by_patient(course, patients, rest[at])
        breaker = _first_breaks(course, rules, rest, carried, opener)
        closes = breaker[course.patient[rest]]
        inside = (closes < 0) | (course.start[rest] < course.start[closes])
        row = np.concatenate([carried, rest[inside]])
        opens = np.concatenate([opener[course.patient[carried]], rest[inside]])
        cut_at = breaker[course.patient[row]]
        goes_on = (cut_at >= 0) & (course.end[row] > course.start[cut_at])
        known = np.isfinite(course.end[row])
        line = np.full(len(row), len(pieces) + 1, dtype=np.int64)
        pieces.append(_Pieces(row, line, opens, np.where(goes_on & known, cut_at, -1)))
        carried, rest = row[goes_on & known], rest[~inside]
    fields = ("row", "line", "opens", "closes")
    parts = ([getattr(piece, name) for piece in pieces] or [rest] for name in fields)
    return _Pieces(*(np.concatenate(part) for part in parts))


def _by_patient(course: _Course, patients: IntArray, rows: IntArray) -> IntArray:
    """Return a position for each of ``patients``, -1 for the others, as a table by patient."""
    found = np.full(int(course.patient[-1]) + 1, -1, dtype=np.int64)
    found[patients] = rows
    return found


def _first_breaks(
    course: _Course, rules: LineRules, rest: IntArray, carried: IntArray, opener: IntArray
) -> IntArray:
    """Return, by patient, the first of the remaining rows that is not of the line; -1 for none."""
    patient, start = course.patient[rest], course.start[rest]
    opened = course.start[opener[patient]]
    new = ~_continuing(course, rest, carried, start <= opened + rules.overlap_days)
    before = _last_end_before(course, rest, carried)
    gap = (start - before > rules.gap_days) & ~course.planned[rest]
    breaks = rest[new | gap]
    patients, at = np.unique(course.patient[breaks], return_index=True)
    return _by_patient(course, patients, breaks[at])


def _continuing(course: _Course, rest: IntArray, carried: IntArray, early: BoolArray) -> BoolArray:
    """Return which remaining rows are of the line's agents, or may continue it."""
    regimen = np.unique(course.drug[np.concatenate([rest[early], carried])])
    of_line = np.isin(course.drug[rest], regimen)
    planned = rest[course.planned[rest]]
    if not len(planned):
        return np.asarray(of_line | course.free[rest])
    drugs, at = np.unique(course.drug[planned], return_index=True)
    place = np.minimum(np.searchsorted(drugs, course.drug[rest]), len(drugs) - 1)
    since = np.where(drugs[place] == course.drug[rest], course.start[planned[at]][place], np.inf)
    return np.asarray(of_line | course.free[rest] | (since <= course.start[rest]))


def _last_end_before(course: _Course, rest: IntArray, carried: IntArray) -> FloatArray:
    """Return the latest end among the line's rows before each; infinite before the first."""
    patient = course.patient[rest]
    latest = np.full(int(course.patient[-1]) + 1, -np.inf)
    np.maximum.at(latest, course.patient[carried], course.end[carried])
    so_far = pd.Series(np.maximum(course.end[rest], latest[patient])).groupby(patient).cummax()
    before = np.empty(len(rest), dtype=np.float64)
    before[1:] = so_far.to_numpy()[:-1]
    before[np.append(True, patient[1:] != patient[:-1])] = np.inf
    return before


def _codes(names: pd.Index, wanted: frozenset[str]) -> IntArray:
    return np.flatnonzero(names.isin(list(wanted)))


def _with_lines(rows: pd.DataFrame, course: _Course, pieces: _Pieces) -> pd.DataFrame:
    """Return the table's rows, cut where a line ends, with their line."""
    table = rows.iloc[course.order[pieces.row]]
    starts = rows["start"].iloc[course.order]
    end = table["end"].reset_index(drop=True)
    cut = pieces.closes >= 0
    end = end.mask(cut, starts.iloc[pieces.closes].reset_index(drop=True))
    table = table.assign(
        start=starts.iloc[pieces.opens].to_numpy(), end=end.to_numpy(), line=pieces.line
    )
    order = np.lexsort((course.start[pieces.opens], pieces.line, course.patient[pieces.row]))
    return table.iloc[order]


def _require(rows: pd.DataFrame, columns: tuple[str, ...]) -> None:
    absent = [name for name in columns if name not in rows.columns]
    if absent:
        raise ValueError(f"drug rows lack the columns {', '.join(absent)}")
