"""Linear demands on numbers of patients, and all those of one transcript together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Where = frozenset[tuple[str, frozenset[str]]]
Terms = tuple[tuple[int, "Where | str"], ...]


def where(levels: Mapping[str, Iterable[str]]) -> Where:
    """Return a condition: of each attribute named, one of these levels."""
    return frozenset((name, frozenset(some)) for name, some in levels.items())


def both(first: Where, second: Where) -> Where:
    """Return the condition that both hold."""
    merged = dict(first)
    for name, levels in second:
        merged[name] = merged[name] & levels if name in merged else levels
    return frozenset(merged.items())


@dataclass(frozen=True)
class Demand:
    """``low <= sum of coefficient x number of patients <= high``, asked for by a claim.

    Attributes:
        owner: Id of the claim; "" for what always holds.
        terms: Coefficient and condition; or coefficient and the name of a pool.
        low: Lower bound, None for none.
        high: Upper bound, None for none.
    """

    owner: str
    terms: Terms
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class System:
    """All demands of one transcript.

    Attributes:
        attributes: Attribute to all levels that a patient may have.
        demands: The demands.
        pools: Named numbers: either none or all of those that the terms count.
        largest: No count is larger.
        switches: Named numbers that are 0 or 1.
        numbers: Further named numbers.
    """

    attributes: Mapping[str, Sequence[str]]
    demands: tuple[Demand, ...]
    pools: Mapping[str, Terms]
    largest: int
    switches: Sequence[str] = ()
    numbers: Sequence[str] = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """Ids of all claims that ask for something, in the order of the demands."""
        return tuple(dict.fromkeys(d.owner for d in self.demands if d.owner))
