"""Makes the derived variables of a study, each after those that it is made from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from helpers.study.conditions import all_hold, any_holds
from helpers.study.definition import Study
from helpers.study.lines import Therapy, elapsed_days, line_quantity
from helpers.study.references.making import derivation_order
from helpers.study.responses import response_quantity
from helpers.study.schema.derived import Cut, Derived, FirstMatch, Recode, WithinMonths
from helpers.study.schema.section import YES_NO

#: A month is a twelfth of a Julian year.
DAYS_PER_MONTH = 30.4375
DAYS_PER_YEAR = 365.25


def derive(
    patients: pd.DataFrame,
    study: Study,
    therapy: Therapy | None,
    responses: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the patients with every derived variable added, in the order of study.yml.

    Args:
        patients: One row a patient, one column a variable.
        study: The study.
        therapy: Its treatments; None where it has none.
        responses: Its response assessments; None where it has none.
    """
    frame = patients.copy()
    for name in derivation_order(study):
        frame[name] = _derived(frame, study, study.derived[name], therapy, responses)
    rest = [name for name in patients.columns if name not in study.variables]
    return frame[[*study.names, *rest]]


def _derived(
    frame: pd.DataFrame,
    study: Study,
    rule: Derived,
    therapy: Therapy | None,
    responses: pd.DataFrame | None,
) -> pd.Series:
    if rule.cut:
        return _cut(frame[rule.cut.source], rule.cut)
    if rule.recode:
        return _recoded(frame[rule.recode.source], rule.recode)
    if rule.any_of is not None:
        return _yes_no(any_holds(rule.any_of, frame))
    if rule.first_match:
        return _first_match(frame, rule.first_match)
    if rule.within_months:
        months = getattr(study.settings, rule.within_months.setting)
        return _within(frame, rule.within_months, months)
    if rule.line:
        assert therapy is not None and study.lines is not None
        return line_quantity(therapy, rule.line, study.lines, frame.index)
    if rule.response:
        assert responses is not None
        return response_quantity(responses, rule.response, study, frame)
    interval = rule.months_between or rule.years_between
    assert interval is not None
    unit = DAYS_PER_MONTH if rule.months_between else DAYS_PER_YEAR
    return elapsed_days(frame[interval.start], frame[interval.end]) / unit


def _category(values: pd.Series, levels: Iterable[str]) -> pd.Series:
    return pd.Series(pd.Categorical(values, categories=list(levels)), index=values.index)


def _yes_no(truth: pd.Series) -> pd.Series:
    words = truth.map({True: "yes", False: "no"}).astype(object)
    return _category(words.where(truth.notna()), YES_NO)


def _cut(values: pd.Series, rule: Cut) -> pd.Series:
    levels = list(rule.levels)
    position = np.searchsorted(np.asarray(rule.at), values.to_numpy(), side="right")
    found = pd.Series(np.asarray(levels, dtype=object)[position], index=values.index)
    return _category(found.where(values.notna()), levels)


def _recoded(values: pd.Series, rule: Recode) -> pd.Series:
    new = {old: level for level, olds in rule.map.items() for old in olds}
    recoded = values.astype(object).map(new)
    return _category(recoded.where(values.notna()), rule.levels)


def _first_match(frame: pd.DataFrame, rule: FirstMatch) -> pd.Series:
    """Assign branches from the last to the first, so that the first has the last word."""
    result = pd.Series(rule.otherwise, index=frame.index, dtype=object)
    for branch in reversed(rule.branches):
        matches = all_hold(branch.when, frame)
        result = result.mask(matches.fillna(False).astype(bool), branch.level)
        result = result.mask(matches.isna())
    levels = dict.fromkeys([*(branch.level for branch in rule.branches), rule.otherwise])
    return _category(result, levels)


def _within(frame: pd.DataFrame, rule: WithinMonths, months: float) -> pd.Series:
    start, end = frame[rule.start], frame[rule.end]
    gone = elapsed_days(start, end)
    truth = gone.between(0, months * DAYS_PER_MONTH).astype("boolean")
    truth = truth.mask(end.isna(), False if rule.missing_end == "no" else pd.NA)
    truth = truth.mask(start.isna(), False if rule.missing_start == "no" else pd.NA)
    return _yes_no(truth)
