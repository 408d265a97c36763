"""Claims that name no population where there are several: the reading that holds is preferred."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from helpers.audit.reading import Reading
from helpers.audit.together import Together, hold_together
from helpers.audit.verdict import Finding
from helpers.claims.claim import Claim

#: Readings of one conflict that are tried; of more, the claims are left open.
MOST_TRIED = 64
Choice = dict[str, str]


def prefer_populations(reading: Reading) -> tuple[Reading, Together, list[Finding]]:
    """Read claims over another population where they contradict the one that they do not name.

    A claim that names its population is never moved. What is left impossible is so whichever of
    the populations was meant.

    Args:
        reading: The transcript, every claim without a population read over the first.

    Returns:
        The transcript as it was read, what the integer program says of it, and a finding for
        every claim that was moved.
    """
    moved: Choice = {}
    together = hold_together(reading)
    while (choice := _resolving(reading, together, moved)) is not None:
        moved |= choice
        reading = _read_over(reading, choice)
        together = hold_together(reading)
    first = next(iter(reading.claims.populations))
    found = [f for name, over in moved.items() for f in _findings(reading, name, first, over)]
    return reading, together, found


def _resolving(reading: Reading, together: Together, moved: Choice) -> Choice | None:
    """Return populations for some claims under which a conflict is none; None where none do."""
    for conflict in together.conflicts:
        assumed = [reading.by_id[o] for o in conflict if _movable(reading, o, moved)]
        for choice in _choices(reading, assumed):
            other = _read_over(reading, choice)
            sizes = set(other.size_owner.values())
            known = set(other.program.owners)
            if other.program.feasible([o for o in known if o in sizes or o in conflict]):
                return choice
    return None


def _movable(reading: Reading, owner: str, moved: Choice) -> bool:
    claim = reading.by_id.get(owner)
    counts_some = claim is not None and bool(claim.event or claim.group)
    return counts_some and owner not in moved and reading.by_id[owner].population_assumed


def _choices(reading: Reading, assumed: list[Claim]) -> Iterator[Choice]:
    """Yield populations for some of the claims, those that move fewest first."""
    keys = list(reading.claims.populations)
    if not assumed or len(keys) ** len(assumed) > MOST_TRIED:
        together = [{c.id: key for c in assumed if c.population != key} for key in keys]
        yield from (choice for choice in together if choice)
        return
    every = [
        {c.id: key for c, key in zip(assumed, some, strict=True) if key != c.population}
        for some in product(keys, repeat=len(assumed))
    ]
    yield from sorted((choice for choice in every if choice), key=len)


def _read_over(reading: Reading, choice: Choice) -> Reading:
    claims = [
        claim.model_copy(update={"population": choice[claim.id]}) if claim.id in choice else claim
        for claim in reading.claims.claims
    ]
    copy = reading.claims.model_copy(update={"claims": claims})
    copy.__dict__.pop("settled", None)
    return Reading(copy)


def _findings(reading: Reading, name: str, first: str, over: str) -> Iterator[Finding]:
    known = reading.claims.populations
    here, there = (
        f"{(known[key].label or key).lower()}" + (f" ({known[key].n})" if known[key].n else "")
        for key in (over, first)
    )
    words = f"Holds over {here}, not over {there}, which is meant where a claim names none."
    yield Finding((name,), "consistent", words, problem="P03")
    yield Finding((name,), None, f"The claim names no population; {here} must be meant.", "", "P03")
