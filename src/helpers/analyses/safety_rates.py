"""Adverse events by exposure: incidence rates of classes and terms per patient-time at risk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.analyses.cells import reasons, with_interval
from helpers.analyses.groups import members
from helpers.analyses.safety import (
    declared_terms,
    emergent_events,
    events_of,
    name_of,
    window_notes,
)
from helpers.exhibits.table import Cell, Column, Spanner, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker, formatting
from helpers.statistics.exposure import (
    MONTH,
    Exposure,
    IncidenceRate,
    TreatmentEmergent,
    exposure_rates,
)

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study

#: Days of a unit of patient-time.
UNITS = {"months": MONTH, "years": 12 * MONTH}
#: Ledger word of each rate, and the field that holds it.
RATES = {"rate": "patients", "rate_grade_3": "severe", "event_rate": "events"}


@dataclass(frozen=True)
class Rates:
    """Rates of the safety population.

    Attributes:
        exposure: The rates.
        emergent: What the treatment-emergent window left.
        unit: "patient-months" or "patient-years".
    """

    exposure: Exposure
    emergent: TreatmentEmergent
    unit: str


def rates(cohort: Cohort) -> Rates | None:
    """Estimate rates of the treatment-emergent events; None where no window is declared."""
    study = cohort.study
    if study.adverse_events is None or cohort.adverse_events is None or cohort.windows is None:
        return None
    patients = members(cohort, study.settings.safety_population).index
    events = events_of(cohort.adverse_events, patients)
    emergent, window = emergent_events(cohort, events), study.adverse_events.window
    if emergent is None or window is None:
        return None
    found = exposure_rates(
        emergent.events,
        cohort.windows.loc[patients],
        declared=declared_terms(study),
        unit_days=UNITS[window.rate_unit],
        per=window.rate_per,
        level=study.settings.confidence_level,
    )
    return Rates(found, emergent, f"patient-{window.rate_unit}")


def rows(study: Study, found: Rates | None, make: RowMaker) -> Iterator[Row]:
    """Yield the rows of exposure: patient-time, then the rates of every line with what is behind.

    ``<line>.at_risk`` is the patient-time up to the first event, ``<line>.rate`` the
    exposure-adjusted incidence rate, ``.rate_grade_3`` that of grade 3 or worse, ``.event_rate``
    the rate of all events.
    """
    if found is None:
        return
    digits, exposure = study.style.time_digits, found.exposure
    shared = {"variable": "adverse_event", "unit": found.unit}
    total = exposure.time
    yield make.number("safety.exposure.time", total, digits, "patient_time", **shared)
    yield make.count("safety.exposure.patients", exposure.patients)
    yield make.count("safety.exposure.without_window", exposure.without_window)
    yield make.count("safety.exposure.undated", exposure.undated)
    for line in exposure.rows:
        key, _ = name_of(study, line.kind, line.event_class, line.term)
        group = key.removeprefix("safety.")
        for word, field in RATES.items():
            rate: IncidenceRate = getattr(line, field)
            if word != "event_rate":
                time = word.replace("rate", "at_risk")
                given = {**shared, "group": group, "n": rate.count}
                yield make.number(f"{key}.{time}", rate.time, digits, "patient_time", **given)
            yield _rate(f"{key}.{word}", rate, make, found.unit, digits, group)


def _rate(key: str, rate: IncidenceRate, make: RowMaker, unit: str, digits: int, group: str) -> Row:
    bounded = rate.estimate is not None
    return make.number(
        key,
        rate.estimate,
        digits,
        "incidence_rate",
        n=rate.count,
        low=rate.low,
        high=rate.high,
        interval=formatting.interval(rate.low, rate.high, digits) if bounded else None,
        level=rate.level if bounded else None,
        unit=f"per {rate.per:g} {unit}",
        method=rate.method,
        reason=rate.reason,
        variable="adverse_event",
        group=group,
    )


def table(study: Study, found: Rates | None, ledger: Ledger) -> Table | None:
    """Return the table of rates; None where no window is declared."""
    if found is None or study.adverse_events is None or study.adverse_events.window is None:
        return None
    columns = (
        Column("Adverse event"),
        *(
            Column(heading, align="decimal")
            for heading in ("n/time", "Rate (CI)", "n/time", "Rate (CI)")
        ),
        Column("n", align="decimal"),
        Column("Rate (CI)", align="decimal"),
    )
    body: list[TableRow] = []
    printed: list[Row] = []
    for line in found.exposure.rows:
        key, label = name_of(study, line.kind, line.event_class, line.term)
        indent, bold = (1, False) if line.kind == "term" else (0, True)
        own = {word: ledger[f"{key}.{word}"] for word in RATES}
        printed += own.values()
        cells = (
            Cell(label, indent=indent, bold=bold),
            _behind(ledger[f"{key}.at_risk"]),
            with_interval(own["rate"]),
            _behind(ledger[f"{key}.at_risk_grade_3"]),
            with_interval(own["rate_grade_3"]),
            Cell(str(own["event_rate"].n), key=own["event_rate"].key),
            with_interval(own["event_rate"]),
        )
        body.append(TableRow(cells))
    spanners = (
        Spanner("Any grade", (1, 2)),
        Spanner("Grade ≥3", (3, 4)),
        Spanner("All events", (5, 6)),
    )
    notes = (
        *_notes(study, found, ledger, study.adverse_events.window.rate_per),
        *window_notes(study, found.emergent, ledger),
        *reasons(printed),
    )
    return Table(columns=columns, rows=tuple(body), spanners=spanners, notes=notes)


def _behind(row: Row) -> Cell:
    return Cell(f"{row.n}/{row.display}", key=row.key)


def _notes(study: Study, found: Rates, ledger: Ledger, per: int) -> tuple[str, ...]:
    """Return how the rates are made, and whom or what they do without."""
    level = formatting.as_set(100 * study.settings.confidence_level)
    total = ledger["safety.exposure.time"].display
    notes = [
        f"Rates per {per} {found.unit} (exact Poisson {level}% CI). Any grade and grade ≥3: "
        f"patients with an event (n) by the {found.unit} up to the first one, or to the end of "
        f"the window of those without (time), first and last day included. All events: by all "
        f"{total} {found.unit}."
    ]
    if found.exposure.without_window:
        number = ledger["safety.exposure.without_window"].display
        notes.append(f"Patients whose window is not known, left out of all rates: {number}.")
    if found.exposure.undated:
        number = ledger["safety.exposure.undated"].display
        notes.append(
            f"Events without a known day of onset: {number}; where a patient had no dated one of "
            "the line, the whole window counts as time at risk."
        )
    return tuple(notes)
