"""Two figures of two groups: whose they are, and the claims that they make."""

from __future__ import annotations

import re
from typing import Any

from helpers.claims.drafting.context import Groups, group_words, groups_before, groups_of
from helpers.claims.drafting.grammar import Figure, p_value
from helpers.claims.drafting.reading import Reading
from helpers.claims.drafting.text import P_VALUE, Sentence

GUESSED = "groups: guessed, nothing names them"
_JOIN = re.compile(r"\b(?:vs?\.?|versus|compared (?:with|to)|against|than|and)\s")
_END = re.compile(r"[,;.()]|\b[pP]\s*[=<>]|\band\b|\brespectively\b")
_BRACKETS = re.compile(r"^\s*\((?P<words>[^()%\d=<>]+)\)")
_DISTANT_P = re.compile(rf"[^;:%\d]{{0,80}}?[\[(,;]\s*{P_VALUE}")


def enter_pair(
    sentence: Sentence,
    reading: Reading,
    kind: str,
    pair: tuple[Figure, Figure],
    groups: Groups | None = None,
    **keys: Any,
) -> None:
    """Enter two figures of two groups, and the p-value of their comparison.

    Args:
        sentence: Where they stand.
        reading: What was found so far.
        kind: Kind of the two claims.
        pair: The figures, in printed order.
        groups: Whose they are, where that is known already.
        **keys: Keys that the claims share; a comparison takes ``event`` and ``outcome``.
    """
    first, other = pair
    late, early = other.keys.pop("p", None), first.keys.pop("p", None)
    end = other.end
    distant = _DISTANT_P.match(sentence.figures, other.end)
    if late is None and distant is not None and sentence.free(*distant.span()):
        late, end = p_value(distant), distant.end()
    groups = groups or pair_groups(sentence, first, other, reading)
    marks = (GUESSED,) if groups.guessed else ("groups",)
    marks = (*keys.pop("uncertain", ()), *marks)
    what = str(keys.get("outcome") or keys.get("event") or kind)
    for figure, level in zip(pair, groups.levels, strict=True):
        reading.enter(
            sentence, kind, figure, name=f"{what} {level}", uncertain=marks,
            **keys, group={groups.attribute: level},
        )  # fmt: skip
    if late is None and early is None:
        return
    about = {key: keys[key] for key in ("event", "outcome") if key in keys}
    survival = kind.startswith("survival")
    reading.enter(
        sentence, "p_value" if survival else "contrast",
        Figure(other.start, end, {"p": late or early or ""}), name=f"{what} p",
        uncertain=marks, **about, groups=groups.as_keys(),
    )  # fmt: skip


def pair_groups(sentence: Sentence, first: Figure, other: Figure, reading: Reading) -> Groups:
    """Return the groups of two figures: named behind each, or before both, or as just before."""
    bracketed = _BRACKETS.match(sentence.text[first.end :])
    late = _BRACKETS.match(sentence.text[other.end :])
    if bracketed is not None and late is not None:
        found = groups_of(bracketed["words"], late["words"])
        if found is not None:
            return found
    sides = _JOIN.split(sentence.text[first.end : other.start])
    behind = _END.split(sentence.text[other.end :], maxsplit=1)[0]
    found = None
    if group_words(sides[0]):
        found = groups_of(sides[0], behind)
        if found is None and len(sides) > 1:
            found = groups_of(sides[0], sides[-1])
    if found is None:
        begin = max((i + 1 for i in sentence.taken if i < first.start), default=0)
        found = groups_before(sentence.text[begin : first.start])
    return found or _as_before(sentence, reading)


def _as_before(sentence: Sentence, reading: Reading) -> Groups:
    """Return the groups of the last pair of the same sentence, as a guess."""
    for claim in reversed(reading.claims):
        if claim["text"] == sentence.quoted and len(claim.get("groups", ())) == 2:
            (name, one), (_, two) = (next(iter(group.items())) for group in claim["groups"])
            return Groups(name, (one, two), guessed=True)
    return Groups(f"groups_{len(reading.claims) + 1}", ("first", "second"), guessed=True)


def lone_p(
    sentence: Sentence, reading: Reading, p: str | None, outcome: str | None, figure: Figure
) -> None:
    """Enter the p-value behind a figure, which says nothing of the groups compared."""
    if p is not None:
        reading.enter(
            sentence, "p_value", Figure(figure.start, figure.end, {"p": p}), name="p",
            outcome=outcome, uncertain=("groups: which were compared",),
        )  # fmt: skip
