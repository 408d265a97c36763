"""Adverse events: worst grade once per patient, by class and term, over the safety population."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.cells import counted
from helpers.analyses.drawing import Drawing
from helpers.analyses.groups import members
from helpers.exhibits.adverse_events import Bar, adverse_event_figure
from helpers.exhibits.table import Cell, Column, Group, Spanner, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker
from helpers.statistics.adverse_events import AdverseEventRow, worst_grade
from helpers.statistics.proportions import proportion

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study

GRADES = {"any": "any_grade", "grade_3": "grade_3_or_more", "grade_5": "grade_5"}


@dataclass(frozen=True)
class SafetyRow:
    """One line of the adverse-event table.

    Attributes:
        key: Beginning of its ledger keys.
        label: Class or term as printed.
        event: Patients by worst grade.
    """

    key: str
    label: str
    event: AdverseEventRow


def worst_grades(cohort: Cohort) -> tuple[SafetyRow, ...] | None:
    """Count patients by worst grade; None where adverse events were not collected.

    Classes come in the order of frequency, each followed by its terms; a declared class that
    nobody had is kept with zero patients.
    """
    study = cohort.study
    if study.adverse_events is None or cohort.adverse_events is None:
        return None
    patients = members(cohort, study.settings.safety_population).index
    events = cohort.adverse_events[cohort.adverse_events["patient"].isin(patients)]
    counts = list(worst_grade(list(patients), events))
    found = [_safety_row(study, row) for row in counts]
    seen = {row.event_class for row in counts}
    for key, declared in study.adverse_events.classes.items():
        if declared.declared and key not in seen:
            nobody = AdverseEventRow("class", key, None, 0, 0, 0, len(patients))
            found.append(_safety_row(study, nobody))
    return tuple(found)


def _safety_row(study: Study, row: AdverseEventRow) -> SafetyRow:
    if row.kind == "any" or study.adverse_events is None:
        return SafetyRow("safety.all", "Any adverse event", row)
    if row.kind == "class":
        label = study.adverse_events.classes[str(row.event_class)].label
        return SafetyRow(f"safety.class.{row.event_class}", label, row)
    word = re.sub(r"[^a-z0-9]+", "_", str(row.term).lower()).strip("_")
    return SafetyRow(f"safety.term.{row.event_class}.{word}", str(row.term), row)


def rows(found: Sequence[SafetyRow] | None, make: RowMaker, level: float) -> Iterator[Row]:
    """Yield the rows of adverse events: any grade, grade 3 or worse, grade 5."""
    for line in found or ():
        for suffix, field in GRADES.items():
            share = proportion(getattr(line.event, field), line.event.total, level=level)
            yield make.proportion(
                f"{line.key}.{suffix}",
                share,
                variable="adverse_event",
                group=line.key.removeprefix("safety."),
            )


def table(study: Study, found: Sequence[SafetyRow] | None, ledger: Ledger) -> Table | None:
    """Return the adverse-event table; None where nothing was collected."""
    if found is None or study.adverse_events is None:
        return None
    fatal = any(line.event.grade_5 for line in found)
    grades = ["any", "grade_3"] + (["grade_5"] if fatal else [])
    total = found[0].event.total
    heads = {"any": "Any grade", "grade_3": "Grade ≥3", "grade_5": "Grade 5"}
    columns = (Column("Adverse event"), *(Column(heads[g], align="decimal") for g in grades))
    body: list[TableRow | Group] = []
    for line in found:
        cells = (counted(ledger[f"{line.key}.{grade}"]) for grade in grades)
        indent = 1 if line.event.kind == "term" else 0
        bold = line.event.kind != "term"
        body.append(TableRow((Cell(line.label, indent=indent, bold=bold), *cells)))
    notes = (
        f"Graded by {study.adverse_events.criteria}; number of patients (%) by worst grade, "
        "each patient counted once per term and once per class"
        + ("." if fatal else "; there was no grade 5 event."),
    )
    spanner = Spanner(f"Patients, n (%), N = {total}", (1, len(grades)))
    return Table(columns=columns, rows=tuple(body), spanners=(spanner,), notes=notes)


def drawing(found: Sequence[SafetyRow] | None, ledger: Ledger) -> Drawing | None:
    """Return the bar chart of adverse events; None where nothing was collected."""
    if found is None:
        return None
    shown = [line for line in found if line.event.kind != "any"]
    bars = [
        Bar(
            label=line.label,
            heading=line.event.kind == "class",
            any_grade=ledger[f"{line.key}.any"].value or 0.0,
            grade_3_or_more=ledger[f"{line.key}.grade_3"].value or 0.0,
            text=f"{ledger[f'{line.key}.any'].display} ({ledger[f'{line.key}.grade_3'].display})",
        )
        for line in shown
    ]
    data = pd.DataFrame(
        [
            (line.event.kind, bar.label, bar.any_grade, bar.grade_3_or_more)
            for line, bar in zip(shown, bars, strict=True)
        ],
        columns=["kind", "label", "any_grade", "grade_3_or_more"],
    )
    said = [
        f"{line.label.lower()} {ledger[f'{line.key}.any'].display} "
        f"(grade 3 or worse {ledger[f'{line.key}.grade_3'].display})"
        for line in shown
        if line.event.kind == "class"
    ]
    alt = f"Bar chart of adverse events by class: {'; '.join(said)}."
    return Drawing(adverse_event_figure(bars), alt, data)
