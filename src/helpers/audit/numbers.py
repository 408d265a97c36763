"""Summaries of a number: extremes, quartiles, median, mean and spread in order, and fit for n."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from helpers.audit.printed import Printed, parse
from helpers.audit.verdict import Finding
from helpers.claims.claim import Claim

_WHOLE = {
    "cycle", "cycles", "line", "lines", "prior lines", "regimens", "courses", "doses",
    "infusions", "year", "years", "y", "yr", "yrs",
}  # fmt: skip
_COUNTED = _WHOLE - {"year", "years", "y", "yr", "yrs"}
_ORDER = ("minimum", "q1", "median", "q3", "maximum")
Part = tuple[Claim, Printed]


def number_findings(claims: Sequence[Claim], sizes: Mapping[str, int | None]) -> Iterator[Finding]:
    """Yield what cannot be in the summaries of numbers.

    Args:
        claims: The claims.
        sizes: Claim id to the number of patients that it summarises; None where not known.
    """
    about: dict[tuple[object, ...], dict[str, Part]] = {}
    for claim in claims:
        if claim.kind not in {"median", "mean", "range", "quartiles"} or claim.outcome is None:
            continue
        key = (claim.population, tuple(sorted(claim.group.items())), claim.outcome)
        parts = about.setdefault(key, {})
        for name, figure in _parts(claim):
            if name in parts and name == "median" and parts[name][1].value != figure.value:
                yield _twice(parts[name], (claim, figure))
            parts.setdefault(name, (claim, figure))
    for parts in about.values():
        yield from _in_order(parts)
        yield from _mean(parts, sizes)
        yield from _parity(parts, sizes)


def interval_findings(claims: Sequence[Claim]) -> Iterator[Finding]:
    """Yield intervals with their ends exchanged, and estimates outside their interval."""
    for claim in claims:
        low, high, value = (_read(v) for v in (claim.low, claim.high, claim.value))
        if low and high and low.low >= high.high:
            yield _interval(claim, "The interval's lower end is above its upper end")
        elif (low and value and value.high <= low.low) or (
            high and value and high.high <= value.low
        ):
            yield _interval(claim, "The estimate lies outside its own interval")


def _interval(claim: Claim, words: str) -> Finding:
    arithmetic = f"{claim.value} ({claim.low} to {claim.high})"
    return Finding((claim.id,), "impossible", f"{words}.", arithmetic, problem="P19")


def _read(figure: str | None) -> Printed | None:
    try:
        return parse(figure) if figure else None
    except ValueError:
        return None


def _parts(claim: Claim) -> Iterator[tuple[str, Printed]]:
    named = {"minimum": claim.minimum, "q1": claim.q1, "q3": claim.q3, "maximum": claim.maximum}
    if claim.kind == "range" and claim.bound is not None:
        named[claim.bound] = claim.value
    elif claim.kind in {"median", "mean"}:
        named[claim.kind] = claim.value
    for name, figure in {**named, "sd": claim.sd}.items():
        if (printed := _read(figure)) is not None:
            yield name, printed


def _in_order(parts: Mapping[str, Part]) -> Iterator[Finding]:
    named = [name for name in _ORDER if name in parts]
    pairs = [(a, b) for i, a in enumerate(named) for b in named[i + 1 :]]
    if "mean" in parts:
        pairs += [
            (a, b) for a, b in (("minimum", "mean"), ("mean", "maximum")) if {a, b} <= {*parts}
        ]
    for smaller, larger in pairs:
        (one, low), (other, high) = parts[smaller], parts[larger]
        if low.low >= high.high:
            yield Finding(
                tuple(dict.fromkeys((one.id, other.id))),
                "impossible",
                f"The {smaller} cannot be above the {larger}.",
                f"{smaller} {low.text}, {larger} {high.text}",
                problem="P19",
            )


def _mean(parts: Mapping[str, Part], sizes: Mapping[str, int | None]) -> Iterator[Finding]:
    if {"sd", "minimum", "maximum"} <= {*parts}:
        claim, sd = parts["sd"]
        span = parts["maximum"][1].high - parts["minimum"][1].low
        patients = max(sizes.get(claim.id) or 2, 2)
        most = span**2 / 4 * Fraction(patients, patients - 1)
        if sd.low > 0 and sd.low**2 > most:
            blamed = (claim.id, parts["minimum"][0].id, parts["maximum"][0].id)
            yield Finding(
                tuple(dict.fromkeys(blamed)),
                "impossible",
                "The standard deviation is larger than the range allows.",
                f"SD {sd.text} within {parts['minimum'][1].text} to {parts['maximum'][1].text}",
                problem="P19",
            )
    if "mean" in parts:
        claim, mean = parts["mean"]
        n = sizes.get(claim.id)
        if n and (claim.unit or "").lower() in _COUNTED and not _some_sum(mean, n):
            yield Finding(
                (claim.id,),
                "impossible",
                f"No {n} whole numbers have this mean.",
                f"{mean.text} × {n} = {float(mean.value * n):g}",
                problem="P02",
            )


def _some_sum(mean: Printed, n: int) -> bool:
    first = -((-mean.low * n) // 1)
    return Fraction(first) < mean.high * n


def _parity(parts: Mapping[str, Part], sizes: Mapping[str, int | None]) -> Iterator[Finding]:
    """A median between two whole numbers needs an even number of patients."""
    if "median" not in parts:
        return
    claim, median = parts["median"]
    n = sizes.get(claim.id)
    ends = [parts[name][1] for name in ("minimum", "maximum") if name in parts]
    unit = (claim.unit or "").strip().lower()
    whole = unit in _COUNTED or (unit in _WHOLE and len(ends) == 2)
    if not n or not whole or any(end.digits for end in ends) or median.digits != 1:
        return
    odd = n % 2 == 1 and median.units % 10 == 5
    if odd or (unit in _COUNTED and median.units % 5):
        yield Finding(
            (claim.id,),
            "impossible",
            f"The median of {n} whole numbers is "
            f"{'a whole number' if n % 2 else 'a whole number or a half'}.",
            f"median {median.text}, n = {n}",
            problem="P03",
        )


def _twice(one: Part, other: Part) -> Finding:
    return Finding(
        (one[0].id, other[0].id),
        "impossible",
        "One median was printed with two values.",
        f"{one[1].text} and {other[1].text}",
        problem="P20",
    )
