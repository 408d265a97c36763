"""Time to event by groups, from time zero or from a landmark.

From time zero only by what was known then; a naive comparison has to be asked for by that name and
carries it in its keys, titles, notes and figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.cells import bound, interval_column, of_total, reasons, with_interval
from helpers.analyses.drawing import Drawing
from helpers.analyses.groups import Level, contrast_order, level_name, levels, slug
from helpers.analyses.survival import Estimate, estimate, estimate_rows, panel_data, times
from helpers.exhibits.kaplan_meier import LabelledCurve, Panel, panels_figure
from helpers.exhibits.table import Cell, Column, Group, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.proportions import TestResult
from helpers.statistics.regression import CoxModel, Factor, cox
from helpers.statistics.time_to_event import (
    ImmortalTimeError,
    logrank,
    require_known_at_baseline,
)

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study

#: Word of ledger keys of comparisons from time zero by what was known only later.
NAIVE = "naive"
NAIVE_NOTE = (
    "Naive comparisons start when treatment starts although the groups form later: they are "
    "biased by immortal time and are shown only beside the published ones."
)


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


def compare(cohort: Cohort, endpoint: str, variable: str, *, naive: bool = False) -> Comparison:
    """Compare one endpoint by a variable, from time zero.

    Raises:
        ImmortalTimeError: The variable is known only after time zero and ``naive`` is false.
    """
    frame = times(cohort, endpoint)
    people = cohort.patients.loc[frame.index]
    return split(cohort.study, frame, people, variable, naive=naive)


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


def split(
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


def rows(found: Comparison, make: RowMaker, key: str, endpoint: str) -> Iterator[Row]:
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


def table(
    study: Study, found: Sequence[Labelled], ledger: Ledger, *, months: Sequence[float]
) -> Table | None:
    """Return the table of comparisons, with survival at ``months``; None where there is none."""
    if not found:
        return None
    ratios = any(one.comparison.model is not None for one in found)
    columns = (
        Column("Group"),
        Column("Events/patients", align="right"),
        interval_column(study, "Median, months"),
        *(interval_column(study, f"At {point:g} months") for point in months),
        Column("p (log-rank)", align="right"),
        *([interval_column(study, "HR")] if ratios else []),
    )
    body: list[TableRow | Group] = []
    missing: list[Row] = []
    for one in found:
        body.append(Group(one.title))
        body.extend(_lines(one, ledger, months, missing, ratios=ratios))
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


def _lines(
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
        estimates = [ledger[f"{below}.{level.key}.median"]]
        estimates += [ledger[f"{below}.{level.key}.rate_{slug(point)}"] for point in months]
        missing.extend(estimates)
        events = ledger[f"{below}.{level.key}.events"]
        shown = [with_interval(row) for row in estimates]
        p = bound(test) if position == 0 else Cell("")
        count = of_total(events)
        hazard = ledger.get(f"{below}.{level.key}.hazard_ratio")
        last = [with_interval(hazard) if hazard else Cell("reference")] if ratios else []
        missing.extend([hazard] if hazard else [])
        yield TableRow((Cell(level.label, indent=1), count, *shown, p, *last))
    missing.append(test)
    if one.comparison.unknown:
        blank = [Cell("")] * (len(months) + 2 + ratios)
        unknown = bound(ledger[f"{below}.unknown"])
        yield TableRow((Cell("Unknown", indent=1), unknown, *blank))


def drawing(
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
        keyed = zip(one.comparison.levels, medians, strict=True)
        groups = " versus ".join(f"{level.label} {median}" for level, median in keyed)
        said.append(f"{one.title}: {groups} (log-rank {test.text})")
    alt = f"Kaplan–Meier curves of {defined.label.lower()} by group, medians. {'; '.join(said)}."
    return Drawing(panels_figure(panels), alt, panel_data(panels))
