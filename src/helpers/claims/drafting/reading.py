"""What a draft collects while an abstract is read, and how a claim is entered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from helpers.claims.drafting.grammar import Figure
from helpers.claims.drafting.text import Sentence, numerals
from helpers.claims.shorthand import slug

WHOLE = "all"
OF_WHOM = "group: its denominator is the size of no population"
_SUBGROUP = re.compile(
    r"^\W*(?:[A-Z][a-z]+,\s+)?(?:among|in|for|of|within)\s+(?:the\s+)?(?:¤*\d*\s*)?"
    r"(?P<who>(?:patients|those|cases|subjects|responders|non-?responders|\w+(?:-\w+)? patients)\b"
    r"[^,;:]{0,60}?),",
    re.IGNORECASE,
)


@dataclass
class Reading:
    """Claims, populations and attributes found so far.

    Attributes:
        claims: Raw claims, as the transcript will hold them.
        populations: Key to label and size.
        unread: Sentences with the numerals that stand in no claim.
    """

    claims: list[dict[str, Any]] = field(default_factory=list)
    populations: dict[str, dict[str, Any]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def enter(
        self,
        sentence: Sentence,
        kind: str,
        figure: Figure,
        *,
        name: str = "",
        uncertain: tuple[str, ...] = (),
        **keys: Any,
    ) -> dict[str, Any]:
        """Enter a claim, and note that its numerals are read.

        Args:
            sentence: Where it stands.
            kind: Its kind.
            figure: Its figures.
            name: Words for its id.
            uncertain: What a person has to look at, beside the figure's own marks.
            **keys: Further keys of the claim; None and empty ones are left out.
        """
        sentence.take(figure.start, figure.end)
        marks = [*figure.uncertain, *uncertain]
        keys = {key: value for key, value in keys.items() if value not in (None, "", {}, [])}
        population = population_of(sentence, self.populations)
        claim = {
            "id": self._id(name or keys.get("outcome") or kind),
            "text": sentence.quoted,
            "kind": kind,
            **({"population": population} if population != WHOLE else {}),
            **keys,
            **figure.keys,
            **({"uncertain": marks} if marks else {}),
        }
        self.claims.append(claim)
        _take_names(sentence, keys)
        return claim

    def close(self, sentence: Sentence) -> None:
        """Note what of a sentence is left unread."""
        left = sentence.left()
        if left:
            words = " ".join(sentence.printed.split())
            self.unread.append(f"{', '.join(left)} in: {words}")

    def doubt_denominators(self) -> None:
        """Mark shares of a part of the patients that their sentence was not read to name."""
        known = {str(found["n"]) for found in self.populations.values()}
        for claim in self.claims:
            if claim["kind"] == "proportion" and "of" in claim and "group" not in claim:
                marks = claim.get("uncertain", [])
                if claim["of"] not in known and not any(m.startswith("group") for m in marks):
                    claim["uncertain"] = [*marks, OF_WHOM]

    def _id(self, words: str) -> str:
        stem = slug(str(words))[:40].strip("_") or "claim"
        known = {claim["id"] for claim in self.claims}
        number, found = 2, stem
        while found in known:
            found, number = f"{stem}_{number}", number + 1
        return found


def population_of(sentence: Sentence, populations: Mapping[str, Any]) -> str:
    """Return the population that a sentence names, the whole one where it names none."""
    words = sentence.text.lower()
    for key in populations:
        if key != WHOLE and re.search(rf"\b{key}\b", words):
            return key
    return WHOLE


def subgroup(sentence: Sentence) -> str:
    """Return the words of the part of the patients that a whole sentence is about; "" for all."""
    match = _SUBGROUP.match(sentence.text)
    if match is None or re.search(r"\b(?:all|whole|entire)\b|evaluable|treated", match["who"]):
        return ""
    who = re.sub(r"^(?:patients|those|cases|subjects)\s+", "", match["who"], flags=re.IGNORECASE)
    return "" if who.lower() in {"patients", "those", "total"} else who


def _take_names(sentence: Sentence, keys: Mapping[str, Any]) -> None:
    """Note the thresholds of a sentence that a claim's names hold (≥3 in "ge_3_cycles")."""
    names = [str(keys.get("outcome", ""))]
    for part in (keys.get("group", {}), *keys.get("groups", [])):
        names += [str(word) for pair in part.items() for word in pair]
    event = keys.get("event", "")
    names += list(event) if isinstance(event, dict) else [slug(str(event))]
    inside = [set(name.split("_")) for name in names]
    for start, end in numerals(sentence.text):
        words = slug(sentence.text[start:end]).split("_")
        if sentence.figures[start:end] != sentence.text[start:end] and any(
            set(words) <= known for known in inside
        ):
            sentence.take(start, end)
