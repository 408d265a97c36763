"""Alternative texts: one sentence that holds every word it was given."""

import pytest

from helpers.exhibits import alt

PAIRS = [("ORR", "55.3% (21/38)"), ("≥VGPR", "23.7%")]


@pytest.mark.parametrize(
    "sentence",
    [
        alt.kaplan_meier_alt("overall survival", PAIRS, ["log-rank p = 0.01."]),
        alt.forest_alt("the overall response rate", PAIRS),
        alt.response_alt(PAIRS[:1], PAIRS[1:]),
        alt.flow_alt(["ORR\n55.3%  (21/38)", "≥VGPR 23.7%"]),
        alt.swimmer_alt("38", PAIRS),
        alt.adverse_event_alt(PAIRS),
    ],
)
def test_one_sentence_with_every_word(sentence):
    assert "ORR 55.3% (21/38); ≥VGPR 23.7%" in sentence
    assert sentence.endswith(".") and not sentence.endswith("..")
    assert sentence[0].isupper() and "\n" not in sentence


def test_one_curve_or_several():
    assert alt.kaplan_meier_alt("OS", PAIRS[:1]).startswith("Kaplan–Meier curve of OS: ")
    assert alt.kaplan_meier_alt("OS", PAIRS).startswith("Kaplan–Meier curves of OS: ")


def test_nothing_to_say_is_still_a_sentence():
    assert alt.adverse_event_alt([]) == "Bar chart of adverse events."
