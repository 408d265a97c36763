"""Shows that an abstract is possible, or not, without the audit's integer program.

Every cohort of a small abstract is looked at. Of a larger one, patients are built one by one and
every count and percentage is printed from them, or values that have the median and the range.
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise
from statistics import median
from typing import Any

from random_abstracts import CELLS, ROUNDINGS, Raw, shown, tally

from helpers.audit import Audit
from helpers.claims import Claim, Claims


def some_cohort(raw: Raw) -> bool:
    """Whether any cohort of the size has all shares; every cohort is looked at."""
    n = raw["populations"]["all"]
    for bars in combinations(range(n + len(CELLS) - 1), len(CELLS) - 1):
        edges = (-1, *bars, n + len(CELLS) - 1)
        cells = [b - a - 1 for a, b in pairwise(edges)]
        counts = Counter(dict(zip(CELLS, cells, strict=True)))
        if all(_prints(counts, claim, n) for claim in raw["claims"]):
            return True
    return False


def _prints(counts: Counter[Any], claim: Raw, n: int) -> bool:
    k, known = tally(counts, claim["group"], claim["event"])
    digits = len(claim["value"].partition(".")[2])
    return any(
        shown(Fraction(100 * k, total), digits, rounding) == claim["value"]
        for total in {known, n if "arm" in claim["event"] else known} - {0}
        for rounding in ROUNDINGS
    )


def patients_of(found: Audit) -> list[dict[str, str]] | None:
    """Return whole patients from the tables that the audit found; None where these do not join.

    One table after the other is dealt out to the patients, by the attributes that they have.
    """
    tables: dict[tuple[str, ...], Counter[tuple[str, ...]]] = {}
    for attributes, levels, n in found.together.counts.cells if found.together.counts else ():
        tables.setdefault(attributes, Counter())[levels] += n
    patients: list[dict[str, str]] = []
    waiting = list(tables.items())
    while waiting:
        known = set(patients[0]) if patients else set()
        waiting.sort(key=lambda item: -len(known & set(item[0])))
        attributes, cells = waiting.pop(0)
        dealt = [dict(zip(attributes, levels, strict=True)) for levels in cells.elements()]
        if not patients:
            patients = dealt
            continue
        shared = sorted(known & set(attributes))
        hands: dict[tuple[str, ...], list[dict[str, str]]] = {}
        for hand in dealt:
            hands.setdefault(tuple(hand[a] for a in shared), []).append(hand)
        for patient in patients:
            left = hands.get(tuple(patient[a] for a in shared))
            if not left:
                return None
            patient.update(left.pop())
        if any(hands.values()):
            return None
    return patients


def printed_by(patients: list[dict[str, str]], claims: Claims) -> list[str]:
    """Return the counting claims that these patients do not print; written apart from the audit."""
    wrong = []
    for claim in claims.claims:
        if claim.kind not in {"count", "proportion"} or claim.uncertain:
            continue
        base = [p for p in patients if _belongs(p, claims, claim)]
        hits = [p for p in base if all(p[a] in levels for a, levels in claim.event.items())]
        known = [p for p in base if all(p[a] != "unknown" for a in claim.event)]
        k, totals = len(hits), {len(base), len(known)}
        if claim.of is not None:
            low, high = min(totals), max(totals)
            totals = {int(claim.of)} if low <= int(claim.of) <= high else set()
        number = claim.value if claim.kind == "count" else claim.count
        good = number is None or k == int(number)
        if claim.kind == "proportion" and claim.value is not None:
            digits = len(claim.value.partition(".")[2])
            good = good and any(
                shown(Fraction(100 * k, n), digits, rounding) == claim.value
                for n in totals - {0}
                for rounding in ROUNDINGS
            )
        if not good:
            wrong.append(claim.id)
    return wrong


def _belongs(patient: dict[str, str], claims: Claims, claim: Claim) -> bool:
    chain = claims.ancestors(claim.population)
    return all(patient.get(f"member of {key}", "in") == "in" for key in chain) and all(
        patient[a] in levels for a, levels in claims.conditions(claim).items()
    )


# -- values that print a median and a range ----------------------------------------------------


def values_of(raw: Raw, claim: Raw) -> list[Fraction | int] | None:
    """Return values that print the median and the range of what a claim summarises.

    Whole ones but for years; None where no such values exist, or where no median is printed.
    """
    same = [c for c in raw["claims"] if c.get("outcome") == claim["outcome"]]
    middle = next((Fraction(c["value"]) for c in same if c["kind"] == "median"), None)
    ends = next((c for c in same if c["kind"] == "range"), None)
    size = raw["populations"][claim["population"]]
    n = size if isinstance(size, int) else size["n"]
    if middle is None:
        return None
    low = int(ends["minimum"]) if ends else 0
    high = int(ends["maximum"]) if ends else 200
    years = claim["unit"] == "years"  # which may have fractions
    below, above = (middle, middle) if years else (math.floor(middle), math.ceil(middle))
    inner = [below] if n % 2 else [below, above]
    half = (n - len(inner)) // 2
    values: list[Fraction | int] = sorted([*[low] * half, *inner, *[high] * half])
    bounded = ends is None or (values[0], values[-1]) == (low, high)
    return values if bounded and Fraction(median(values)) == middle else None
