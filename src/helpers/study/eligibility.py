"""Who stays in the study, and the flow that accounts for everybody else."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from helpers.study.cleaning import Log
from helpers.study.conditions import fulfilled
from helpers.study.definition import Study
from helpers.study.patients import ROW
from helpers.study.schema.selection import CUT_STEP, Order


@dataclass(frozen=True)
class FlowStep:
    """One step of the flow diagram; ``remaining`` of a step is that before minus ``excluded``.

    Attributes:
        id: Key of the step; the first is ``source``.
        label: The reason, in words.
        excluded: Patients who leave at this step.
        remaining: Patients who stay.
    """

    id: str
    label: str
    excluded: int
    remaining: int


def check_date_order(patients: pd.DataFrame, study: Study, log: Log) -> None:
    """Log every impossible order of dates that is declared an error."""
    for order in study.date_order:
        if order.violation == "error":
            rows = patients.loc[wrong_order(patients, order), ROW]
            column = f"{_column(study, order.earlier)} / {_column(study, order.later)}"
            rule = f"impossible date order: {order.later} before {order.earlier}"
            log.fail(list(rows), column, rule)


def _column(study: Study, name: str) -> str:
    return study.variables[name].column if name in study.variables else name


def wrong_order(patients: pd.DataFrame, order: Order) -> pd.Series:
    """Return for whom the later date comes before the earlier; false where either is unknown."""
    return patients[order.later] < patients[order.earlier]


def apply_eligibility(
    patients: pd.DataFrame, study: Study, later: pd.Series | None = None
) -> tuple[pd.DataFrame, tuple[FlowStep, ...]]:
    """Return the eligible patients and the flow from the source to them.

    Patients who start after the data cut leave first, where it censors; then those with an
    impossible order of dates that is declared an exclusion; then the criteria follow, each in
    the order of study.yml.

    Args:
        patients: One row a patient, one column a variable.
        study: The study.
        later: Who starts after the data cut; None where nobody leaves for it.
    """
    steps = [FlowStep("source", study.source_label, 0, len(patients))]

    def keep(step: str, label: str, stay: pd.Series, left: pd.DataFrame) -> pd.DataFrame:
        kept = left[stay]
        steps.append(FlowStep(step, label, len(left) - len(kept), len(kept)))
        return kept

    if later is not None:
        words = study.endpoints[study.survival.endpoint].start_words
        patients = keep(CUT_STEP, f"Data cut before {words}", ~later, patients)
    for order in study.date_order:
        if order.violation == "exclude":
            stay = ~wrong_order(patients, order)
            patients = keep(order.step, order.label, stay, patients)
    for criterion in study.eligibility:
        stay = fulfilled(criterion.keep, patients)
        patients = keep(criterion.id, criterion.label, stay, patients)
    return patients, tuple(steps)
