"""Adverse events: worst grade once per patient, by class and term, over the safety population."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analyses.cells import counted, number
from helpers.analyses.drawing import Drawing
from helpers.analyses.groups import in_words, members
from helpers.exhibits.adverse_events import Bar, adverse_event_figure
from helpers.exhibits.table import Cell, Column, Group, Spanner, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker
from helpers.ledger.formatting import lowered
from helpers.statistics.adverse_events import AdverseEventRow, worst_grade
from helpers.statistics.exposure import TreatmentEmergent, treatment_emergent
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


@dataclass(frozen=True)
class Safety:
    """Adverse events of the safety population.

    Attributes:
        lines: Lines of the table, in its order.
        emergent: What the treatment-emergent window left; None where the study has no window.
        recorded: Events of the population, within the window or not.
    """

    lines: tuple[SafetyRow, ...]
    emergent: TreatmentEmergent | None = None
    recorded: int = 0


def worst_grades(cohort: Cohort) -> Safety | None:
    """Count patients by worst grade; None where adverse events were not collected.

    Classes come in the order of frequency, each followed by its terms; a declared class or term
    that nobody had is kept with zero patients. Where the study has a treatment-emergent window,
    only the events within it count.
    """
    study = cohort.study
    if study.adverse_events is None or cohort.adverse_events is None:
        return None
    patients = members(cohort, study.settings.safety_population)
    events = events_of(cohort.adverse_events, patients.index)
    emergent, recorded = emergent_events(cohort, events), len(events)
    if emergent is not None:
        events = emergent.events
    counts = worst_grade(list(patients.index), events, declared=declared_terms(study))
    return Safety(tuple(safety_row(study, row) for row in counts), emergent, recorded)


def events_of(events: pd.DataFrame, patients: pd.Index) -> pd.DataFrame:
    """Return the events of these patients: the table itself where they are all."""
    own = events["patient"].isin(patients)
    return events if own.all() else events[own]


def emergent_events(cohort: Cohort, events: pd.DataFrame) -> TreatmentEmergent | None:
    """Place events in the study's treatment-emergent window; None where it has none."""
    rules = cohort.study.adverse_events
    if cohort.windows is None or rules is None or rules.window is None:
        return None
    return treatment_emergent(events, cohort.windows, undated=rules.window.undated)


def declared_terms(study: Study) -> dict[str, list[str]]:
    """Return the classes, with their terms, that stay in a table when nobody had them."""
    assert study.adverse_events is not None
    return {
        key: declared.declared_terms
        for key, declared in study.adverse_events.classes.items()
        if declared.declared or declared.declared_terms
    }


def safety_row(study: Study, row: AdverseEventRow) -> SafetyRow:
    """Return a line of the table with its label and the beginning of its ledger keys."""
    key, label = name_of(study, row.kind, row.event_class, row.term)
    return SafetyRow(key, label, row)


def name_of(study: Study, kind: str, event_class: str | None, term: str | None) -> tuple[str, str]:
    """Return beginning of the ledger keys, and label, of all events, a class or a term."""
    if kind == "any" or study.adverse_events is None:
        return "safety.all", "Any adverse event"
    if kind == "class":
        return f"safety.class.{event_class}", study.adverse_events.classes[str(event_class)].label
    word = re.sub(r"[^a-z0-9]+", "_", str(term).lower()).strip("_")
    return f"safety.term.{event_class}.{word}", str(term)


def rows(found: Safety | None, make: RowMaker, level: float) -> Iterator[Row]:
    """Yield the rows of adverse events: any grade, grade 3 or worse, grade 5; what was left out."""
    if found is None:
        return
    for line in found.lines:
        for suffix, field in GRADES.items():
            share = proportion(getattr(line.event, field), line.event.total, level=level)
            yield make.proportion(
                f"{line.key}.{suffix}",
                share,
                variable="adverse_event",
                group=line.key.removeprefix("safety."),
            )
    if found.emergent is not None:
        yield make.count("safety.window.recorded", found.recorded, variable="adverse_event")
        for part in ("before", "after", "undated"):
            count = getattr(found.emergent, part)
            yield make.count(f"safety.window.{part}", count, variable="adverse_event")


def table(study: Study, found: Safety | None, ledger: Ledger) -> Table | None:
    """Return the adverse-event table; None where nothing was collected."""
    if found is None or study.adverse_events is None:
        return None
    fatal = any(line.event.grade_5 for line in found.lines)
    grades = ["any", "grade_3"] + (["grade_5"] if fatal else [])
    total = found.lines[0].event.total
    heads = {"any": "Any grade", "grade_3": "Grade ≥3", "grade_5": "Grade 5"}
    columns = (Column("Adverse event"), *(Column(heads[g], align="decimal") for g in grades))
    body: list[TableRow | Group] = []
    for line in found.lines:
        cells = (counted(ledger[f"{line.key}.{grade}"]) for grade in grades)
        indent = 1 if line.event.kind == "term" else 0
        bold = line.event.kind != "term"
        body.append(TableRow((Cell(line.label, indent=indent, bold=bold), *cells)))
    notes = (
        f"Graded by {study.adverse_events.criteria}; number of patients (%) by worst grade, "
        "each patient counted once per term and once per class"
        + ("." if fatal else "; there was no grade 5 event."),
        *window_notes(study, found.emergent, ledger),
    )
    spanner = Spanner(f"Patients, n (%), N = {total}", (1, len(grades)))
    return Table(columns=columns, rows=tuple(body), spanners=(spanner,), notes=notes)


def window_notes(
    study: Study, emergent: TreatmentEmergent | None, ledger: Ledger
) -> tuple[str, ...]:
    """Return what a table says of the treatment-emergent window; nothing where there is none."""
    if emergent is None or study.adverse_events is None or study.adverse_events.window is None:
        return ()
    window = study.adverse_events.window
    limits = [lowered(study.label(name)) for name in window.until]
    if not study.counts_days:
        limits.append("data cut")
    if window.end is None:
        last = f"the earliest of {in_words(limits)}" if len(limits) > 1 else limits[0]
        last += " (no last dose was recorded)"
    else:
        last = f"{window.days_after} days after {lowered(study.label(window.end))}"
        last += f", at most to {in_words(limits)}" if limits else ""
    outside = [ledger["safety.window.before"], ledger["safety.window.after"]]
    words = (
        f"Treatment-emergent events, with onset from {lowered(study.label(window.start))} to "
        f"{last}; of {number(ledger['safety.window.recorded'], 'recorded event')}, left out: "
        f"{outside[0].display} with onset before this window and {outside[1].display} after it."
    )
    undated = ledger["safety.window.undated"]
    if not undated.n:
        return (words,)
    fate = "counted as treatment-emergent" if emergent.undated_counted else "left out"
    return (words, f"Events without a known day of onset: {undated.display}, {fate}.")


def drawing(found: Safety | None, ledger: Ledger) -> Drawing | None:
    """Return the bar chart of adverse events; None where nothing was collected."""
    if found is None:
        return None
    shown = [line for line in found.lines if line.event.kind != "any"]
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
