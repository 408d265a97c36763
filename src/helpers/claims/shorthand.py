"""Short spellings of a transcript, unfolded before it is checked.

A size stands for a population, a word for an event, a missing id for a running number, and a
missing population for the first one. What is no short spelling is left to the schema to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from helpers.claims.names import PlacedError
from helpers.claims.section import as_list, written
from helpers.imwg import CATEGORIES, SPELLINGS

RESPONSE = "response"
YES = "yes"
_EVALUABLE = CATEGORIES[: CATEGORIES.index("NE")]
_COMPLETE = CATEGORIES.index("CR")
_RATES = {
    "orr": "PR", "overall response": "PR", "objective response": "PR", "response": "PR",
    "overall response rate": "PR", "objective response rate": "PR", "cbr": "MR",
    "clinical benefit": "MR", "clinical benefit rate": "MR", "dcr": "SD", "disease control": "SD",
    "disease control rate": "SD",
}  # fmt: skip
_OR_BETTER = re.compile(r"^(?:≥\s*|>=\s*)(?P<sign>.+)$|^(?P<words>.+?)\s+or\s+better$")


def unfold(data: Any) -> Any:
    """Return the raw mapping of a transcript with its short spellings written out.

    Args:
        data: What the YAML holds; anything but a mapping is returned as it is.
    """
    if not isinstance(data, dict):
        return data
    data = dict(data)
    data["populations"] = _populations(data.get("populations"))
    claims = data.get("claims")
    if isinstance(claims, list):
        grades = _grades_told_apart(data)
        first = _first(data["populations"])
        unfolded = [_claim(c, i, first, grades) for i, c in enumerate(claims, start=1)]
        several = isinstance(data["populations"], dict) and len(data["populations"]) > 1
        data["claims"] = [
            {"population_assumed": True, **new}
            if several and isinstance(old, dict) and "population" not in old
            else new
            for old, new in zip(claims, unfolded, strict=True)
        ]
    return data


def response_grade(word: str) -> str | None:
    """Return the lowest grade that a word such as ORR, "≥VGPR" or "VGPR or better" counts.

    None for what is no rate of response.
    """
    name = " ".join(word.lower().split())
    if name in _RATES:
        return _RATES[name]
    found = _OR_BETTER.match(name)
    if found is None:
        return None
    wanted = (found["sign"] or found["words"]).strip()
    for grade in _EVALUABLE:
        if wanted in (grade.lower(), *SPELLINGS[grade]):
            return grade
    return None


def one_grade(word: str) -> str | None:
    """Return the grade that a word such as CR or "partial response" names, alone."""
    name = " ".join(word.lower().split())
    return next((g for g in CATEGORIES if name in (g.lower(), *SPELLINGS[g])), None)


def slug(words: str) -> str:
    """Return words as an attribute's name: "Grade ≥3 infection" is "grade_ge_3_infection"."""
    for sign, name in (("≥", " ge "), ("≤", " le "), (">=", " ge "), ("<=", " le "),
                       (">", " gt "), ("<", " lt "), ("+", " plus ")):  # fmt: skip
        words = words.replace(sign, name)
    return re.sub(r"\W+", "_", words.lower()).strip("_") or "event"


def _populations(given: Any) -> Any:
    if given is None:
        return {"all": {"label": "All patients"}}
    if not isinstance(given, dict):
        return given
    return {
        key: {"n": size} if isinstance(size, int | str) and not isinstance(size, bool)
        else ({} if size is None else size)
        for key, size in given.items()
    }  # fmt: skip


def _first(populations: Any) -> Any:
    return next(iter(populations), None) if isinstance(populations, dict) else None


def _claim(claim: Any, number: int, population: Any, grades: tuple[str, ...] | None) -> Any:
    if not isinstance(claim, dict):
        return claim
    claim = {"id": f"claim_{number}", "population": population, **claim}
    event = claim.get("event")
    if isinstance(event, str):
        levels = _event(event, grades)
        if levels is None:
            words = (
                f"{event!r} stands for grades of response, but `attributes.response` has other "
                "levels: name those that count, as in `event: {response: responder}`"
            )
            raise PlacedError([(("claims", number - 1, "event"), words)])
        claim["event"] = levels
    return claim


def _event(word: str, grades: tuple[str, ...] | None) -> dict[str, list[str]] | None:
    """Return the attribute and levels of a word; a rate of response counts grades or better."""
    lowest, only = response_grade(word), one_grade(word)
    if lowest is None and only is None:
        return {slug(word): [YES]}
    if grades is None:
        return None
    if lowest is None:
        return {RESPONSE: [str(only)]} if only in grades else None
    reach = CATEGORIES.index(lowest)
    levels = [grade for grade in grades if CATEGORIES.index(grade) <= reach]
    return {RESPONSE: levels}


def _grades_told_apart(data: dict[str, Any]) -> tuple[str, ...] | None:
    """Return the grades of response that the transcript tells apart, best first.

    Those that a claim names and the lowest one of every rate. Where some are named alone, those
    of a rate that nobody names may be there all the same ("ORR 70%, VGPR 15%, PR 24%"): 31% have
    CR. Stringent responses are told apart only where they must be. None where ``response`` is
    declared with levels of another kind.
    """
    declared = data.get("attributes")
    own = declared.get(RESPONSE) if isinstance(declared, dict) else None
    if isinstance(own, dict):
        levels = [str(written(level)) for level in own.get("levels") or ()]
        named = set(levels) & set(CATEGORIES)
        return _ordered(named) if named else None
    rates: set[str] = set()
    alone: set[str] = set()
    for event in _events(data):
        if isinstance(event, str):
            rates.add(response_grade(event) or "")
            alone.add(one_grade(event) or "")
        elif isinstance(event, dict):
            alone.update(map(str, as_list(event.get(RESPONSE)) or ()))
    rates, alone = rates & set(CATEGORIES), alone & set(CATEGORIES)
    unnamed: set[str] = set()
    if rates and alone:
        unnamed.update(CATEGORIES[_COMPLETE : max(map(CATEGORIES.index, rates))])
        unnamed.update(CATEGORIES[:_COMPLETE] if "CR" in rates & alone else ())
    return _ordered(rates | alone | unnamed)


def _events(data: dict[str, Any]) -> Iterator[Any]:
    for claim in data["claims"]:
        if isinstance(claim, dict):
            yield claim.get("event")
            yield claim.get("group")
            groups = claim.get("groups")
            yield from groups if isinstance(groups, list) else ()


def _ordered(grades: set[str]) -> tuple[str, ...]:
    return tuple(grade for grade in CATEGORIES if grade in grades)
