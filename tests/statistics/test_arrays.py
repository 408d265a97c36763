"""What the caller gives is refused without a word of it: it may be a patient's."""

import datetime

import pandas as pd
import pytest

from helpers.statistics.adverse_events import worst_grade
from helpers.statistics.arrays import as_numbers
from helpers.statistics.descriptive import summarize
from helpers.statistics.imputation import impute
from helpers.statistics.person_time import split_at_change
from helpers.statistics.regression import Factor, cox
from helpers.statistics.therapy_lines import LineRules, assign_lines, therapy_lines
from helpers.statistics.time_to_event import kaplan_meier

SECRET = "born 3 May"
AGE = Factor("age", "Age", [61, SECRET])
EVENT = pd.DataFrame(
    {"patient": ["p"], "term": ["nausea"], "event_class": ["gut"], "grade": [SECRET]}
)
DRUG = pd.DataFrame({"patient": ["p"], "agent": ["d"], "start": [0], "end": [9], "line": [1]})


@pytest.mark.parametrize(
    "call",
    [
        lambda: summarize([1, SECRET]),
        lambda: kaplan_meier([1, SECRET], [1, 0]),
        lambda: cox([1, 2], [1, 0], [AGE]),
        lambda: impute([1, 2], [1, 0], [AGE], imputations=2, seed=1),
        lambda: split_at_change([1, 2], [1, 1], [SECRET, None]),
        lambda: worst_grade(["p"], EVENT),
        lambda: therapy_lines(DRUG.assign(line=SECRET)),
        lambda: assign_lines(DRUG.assign(end=SECRET), LineRules(overlap_days=28, gap_days=90)),
    ],
)
def test_a_value_that_is_no_number_is_counted_and_not_repeated(call, refused):
    with refused() as caught:
        call()
    assert "1 values that are no numbers" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None


def test_an_end_that_is_no_date_is_counted_and_not_repeated(refused):
    drug = DRUG.assign(start=pd.Timestamp("2020-05-03"), end=SECRET)
    with refused() as caught:
        assign_lines(drug, LineRules(overlap_days=28, gap_days=90))
    assert str(caught.value) == "the column end holds 1 values that are no dates"


def test_missing_values_stay_and_dates_are_no_numbers(refused):
    assert as_numbers(pd.Series([1, None, "2.5"]), "x").tolist()[::2] == [1.0, 2.5]
    with refused() as caught:
        as_numbers(pd.Series([datetime.date(2020, 1, 1), None], dtype=object), "x")
    assert str(caught.value) == "x holds 1 values that are no numbers"
