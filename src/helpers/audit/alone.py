"""One claim at a time: is the percentage some k/n, and does its interval belong to it?"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from helpers.audit.counting import Counts
from helpers.audit.demands import both
from helpers.audit.intervals import bounds, fitting
from helpers.audit.printed import Printed, fitting_counts, fitting_totals, parse
from helpers.audit.reading import SIZE, Reading
from helpers.audit.verdict import Finding
from helpers.claims.claim import Claim

MOST_PAIRS = 4000
NEAR = 12
Pair = tuple[int, int]


def share_findings(reading: Reading, counts: Counts | None = None) -> Iterator[Finding]:
    """Yield the percentages that are no k/n, only cut off, or do not fit their interval.

    Args:
        reading: The transcript.
        counts: Patients that satisfy the claims, to show a likely count.
    """
    for claim in reading.claims.claims:
        if claim.kind == "proportion":
            found = _share(reading, claim, _likely(reading, claim, counts))
            if found is not None:
                yield found
            elif (claim.low or claim.high) and not _interval_open(reading, claim):
                yield from _interval(reading, claim)


def _interval_open(reading: Reading, claim: Claim) -> bool:
    """Whether the denominator or the level of an interval is still to be looked at."""
    doubtful = any(mark.startswith("level") for mark in claim.uncertain)
    return doubtful or (reading.is_open(claim) and claim.of is None)


def possible_pairs(reading: Reading, claim: Claim) -> list[Pair] | None:
    """Return every k and n that a proportion can stand for; None where nothing bounds them.

    Args:
        reading: The transcript.
        claim: A proportion.
    """
    printed = parse(claim.value) if claim.value is not None else None
    fixed, most = _denominator(reading, claim), reading.most(claim)
    if fixed is None and most is None:
        return None
    totals = [fixed] if fixed is not None else range(1, (most or 0) + 1)
    pairs = []
    for n in totals:
        counts = fitting_counts(printed, n) if printed else range(n + 1)
        pairs += [(k, n) for k in counts if claim.count is None or k == int(claim.count)]
    return pairs


def _denominator(reading: Reading, claim: Claim) -> int | None:
    """Return the denominator where it is printed: with the claim, as a size, or as a count."""
    fixed = reading.size(claim)
    if fixed is not None or not claim.group or reading.known(claim) or reading.is_open(claim):
        return fixed
    for other in reading.counting:
        same = other.population == claim.population and other.group == claim.group
        if same and other.kind == "count" and not other.event and other.value is not None:
            return int(other.value)
        as_event = {name: [level] for name, level in claim.group.items()}
        if (
            other.kind == "count" and other.population == claim.population
            and not other.group and other.event == as_event and other.value is not None
        ):  # fmt: skip
            return int(other.value)
    return None


def _likely(reading: Reading, claim: Claim, counts: Counts | None) -> list[Pair]:
    """Return k and n of a claim in some patients, over all of the group and over those known."""
    if counts is None:
        return []
    hits, base = counts.number(reading.hits(claim)), reading.base(claim)
    totals = [counts.number(base), counts.number(both(base, reading.known(claim)))]
    return [(hits, n) for n in totals if hits is not None and n is not None]


def _share(reading: Reading, claim: Claim, likely: list[Pair]) -> Finding | None:
    pairs = possible_pairs(reading, claim)
    printed = parse(claim.value) if claim.value is not None else None
    if printed is not None and (printed.low >= 100 and printed.units > 100 * 10**printed.digits):
        return Finding(
            (claim.id,), "impossible", "No share is above 100%.", claim.value or "", "P02"
        )
    if claim.count is not None and claim.of is not None and int(claim.count) > int(claim.of):
        words = f"{claim.count} of {claim.of}"
        return Finding((claim.id,), "impossible", "More have it than there are.", words, "P02")
    if pairs is None or printed is None:
        return None
    if not pairs:
        return _no_pair(reading, claim, printed)
    if not any(printed.rounded(Fraction(100 * k, n)) for k, n in pairs):
        k, n = next((pair for pair in likely if pair in pairs), pairs[-1])
        return Finding(
            (claim.id,),
            "rounding only",
            "The figure was cut off instead of rounded.",
            f"{k}/{n} = {100 * k / n:.{printed.digits + 2}f}%, printed {printed.text}%",
            problem="P17",
        )
    return None


def _no_pair(reading: Reading, claim: Claim, printed: Printed) -> Finding:
    """Say that a percentage is no k/n, and what would have to be for it to be one."""
    fixed, most = _denominator(reading, claim), reading.most(claim) or 0
    if claim.count is not None and claim.of is not None:
        k, n = int(claim.count), int(claim.of)
        return Finding(
            (claim.id,),
            "impossible",
            f"{k} of {n} is not {printed.text}%.",
            f"{k}/{n} = {100 * k / n:.{printed.digits + 2}f}%" if n else f"{k}/{n}",
            problem="P02",
        )
    n = fixed if fixed is not None else most
    over = f"over {n}" if fixed is not None else f"for any n up to {n}"
    near = fitting_totals(printed, n + NEAR, smallest=max(1, n - NEAR))
    if not near:
        first = fitting_totals(printed, 20 * n + 1000)[:1]
        near_words = f"the smallest n that gives it is {first[0]}" if first else "no n gives it"
    else:
        near_words = f"n near {n} that give it: {', '.join(map(str, near[:6]))}"
    return Finding(
        (claim.id,),
        "impossible",
        f"{printed.text}% is not k/n {over}.",
        f"{_nearest(printed, n)}; {near_words}",
        problem="P02",
        with_claims=_sizes(reading, claim),
    )


def _nearest(printed: Printed, n: int) -> str:
    """Return the shares of n on either side of a percentage."""
    if n <= 0:
        return f"n = {n}"
    k = int(printed.value * n / 100)
    sides = [j for j in (k, k + 1) if 0 <= j <= n]
    return ", ".join(f"{j}/{n} = {100 * j / n:.{printed.digits + 1}f}%" for j in sides)


def _sizes(reading: Reading, claim: Claim) -> tuple[str, ...]:
    owner = reading.size_owner
    return tuple(
        owner.get(key, SIZE.format(key))
        for key in reading.claims.ancestors(claim.population)[:1]
        if key in owner and claim.of is None
    )


def _interval(reading: Reading, claim: Claim) -> Iterator[Finding]:
    """Say which usual interval was printed, or that none was."""
    pairs = possible_pairs(reading, claim)
    if pairs is None or len(pairs) > MOST_PAIRS:
        return
    level = float(Fraction(claim.level)) / 100
    low, high = (parse(v) if v else None for v in (claim.low, claim.high))
    for k, n in pairs:
        if n and (name := next(fitting(k, n, level, low, high), None)) is not None:
            words = f"{k}/{n} = {100 * k / n:.2f}%, {claim.low} to {claim.high}"
            yield Finding((claim.id,), "consistent", f"The interval is the {name} one.", words)
            return
    k, n = pairs[len(pairs) // 2]
    exact = "; ".join(f"{name} {a:.1f} to {b:.1f}" for name, (a, b) in bounds(k, n, level)[:3])
    yield Finding(
        (claim.id,),
        "impossible",
        "None of the usual intervals of this proportion was printed.",
        f"printed {claim.low} to {claim.high}; {k}/{n}: {exact}",
        problem="P19",
        with_claims=_sizes(reading, claim),
    )
