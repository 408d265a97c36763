"""Cox models of the study's main endpoint, with factors that were declared in advance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.cells import bound, interval_column, number, with_interval
from helpers.analyses.drawing import Drawing
from helpers.analyses.forest import forest_data, forest_row
from helpers.analyses.groups import in_words
from helpers.analyses.survival import times
from helpers.analyses.terms import (
    REFERENCE,
    counts_beside,
    factor_of,
    reference_rows,
    sentences,
    size_rows,
    term_key,
    term_label,
    term_rows,
)
from helpers.exhibits.forest import ForestRow, forest_figure
from helpers.exhibits.table import Cell, Column, Group, Spanner, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.regression import CoxModel, cox

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study


@dataclass(frozen=True)
class Models:
    """The models of one endpoint.

    Attributes:
        endpoint: Endpoint key.
        univariable: One model a factor, by factor.
        multivariable: All declared factors together; None where none is declared.
    """

    endpoint: str
    univariable: dict[str, CoxModel]
    multivariable: CoxModel | None


def fit(cohort: Cohort) -> Models:
    """Fit the univariable models and the multivariable model that study.yml declares.

    Raises:
        ImmortalTimeError: A factor is known only after time zero.
    """
    plan = cohort.study.survival
    frame = times(cohort, plan.endpoint)
    patients = cohort.patients.loc[frame.index]
    factors = {
        name: factor_of(cohort.study, patients, name)
        for name in dict.fromkeys([*plan.univariable, *plan.multivariable])
    }
    level = cohort.study.settings.confidence_level
    months, event = frame["months"], frame["event"]
    single = {name: cox(months, event, [factors[name]], level=level) for name in plan.univariable}
    several = [factors[name] for name in plan.multivariable]
    together = None
    if several:
        strata = _combined(patients, plan.strata)
        clusters = _combined(patients, [] if plan.clusters is None else [plan.clusters])
        together = cox(months, event, several, level=level, strata=strata, clusters=clusters)
    return Models(plan.endpoint, single, together)


def _combined(patients: pd.DataFrame, names: list[str]) -> list[str | None] | None:
    """Combined levels of some categories, None where one of them is missing."""
    if not names:
        return None
    known = patients[names].notna().all(axis=1)
    rows = zip(*(patients[name].astype(str) for name in names), strict=True)
    return [" / ".join(row) if whole else None for row, whole in zip(rows, known, strict=True)]


def rows(study: Study, models: Models, make: RowMaker) -> Iterator[Row]:
    """Yield the rows of every model."""
    fitted = [("uni", name, model) for name, model in models.univariable.items()]
    if models.multivariable is not None:
        fitted.append(("multi", "model", models.multivariable))
    for kind, name, model in fitted:
        key = f"cox.{models.endpoint}.{kind}"
        for term in model.terms:
            yield from term_rows(
                study, term, make, key, model.method, models.endpoint, make.hazard_ratio
            )
        yield from reference_rows(study, model.terms, make, key)
        yield from size_rows(model, make, f"{key}.{name}", "model_events")
        yield from _proportionality_rows(model, make, f"{key}.{name}.proportional_hazards")


def _proportionality_rows(model: CoxModel, make: RowMaker, key: str) -> Iterator[Row]:
    for test in model.proportional_hazards:
        yield make.p(
            f"{key}.{test.factor.lower()}",
            test.p,
            "Grambsch–Therneau score test",
            group=test.factor,
        )


def table(study: Study, models: Models, ledger: Ledger) -> Table | None:
    """Return the table of uni- and multivariable hazard ratios; None without factors."""
    if not models.univariable:
        return None
    several = models.multivariable is not None
    columns = [
        Column("Factor"),
        Column("Events/patients", align="right"),
        interval_column(study, "HR"),
        Column("p", align="right"),
        Column("p (PH)", align="right"),
    ]
    spanners = [Spanner("Univariable", (1, 4))]
    if several:
        columns += [interval_column(study, "HR"), Column("p", align="right")]
        spanners.append(Spanner("Multivariable", (5, 6)))
    body: list[TableRow | Group] = []
    for name, model in models.univariable.items():
        body.extend(_factor_rows(study, models, name, model, ledger))
    return Table(
        columns=tuple(columns),
        rows=tuple(body),
        spanners=tuple(spanners),
        notes=_notes(study, models, ledger),
    )


def _factor_rows(
    study: Study, models: Models, name: str, model: CoxModel, ledger: Ledger
) -> Iterator[TableRow | Group]:
    below = f"cox.{models.endpoint}"
    proportional = ledger.get(f"{below}.uni.{name}.proportional_hazards.{name}")
    several = models.multivariable is not None
    for position, term in enumerate(model.terms):
        hazard = ledger[term_key(study, f"{below}.uni", term)]
        cells = [
            Cell(term_label(study, term)),
            counts_beside(hazard, ledger.get(f"{below}.uni.{name}.{REFERENCE}")),
            with_interval(hazard),
            bound(ledger[f"{hazard.key}.p_value"]),
            bound(proportional) if proportional and position == 0 else Cell(""),
        ]
        joint = ledger.get(term_key(study, f"{below}.multi", term)) if several else None
        if joint is not None:
            cells += [with_interval(joint), bound(ledger[f"{joint.key}.p_value"])]
        elif several:
            cells += [Cell("–"), Cell("–")]
        yield TableRow(tuple(cells))


def _notes(study: Study, models: Models, ledger: Ledger) -> tuple[str, ...]:
    short = study.endpoints[models.endpoint].short
    notes = [
        f"Cox models of {short} with Efron's treatment of ties; HR, hazard ratio (above 1: "
        "worse); CI, confidence interval; PH, Grambsch–Therneau score test of proportional "
        "hazards. Events and patients are those of the level and of its reference; models use "
        "patients complete in their factors.",
    ]
    notes.append(_complete_note(study, models, ledger))
    penalised = [
        study.label(name) for name, model in models.univariable.items() if "Firth" in model.method
    ]
    if penalised:
        notes.append(
            f"Univariable models with Firth's penalty (and Breslow's treatment of ties): "
            f"{in_words(penalised)}."
        )
    together = models.multivariable
    if together is not None:
        key = f"cox.{models.endpoint}.multi.model"
        patients, events = ledger[f"{key}.patients"], ledger[f"{key}.model_events"]
        notes.append(
            f"Multivariable model: {patients.n} of {patients.denominator} patients complete, "
            f"{number(events, 'event')}, {ledger[f'{key}.events_per_variable'].display} events per "
            f"variable; {together.method}{_grouped(study, together)}."
        )
    fitted = [*models.univariable.values(), *([together] if together else [])]
    told = sentences(note for model in fitted for note in (*model.notes, model.reason))
    return (*notes, *told)


def _complete_note(study: Study, models: Models, ledger: Ledger) -> str:
    """Patients and events of every univariable model, those with fewer patients by name."""
    below = f"cox.{models.endpoint}.uni"
    counts = {
        name: (ledger[f"{below}.{name}.patients"], ledger[f"{below}.{name}.model_events"])
        for name in models.univariable
    }
    fewer = [
        f"{study.label(name)} ({patients.n} of {patients.denominator} patients, "
        f"{number(events, 'event')})"
        for name, (patients, events) in counts.items()
        if patients.n != patients.denominator
    ]
    whole = [pair for pair in counts.values() if pair[0].n == pair[0].denominator]
    if not whole:
        return f"Univariable models, patients complete in the factor: {in_words(fewer)}."
    patients, events = whole[0]
    of_all = f"all {patients.n} patients ({number(events, 'event')})"
    if not fewer:
        return f"Univariable models use {of_all}."
    return f"Univariable models use {of_all}, except {in_words(fewer)}."


def _grouped(study: Study, model: CoxModel) -> str:
    """What the multivariable model is stratified and clustered by, as the end of a sentence."""
    plan = study.survival
    said = f", stratified by {in_words([study.label(n) for n in plan.strata])}"
    heeded = plan.clusters is not None and "robust" in model.method
    clustered = f", clusters by {study.label(str(plan.clusters))}" if heeded else ""
    return (said if plan.strata else "") + clustered


def forest_drawing(study: Study, models: Models, ledger: Ledger) -> Drawing | None:
    """Return the forest plot of uni- and multivariable hazard ratios; None without factors."""
    if not models.univariable:
        return None
    fits = {"Univariable": ("uni", tuple(models.univariable.values()))}
    if models.multivariable is not None:
        fits["Multivariable"] = ("multi", (models.multivariable,))
    rows: list[ForestRow] = []
    said: list[str] = []
    for heading, (kind, fitted) in fits.items():
        rows.append(ForestRow(heading, True))
        for term in (term for model in fitted for term in model.terms):
            row = ledger[term_key(study, f"cox.{models.endpoint}.{kind}", term)]
            label = term_label(study, term)
            rows.append(forest_row(label, row))
            if kind == "uni":
                said.append(f"{label} {row.text}")
    short = study.endpoints[models.endpoint].short
    figure = forest_figure(
        rows,
        effect_label=f"Hazard ratio for {short}",
        reference=1.0,
        log=True,
        columns=("Events/n", "HR (CI)"),
    )
    alt = f"Forest plot of univariable hazard ratios for {short}: {'; '.join(said)}."
    return Drawing(figure, alt, forest_data(rows))
