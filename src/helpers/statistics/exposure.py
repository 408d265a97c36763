"""Adverse events by exposure: which are treatment-emergent, and rates per patient-time at risk.

Days count inclusively, as durations of treatment do: from a first dose to an event on the same day
is one day at risk. A rate is a Poisson rate with its exact interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import chi2

from helpers.statistics.adverse_events import CodedEvents, coded_events
from helpers.statistics.arrays import BoolArray, FloatArray, IntArray

#: A month is a twelfth of a Julian year.
MONTH = 30.4375
METHOD = "exact Poisson (Garwood) interval"
NO_TIME = "nobody was at risk for any time"


@dataclass(frozen=True)
class TreatmentEmergent:
    """Events by their place in the treatment-emergent window.

    Attributes:
        events: Rows that count, in the order given.
        before: Rows left out because they began before the window.
        after: Rows left out because they began after it.
        undated: Rows that no day places: their onset, or their patient's first day, is unknown.
        undated_counted: Whether these are among ``events``.
    """

    events: pd.DataFrame
    before: int
    after: int
    undated: int
    undated_counted: bool


def treatment_emergent(
    events: pd.DataFrame, windows: pd.DataFrame, *, undated: Literal["counted", "left_out"]
) -> TreatmentEmergent:
    """Keep the events that began within their patient's window, both its days included.

    Args:
        events: One row an event with columns patient and start (day of onset: a date or a
            number; may be missing).
        windows: One row a patient, indexed by patient, with columns start and end in the same
            kind of time; an end that is missing leaves the window open.
        undated: What becomes of an event that no day places.

    Raises:
        ValueError: A column is absent, a patient has two windows or none, or ``undated`` is
            unknown.
    """
    if undated not in ("counted", "left_out"):
        raise ValueError("undated is 'counted' or 'left_out'")
    _require(events, ("patient", "start"))
    place = _windows_of(events, windows)
    onset = events["start"].reset_index(drop=True)
    first = windows["start"].iloc[place].reset_index(drop=True)
    unplaced = (onset.isna() | first.isna()).to_numpy()
    before = (onset < first).to_numpy(dtype=np.bool_, na_value=False)
    del first
    last = windows["end"].iloc[place].reset_index(drop=True)
    after = (onset > last).to_numpy(dtype=np.bool_, na_value=False) & ~before & ~unplaced
    keep = ~before & ~after & (~unplaced | (undated == "counted"))
    return TreatmentEmergent(
        events=events.loc[keep],
        before=int(before.sum()),
        after=int(after.sum()),
        undated=int(unplaced.sum()),
        undated_counted=undated == "counted",
    )


@dataclass(frozen=True)
class IncidenceRate:
    """A Poisson rate.

    Attributes:
        count: Events, or patients with an event.
        time: Patient-time at risk, in the unit of ``per``.
        estimate: ``per * count / time``; None where there was no time.
        low: Lower bound; 0 where nothing was counted.
        high: Upper bound.
        per: Units of time that the rate refers to.
        level: Confidence level.
        method: Name of the interval.
        reason: Why there is no estimate.
    """

    count: int
    time: float
    estimate: float | None
    low: float | None
    high: float | None
    per: float
    level: float
    method: str = METHOD
    reason: str | None = None


def incidence_rate(
    count: int, time: float, *, per: float = 1.0, level: float = 0.95
) -> IncidenceRate:
    """Estimate a rate with its exact interval (Garwood, Biometrika 1936).

    The bounds of the expected count are ``chi2(a/2; 2k) / 2`` and ``chi2(1 - a/2; 2k + 2) / 2``
    for ``k`` events and ``a = 1 - level``; the lower one is 0 for ``k = 0``.

    Args:
        count: Events.
        time: Patient-time at risk.
        per: Units of time that the rate refers to, 100 for "per 100 patient-months".
        level: Confidence level.

    Raises:
        ValueError: A count or a time is negative or not finite, events without time at risk, or
            ``per`` or ``level`` are out of range.
    """
    if count < 0 or count != int(count) or not np.isfinite(time) or time < 0:
        raise ValueError("a rate needs a whole number of events and a time that is not negative")
    if not (per > 0 and 0 < level < 1):
        raise ValueError("`per` must be positive and `level` between 0 and 1")
    if time == 0:
        if count:
            raise ValueError("events were counted without any time at risk")
        return IncidenceRate(0, 0.0, None, None, None, per, level, reason=NO_TIME)
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(chi2.ppf(tail, 2 * count)) / 2
    high = float(chi2.isf(tail, 2 * count + 2)) / 2
    scale = per / time
    return IncidenceRate(
        int(count), float(time), count * scale, low * scale, high * scale, per, level
    )


@dataclass(frozen=True)
class ExposureRow:
    """Rates of all events, of a class or of a term.

    Attributes:
        kind: What it describes.
        event_class: The class; None for all events.
        term: The term; None for all events and for a class.
        patients: Exposure-adjusted incidence rate: patients with an event per time at risk,
            which ends with a patient's first event.
        severe: The same of events of grade 3 or more.
        events: Event rate: all events per total exposure.
    """

    kind: Literal["any", "class", "term"]
    event_class: str | None
    term: str | None
    patients: IncidenceRate
    severe: IncidenceRate
    events: IncidenceRate


@dataclass(frozen=True)
class Exposure:
    """Exposure-adjusted rates.

    Attributes:
        rows: "any" first, then classes, each followed by its terms, in the order of
            :func:`helpers.statistics.adverse_events.worst_grade`.
        patients: Patients with a known window.
        without_window: Patients left out of all rates because theirs has no first or last day.
        undated: Events without a day of onset: of a patient and term with no dated one, the
            whole window counts as time at risk.
        time: Total exposure, in the unit of time.
    """

    rows: tuple[ExposureRow, ...]
    patients: int
    without_window: int
    undated: int
    time: float


def exposure_rates(
    events: pd.DataFrame,
    windows: pd.DataFrame,
    *,
    declared: Mapping[str, Sequence[str]] | None = None,
    unit_days: float = MONTH,
    per: float = 100.0,
    level: float = 0.95,
) -> Exposure:
    """Estimate exposure-adjusted incidence rates and event rates.

    The exposure-adjusted incidence rate divides the patients with an event by the sum of their
    times to its first onset and of the whole windows of those without it; the event rate divides
    all events by the sum of all windows.

    Args:
        events: Treatment-emergent events: columns patient, term, event_class, grade and start.
        windows: One row a patient of the population, indexed by patient: start and end, dates
            or days, inclusive. A patient without either is left out and counted.
        declared: As in :func:`helpers.statistics.adverse_events.worst_grade`.
        unit_days: Days in a unit of time; 30.4375 for months.
        per: Units of time that a rate refers to.
        level: Confidence level.

    Raises:
        ValueError: As for worst grades; also a column that is absent, a patient with two windows
            or none, a window that ends before it starts, or an event outside its window.
    """
    coded, onset, days = _placed(events, windows, declared)
    everything, severe = (_by_level(coded, onset, days, coded.grade >= least) for least in (1, 3))
    total = float(days.sum())
    rows = [
        ExposureRow(
            *name,
            patients=incidence_rate(one.patients, one.days / unit_days, per=per, level=level),
            severe=incidence_rate(bad.patients, bad.days / unit_days, per=per, level=level),
            events=incidence_rate(one.events, total / unit_days, per=per, level=level),
        )
        for (name, one), bad in zip(everything.items(), severe.values(), strict=True)
    ]
    return Exposure(
        rows=_ordered(rows),
        patients=len(days),
        without_window=len(windows) - len(days),
        undated=int(np.isinf(onset).sum()),
        time=total / unit_days,
    )


def _placed(
    events: pd.DataFrame, windows: pd.DataFrame, declared: Mapping[str, Sequence[str]] | None
) -> tuple[CodedEvents, FloatArray, FloatArray]:
    """Return the events of patients with a window, day of onset in it, and length of each.

    Onset is infinite where it is not known.
    """
    _require(events, ("patient", "start"))
    _windows_of(events, windows)
    length = _days(windows["start"], windows["end"])
    if (length < 1).any():
        raise ValueError("a treatment-emergent window ends before it starts")
    known = windows[~np.isnan(length)]
    days = length[~np.isnan(length)]
    own = events["patient"].isin(known.index)
    kept = events if own.all() else events[own]
    coded = coded_events(list(known.index), kept, declared=declared)
    onset = _days(known["start"].iloc[coded.patient], kept["start"])
    outside = (onset < 1) | (onset > days[coded.patient])
    if outside.any():
        raise ValueError(f"{int(outside.sum())} adverse events lie outside their patient's window")
    return coded, np.where(np.isnan(onset), np.inf, onset), days


@dataclass(frozen=True)
class _AtRisk:
    """Patients with an event, all events, and days at risk of the first one."""

    patients: int
    events: int
    days: float


Name = tuple[Literal["any", "class", "term"], str | None, str | None]


def _by_level(
    coded: CodedEvents, onset: FloatArray, days: FloatArray, chosen: BoolArray
) -> dict[Name, _AtRisk]:
    """Count the chosen events of every term, class and of all, each from the one before."""
    size = max(coded.total, 1)
    keys, first = _first_by(coded.patient[chosen] + size * coded.term[chosen], onset[chosen])
    events = np.bincount(coded.term[chosen], minlength=len(coded.terms))
    terms = _at_risk(keys, first, days, events)
    keys, first = _first_by(keys % size + size * coded.term_class[keys // size], first)
    by_class = np.zeros(len(coded.classes), dtype=np.int64)
    np.add.at(by_class, coded.term_class, events)
    classes = _at_risk(keys, first, days, by_class)
    keys, first = _first_by(keys % size, first)
    found: dict[Name, _AtRisk] = {
        ("any", None, None): _at_risk(keys, first, days, events.sum(keepdims=True))[0]
    }
    found |= {("class", n, None): c for n, c in zip(coded.classes, classes, strict=True)}
    for name, at, counts in zip(coded.terms, coded.term_class, terms, strict=True):
        found["term", coded.classes[at], name] = counts
    return found


def _first_by(keys: IntArray, onset: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the distinct keys, rising, and the first onset of each."""
    order = np.lexsort((onset, keys))
    ordered = keys[order]
    first = np.ones(len(ordered), dtype=np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first], onset[order][first]


def _at_risk(
    keys: IntArray, first: FloatArray, days: FloatArray, events: IntArray
) -> list[_AtRisk]:
    """Take what follows a patient's first event off the sum of all windows."""
    size = max(len(days), 1)
    window = days[keys % size]
    after = window - np.minimum(first, window)
    lost = np.bincount(keys // size, weights=after, minlength=len(events))
    patients = np.bincount(keys // size, minlength=len(events))
    total = float(days.sum())
    return [
        _AtRisk(int(n), int(k), total - float(gone))
        for n, k, gone in zip(patients, events, lost, strict=True)
    ]


def _ordered(rows: list[ExposureRow]) -> tuple[ExposureRow, ...]:
    """Order by patients with an event, then grade 3 or more, then name; terms under classes."""

    def frequency(row: ExposureRow) -> tuple[int, int, str]:
        return -row.patients.count, -row.severe.count, row.term or row.event_class or ""

    found = [row for row in rows if row.kind == "any"]
    terms: dict[str | None, list[ExposureRow]] = {}
    for row in rows:
        if row.kind == "term":
            terms.setdefault(row.event_class, []).append(row)
    for one in sorted((row for row in rows if row.kind == "class"), key=frequency):
        found += [one, *sorted(terms.get(one.event_class, []), key=frequency)]
    return tuple(found)


def _windows_of(events: pd.DataFrame, windows: pd.DataFrame) -> IntArray:
    """Return for each event the position of its patient's window."""
    _require(windows, ("start", "end"))
    if windows.index.has_duplicates:
        raise ValueError("a patient has more than one treatment-emergent window")
    place = windows.index.get_indexer(pd.Index(events["patient"]))
    if (place < 0).any():
        raise ValueError(f"{int((place < 0).sum())} adverse events are of a patient without window")
    return np.asarray(place, dtype=np.int64)


def _days(start: pd.Series, end: pd.Series) -> FloatArray:
    """Return days from start to end, both included; NaN where one is missing."""
    between = end.reset_index(drop=True) - start.reset_index(drop=True)
    if pd.api.types.is_timedelta64_dtype(between):
        between = between.dt.total_seconds() / 86400.0
    return between.to_numpy(dtype=np.float64, na_value=np.nan) + 1.0


def _require(table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    absent = [name for name in columns if name not in table.columns]
    if absent:
        raise ValueError(f"the columns {', '.join(absent)} are missing")
