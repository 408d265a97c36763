"""Cox models of the study's main endpoint, with factors that were declared in advance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.cells import bound, with_interval
from helpers.analyses.drawing import Drawing
from helpers.analyses.groups import in_words
from helpers.analyses.response import forest_data
from helpers.analyses.survival import times
from helpers.exhibits.forest import ForestRow, forest_figure
from helpers.exhibits.table import Cell, Column, Group, Spanner, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.imputed_model import PooledHazardRatio
from helpers.statistics.logistic import AdjustedOddsRatio
from helpers.statistics.regression import CoxModel, Factor, HazardRatio, cox
from helpers.statistics.time_to_event import require_known_at_baseline

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study

Coefficient = HazardRatio | PooledHazardRatio | AdjustedOddsRatio


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


def factor_of(study: Study, patients: pd.DataFrame, name: str) -> Factor:
    """Return a variable of the patients as a factor of a model.

    Raises:
        ImmortalTimeError: It is known only after time zero.
    """
    require_known_at_baseline(name, study.known_at(name))
    levels = study.levels(name)
    values = patients[name].astype(object).map(levels) if levels else patients[name]
    return Factor(
        name=name,
        label=study.label(name),
        values=values.to_numpy(),
        levels=tuple(levels.values()) or None,
        unit=study.unit(name),
    )


def rows(study: Study, models: Models, make: RowMaker) -> Iterator[Row]:
    """Yield the rows of every model."""
    below = f"cox.{models.endpoint}"
    for name, model in models.univariable.items():
        yield from _term_rows(study, model, make, f"{below}.uni")
        yield from _model_rows(model, make, f"{below}.uni.{name}")
    if models.multivariable is not None:
        yield from _term_rows(study, models.multivariable, make, f"{below}.multi")
        yield from _model_rows(models.multivariable, make, f"{below}.multi.model")


def _term_rows(study: Study, model: CoxModel, make: RowMaker, key: str) -> Iterator[Row]:
    for term in model.terms:
        below = term_key(study, key, term)
        group = f"{term.factor}={below.rsplit('.', 1)[-1]}"
        yield make.hazard_ratio(
            below,
            term,
            method=model.method,
            level=study.settings.confidence_level,
            variable=key.split(".")[1],
            group=group,
        )
        yield make.p(f"{below}.p_value", term.p, model.method, reason=term.reason, group=group)


def _model_rows(model: CoxModel, make: RowMaker, key: str) -> Iterator[Row]:
    yield make.count(f"{key}.patients", model.n, model.n_total)
    yield make.count(f"{key}.model_events", model.n_events, model.n)
    per_variable = model.events_per_variable
    yield make.number(
        f"{key}.events_per_variable",
        per_variable,
        1,
        "events_per_variable",
        reason=None if per_variable is not None else model.reason,
    )
    for test in model.proportional_hazards:
        yield make.p(
            f"{key}.proportional_hazards.{test.factor.lower()}",
            test.p,
            "Grambsch–Therneau score test",
            group=test.factor,
        )


def term_key(study: Study, key: str, term: Coefficient) -> str:
    """Return the ledger key of a term, below ``key``."""
    levels = {label: level for level, label in study.levels(term.factor).items()}
    return f"{key}.{term.factor}.{levels.get(term.level, 'per_unit')}"


def table(study: Study, models: Models, ledger: Ledger) -> Table | None:
    """Return the table of uni- and multivariable hazard ratios; None without factors."""
    if not models.univariable:
        return None
    percent = f"{100 * study.settings.confidence_level:g}%"
    several = models.multivariable is not None
    columns = [
        Column("Factor"),
        Column("Events/patients", align="right"),
        Column(f"HR ({percent} CI)", align="right"),
        Column("p", align="right"),
        Column("p (PH)", align="right"),
    ]
    spanners = [Spanner("Univariable", (1, 4))]
    if several:
        columns += [Column(f"HR ({percent} CI)", align="right"), Column("p", align="right")]
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
            Cell(f"{hazard.n}/{hazard.denominator}", key=hazard.key),
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


def term_label(study: Study, term: Coefficient) -> str:
    """Return a term as a reader sees it: "Stage, ISS III vs ISS I–II"."""
    label = study.label(term.factor)
    if term.reference is None:
        return f"{label}, {term.level}"
    if set(study.levels(term.factor)) == {"no", "yes"}:
        return f"{label}, yes vs no"
    return f"{label}, {term.level} vs {term.reference}"


def _notes(study: Study, models: Models, ledger: Ledger) -> tuple[str, ...]:
    short = study.endpoints[models.endpoint].short
    notes = [
        f"Cox models of {short} with Efron's treatment of ties; HR, hazard ratio (above 1: "
        "worse); CI, confidence interval; PH, Grambsch–Therneau score test of proportional "
        "hazards. Events and patients are those of the level; models use patients complete in "
        "their factors.",
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
            f"{events.n} events, {ledger[f'{key}.events_per_variable'].display} events per "
            f"variable; {together.method}{_grouped(study, together)}."
        )
    models_fitted = [*models.univariable.values(), *([together] if together else [])]
    told = [note for model in models_fitted for note in (*model.notes, model.reason) if note]
    notes.extend(dict.fromkeys(f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in told))
    return tuple(notes)


def _complete_note(study: Study, models: Models, ledger: Ledger) -> str:
    """Patients and events of every univariable model, those with fewer patients by name."""
    below = f"cox.{models.endpoint}.uni"
    counts = {
        name: (ledger[f"{below}.{name}.patients"], ledger[f"{below}.{name}.model_events"])
        for name in models.univariable
    }
    fewer = [
        f"{study.label(name)} ({patients.n} of {patients.denominator} patients, {events.n} events)"
        for name, (patients, events) in counts.items()
        if patients.n != patients.denominator
    ]
    whole = [pair for pair in counts.values() if pair[0].n == pair[0].denominator]
    if not whole:
        return f"Univariable models, patients complete in the factor: {in_words(fewer)}."
    patients, events = whole[0]
    of_all = f"all {patients.n} patients ({events.n} events)"
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
        rows.append(ForestRow(heading, True, None, None, None, (), None))
        for term in (term for model in fitted for term in model.terms):
            row = ledger[term_key(study, f"cox.{models.endpoint}.{kind}", term)]
            texts = (f"{row.n}/{row.denominator}", with_interval(row).text)
            label = term_label(study, term)
            rows.append(ForestRow(label, False, row.value, row.low, row.high, texts, row.reason))
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
