"""Time to event: every endpoint overall, in each population."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.cells import interval_column, of_total, reasons, with_interval
from helpers.analyses.drawing import Drawing
from helpers.analyses.groups import slug
from helpers.exhibits.kaplan_meier import LabelledCurve, Panel, panels_figure
from helpers.exhibits.table import Cell, Column, Group, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker, formatting
from helpers.statistics.time_to_event import (
    Quantile,
    SurvivalCurve,
    SurvivalRate,
    kaplan_meier,
    median,
    reverse_kaplan_meier,
    survival_at,
)

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study

CURVES = ("pfs", "os", "dor", "ttnt")


@dataclass(frozen=True)
class Estimate:
    """One curve and what is read from it.

    Attributes:
        n: Patients.
        events: Events.
        curve: Kaplan–Meier curve, times in months; None without patients.
        median: Median time.
        rates: Survival at the study's time points.
        follow_up: Median potential follow-up (reverse Kaplan–Meier).
    """

    n: int
    events: int
    curve: SurvivalCurve | None
    median: Quantile
    rates: tuple[SurvivalRate, ...]
    follow_up: Quantile


def times(cohort: Cohort, endpoint: str, population: str | None = None) -> pd.DataFrame:
    """Return months and event of a population, the survival population by default."""
    chosen = cohort.populations[population or cohort.study.settings.survival_population]
    frame = cohort.times[endpoint]
    return frame[chosen.reindex(frame.index)]


def overall(cohort: Cohort, endpoint: str, population: str | None = None) -> Estimate | None:
    """Estimate one endpoint; None where the study does not define it."""
    if endpoint not in cohort.study.endpoints:
        return None
    return estimate(cohort.study, times(cohort, endpoint, population))


def estimate(study: Study, frame: pd.DataFrame) -> Estimate:
    """Estimate a curve, its median, its rates and the follow-up from months and events."""
    level, transform = study.settings.confidence_level, study.settings.interval_transform
    months, event = frame["months"].to_numpy(), frame["event"].to_numpy()
    if len(frame) == 0:
        nothing = Quantile(0.5, None, None, None, level, transform, False, "no patients")
        return Estimate(0, 0, None, nothing, (), nothing)
    curve = kaplan_meier(months, event, level=level, transform=transform)
    return Estimate(
        n=curve.n,
        events=curve.n_events,
        curve=curve,
        median=median(curve),
        rates=survival_at(curve, study.settings.timepoint_months),
        follow_up=median(reverse_kaplan_meier(months, event, level=level)),
    )


def estimate_rows(found: Estimate | None, make: RowMaker, key: str, endpoint: str) -> Iterator[Row]:
    """Yield the rows of one estimate, below ``key``."""
    if found is None:
        return
    yield make.count(f"{key}.patients", found.n, variable=endpoint)
    yield make.count(f"{key}.events", found.events, found.n, variable=endpoint)
    yield make.quantile(
        f"{key}.median", found.median, n=found.events, denominator=found.n, variable=endpoint
    )
    for rate in found.rates:
        yield make.rate(
            f"{key}.rate_{slug(rate.time)}", rate, denominator=found.n, variable=endpoint
        )
    yield make.quantile(f"{key}.follow_up", found.follow_up, variable=endpoint, denominator=found.n)


def without_curve(study: Study) -> tuple[str, ...]:
    """Return the endpoints that have no figure of their own in the notebook."""
    return tuple(name for name in study.endpoints if name not in CURVES)


def other_populations(cohort: Cohort) -> tuple[str, ...]:
    """Return the populations whose members differ from the survival population's."""
    primary = cohort.populations[cohort.study.settings.survival_population]
    return tuple(key for key, other in cohort.populations.items() if not other.equals(primary))


def endpoint_table(study: Study, ledger: Ledger, endpoints: Sequence[str]) -> Table | None:
    """Return the table of endpoints: patients, events, median, rates, follow-up."""
    if not endpoints:
        return None
    missing: list[str] = []
    body = [
        _endpoint_line(study, ledger, endpoint, f"survival.{endpoint}", missing)
        for endpoint in endpoints
    ]
    notes = (
        _endpoint_note(study),
        *missing,
    )
    return Table(columns=_endpoint_columns(study), rows=tuple(body), notes=notes)


def sensitivity_table(cohort: Cohort, ledger: Ledger) -> Table | None:
    """Return every endpoint in the primary and the other populations; None without others."""
    study, others = cohort.study, other_populations(cohort)
    if not others:
        return None
    body: list[TableRow | Group] = []
    missing: list[str] = []
    primary = study.settings.survival_population
    for population in (primary, *others):
        prefix = "survival" if population == primary else f"survival_in.{population}"
        words = " (primary)" if population == primary else ""
        body.append(Group(study.populations[population].label + words))
        body.extend(
            _endpoint_line(study, ledger, endpoint, f"{prefix}.{endpoint}", missing, indent=1)
            for endpoint in study.endpoints
        )
    notes = (
        _endpoint_note(study),
        *missing,
    )
    return Table(columns=_endpoint_columns(study), rows=tuple(body), notes=notes)


def _endpoint_note(study: Study) -> str:
    return (
        f"Kaplan–Meier estimates with {study.settings.interval_transform} intervals (CI); "
        "follow-up is the median by reverse Kaplan–Meier."
    )


def _endpoint_columns(study: Study) -> tuple[Column, ...]:
    points = study.settings.timepoint_months
    return (
        Column("Endpoint"),
        Column("Events/patients", align="right"),
        interval_column(study, "Median, months"),
        *(interval_column(study, f"At {point:g} months") for point in points),
        interval_column(study, "Follow-up, months"),
    )


def _endpoint_line(
    study: Study, ledger: Ledger, endpoint: str, key: str, missing: list[str], *, indent: int = 0
) -> TableRow:
    events, middle = ledger[f"{key}.events"], ledger[f"{key}.median"]
    points = study.settings.timepoint_months
    rates = [ledger[f"{key}.rate_{slug(point)}"] for point in points]
    missing.extend(reasons([middle, *rates], study.endpoints[endpoint].short))
    label = Cell(study.endpoints[endpoint].label, indent=indent)
    ratio = of_total(events)
    shown = (with_interval(row) for row in (middle, *rates, ledger[f"{key}.follow_up"]))
    return TableRow((label, ratio, *shown))


def overall_drawing(
    study: Study, found: Estimate | None, ledger: Ledger, endpoint: str
) -> Drawing | None:
    """Return the curve of one endpoint; None where the study does not define it."""
    if found is None or found.curve is None:
        return None
    defined, key = study.endpoints[endpoint], f"survival.{endpoint}"
    middle = ledger[f"{key}.median"]
    shown = f"{middle.value_words} ({middle.interval_words})" if middle.interval else middle.text
    panel = Panel(
        curves=(LabelledCurve("All patients", found.curve),),
        survival_label=defined.label,
        time_label=f"Months from {defined.start_words}",
        annotation=(f"Median {shown}",),
    )
    rates = [
        f"{ledger[f'{key}.rate_{slug(point)}'].value_words} at {point:g} months"
        for point in study.settings.timepoint_months
    ]
    alt = (
        f"Kaplan–Meier curve of {defined.label.lower()} in "
        f"{formatting.number_of(found.n, 'patient')} with "
        f"{formatting.number_of(found.events, 'event')}: median {shown}; {', '.join(rates)}."
    )
    return Drawing(panels_figure([panel]), alt, panel_data([panel]))


def panel_data(panels: Sequence[Panel]) -> pd.DataFrame:
    """Return curves as drawn: one row a step of each curve of each panel."""
    frames = [
        pd.DataFrame(
            {
                "panel": number,
                "curve": labelled.label,
                "months": labelled.curve.time,
                "survival": labelled.curve.survival,
                "low": labelled.curve.low,
                "high": labelled.curve.high,
                "at_risk": labelled.curve.at_risk,
                "events": labelled.curve.events,
                "censored": labelled.curve.censored,
            }
        )
        for number, panel in enumerate(panels, start=1)
        for labelled in panel.curves
    ]
    return pd.concat(frames) if frames else pd.DataFrame()
