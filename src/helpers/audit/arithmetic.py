"""What percentages rule out by arithmetic alone, where an integer program would search for long."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from helpers.audit.printed import fitting_counts, fitting_totals, parse
from helpers.audit.subgroups import subgroups_of
from helpers.claims.claim import Claim
from helpers.claims.schema import Claims


class Arithmetic:
    """The sizes and the counts that the percentages of a transcript leave.

    Args:
        claims: The transcript.
        counting: Its counting claims.
        shares: Those whose denominator is the size of a population.
        sizes: Population to its size.
        owners: Population to what states its size.
        largest: No population is larger.
    """

    def __init__(
        self,
        claims: Claims,
        counting: Sequence[Claim],
        shares: Sequence[Claim],
        sizes: Mapping[str, int],
        owners: Mapping[str, str],
        largest: int,
    ) -> None:
        self._claims, self._sizes, self._owners = claims, sizes, owners
        self._largest, self._shares = largest, shares
        self._fitting = {claim.id: _fitting_sizes(claim, largest) for claim in shares}
        self._subgroups = subgroups_of(claims, counting, sizes, owners, largest)

    def refutes(self, owners: Collection[str]) -> bool:
        """Whether no size of some population gives all its percentages that are asked for.

        Or no count of an event gives those of its subgroups.
        """
        asked, about = set(owners), dict[str, set[int]]()
        for claim in self._shares:
            if claim.id in asked:
                fits = self._fitting[claim.id]
                known = about.setdefault(claim.population, set(fits))
                known &= fits
        if any(not some.counts(asked) for some in self._subgroups):
            return True
        for key, sizes in about.items():
            chain = [k for k in self._claims.ancestors(key) if self._owners.get(k) in asked]
            most = min((self._sizes[k] for k in chain), default=self._largest)
            stands = key in chain
            if not any(n == self._sizes[key] if stands else n <= most for n in sizes):
                return True
        return False

    def chosen(self, owners: Collection[str]) -> Iterable[tuple[Claim, int, int]]:
        """Return counts and sizes that the subgroups of the most divided event can have."""
        divided = max(self._subgroups, key=lambda some: len(some.divisions), default=None)
        return divided.chosen(set(owners)) if divided else ()


def _fitting_sizes(claim: Claim, largest: int) -> frozenset[int]:
    """Sizes over which some count, the printed one where there is one, prints as the claim."""
    printed = parse(claim.value or "0")
    return frozenset(
        n
        for n in fitting_totals(printed, largest)
        if claim.count is None or int(claim.count) in fitting_counts(printed, n)
    )
