"""Sensitivity of the multivariable Cox model to the patients it leaves out: multiple imputation.

The model uses the patients who are complete in its factors. Where study.yml asks for it, the
missing values are imputed and the same model is fitted to all patients, to be set beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from helpers.analyses.cells import bound, interval_column, number, with_interval
from helpers.analyses.groups import in_words
from helpers.analyses.regression import Models
from helpers.analyses.survival import times
from helpers.analyses.terms import (
    factor_of,
    sentences,
    term_group,
    term_key,
    term_label,
    term_rows,
)
from helpers.exhibits.table import Cell, Column, Spanner, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.imputed_model import ImputedModel, PooledHazardRatio, imputed_cox

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study

#: Seed of the random numbers of every imputation.
SEED = 20250901


def imputed(cohort: Cohort) -> ImputedModel | None:
    """Fit the multivariable model to imputed data; None where study.yml does not ask for it.

    Factors that only univariable models have help to impute.

    Raises:
        ImmortalTimeError: A factor is known only after time zero.
    """
    study, plan = cohort.study, cohort.study.survival
    if not (plan.imputations and plan.multivariable):
        return None
    frame = times(cohort, plan.endpoint)
    patients = cohort.patients.loc[frame.index]
    others = [name for name in plan.univariable if name not in plan.multivariable]
    known = [name for name in others if patients[name].notna().any()]
    return imputed_cox(
        frame["months"],
        frame["event"],
        [factor_of(study, patients, name) for name in plan.multivariable],
        imputations=plan.imputations,
        seed=SEED,
        auxiliary=[factor_of(study, patients, name) for name in known],
        level=study.settings.confidence_level,
    )


def _key(study: Study) -> str:
    return f"cox.{study.survival.endpoint}.imputed"


def rows(study: Study, found: ImputedModel | None, make: RowMaker) -> Iterator[Row]:
    """Yield the rows of the imputed model."""
    if found is None:
        return
    key, endpoint = _key(study), study.survival.endpoint
    method = (
        f"{found.method}, {found.data_sets} data sets imputed by chained equations, seed {SEED}"
    )
    for term in found.terms:
        yield from term_rows(study, term, make, key, method, endpoint, make.hazard_ratio)
        yield _due_to_missing(study, term, make, key, method)
    yield make.count(f"{key}.model.patients", found.n, found.n)
    yield make.count(f"{key}.model.complete", found.n_complete, found.n)
    yield make.count(f"{key}.model.model_events", found.n_events, found.n)
    yield make.count(f"{key}.model.data_sets", found.data_sets)
    for name, count in found.missing.items():
        yield make.share(f"{key}.missing.{name}", count, found.n, variable=name)


def _due_to_missing(
    study: Study, term: PooledHazardRatio, make: RowMaker, key: str, method: str
) -> Row:
    share = term.due_to_missing
    return make.number(
        f"{term_key(study, key, term)}.due_to_missing",
        None if share is None else 100 * share,
        0,
        "due_to_missing",
        unit="%",
        method=method,
        reason=term.reason,
        group=term_group(study, term),
    )


def table(study: Study, models: Models, found: ImputedModel | None, ledger: Ledger) -> Table | None:
    """Return complete cases beside the imputed model; None where study.yml does not ask for it."""
    if found is None or models.multivariable is None:
        return None
    key, beside = _key(study), f"cox.{models.endpoint}.multi"
    ratio = interval_column(study, "HR")
    columns = (
        Column("Factor"),
        ratio,
        Column("p", align="right"),
        ratio,
        Column("p", align="right"),
        Column("Variance due to missing values, %", align="right"),
    )
    body = []
    for term in found.terms:
        one, other = (ledger[term_key(study, start, term)] for start in (beside, key))
        body.append(
            TableRow(
                (
                    Cell(term_label(study, term)),
                    with_interval(one),
                    bound(ledger[f"{one.key}.p_value"]),
                    with_interval(other),
                    bound(ledger[f"{other.key}.p_value"]),
                    bound(ledger[f"{other.key}.due_to_missing"]),
                )
            )
        )
    return Table(
        columns=columns,
        rows=tuple(body),
        spanners=(Spanner("Complete cases", (1, 2)), Spanner("Multiple imputation", (3, 5))),
        notes=_notes(study, models, found, ledger),
    )


def _notes(study: Study, models: Models, found: ImputedModel, ledger: Ledger) -> tuple[str, ...]:
    key, short = f"{_key(study)}.model", study.endpoints[models.endpoint].short
    complete, events = ledger[f"{key}.complete"], ledger[f"{key}.model_events"]
    used = ledger[f"cox.{models.endpoint}.multi.model.model_events"]
    told = [
        f"Multivariable Cox models of {short}; HR, hazard ratio (above 1: worse); CI, confidence "
        f"interval. Complete cases: {complete.n} of {complete.denominator} patients, "
        f"{number(used, 'event')}. Multiple imputation: all "
        f"{complete.denominator} patients, {number(events, 'event')}."
    ]
    if found.data_sets:
        gaps = [
            f"{study.label(name)} ({ledger[f'{_key(study)}.missing.{name}'].n})"
            for name in found.missing
        ]
        told.append(
            f"Missing values were imputed in {ledger[f'{key}.data_sets'].display} data sets by "
            "chained equations from the other factors, the event and the Nelson–Aalen cumulative "
            "hazard; estimates are pooled by Rubin's rules with Barnard–Rubin degrees of freedom. "
            f"Patients whose value is missing: {in_words(gaps)}."
        )
    return tuple(sentences([*told, *found.notes, found.reason]))
