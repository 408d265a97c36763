"""Smallest conflicts, and the smallest sets of claims that must give way.

A conflict is irreducible: its claims cannot hold together, and without any one of them the rest
can (found by QuickXplain: Junker, AAAI 2004). Whatever gives way must take at least one claim
out of every conflict, so that the smallest such sets are the smallest hitting sets of the
conflicts (Reiter 1987); a hitting set that leaves a contradiction yields one more conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

Test = Callable[[Collection[str]], bool]
MOST_SETS = 50


@dataclass(frozen=True)
class Conflicts:
    """Why claims cannot hold together, and what would have to give way.

    Attributes:
        irreducible: Conflicts found, each a set of claims in the order given.
        smallest: Every smallest set that must give way, up to the bound; empty without conflict.
        complete: Whether ``smallest`` holds all of them.
    """

    irreducible: tuple[tuple[str, ...], ...]
    smallest: tuple[tuple[str, ...], ...]
    complete: bool = True


def find_conflicts(
    claims: Sequence[str],
    feasible: Test,
    *,
    background: Sequence[str] = (),
    known: Sequence[tuple[str, ...]] = (),
    firm: Collection[str] = (),
    most: int = MOST_SETS,
) -> Conflicts:
    """Find the conflicts of claims and every smallest set that must give way.

    Args:
        claims: Ids of the claims that may give way.
        feasible: Whether a set of claims can hold together.
        background: Claims that do not give way.
        known: Irreducible conflicts already found among ``claims``.
        firm: Claims that are given up last in the search for a conflict; they make questions easy.
        most: Bound on the number of smallest sets.
    """
    found = [conflict for conflict in known if set(conflict) <= set(claims)]
    if feasible([*background, *claims]):
        return Conflicts((), ())
    smallest: list[tuple[str, ...]] = []
    size = 0
    while not smallest:
        size += 1
        if size > len(claims):
            return Conflicts(tuple(found), (), complete=False)
        complete = _grow(claims, feasible, background, firm, found, size, smallest, most)
    return Conflicts(tuple(found), tuple(smallest), complete)


def _grow(
    claims: Sequence[str],
    feasible: Test,
    background: Sequence[str],
    firm: Collection[str],
    found: list[tuple[str, ...]],
    size: int,
    smallest: list[tuple[str, ...]],
    most: int,
) -> bool:
    """Enter into ``smallest`` every set of one size that resolves all; learn conflicts."""
    tried: set[frozenset[str]] = set()
    while True:
        candidate = next(
            (s for s in _hitting(found, size, claims) if frozenset(s) not in tried), None
        )
        if candidate is None:
            return True
        if len(smallest) == most:
            return False
        tried.add(frozenset(candidate))
        left = [claim for claim in claims if claim not in candidate]
        if feasible([*background, *left]):
            smallest.append(tuple(c for c in claims if c in candidate))
        else:
            found.append(irreducible(left, feasible, background=background, firm=firm))


def _hitting(
    conflicts: Sequence[tuple[str, ...]], size: int, claims: Sequence[str]
) -> list[tuple[str, ...]]:
    """Return the sets of at most ``size`` claims that meet every conflict, each once."""
    if not conflicts:
        return [()]
    done: set[frozenset[str]] = set()

    def search(chosen: tuple[str, ...]) -> None:
        left = next((c for c in conflicts if not set(c) & set(chosen)), None)
        if left is None:
            done.add(frozenset(chosen))
        elif len(chosen) < size:
            for claim in left:
                search((*chosen, claim))

    search(())
    order = {claim: i for i, claim in enumerate(claims)}
    sets = [tuple(sorted(s, key=order.__getitem__)) for s in done]
    return sorted(sets, key=lambda s: (len(s), [order[c] for c in s]))


def irreducible(
    claims: Sequence[str],
    feasible: Test,
    *,
    background: Sequence[str] = (),
    firm: Collection[str] = (),
) -> tuple[str, ...]:
    """Return an irreducible conflict among claims that cannot hold together.

    Raises:
        ValueError: They can, or the background alone cannot.
    """
    if feasible([*background, *claims]):
        raise ValueError("the claims can hold together")
    if not feasible(background):
        raise ValueError("the background cannot hold")
    ordered = sorted(claims, key=lambda claim: claim not in firm)
    kept = set(_explain(feasible, list(background), False, ordered))
    return tuple(claim for claim in claims if claim in kept)


def _explain(feasible: Test, given: list[str], changed: bool, claims: list[str]) -> list[str]:
    if changed and not feasible(given):
        return []
    if len(claims) == 1:
        return claims
    half = len(claims) // 2
    first, second = claims[:half], claims[half:]
    from_second = _explain(feasible, [*given, *first], bool(first), second)
    from_first = _explain(feasible, [*given, *from_second], bool(from_second), first)
    return from_first + from_second
