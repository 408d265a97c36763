"""Counting programs: whether whole patients exist who meet a set of linear demands.

Patients are counted in the cells of families of attributes
(:mod:`helpers.audit.families`); every demand is a sum of such counts with integer
coefficients between integer bounds. There is no big M: a set of claims is tested by taking its
rows and no others, every solution is checked again in integers, and a conflict that is reported
was found infeasible with and without presolve.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import gcd

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from helpers.audit.demands import Demand, System, Terms, Where, where
from helpers.audit.families import build_families
from helpers.audit.memory import Memory, Row, met

INFEASIBLE = 2
#: Nodes of the search tree after which a question is left undecided.
MOST_NODES = 200
#: Nodes for all questions of one audit; those beyond are left undecided.
MOST_NODES_IN_ALL = 1200
_ANYBODY = "anybody"


@dataclass(frozen=True)
class Counts:
    """Whole patients that meet the demands."""

    cells: tuple[tuple[tuple[str, ...], tuple[str, ...], int], ...]

    def number(self, condition: Where) -> int | None:
        """Return how many patients meet a condition; None where it was not counted."""
        wanted = dict(condition)
        tables: dict[tuple[str, ...], int] = {}
        for attributes, levels, n in self.cells:
            if set(wanted) <= set(attributes):
                hit = all(
                    level in wanted[name]
                    for name, level in zip(attributes, levels, strict=True)
                    if name in wanted
                )
                tables[attributes] = tables.get(attributes, 0) + n * hit
        return next(iter(tables.values()), None)


@dataclass
class Work:
    """What has been spent on all questions of one audit, in nodes of search trees.

    A bound on time would let the same transcript have two audits; this one does not vary.

    Attributes:
        nodes: Nodes so far.
        undecided: Whether some question was left undecided.
    """

    nodes: int = 0
    undecided: bool = False

    @property
    def exhausted(self) -> bool:
        """Whether no more questions are put to the solver."""
        return self.nodes >= MOST_NODES_IN_ALL


class CountingProgram:
    """All demands of one transcript; any subset of their owners can be put to the test.

    Args:
        system: The demands.
        work: What other programs of the same audit have spent.
    """

    def __init__(self, system: System, work: Work | None = None) -> None:
        self.work = work or Work()
        self.owners, self.largest = system.owners, system.largest
        self.attributes = {**system.attributes} or {_ANYBODY: (_ANYBODY,)}
        pools = system.pools
        every = [*(d.terms for d in system.demands), *pools.values()]
        asked = [c for terms in every for _, c in terms if not isinstance(c, str)]
        together = [{name for name, _ in c} for c in asked]
        self.families = build_families(self.attributes, together)
        self.cells = [
            (f, cell)
            for f, family in enumerate(self.families)
            for cell in product(*(self.attributes[a] for a in family.attributes))
        ]
        named = [*pools, *system.numbers, *map(_taken, pools), *system.switches]
        self.named = {name: len(self.cells) + i for i, name in enumerate(named)}
        self.columns = len(self.cells) + len(named)
        self.careful = False
        self._known: dict[Where, dict[int, int]] = {}
        self._rows: list[Row] = []
        self._owner: list[str] = []
        self._structure(pools)
        for demand in system.demands:
            self._add(demand.owner, self._linear(demand.terms), demand.low, demand.high)
        self._matrix = self._sparse(self._rows)
        self._highest = np.full(self.columns, float(self.largest))
        self._highest[len(self.cells) + len(pools) + len(system.numbers) :] = 1.0
        self._answers: dict[frozenset[str], tuple[bool, Counts | None]] = {}
        self._memory = Memory()

    def solve(self, owners: Collection[str]) -> Counts | None:
        """Return patients that meet the demands of these claims; None where none were found."""
        return self._answer(owners)[1]

    def feasible(
        self,
        owners: Collection[str],
        more: Sequence[Demand] = (),
        hints: Sequence[Demand] = (),
    ) -> bool:
        """Whether the demands of these claims, and some more, can hold together.

        Where the solver finds neither patients nor their impossibility within its bound, the
        claims have the benefit of the doubt.

        Args:
            owners: The claims.
            more: Further demands.
            hints: Demands that patients are looked for under first; none may meet them.
        """
        asked = frozenset(owners)
        extra = [_row(self._linear(demand.terms), demand.low, demand.high) for demand in more]
        if self._memory.refutes(asked):
            return False
        if self._memory.numbers(asked, extra) is not None:
            return True
        if hints and not more and asked not in self._answers and self._found_under(asked, hints):
            return True
        return self._solve(asked, extra)[0] if extra else self._answer(asked)[0]

    def shown(self, owners: Collection[str]) -> bool:
        """Whether patients are known already who meet the demands of these claims."""
        return self._memory.numbers(frozenset(owners)) is not None

    def _found_under(self, owners: frozenset[str], hints: Sequence[Demand]) -> bool:
        """Whether patients are found who meet some hints as well."""
        undecided = self.work.undecided
        rows = [_row(self._linear(d.terms), d.low, d.high) for d in hints]
        found = self._solve(owners, rows)[1] is not None
        self.work.undecided = undecided
        return found

    def refuted(self, owners: Collection[str]) -> bool:
        """Whether the demands of these claims are found infeasible without presolve as well."""
        before, self.careful = self.careful, True
        try:
            return not self._solve(frozenset(owners))[0]
        finally:
            self.careful = before

    def be_careful(self, careful: bool) -> None:
        """Ask every question twice from now on, and those answered before again."""
        if careful and not self.careful:
            self._answers.clear()
            self._memory.forget_refusals()
        self.careful = careful

    def _answer(self, owners: Collection[str]) -> tuple[bool, Counts | None]:
        asked = frozenset(owners)
        if asked not in self._answers:
            known = self._memory.numbers(asked)
            self._answers[asked] = (
                self._solve(asked) if known is None else (True, self._counts(known))
            )
        return self._answers[asked]

    def _solve(
        self, owners: frozenset[str], more: Sequence[Row] = ()
    ) -> tuple[bool, Counts | None]:
        if self.work.exhausted:
            self.work.undecided = True
            return True, None
        chosen = [i for i, owner in enumerate(self._owner) if not owner or owner in owners]
        asked = [*(self._rows[i] for i in chosen), *more]
        low = [-np.inf if row[1] is None else row[1] for row in asked]
        high = [np.inf if row[2] is None else row[2] for row in asked]
        matrix = self._matrix[chosen]
        rows = LinearConstraint(vstack([matrix, self._sparse(more)]) if more else matrix, low, high)
        refused = 0
        for presolve, price in ((True, 0), (False, 0), (True, 1), (False, 1)):
            result = milp(
                price * (1.0 + np.arange(self.columns) * 7919 % 101),
                constraints=rows,
                bounds=Bounds(0, self._highest),
                integrality=np.ones(self.columns),
                options={"presolve": presolve, "node_limit": MOST_NODES},
            )
            undecided = result.x is None and result.status != INFEASIBLE
            self.work.nodes += MOST_NODES if undecided else int(result.mip_node_count or 0)
            if result.x is not None:
                numbers = [round(v) for v in result.x]
                if min(numbers) >= 0 and all(met(row, numbers) for row in asked):
                    self._memory.keep(self._broken(numbers), numbers)
                    return True, self._counts(numbers)
            elif result.status == INFEASIBLE:
                refused += 1
                if refused == 2 or not self.careful:
                    if not more:
                        self._memory.refuse(owners)
                    return False, None
            else:
                break
        self.work.undecided = True
        return True, None

    def _broken(self, numbers: Sequence[int]) -> set[str]:
        """Return the claims of which numbers of patients break a demand."""
        rows = zip(self._owner, self._rows, strict=True)
        return {owner for owner, row in rows if not met(row, numbers)}

    def _counts(self, numbers: Sequence[int]) -> Counts:
        return Counts(
            tuple(
                (self.families[f].attributes, cell, numbers[column])
                for column, (f, cell) in enumerate(self.cells)
            )
        )

    def _structure(self, pools: Mapping[str, Terms]) -> None:
        """Families agree where they overlap; a pool is empty, or all that it draws on."""
        for f, family in enumerate(self.families):
            if family.parent is None:
                continue
            for shared in product(*(self.attributes[a] for a in family.separator)):
                wanted = where({a: [v] for a, v in zip(family.separator, shared, strict=True)})
                here = self._in_family(wanted, f)
                there = self._in_family(wanted, family.parent)
                self._add("", _plus(here, there, -1), 0, 0)
        for name, source in pools.items():
            taken, all_taken = self.named[name], self.named[_taken(name)]
            left = _plus({taken: -1}, self._linear(source), 1)
            self._add("", left, 0, None)
            self._add("", {taken: 1, all_taken: -self.largest}, None, 0)
            self._add("", {**left, all_taken: self.largest}, None, self.largest)

    def _linear(self, terms: Terms) -> dict[int, int]:
        total: dict[int, int] = {}
        for coefficient, source in terms:
            known = {self.named[source]: 1} if isinstance(source, str) else self._number(source)
            total = _plus(total, known, coefficient)
        return total

    def _number(self, condition: Where) -> dict[int, int]:
        if condition not in self._known:
            names = {name for name, _ in condition}
            family = next(i for i, f in enumerate(self.families) if names <= set(f.attributes))
            self._known[condition] = self._in_family(condition, family)
        return self._known[condition]

    def _in_family(self, condition: Where, family: int) -> dict[int, int]:
        index = {a: i for i, a in enumerate(self.families[family].attributes)}
        wanted = [(index[name], levels) for name, levels in condition]
        return {
            column: 1
            for column, (f, cell) in enumerate(self.cells)
            if f == family and all(cell[i] in levels for i, levels in wanted)
        }

    def _add(self, owner: str, terms: dict[int, int], low: int | None, high: int | None) -> None:
        self._rows.append(_row(terms, low, high))
        self._owner.append(owner)

    def _sparse(self, some: Sequence[Row]) -> csr_array:
        entries = [(i, c, v) for i, (terms, _, _) in enumerate(some) for c, v in terms.items()]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(some), self.columns)
        return csr_array((np.array(values, dtype=float), (rows, columns)), shape=shape)


def _row(terms: dict[int, int], low: int | None, high: int | None) -> Row:
    """Return a row divided by what all its coefficients share; bounds stay exact."""
    terms = {column: c for column, c in terms.items() if c}
    common = gcd(*terms.values()) if terms else 1
    return (
        {column: c // common for column, c in terms.items()},
        None if low is None else -(-low // common),
        None if high is None else high // common,
    )


def _plus(first: Mapping[int, int], second: Mapping[int, int], times: int) -> dict[int, int]:
    total = dict(first)
    for column, value in second.items():
        total[column] = total.get(column, 0) + times * value
    return total


def _taken(pool: str) -> str:
    return f"{pool}, counted"
