"""Groups that are known only after time zero: landmark analysis, and the naive comparison.

Splitting a curve from time zero by such a group credits it with the time its members had to
survive to enter it. The naive comparison is made only where study.yml asks for it by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.cells import patients
from helpers.analyses.groups import slug
from helpers.analyses.survival import (
    Comparison,
    Labelled,
    compare,
    comparison,
    comparison_rows,
    comparison_table,
    times,
)
from helpers.exhibits.table import Table
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.time_to_event import landmark

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study


@dataclass(frozen=True)
class LandmarkComparison:
    """One comparison among the patients still at risk at a landmark.

    Attributes:
        months: The landmark.
        comparison: Curves from the landmark on.
        left_out_event: Patients with the event before the landmark.
        left_out_censored: Patients censored before it.
    """

    months: float
    comparison: Comparison
    left_out_event: int
    left_out_censored: int


def late_variables(cohort: Cohort) -> tuple[str, ...]:
    """Return the declared groupings that are known only after time zero."""
    study = cohort.study
    named = (curve.variable for curve in study.survival.curves)
    return tuple(name for name in named if study.known_at(name) != "baseline")


def naive(cohort: Cohort, endpoint: str) -> tuple[Comparison, ...]:
    """Compare from time zero by the late groupings for which study.yml asks ``naive``."""
    asked = (curve for curve in cohort.study.survival.curves if curve.naive)
    return tuple(compare(cohort, endpoint, curve.variable, naive=True) for curve in asked)


def at_landmarks(cohort: Cohort, endpoint: str) -> tuple[LandmarkComparison, ...]:
    """Compare by every late grouping at every landmark of the study's settings."""
    return tuple(
        _at_landmark(cohort, endpoint, variable, months)
        for variable in late_variables(cohort)
        for months in cohort.study.settings.landmark_months
    )


def _at_landmark(cohort: Cohort, endpoint: str, variable: str, months: float) -> LandmarkComparison:
    frame = times(cohort, endpoint)
    kept = landmark(frame["months"], frame["event"], months)
    rest = pd.DataFrame(
        {"months": kept.durations, "event": kept.events}, index=frame.index[kept.mask]
    )
    found = comparison(cohort.study, rest, cohort.patients.loc[rest.index], variable)
    return LandmarkComparison(months, found, kept.n_excluded_event, kept.n_excluded_censored)


def landmark_key(endpoint: str, months: float) -> str:
    """Return the beginning of the ledger keys of one landmark analysis."""
    return f"survival.{endpoint}.landmark.{slug(months)}"


def rows(found: Sequence[LandmarkComparison], make: RowMaker, endpoint: str) -> Iterator[Row]:
    """Yield the rows of landmark analyses."""
    for one in found:
        key = landmark_key(endpoint, one.months)
        below = f"{key}.{one.comparison.variable}"
        yield from comparison_rows(one.comparison, make, key, endpoint)
        yield make.count(f"{below}.left_out_event", one.left_out_event, variable=endpoint)
        yield make.count(f"{below}.left_out_censored", one.left_out_censored, variable=endpoint)


def panels(
    study: Study,
    naive: Sequence[Comparison],
    landmarks: Sequence[LandmarkComparison],
    endpoint: str,
) -> tuple[Labelled, ...]:
    """Return naive and landmark comparisons, each under its own name."""
    start = study.endpoints[endpoint].start_words
    found = [
        Labelled(
            comparison=one,
            key=f"survival.{endpoint}.naive",
            title=f"{study.label(one.variable)}: naive, from time zero",
            time_label=f"Months from {start}",
        )
        for one in naive
    ]
    found += [
        Labelled(
            comparison=one.comparison,
            key=landmark_key(endpoint, one.months),
            title=f"{study.label(one.comparison.variable)}: landmark at {one.months:g} months",
            time_label=f"Months from the {one.months:g}-month landmark",
        )
        for one in landmarks
    ]
    return tuple(found)


def table(
    study: Study,
    naive: Sequence[Comparison],
    landmarks: Sequence[LandmarkComparison],
    ledger: Ledger,
    endpoint: str,
) -> Table | None:
    """Return the table of naive and landmark comparisons; None where there is none."""
    shown = comparison_table(study, panels(study, naive, landmarks, endpoint), ledger, months=())
    if shown is None:
        return None
    notes = list(shown.notes)
    if naive:
        notes.append(
            "Naive comparisons start when treatment starts although the groups form later: they "
            "are biased by immortal time and are shown only beside the published ones."
        )
    for one in landmarks:
        below = f"{landmark_key(endpoint, one.months)}.{one.comparison.variable}"
        gone, lost = (ledger[f"{below}.left_out_{how}"] for how in ("event", "censored"))
        notes.append(
            f"Landmark at {one.months:g} months: {patients(gone)} with the event and "
            f"{lost.display} censored before it are left out, medians count from the landmark, "
            "and patients are grouped by the value recorded at the end of treatment."
        )
    return replace(shown, notes=tuple(notes))
