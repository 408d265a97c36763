import pandas as pd
import pytest

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
def test_nonsense_is_refused_without_a_patients_id(patients, table):
    with pytest.raises(ValueError, match=r".+") as caught:
        worst_grade(patients, table)
    assert "p1" not in str(caught.value)
