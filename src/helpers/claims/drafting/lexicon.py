"""Words that name endpoints, responses, measured variables, and numbers."""

from __future__ import annotations

import re

#: Endpoint to the words for it.
ENDPOINTS: dict[str, str] = {
    "pfs": r"m?PFS\d?|progression[- ]free(?: survival)?",
    "os": r"m?OS\b|overall survival",
    "dfs": r"DFS|disease[- ]free survival",
    "efs": r"EFS|event[- ]free survival",
    "rfs": r"RFS|relapse[- ]free survival",
    "ttnt": r"TTNT|time to next (?:treatment|therapy|line)",
    "ttp": r"TTP|time to progression",
    "dor": r"m?DO?R\b|duration of response",
    "incidence": r"cumulative incidence|local control|NRM|non-relapse mortality|relapse rate",
    "survival": r"survival",
}
ENDPOINT = re.compile(
    "|".join(rf"(?P<{key}>\b(?:{words}))" for key, words in ENDPOINTS.items()), re.IGNORECASE
)
_LEAST = r"(?:≥|>=|at least (?:a )?)\s*"
_NOT_ORGAN = "".join(
    f"(?<!{kind} )"
    for kind in ("major", "cardiac", "renal", "organ", "hepatic", "molecular", "MRD")
)
_BETTER = r"(?:\s*[\[(]?(?:[A-Za-z]+)?[\])]?)?\s+or\s+(?:better|deeper|higher)"
#: Words of a rate of response, the longest first, to the event that a claim names.
RESPONSES: tuple[tuple[str, str], ...] = (
    (rf"{_LEAST}VGPR|(?:VGPR|very good partial (?:response|remission)){_BETTER}", "VGPR or better"),
    (rf"{_LEAST}CR|(?:\bCR|complete (?:response|remission)){_BETTER}", "CR or better"),
    (rf"{_LEAST}PR|(?:\bPR|(?<!good )partial (?:response|remission)){_BETTER}", "ORR"),
    (r"\bORR|(?:overall|objective) (?:response|remission)(?: rates?)?"
     rf"|{_NOT_ORGAN}\bresponse rates?", "ORR"),
    (r"\bCBR|clinical benefit(?: rate)?", "CBR"),
    (r"\bDCR|disease control(?: rate)?", "DCR"),
    (r"\bsCR|stringent (?:complete (?:response|remission)|CR)", "sCR"),
    (r"\bVGPR|very good partial (?:response|remission)", "VGPR"),
    (r"\bCR\b|complete (?:response|remission)(?: rates?)?", "CR"),
    (r"\bPR\b|partial (?:response|remission)", "PR"),
    (r"\bMR\b|(?:minimal|minor) response", "MR"),
    (r"\bSD\b|stable disease", "SD"),
    (r"\bPD\b|progressive disease", "PD"),
)  # fmt: skip
RESPONSE = tuple((re.compile(words, re.IGNORECASE), event) for words, event in RESPONSES)
#: Grades that one claim names alone; the others are rates of "or better".
GRADES = frozenset({"sCR", "CR", "VGPR", "PR", "MR", "SD", "PD"})
_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WORDS: dict[str, int] = {word: i for i, word in enumerate(_UNITS)} | {
    word: 10 * i for i, word in enumerate(_TENS, start=2)
}
_TENS_WORD, _UNIT_WORD = "|".join(_TENS), "|".join(_UNITS[1:10])
SPELLED = rf"(?:(?:{_TENS_WORD})(?:[- ](?:{_UNIT_WORD}))?|{'|'.join(reversed(_UNITS))})"


def value_of_words(words: str) -> int:
    """Return the number that words such as "thirty-eight" say."""
    return sum(WORDS[word] for word in re.split(r"[- ]", words.lower()))


def endpoint(words: str) -> str | None:
    """Return the endpoint that stands last in some words; None where there is none."""
    found = list(ENDPOINT.finditer(words))
    return found[-1].lastgroup if found else None


def response(words: str) -> str | None:
    """Return the rate of response that stands last in some words; None where there is none."""
    best: tuple[int, int, str] | None = None
    for pattern, event in RESPONSE:
        for match in pattern.finditer(words):
            place = (match.end(), -match.start(), event)
            if best is None or place[:2] > best[:2]:
                best = place
    return best[2] if best else None
