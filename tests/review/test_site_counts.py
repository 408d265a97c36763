"""The words in which a panel gives the counts behind a number."""

from __future__ import annotations

import pytest

from helpers.ledger.row import Row
from helpers.review.site.counts import counted

KM = "Kaplan–Meier, log-log interval"


@pytest.mark.parametrize(
    ("statistic", "given", "words"),
    [
        ("percent", {"n": 38, "denominator": 62}, "38 of 62 patients"),
        ("survival_rate", {"n": 21, "denominator": 62}, "21 at risk, of 62 patients"),
        ("cumulative_incidence", {"n": 8, "denominator": 39}, "8 at risk, of 39 patients"),
        ("hazard_ratio", {"n": 11, "denominator": 16}, "11 events in 16 patients"),
        ("hazard_ratio", {"n": 1, "denominator": 9}, "1 event in 9 patients"),
        ("odds_ratio", {"n": 8, "denominator": 16}, "8 with the outcome, of 16 patients"),
        ("median", {"n": 27, "denominator": 62, "method": KM}, "27 events in 62 patients"),
        ("median", {"denominator": 62, "method": KM}, "62 patients"),
        ("median", {"n": 58, "denominator": 62}, "known in 58 of 62 patients"),
        ("q3", {"n": 58, "denominator": 62}, "known in 58 of 62 patients"),
        ("count", {"n": 27, "denominator": 62}, "27 of 62"),
        ("count", {"n": 608}, "608"),
        ("incidence_rate", {"n": 23}, "23 patients with the event"),
        ("patient_time", {"n": 1}, "1 patient with the event"),
        ("p_value", {}, None),
    ],
)
def test_counts_say_what_they_count(statistic, given, words):
    row = Row("a.b", "treated", statistic, 1.0, "1", **given)
    assert counted(row) == words


def test_a_rate_of_all_events_counts_events():
    row = Row("safety.all.event_rate", "treated", "incidence_rate", 1.0, "1", n=40)
    assert counted(row) == "40 events"
