"""Baseline characteristics and exposure: what the patients were like, and what they received."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.cells import counted
from helpers.analyses.groups import members
from helpers.exhibits.table import Cell, Column, Group, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.descriptive import Summary, summarize

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study


@dataclass(frozen=True)
class Description:
    """One variable in one population.

    Attributes:
        variable: Name of the variable.
        n: Patients of the population.
        missing: Patients whose value is unknown.
        summary: Distribution of a number; None for a category.
        counts: Patients by level key; empty for a number.
    """

    variable: str
    n: int
    missing: int
    summary: Summary | None
    counts: dict[str, int]


def described_variables(study: Study) -> tuple[str, ...]:
    """Return the variables of the baseline table, as study.yml lists them.

    A variable that only groups another stands after it; other derived ones come last.
    """
    places = {name: place for place, name in enumerate(study.variables)}
    for name, derived in study.derived.items():
        grouped = derived.cut or derived.recode
        places[name] = places.get(grouped.source, len(places)) if grouped else len(places)
    shown = [name for name, v in study.variables.items() if v.in_table_one]
    shown += [name for name, v in study.derived.items() if v.in_table_one]
    return tuple(sorted(shown, key=places.__getitem__))


def describe(cohort: Cohort, population: str, variables: Sequence[str]) -> tuple[Description, ...]:
    """Describe variables in one population."""
    patients = members(cohort, population)
    return tuple(_describe(cohort, patients[name], name) for name in variables)


def _describe(cohort: Cohort, values: pd.Series, name: str) -> Description:
    levels = cohort.study.levels(name)
    n = len(values)
    if not levels:
        summary = summarize(values)
        return Description(name, n, summary.missing, summary, {})
    counts = {key: int(values.eq(key).sum()) for key in levels}
    return Description(name, n, n - sum(counts.values()), None, counts)


def rows(
    study: Study, described: Sequence[Description], make: RowMaker, prefix: str
) -> Iterator[Row]:
    """Yield the ledger rows of descriptions, below ``prefix``."""
    for description in described:
        key = f"{prefix}.{description.variable}"
        if description.summary is not None:
            yield from _number_rows(study, description, description.summary, make, key)
        for level, count in description.counts.items():
            yield make.share(
                f"{key}.{level}",
                count,
                description.n,
                variable=description.variable,
                group=f"{description.variable}={level}",
            )
        yield make.share(
            f"{key}.missing", description.missing, description.n, variable=description.variable
        )


def _number_rows(
    study: Study, description: Description, summary: Summary, make: RowMaker, key: str
) -> Iterator[Row]:
    for statistic in ("median", "q1", "q3", "minimum", "maximum"):
        value = getattr(summary, statistic)
        yield make.number(
            f"{key}.{statistic}",
            value,
            _digits(study, description.variable, value),
            statistic,
            variable=description.variable,
            unit=study.unit(description.variable),
            n=summary.n,
            denominator=description.n,
        )


def _digits(study: Study, name: str, value: float | None) -> int:
    declared = study.variables.get(name)
    whole = declared is not None and declared.type == "integer"
    return 0 if value is None or (whole and float(value).is_integer()) else 1


def table(
    study: Study, ledger: Ledger, columns: Mapping[str, str], variables: Sequence[str]
) -> Table | None:
    """Return the table of characteristics, or None where there is nothing to describe.

    Args:
        study: The study.
        ledger: Ledger with the rows of every column.
        columns: Population key to ledger prefix, one column each.
        variables: Variables in the order of the table.
    """
    if not variables:
        return None
    body: list[TableRow | Group] = []
    for name in variables:
        prefixes = [f"{prefix}.{name}" for prefix in columns.values()]
        body.extend(_variable_rows(study, ledger, name, prefixes))
    heads = [Column("Characteristic")]
    for population, prefix in columns.items():
        n = ledger[f"{prefix}.{variables[0]}.missing"].denominator
        heads.append(Column(study.populations[population].label, align="decimal", n=n))
    notes = (
        "Values are median (range) or number of patients (%); percentages are of all patients "
        "of the column, and unknown values are a row of their own.",
    )
    return Table(columns=tuple(heads), rows=tuple(body), notes=notes)


def _variable_rows(
    study: Study, ledger: Ledger, name: str, prefixes: Sequence[str]
) -> Iterator[TableRow | Group]:
    unit = study.unit(name)
    label = study.label(name)
    heading = label if not unit or unit in label.lower() else f"{label}, {unit}"
    levels = study.levels(name)
    missing = [ledger[f"{prefix}.missing"] for prefix in prefixes]
    if not levels:
        yield TableRow((Cell(heading), *(_median_range(ledger, prefix) for prefix in prefixes)))
    elif set(levels) == {"no", "yes"}:
        shown = (counted(ledger[f"{prefix}.yes"]) for prefix in prefixes)
        yield TableRow((Cell(heading), *shown))
    else:
        yield TableRow((Cell(heading), *(Cell("") for _ in prefixes)))
        for key, label in levels.items():
            shares = [ledger[f"{prefix}.{key}"] for prefix in prefixes]
            if key == _remainder(study, name) and not any(share.n for share in shares):
                continue
            yield TableRow((Cell(label, indent=1), *(counted(share) for share in shares)))
    if any(share.n for share in missing):
        yield TableRow((Cell("Unknown", indent=1), *(counted(share) for share in missing)))


def _remainder(study: Study, name: str) -> str | None:
    """Return the level of those whom no branch of a derivation meets; empty, it is no finding."""
    derived = study.derived.get(name)
    return derived.first_match.otherwise if derived and derived.first_match else None


def _median_range(ledger: Ledger, prefix: str) -> Cell:
    shown = [ledger[f"{prefix}.{part}"].display for part in ("median", "minimum", "maximum")]
    return Cell(f"{shown[0]} ({shown[1]}–{shown[2]})", key=f"{prefix}.median")
