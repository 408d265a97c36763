"""Rules on distributions are silent on whatever patients there are, and name what cannot be."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import pytest
from coherence_mutations import ledger_view
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.review.gates.coherence import View, described
from helpers.statistics.descriptive import summarize

WORDS = ("minimum", "q1", "median", "q3", "maximum")
CLEAN = ledger_view("aponermin")
#: The age group of the study is cut at this age.
CUT = CLEAN.study.derived["age_group"].cut.at[0]
AGES = st.lists(st.integers(40, 85), min_size=4, max_size=30)


def with_ages(part: Sequence[float], more: Sequence[float]) -> View:
    """The seed ledger, its ages and age groups those of the patients given."""
    everybody = [*part, *more]
    changes: dict[str, Mapping[str, object]] = {}
    for prefix, ages in (("baseline", part), ("baseline_in.treated", everybody)):
        found, n = summarize(ages), len(ages)
        for word in WORDS:
            value = getattr(found, word)
            changes[f"{prefix}.age.{word}"] = {"value": value, "n": n, "denominator": n}
        older = sum(age >= CUT for age in ages)
        for level, count in (("ge_63", older), ("lt_63", n - older)):
            changes[f"{prefix}.age_group.{level}"] = {"n": count, "denominator": n}
    rows = [dataclasses.replace(one, **changes.get(one.key, {})) for one in CLEAN.rows]
    return dataclasses.replace(CLEAN, rows=rows)


def named(view: View, look) -> set[str]:
    return {key for one in look(view) if one.problem for key in one.keys if ".age" in key}


@settings(max_examples=150, deadline=None)
@given(part=AGES, more=st.lists(st.integers(40, 85), max_size=1))
def test_real_patients_break_no_rule(part, more):
    view = with_ages(part, more)
    assert not named(view, described.one_more)
    assert not named(view, described.classes)


def test_nobody_more_changes_nothing():
    view = with_ages([50, 60, 64, 70, 80], [])
    rows = [
        dataclasses.replace(one, value=65.0) if one.key == "baseline.age.median" else one
        for one in view.rows
    ]
    changed = dataclasses.replace(view, rows=rows)
    assert "baseline.age.median" in named(changed, described.one_more)


@pytest.mark.parametrize(("word", "value"), [("q1", CUT), ("q3", CUT - 1)])
def test_a_quartile_on_the_wrong_side_of_a_cut_is_named(word, value):
    """Of eight, four are younger and four older than the cut."""
    view = with_ages([50, 51, 52, 53, 70, 71, 72, 73], [])
    key = f"baseline.age.{word}"
    rows = [dataclasses.replace(one, value=value) if one.key == key else one for one in view.rows]
    assert key in named(dataclasses.replace(view, rows=rows), described.classes)
