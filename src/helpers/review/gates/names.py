"""Numerals that are no results wherever they stand: names, grades, and groups of bound keys."""

from __future__ import annotations

import re

from helpers.review.gates.numerals import WORDS, Numeral
from helpers.review.gates.passages import Sentence

#: What a numeral may stand in, and why it is no result there.
NAMES: dict[str, re.Pattern[str]] = {
    "side of a test": re.compile(r"\b(?:one|two)-sided\b", re.IGNORECASE),
    "grade of an adverse event": re.compile(
        r"\bgrades?\s+(?:[≥>]\s?)?[1-5](?:\s?[–/-]\s?[1-5]|\s+(?:or|and|to)\s+[1-5])?(?!\d|\.\d)",
        re.IGNORECASE,
    ),
    "version of a standard": re.compile(
        r"\b(?:CTCAE|MedDRA|IMWG|RECIST|R-ISS|R2-ISS)\b(?:\s+criteria)?[\s,(]*"
        r"(?:(?:version|v\.?|of|from)\s*)?\d{1,4}(?:\.\d+)?",
    ),
    "version of a program": re.compile(
        r"\bversions?\s+\d+(?:\.\d+)*|\bR \d+\.\d+\.\d+"
        r"|\b(?:Python|Quarto|SAS|SPSS|Stata|pandas|SciPy|lifelines)\s+v?\d+(?:\.\d+)*",
        re.IGNORECASE,
    ),
    "chromosomes": re.compile(
        r"\b(?:t|del|add|inv|dup)\s?\(\d+(?:;\d+)?[pq]?[\d.]*\)", re.IGNORECASE
    ),
    "isotope": re.compile(r"\b(?:18F|11C|64Cu|68Ga|89Zr|90Y|99mTc|123I|131I|177Lu)\b"),
    "name of a publication": re.compile(r"\b(?:doi:\s?)?10\.\d{4,9}/\S+", re.IGNORECASE),
    "power of ten in a unit": re.compile(r"\b10(?:\^[-−]?\d+\^|[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"),
    "ratio that says no difference": re.compile(
        r"\b(?:above|below|over|under)\s+(?:1|one)\b(?![.,]\d)", re.IGNORECASE
    ),
    "where time begins": re.compile(r"\btime zero\b", re.IGNORECASE),
    "any number of them": re.compile(r"\bat least one\b", re.IGNORECASE),
    "one beside another": re.compile(r"\bone\s+\w+\s+\w+\s+another\b", re.IGNORECASE),
    "probability from which another is taken": re.compile(r"\bone minus\b", re.IGNORECASE),
}

_UNIT = r"(?:month|year|week|day|cycle)"
_TIME = re.compile(rf"(?:^|[._])(?P<number>\d+)_(?P<unit>{_UNIT})s?(?:[._]|$)")
_AT = re.compile(
    rf"\b(?:at|by|after|beyond|until|from)\s+(?:the\s+)?(?:(?:\d+|{'|'.join(WORDS)})\s+and\s+)?$",
    re.IGNORECASE,
)
_BOUND_OF_GROUP = re.compile(r"(?:^|[._])(?P<side>ge|gt|le|lt)_(?P<number>\d+)(?:_(?P<part>\d+))?")
_AT_LEAST = (
    r"(?:≥|at least|from|over|above|older than|more than|aged|>)\s?$",
    r"\s+(?:or|and) (?:more|older|above|higher|over)|\s+years? (?:on|and older|or older)",
)
_LESS = (r"(?:<|≤|below|under|younger than|fewer than|less than|up to|at most)\s?$", r"(?!)")
_SIDES = {"ge": _AT_LEAST, "gt": _AT_LEAST, "lt": _LESS, "le": _LESS}


def name_of(sentence: Sentence, numeral: Numeral) -> str | None:
    """Return why a numeral is no result: a name, or a group or time of a key bound beside it.

    "12 months" is the time of ``rate_12_months``, "three or more" the group ``ge_3``, where the
    same sentence binds such a key: were the key another, the words would be a finding.
    """
    for reason, pattern in NAMES.items():
        for match in pattern.finditer(sentence.masked):
            if match.start() <= numeral.start and numeral.end <= match.end():
                return reason
    return _named_by_a_key(sentence, numeral)


def _named_by_a_key(sentence: Sentence, numeral: Numeral) -> str | None:
    before, behind = sentence.masked[: numeral.start], sentence.masked[numeral.end :]
    for key in sentence.keys:
        for time in _TIME.finditer(key):
            if _equals(numeral, time["number"]) and _is_time(before, behind, time["unit"]):
                return f"time of {key}"
        for group in _BOUND_OF_GROUP.finditer(key):
            number = group["number"] + (f".{group['part']}" if group["part"] else "")
            left, right = _SIDES[group["side"]]
            beside = re.search(left, before, re.IGNORECASE) or re.match(right, behind)
            if _equals(numeral, number) and beside:
                return f"group of {key}"
    return None


def _equals(numeral: Numeral, number: str) -> bool:
    return numeral.value is not None and numeral.value == float(number)


def _is_time(before: str, behind: str, unit: str) -> bool:
    """Tell whether a point in time is meant: "at 12 months", "12-month", "at 6 and 12 months"."""
    if re.match(rf"-{unit}|\s{unit}s?\s(?:into|after|from|later)\b", behind):
        return True
    if not _AT.search(before):
        return False
    if re.match(rf" {unit}", behind):
        return True
    several = rf",?\s+(?:and|or)\s+(?:\S+\s+)?(?:at\s+)?(?:\d+|{'|'.join(WORDS)})[- ]{unit}"
    return re.match(several, behind, re.IGNORECASE) is not None
