"""Printed figures as exact sets, against decimal arithmetic."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from helpers.audit.printed import fitting_counts, fitting_totals, parse


def shown(k, n, digits, rounding):
    scaled = Decimal(100 * k) / Decimal(n)
    return str(scaled.quantize(Decimal(1).scaleb(-digits), rounding=rounding))


@pytest.mark.parametrize("digits", [0, 1, 2])
def test_counts_that_fit_are_those_that_print_so(digits):
    for n in (7, 16, 38, 80):
        for k in range(n + 1):
            for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN):
                printed = parse(shown(k, n, digits, rounding))
                assert k in fitting_counts(printed, n)
                if rounding == ROUND_DOWN:
                    assert printed.truncated(Fraction(100 * k, n))
                else:
                    assert printed.rounded(Fraction(100 * k, n))


def test_nothing_else_fits():
    for n in (7, 38):
        for text in ("42.8", "60.1", "55.3", "12", "12.50"):
            digits = len(text.partition(".")[2])
            fits = {
                k
                for k in range(n + 1)
                for r in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)
                if Decimal(shown(k, n, digits, r)) == Decimal(text)
            }
            assert set(fitting_counts(parse(text), n)) == fits


def test_no_more_than_all_patients_fit():
    assert fitting_counts(parse("100"), 400) == (398, 399, 400)
    assert fitting_counts(parse("0"), 400) == (0, 1, 2, 3)
    assert fitting_counts(parse("101"), 38) == ()


def test_denominators_of_an_impossible_percentage():
    assert fitting_totals(parse("60.1"), 39) == ()
    assert fitting_totals(parse("53.8"), 39, smallest=38) == (39,)


@pytest.mark.parametrize("text", ["", "NR", "1.2.3", "<5"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="not a decimal number"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "share", "rounded", "truncated"),
    [
        ("42.8", Fraction(600, 14), False, True),
        ("42.9", Fraction(600, 14), True, False),
        ("42.7", Fraction(600, 14), False, False),
        ("12.4", Fraction(25, 2) - Fraction(1, 20), True, True),
        ("12.5", Fraction(25, 2) - Fraction(1, 20), True, False),
        ("12.3", Fraction(25, 2) - Fraction(1, 20), False, False),
    ],
)
def test_rounding_and_cutting_off_are_told_apart(text, share, rounded, truncated):
    printed = parse(text)
    assert (printed.rounded(share), printed.truncated(share)) == (rounded, truncated)
    assert printed.fits(share) == (rounded or truncated)
