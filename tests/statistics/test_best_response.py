"""Best response against a hand-worked table, and what must hold of any course."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.imwg import CATEGORIES
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


@pytest.mark.parametrize("second", [["PR"], ["PR", None], ["PR", "partial"]])
def test_agreement_refuses_what_cannot_be_compared(second, refused):
    with refused() as caught:
        agreement(["PR", "PR"], second)
    assert "partial" not in str(caught.value)


TWO = pd.DataFrame([("a", 28.0, "PR"), ("a", 56.0, "PR")], columns=COLUMNS)
ONE = pd.DataFrame({"start": [0.0]}, index=["a"])


@pytest.mark.parametrize(
    ("assessments", "patients", "words"),
    [
        (TWO.drop(columns="day"), ONE, "needs the column 'day'"),
        (TWO, ONE.drop(columns="start"), "needs the column 'start'"),
        (TWO.assign(patient=["a", "z"]), ONE, "not among the patients"),
        (TWO.assign(day=[28.0, np.nan]), ONE, "without a day"),
        (TWO.assign(response=["PR", "partial"]), ONE, "a category that is none"),
        (TWO.assign(response=["PR", None]), ONE, "a category that is none"),
        (TWO.assign(day=28.0), ONE, "stand already"),
        (TWO, pd.concat([ONE, ONE]), "more than once"),
        (TWO, ONE.assign(start=pd.Timestamp("2024-01-01")), "dates or numbers"),
    ],
)
def test_nonsense_is_refused_without_its_value(assessments, patients, words):
    with pytest.raises(ValueError, match=words) as caught:
        best_response(assessments, patients)
    assert "partial" not in str(caught.value)


def test_no_assessments_and_no_patients():
    nothing = TWO.iloc[:0]
    course = best_response(nothing, ONE).iloc[0]
    assert (course["unconfirmed"], course["confirmed"]) == ("NE", "NE")
    assert best_response(nothing, ONE.iloc[:0]).empty


#: One patient's course: categories by day, and the days that bound it.
DAYS = st.integers(-2, 12).map(lambda week: 28.0 * week)
COURSES = st.dictionaries(DAYS, st.sampled_from(CATEGORIES), max_size=9)
ON_OR_BETWEEN = st.tuples(st.integers(1, 12), st.sampled_from([0.0, 3.0]))
BOUND = st.one_of(st.just(np.nan), ON_OR_BETWEEN.map(lambda when: 28.0 * when[0] + when[1]))
WINDOWS = st.tuples(BOUND, BOUND, BOUND)
RULES = st.builds(
    Rules,
    minimum_days=st.sampled_from([1, 28, 29, 60]),
    nonevaluable_breaks=st.booleans(),
    start_day_counts=st.booleans(),
    unconfirmed_becomes=st.sampled_from(["SD", "NE"]),
    confirm_progression=st.booleans(),
    progression_confirmed_by=st.sampled_from([(), ("death",), ("death", "next_therapy")]),
    unconfirmed_progression=st.sampled_from(["PD", "NE"]),
    recorded_progression_counts=st.booleans(),
)


def course_of(courses, windows, rules, *, order=None):
    """Courses of several patients in one call, rows in the given order."""
    every = [(i, day, what) for i, one in enumerate(courses) for day, what in one.items()]
    if order is not None:
        order.shuffle(every)
    assessments = pd.DataFrame(every, columns=COLUMNS).astype({"day": float})
    window = pd.DataFrame(windows, columns=["next_therapy", "progression", "death"])
    return best_response(assessments, window.assign(start=0.0), rules=rules)


PATIENTS = st.lists(st.tuples(COURSES, WINDOWS), min_size=1, max_size=4)


def parts(patients):
    return [course for course, _ in patients], [window for _, window in patients]


def slow_course(course, window, rules):
    """Return unconfirmed and confirmed best response by walking through one patient's visits."""
    following, recorded, died = window
    last = following if following == following else np.inf
    visits = sorted(
        (day, what)
        for day, what in course.items()
        if (day > 0 or (day == 0 and rules.start_day_counts))
        and day <= last
        and (day < recorded or recorded != recorded or (day == recorded and what == "PD"))
    )
    if not rules.nonevaluable_breaks:
        visits = [visit for visit in visits if visit[1] != "NE"]
    stands = recorded <= last
    ends = first_progression(visits, recorded if stands else None, following, died, last, rules)
    had_pd = any(what == "PD" for _, what in visits) or (
        stands and rules.recorded_progression_counts
    )
    seen = [what for day, what in visits if ends is None or day < ends]
    better = [what for what in seen if what not in ("PD", "NE")]
    unconfirmed = min(better, key=CATEGORIES.index) if better else "PD" if had_pd else "NE"
    for category in CATEGORIES[:5]:
        if held([v for v in visits if ends is None or v[0] < ends], category, rules):
            return unconfirmed, category
    if "SD" in better or (better and rules.unconfirmed_becomes == "SD"):
        return unconfirmed, "SD"
    sure = ends is not None or rules.unconfirmed_progression == "PD"
    return unconfirmed, "PD" if had_pd and sure else "NE"


def held(visits, category, rules):
    """Whether visits in a row, far enough apart, are all of a category or better."""
    for i, (begin, _) in enumerate(visits):
        for day, what in visits[i:]:
            if CATEGORIES.index(what) > CATEGORIES.index(category):
                break
            if day > begin and day - begin >= rules.minimum_days:
                return True
    return False


def first_progression(visits, recorded, following, died, last, rules):
    """Return the day of the first progression that is confirmed; None without one."""
    for i, (begin, what) in enumerate(visits):
        if what != "PD":
            continue
        row = []
        for visit in visits[i:]:
            if visit[1] != "PD":
                break
            row.append(visit[0])
        at_end = i + len(row) == len(visits)
        if (
            not rules.confirm_progression
            or (len(row) > 1 and row[-1] - begin >= rules.minimum_days)
            or (at_end and recorded is not None)
            or (at_end and died <= last and "death" in rules.progression_confirmed_by)
            or (
                at_end
                and following == following
                and "next_therapy" in rules.progression_confirmed_by
            )
        ):
            return begin
    return recorded


@settings(max_examples=200, deadline=None)
@given(patients=PATIENTS, rules=RULES)
def test_every_course_is_what_a_walk_through_the_visits_finds(patients, rules):
    courses, windows = parts(patients)
    found = course_of(courses, windows, rules)
    expected = [slow_course(course, window, rules) for course, window in patients]
    assert list(zip(found["unconfirmed"], found["confirmed"], strict=True)) == expected


@settings(max_examples=60, deadline=None)
@given(patients=PATIENTS, rules=RULES)
def test_confirmed_is_never_better_nor_earlier_than_unconfirmed(patients, rules):
    found = course_of(*parts(patients), rules)
    assert (found["confirmed"].cat.codes >= found["unconfirmed"].cat.codes).all()
    confirmed = found[found["first_confirmed"].notna()]
    assert (confirmed["first_unconfirmed"] <= confirmed["first_confirmed"]).all()
    gap = confirmed["confirmation"] - confirmed["first_confirmed"]
    assert (gap >= max(rules.minimum_days, 1)).all()
    responders = found["confirmed"].isin(CATEGORIES[:4])
    assert responders.equals(found["first_confirmed"].notna())


@settings(max_examples=60, deadline=None)
@given(patients=PATIENTS, rules=RULES, day=DAYS.map(lambda day: day + 1.0))
def test_a_visit_that_is_not_evaluable_changes_nothing_unless_it_breaks(patients, rules, day):
    courses, windows = parts(patients)
    rules = Rules(**{**vars(rules), "nonevaluable_breaks": False})
    more = [{**course, day: "NE"} for course in courses]
    pd.testing.assert_frame_equal(
        course_of(courses, windows, rules), course_of(more, windows, rules)
    )


@settings(max_examples=60, deadline=None)
@given(patients=PATIENTS, rules=RULES, order=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(patients, rules, order):
    courses, windows = parts(patients)
    pd.testing.assert_frame_equal(
        course_of(courses, windows, rules), course_of(courses, windows, rules, order=order)
    )


@settings(max_examples=60, deadline=None)
@given(patients=PATIENTS, rules=RULES, late=COURSES)
def test_what_comes_after_the_next_therapy_never_matters(patients, rules, late):
    courses, windows = parts(patients)
    more = [
        {**course, **{w[0] + 1.0 + abs(day): what for day, what in late.items()}}
        if w[0] == w[0]
        else course
        for course, w in patients
    ]
    pd.testing.assert_frame_equal(
        course_of(courses, windows, rules), course_of(more, windows, rules)
    )
