"""Who and what a figure is about, guessed from the words around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from helpers.claims.drafting.text import NUMBER
from helpers.claims.shorthand import slug

LONGEST = 60
_EDGE = re.compile(r"[;:]|\.\s|,|\(|\)|\[|\]|\b(?:while|whereas|but|with|and)\b")
_HEAD = re.compile(
    r"^(?:[\s,;:.)\]]+|and\b|while\b|whereas\b|but\b|the\b|an?\b|also\b|in\b|of\b|with\b|had\b|"
    r"were\b|was\b|have\b|has\b|which\b|that\b|who\b|including\b|namely\b|there\b|rates?\b|for\b|"
    r"incidence\b|proportion\b|frequency\b|presence\b|patients\b|all\b|total\b|overall,|showed\b|"
    r"is\b|are\b|being\b|common\b|most\b|achiev\w+\b|to\b)+", re.IGNORECASE
)  # fmt: skip
_TAIL = re.compile(
    r"(?:[\s,;:.(\[]+|\b(?:was|were|is|are|in|of|at|rates?|by|to|reached|being|had|occurred|"
    r"occurring|seen|observed|noted|present|found|reported|documented|recorded|developed|the|a|an|"
    r"and|for|only|approximately|about|respectively|among|with|incidence|as|estimated|patients|"
    r"n|frequency|proportion))+$",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"\b(?:the|a|an|those|these|patients|subjects|participants|cases|group|groups|arm|arms|cohort|"
    r"cohorts|who|receiv\w+|treated|regimen|therapy|ones|compared|significantly|counterparts|of|"
    r"respectively|had|were|was|in|among|for|aged|being|them)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"^(?:no|non|without|not|absence of|lack of|never)[\s-]+(?P<rest>.*)$", re.I)
_WITH = re.compile(r"^(?:with|having|presence of|any)\s+(?P<rest>.+)$", re.IGNORECASE)


@dataclass(frozen=True)
class Groups:
    """Two groups that figures are printed of.

    Attributes:
        attribute: The attribute that tells them apart.
        levels: Its level of each group.
        guessed: Nothing in the words names them.
    """

    attribute: str
    levels: tuple[str, str]
    guessed: bool = False

    def as_keys(self) -> list[dict[str, str]]:
        """Return the groups as a claim holds them."""
        return [{self.attribute: level} for level in self.levels]


def event_before(words: str) -> str:
    """Return what stands before a figure as the name of an event; "" where nothing does."""
    words = _TAIL.sub("", words)
    parts = _EDGE.split(words)
    return _trimmed(parts[-1] if parts else "")


def event_behind(words: str) -> str:
    """Return what stands behind a figure ("of patients had anaemia") as the name of an event."""
    words = re.sub(r"^[\s)\]]*(?:(?:of|in)\s+)?(?:(?:the|all|these|our|treated|evaluable)\s+)*"
                   r"(?:patients|pts|cases|subjects|participants|individuals|them|the cohort)?\b",
                   "", words)  # fmt: skip
    part = re.split(r"[;:,()\[\]]|\.(?:\s|$)|\b(?:and|while|whereas|but)\b", words)[0]
    return _trimmed(part)


def _trimmed(words: str) -> str:
    words = " ".join(_TAIL.sub("", _HEAD.sub("", words.strip())).split())
    return words if re.search(r"[A-Za-z]{2}", words) and len(words) <= LONGEST else ""


def group_words(words: str) -> str:
    """Return the words for a group without those that every group has."""
    words = re.sub(r"\([^()]*\)", " ", words)
    words = _FILLER.sub(" ", words)
    words = re.sub(rf"(?<![<>≥≤=])(?<![<>≥≤=]\s){NUMBER}\s*(?:%|months?|years?)", " ", words)
    words = " ".join(words.split()).strip(" ,;:.()[]-")
    return words if re.search(r"\w", words) and len(words) <= LONGEST else ""


def groups_of(first: str, second: str) -> Groups | None:
    """Return two groups named by words; None where either name is missing or both are one."""
    one, other = group_words(first), group_words(second)
    for a, b, turned in ((one, other, False), (other, one, True)):
        negated = _NEGATED.match(b)
        if a and negated and not _NEGATED.match(a):
            named = _WITH.match(a)
            levels = ("no", "yes") if turned else ("yes", "no")
            return Groups(slug(named["rest"] if named else a), levels)
        if a and not turned and b.lower() in {"without", "no", "not", "non", "absent"}:
            named = _WITH.match(a)
            return Groups(slug(named["rest"] if named else a), ("yes", "no"))
    one, other = (_WITH.sub(r"\g<rest>", side) for side in (one, other))
    if not one or not other or slug(one) == slug(other):
        return None
    return Groups(f"{slug(one)}_vs_{slug(other)}"[:LONGEST].strip("_"), (slug(one), slug(other)))


_BOTH = (
    re.compile(r"\bwith\s+(?:or|and|vs\.?|versus)\s+without\s+(?P<what>[^,;:()]+?)"
               r"(?=\s+(?:regarding|in terms|for|had|was|were|did|showed|the)\b|[,;:()]|$)", re.I),
    re.compile(r"\bpresence\s*(?:/|or|vs\.?|versus|and)\s*absence of\s+(?P<what>[^,;:()]+?)"
               r"(?=\s+(?:regarding|in terms|for|had|was|were)\b|[,;:()]|$)", re.I),
    re.compile(r"(?:^|[,;:]\s*(?:or\s+|and\s+)?)(?P<what>[^,;:()]+?)\s+(?:status|abnormalities)"
               r"\s+(?=regarding|in terms)", re.I),
)  # fmt: skip
_SIDES = (
    re.compile(r"\bbetween\s+(?P<one>[^,;:()]+?)\s+and\s+(?P<other>[^,;:()]+?)(?=[,;:()]|$)", re.I),
    re.compile(
        r"(?:\b(?:in|with|for|of|among|patients|those|aged|receiving)\b)\s+"
        r"(?P<one>(?:(?!\b(?:in|with|for|of|among|patients|those|compared|than|versus|vs)\b)[^,;:()]){2,50}?)"
        r"\s+(?:(?:had|have|has|showed|was|were|experienced)\b[^,;()]{0,60}?\s)?"
        r"(?:vs\.?|versus|compared (?:with|to)|than|against)\s+"
        r"(?P<other>[^,;:()]+?)(?=[,;:()]|$)", re.I),
    re.compile(r"(?P<one>(?:≥|≤|<|>)[¤\d.]+\s*\w*)\s+(?:and|vs\.?|versus|or)\s+"
               r"(?P<other>(?:≥|≤|<|>)[¤\d.]+\s*\w*)", re.I),
)  # fmt: skip


def groups_before(words: str) -> Groups | None:
    """Return the two groups that the words before a pair of figures name; None where none."""
    for pattern in _BOTH:
        found = list(pattern.finditer(words))
        if found and (name := group_words(found[-1]["what"])):
            return Groups(slug(name), ("yes", "no"))
    for pattern in _SIDES:
        for match in reversed(list(pattern.finditer(words))):
            groups = groups_of(match["one"], match["other"])
            if groups is not None:
                return groups
    return None
