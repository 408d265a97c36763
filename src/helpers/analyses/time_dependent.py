"""Groupings that begin on a known day: compared as they come about, not as they end.

Where study.yml says since when a grouping holds, a patient counts in the first level until that
day and in the second from then on: a time-dependent Cox model, the Mantel–Byar test and
Simon–Makuch curves. Nobody is credited with the time it took to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from helpers.analyses.cells import bound, interval_column, number, of_total, reasons, with_interval
from helpers.analyses.drawing import Drawing
from helpers.analyses.groups import Level, level_name
from helpers.analyses.survival import panel_data, times
from helpers.analyses.swimmer import months as months_between
from helpers.analyses.terms import REFERENCE, factor_of
from helpers.exhibits.kaplan_meier import LabelledCurve, Panel, panels_figure
from helpers.exhibits.table import Cell, Column, Group, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.proportions import TestResult
from helpers.statistics.regression import CoxModel
from helpers.statistics.time_dependent import (
    StateCurves,
    mantel_byar,
    simon_makuch,
    time_dependent_cox,
)

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study
    from helpers.study.schema.survival import Comparison as CurvePlan


SWITCH = (
    "Patients who change group are censored in the first and at risk in the second from then on."
)


@dataclass(frozen=True)
class Change:
    """One grouping that begins during follow-up.

    Attributes:
        variable: The grouping.
        patients: Patients of whom it is known.
        changed: Those who came to the second level before their follow-up ended.
        unknown: Patients left out: level unknown, or level and day in contradiction.
        curves: Simon–Makuch curves.
        test: Mantel–Byar test.
        model: Time-dependent Cox model of the grouping alone.
        adjusted: The same with the declared factors of the multivariable model; None without.
        adjusted_changed: Those of its patients, complete in these factors, who changed.
    """

    variable: str
    patients: int
    changed: int
    unknown: int
    curves: StateCurves
    test: TestResult
    model: CoxModel
    adjusted: CoxModel | None
    adjusted_changed: int


def key_of(endpoint: str, variable: str) -> str:
    """Return the beginning of the ledger keys of one grouping."""
    return f"survival.{endpoint}.since.{variable}"


def changes(cohort: Cohort, endpoint: str, plan: CurvePlan) -> pd.Series:
    """Return the month in which each patient of an endpoint came to the second level.

    Infinite for those who never did; NaN where it is not known: the level is unknown, or it is
    the second without a day, or the first with one.
    """
    assert plan.since is not None
    people = cohort.patients.loc[cohort.times[endpoint].index]
    since = months_between(people[cohort.study.endpoints[endpoint].start], people[plan.since])
    first, second = cohort.study.levels(plan.variable)
    level = people[plan.variable]
    never = level.eq(first).fillna(False).astype(bool) & since.isna()
    member = level.eq(second).fillna(False).astype(bool) & since.notna()
    return since.where(member).mask(never, np.inf)


def state_at(study: Study, variable: str, change: pd.Series, months: float) -> pd.Series:
    """Return the level of a grouping at a landmark, missing where the change is not known."""
    first, second = study.levels(variable)
    level = pd.Series(np.where(change <= months, second, first), index=change.index, dtype=object)
    level[change.isna()] = None
    return pd.Series(pd.Categorical(level, categories=[first, second]), index=change.index)


def analyse(cohort: Cohort, endpoint: str) -> tuple[Change, ...]:
    """Analyse every grouping of the plan that says since when it holds."""
    plans = (plan for plan in cohort.study.survival.curves if plan.since is not None)
    return tuple(_change(cohort, endpoint, plan) for plan in plans)


def _change(cohort: Cohort, endpoint: str, plan: CurvePlan) -> Change:
    study, frame = cohort.study, times(cohort, endpoint)
    change = changes(cohort, endpoint, plan).loc[frame.index]
    known = change.notna()
    rows = frame[known]
    given = (rows["months"], rows["event"], change[known].replace(np.inf, np.nan))
    level, transform = study.settings.confidence_level, study.settings.interval_transform
    levels = tuple(study.levels(plan.variable).values())
    people = cohort.patients.loc[rows.index]
    factors = [factor_of(study, people, name) for name in study.survival.multivariable]
    models = [
        time_dependent_cox(
            *given,
            name=plan.variable,
            label=study.label(plan.variable),
            states=(levels[0], levels[1]),
            factors=chosen,
            level=level,
        )
        for chosen in ([], factors)
    ]
    curves = simon_makuch(*given, level=level, transform=transform)
    complete = people[list(study.survival.multivariable)].notna().all(axis=1)
    return Change(
        variable=plan.variable,
        patients=len(rows),
        changed=curves.changed,
        unknown=int((~known).sum()),
        curves=curves,
        test=mantel_byar(*given),
        model=models[0],
        adjusted=models[1] if factors else None,
        adjusted_changed=simon_makuch(*(part[complete] for part in given)).changed,
    )


def rows(study: Study, found: Sequence[Change], make: RowMaker, endpoint: str) -> Iterator[Row]:
    """Yield the rows of every grouping, below ``survival.<endpoint>.since``."""
    for one in found:
        below = key_of(endpoint, one.variable)
        given: dict[str, Any] = {"variable": endpoint, "group": one.variable}
        yield make.count(f"{below}.changed", one.changed, one.patients, **given)
        yield make.count(f"{below}.unknown", one.unknown, **given)
        for state, curve in (("before", one.curves.before), ("after", one.curves.after)):
            if curve is not None:
                yield make.count(f"{below}.{state}.events", curve.n_events, curve.n, **given)
        yield make.test(f"{below}.mantel_byar", one.test, **given)
        for word, model in (("hazard_ratio", one.model), ("adjusted", one.adjusted)):
            if model is not None:
                yield from _ratio_rows(study, model, make, f"{below}.{word}", given)
        if one.adjusted is not None:
            yield from _adjusted_counts(one, one.adjusted, make, f"{below}.adjusted", given)


def _adjusted_counts(
    one: Change, model: CoxModel, make: RowMaker, key: str, given: dict[str, Any]
) -> Iterator[Row]:
    """Yield who is in the adjusted model, who of them changed, and their events."""
    yield make.count(f"{key}_patients", model.n, model.n_total, **given)
    yield make.count(f"{key}_changed", one.adjusted_changed, model.n, **given)
    yield make.count(f"{key}_events", model.n_events, model.n, **given)
    if model.terms[0].compared is not None:
        patients, events = model.terms[0].compared
        yield make.count(f"{key}_{REFERENCE}", events, patients, **given)


def _ratio_rows(
    study: Study, model: CoxModel, make: RowMaker, key: str, given: dict[str, Any]
) -> Iterator[Row]:
    term, level = model.terms[0], study.settings.confidence_level
    method = f"time-dependent {model.method}"
    yield make.hazard_ratio(key, term, method=method, level=level, **given)
    yield make.p(f"{key}_p_value", term.p, method, reason=term.reason, **given)


def table(study: Study, found: Sequence[Change], ledger: Ledger, endpoint: str) -> Table | None:
    """Return the table of groupings that begin during follow-up; None where there is none."""
    if not found:
        return None
    columns = (
        Column("Group"),
        Column("Changed group/patients", align="right"),
        interval_column(study, "Time-dependent HR"),
        Column("p", align="right"),
        interval_column(study, "Adjusted HR"),
        Column("p (Mantel–Byar)", align="right"),
    )
    body: list[TableRow | Group] = []
    used: list[Row] = []
    for one in found:
        below = key_of(endpoint, one.variable)
        changed, ratio = ledger[f"{below}.changed"], ledger[f"{below}.hazard_ratio"]
        test, adjusted = ledger[f"{below}.mantel_byar"], ledger.get(f"{below}.adjusted")
        used += [ratio, test, *([adjusted] if adjusted else [])]
        body.append(Group(study.label(one.variable)))
        body.append(
            TableRow(
                (
                    Cell(_against(study, one.variable), indent=1),
                    of_total(changed),
                    with_interval(ratio),
                    bound(ledger[f"{below}.hazard_ratio_p_value"]),
                    with_interval(adjusted) if adjusted else Cell("–"),
                    bound(test),
                )
            )
        )
    notes = (*_notes(study, found, ledger, endpoint), *reasons(used))
    return Table(columns=columns, rows=tuple(body), notes=notes)


def _against(study: Study, variable: str) -> str:
    first, second = study.levels(variable).values()
    return f"{second} vs {first}"


def _notes(study: Study, found: Sequence[Change], ledger: Ledger, endpoint: str) -> tuple[str, ...]:
    notes = [
        f"{study.endpoints[endpoint].short} from {study.endpoints[endpoint].start_words}. Patients "
        "count in the reference group until the day on which they change to the other and in that "
        "one from then on, so that no time is credited before it. HR, hazard ratio (above 1: "
        "worse) of a Cox model with this time-dependent covariate; CI, confidence interval."
    ]
    for one in found:
        notes.extend(_adjusted_note(study, one, ledger, key_of(endpoint, one.variable)))
        unknown = ledger[f"{key_of(endpoint, one.variable)}.unknown"]
        if unknown.n:
            notes.append(
                f"{study.label(one.variable)}: {number(unknown, 'patient')} left out, the level "
                "being unknown or in contradiction to its date."
            )
        for model in (one.model, one.adjusted):
            notes.extend(model.notes if model is not None else ())
    return tuple(dict.fromkeys(notes))


def _adjusted_note(study: Study, one: Change, ledger: Ledger, below: str) -> Iterator[str]:
    """Say what the adjusted ratio is adjusted for, and whom and what it rests on."""
    if one.adjusted is None:
        return
    counts = {
        word: ledger[f"{below}.adjusted_{word}"]
        for word in ("patients", "changed", "events", REFERENCE)
    }
    whole = counts["patients"]
    yield (
        f"{study.label(one.variable)}: adjusted for the factors of the multivariable model; "
        f"patients complete in them: {whole.n} of {whole.denominator}, of whom "
        f"{counts['changed'].n} came to the second group; events: {counts['events'].n}, of which "
        f"{counts[REFERENCE].n} in the first group."
    )


def drawing(study: Study, found: Sequence[Change], ledger: Ledger, endpoint: str) -> Drawing | None:
    """Return Simon–Makuch curves, one panel a grouping; None where there is none."""
    panels, said = [], []
    for one in found:
        labels = _names(study, one.variable)
        states = (one.curves.before, one.curves.after)
        curves = tuple(
            LabelledCurve(label, curve)
            for label, curve in zip(labels, states, strict=True)
            if curve is not None
        )
        if not curves:
            continue
        test = ledger[f"{key_of(endpoint, one.variable)}.mantel_byar"]
        ratio = ledger[f"{key_of(endpoint, one.variable)}.hazard_ratio"]
        title = f"{study.label(one.variable)}: time-dependent"
        panels.append(
            Panel(
                curves=curves,
                survival_label=study.endpoints[endpoint].label,
                time_label=f"Months from {study.endpoints[endpoint].start_words}",
                annotation=(f"HR {ratio.text}", f"Mantel–Byar {test.text}"),
                title=title,
                notice=SWITCH,
            )
        )
        changed = ledger[f"{key_of(endpoint, one.variable)}.changed"]
        said.append(
            f"{title}: {changed.n} of {changed.denominator} patients changed group; hazard ratio "
            f"{ratio.text}, Mantel–Byar {test.text}"
        )
    if not panels:
        return None
    alt = f"Simon–Makuch curves of {study.endpoints[endpoint].label.lower()}. {'; '.join(said)}."
    return Drawing(panels_figure(panels), alt, panel_data(panels))


def _names(study: Study, variable: str) -> tuple[str, ...]:
    nobody = pd.Series(dtype=bool)
    found = (Level(key, label, nobody) for key, label in study.levels(variable).items())
    return tuple(level_name(study, variable, level) for level in found)
