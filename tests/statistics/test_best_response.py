"""Best response against a hand-worked table, and what must hold of any course."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from helpers.imwg.course import Rules
from helpers.statistics.best_response import agreement, best_response

BY_HAND = Path(__file__).parents[1] / "reference" / "best_response.md"
COLUMNS = ["patient", "day", "response"]
RESULTS = ["unconfirmed", "confirmed", "first_confirmed", "confirmation", "progression"]


def rows_by_hand() -> list[list[str]]:
    lines = [line for line in BY_HAND.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def number(text: str) -> float:
    return np.nan if text == "-" else float(text)


def rules_of(text: str) -> Rules:
    if not text:
        return Rules()
    name, value = text.split("=")
    words: dict[str, Any] = {"true": True, "false": False}
    read = words.get(value, int(value) if value.isdigit() else value)
    return Rules(**{name: (read,) if name == "progression_confirmed_by" else read})


def assessed(patient: str, text: str) -> list[tuple[str, float, str]]:
    pairs = [part.split() for part in text.split(",") if part.strip()]
    return [(patient, float(day), category) for day, category in pairs]


def found_of(course: pd.DataFrame) -> list[list[Any]]:
    shown = course[RESULTS].astype(object)
    return shown.where(shown.notna(), None).to_numpy().tolist()


def expected_of(row: list[str]) -> list[Any]:
    days = [None if cell == "-" else float(cell) for cell in row[8:11]]
    return [*row[6:8], *days]


@pytest.mark.parametrize("row", rows_by_hand(), ids=lambda row: row[0])
def test_courses_by_hand(row):
    name, rules, *days = row[:5]
    start = np.nan if name == "no_start" else 0.0
    window = dict(zip(("next_therapy", "progression", "death"), map(number, days), strict=True))
    patients = pd.DataFrame({"start": start, **window}, index=[name])
    assessments = pd.DataFrame(assessed(name, row[5]), columns=COLUMNS).astype({"day": float})
    course = best_response(assessments, patients, rules=rules_of(rules))
    assert found_of(course) == [expected_of(row)]
    gone = course["days_to_response"].iloc[0]
    assert gone == pytest.approx(number(row[8]), nan_ok=True)


def test_the_table_is_large_enough_and_uses_every_rule():
    rows = rows_by_hand()
    assert len(rows) >= 40
    assert {row[1].split("=")[0] for row in rows} == {"", *Rules.__dataclass_fields__}


def test_patients_do_not_touch_each_other():
    """All courses of the default rules in one call, each as by itself, rows shuffled."""
    rows = [row for row in rows_by_hand() if not row[1]]
    patients = pd.DataFrame(
        [[number(cell) for cell in row[2:5]] for row in rows],
        columns=["next_therapy", "progression", "death"],
        index=[row[0] for row in rows],
    ).assign(start=[np.nan if row[0] == "no_start" else 0.0 for row in rows])
    every = [one for row in rows for one in assessed(row[0], row[5])]
    assessments = pd.DataFrame(every, columns=COLUMNS).sample(frac=1.0, random_state=3)
    assert found_of(best_response(assessments, patients)) == [expected_of(row) for row in rows]


def test_dates_give_dates():
    start = pd.Timestamp("2024-01-01")
    dates = [start + pd.Timedelta(days=day) for day in (28, 56)]
    assessments = pd.DataFrame({"patient": "a", "day": dates, "response": ["PR", "VGPR"]})
    course = best_response(assessments, pd.DataFrame({"start": [start]}, index=["a"])).iloc[0]
    assert (course["first_confirmed"], course["confirmation"]) == tuple(dates)
    assert course["days_to_response"] == 28.0


def test_agreement_by_hand():
    found = agreement(["VGPR", "PR", "PR", "SD", "NE"], ["PR", "PR", "SD", "SD", "NE"])
    assert (found.n, found.agree) == (5, 3)
    assert found.disagreements == (("VGPR", "PR", 1), ("PR", "SD", 1))
