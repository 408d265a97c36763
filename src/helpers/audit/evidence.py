"""What is said of a claim in which no check found anything."""

from __future__ import annotations

from fractions import Fraction

from helpers.audit.printed import parse
from helpers.audit.reading import Reading, counts_patients
from helpers.audit.together import Together
from helpers.audit.verdict import Finding
from helpers.claims.claim import RATIOS, SURVIVAL, Claim


def figure_of(claim: Claim) -> str:
    """Return the figures of a claim as they were printed."""
    count = claim.count if claim.value is None or claim.of is None else None
    p = claim.p.replace("=", "= ") if claim.p else None
    given = {
        "{}" + _unit(claim): (claim.value,),
        "n = {}": (count,),
        f"{claim.count or '?'}/{{}}": (claim.of,),
        "range {}–{}": (claim.minimum, claim.maximum),
        "quartiles {}–{}": (claim.q1, claim.q3),
        "SD {}": (claim.sd,),
        "({} to {})": (claim.low, claim.high),
        "p {}" + (" (implied)" if claim.implied else ""): (p,),
    }
    parts = [words.format(*of) for words, of in given.items() if any(v is not None for v in of)]
    return ", ".join(parts) or claim.direction or "–"


def nothing_found(reading: Reading, together: Together, claim: Claim) -> Finding:
    """Return why a claim is consistent, or why nothing could be said of it."""
    if counts_patients(claim):
        return _counted(reading, together, claim)
    if claim.kind in RATIOS and claim.low is not None and claim.high is not None:
        words = (
            "Estimate, interval and p-value agree." if claim.p else "Estimate and interval agree."
        )
        return Finding((claim.id,), "consistent", words, figure_of(claim))
    if claim.kind in {"median", "mean", "range", "quartiles"} and _company(reading, claim):
        return Finding((claim.id,), "consistent", "In order with the other summaries of it.")
    if claim.kind in SURVIVAL and _company(reading, claim):
        return Finding((claim.id,), "consistent", "In order with the other figures of survival.")
    return Finding((claim.id,), "cannot be checked", _why_not(claim))


def _counted(reading: Reading, together: Together, claim: Claim) -> Finding:
    counts = together.counts
    hits = counts.number(reading.hits(claim)) if counts else None
    if hits is None:
        many = "Too many ways to count to be decided within the bound of the search."
        words = many if together.undecided else "No cohort was found to compare it with."
        return Finding((claim.id,), "cannot be checked", words)
    if claim.kind == "count":
        words = "A cohort has this count together with the other claims."
        return Finding((claim.id,), "consistent", words, str(hits))
    total = int(claim.of) if claim.of else counts.number(reading.base(claim)) if counts else None
    fixed = reading.size(claim) is not None
    if total and claim.value is not None:
        total = _fitting_total(reading, together, claim, hits, total)
        share = f"{hits}/{total} = {100 * hits / total:.{parse(claim.value).digits + 1}f}%"
    else:
        share = f"{hits}"
    words = "The share of a whole number" if fixed else "A whole number over some denominator"
    return Finding(
        (claim.id,), "consistent", f"{words}, and it holds together with the others.", share
    )


def _fitting_total(
    reading: Reading, together: Together, claim: Claim, hits: int, everybody: int
) -> int:
    """Return the denominator that the figure was computed over: all, or those known."""
    known = reading.known(claim)
    if not known or together.counts is None or parse(claim.value or "0").fits(
        Fraction(100 * hits, everybody)
    ):  # fmt: skip
        return everybody
    inside = dict(reading.base(claim))
    merged = {n: inside.get(n, levels) & levels for n, levels in known}
    return together.counts.number(frozenset({**inside, **merged}.items())) or everybody


def _company(reading: Reading, claim: Claim) -> bool:
    """Whether another figure bounds this one."""
    if claim.kind == "range" and claim.minimum and claim.maximum:
        return True
    group = SURVIVAL if claim.kind in SURVIVAL else {"median", "mean", "range", "quartiles"}
    return any(
        c is not claim and c.kind in group and c.population == claim.population
        and c.group == claim.group and (c.outcome == claim.outcome or claim.kind in SURVIVAL)
        for c in reading.claims.claims
    )  # fmt: skip


def _why_not(claim: Claim) -> str:
    if claim.kind == "statement":
        return "Words without a figure."
    if claim.kind == "count":
        return "Not a number of patients."
    if claim.kind in RATIOS:
        return "Without an interval there is nothing to hold it against."
    if claim.kind in {"p_value", "contrast", "hazard_direction"}:
        return "The counts behind the comparison were not printed."
    return "No other printed figure bounds it."


def _unit(claim: Claim) -> str:
    if claim.not_reached:
        return ""
    if claim.kind in {"proportion", "survival_rate"} or claim.unit == "%":
        return "%"
    return f" {claim.unit}" if claim.unit else ""
