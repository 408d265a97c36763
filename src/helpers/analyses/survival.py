"""Time to event: every endpoint overall, and by groups that are known at time zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.cells import bound, reasons, with_interval
from helpers.analyses.drawing import Drawing
from helpers.analyses.groups import Level, contrast_order, level_name, levels, slug
from helpers.exhibits.kaplan_meier import LabelledCurve, Panel, panels_figure
from helpers.exhibits.table import Cell, Column, Group, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.proportions import TestResult
from helpers.statistics.regression import CoxModel, Factor, cox
from helpers.statistics.time_to_event import (
    ImmortalTimeError,
    Quantile,
    SurvivalCurve,
    SurvivalRate,
    kaplan_meier,
    logrank,
    median,
    require_known_at_baseline,
    reverse_kaplan_meier,
    survival_at,
)

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study

CURVES = ("pfs", "os", "dor", "ttnt")
#: Word of ledger keys of comparisons from time zero by what was known only later.
NAIVE = "naive"
NAIVE_NOTE = (
    "Naive comparisons start when treatment starts although the groups form later: they are "
    "biased by immortal time and are shown only beside the published ones."
)


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


@dataclass(frozen=True)
class Comparison:
    """Curves by the levels of one variable, from one time zero.

    Attributes:
        variable: Grouping variable.
        levels: Its levels, in the order of the comparison.
        estimates: One estimate a level.
        test: Log-rank test.
        unknown: Patients whose level is unknown.
        naive: Whether it splits from time zero although the groups form later.
        model: Cox model of the grouping, where it formed after time zero: what stands beside
            other ways of comparing such groups. None for groups known at time zero.
    """

    variable: str
    levels: tuple[Level, ...]
    estimates: tuple[Estimate, ...]
    test: TestResult
    unknown: int
    naive: bool = False
    model: CoxModel | None = None


@dataclass(frozen=True)
class Labelled:
    """A comparison with the words that stand over it.

    Attributes:
        comparison: The comparison.
        key: Beginning of its ledger keys, before the variable's name.
        title: Heading in table and figure.
        time_label: Label of the time axis.
    """

    comparison: Comparison
    key: str
    title: str
    time_label: str


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


def compare(cohort: Cohort, endpoint: str, variable: str, *, naive: bool = False) -> Comparison:
    """Compare one endpoint by a variable, from time zero.

    Raises:
        ImmortalTimeError: The variable is known only after time zero and ``naive`` is false.
    """
    frame = times(cohort, endpoint)
    people = cohort.patients.loc[frame.index]
    return comparison(cohort.study, frame, people, variable, naive=naive)


def by_baseline_groups(cohort: Cohort, endpoint: str) -> tuple[Comparison, ...]:
    """Compare by every declared grouping that is known at time zero."""
    study = cohort.study
    named = (curve.variable for curve in study.survival.curves)
    known = (name for name in named if study.known_at(name) == "baseline")
    return tuple(compare(cohort, endpoint, name) for name in known)


def from_time_zero(study: Study, found: Comparison, endpoint: str) -> Labelled:
    """Return a comparison from time zero, ready for table and figure; a naive one is named so."""
    title = study.label(found.variable)
    return Labelled(
        comparison=found,
        key=f"survival.{endpoint}.{NAIVE if found.naive else 'by'}",
        title=f"{title}: naive, from time zero" if found.naive else title,
        time_label=f"Months from {study.endpoints[endpoint].start_words}",
    )


def comparison(
    study: Study,
    frame: pd.DataFrame,
    patients: pd.DataFrame,
    variable: str,
    *,
    landmark: float | None = None,
    naive: bool = False,
) -> Comparison:
    """Compare curves by the levels of a variable; rows of both frames are the same patients.

    Args:
        study: The study.
        frame: Months and event, counted from the landmark where there is one.
        patients: The variable's values.
        variable: Grouping variable.
        landmark: The landmark in months; None counts from time zero.
        naive: Splits from time zero although the variable is known only later, and says so.

    Raises:
        ImmortalTimeError: The variable is known only after time zero, there is no landmark, and
            ``naive`` is false.
    """
    late = study.known_at(variable) != "baseline"
    if landmark is None:
        require_known_at_baseline(variable, study.known_at(variable), naive=naive)
    present = contrast_order(study, variable, levels(study, patients, variable))
    estimates = tuple(estimate(study, frame[level.members]) for level in present)
    known = patients[variable].notna()
    groups = patients.loc[known, variable].astype(str).to_numpy()
    test = logrank(frame.loc[known, "months"], frame.loc[known, "event"], groups)
    return Comparison(
        variable=variable,
        levels=present,
        estimates=estimates,
        test=test,
        unknown=int((~known).sum()),
        naive=late and landmark is None,
        model=_model(study, frame[known], patients[known], variable) if late else None,
    )


def _model(study: Study, frame: pd.DataFrame, patients: pd.DataFrame, variable: str) -> CoxModel:
    """Return the Cox model of a grouping; the study's first level is the reference."""
    keys = study.levels(variable)
    factor = Factor(
        name=variable,
        label=study.label(variable),
        values=patients[variable].astype(object).to_numpy(),
        levels=tuple(keys),
    )
    return cox(frame["months"], frame["event"], [factor], level=study.settings.confidence_level)


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


def comparison_rows(found: Comparison, make: RowMaker, key: str, endpoint: str) -> Iterator[Row]:
    """Yield the rows of a comparison, below ``key`` and the variable's name.

    Raises:
        ImmortalTimeError: The comparison is naive and ``key`` does not say so.
    """
    if found.naive and NAIVE not in key.split("."):
        raise ImmortalTimeError(
            f"{key!r}: the comparison by {found.variable!r} from time zero is naive, and its "
            f"ledger key must say so: survival.{endpoint}.{NAIVE}"
        )
    below = f"{key}.{found.variable}"
    for level, one in zip(found.levels, found.estimates, strict=True):
        yield from estimate_rows(one, make, f"{below}.{level.key}", endpoint)
    yield make.test(f"{below}.logrank", found.test, variable=endpoint, group=found.variable)
    yield make.count(f"{below}.unknown", found.unknown, variable=endpoint)
    if found.model is not None:
        method = f"{NAIVE} {found.model.method}" if found.naive else found.model.method
        for term in found.model.terms:
            yield make.hazard_ratio(
                f"{below}.{term.level}.hazard_ratio",
                term,
                method=method,
                level=found.estimates[0].median.level if found.estimates else None,
                variable=endpoint,
                group=f"{found.variable}={term.level}",
            )


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
        f"Kaplan–Meier estimates with {study.settings.interval_transform} intervals (CI); "
        "follow-up is the median by reverse Kaplan–Meier.",
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
        f"Kaplan–Meier estimates with {study.settings.interval_transform} intervals (CI).",
        *missing,
    )
    return Table(columns=_endpoint_columns(study), rows=tuple(body), notes=notes)


def _endpoint_columns(study: Study) -> tuple[Column, ...]:
    percent = f"{100 * study.settings.confidence_level:g}%"
    points = study.settings.timepoint_months
    return (
        Column("Endpoint"),
        Column("Events/patients", align="right"),
        Column(f"Median, months ({percent} CI)", align="right"),
        *(Column(f"At {point:g} months ({percent} CI)", align="right") for point in points),
        Column(f"Follow-up, months ({percent} CI)", align="right"),
    )


def _endpoint_line(
    study: Study, ledger: Ledger, endpoint: str, key: str, missing: list[str], *, indent: int = 0
) -> TableRow:
    events, middle = ledger[f"{key}.events"], ledger[f"{key}.median"]
    points = study.settings.timepoint_months
    rates = [ledger[f"{key}.rate_{slug(point)}"] for point in points]
    missing.extend(reasons([middle, *rates], study.endpoints[endpoint].short))
    label = Cell(study.endpoints[endpoint].label, indent=indent)
    ratio = Cell(f"{events.n}/{events.denominator}", key=events.key)
    shown = (with_interval(row) for row in (middle, *rates, ledger[f"{key}.follow_up"]))
    return TableRow((label, ratio, *shown))


def comparison_table(
    study: Study, found: Sequence[Labelled], ledger: Ledger, *, months: Sequence[float]
) -> Table | None:
    """Return the table of comparisons, with survival at ``months``; None where there is none."""
    if not found:
        return None
    percent = f"{100 * study.settings.confidence_level:g}%"
    ratios = any(one.comparison.model is not None for one in found)
    columns = (
        Column("Group"),
        Column("Events/patients", align="right"),
        Column(f"Median, months ({percent} CI)", align="right"),
        *(Column(f"At {point:g} months ({percent} CI)", align="right") for point in months),
        Column("p (log-rank)", align="right"),
        *([Column(f"HR ({percent} CI)", align="right")] if ratios else []),
    )
    body: list[TableRow | Group] = []
    missing: list[Row] = []
    for one in found:
        body.append(Group(one.title))
        body.extend(_comparison_lines(one, ledger, months, missing, ratios=ratios))
    notes = (
        f"Kaplan–Meier estimates with {study.settings.interval_transform} intervals (CI); "
        "two-sided log-rank tests, not adjusted for the number of comparisons.",
        *reasons(missing),
        *(["HR, hazard ratio of a Cox model, above 1: worse."] if ratios else []),
        *(f"{one.title}: {note}" for one in found for note in _model_notes(one.comparison)),
        *([NAIVE_NOTE] if any(one.comparison.naive for one in found) else []),
    )
    return Table(columns=columns, rows=tuple(body), notes=notes)


def _model_notes(found: Comparison) -> tuple[str, ...]:
    return () if found.model is None else found.model.notes


def _comparison_lines(
    one: Labelled,
    ledger: Ledger,
    months: Sequence[float],
    missing: list[Row],
    *,
    ratios: bool,
) -> Iterator[TableRow]:
    below = f"{one.key}.{one.comparison.variable}"
    test = ledger[f"{below}.logrank"]
    for position, level in enumerate(one.comparison.levels):
        rows = [ledger[f"{below}.{level.key}.median"]]
        rows += [ledger[f"{below}.{level.key}.rate_{slug(point)}"] for point in months]
        missing.extend(rows)
        events = ledger[f"{below}.{level.key}.events"]
        shown = [with_interval(row) for row in rows]
        p = bound(test) if position == 0 else Cell("")
        count = Cell(f"{events.n}/{events.denominator}", key=events.key)
        hazard = ledger.get(f"{below}.{level.key}.hazard_ratio")
        last = [with_interval(hazard) if hazard else Cell("reference")] if ratios else []
        missing.extend([hazard] if hazard else [])
        yield TableRow((Cell(level.label, indent=1), count, *shown, p, *last))
    missing.append(test)
    if one.comparison.unknown:
        blank = [Cell("")] * (len(months) + 2 + ratios)
        unknown = bound(ledger[f"{below}.unknown"])
        yield TableRow((Cell("Unknown", indent=1), unknown, *blank))


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
        f"Kaplan–Meier curve of {defined.label.lower()} in {found.n} patients with "
        f"{found.events} events: median {shown}; {', '.join(rates)}."
    )
    return Drawing(panels_figure([panel]), alt, panel_data([panel]))


def comparison_drawing(
    study: Study, found: Sequence[Labelled], ledger: Ledger, endpoint: str
) -> Drawing | None:
    """Return the curves of comparisons, one panel each; None where there is none."""
    if not found:
        return None
    defined = study.endpoints[endpoint]
    panels, said = [], []
    for one in found:
        below = f"{one.key}.{one.comparison.variable}"
        test = ledger[f"{below}.logrank"]
        pairs = list(zip(one.comparison.levels, one.comparison.estimates, strict=True))
        names = [level_name(study, one.comparison.variable, level) for level, _ in pairs]
        curves = tuple(
            LabelledCurve(name, estimate.curve)
            for name, (_, estimate) in zip(names, pairs, strict=True)
            if estimate.curve is not None
        )
        panels.append(
            Panel(
                curves=curves,
                survival_label=defined.label,
                time_label=one.time_label,
                annotation=(f"Log-rank {test.text}",),
                title=one.title,
                notice="Naive: biased by immortal time." if one.comparison.naive else None,
            )
        )
        medians = [ledger[f"{below}.{level.key}.median"].value_words for level, _ in pairs]
        groups = " versus ".join(f"{n} {m}" for n, m in zip(names, medians, strict=True))
        said.append(f"{one.title}: {groups} (log-rank {test.text})")
    alt = f"Kaplan–Meier curves of {defined.label.lower()} by group, medians. {'; '.join(said)}."
    return Drawing(panels_figure(panels), alt, panel_data(panels))


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
