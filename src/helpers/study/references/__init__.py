"""Checks that the parts of a study definition fit each other: names, levels, kinds, spellings."""

from __future__ import annotations

from helpers.study.definition import Study
from helpers.study.references.layout import check_tables
from helpers.study.references.making import check_derived
from helpers.study.references.naming import Problem
from helpers.study.references.plans import check_endpoints, check_plans, check_selections
from helpers.study.references.wording import check_codes, check_spellings


def broken_references(study: Study) -> list[Problem]:
    """Return everything in a definition that does not fit, as key path and words."""
    clashes = _name_clashes(study)
    if clashes:
        return clashes
    problems = [*check_derived(study)]
    if problems:
        return problems
    return [
        *check_tables(study),
        *check_codes(study),
        *check_spellings(study),
        *check_selections(study),
        *check_endpoints(study),
        *check_plans(study),
    ]


def _name_clashes(study: Study) -> list[Problem]:
    both = set(study.variables) & set(study.derived)
    found: list[Problem] = [
        (("derived", name), "a variable has the same name") for name in sorted(both)
    ]
    types = {variable.type for variable in study.variables.values()}
    if {"date", "day"} <= types:
        found.append(
            (("variables",), "a study counts time in dates or in days; here both types are used")
        )
    return found
