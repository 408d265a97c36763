"""Who is in the study: the flow from registry table to populations, and the repairs made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.drawing import Drawing
from helpers.exhibits.flow import FlowBox, flow_figure
from helpers.exhibits.table import Cell, Column, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker, formatting

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.data_cut import Censoring
    from helpers.study.definition import Study

DATE_READ = re.compile(r"^date read as .*")
TABLES = {
    "patients": "Patients",
    "treatments": "Treatments",
    "responses": "Responses",
    "adverse_events": "Adverse events",
}


def rows(cohort: Cohort, make: RowMaker) -> Iterator[Row]:
    """Yield the counts of the flow, of every population, and the settings in force."""
    for step in cohort.flow:
        before = step.remaining + step.excluded
        yield make.count(f"flow.{step.id}.remaining", step.remaining, before)
        yield make.count(f"flow.{step.id}.excluded", step.excluded, before)
    eligible = len(cohort.patients)
    for key, population in cohort.study.populations.items():
        n = int(cohort.populations[key].sum())
        yield make.count(f"population.{key}", n, eligible, population=key)
        yield make.count(f"population_left_out.{key}", eligible - n, eligible, population=key)
        yield make.words(f"population_label.{key}", population.label, population=key)
    for name, variable in cohort.study.variables.items():
        if variable.type == "category":
            present = int(cohort.patients[name].nunique())
            yield make.count(f"levels.{name}", present, len(variable.levels), variable=name)
    yield make.count("cleaning.repairs", len(cohort.repairs))
    yield make.count("cleaning.unmapped", len(cohort.unmapped))
    if cohort.later_dates:
        yield make.count("cleaning.after_data_cut", cohort.later_dates)
    if cohort.censoring is not None:
        yield from _censored(cohort.censoring, eligible, make)
    yield make.words("setting.data_cut", _day(cohort.study.data_cut.isoformat()))
    settings = cohort.study.settings
    yield _setting(make, "confidence_level", 100 * settings.confidence_level, "%")
    for name in ("high_risk_months_from_start", "high_risk_months_from_transplant"):
        months = getattr(settings, name)
        if months is not None:
            yield _setting(make, name, months, "months")


def _censored(censoring: Censoring, eligible: int, make: RowMaker) -> Iterator[Row]:
    """Yield how many patients and records were censored at the data cut, or could not be dated."""
    yield make.count("data_cut.censored", censoring.changed_patients, eligible)
    yield make.count("data_cut.undated", censoring.undated_patients, eligible)
    yield make.count("cleaning.censored", len(censoring.changed))
    yield make.count("cleaning.undated", len(censoring.undated))


def _setting(make: RowMaker, name: str, value: float, unit: str) -> Row:
    digits = len(formatting.as_set(value).partition(".")[2])
    return make.number(f"setting.{name}", value, digits, "setting", unit=unit)


def _day(iso: str) -> str:
    day = pd.Timestamp(iso)
    return f"{day.month_name()} {day.day}, {day.year}"


def flow_boxes(cohort: Cohort, ledger: Ledger) -> tuple[FlowBox, ...]:
    """Return the boxes of the flow diagram, from the registry table to the populations."""
    study = cohort.study
    first, *later = cohort.flow
    boxes = [FlowBox(f"{study.source_label}\n(n = {_shown(ledger, first.id)})")]
    excluded = [step for step in later if step.excluded]
    side = "\n".join(
        f"{step.label} (n = {ledger[f'flow.{step.id}.excluded'].display})" for step in excluded
    )
    last = cohort.flow[-1]
    reached = f"{study.eligible_label}\n(n = {_shown(ledger, last.id)})"
    boxes.append(FlowBox(reached, side=f"Excluded\n{side}" if side else None))
    for key, population in study.populations.items():
        n = ledger[f"population.{key}"]
        left_out = ledger[f"population_left_out.{key}"]
        if n.n == len(cohort.patients):
            continue
        reason = f"Not included (n = {left_out.display}): {population.left_out}"
        boxes.append(FlowBox(f"{population.label}\n(n = {n.display})", side=reason))
    return tuple(boxes)


def _shown(ledger: Ledger, step: str) -> str:
    return ledger[f"flow.{step}.remaining"].display


def flow_drawing(cohort: Cohort, ledger: Ledger) -> Drawing:
    """Return the flow diagram from the registry table to the populations."""
    data = pd.DataFrame(
        [(step.id, step.label, step.excluded, step.remaining) for step in cohort.flow],
        columns=["step", "label", "excluded", "remaining"],
    )
    first, last = cohort.flow[0], cohort.flow[-1]
    populations = "; ".join(
        f"{population.label.lower()} {ledger[f'population.{key}'].display}"
        for key, population in cohort.study.populations.items()
    )
    alt = (
        f"Flow diagram: of {_shown(ledger, first.id)} patients in the source, "
        f"{_shown(ledger, last.id)} were eligible; {populations}."
    )
    return Drawing(flow_figure(flow_boxes(cohort, ledger)), alt, data)


def repair_table(cohort: Cohort) -> Table | None:
    """Return what was repaired or left as it stands, by column and rule; never a value."""
    left = list(_left(cohort))
    if not cohort.repairs and not left:
        return None
    counted: Counter[tuple[str, str, str]] = Counter()
    for (table, column, rule), cells in cohort.repairs.counts().items():
        counted[table, column, DATE_READ.sub("date in another format", rule)] += cells
    labels = _column_labels(cohort.study)
    rules: dict[tuple[str, str], list[str]] = {}
    for (table, column, rule), cells in sorted(counted.items()):
        place = (TABLES.get(table, table), labels.get((table, column), column))
        rules.setdefault(place, []).append(f"{rule} ({cells})")
    for (table, column), words in left:
        place = (TABLES.get(table, table), labels.get((table, column), column))
        rules.setdefault(place, []).append(words)
    columns = (Column("Table"), Column("Item"), Column("Repairs (cells)"))
    body = tuple(
        TableRow((Cell(table), Cell(column), Cell("; ".join(said))))
        for (table, column), said in rules.items()
    )
    return Table(columns=columns, rows=body)


def _left(cohort: Cohort) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield table and column of what stands oddly, or was censored, and how often it does."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for one in cohort.unmapped:
        if one.row is not None:
            found.setdefault((one.table, one.column, one.rule), []).append(one.row)
    counted = {place: (len(rows), min(rows)) for place, rows in found.items()}
    cut = cohort.censoring
    for repairs in () if cut is None else (cut.changed, cut.undated):
        first = {
            place: min(int(part.min()) for part in parts) for place, parts in repairs.blocks.items()
        }
        counted |= {place: (rows, first[place]) for place, rows in repairs.counts().items()}
    for (table, column, rule), (rows, row) in sorted(counted.items()):
        many = f"{rows} rows from row" if rows > 1 else "row"
        yield (table, column), f"{rule} – {many} {row}"


def _column_labels(study: Study) -> dict[tuple[str, str], str]:
    """Return words for the source's columns, which may be in any language and script."""
    labels = {("patients", v.column): v.label for v in study.variables.values()}
    for name in TABLES:
        source = getattr(study.tables, name)
        if source is not None:
            labels[name, source.id] = "Patient"
            for field, column in source.columns.items():
                labels.setdefault((name, column), field.capitalize())
    return labels
