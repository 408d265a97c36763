"""All counting claims at once: what cannot hold together, and what would have to give way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from helpers.audit.conflicts import Conflicts, find_conflicts, irreducible
from helpers.audit.counting import Counts
from helpers.audit.parts import PartedProgram
from helpers.audit.reading import Reading

#: A size of a population is blamed alone where it takes this many fewer claims to give way.
FEWER = 2
#: In a larger program, a claim is asked by itself only whether it can have been rounded.
MOST_COLUMNS = 300


@dataclass(frozen=True)
class Together:
    """What the integer program says of all counting claims.

    Attributes:
        counted: Ids of the claims, and keys of the sizes, that it looked at.
        alone: Claims that no cohort of the printed size satisfies, each by itself.
        conflicts: Irreducible sets that cannot hold together.
        smallest: Every smallest set that must give way while the sizes stand.
        with_sizes: Every smallest set where a size may give way as well.
        complete: Whether the smallest sets are all of them.
        size_blamed: Giving up a size takes so many fewer claims that the size is at fault.
        truncated: Claims that hold only if the figure was cut off.
        standing: Claims and sizes that can hold together when the first smallest set gives way.
        counts: Patients that satisfy everything but the first smallest set.
        undecided: Some question was beyond the bound of the search; the claims have the benefit
            of the doubt.
    """

    counted: tuple[str, ...]
    alone: tuple[str, ...]
    conflicts: tuple[tuple[str, ...], ...]
    smallest: tuple[tuple[str, ...], ...]
    with_sizes: tuple[tuple[str, ...], ...]
    complete: bool
    size_blamed: bool
    truncated: tuple[str, ...]
    standing: tuple[str, ...]
    counts: Counts | None
    undecided: bool = False

    @property
    def satisfiable(self) -> bool:
        """Whether all claims can hold together."""
        return not self.conflicts


def hold_together(reading: Reading) -> Together:
    """Put all counting claims to the test."""
    program = reading.program
    owners = [o for o in program.owners if o not in reading.rounding]
    sizes = [o for o in owners if o in set(reading.size_owner.values())]
    first = _alone(reading, program, owners, sizes)
    known = [c for c in first.values() if c]
    free = find_conflicts(owners, program.feasible, known=known, firm=sizes)
    if not program.careful and not program.confirmed(free.irreducible):
        return hold_together(reading)  # every question is now asked twice
    kept = free
    if free.irreducible and program.feasible(sizes):
        others = [o for o in owners if o not in sizes]
        inside = [tuple(o for o in c if o not in sizes) for c in free.irreducible]
        kept = find_conflicts(others, program.feasible, background=sizes, known=inside)
    found = free.irreducible
    blamed = bool(kept.smallest and free.smallest) and (
        len(kept.smallest[0]) - len(free.smallest[0]) >= FEWER
    )
    leaving = (free if blamed else kept).smallest
    gone = {*(leaving[0] if leaving else ()), *(() if blamed else first)}
    standing = [o for o in owners if o not in gone]
    cut_off = tuple(_truncated(reading, program, standing, [o for o in sizes if o in standing]))
    counts = program.solve(standing)
    return Together(
        counted=tuple(owners),
        alone=tuple(first),
        conflicts=tuple(dict.fromkeys(first.get(c[0], c) if len(c) == 1 else c for c in found)),
        smallest=kept.smallest,
        with_sizes=_naming_a_size(free, set(sizes)),
        complete=free.complete and kept.complete,
        size_blamed=blamed,
        truncated=cut_off,
        standing=tuple(standing),
        counts=counts,
        undecided=program.work.undecided,
    )


def _naming_a_size(free: Conflicts, sizes: set[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(s for s in free.smallest if set(s) & sizes)


def _alone(
    reading: Reading, program: PartedProgram, owners: list[str], sizes: list[str]
) -> dict[str, tuple[str, ...]]:
    """Return the claims that no cohort of the printed sizes satisfies, with their conflict."""
    found: dict[str, tuple[str, ...]] = {}
    if not program.feasible(sizes) or program.feasible(owners):
        return found
    for owner in owners:
        if owner in sizes or program.feasible([owner, *sizes]):
            continue
        claim = reading.by_id[owner]
        near = [reading.size_owner.get(k) for k in reading.claims.ancestors(claim.population)]
        chosen = [s for s in near if s is not None]
        # Nothing is allowed to be more than twice as large as printed, so that a claim may fit
        # nothing even without the size; the size is part of the contradiction all the same.
        sized = [*([s] for s in chosen), chosen]
        tries = [[], *sized, sizes] if claim.of is not None else [*sized, [], sizes]
        conflict = next(c for c in tries if not program.feasible([owner, *c]))
        found[owner] = tuple(o for o in owners if o == owner or o in conflict)
    return found


def _truncated(
    reading: Reading, program: PartedProgram, standing: list[str], sizes: list[str]
) -> Iterator[str]:
    """Yield claims that cannot have been rounded: each by itself, then with the others.

    Of several that cannot all have been rounded, the last in printed order is named.
    """
    if program.columns <= MOST_COLUMNS and program.feasible(
        [*standing, *(owner for owner, claim in reading.rounding.items() if claim in standing)]
    ):
        return
    kept = []
    for owner, claim in reading.rounding.items():
        if claim in standing:
            if program.feasible([*sizes, claim, owner]):
                kept.append(owner)
            else:
                yield claim
    if program.columns > MOST_COLUMNS:
        return
    while not program.feasible([*standing, *kept]):
        given_up = irreducible(kept, program.feasible, background=standing)[-1]
        kept.remove(given_up)
        yield reading.rounding[given_up]
