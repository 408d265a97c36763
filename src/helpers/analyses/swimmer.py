"""Each patient's course as one lane: time on study, first response, progression, death."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.drawing import Drawing
from helpers.analyses.groups import members
from helpers.exhibits.swimmer import Lane, swimmer_figure

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort

MOST_LANES = 80


def _lanes(cohort: Cohort) -> tuple[Lane, ...] | None:
    """Return one lane a patient, longest first, in months and without id or date.

    None where response or its date was not collected, where the study has no overall and
    progression-free survival, or where there are more than 80 patients, since a lane can then
    no longer be read.
    """
    study = cohort.study
    by_kind = {endpoint.kind: key for key, endpoint in study.endpoints.items()}
    if study.response is None or study.response.date is None or not {"os", "pfs"} <= set(by_kind):
        return None
    patients = members(cohort, study.settings.survival_population)
    if len(patients) > MOST_LANES:
        return None
    overall = cohort.times[by_kind["os"]].reindex(patients.index)
    progression = cohort.times[by_kind["pfs"]].reindex(patients.index)
    start = patients[study.endpoints[by_kind["os"]].start]
    response = months(start, patients[study.response.date])
    rows: list[Lane] = []
    courses = zip(
        overall["months"],
        overall["event"],
        progression["months"],
        progression["event"],
        response,
        patients[study.response.best].astype(object),
        strict=True,
    )
    for end, died, event_at, event, responded, best in courses:
        progressed = event and not (died and event_at == end)
        rows.append(
            Lane(
                months=round(end, 1),
                category=None if pd.isna(best) else best,
                response=None if pd.isna(responded) else round(responded, 1),
                progression=round(event_at, 1) if progressed else None,
                died=bool(died),
            )
        )
    return tuple(sorted(rows, key=lambda lane: -lane.months))


def months(start: pd.Series, end: pd.Series) -> pd.Series:
    """Return the months between two date or day columns; NaN where either is unknown."""
    between = end - start
    days = between.dt.days if hasattr(between, "dt") else between
    return days.astype(float) / 30.4375


def drawing(cohort: Cohort) -> Drawing | None:
    """Return the swimmer plot, with the counts of its marks; None where it cannot be drawn."""
    rows = _lanes(cohort)
    if rows is None:
        return None
    counts = {
        "patients": len(rows),
        "responded": sum(lane.response is not None for lane in rows),
        "progressed": sum(lane.progression is not None for lane in rows),
        "died": sum(lane.died for lane in rows),
        "total_months": round(sum(lane.months for lane in rows), 1),
    }
    alt = (
        f"Swimmer plot of {counts['patients']} patients: {counts['responded']} with a dated "
        f"response, {counts['progressed']} with progression, {counts['died']} died."
    )
    return Drawing(swimmer_figure(rows), alt, pd.DataFrame([counts]))
