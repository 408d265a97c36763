from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.ledger import Row, formatting


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (0.285, 2, "0.29"),
        (2.5, 0, "3"),
        (-1.25, 1, "−1.3"),
        (-0.04, 1, "0.0"),
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(-5, 2), 0, "−3"),
    ],
)
def test_halves_are_rounded_away_from_zero(value, digits, shown):
    assert formatting.fixed(value, digits) == shown


@pytest.mark.parametrize(
    ("level", "words"), [(0.95, "95% CI 1–2"), (0.975, "97.5% CI 1–2"), (0.999, "99.9% CI 1–2")]
)
def test_a_level_is_printed_as_it_was_set(level, words):
    row = Row("a.b", "treated", "median", 1.5, "1.5", interval="1–2", level=level)
    assert row.interval_words == words


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_never_printed(value):
    with pytest.raises(ValueError, match="finite"):
        formatting.fixed(value, 1)


@pytest.mark.parametrize(
    ("count", "total", "digits", "shown"),
    [(21, 38, 1, "55.3%"), (6, 14, 1, "42.9%"), (38, 62, 0, "61%"), (1, 8, 0, "13%")],
)
def test_percentages_are_rounded_from_the_exact_fraction(count, total, digits, shown):
    assert formatting.percent(count, total, digits) == shown


@given(st.integers(1, 400), st.data())
def test_a_percentage_is_never_further_from_its_fraction_than_half_a_digit(total, data):
    count = data.draw(st.integers(0, total))
    shown = Fraction(formatting.percent(count, total, 1).removesuffix("%"))
    assert abs(shown - Fraction(100 * count, total)) <= Fraction(1, 20)


@pytest.mark.parametrize(
    ("p", "shown"),
    [(0.0459, "0.046"), (0.0004, "<0.001"), (0.9999, ">0.999"), (0.05, "0.050"), (1.0, ">0.999")],
)
def test_p_values_as_printed(p, shown):
    assert formatting.p_value(p, digits=3, floor=0.001) == shown


@given(st.floats(0, 1))
def test_a_printed_p_value_keeps_its_side_of_five_percent(p):
    shown = formatting.p_value(p, digits=3, floor=0.001)
    assert (float(shown.lstrip("<>")) < 0.05) == (p < 0.05)


def test_intervals_name_a_bound_that_is_not_reached_and_spell_out_negative_ones():
    assert formatting.interval(38.3, 71.4, 1) == "38.3–71.4"
    assert formatting.interval(4.44, None, 1) == "4.4 to not reached"
    assert formatting.interval(-3.04, 58.9, 1) == "−3.0 to 58.9"


def test_a_p_value_reads_as_a_clause():
    assert formatting.p_clause("<0.001") == "p < 0.001"
    assert formatting.p_clause("0.046") == "p = 0.046"


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 events"), (1, "1 event"), (11, "11 events"), ("1", "1 event"), ("21", "21 events")],
)
def test_a_count_and_its_noun_agree(count, shown):
    assert formatting.number_of(count, "event") == shown
