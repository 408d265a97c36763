"""Groups that are known only after time zero: landmark analysis, and the naive comparison.

Splitting a curve from time zero by such a group credits it with the time its members had to
survive to enter it. The naive comparison is made only where study.yml asks for it by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses import comparison
from helpers.analyses.cells import number
from helpers.analyses.comparison import Comparison, Labelled, compare, from_time_zero, split
from helpers.analyses.groups import slug
from helpers.analyses.survival import times
from helpers.analyses.time_dependent import changes, state_at
from helpers.errors import ManuscriptError
from helpers.exhibits.table import Table
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.time_to_event import landmark

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study
    from helpers.study.schema.survival import Comparison as CurvePlan


@dataclass(frozen=True)
class LandmarkComparison:
    """One comparison among the patients still at risk at a landmark.

    Attributes:
        months: The landmark.
        comparison: Curves from the landmark on.
        left_out_event: Patients with the event before the landmark.
        left_out_censored: Patients censored before it.
        dated: Whether groups are those of the landmark's day, not those of the final value.
    """

    months: float
    comparison: Comparison
    left_out_event: int
    left_out_censored: int
    dated: bool


def late_variables(cohort: Cohort) -> tuple[str, ...]:
    """Return the declared groupings that are known only after time zero."""
    study = cohort.study
    named = (curve.variable for curve in study.survival.curves)
    return tuple(name for name in named if study.known_at(name) != "baseline")


def naive(cohort: Cohort, endpoint: str) -> tuple[Comparison, ...]:
    """Compare from time zero by the late groupings for which study.yml asks ``naive``."""
    late = late_variables(cohort)
    plan = cohort.study.survival.curves
    asked = (curve.variable for curve in plan if curve.naive and curve.variable in late)
    return tuple(compare(cohort, endpoint, name, naive=True) for name in asked)


def at_landmarks(cohort: Cohort, endpoint: str) -> tuple[LandmarkComparison, ...]:
    """Compare by every late grouping at every landmark of the study's settings.

    Where study.yml says since when a grouping holds, patients are grouped as they were on the
    landmark's day, else by the final value.

    Raises:
        ManuscriptError: Nobody is left at one of the landmarks.
    """
    late = late_variables(cohort)
    return tuple(
        _at_landmark(cohort, endpoint, curve, months)
        for curve in cohort.study.survival.curves
        if curve.variable in late
        for months in cohort.study.settings.landmark_months
    )


def _at_landmark(
    cohort: Cohort, endpoint: str, curve: CurvePlan, months: float
) -> LandmarkComparison:
    frame, variable = times(cohort, endpoint), curve.variable
    kept = landmark(frame["months"], frame["event"], months)
    rest = pd.DataFrame(
        {"months": kept.durations, "event": kept.events}, index=frame.index[kept.mask]
    )
    if rest.empty:
        short = cohort.study.endpoints[endpoint].short
        raise ManuscriptError(
            f"nobody is left at the {months:g}-month landmark of {short}",
            where="landmark_months",
            remedy="set landmarks at which patients are still under observation",
        )
    patients = cohort.patients.loc[rest.index]
    if curve.since is not None:
        change = changes(cohort, endpoint, curve).loc[rest.index]
        patients = patients.assign(**{variable: state_at(cohort.study, variable, change, months)})
    found = split(cohort.study, rest, patients, variable, landmark=months)
    return LandmarkComparison(
        months, found, kept.n_excluded_event, kept.n_excluded_censored, curve.since is not None
    )


def landmark_key(endpoint: str, months: float) -> str:
    """Return the beginning of the ledger keys of one landmark analysis."""
    return f"survival.{endpoint}.landmark.{slug(months)}"


def rows(found: Sequence[LandmarkComparison], make: RowMaker, endpoint: str) -> Iterator[Row]:
    """Yield the rows of landmark analyses."""
    for one in found:
        key = landmark_key(endpoint, one.months)
        below = f"{key}.{one.comparison.variable}"
        yield from comparison.rows(one.comparison, make, key, endpoint)
        yield make.count(f"{below}.left_out_event", one.left_out_event, variable=endpoint)
        yield make.count(f"{below}.left_out_censored", one.left_out_censored, variable=endpoint)


def panels(
    study: Study,
    naive: Sequence[Comparison],
    landmarks: Sequence[LandmarkComparison],
    endpoint: str,
) -> tuple[Labelled, ...]:
    """Return naive and landmark comparisons, each under its own name."""
    found = [from_time_zero(study, one, endpoint) for one in naive]
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
    shown = comparison.table(study, panels(study, naive, landmarks, endpoint), ledger, months=())
    if shown is None:
        return None
    notes = list(shown.notes)
    for one in landmarks:
        below = f"{landmark_key(endpoint, one.months)}.{one.comparison.variable}"
        gone, lost = (ledger[f"{below}.left_out_{how}"] for how in ("event", "censored"))
        notes.append(
            f"Landmark at {one.months:g} months: {number(gone, 'patient')} with the event and "
            f"{lost.display} censored before it are left out, medians count from the landmark, "
            f"and patients are grouped by {_grouped_by(one)}."
        )
    return replace(shown, notes=tuple(notes))


def _grouped_by(one: LandmarkComparison) -> str:
    if one.dated:
        return f"their status at the {one.months:g}-month landmark"
    return "the value recorded at the end of treatment"
