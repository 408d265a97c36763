"""Terms of models that were declared in advance: their factors, names, ledger keys and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import pandas as pd

from helpers.exhibits.table import Cell
from helpers.ledger import Row, RowMaker
from helpers.statistics.design import Factor
from helpers.statistics.logistic import LogisticModel
from helpers.statistics.ratios import Coefficient, Ratio
from helpers.statistics.regression import CoxModel
from helpers.statistics.time_to_event import require_known_at_baseline

if TYPE_CHECKING:
    from helpers.study.definition import Study

#: Last word of the ledger keys of what a level is compared with.
REFERENCE = "reference"


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


def term_key(study: Study, key: str, term: Coefficient) -> str:
    """Return the ledger key of a term, below ``key``."""
    levels = {label: level for level, label in study.levels(term.factor).items()}
    return f"{key}.{term.factor}.{levels.get(term.level, 'per_unit')}"


def term_group(study: Study, term: Coefficient) -> str:
    """Return the group of a term's rows: "stage=iii"."""
    return f"{term.factor}={term_key(study, '', term).rsplit('.', 1)[-1]}"


def term_label(study: Study, term: Coefficient) -> str:
    """Return a term as a reader sees it: "ISS stage: III vs I–II"."""
    label = study.label(term.factor)
    if term.reference is None:
        return f"{label}: {term.level}"
    if set(study.levels(term.factor)) == {"no", "yes"}:
        return f"{label}: yes vs no"
    return f"{label}: {term.level} vs {term.reference}"


def term_rows(
    study: Study,
    term: Coefficient,
    make: RowMaker,
    key: str,
    method: str,
    variable: str,
    ratio: Callable[..., Row],
) -> Iterator[Row]:
    """Yield the rows of a term's ratio and of its p-value.

    Args:
        study: The study.
        term: The term.
        make: Maker of rows.
        key: Ledger key of the model.
        method: What was fitted, in words.
        variable: Variable of the ratio's row.
        ratio: The method of ``make`` for this kind of ratio.
    """
    below, group = term_key(study, key, term), term_group(study, term)
    level = study.settings.confidence_level
    yield ratio(below, term, method=method, level=level, variable=variable, group=group)
    yield make.p(f"{below}.p_value", term.p, method, reason=term.reason, group=group)


def reference_rows(study: Study, terms: Iterable[Ratio], make: RowMaker, key: str) -> Iterator[Row]:
    """Yield events and patients of the level that each categorical factor is compared with."""
    for term in {one.factor: one for one in terms}.values():
        if term.compared is not None:
            levels = {label: level for level, label in study.levels(term.factor).items()}
            patients, events = term.compared
            group = f"{term.factor}={levels[str(term.reference)]}"
            yield make.count(f"{key}.{term.factor}.{REFERENCE}", events, patients, group=group)


def counts_beside(row: Row, reference: Row | None) -> Cell:
    """Return events and patients of a level beside those of its reference: "5/7 vs 24/32"."""
    counts = f"{row.n}/{row.denominator}"
    if reference is not None:
        counts += f" vs {reference.n}/{reference.denominator}"
    return Cell(counts, key=row.key)


def size_rows(
    model: CoxModel | LogisticModel, make: RowMaker, key: str, events: str
) -> Iterator[Row]:
    """Yield the rows of a model's patients, of its events (a word of their key), and of both."""
    yield make.count(f"{key}.patients", model.n, model.n_total)
    yield make.count(f"{key}.{events}", model.n_events, model.n)
    per_variable = model.events_per_variable
    yield make.number(
        f"{key}.events_per_variable",
        per_variable,
        1,
        "events_per_variable",
        reason=None if per_variable is not None else model.reason,
    )


def sentences(notes: Iterable[str | None]) -> Iterator[str]:
    """Yield each distinct note of a model as a sentence; None is no note."""
    yield from dict.fromkeys(f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in notes if note)
