"""Texts of two records beside each other: cells of tables, outputs of notebooks, bound strings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from helpers.review.verification.quantity import Kind, Quantity, one_sided

NUMERAL = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?")
DIGEST = re.compile(r"\(digest `[0-9a-f]+`\)|\[data [0-9a-f]+\]")
LONGEST = 200
ANOTHER = "another simulation, within its Monte-Carlo error"
Restated = frozenset[tuple[str, str]]


def numerals(text: str) -> list[str]:
    """Return the numerals of a text, in their order."""
    return NUMERAL.findall(text)


def compare_texts(
    kind: Kind,
    where: str,
    published: Mapping[str, str],
    recomputed: Mapping[str, str],
    pairs: Restated = frozenset(),
) -> Iterator[Quantity]:
    """Yield one quantity for all texts that agree, and one for every other.

    Args:
        kind: What they are.
        where: The file.
        published: Place to text, in the record.
        recomputed: Place to text, in the rerun.
        pairs: Numerals that a simulation may have changed.
    """
    agree = 0
    for place in [*published, *(place for place in recomputed if place not in published)]:
        one, other = published.get(place), recomputed.get(place)
        if one is None or other is None:
            yield one_sided(kind, where, place, _short(one), _short(other))
        elif one == other:
            agree += 1
        else:
            yield _unequal(kind, where, place, (one, other), pairs)
    if agree:
        words = f"{agree} of {agree}" if agree == 1 else f"{agree} places"
        yield Quantity(kind, where, words, "", "", "none", "none", "agrees", of=agree)


def _unequal(
    kind: Kind, where: str, place: str, texts: tuple[str, str], pairs: Restated
) -> Quantity:
    shown = _around(*texts)
    if DIGEST.sub("", texts[0]) == DIGEST.sub("", texts[1]):
        note = "the digest of the numbers differs; they are compared one by one"
        return Quantity(kind, where, place, *shown, "a digest", "none", "note", note)
    if explained(*texts, pairs):
        return Quantity(kind, where, place, *shown, "numerals", "as their values", "note", ANOTHER)
    return Quantity(kind, where, place, *shown, "another text", "none", "differs")


def explained(published: str, recomputed: str, pairs: Restated) -> bool:
    """Whether two texts differ in nothing but numerals that a simulation may have changed."""
    one, other = (DIGEST.sub("", text) for text in (published, recomputed))
    if not pairs or NUMERAL.split(one) != NUMERAL.split(other):
        return False
    both = zip(numerals(one), numerals(other), strict=True)
    return all(a == b or (a, b) in pairs for a, b in both)


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _around(one: str, other: str) -> tuple[str, str]:
    """Return both texts, long ones cut to where they begin to differ."""
    if max(len(one), len(other)) <= LONGEST:
        return one, other
    same = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    start = max(same - 30, 0)
    cut = [text[start : start + LONGEST] for text in (one, other)]
    return ("…" * bool(start) + cut[0], "…" * bool(start) + cut[1])
