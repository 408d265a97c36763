"""What a transcript asks of a cohort: its counting claims as demands of the integer program.

A percentage printed as P units of its last digit is an interval in k and n,
``(2P - 1) n <= 2 · 100 · 10^d · k < (2P + 2) n``, whichever way it was rounded or cut off, so that
an unknown denominator stays linear. Where the status of some patients may be unknown, they all
count in the denominator or none of them does; both are tried.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from functools import cached_property

from helpers.audit.arithmetic import Arithmetic
from helpers.audit.demands import Demand, System, Terms, Where, both, where
from helpers.audit.meaning import graded_demands, median_demands
from helpers.audit.parts import PartedProgram
from helpers.audit.printed import Printed, fitting_counts, parse
from helpers.claims.claim import Claim
from helpers.claims.schema import Claims
from helpers.claims.shorthand import RESPONSE

LARGEST = 2000
#: A percentage that stands for no more pairs of k and n than this is a choice among them.
MOST_PAIRS = 250
SIZE = "populations.{}.n"
_IN, _OUT = "in", "out"
_PATIENTS = {"patient", "patients", "pt", "pts", "participants", "subjects", "cases", "n", "%"}


class Reading:
    """A transcript as demands on the numbers of patients.

    Args:
        claims: The transcript.
        sizes: Sizes of populations that take the place of those in the transcript.
    """

    def __init__(self, claims: Claims, sizes: Mapping[str, int] | None = None) -> None:
        self.claims = claims
        self.by_id = {claim.id: claim for claim in claims.claims}
        self.counting = [c for c in claims.settled if counts_patients(c)]
        self._settled = {claim.id for claim in claims.settled}
        self.sizes = {
            key: p.n
            for key, p in claims.populations.items()
            if p.n is not None and self._size_settled(key, p.n)
        }
        self.sizes.update(sizes or {})
        self._members = self._membership()
        self._pools: dict[str, Terms] = {}
        self._switches: list[str] = []
        self._numbers: list[str] = []
        #: What asks a percentage to be rounded, not cut off, to the id of its claim.
        self.rounding = {f"{c.id}, rounded": c.id for c in self.counting if _has_share(c)}

    @cached_property
    def program(self) -> PartedProgram:
        """The integer program of all counting claims and sizes of populations."""
        demands = [*graded_demands(self.claims), *self._size_demands()]
        for claim in self.counting:
            demands += self.demands(claim)
        for owner, name in self.rounding.items():
            demands += self.rounded_demands(self.by_id[name], owner)
        for claim in (c for c in self.claims.settled if c.kind == "median"):
            demands += median_demands(self.claims, claim, self.base(claim))
        attributes = {n: a.all_levels for n, a in self.claims.all_attributes.items()}
        attributes |= {name: (_IN, _OUT) for name in self._members.values()}
        system = System(
            attributes,
            tuple(demands),
            self._pools,
            self._ceiling(),
            tuple(self._switches),
            tuple(self._numbers),
        )
        return PartedProgram(
            system,
            {
                name: tuple(
                    self._members[k] for k in self.claims.ancestors(key)[1:] if k in self._members
                )
                for key, name in self._members.items()
            },
            set(self.size_owner.values()),
            set(self.sizes) == set(self.claims.populations),
            self.arithmetic.refutes,
            self.hints,
        )

    @cached_property
    def arithmetic(self) -> Arithmetic:
        """What the percentages of the transcript rule out by themselves."""
        shares = [c for c in self.counting if _has_share(c) and c.of is None and self.size(c)]
        return Arithmetic(
            self.claims, self.counting, shares, self.sizes, self.size_owner, self._ceiling()
        )

    @property
    def size_owner(self) -> dict[str, str]:
        """Population to what states its size: a claim's id, or the key in the file."""
        found = {}
        for key, n in self.sizes.items():
            stated = (
                c.id
                for c in self.counting
                if c.kind == "count" and c.population == key and not c.group and not c.event
                and c.value == str(n)
            )  # fmt: skip
            found[key] = next(stated, SIZE.format(key))
        return found

    def base(self, claim: Claim, group: Mapping[str, str] | None = None) -> Where:
        """Return the patients that a claim is about."""
        condition = where(self.claims.conditions(claim, group))
        return both(condition, self._inside(claim.population))

    def hits(self, claim: Claim, group: Mapping[str, str] | None = None) -> Where:
        """Return the patients of whom the claim says that they have the event."""
        return both(self.base(claim, group), where(claim.event))

    def known(self, claim: Claim) -> Where:
        """Return the patients whose status is known; everybody, for attributes not declared."""
        levels = {}
        for name in claim.event:
            attribute = self.claims.attribute(name)
            if attribute.unknown_allowed and not attribute.implied:
                levels[name] = list(attribute.levels)
        return where(levels)

    def total(self, claim: Claim, group: Mapping[str, str] | None = None) -> Terms:
        """Return the denominator of a claim: patients, and those who may count or not."""
        base, known = self.base(claim, group), self.known(claim)
        if not known:
            return ((1, base),)
        inside = both(base, known)
        name = f"unknown {sorted(dict(known))} of {sorted((n, sorted(v)) for n, v in base)}"
        self._pools[name] = ((1, base), (-1, inside))
        return ((1, inside), (1, name))

    def size(self, claim: Claim) -> int | None:
        """Return the denominator of a claim where it is fixed by a size of a population."""
        if claim.of is not None:
            return int(claim.of)
        if self.is_open(claim) or claim.group or self.known(claim):
            return None
        return self.sizes.get(claim.population)

    def most(self, claim: Claim) -> int | None:
        """Return the largest denominator that a claim can have; None where nothing bounds it."""
        if claim.of is not None:
            return int(claim.of)
        if self.is_open(claim):
            return self._far(claim)
        sizes = [self.sizes[k] for k in self.claims.ancestors(claim.population) if k in self.sizes]
        return min(sizes) if sizes else None

    def is_open(self, claim: Claim) -> bool:
        """Whether something of a claim is still to be looked at, so that it is read alone."""
        return claim.id in self.by_id and claim.id not in self._settled

    def _far(self, claim: Claim) -> int | None:
        """Return a denominator that no reading of an open claim exceeds; None for none.

        Responses are those of patients, whichever they are; what else a share counts is open.
        """
        known = [p.n for p in self.claims.populations.values() if p.n is not None]
        known += [int(c.of) for c in self.claims.claims if c.of is not None]
        return 2 * max(known) if known and set(claim.event) == {RESPONSE} else None

    def _size_settled(self, population: str, n: int) -> bool:
        """Whether a size is no guess: what states it, if anything does, has been looked at."""
        stating = [
            c
            for c in self.claims.claims
            if c.kind == "count" and c.population == population and c.value == str(n)
            and not c.group and not c.event
        ]  # fmt: skip
        settled = [c for c in stating if c.id in self._settled]
        return not self.claims.unfinished and (bool(settled) or not stating)

    def demands(self, claim: Claim) -> list[Demand]:
        """Return what a counting claim asks for."""
        hits: Terms = ((1, self.hits(claim)),)
        found = []
        if claim.of is not None:
            found += self._denominator(claim, int(claim.of))
        number = claim.value if claim.kind == "count" else claim.count
        if number is not None:
            found.append(Demand(claim.id, hits, int(number), int(number)))
        if _has_share(claim):
            found += self._share(claim, parse(claim.value or "0"))
        return found

    def rounded_demands(self, claim: Claim, owner: str) -> list[Demand]:
        """Return what a percentage asks for beside that if it was rounded, not cut off."""
        printed = parse(claim.value or "0")
        pairs = self._listed_pairs(claim, printed)
        if pairs is not None:
            cut = [
                (1, _switch(claim, pair))
                for pair in pairs
                if not printed.rounded(Fraction(100 * pair[0], pair[1]))
            ]
            return [Demand(owner, tuple(cut), None, 0)] if cut else []
        unit = 200 * 10**printed.digits
        high = 0 if printed.units % 2 == 0 else -1
        if claim.of is not None:
            bound = ((2 * printed.units + 1) * int(claim.of) + high) // unit
            return [Demand(owner, ((1, self.hits(claim)),), None, bound)]
        total = _times(self.total(claim), -(2 * printed.units + 1))
        return [Demand(owner, ((unit, self.hits(claim)), *total), None, high)]

    def _listed_pairs(self, claim: Claim, printed: Printed) -> list[tuple[int, int]] | None:
        """Return every k and n of a percentage whose denominator is open, where they are few.

        The cone of a percentage of two digits holds few whole points, and branching on its two
        numbers takes long to find that it holds none; a choice among the points does not.
        """
        most = self.most(claim)
        if claim.of is not None or most is None or self.size(claim) is not None:
            return None
        pairs = [(k, n) for n in range(1, most + 1) for k in fitting_counts(printed, n)]
        return pairs if len(pairs) <= MOST_PAIRS else None

    def _denominator(self, claim: Claim, of: int) -> list[Demand]:
        base = self.base(claim)
        if any(self.claims.attribute(name).implied for name in claim.event):
            return [Demand(claim.id, ((1, base),), of, None)]
        known = self.known(claim)
        if known:
            inside = both(base, known)
            return [Demand(claim.id, ((1, inside),), None, of), Demand(claim.id, ((1, base),), of)]
        return [Demand(claim.id, ((1, base),), of, of)]

    def _share(self, claim: Claim, printed: Printed) -> list[Demand]:
        hits: Terms = ((1, self.hits(claim)),)
        if claim.of is not None:
            fits = fitting_counts(printed, int(claim.of))
            low, high = (fits[0], fits[-1]) if fits else (1, 0)
            return [Demand(claim.id, hits, low, high)]
        unit, total = 200 * 10**printed.digits, self.total(claim)
        share: Terms = ((unit, self.hits(claim)),)
        cone = [
            Demand(claim.id, (*share, *_times(total, 1 - 2 * printed.units)), 0, None),
            Demand(claim.id, (*share, *_times(total, -2 * printed.units - 2)), None, -1),
        ]
        pairs = self._listed_pairs(claim, printed)
        if pairs is not None:
            return [*cone, *self._choice(claim, pairs)]
        return [*cone, *self._over_the_size(claim, printed)]

    def _over_the_size(self, claim: Claim, printed: Printed) -> list[Demand]:
        """Bound the count of a percentage whose denominator is fixed as long as a size stands.

        The cone says the same, but of a percentage of two digits only after a long search.
        """
        n = self.size(claim)
        if n is None:
            return []
        fits = fitting_counts(printed, n)
        low, high = (fits[0], fits[-1]) if fits else (1, 0)
        beyond, hits = f"{claim.id} is larger", self.hits(claim)
        self._switches.append(beyond)
        return [
            Demand(claim.id, ((1, hits), (low, beyond)), low, None),
            Demand(claim.id, ((1, hits), (-self._ceiling(), beyond)), None, high),
            Demand(self.size_owner[claim.population], ((1, beyond),), None, 0),
        ]

    def _choice(self, claim: Claim, pairs: list[tuple[int, int]]) -> list[Demand]:
        """One of the pairs holds, or more patients than the printed size allows are meant.

        The latter is a switch that the size, where it is asked for, holds at 0.
        """
        named = [(_switch(claim, pair), pair) for pair in pairs]
        beyond, more_k, more_n = (f"{claim.id} {word}" for word in ("is larger", "k", "n"))
        self._switches += [*(name for name, _ in named), beyond]
        self._numbers += [more_k, more_n]
        one: Terms = ((1, beyond), *((1, name) for name, _ in named))
        k: Terms = ((-1, more_k), *((-k, name) for name, (k, _) in named))
        n: Terms = ((-1, more_n), *((-n, name) for name, (_, n) in named))
        ceiling = self._ceiling()
        return [
            Demand(claim.id, one, 1, 1),
            Demand(claim.id, ((1, self.hits(claim)), *k), 0, 0),
            Demand(claim.id, (*self.total(claim), *n), 0, 0),
            Demand(claim.id, ((1, more_k), (-ceiling, beyond)), None, 0),
            Demand(claim.id, ((1, more_n), (-ceiling, beyond)), None, 0),
            Demand(self._bounding_size(claim), ((1, beyond),), None, 0),
        ]

    def hints(self, owners: Collection[str]) -> list[Demand]:
        """Return counts of subgroups that arithmetic allows: a place to look for patients first."""
        return [
            Demand("", ((1, terms),), number, number)
            for share, k, n in self.arithmetic.chosen(owners)
            for terms, number in ((self.hits(share), k), (self.base(share), n))
        ]

    def _bounding_size(self, claim: Claim) -> str:
        """Return what states the smallest size that bounds a claim."""
        chain = [key for key in self.claims.ancestors(claim.population) if key in self.sizes]
        return self.size_owner[min(chain, key=lambda key: self.sizes[key])]

    def _ceiling(self) -> int:
        """Return a number that no count of patients exceeds."""
        known = list(self.sizes.values())
        known += [int(v) for c in self.counting for v in (c.of, c.count) if v is not None]
        known += [int(c.value) for c in self.counting if c.kind == "count" and c.value]
        everybody = set(self.sizes) == set(self.claims.populations)
        return 2 * max(known) if everybody and known else max(LARGEST, *(2 * n for n in known), 0)

    # -- populations ----------------------------------------------------------------------

    def _membership(self) -> dict[str, str]:
        """Give populations that no attribute tells apart one of their own, but a single one."""
        untold = [key for key, p in self.claims.populations.items() if not p.where]
        widest = [k for k in untold if all(k in self.claims.ancestors(o) for o in untold)]
        alone = widest[:1]
        return {key: f"member of {key}" for key in untold if key not in alone}

    def _inside(self, population: str) -> Where:
        chain = self.claims.ancestors(population)
        return where({self._members[k]: [_IN] for k in chain if k in self._members})

    def population(self, key: str) -> Where:
        """Return who belongs to a population."""
        condition = self._inside(key)
        for name in self.claims.ancestors(key):
            condition = both(condition, where(self.claims.populations[name].where))
        return condition

    def _size_demands(self) -> Iterator[Demand]:
        for key, owner in self.size_owner.items():
            n = self.sizes[key]
            yield Demand(owner, ((1, self.population(key)),), n, n)


def counts_patients(claim: Claim) -> bool:
    """Whether a claim counts patients, so that the integer program looks at it."""
    if claim.kind == "proportion":
        return True
    patients = claim.unit is None or claim.unit.strip().lower() in _PATIENTS
    return claim.kind == "count" and claim.outcome is None and patients


def _has_share(claim: Claim) -> bool:
    return claim.kind == "proportion" and claim.value is not None


def _switch(claim: Claim, pair: tuple[int, int]) -> str:
    return f"{claim.id} is {pair[0]}/{pair[1]}"


def _times(terms: Terms, factor: int) -> Terms:
    return tuple((factor * c, what) for c, what in terms)
