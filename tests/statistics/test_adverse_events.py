import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.statistics.adverse_events import AdverseEventRow, worst_grade

PATIENTS = ["p1", "p2", "p3", "p4", "p5"]


def events(*rows):
    return pd.DataFrame(rows, columns=["patient", "term", "event_class", "grade"])


#: p1: anaemia 1 then 3 (counts once, as 3), nausea 2. p2: anaemia 2, neutropenia 4.
#: p3: neutropenia 3, diarrhoea 1. p4: fatal pneumonia. p5: nothing.
EVENTS = events(
    ("p1", "anaemia", "blood", 1),
    ("p1", "anaemia", "blood", 3),
    ("p1", "nausea", "gut", 2),
    ("p2", "anaemia", "blood", 2),
    ("p2", "neutropenia", "blood", 4),
    ("p3", "neutropenia", "blood", 3),
    ("p3", "diarrhoea", "gut", 1),
    ("p4", "pneumonia", "infection", 5),
)


def test_worst_grade_by_hand():
    row = AdverseEventRow
    assert worst_grade(PATIENTS, EVENTS) == (
        row("any", None, None, 4, 4, 1, 5),
        row("class", "blood", None, 3, 3, 0, 5),
        row("term", "blood", "neutropenia", 2, 2, 0, 5),
        row("term", "blood", "anaemia", 2, 1, 0, 5),
        row("class", "gut", None, 2, 0, 0, 5),
        row("term", "gut", "diarrhoea", 1, 0, 0, 5),
        row("term", "gut", "nausea", 1, 0, 0, 5),
        row("class", "infection", None, 1, 1, 1, 5),
        row("term", "infection", "pneumonia", 1, 1, 1, 5),
    )


def test_repeated_and_reordered_events_change_nothing():
    again = pd.concat([EVENTS, EVENTS]).sample(frac=1, random_state=3)
    assert worst_grade(PATIENTS, again) == worst_grade(PATIENTS, EVENTS)


event = st.tuples(
    st.sampled_from(PATIENTS),
    st.sampled_from([("anaemia", "blood"), ("neutropenia", "blood"), ("nausea", "gut")]),
    st.integers(1, 5),
)


@settings(max_examples=60)
@given(st.lists(event, max_size=14), st.data())
def test_worst_grades_are_those_of_a_plain_count_in_any_order(rows, data):
    table = events(*((p, *term, grade) for p, term, grade in rows))
    again = data.draw(st.permutations([*rows, *rows[:3]]))
    mixed = events(*((p, *term, grade) for p, term, grade in again))
    found = worst_grade(PATIENTS, table)
    assert worst_grade(PATIENTS, mixed) == found
    for row in found:
        grades = [
            max((g for p, (t, c), g in rows if p == patient and fits(row, t, c)), default=0)
            for patient in PATIENTS
        ]
        counts = tuple(sum(grade >= least for grade in grades) for least in (1, 3, 5))
        assert (row.any_grade, row.grade_3_or_more, row.grade_5) == counts


def fits(row, term, event_class):
    return row.term in (None, term) and row.event_class in (None, event_class)


def test_declared_classes_and_terms_stay_with_zero():
    declared = {"gut": ["vomiting"], "heart": [], "nerves": ["neuropathy", "ataxia"]}
    found = worst_grade(PATIENTS, EVENTS, declared=declared)
    assert [row for row in found if row.any_grade] == list(worst_grade(PATIENTS, EVENTS))
    zero = [(row.kind, row.event_class, row.term) for row in found if not row.any_grade]
    assert zero == [
        ("term", "gut", "vomiting"),
        ("class", "heart", None),
        ("class", "nerves", None),
        ("term", "nerves", "ataxia"),
        ("term", "nerves", "neuropathy"),
    ]
    assert {row.total for row in found} == {5}
    with pytest.raises(ValueError, match="more than one class"):
        worst_grade(PATIENTS, EVENTS, declared={"gut": ["anaemia"]})


def test_no_events_still_have_a_denominator():
    assert worst_grade(PATIENTS, EVENTS.iloc[:0]) == (
        AdverseEventRow("any", None, None, 0, 0, 0, 5),
    )


@pytest.mark.parametrize(
    ("patients", "table"),
    [
        (["p1", "p1"], EVENTS.iloc[:1]),
        (["p1"], EVENTS),
        (PATIENTS, EVENTS.drop(columns="grade")),
        (PATIENTS, events(("p1", "nausea", "gut", None))),
        (PATIENTS, events(("p1", "nausea", "gut", 6))),
        (PATIENTS, events(("p1", "nausea", "gut", 2.5))),
        (PATIENTS, events(("p1", "nausea", "gut", 1), ("p2", "nausea", "blood", 1))),
    ],
)
def test_nonsense_is_refused_without_a_patients_id(patients, table, refused):
    with refused() as caught:
        worst_grade(patients, table)
    assert "p1" not in str(caught.value)
