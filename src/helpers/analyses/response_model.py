"""Response by several factors at once: a logistic model whose factors were declared in advance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from helpers.analyses.cells import bound, interval_column, number, with_interval
from helpers.analyses.groups import members
from helpers.analyses.response import basis_sentence, best_responses
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
from helpers.exhibits.table import Cell, Column, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.logistic import LogisticModel, logistic
from helpers.statistics.response import is_responder

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study

KEY = "logistic.orr"
NOT_DECLARED = "No model of response was declared in this study."


def fit(cohort: Cohort, population: str) -> LogisticModel | None:
    """Fit the declared model of response; None where none is declared.

    A patient who is not evaluable counts as no responder, as in the response rate.

    Raises:
        ImmortalTimeError: A factor is known only after time zero.
    """
    study, best = cohort.study, best_responses(cohort, population)
    if study.response is None or best is None or not study.response.model:
        return None
    patients = members(cohort, population)
    factors = [factor_of(study, patients, name) for name in study.response.model]
    return logistic(is_responder(best), factors, level=study.settings.confidence_level)


def rows(study: Study, model: LogisticModel | None, make: RowMaker) -> Iterator[Row]:
    """Yield the rows of the model and of its terms."""
    if model is None:
        return
    for term in model.terms:
        yield from term_rows(study, term, make, KEY, model.method, "orr", make.odds_ratio)
    yield from reference_rows(study, model.terms, make, KEY)
    yield from size_rows(model, make, f"{KEY}.model", "responders")


def table(study: Study, model: LogisticModel | None, ledger: Ledger) -> Table | None:
    """Return the table of adjusted odds ratios; None where no model is declared."""
    if model is None:
        return None
    columns = (
        Column("Factor"),
        Column("Responders/patients", align="right"),
        interval_column(study, "Adjusted OR"),
        Column("p", align="right"),
    )
    body = []
    for term in model.terms:
        row = ledger[term_key(study, KEY, term)]
        counts = counts_beside(row, ledger.get(f"{KEY}.{term.factor}.{REFERENCE}"))
        cells = (counts, with_interval(row), bound(ledger[f"{row.key}.p_value"]))
        body.append(TableRow((Cell(term_label(study, term)), *cells)))
    return Table(columns=columns, rows=tuple(body), notes=_notes(study, model, ledger))


def _notes(study: Study, model: LogisticModel, ledger: Ledger) -> tuple[str, ...]:
    key = f"{KEY}.model"
    patients, responders = ledger[f"{key}.patients"], ledger[f"{key}.responders"]
    per_variable = ledger[f"{key}.events_per_variable"].display
    said = [
        f"{basis_sentence(study)} OR, odds ratio of response (PR or better; above 1: responds more "
        "often), adjusted for the other factors of the table; CI, confidence interval. Responders "
        "and patients are those of the level and of its reference.",
        f"{model.method}: {patients.n} of {patients.denominator} patients complete in all factors, "
        f"{number(responders, 'responder')}, {per_variable} events per variable (the rarer of "
        "responders and others per coefficient).",
    ]
    reasons = [model.reason] if model.reason else [term.reason for term in model.terms]
    return (*said, *sentences([*model.notes, *reasons]))
