"""Figures as they are printed: half up, half to even, or cut off."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction


def shown(value: float | Fraction, digits: int, *, rounding: str = ROUND_HALF_UP) -> str:
    """Return a figure at so many digits after the point; fractions are rounded exactly."""
    exact = Fraction(value) if isinstance(value, Fraction) else Fraction(repr(float(value)))
    scaled = Decimal(exact.numerator) / Decimal(exact.denominator)
    return str(scaled.quantize(Decimal(1).scaleb(-digits), rounding=rounding))


def same_display(value: float, printed: str, digits: int) -> bool:
    """Return whether a figure at the study's digits reads as printed ("2" is read as "2.0")."""
    wanted = max(digits, len(printed.partition(".")[2]))
    return Decimal(shown(value, wanted)) == Decimal(printed)


def percent(count: int, total: int) -> Fraction:
    """Return a percentage exactly."""
    return Fraction(100 * count, total)


def rounding_that_fits(count: int, total: int, printed: str) -> str | None:
    """Return how count/total comes to read as printed: "half-up", "truncated" or None."""
    if total == 0:
        return None
    digits = len(printed.partition(".")[2])
    exact = percent(count, total)
    if shown(exact, digits) == printed:
        return "half-up"
    return "truncated" if shown(exact, digits, rounding=ROUND_DOWN) == printed else None


def truncates_to(value: float, printed: str) -> bool:
    """Return whether a figure reads as printed when its further digits are cut off."""
    digits = len(printed.partition(".")[2])
    return shown(value, digits, rounding=ROUND_DOWN) == printed
