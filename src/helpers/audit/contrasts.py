"""Comparisons of two groups, and the counts that they can stand for.

The counts behind two printed percentages are every pair that the percentages, the sizes of the
groups and the whole allow, those that no cohort can have left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from helpers.audit.alone import Pair, possible_pairs
from helpers.audit.demands import Demand
from helpers.audit.reading import Reading
from helpers.claims.claim import Claim
from helpers.claims.schema import UNKNOWN

#: More tables than this are not recomputed one by one.
MOST_TABLES = 600
#: Fewer tables than this are held against all other claims.
FEW_TABLES = 25
#: Count and size of one group, and of the other.
Table = tuple[Pair, Pair]
Tables = tuple[Table, ...]


@dataclass(frozen=True)
class Contrast:
    """A comparison of two shares with what it can stand for.

    Attributes:
        claim: The claim.
        shares: The two proportions that it compares.
        tables: Every pair of counts that fits; None where they are not bounded or too many.
    """

    claim: Claim
    shares: tuple[Claim, Claim]
    tables: Tables | None


def contrasts(reading: Reading, standing: Sequence[str]) -> tuple[Contrast, ...]:
    """Return the comparisons of two groups whose percentages were printed.

    Args:
        reading: The transcript.
        standing: Claims that can hold together; counts that go against them are left out.
    """
    found = []
    for claim in reading.claims.settled:
        if claim.kind not in {"contrast", "p_value", "odds_ratio", "relative_risk"}:
            continue
        if len(claim.groups) != 2 or not claim.event:
            continue
        shares = [_share_of(reading, claim, group) for group in claim.groups]
        if shares[0] is not None and shares[1] is not None:
            pair = (shares[0], shares[1])
            found.append(Contrast(claim, pair, _tables(reading, standing, claim, pair)))
    return tuple(found)


def in_counts(table: Table) -> str:
    """Return the counts of two groups in words: "9/12 versus 5/20"."""
    return " versus ".join(f"{k}/{n}" for k, n in table)


def _share_of(reading: Reading, claim: Claim, group: Mapping[str, str]) -> Claim | None:
    for other in reading.claims.settled:
        if other.kind != "proportion" or other.event != claim.event:
            continue
        assumed = claim.population_assumed or other.population_assumed
        of_group = reading.claims.conditions(claim, group)
        same_group = assumed and reading.claims.conditions(other) == of_group
        if same_group or reading.base(other) == reading.base(claim, group):
            return other
    return None


def _tables(
    reading: Reading, standing: Sequence[str], claim: Claim, shares: tuple[Claim, Claim]
) -> Tables | None:
    first, second = (possible_pairs(reading, share) for share in shares)
    if first is None or second is None:
        return None
    tables = [(a, b) for a, b in product(first, second) if a[1] and b[1]]
    most, exhaustive, whole = _whole_of(reading, claim)
    if most is not None and _disjoint(claim):
        tables = [t for t in tables if t[0][1] + t[1][1] <= most]
    if most is not None and exhaustive:
        tables = [t for t in tables if t[0][1] + t[1][1] == most]
    if whole is not None:
        tables = [t for t in tables if t[0][0] + t[1][0] in whole]
    if len(tables) > MOST_TABLES:
        return None
    if len(tables) <= FEW_TABLES:
        tables = [t for t in tables if _some_cohort(reading, standing, shares, t)]
    # The natural reading leaves fewest patients out.
    return tuple(sorted(tables, key=lambda t: -t[0][1] - t[1][1]))


def _whole_of(reading: Reading, claim: Claim) -> tuple[int | None, bool, set[int] | None]:
    """Return the size that bounds two groups, whether they exhaust it, and its counts."""
    most = reading.most(claim.model_copy(update={"of": None}))
    exhaustive = _exhaustive(reading, claim)
    return most, exhaustive, _whole(reading, claim) if exhaustive else None


def _disjoint(claim: Claim) -> bool:
    one, other = claim.groups
    return any(name in other and other[name] != level for name, level in one.items())


def _exhaustive(reading: Reading, claim: Claim) -> bool:
    """Whether the two groups are all patients: the two levels of one declared attribute."""
    names = {name for group in claim.groups for name in group}
    if len(names) != 1 or claim.population not in reading.sizes or reading.known(claim):
        return False
    attribute = reading.claims.attribute(next(iter(names)))
    levels = {level for group in claim.groups for level in group.values()}
    return set(attribute.all_levels) == levels and UNKNOWN not in levels


def _whole(reading: Reading, claim: Claim) -> set[int] | None:
    for other in reading.claims.settled:
        if (
            other.kind == "proportion" and other.population == claim.population
            and not other.group and other.event == claim.event
        ):  # fmt: skip
            pairs = possible_pairs(reading, other)
            return None if pairs is None else {k for k, _ in pairs}
    return None


def _some_cohort(
    reading: Reading,
    standing: Sequence[str],
    shares: tuple[Claim, Claim],
    table: Table,
) -> bool:
    """Whether some cohort has these counts, with all other claims that can hold together."""
    demands = [
        Demand("", terms, number, number)
        for share, (k, n) in zip(shares, table, strict=True)
        for terms, number in ((((1, reading.hits(share)),), k), (reading.total(share), n))
    ]
    return reading.program.feasible(standing, demands)
