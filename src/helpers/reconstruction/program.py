"""The integer program: how many patients have which levels, so that the claims hold.

Every count is linear in the cells of the families (:mod:`helpers.audit.families`). A
percentage printed as P units of its last digit is an interval in k and n,
``2·100·10^d·k ∈ [(2P − 1)·n, (2P + 1)·n)`` under half-up rounding and up to ``(2P + 2)·n``
under truncation, so that an unknown denominator stays linear. A claim gives way through a
binary that lifts its rows by a big M; the number of these is minimised first, then the number
of claims that hold only when truncated, then the distance from the chosen shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from helpers.audit.families import Family, build_families
from helpers.claims.claim import Claim
from helpers.errors import ManuscriptError
from helpers.reconstruction.display import rounding_that_fits
from helpers.reconstruction.transcript import Transcript

LARGEST = 2000
SOLVE_ERROR = 4
_HALF = 0.5
Levels = Mapping[str, list[str]]
Linear = dict[int, float]


@dataclass(frozen=True)
class Table:
    """Counts of one family.

    Attributes:
        family: The family.
        cells: Levels (in the order of ``family.attributes``) to patients; zeros left out.
    """

    family: Family
    cells: dict[tuple[str, ...], int]


@dataclass(frozen=True)
class Solution:
    """Counts that satisfy as many claims as can hold together.

    Attributes:
        tables: One table per family, parents first.
        gives_way: Ids of the counting claims that cannot hold with the others.
        truncated: Ids of the claims that hold only if the figure was truncated.
        counted: Ids of all claims that the program looked at.
    """

    tables: tuple[Table, ...]
    gives_way: tuple[str, ...]
    truncated: tuple[str, ...]
    counted: tuple[str, ...]

    def count(self, wanted: Levels) -> int:
        """Return the patients who have, of each attribute named, one of these levels.

        Raises:
            KeyError: No claim mentions these attributes together.
        """
        for table in self.tables:
            if set(wanted) <= set(table.family.attributes):
                index = {a: i for i, a in enumerate(table.family.attributes)}
                return sum(
                    n
                    for cell, n in table.cells.items()
                    if all(cell[index[a]] in levels for a, levels in wanted.items())
                )
        raise KeyError(", ".join(sorted(wanted)))


@dataclass
class _Rows:
    """Constraint rows while they are collected."""

    columns: int
    entries: list[Linear] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: Linear, low: float = -np.inf, high: float = np.inf) -> None:
        self.entries.append(terms)
        self.low.append(low)
        self.high.append(high)

    def constraint(self) -> LinearConstraint:
        rows = [i for i, terms in enumerate(self.entries) for _ in terms]
        columns = [c for terms in self.entries for c in terms]
        values = [v for terms in self.entries for v in terms.values()]
        shape = (len(self.entries), self.columns)
        return LinearConstraint(
            csr_array((values, (rows, columns)), shape=shape), self.low, self.high
        )


class Program:
    """The rows and columns of the integer program of one transcript.

    Args:
        claims: The transcript. Its ``chosen`` counts are kept to, its shares preferred.
    """

    def __init__(self, claims: Transcript) -> None:
        self.claims = claims
        self.counting = [c for c in claims.claims if _counts(c)]
        self.families = build_families(claims.attributes, self._together())
        self.cells = [
            (f, cell)
            for f, family in enumerate(self.families)
            for cell in product(*(claims.attributes[a].all_levels for a in family.attributes))
        ]
        self.shares = self._share_targets()
        self.first_slack = len(self.cells)
        self.first_truncated = self.first_slack + len(self.counting)
        self.first_distance = self.first_truncated + len(self.counting)
        self.columns = self.first_distance + len(self.shares)
        sizes = [p.n for p in claims.populations.values()]
        self.largest = LARGEST if None in sizes or not sizes else max(n for n in sizes if n)

    def solve(self) -> Solution:
        """Solve the stages one after the other.

        Raises:
            ManuscriptError: The sizes of the populations and the chosen counts contradict
                one another, so that no cohort exists whatever claims give way; or the
                solver's tolerance let a claim slip.
        """
        rows = self._rows()
        slack = np.zeros(self.columns)
        slack[self.first_slack : self.first_truncated] = 1000.0
        slack[self.first_truncated : self.first_distance] = 1.0
        first = self._minimise(slack, rows, {})
        fixed = {i: float(round(first[i])) for i in range(self.first_slack, self.first_distance)}
        nearness = np.zeros(self.columns)
        nearness[self.first_distance :] = 1.0
        # An uneven, tiny price per cell makes one of the equally near cohorts the cheapest.
        nearness[: self.first_slack] = 1e-4 * (1 + np.arange(self.first_slack) * 7919 % 101 / 101)
        return self._solution(self._minimise(nearness, rows, fixed))

    def _minimise(self, cost: np.ndarray, rows: _Rows, fixed: Mapping[int, float]) -> np.ndarray:
        low, high = np.zeros(self.columns), np.full(self.columns, float(self.largest))
        high[self.first_slack : self.first_distance] = 1.0
        for column, value in fixed.items():
            low[column] = high[column] = value
        integrality = np.ones(self.columns)
        integrality[self.first_distance :] = 0
        for presolve in (True, False):
            result = milp(
                cost,
                constraints=rows.constraint(),
                bounds=Bounds(low, high),
                integrality=integrality,
                options={"mip_rel_gap": 0.0, "presolve": presolve},
            )
            # HiGHS sometimes ends in "solve error" after presolve, and solves without it.
            if result.status != SOLVE_ERROR:
                break
        if result.x is None:
            raise ManuscriptError(
                "no cohort has the sizes of the populations and the chosen counts",
                where="claims.yml: populations, chosen.counts",
                remedy="look for chosen counts that contradict one another",
            )
        return np.asarray(result.x, dtype=float)

    def _solution(self, x: np.ndarray) -> Solution:
        tables: list[dict[tuple[str, ...], int]] = [{} for _ in self.families]
        for column, (f, cell) in enumerate(self.cells):
            if round(x[column]):
                tables[f][cell] = round(x[column])
        joined = tuple(Table(f, cells) for f, cells in zip(self.families, tables, strict=True))
        counted = tuple(claim.id for claim in self.counting)
        solution = Solution(joined, (), (), counted)
        lifted = {name for i, name in enumerate(counted) if x[self.first_slack + i] > _HALF}
        found = {claim.id: self._agreement(claim, solution) for claim in self.counting}
        if any(fit is None for name, fit in found.items() if name not in lifted):
            raise ManuscriptError(
                "the integer program's figures are too coarse for a cohort of this size",
                where="claims.yml: populations",
                remedy="give the populations their size `n`",
            )
        truncated = tuple(name for name, fit in found.items() if fit == "truncated")
        gives_way = tuple(name for name in counted if name in lifted)
        return Solution(joined, gives_way, truncated, counted)

    def _agreement(self, claim: Claim, solution: Solution) -> str | None:
        """Return how a claim's figure comes about from the counts; None where it does not."""
        base = {**self.claims.populations[claim.population].where, **_single(claim.group)}
        hits = solution.count(_both(base, claim.event))
        if claim.kind == "count":
            return "exact" if hits == int(claim.value or "0") else None
        known = {a: list(self.claims.attributes[a].levels) for a in claim.event}
        return rounding_that_fits(hits, solution.count(_both(base, known)), claim.value or "")

    # -- rows -----------------------------------------------------------------------------

    def _rows(self) -> _Rows:
        rows = _Rows(self.columns)
        self._join_families(rows)
        for population in self.claims.populations.values():
            if population.n is not None:
                rows.add(self._counted(population.where), population.n, population.n)
        for count in self._chosen_counts():
            rows.add(self._counted({**count[0], **count[1]}), count[2], count[2])
        for i, claim in enumerate(self.counting):
            self._claim(rows, i, claim)
        for i, (wanted, target) in enumerate(self.shares):
            distance = self.first_distance + i
            terms = self._counted(wanted)
            rows.add({**terms, distance: -1.0}, high=target)
            rows.add({**terms, distance: 1.0}, low=target)
        return rows

    def _join_families(self, rows: _Rows) -> None:
        """Families agree where they overlap; without an overlap, in their total."""
        for f, family in enumerate(self.families):
            if family.parent is None:
                continue
            levels = [self.claims.attributes[a].all_levels for a in family.separator]
            for shared in product(*levels):
                wanted = {a: [level] for a, level in zip(family.separator, shared, strict=True)}
                here = self._counted(wanted, family=f)
                there = self._counted(wanted, family=family.parent)
                rows.add({**here, **{c: -v for c, v in there.items()}}, 0, 0)

    def _claim(self, rows: _Rows, i: int, claim: Claim) -> None:
        """Add the rows of one claim, lifted by its slack binary."""
        slack, truncated = self.first_slack + i, self.first_truncated + i
        base = {**self.claims.populations[claim.population].where, **_single(claim.group)}
        hits = self._counted(_both(base, claim.event))
        value = claim.value or "0"
        if claim.kind == "count":
            lift = float(max(self.largest, int(value)) + 1)
            rows.add({**hits, slack: -lift}, high=float(value))
            rows.add({**hits, slack: lift}, low=float(value))
            rows.add({truncated: 1.0}, 0, 0)
            return
        known = {a: list(self.claims.attributes[a].levels) for a in claim.event}
        total = self._counted(_both(base, known))
        printed, unit = int(value.replace(".", "")), 200.0 * 10**claim.digits
        lift = (unit + 2 * printed + 2) * self.largest + 1
        rows.add(_sum(hits, unit, total, -(2 * printed - 1), {slack: lift}), low=0)
        rows.add(
            _sum(hits, unit, total, -(2 * printed + 1), {slack: -lift, truncated: -lift}), high=-1
        )
        rows.add(_sum(hits, unit, total, -(2 * printed + 2), {slack: -lift}), high=-1)

    # -- counting -------------------------------------------------------------------------

    def _counted(self, wanted: Levels, family: int | None = None) -> Linear:
        """Return the sum of the cells with these levels, as column to coefficient."""
        if family is None:
            names = [set(f.attributes) for f in self.families]
            family = next(i for i, known in enumerate(names) if set(wanted) <= known)
        index = {a: i for i, a in enumerate(self.families[family].attributes)}
        return {
            column: 1.0
            for column, (f, cell) in enumerate(self.cells)
            if f == family and all(cell[index[a]] in levels for a, levels in wanted.items())
        }

    def _together(self) -> list[set[str]]:
        groups = [set(p.where) for p in self.claims.populations.values()]
        groups += [set(g) | set(e) for g, e, _ in self._chosen_counts()]
        for claim in self.claims.claims:
            population = set(self.claims.populations[claim.population].where)
            for group in claim.groups or [claim.group]:
                groups.append(population | set(group) | set(claim.event))
        return groups

    def _chosen_counts(self) -> list[tuple[Levels, Levels, int]]:
        chosen = self.claims.chosen
        return [(c.group, c.event, c.value) for c in chosen.counts] if chosen else []

    def _share_targets(self) -> list[tuple[Levels, float]]:
        """Return the preferred number of patients with each level; shares are of everybody."""
        chosen = self.claims.chosen
        if chosen is None:
            return []
        total = max((p.n or 0 for p in self.claims.populations.values()), default=0)
        return [
            ({name: [level]}, share * total)
            for name, shares in chosen.shares.items()
            for level, share in shares.value.items()
        ]


def solve(claims: Transcript) -> Solution:
    """Return the counts that satisfy most claims of a transcript.

    Raises:
        ManuscriptError: See :meth:`Program.solve`.
    """
    return Program(claims).solve()


def _counts(claim: Claim) -> bool:
    return claim.kind == "proportion" or (claim.kind == "count" and claim.outcome is None)


def _single(group: Mapping[str, str]) -> dict[str, list[str]]:
    return {attribute: [level] for attribute, level in group.items()}


def _both(first: Levels, second: Levels) -> dict[str, list[str]]:
    """Return the conditions of both; where both name an attribute, the levels in common."""
    merged = {a: list(levels) for a, levels in first.items()}
    for attribute, levels in second.items():
        here = merged.get(attribute, list(levels))
        merged[attribute] = [level for level in here if level in levels]
    return merged


def _sum(hits: Linear, a: float, total: Linear, b: float, more: Linear) -> Linear:
    terms = dict(more)
    for column, value in hits.items():
        terms[column] = terms.get(column, 0.0) + a * value
    for column, value in total.items():
        terms[column] = terms.get(column, 0.0) + b * value
    return terms
