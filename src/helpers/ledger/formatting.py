"""How a number is printed. Called once per number, when its ledger row is made."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

NOT_REACHED = "not reached"
NOT_ESTIMABLE = "not estimable"
EN_DASH = "–"
MINUS = "−"


def as_set(value: float) -> str:
    """Return a number that somebody set, such as a level in percent, with its own digits."""
    return f"{value:.10g}"


def fixed(value: float | Fraction, digits: int) -> str:
    """Return ``value`` with a fixed number of digits, halves rounded away from zero.

    Binary fractions are taken at their shortest decimal spelling, so 0.285 is a half and
    rounds to 0.29; a :class:`~fractions.Fraction` is rounded exactly.

    Raises:
        ValueError: ``value`` is not finite.
    """
    if isinstance(value, Fraction):
        scaled = abs(value) * 10**digits
        whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
        number = Decimal(whole).scaleb(-digits) * (-1 if value < 0 else 1)
    else:
        if not math.isfinite(value):
            raise ValueError("only finite numbers can be printed")
        number = Decimal(repr(float(value)))
    rounded = number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    if rounded == 0:
        rounded = abs(rounded)
    return f"{rounded:f}".replace("-", MINUS)


def percent(count: int, total: int, digits: int) -> str:
    """Return ``count``/``total`` as a percentage, rounded half up from the exact fraction."""
    return fixed(Fraction(100 * count, total), digits) + "%"


def number_of(count: int | str, noun: str) -> str:
    """Return a count, or a count as it is printed, with its noun: "1 event", "0 events"."""
    return f"{count} {noun}" if str(count) == "1" else f"{count} {noun}s"


def lowered(label: str) -> str:
    """Return a label as it stands inside a sentence; an abbreviation keeps its capitals."""
    if len(label) > 1 and label[1].islower():
        return label[:1].lower() + label[1:]
    return label


def interval(low: float | None, high: float | None, digits: int) -> str:
    """Return "low–high"; a bound that does not exist is "not reached".

    Bounds that may be negative are separated by "to", since a dash would read as a minus.
    """
    ends = [NOT_REACHED if end is None else fixed(end, digits) for end in (low, high)]
    negative = any(end is not None and end < 0 for end in (low, high))
    return (" to " if negative or NOT_REACHED in ends else EN_DASH).join(ends)


def p_value(p: float, *, digits: int, floor: float) -> str:
    """Return a p-value without its sign ("0.046"), or "<0.001" below ``floor``.

    Digits are added where rounding would move the value across 0.05.
    """
    if p < floor:
        return "<" + f"{floor:g}"
    text = fixed(p, digits)
    while (Decimal(text) < Decimal("0.05")) != (p < 0.05):
        digits += 1
        text = fixed(p, digits)
    if Decimal(text) >= 1:
        return ">" + fixed(1 - 10.0**-digits, digits)
    return text


def p_clause(p_display: str) -> str:
    """Return "p = 0.046" or "p < 0.001" from a displayed p-value."""
    if p_display[:1] in "<>":
        return f"p {p_display[0]} {p_display[1:]}"
    return f"p = {p_display}"
