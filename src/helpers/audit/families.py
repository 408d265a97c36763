"""Families of attributes that claims mention together, joined to a tree.

Counting patients in every joint cell of all attributes is not needed. Two attributes have to
stand in one table only where a claim mentions both. After the graph of such pairs has been
triangulated, its cliques form a tree with the running-intersection property, and integer
tables over the cliques that agree where they overlap always extend to whole patients
(Lauritzen, Graphical Models, 1996, chapter 4; Haberman 1974 for the integers).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Family:
    """One table of the tree.

    Attributes:
        attributes: The attributes it crosses, in their order of definition.
        parent: Index of the family that it hangs on; None for the root.
        separator: Attributes that it shares with its parent (empty: only the total).
    """

    attributes: tuple[str, ...]
    parent: int | None
    separator: tuple[str, ...]


def build_families(attributes: Iterable[str], together: Iterable[set[str]]) -> tuple[Family, ...]:
    """Return the tree of families; a parent comes before its children.

    Args:
        attributes: All attributes, in the order that tables are to have.
        together: Sets of attributes that some claim mentions together.
    """
    names = list(attributes)
    cliques = _cliques(names, [set(group) for group in together])
    order = {name: i for i, name in enumerate(names)}
    families: list[Family] = []
    waiting = sorted(cliques, key=lambda clique: sorted(order[name] for name in clique))
    while waiting:
        clique, parent = _nearest_to_tree(waiting, families)
        waiting.remove(clique)
        shared = clique & set(families[parent].attributes) if parent is not None else set()
        families.append(
            Family(
                tuple(n for n in names if n in clique),
                parent,
                tuple(n for n in names if n in shared),
            )
        )
    return tuple(families)


def _nearest_to_tree(
    waiting: list[frozenset[str]], families: list[Family]
) -> tuple[frozenset[str], int | None]:
    """Return the clique with the largest overlap with the tree (Prim), and where it hangs."""
    if not families:
        return waiting[0], None
    pairs = [(clique, i) for clique in waiting for i in range(len(families))]
    return max(pairs, key=lambda pair: len(pair[0] & set(families[pair[1]].attributes)))


def _cliques(names: list[str], together: list[set[str]]) -> list[frozenset[str]]:
    """Return the maximal cliques after elimination of the attribute with the least fill-in."""
    neighbours: dict[str, set[str]] = {name: set() for name in names}
    for group in together:
        for a, b in combinations(group, 2):
            neighbours[a].add(b)
            neighbours[b].add(a)
    found: list[frozenset[str]] = []
    left = list(names)
    while left:
        name = min(left, key=lambda n: (_fill_in(neighbours, n), len(neighbours[n])))
        clique = frozenset({name} | neighbours[name])
        for a, b in combinations(neighbours[name], 2):
            neighbours[a].add(b)
            neighbours[b].add(a)
        for other in neighbours.pop(name):
            neighbours[other].discard(name)
        left.remove(name)
        if not any(clique <= other for other in found):
            found.append(clique)
    return found


def _fill_in(neighbours: Mapping[str, set[str]], name: str) -> int:
    around = neighbours[name]
    return sum(1 for a, b in combinations(around, 2) if b not in neighbours[a])
