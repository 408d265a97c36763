"""Which size of a population would satisfy most claims."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from helpers.audit.conflicts import find_conflicts
from helpers.audit.printed import fitting_counts, parse
from helpers.audit.reading import Reading
from helpers.claims.claim import Claim

SPAN = 10
MOST_TRIED = 3


@dataclass(frozen=True)
class SizeFit:
    """How many claims must give way for sizes near the printed one.

    Attributes:
        population: Its key.
        printed: Its size in the transcript.
        chosen: The size was not printed.
        near: Size to the percentages of the whole population that are no k/n over it.
        best: The size near the printed one at which fewest claims must give way.
        give_way: Their number at the best size.
        printed_give_way: Their number at the printed size.
    """

    population: str
    printed: int
    chosen: bool
    near: tuple[tuple[int, tuple[str, ...]], ...]
    best: int
    give_way: int
    printed_give_way: int


def size_fits(
    reading: Reading, suspect: Collection[str], printed_give_way: int
) -> tuple[SizeFit, ...]:
    """Return, for each population of known size, the sizes nearby that suit its claims.

    Args:
        reading: The transcript.
        suspect: What states a size and is part of a conflict; only these are tried.
        printed_give_way: How many claims must give way at the printed sizes.
    """
    found = []
    for key, population in reading.claims.populations.items():
        n = reading.sizes.get(key)
        if n is None:
            continue
        own = [c for c in reading.counting if c.population == key and _of_the_whole(reading, c)]
        near = [(m, _failing(own, m)) for m in range(max(1, n - SPAN), n + SPAN + 1)]
        best, give_way = n, printed_give_way
        if printed_give_way and reading.size_owner[key] in suspect:
            ranked = sorted(near, key=lambda one: (len(one[1]), abs(one[0] - n), one[0]))
            for m, failing in ranked[:MOST_TRIED]:
                if len(failing) < give_way:
                    needed = _needed(reading, key, m, give_way)
                    best, give_way = (m, needed) if needed < give_way else (best, give_way)
        found.append(
            SizeFit(key, n, population.chosen, tuple(near), best, give_way, printed_give_way)
        )
    return tuple(found)


def _of_the_whole(reading: Reading, claim: Claim) -> bool:
    whole = claim.kind == "proportion" and claim.value is not None and not claim.group
    return whole and claim.of is None and not reading.known(claim)


def _failing(claims: Sequence[Claim], n: int) -> tuple[str, ...]:
    return tuple(c.id for c in claims if not fitting_counts(parse(c.value or "0"), n))


def _needed(reading: Reading, key: str, n: int, so_far: int) -> int:
    """Return how many claims must give way if a population had another size.

    ``so_far`` where it would be no fewer, or the other sizes do not allow it.
    """
    stated = reading.size_owner[key]
    if n == reading.sizes[key]:
        return so_far
    other = Reading(reading.claims, {**reading.sizes, key: n})
    sizes = [o for o in other.size_owner.values() if o != stated]
    claims = [o for o in other.program.owners if o not in {*sizes, stated, *other.rounding}]
    if other.program.feasible([*sizes, *claims]):
        return 0
    if so_far == 1 or not other.program.feasible(sizes):
        return so_far
    smallest = find_conflicts(claims, other.program.feasible, background=sizes, most=1).smallest
    return min(so_far, len(smallest[0])) if smallest else so_far
