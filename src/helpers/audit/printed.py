"""A printed figure as the exact set of values that print so.

A figure of d digits stands for P units of its last digit. Rounded half up it is any value in
[P - 1/2, P + 1/2) units; half to even, P + 1/2 as well where P is even; cut off, [P, P + 1).
The three together are [P - 1/2, P + 1). Everything is a fraction; a float takes part only in
:func:`prints_so`, where what was computed is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_NUMBER = re.compile(r"^-?\d*\.?\d+$")
HALF = Fraction(1, 2)
#: What a computed value may be off by the rounding of its arithmetic.
_EDGE = 1e-9


@dataclass(frozen=True)
class Printed:
    """A figure as printed.

    Attributes:
        text: The figure, "55.3".
        units: Units of its last digit, 553.
        digits: Digits after the point, 1.
    """

    text: str
    units: int
    digits: int

    @property
    def step(self) -> Fraction:
        """The worth of one unit of the last digit."""
        return Fraction(1, 10**self.digits)

    @property
    def value(self) -> Fraction:
        """The figure itself."""
        return self.units * self.step

    @property
    def low(self) -> Fraction:
        """The smallest value that prints so, rounded or cut off."""
        return (self.units - HALF) * self.step if self.units >= 0 else (self.units - 1) * self.step

    @property
    def high(self) -> Fraction:
        """No value that prints so is larger; from zero on, none is as large."""
        return (self.units + 1) * self.step if self.units >= 0 else (self.units + HALF) * self.step

    def rounded(self, value: Fraction) -> bool:
        """Whether a value prints so when it is rounded, half up or half to even."""
        scaled = value / self.step
        if scaled == self.units + HALF:
            return self.units % 2 == 0
        return self.units - HALF <= scaled < self.units + HALF

    def truncated(self, value: Fraction) -> bool:
        """Whether a value prints so when its further digits are cut off."""
        scaled = value / self.step
        if self.units < 0:
            return self.units - 1 < scaled <= self.units
        return self.units <= scaled < self.units + 1

    def fits(self, value: Fraction) -> bool:
        """Whether a value prints so in any of the three ways."""
        return self.rounded(value) or self.truncated(value)


def parse(text: str) -> Printed:
    """Read a printed figure.

    Raises:
        ValueError: It is not a plain decimal number.
    """
    plain = text.strip().replace("·", ".").replace("−", "-")
    if not _NUMBER.match(plain):
        raise ValueError(f"{text!r} is not a decimal number")
    digits = len(plain.partition(".")[2])
    return Printed(plain, int(plain.replace(".", "")), digits)


def prints_so(printed: Printed, value: float) -> bool:
    """Whether a computed value prints so, its own rounding granted."""
    return float(printed.low) - _EDGE <= value < float(printed.high) + _EDGE


def fitting_counts(printed: Printed, total: int, *, scale: int = 100) -> tuple[int, ...]:
    """Return every count of ``total`` whose share prints so, rounded or cut off.

    Args:
        printed: The share as printed.
        total: The denominator.
        scale: 100 for a percentage, 1 for a fraction.
    """
    if total <= 0:
        return ()
    first = max(0, -(-total * (2 * printed.units - 1) // (2 * scale * 10**printed.digits)))
    last = min(total, -(-total * (printed.units + 1) // (scale * 10**printed.digits)) - 1)
    return tuple(range(first, last + 1))


def fitting_totals(
    printed: Printed, largest: int, *, smallest: int = 1, scale: int = 100
) -> tuple[int, ...]:
    """Return every denominator up to ``largest`` over which some count prints so."""
    return tuple(
        n for n in range(max(1, smallest), largest + 1) if fitting_counts(printed, n, scale=scale)
    )
