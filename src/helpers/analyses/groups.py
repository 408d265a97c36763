"""Who is analysed: members of a population, and its parts by the levels of a variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from helpers.ledger.formatting import lowered

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort
    from helpers.study.definition import Study


@dataclass(frozen=True)
class Level:
    """One level of a grouping variable.

    Attributes:
        key: Level key, as in ledger keys.
        label: Level label, as printed.
        members: Boolean mask over the patients of the analysis.
    """

    key: str
    label: str
    members: pd.Series


def members(cohort: Cohort, population: str) -> pd.DataFrame:
    """Return the patients of a population, one row each."""
    return cohort.patients[cohort.populations[population]]


def levels(study: Study, patients: pd.DataFrame, variable: str) -> tuple[Level, ...]:
    """Return the levels of a variable that any of the patients has, in the study's order."""
    found = (
        Level(key, label, patients[variable].eq(key).fillna(False).astype(bool))
        for key, label in study.levels(variable).items()
    )
    return tuple(level for level in found if level.members.any())


def contrast_order(study: Study, variable: str, present: tuple[Level, ...]) -> tuple[Level, ...]:
    """Return levels with "yes" before "no", as a comparison is read."""
    if set(study.levels(variable)) == {"no", "yes"}:
        return tuple(reversed(present))
    return present


def slug(months: float) -> str:
    """Return a time in months as a word of a ledger key: ``12_months``, ``1_5_months``."""
    return f"{months:g}".replace(".", "_") + "_months"


def level_name(study: Study, variable: str, level: Level) -> str:
    """Return a level with its variable where the level alone says nothing ("Yes")."""
    if set(study.levels(variable)) == {"no", "yes"}:
        label = study.label(variable)
        return label if level.key == "yes" else f"No {lowered(label)}"
    return level.label


def in_words(names: list[str]) -> str:
    """Return names as an English list: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]
