"""Each patient's course as one lane: lines of therapy, first response, progression, death."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.drawing import Drawing
from helpers.analyses.groups import members
from helpers.analyses.survival import times
from helpers.exhibits.swimmer import Lane, Span, swimmer_figure

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort

#: More lanes can no longer be read.
MOST_LANES = 80
#: Of more patients nobody is shown, synthetic or not: 80 courses say nothing of so many.
MOST_PATIENTS = 1_000


def _lanes(cohort: Cohort) -> tuple[Lane, ...] | None:
    """Return one lane a patient, longest first, in months and without id or date.

    None where there is no overall survival, or neither lines of therapy nor dated responses with
    progression-free survival.
    """
    study = cohort.study
    by_kind = {endpoint.kind: key for key, endpoint in study.endpoints.items()}
    dated = study.response is not None and study.response.date is not None and "pfs" in by_kind
    if "os" not in by_kind or not (dated or cohort.lines is not None):
        return None
    overall = cohort.times[by_kind["os"]]
    patients = members(cohort, study.settings.survival_population)
    patients = patients[patients.index.isin(overall.index)]
    overall = overall.reindex(patients.index)
    start = patients[study.endpoints[by_kind["os"]].start]
    nothing = pd.Series([None] * len(patients), index=patients.index, dtype=object)
    best = responded = progressed = nothing
    if study.response is not None:
        best = patients[study.response.best].astype(object)
    if study.response is not None and study.response.date is not None:
        responded = months(start, patients[study.response.date])
    if "pfs" in by_kind:
        progressed = _progression(cohort.times[by_kind["pfs"]], overall)
    lines = _spans(cohort.lines, start, overall["months"])
    columns = (overall["months"], overall["event"], best, responded, progressed)
    rows = [
        Lane(
            months=round(end, 1),
            category=None if pd.isna(category) else category,
            response=None if pd.isna(response) else round(response, 1),
            progression=None if pd.isna(progression) else round(progression, 1),
            died=bool(died),
            lines=lines.get(patient, ()),
        )
        for patient, end, died, category, response, progression in zip(
            patients.index, *columns, strict=True
        )
    ]
    return tuple(sorted(rows, key=lambda lane: -lane.months))


def _progression(times: pd.DataFrame, overall: pd.DataFrame) -> pd.Series:
    """Return the months to progression; NaN where there was none, or death was the event."""
    times = times.reindex(overall.index)
    happened = times["event"].fillna(False).astype(bool)
    by_death = overall["event"].astype(bool) & times["months"].eq(overall["months"])
    return times["months"].where(happened & ~by_death)


def _spans(
    lines: pd.DataFrame | None, start: pd.Series, follow_up: pd.Series
) -> dict[str, tuple[Span, ...]]:
    """Return each patient's lines of therapy within follow-up, in months to one digit.

    A line without a recorded end goes on to the next one, or to the end of follow-up; one that
    runs into the next ends where that starts.
    """
    if lines is None:
        return {}
    own = lines[lines["patient"].isin(start.index) & lines["start"].notna()]
    origin = own["patient"].map(start)
    last = own["patient"].map(follow_up)
    begins, ends = months(origin, own["start"]), months(origin, own["end"])
    following = begins.groupby(own["patient"]).shift(-1)
    limit = pd.concat([last, following], axis=1).min(axis=1)
    until = pd.concat([ends.fillna(limit), limit], axis=1).min(axis=1)
    since = begins.clip(lower=0)
    kept = until.gt(since)
    columns = (own["patient"], own["line"], since, until, last)
    found: dict[str, tuple[Span, ...]] = {}
    for patient, line, first, end, whole in zip(*(c[kept] for c in columns), strict=True):
        stop = min(round(end, 1), round(whole, 1))
        span = Span(int(line), min(round(first, 1), stop), stop)
        found[patient] = (*found.get(patient, ()), span)
    return found


def months(start: pd.Series, end: pd.Series) -> pd.Series:
    """Return the months between two date or day columns; NaN where either is unknown."""
    between = end - start
    days = between.dt.days if hasattr(between, "dt") else between
    return days.astype(float) / 30.4375


def drawing(cohort: Cohort) -> Drawing | None:
    """Return the swimmer plot, with the counts of its marks; None where it cannot be drawn.

    More than 80 lanes can no longer be read. Of more synthetic patients, up to 1,000, 80 are shown,
    evenly spaced by length of follow-up; of more real ones none, since a choice of single patients
    says little and shows them all the same.
    """
    most = MOST_PATIENTS if cohort.study.synthetic else MOST_LANES
    overall = next((key for key, one in cohort.study.endpoints.items() if one.kind == "os"), None)
    if overall is None or len(times(cohort, overall)) > most:
        return None
    rows = _lanes(cohort)
    if not rows:
        return None
    everybody = len(rows)
    if everybody > MOST_LANES:
        step = (everybody - 1) / (MOST_LANES - 1)
        rows = tuple(rows[round(step * at)] for at in range(MOST_LANES))
    counts: dict[str, float] = {
        "patients": len(rows),
        "responded": sum(lane.response is not None for lane in rows),
        "progressed": sum(lane.progression is not None for lane in rows),
        "died": sum(lane.died for lane in rows),
        "total_months": round(sum(lane.months for lane in rows), 1),
    }
    who, of = f"{len(rows)} patients", None
    if everybody > len(rows):
        who, of = f"{len(rows)} of {everybody} patients, evenly spaced by follow-up", everybody
    lines = {span.number for lane in rows for span in lane.lines}
    if lines:
        counts["line_months"] = round(
            sum(span.end - span.start for lane in rows for span in lane.lines), 1
        )
    alt = (
        f"Swimmer plot of {who}{', coloured by line of therapy' if lines else ''}: "
        f"{counts['responded']} with a dated response, {counts['progressed']} with progression, "
        f"{counts['died']} died."
    )
    return Drawing(swimmer_figure(rows, of=of), alt, pd.DataFrame([counts]))
