"""A study: what ``study.yml`` says it is, and its registry tables read into a cohort.

Loading a definition is quick; pandas and what else reading needs are imported when a cohort is
first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.project import find_root, list_studies
from helpers.study.definition import Study
from helpers.study.loading import load_study

if TYPE_CHECKING:
    from helpers.study.cohort import Cohort, analysis_table, read_cohort
    from helpers.study.eligibility import FlowStep
    from helpers.study.failures import Failure, InvalidTables, Repair

__all__ = [
    "Cohort",
    "Failure",
    "FlowStep",
    "InvalidTables",
    "Repair",
    "Study",
    "analysis_table",
    "find_root",
    "list_studies",
    "load_study",
    "read_cohort",
]


def __getattr__(name: str) -> Any:
    if name in ("Failure", "InvalidTables", "Repair"):
        from helpers.study import failures

        return getattr(failures, name)
    if name == "FlowStep":
        from helpers.study.eligibility import FlowStep

        return FlowStep
    if name in ("Cohort", "analysis_table", "read_cohort"):
        from helpers.study import cohort

        return getattr(cohort, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
