"""Ratios: does the interval fit the estimate, and the p-value the interval?

A Wald interval of a ratio is symmetric on the log scale and its p-value follows from it. Both are
asked of the whole box of values that print so. Profile-likelihood, exact and bootstrap intervals
are somewhat asymmetric, and the p-value may come from a log-rank or likelihood-ratio test; what
misses by no more than such a choice can explain is called test-dependent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

from helpers.audit.printed import Printed, parse
from helpers.audit.verdict import Finding
from helpers.claims.claim import RATIOS, Claim

#: Distance of the estimate from the middle of the interval, in half-widths, that another kind of
#: interval explains: for hazard ratios, and for odds ratios and relative risks.
SKEW = {"hazard_ratio": 0.15, "odds_ratio": 0.25, "relative_risk": 0.25}
#: Distance of the z-values of p and interval that another test explains.
Z_APART, Z_SHARE = 0.15, 0.1
_TINY = 1e-9


@dataclass(frozen=True)
class Span:
    """The values that a quantity can have, both ends taken."""

    low: float
    high: float

    def apart(self, other: Span) -> float:
        """Return the distance of two spans; 0 where they touch."""
        return max(0.0, self.low - other.high - _TINY, other.low - self.high - _TINY)


def ratio_findings(claims: Sequence[Claim]) -> Iterator[Finding]:
    """Yield what cannot be, or hangs on the method, in ratios with intervals and p-values."""
    for claim in claims:
        if claim.kind not in RATIOS or claim.value is None or claim.not_reached:
            continue
        value = parse(claim.value)
        if value.high <= 0 or (value.units <= 0 and claim.kind in RATIOS and value.units < 0):
            yield _impossible(claim, "A ratio cannot be negative.", claim.value)
            continue
        yield from _direction(claim, value)
        if claim.low is None or claim.high is None or "not reached" in (claim.low, claim.high):
            continue
        low, high = parse(claim.low), parse(claim.high)
        if low.high <= 0 or low.low >= high.high or value.high <= low.low or high.high <= value.low:
            continue  # said by the check of all intervals
        yield from _symmetry(claim, value, low, high)
        yield from _p_value(claim, value, low, high)


def _direction(claim: Claim, value: Printed) -> Iterator[Finding]:
    wrong = (claim.direction == "higher" and value.high <= 1) or (
        claim.direction == "lower" and value.low >= 1
    )
    if wrong:
        yield _impossible(
            claim,
            f"The words say {claim.direction}, the ratio says the opposite.",
            f"{_name(claim)} {claim.value}",
            "P19",
        )


def _symmetry(claim: Claim, value: Printed, low: Printed, high: Printed) -> Iterator[Finding]:
    if low.units == 0:
        return  # a bound printed as 0.0 says nothing on the log scale
    if _product_fits(value, low, high):
        return
    skew = _least_skew(value, low, high)
    middle = math.sqrt(float(low.value * high.value))
    arithmetic = (
        f"{_words(claim)}: the middle of the interval on the log scale is "
        f"{middle:.{max(2, value.digits)}f}"
    )
    if skew > SKEW[claim.kind]:
        yield _impossible(claim, "The interval does not belong to this estimate.", arithmetic)
    else:
        yield Finding(
            (claim.id,),
            "test-dependent",
            "No Wald interval lies so around the estimate; a profile-likelihood or exact one may.",
            arithmetic,
            problem="P19",
        )


def _product_fits(value: Printed, low: Printed, high: Printed) -> bool:
    """Whether estimate² = low × high for some values that print so, in exact fractions."""
    least = max(low.low, Fraction(0)) * max(high.low, Fraction(0))
    most = low.high * high.high
    return max(value.low, Fraction(0)) ** 2 < most and least < value.high**2


def _least_skew(value: Printed, low: Printed, high: Printed) -> float:
    estimates = [math.log(v) for v in (_positive(value.low), float(value.high))]
    lows = [math.log(v) for v in (_positive(low.low), float(low.high))]
    highs = [math.log(v) for v in (_positive(high.low), float(high.high))]
    found = []
    for lower in lows:
        for upper in highs:
            if upper <= lower:
                continue
            middle, half = (lower + upper) / 2, (upper - lower) / 2
            nearest = min(max(middle, estimates[0]), estimates[1])
            found.append(abs(nearest - middle) / half)
    return min(found, default=math.inf)


def _p_value(claim: Claim, value: Printed, low: Printed, high: Printed) -> Iterator[Finding]:
    if claim.p is None or low.units == 0:
        return
    level = float(Fraction(claim.level)) / 100
    width = NormalDist().inv_cdf(0.5 + level / 2)
    z = _z_of_interval(value, low, high, width)
    said = z_of_p(claim.p)
    gap = z.apart(said)
    if gap == 0:
        return
    p_low, p_high = (2 * NormalDist().cdf(-v) for v in (z.high, z.low))
    arithmetic = (
        f"{_words(claim)}: the interval gives p {_p_range(p_low, p_high)}, "
        f"printed p {claim.p.replace('=', '= ')}"
    )
    if gap <= Z_APART + Z_SHARE * min(z.high, 10.0):
        yield Finding(
            (claim.id,),
            "test-dependent",
            "The p-value is not the Wald test's that goes with the interval; another test may "
            "give it.",
            arithmetic,
            problem="P05",
        )
    else:
        yield _impossible(claim, "The p-value and the interval contradict each other.", arithmetic)


def _z_of_interval(value: Printed, low: Printed, high: Printed, width: float) -> Span:
    """Return the z-values of the Wald tests whose estimate and interval print so.

    Those of the estimate over the standard error, and, where the estimate can be the middle of
    the interval, also those of that middle: an interval's ends and its z-value hang together.
    """
    lows = [math.log(_positive(low.low)), math.log(float(low.high))]
    highs = [math.log(_positive(high.low)), math.log(float(high.high))]
    wide, narrow = highs[1] - lows[0], max(highs[0] - lows[1], 1e-6)
    ends = [math.log(_positive(value.low)), math.log(float(value.high))]
    largest = max(abs(end) for end in ends)
    least = 0.0 if ends[0] <= 0 <= ends[1] else min(abs(end) for end in ends)
    loose = Span(2 * width * least / wide, 2 * width * largest / narrow)
    corners = [
        (upper + lower) / (upper - lower) for lower in lows for upper in highs if upper > lower
    ]
    if not _product_fits(value, low, high) or len(corners) < 4:
        return loose
    crossing = min(corners) <= 0 <= max(corners)
    shares = [abs(corner) for corner in corners]
    middle = Span(0.0 if crossing else width * min(shares), width * max(shares))
    return Span(max(loose.low, middle.low), min(loose.high, middle.high))


def z_of_p(p: str) -> Span:
    """Return the absolute z-values that a printed two-sided p-value stands for."""
    printed = parse(p[1:])
    quantile = NormalDist().inv_cdf

    def z(value: float) -> float:
        return math.inf if value <= 0 else max(0.0, -quantile(min(value, 1.0) / 2))

    if p[0] == "<":
        return Span(z(float(printed.value)), math.inf)
    if p[0] == ">":
        return Span(0.0, z(float(printed.value)))
    return Span(z(float(printed.high)), z(float(max(printed.low, Fraction(0)))))


def _impossible(claim: Claim, evidence: str, arithmetic: str, problem: str = "P19") -> Finding:
    return Finding((claim.id,), "impossible", evidence, arithmetic, problem=problem)


def _positive(value: Fraction) -> float:
    return max(float(value), 1e-12)


def _p_range(low: float, high: float) -> str:
    one, other = _p(low), _p(high)
    return one if one == other else f"{one} to {other}"


def _p(value: float) -> str:
    return "<0.0001" if value < 1e-4 else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def _words(claim: Claim) -> str:
    return f"{_name(claim)} {claim.value} ({claim.low} to {claim.high})"


def _name(claim: Claim) -> str:
    return {"hazard_ratio": "HR", "odds_ratio": "OR", "relative_risk": "RR"}.get(claim.kind, "")
