"""Survival figures in order: rates fall with time, and agree with medians and with each other.

Each printed rate or median bounds a survival curve from below or from above at some time. A
curve falls with time, and progression-free (or event-free) survival lies nowhere above overall
survival of the same patients; two bounds that cross under these rules are a contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

from helpers.audit.printed import parse
from helpers.audit.verdict import Finding
from helpers.claims.claim import Claim

HALF = Fraction(50)
_UNDER_OS = {"pfs", "efs", "progression-free survival", "event-free survival", "dfs", "rfs"}
_OS = {"os", "overall survival"}
#: What rises with time: a cumulative incidence, written as a rate at a time.
_RISING = re.compile(r"incidence|mortality|nrm|trm|relapse rate|transformation")


@dataclass(frozen=True)
class Bound:
    """What a claim says of a curve at one time.

    Attributes:
        claim: The claim.
        time: Months; None for all times.
        value: Percent.
        strict: The bound itself is not taken.
        before: It holds at all times before ``time``, not at ``time`` itself.
    """

    claim: Claim
    time: Fraction | None
    value: Fraction
    strict: bool
    before: bool = False


def course_findings(claims: Sequence[Claim]) -> Iterator[Finding]:
    """Yield the contradictions among survival medians and rates."""
    curves = [
        c
        for c in claims
        if c.kind in {"survival_median", "survival_rate"} and c.value and not _rises(c)
    ]
    yield from _falling([c for c in claims if c.kind == "survival_rate" and _rises(c)])
    for lower in (b for c in curves for b in _below(c)):
        for upper in (b for c in curves for b in _above(c)):
            comparable = lower.claim is not upper.claim and _ordered(lower.claim, upper.claim)
            if comparable and _crosses(lower, upper):
                yield _contradiction(lower, upper)


def _rises(claim: Claim) -> bool:
    return _RISING.search(_endpoint(claim)) is not None


def _falling(incidences: Sequence[Claim]) -> Iterator[Finding]:
    """Yield pairs of one cumulative incidence of which the later is smaller."""
    for early, late in permutations(incidences, 2):
        same = (early.population, early.group, _endpoint(early)) == (
            late.population, late.group, _endpoint(late)
        )  # fmt: skip
        falls = parse(late.value or "").high <= parse(early.value or "").low
        if same and _time(early) < _time(late) and falls:
            yield Finding(
                (early.id, late.id),
                "impossible",
                "One of two figures must be wrong, since a cumulative incidence does not fall.",
                f"{early.value}% at {early.time:g} months but {late.value}% at {late.time:g}",
                problem="P19",
            )


def _below(claim: Claim) -> Iterator[Bound]:
    if claim.not_reached:
        yield Bound(claim, None, HALF, strict=False)
    elif claim.kind == "survival_rate":
        yield Bound(claim, _time(claim), parse(claim.value or "").low, strict=False)
    elif (span := _span(claim)) is not None:
        yield Bound(claim, span[0], HALF, strict=True, before=True)


def _above(claim: Claim) -> Iterator[Bound]:
    if claim.not_reached:
        return
    if claim.kind == "survival_rate":
        yield Bound(claim, _time(claim), parse(claim.value or "").high, strict=True)
    elif (span := _span(claim)) is not None:
        yield Bound(claim, span[1], HALF, strict=False)


def _crosses(lower: Bound, upper: Bound) -> bool:
    """Whether a curve above ``lower`` late cannot lie below ``upper`` early."""
    assert upper.time is not None
    if lower.time is not None:
        both_medians = lower.before and upper.claim.kind == "survival_median"
        early = upper.time <= lower.time
        if lower.before and not both_medians:
            early = upper.time < lower.time
        if not early:
            return False
    if lower.time is None and upper.claim.kind == "survival_median":
        return True
    # A rate of exactly one half, cut off, prints as the unit below: equality is no contradiction.
    both_medians = lower.strict and not upper.strict
    return lower.value > upper.value or (both_medians and lower.value == upper.value)


def _ordered(lower: Claim, upper: Claim) -> bool:
    """Whether the curve bounded from below lies nowhere above the one bounded from above."""
    if lower.population != upper.population or lower.group != upper.group:
        return False
    one, other = _endpoint(lower), _endpoint(upper)
    return one == other or (one in _UNDER_OS and other in _OS)


def _endpoint(claim: Claim) -> str:
    return (claim.outcome or "").strip().lower().replace("_", " ")


def _time(claim: Claim) -> Fraction:
    return Fraction(repr(claim.time))


def _span(claim: Claim) -> tuple[Fraction, Fraction] | None:
    """Return the months between which the median lies, the upper end left out."""
    printed, months = parse(claim.value or ""), claim.in_months
    if months is None or not printed.value:
        return None
    factor = months / printed.value
    return printed.low * factor, printed.high * factor


def _contradiction(lower: Bound, upper: Bound) -> Finding:
    pair = (lower.claim, upper.claim)
    same = _endpoint(pair[0]) == _endpoint(pair[1])
    rule = (
        "survival does not rise with time"
        if same
        else "fewer are free of progression than are alive"
    )
    if {c.kind for c in pair} == {"survival_median", "survival_rate"} and same:
        rule = "half of the patients are left at the median, more before it and fewer after it"
    words = " but ".join(_words(c) for c in sorted(pair, key=lambda c: float(c.time or 0)))
    return Finding(
        tuple(c.id for c in pair),
        "impossible",
        f"One of two figures must be wrong, since {rule}.",
        words,
        problem="P19",
    )


def _words(claim: Claim) -> str:
    name = (claim.outcome or "survival").upper()
    if claim.kind == "survival_rate":
        return f"{name} {claim.value}% at {claim.time:g} months"
    unit = "" if claim.not_reached else f" {claim.unit or 'months'}"
    return f"median {name} {claim.value}{unit}"
