"""Names that a transcript uses: known ones, and those that are nearly another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from helpers.marked_yaml import with_nearest

SHORTEST_TOKEN = 5
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[<>=≤≥+%]+")
Place = tuple[str | int, ...]
Mention = tuple[Place, str, list[str]]


class PlacedError(ValueError):
    """Several problems, each with its place in the file.

    Attributes:
        problems: Key path and words of each.
    """

    def __init__(self, problems: list[tuple[Place, str]]) -> None:
        self.problems = problems
        told = (f"{'.'.join(map(str, place))}: {words}" for place, words in problems)
        super().__init__("; ".join(told))


def known_name(kind: str, name: str, known: Iterable[str]) -> list[str]:
    """Return what is wrong with a name, in words: nothing, or that it is not known."""
    names = list(known)
    if name in names:
        return []
    return [with_nearest(f"unknown {kind} {name!r}", name, names)]


def check_implied(
    mentions: Sequence[Mention], declared: Mapping[str, object]
) -> Iterator[tuple[Place, str]]:
    """Yield the attributes and levels that look like misspellings of another one.

    Attributes that are not declared have whatever levels the claims mention, so that a slip of
    the pen would silently make a new one. Two names that differ by one letter in a word of five
    letters or more are taken for a slip; "treated" and "untreated", "stage 1" and "stage 2" are
    not.

    Args:
        mentions: Place, attribute and levels of everything that names an attribute which is not
            declared.
        declared: The declared attributes.
    """
    names = list(declared)
    levels: dict[str, list[str]] = {}
    for place, name, mentioned in mentions:
        close = next((known for known in names if known != name and slip(name, known)), None)
        if close is not None:
            yield (
                place,
                (
                    f"attribute {name!r} is nearly {close!r}; write them alike, or declare both "
                    "under `attributes`"
                ),
            )
        if name not in names:
            names.append(name)
        known_levels = levels.setdefault(name, [])
        for level in mentioned:
            near = next((k for k in known_levels if k != level and slip(level, k)), None)
            if near is not None:
                yield (
                    place,
                    (
                        f"level {level!r} of {name} is nearly {near!r}; write them alike, or "
                        f"declare {name} with both under `attributes`"
                    ),
                )
            if level not in known_levels:
                known_levels.append(level)


def slip(one: str, other: str) -> bool:
    """Return whether two names look like one, misspelled."""
    first, second = (_TOKEN.findall(name.lower()) for name in (one, other))
    if first == second:
        return True
    if len(first) != len(second):
        return False
    pairs = [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]]
    return all(
        min(map(len, pair)) >= SHORTEST_TOKEN
        and pair[0][0].isalpha()
        and not (pair[0].endswith(pair[1]) or pair[1].endswith(pair[0]))
        and _one_edit(*pair)
        for pair in pairs
    )


def _one_edit(one: str, other: str) -> bool:
    """Return whether one letter was exchanged, left out or added, or two neighbours swapped."""
    if len(one) > len(other):
        one, other = other, one
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start : start + 2] == other[start : start + 2][::-1]
    return one[start + 1 :] == other[start + 1 :] or (
        swapped and one[start + 2 :] == other[start + 2 :]
    )
