"""The counting program in parts that can be decided one by one.

Attributes that no claim ties together share nothing but the sizes of the populations. While these
stand, the parts are independent: tables that agree where they overlap extend to whole patients
(:mod:`helpers.audit.families`). A question is then asked of each part, which is quicker, and most
questions of a search for conflicts have been answered before. Where a size may give way, a part
that cannot hold settles the question as well; otherwise the whole program is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from helpers.audit.counting import CountingProgram, Counts, Work
from helpers.audit.demands import Demand, System, Terms

Chain = tuple[str, ...]


class PartedProgram:
    """All demands of one transcript, in parts; asked like a :class:`CountingProgram`.

    Args:
        system: The demands.
        members: Attribute that tells a population apart to those of the populations around it.
        sizes: Owners of the sizes of populations.
        all_sized: Every population has a size; one without joins what counts its patients.
        refutes: Whether arithmetic shows already that some claims cannot hold together.
        hints: Further demands under which patients are looked for first.
    """

    def __init__(
        self,
        system: System,
        members: Mapping[str, Chain],
        sizes: Collection[str],
        all_sized: bool = True,
        refutes: Callable[[Collection[str]], bool] = lambda _owners: False,
        hints: Callable[[Collection[str]], Sequence[Demand]] = lambda _owners: (),
    ) -> None:
        self._refutes, self._hints = refutes, hints
        self.system = system
        self.work = Work()
        self._members, self._sizes = members, frozenset(sizes)
        self._all_sized = all_sized
        self._careful = False
        self.parts = [self._program(own) for own in self._split()]
        self._part_of = {
            owner: i for i, part in enumerate(self.parts) for owner in part.owners
            if owner not in self._sizes
        }  # fmt: skip

    @property
    def owners(self) -> tuple[str, ...]:
        """Ids of all claims that ask for something, in the order of the demands."""
        return self.system.owners

    @property
    def columns(self) -> int:
        """Size of the largest part."""
        return max((part.columns for part in self.parts), default=0)

    @cached_property
    def whole(self) -> CountingProgram:
        """All demands in one program."""
        made = self._program(self.system.demands)
        made.careful = self._careful
        return made

    def solve(self, owners: Collection[str]) -> Counts | None:
        """Return patients that meet the demands of these claims; None where none were found."""
        if not self._independent(owners):
            return self.whole.solve(owners)
        found = [part.solve(own) for part, own in self._asked(owners)]
        tables = [counts.cells for counts in found if counts is not None]
        return Counts(tuple(cell for cells in tables for cell in cells)) if all(found) else None

    def feasible(self, owners: Collection[str], more: Sequence[Demand] = ()) -> bool:
        """Whether the demands of these claims, and some more, can hold together."""
        if more:
            return self._with_more(owners, more)
        if self._refutes(owners):
            return False
        if not set(owners) >= self._sizes and self.feasible({*owners, *self._sizes}):
            return True  # more was asked, and can hold
        hints = self._hints(owners)
        for part, own in self._asked(owners):
            known = set(part.attributes)
            if not part.feasible(own, hints=[d for d in hints if self._names(d.terms) <= known]):
                return False
        # What a part leaves open is harder still as part of the whole.
        open_still = any(not part.shown(own) for part, own in self._asked(owners))
        return open_still or self._independent(owners) or self.whole.feasible(owners)

    def confirmed(self, conflicts: Sequence[Sequence[str]]) -> bool:
        """Whether each of these sets is found infeasible without presolve as well."""
        sure = all(self._refuted(conflict) for conflict in conflicts)
        self._careful = not sure
        for program in (*self.parts, *([self.whole] if "whole" in self.__dict__ else [])):
            program.be_careful(not sure)
        return sure

    @property
    def careful(self) -> bool:
        """Whether every question is asked twice."""
        return self._careful

    def _refuted(self, conflict: Sequence[str]) -> bool:
        asked = self._asked(conflict)
        if self._refutes(conflict):
            return True
        return any(part.refuted(own) for part, own in asked) or self.whole.refuted(conflict)

    def _with_more(self, owners: Collection[str], more: Sequence[Demand]) -> bool:
        needed = {name for demand in more for name in self._names(demand.terms)}
        for part, own in self._asked(owners, everywhere=True):
            known = set(part.attributes) | set(part.named)
            if needed <= known and self._independent(owners):
                return part.feasible(own, more) and self.feasible(owners)
        return self.whole.feasible(owners, more)

    def _asked(
        self, owners: Collection[str], *, everywhere: bool = False
    ) -> list[tuple[CountingProgram, list[str]]]:
        """Return the parts that are asked something, each with its claims and all sizes."""
        sizes = [owner for owner in owners if owner in self._sizes]
        own: dict[int, list[str]] = {i: [] for i in range(len(self.parts))} if everywhere else {}
        if sizes:
            own.setdefault(0, [])
        for owner in owners:
            if owner in self._part_of:
                own.setdefault(self._part_of[owner], []).append(owner)
        return [(self.parts[i], [*sizes, *some]) for i, some in own.items()]

    def _independent(self, owners: Collection[str]) -> bool:
        """Whether nothing joins the parts: every population has a size, and all are asked for."""
        return len(self.parts) == 1 or (self._all_sized and set(owners) >= self._sizes)

    # -- which demands hang together ------------------------------------------------------

    def _names(self, terms: Terms) -> set[str]:
        """Return the attributes and named numbers of some terms, those of pools among them."""
        found: set[str] = set()
        for _, what in terms:
            if isinstance(what, str):
                found |= {what, *self._names(self.system.pools.get(what, ()))}
            else:
                found |= {name for name, _ in what}
        return found

    def _split(self) -> list[tuple[Demand, ...]]:
        """Divide the demands; each part has those of the sizes that concern it as well."""
        sized = [d for d in self.system.demands if d.owner in self._sizes]
        free = set(self.system.attributes) - set(self._members)
        of_sizes = {name for d in sized for name in self._names(d.terms)} & free
        groups = _Groups()
        for demand in self.system.demands:
            names = self._names(demand.terms)
            own = sorted(names - set(self._members))
            owner = [f"owner {demand.owner}"] if demand.owner not in {"", *self._sizes} else []
            across = ["across"] if of_sizes & names or not self._chain(names) else []
            if demand.owner not in self._sizes:
                groups.join([*own, *owner, *across])
        named = {
            id(d): groups.root(next(iter(sorted(self._names(d.terms) - set(self._members))), None)
                               or f"owner {d.owner}")
            for d in self.system.demands if d.owner not in self._sizes
        }  # fmt: skip
        parts: dict[str, list[Demand]] = {}
        for demand in self.system.demands:
            if demand.owner not in self._sizes:
                parts.setdefault(named[id(demand)], []).append(demand)
        self._join_across(parts)
        return [tuple(self._with_sizes(own, sized)) for own in parts.values()] or [tuple(sized)]

    def _join_across(self, parts: dict[str, list[Demand]]) -> None:
        """Make one of all parts that mention populations of which neither is in the other."""
        crossing = [
            key for key, own in parts.items()
            if not self._chain({n for d in own for n in self._names(d.terms)})
        ]  # fmt: skip
        for key in crossing[1:]:
            parts[crossing[0]] += parts.pop(key)

    def _chain(self, names: Iterable[str]) -> bool:
        """Whether the populations that are mentioned lie within each other."""
        members = sorted(
            (n for n in names if n in self._members), key=lambda n: len(self._members[n])
        )
        inner = {*self._members[members[-1]], members[-1]} if members else set()
        return set(members) <= inner

    def _with_sizes(self, own: list[Demand], sized: list[Demand]) -> Iterator[Demand]:
        names = {name for demand in own for name in self._names(demand.terms)}
        yield from own
        yield from (d for d in sized if self._names(d.terms) <= names | {*self._around(names)})

    def _around(self, names: set[str]) -> Iterator[str]:
        for name in names:
            yield from self._members.get(name, ())

    def _program(self, demands: Sequence[Demand]) -> CountingProgram:
        whole = len(demands) == len(self.system.demands)
        names = {name for demand in demands for name in self._names(demand.terms)}
        names |= set(self._around(names))
        attributes = {
            n: levels for n, levels in self.system.attributes.items() if whole or n in names
        }
        own = replace(
            self.system,
            attributes=attributes,
            demands=tuple(demands),
            pools={name: terms for name, terms in self.system.pools.items() if name in names},
            switches=sorted(names & set(self.system.switches)),
            numbers=sorted(names & set(self.system.numbers)),
        )
        return CountingProgram(own, self.work)


class _Groups:
    """Names joined to groups."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def root(self, name: str) -> str:
        """Return the name that stands for a group."""
        while self._above.setdefault(name, name) != name:
            name = self._above[name]
        return name

    def join(self, names: Sequence[str]) -> None:
        """Make one group of some names."""
        for name in names[1:]:
            self._above[self.root(name)] = self.root(names[0])
