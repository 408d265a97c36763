"""Arithmetic of subgroups: which counts of an event the percentages of its subgroups allow.

The levels of an attribute divide a population. A percentage of a level, its size and its count
leave it some pairs of k and n; the pairs of all levels add up to the whole, as bits of whole
numbers are shifted and joined. Every attribute that divides the same event leaves some counts of
the whole; where none is left by all of them, no cohort exists. This is a necessary condition only,
but an exact one, where an integer program would branch for long; and the pairs that it leaves are
a place to look for patients.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from helpers.audit.printed import fitting_counts, parse
from helpers.claims.claim import Claim
from helpers.claims.schema import Claims

#: Number of patients of a level to the counts of the event that go with it, a bit for each.
Pairs = dict[int, int]
#: Levels with more pairs than this are left to the integer program.
MOST_PAIRS = 3000


def subgroups_of(
    claims: Claims,
    counting: Sequence[Claim],
    sizes: Mapping[str, int],
    owners: Mapping[str, str],
    largest: int,
) -> tuple[Subgroups, ...]:
    """Return every event of a population of known size that levels of some attribute divide.

    Claims whose denominator leaves something open are left out: where a status may be unknown, or
    where a denominator of an attribute that was not declared is printed.

    Args:
        claims: The transcript.
        counting: Its counting claims.
        sizes: Population to its size.
        owners: Population to what states the size.
        largest: No population is larger.
    """
    events = dict.fromkeys(
        (c.population, _frozen(c)) for c in counting
        if c.event and len(c.group) == 1 and c.population in sizes and _closed(claims, c)
    )  # fmt: skip
    found = []
    for key, event in events:
        own = [c for c in counting if c.population == key]
        about = [c for c in own if _frozen(c) == event and _closed(claims, c)]
        names = dict.fromkeys(name for c in about if len(c.group) == 1 for name in c.group)
        found.append(
            Subgroups(
                tuple((owners[k], sizes[k]) for k in claims.ancestors(key) if k in sizes),
                largest,
                tuple(c for c in about if not c.group),
                tuple(_division(claims, name, about, own) for name in names),
            )
        )
    return tuple(found)


def _division(claims: Claims, name: str, about: Sequence[Claim], own: Sequence[Claim]) -> Division:
    levels = claims.attribute(name).all_levels
    shares = {k: tuple(c for c in about if c.group == {name: k}) for k in levels}
    sizes = {
        k: tuple(c for c in own if _closed(claims, c) and _counts_level(c, name, k)) for k in levels
    }
    named = {k for k in levels if shares[k] or sizes[k]}
    return Division(
        name,
        set(levels) == named,
        {k: some for k, some in shares.items() if some},
        {k: some for k, some in sizes.items() if some},
    )


def _counts_level(claim: Claim, name: str, level: str) -> bool:
    """Whether a claim counts the patients of a level, in either way to write it."""
    if claim.group:
        return claim.kind == "count" and claim.group == {name: level} and not claim.event
    return claim.event == {name: [level]}


def _closed(claims: Claims, claim: Claim) -> bool:
    """Whether the denominator of a claim is all patients of its group."""
    attributes = [claims.attribute(name) for name in claim.event]
    if claim.kind == "count":
        return True
    return all(
        claim.of is None if attribute.implied else not attribute.unknown_allowed
        for attribute in attributes
    )


def _frozen(claim: Claim) -> frozenset[tuple[str, frozenset[str]]]:
    return frozenset((name, frozenset(levels)) for name, levels in claim.event.items())


@dataclass(frozen=True)
class Division:
    """One attribute that divides an event of a population.

    Attributes:
        attribute: Its name.
        exhaustive: Whether the levels that claims name are all that a patient may have.
        shares: Level to the claims on the event in it.
        sizes: Level to the claims on the number of its patients.
    """

    attribute: str
    exhaustive: bool
    shares: Mapping[str, tuple[Claim, ...]]
    sizes: Mapping[str, tuple[Claim, ...]]


@dataclass(frozen=True)
class Subgroups:
    """An event of a population, and every attribute that divides it.

    Attributes:
        sizes: What states the size of the population, and of those that it is a part of, with
            the sizes; its own, which is printed, comes first.
        largest: No population is larger, whatever gives way.
        whole: Claims on the event in the whole population.
        divisions: The attributes.
    """

    sizes: tuple[tuple[str, int], ...]
    largest: int
    whole: tuple[Claim, ...]
    divisions: tuple[Division, ...]
    _known: dict[tuple[str, int, frozenset[str]], int] = field(default_factory=dict, compare=False)

    def counts(self, asked: Collection[str]) -> int:
        """Return every count of the event that the claims asked for allow, a bit for each.

        Args:
            asked: Ids of claims, and what states sizes.
        """
        most = min((n for owner, n in self.sizes if owner in asked), default=self.largest)
        left = (1 << (most + 1)) - 1
        for claim in self.whole if self._exact(asked) else ():
            if claim.id in asked:
                left &= _bits(_counted(claim, most))
        for division in self.divisions:
            left &= self._left_by(division, asked, most) if left else 0
        return left

    def _exact(self, asked: Collection[str]) -> bool:
        """Whether the size of the population itself is asked for, and none below it."""
        own, n = self.sizes[0]
        return own in asked and all(n <= m for owner, m in self.sizes if owner in asked)

    def _left_by(self, division: Division, asked: Collection[str], most: int) -> int:
        named = (*division.shares.values(), *division.sizes.values())
        own = frozenset(c.id for claims in named for c in claims if c.id in asked)
        exact = self._exact(asked)
        key = (division.attribute, most if exact else -most, own)
        if key not in self._known:
            levels = self.levels(division, own, most, exact=exact)
            sums = reduce(_added, levels.values(), {0: 1})
            full, found = self._full(division, levels), 0
            for n, bits in sums.items():
                if n == most or (n < most and not (full and exact)):
                    found |= bits if full else _smeared(bits, most - n)
            self._known[key] = found
        return self._known[key]

    def levels(
        self, division: Division, asked: Collection[str], most: int, *, exact: bool
    ) -> dict[str, Pairs]:
        """Return the pairs of every level of which something is asked that bounds it.

        Args:
            division: The attribute.
            asked: Ids of claims.
            most: Size of the population.
            exact: It is so large; otherwise, it is no larger.
        """
        made: dict[str, Pairs] = {}
        for level in dict.fromkeys((*division.shares, *division.sizes)):
            shares = [c for c in division.shares.get(level, ()) if c.id in asked]
            sizes = [
                c for c in division.sizes.get(level, ())
                if c.id in asked and (exact or c.kind == "count" or c.of is not None)
            ]  # fmt: skip
            if sizes or (shares and most < self.largest):
                pairs = _pairs(shares, sizes, most)
                if sum(bits.bit_count() for bits in pairs.values()) <= MOST_PAIRS:
                    made[level] = pairs
        return made

    def chosen(self, asked: Collection[str]) -> list[tuple[Claim, int, int]]:
        """Return, for one share of every level, a k and an n that the claims asked for allow.

        A share stands for its level. All divisions have one count of the whole; empty where none
        is left.
        """
        left = list(_each(self.counts(asked)))
        if not left or not self._exact(asked):
            return []
        whole, made, most = left[len(left) // 2], [], self.sizes[0][1]
        for division in self.divisions:
            levels = {
                level: pairs
                for level, pairs in self.levels(division, asked, most, exact=True).items()
                if division.shares.get(level)
            }
            for level, k, n in _dealt(levels, whole, most, full=self._full(division, levels)):
                made.append((division.shares[level][0], k, n))
        return made

    def _full(self, division: Division, levels: Collection[str]) -> bool:
        return division.exhaustive and {*division.shares, *division.sizes} == set(levels)


def _pairs(shares: Sequence[Claim], sizes: Sequence[Claim], most: int) -> Pairs:
    totals: set[int] = set(range(most + 1))
    for claim in sizes:
        totals &= set(_counted(claim, most))
    found = {}
    for n in sorted(totals):
        bits = (1 << (n + 1)) - 1
        for claim in shares:
            bits &= _bits(_counted(claim, n)) if claim.of is None or int(claim.of) == n else 0
        if bits:
            found[n] = bits
    return found


def _counted(claim: Claim, n: int) -> Iterable[int]:
    """Return the counts among ``n`` patients that a claim allows."""
    number = claim.value if claim.kind == "count" else claim.count
    if claim.kind == "proportion" and claim.value is not None:
        fits: Iterable[int] = fitting_counts(parse(claim.value), int(claim.of or n))
        return fits if number is None else [k for k in fits if k == int(number)]
    return range(n + 1) if number is None else [int(number)]


def _bits(counts: Iterable[int]) -> int:
    return sum(1 << k for k in counts)


def _added(first: Pairs, second: Pairs) -> Pairs:
    """Return every sum of a pair of one and a pair of the other."""
    found: Pairs = {}
    for n, bits in first.items():
        for m, more in second.items():
            few, many = sorted((bits, more), key=int.bit_count)
            joined = found.get(n + m, 0)
            for k in _each(few):
                joined |= many << k
            found[n + m] = joined
    return found


def _each(bits: int) -> Iterator[int]:
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1


def _smeared(bits: int, reach: int) -> int:
    """Return the counts up to ``reach`` above those given."""
    done = 0
    while done < reach:
        step = min(done + 1, reach - done)
        bits |= bits << step
        done += step
    return bits


def _dealt(
    levels: Mapping[str, Pairs], whole: int, most: int, *, full: bool
) -> Iterator[tuple[str, int, int]]:
    """Yield a k and an n for every level, which together leave ``whole`` among ``most``."""
    sums = [{0: 1}]
    for pairs in levels.values():
        sums.append(_added(sums[-1], pairs))
    ends = (
        (n, k)
        for n in sorted(sums[-1], reverse=True)
        if n == most or (n < most and not full)
        for k in _each(sums[-1][n])
        if k <= whole <= k + most - n
    )
    n, k = next(ends, (0, 0))
    for (level, pairs), before in reversed(list(zip(levels.items(), sums, strict=False))):
        own = next(
            ((m, j) for m, bits in pairs.items() if n - m in before
             for j in _each(bits) if j <= k and before[n - m] >> (k - j) & 1),
            None,
        )  # fmt: skip
        if own is None:
            return
        yield level, own[1], own[0]
        n, k = n - own[0], k - own[1]
