"""Two texts, word by word: what was taken out and what was put in."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["same", "old", "new"]
SIMILAR = 0.5

_STOP = r"[.!?:](?=\s|$)"
_TOKEN = re.compile(rf"\s+|[()\[\];,]|{_STOP}|(?:(?!{_STOP})[^\s()\[\];,])+")


@dataclass(frozen=True)
class Piece:
    """A run of words: in both texts, in the old one alone, or in the new one alone."""

    side: Side
    text: str


def word_changes(old: str, new: str) -> tuple[Piece, ...]:
    """Return the words of both texts in their order, whole words at a time."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(before[i:j])))
            continue
        pieces += [Piece("old", "".join(before[i:j]))] if j > i else []
        pieces += [Piece("new", "".join(after[k:m]))] if m > k else []
    return tuple(pieces)


def paired(old: Sequence[str], new: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Pair the sentences of two texts: equal ones, then what replaced what, in their order.

    Returns:
        Pairs of positions; None where a sentence has no partner on that side.
    """
    pairs: list[tuple[int | None, int | None]] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            pairs += zip(range(i, j), range(k, m), strict=True)
        else:
            pairs += _replaced(old, new, range(i, j), range(k, m))
    return pairs


def _replaced(
    old: Sequence[str], new: Sequence[str], before: range, after: range
) -> list[tuple[int | None, int | None]]:
    """Pair each old sentence with the first new one that is like it, none twice."""
    pairs: list[tuple[int | None, int | None]] = []
    left = list(after)
    for i in before:
        close = next((k for k in left if _alike(old[i], new[k])), None)
        if close is not None:
            taken = left[: left.index(close)]
            pairs += [(None, k) for k in taken]
            left = left[left.index(close) + 1 :]
        pairs.append((i, close))
    return pairs + [(None, k) for k in left]


def _alike(old: str, new: str) -> bool:
    matcher = difflib.SequenceMatcher(None, _TOKEN.findall(old), _TOKEN.findall(new), False)
    return matcher.ratio() >= SIMILAR
