"""What holds of a cohort by the meaning of words: grades of one event, levels about a median."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from helpers.audit.demands import Demand, Terms, Where, both, where
from helpers.audit.grades import grades_of
from helpers.audit.printed import parse
from helpers.claims.claim import Claim
from helpers.claims.schema import Claims


def graded_demands(claims: Claims) -> Iterator[Demand]:
    """Yield that a higher grade of one event is a lower grade as well, where names say so."""
    graded: dict[str, list[tuple[tuple[int, int], str]]] = {}
    for name, attribute in claims.all_attributes.items():
        if attribute.implied and "yes" in attribute.levels:
            stem, grades = grades_of(name)
            graded.setdefault(stem, []).append((grades, name))
    for events in graded.values():
        for (wide, outer), (narrow, inner) in permutations(events, 2):
            if wide != narrow and wide[0] <= narrow[0] and narrow[1] <= wide[1]:
                rest = frozenset(claims.attribute(outer).all_levels) - {"yes"}
                some = frozenset({"yes"})
                yield Demand("", ((1, where({outer: rest, inner: some})),), None, 0)


def median_demands(claims: Claims, claim: Claim, base: Where) -> Iterator[Demand]:
    """Yield that half of the patients lie on either side of a median: levels by number follow it.

    Args:
        claims: The transcript.
        claim: A median.
        base: The patients that it is about.
    """
    if claim.value is None or claim.outcome is None:
        return
    printed = parse(claim.value)
    for name, attribute in claims.all_attributes.items():
        levels = attribute.levels
        if claim.outcome not in (name, attribute.variable) or not all(
            how.by_number for how in levels.values()
        ):
            continue
        for cut in sorted({h.at_least for h in levels.values() if h.at_least is not None}):
            above = [k for k, h in levels.items() if (h.at_least or 0) >= cut and h.at_least]
            terms: Terms = (
                (2, both(base, where({name: above}))),
                (-1, both(base, where({name: list(levels)}))),
            )
            if printed.high <= cut:
                yield Demand(claim.id, terms, None, 0)
            elif printed.low >= cut and all(
                how.less_than is not None and how.less_than <= cut
                for key, how in levels.items()
                if key not in above
            ):
                yield Demand(claim.id, terms, 0, None)
