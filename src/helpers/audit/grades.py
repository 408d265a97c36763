"""Grades in the name of an adverse event, as abstracts word them."""

from __future__ import annotations

import re

_GRADE = re.compile(
    r"(?:_|^)(?:(?:any|all)_gr(?:ade)?s?|gr(?:ade)?s?_(?:(?P<sign>ge|gt|le|lt)_)?(?P<low>[1-5])"
    r"(?:_(?:(?P<up>plus|or_(?:higher|more|above|greater|worse|over))|(?P<down>or_(?:lower|less|below))"
    r"|(?:(?:or|and|to)_)?(?P<high>[1-5])))?)(?=_|$)"
)
_SIGNS = {"≥": " ge ", ">=": " ge ", "≤": " le ", "<=": " le ", ">": " gt ", "<": " lt "}
_WORST = 5
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
#: Words that the name of an adverse event may hold or not.
_JOINING = {"of", "with", "or", "a", "the", "event", "events"}


def grades_of(name: str) -> tuple[str, tuple[int, int]]:
    """Return the name of an adverse event without its grade, and the lowest and highest meant.

    Words without a grade mean every grade, 0 to 5.
    """
    name = re.sub(r"(?<=\d)\+", " plus ", name.lower().replace("_", " "))
    for sign, word in _SIGNS.items():
        name = name.replace(sign, word)
    slug = "_".join(_ROMAN.get(word, word) for word in re.sub(r"\W+", " ", name).split())
    found = _GRADE.search(slug)
    if found is None:
        return _plain(slug), (0, _WORST)
    stem = _plain(slug[: found.start()] + slug[found.end() :])
    if found["low"] is None:
        return stem, (0, _WORST)
    first, sign = int(found["low"]), found["sign"]
    if sign in ("le", "lt") or found["down"]:
        return stem, (1, first - (sign == "lt"))
    if sign or found["up"]:
        return stem, (first + (sign == "gt"), _WORST)
    return stem, (first, int(found["high"] or first))


def _plain(slug: str) -> str:
    """Return the words of a name without joining words and plurals."""
    words = [word for word in slug.split("_") if word and word not in _JOINING]
    return "_".join(re.sub(r"(?<=[a-z]{3}[^s])s$", "", word) for word in words)
