"""Competing events: cumulative incidence of one event of an endpoint, where others preclude it.

One minus Kaplan–Meier would treat those who had the other event as if they could still have the
one of interest, and overstate it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from helpers.analyses.cells import bound, interval_column, of_total, reasons, with_interval
from helpers.analyses.drawing import Drawing
from helpers.analyses.groups import Level, contrast_order, level_name, levels, slug
from helpers.analyses.survival import times
from helpers.analyses.terms import factor_of
from helpers.exhibits.cumulative_incidence import (
    IncidencePanel,
    LabelledIncidence,
    incidence_figure,
)
from helpers.exhibits.table import Cell, Column, Group, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker
from helpers.ledger.formatting import lowered
from helpers.statistics.competing_risks import (
    Incidence,
    IncidenceCurve,
    cause_specific_cox,
    cumulative_incidence,
    incidence_at,
)
from helpers.statistics.gray import grays_test
from helpers.statistics.proportions import TestResult
from helpers.statistics.regression import CoxModel

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study
    from helpers.study.schema.survival import CompetingRisks

#: Ledger word of each cause: the event of interest, and the events that compete with it.
CAUSES = {"event": 1, "competing": 2}
KEY = "competing"


@dataclass(frozen=True)
class GroupIncidence:
    """Cumulative incidence of both causes in one group of patients.

    Attributes:
        n: Patients.
        curves: Curve of each cause, by its ledger word.
        rates: Incidence at the study's time points, by the cause's ledger word.
    """

    n: int
    curves: dict[str, IncidenceCurve]
    rates: dict[str, tuple[Incidence, ...]]


@dataclass(frozen=True)
class IncidenceByGroup:
    """Cumulative incidence by the levels of a variable that is known at time zero.

    Attributes:
        variable: Grouping variable.
        levels: Its levels, in the order of the comparison.
        groups: One estimate a level.
        tests: Gray's test of each cause, by its ledger word.
        models: Cause-specific Cox model of each cause.
        unknown: Patients whose level is unknown.
    """

    variable: str
    levels: tuple[Level, ...]
    groups: tuple[GroupIncidence, ...]
    tests: dict[str, TestResult]
    models: dict[str, CoxModel]
    unknown: int


@dataclass(frozen=True)
class Competing:
    """The analysis: everybody together, and by a grouping where one is declared."""

    plan: CompetingRisks
    together: GroupIncidence
    by: IncidenceByGroup | None


def analyse(cohort: Cohort) -> Competing | None:
    """Estimate cumulative incidence as study.yml declares it; None where it does not.

    Raises:
        ImmortalTimeError: The grouping is known only after time zero.
    """
    plan = cohort.study.survival.competing
    if plan is None:
        return None
    frame = causes(cohort, plan)
    by = None if plan.by is None else _by_group(cohort, frame, plan.by)
    return Competing(plan, _incidence(cohort.study, frame), by)


def causes(cohort: Cohort, plan: CompetingRisks) -> pd.DataFrame:
    """Return months and cause (0 censored, 1 the event of interest, 2 another) of the population.

    The event of interest counts where another falls on the same day.
    """
    frame = times(cohort, plan.endpoint)
    dates = cohort.patients.loc[frame.index]
    events = cohort.study.endpoints[plan.endpoint].events
    first = dates[events].min(axis=1)
    own = dates[plan.event].eq(first) & first.notna()
    code = np.where(frame["event"], np.where(own, CAUSES["event"], CAUSES["competing"]), 0)
    return pd.DataFrame({"months": frame["months"], "cause": code}, index=frame.index)


def _incidence(study: Study, frame: pd.DataFrame) -> GroupIncidence:
    level, transform = study.settings.confidence_level, study.settings.interval_transform
    points = study.settings.timepoint_months
    months, code = frame["months"].to_numpy(), frame["cause"].to_numpy()
    curves = {
        word: cumulative_incidence(months, code, cause=cause, level=level, transform=transform)
        for word, cause in CAUSES.items()
    }
    rates = {word: incidence_at(curve, points) for word, curve in curves.items()}
    return GroupIncidence(len(frame), curves, rates)


def _by_group(cohort: Cohort, frame: pd.DataFrame, variable: str) -> IncidenceByGroup:
    study = cohort.study
    people = cohort.patients.loc[frame.index]
    present = contrast_order(study, variable, levels(study, people, variable))
    known = people[variable].notna()
    months, code = frame.loc[known, "months"], frame.loc[known, "cause"]
    groups = people.loc[known, variable].astype(str)
    factor = factor_of(study, people[known], variable)
    level = study.settings.confidence_level
    return IncidenceByGroup(
        variable=variable,
        levels=present,
        groups=tuple(_incidence(study, frame[one.members]) for one in present),
        tests={
            word: grays_test(months, code, groups, cause=cause) for word, cause in CAUSES.items()
        },
        models={
            word: cause_specific_cox(months, code, [factor], cause=cause, level=level)
            for word, cause in CAUSES.items()
        },
        unknown=int((~known).sum()),
    )


def rows(study: Study, found: Competing | None, make: RowMaker) -> Iterator[Row]:
    """Yield the rows of the analysis, below ``competing``."""
    if found is None:
        return
    endpoint = found.plan.endpoint
    yield from _group_rows(found.together, make, KEY, endpoint, None)
    if found.by is None:
        return
    below = f"{KEY}.by.{found.by.variable}"
    for level, group in zip(found.by.levels, found.by.groups, strict=True):
        name = f"{found.by.variable}={level.key}"
        yield from _group_rows(group, make, f"{below}.{level.key}", endpoint, name)
    given = {"variable": endpoint, "group": found.by.variable}
    for word in CAUSES:
        yield make.test(f"{below}.gray_{word}", found.by.tests[word], **given)
        yield from _ratio_rows(study, found.by, word, make, below)
    yield make.count(f"{below}.unknown", found.by.unknown, variable=endpoint)


def _group_rows(
    found: GroupIncidence, make: RowMaker, key: str, endpoint: str, group: str | None
) -> Iterator[Row]:
    given: dict[str, Any] = {"variable": endpoint, "group": group}
    yield make.count(f"{key}.patients", found.n, **given)
    for word in CAUSES:
        yield make.count(f"{key}.{word}.events", found.curves[word].n_events, found.n, **given)
        for rate in found.rates[word]:
            below = f"{key}.{word}.rate_{slug(rate.time)}"
            yield make.incidence(below, rate, denominator=found.n, **given)


def _ratio_rows(
    study: Study, found: IncidenceByGroup, word: str, make: RowMaker, below: str
) -> Iterator[Row]:
    """Yield the cause-specific hazard ratios of one cause."""
    model = found.models[word]
    keys = {label: level for level, label in study.levels(found.variable).items()}
    for term in model.terms:
        key = f"{below}.{keys[term.level]}.{word}.hazard_ratio"
        method = f"cause-specific {model.method}"
        level = study.settings.confidence_level
        group = f"{found.variable}={keys[term.level]}"
        yield make.hazard_ratio(key, term, method=method, level=level, group=group)
        yield make.p(f"{key}_p_value", term.p, method, reason=term.reason, group=group)


def table(study: Study, found: Competing | None, ledger: Ledger) -> Table | None:
    """Return cumulative incidence of both causes, overall and by group; None without a plan."""
    if found is None:
        return None
    points = study.settings.timepoint_months
    compared = (Column("p (Gray)", align="right"), interval_column(study, "Cause-specific HR"))
    columns = (
        Column("Group"),
        Column("Events/patients", align="right"),
        *(interval_column(study, f"At {point:g} months") for point in points),
        *(compared if found.by is not None else ()),
    )
    body: list[TableRow | Group] = []
    used: list[Row] = []
    for word, label in _labels(found.plan).items():
        body.append(Group(label))
        blank = [Cell("")] * (0 if found.by is None else 2)
        body.append(_line(study, ledger, KEY, word, "All patients", used, blank))
        if found.by is not None:
            body.extend(_group_lines(study, found.by, ledger, word, used))
    return Table(
        columns=columns, rows=tuple(body), notes=(*_notes(study, found, ledger), *reasons(used))
    )


def _labels(plan: CompetingRisks) -> dict[str, str]:
    return {"event": plan.event_label, "competing": plan.competing_label}


def _line(
    study: Study,
    ledger: Ledger,
    key: str,
    word: str,
    label: str,
    used: list[Row],
    last: list[Cell],
) -> TableRow:
    points = study.settings.timepoint_months
    rates = [ledger[f"{key}.{word}.rate_{slug(point)}"] for point in points]
    events = ledger[f"{key}.{word}.events"]
    used.extend(row for row in rates if row.value is None)
    ratio = of_total(events)
    shown = (with_interval(row) for row in rates)
    return TableRow((Cell(label, indent=1), ratio, *shown, *last))


def _group_lines(
    study: Study, by: IncidenceByGroup, ledger: Ledger, word: str, used: list[Row]
) -> Iterator[TableRow]:
    below = f"{KEY}.by.{by.variable}"
    test = ledger[f"{below}.gray_{word}"]
    used.append(test)
    for position, level in enumerate(by.levels):
        ratio = ledger.get(f"{below}.{level.key}.{word}.hazard_ratio")
        if ratio is not None:
            used.append(ratio)
        last = [
            bound(test) if position == 0 else Cell(""),
            Cell("reference") if ratio is None else with_interval(ratio),
        ]
        name = level_name(study, by.variable, level)
        yield _line(study, ledger, f"{below}.{level.key}", word, name, used, last)


def _notes(study: Study, found: Competing, ledger: Ledger) -> tuple[str, ...]:
    defined = study.endpoints[found.plan.endpoint]
    notes = [
        f"Cumulative incidence by Aalen and Johansen from {defined.start_words}, "
        f"{study.settings.interval_transform} intervals (CI); {defined.censor_words}.",
    ]
    if found.by is not None:
        methods = dict.fromkeys(model.method for model in found.by.models.values())
        notes.append(
            "Two-sided Gray's tests compare cumulative incidence; the cause-specific hazard ratio "
            f"(HR; {' or '.join(methods)}, other events censored) compares rates among those "
            "without any event. Neither is adjusted."
        )
        told = [note for model in found.by.models.values() for note in model.notes]
        notes.extend(dict.fromkeys(told))
        unknown = ledger[f"{KEY}.by.{found.by.variable}.unknown"]
        if unknown.n:
            label = lowered(study.label(found.by.variable))
            notes.append(f"Unknown {label}, not compared: {unknown.display}.")
    return tuple(notes)


def drawing(study: Study, found: Competing | None, ledger: Ledger) -> Drawing | None:
    """Return both causes overall, and the event by group; None without plan or patients."""
    if found is None or found.together.n == 0:
        return None
    labels, defined = _labels(found.plan), study.endpoints[found.plan.endpoint]
    words: dict[str, Any] = {
        "events_label": labels["event"],
        "time_label": f"Months from {defined.start_words}",
    }
    together = tuple(
        LabelledIncidence(label, found.together.curves[word]) for word, label in labels.items()
    )
    panels = [IncidencePanel(together, ("All patients",), title="All patients", **words)]
    said = [_said(study, ledger, KEY, labels, "All patients")]
    if found.by is not None:
        panels.append(_group_panel(study, found.by, ledger, labels["event"], words))
        below = f"{KEY}.by.{found.by.variable}"
        for level in found.by.levels:
            name = level_name(study, found.by.variable, level)
            said.append(_said(study, ledger, f"{below}.{level.key}", labels, name))
        tests = (f"{label} {ledger[f'{below}.gray_{word}'].text}" for word, label in labels.items())
        said.append(f"Gray's tests: {', '.join(tests)}")
    alt = f"Cumulative incidence with competing events. {'; '.join(said)}."
    return Drawing(incidence_figure(panels), alt, _data(panels))


def _group_panel(
    study: Study, by: IncidenceByGroup, ledger: Ledger, label: str, words: dict[str, Any]
) -> IncidencePanel:
    names = tuple(level_name(study, by.variable, level) for level in by.levels)
    curves = tuple(
        LabelledIncidence(name, group.curves["event"])
        for name, group in zip(names, by.groups, strict=True)
    )
    test = ledger[f"{KEY}.by.{by.variable}.gray_event"]
    title = f"{label}: {lowered(study.label(by.variable))}"
    return IncidencePanel(
        curves, names, annotation=(f"Gray's test {test.text}",), title=title, **words
    )


def _said(study: Study, ledger: Ledger, key: str, labels: dict[str, str], name: str) -> str:
    point = study.settings.timepoint_months[-1] if study.settings.timepoint_months else None
    parts = []
    for word, label in labels.items():
        events = ledger[f"{key}.{word}.events"]
        part = f"{lowered(label)} in {events.n} of {events.denominator}"
        if point is not None:
            rate = ledger[f"{key}.{word}.rate_{slug(point)}"]
            part += f", {rate.text} at {point:g} months"
        parts.append(part)
    return f"{name}: {'; '.join(parts)}"


def _data(panels: list[IncidencePanel]) -> pd.DataFrame:
    """Return curves as drawn: one row a step of each curve of each panel."""
    columns = ("incidence", "low", "high", "at_risk", "events", "competing", "censored")
    frames = [
        pd.DataFrame(
            {
                "panel": number,
                "curve": one.label,
                "months": one.curve.time,
                **{name: getattr(one.curve, name) for name in columns},
            }
        )
        for number, panel in enumerate(panels, start=1)
        for one in panel.curves
    ]
    return pd.concat(frames)
