"""Finds numerals in prose: digits, and numbers and fractions in words.

Ordinals ("second line", "third dose") and Roman numerals ("stage III") name and do not count; they
are no numerals here. "One" is one where it counts ("one patient"), not where it stands for a noun.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WORDS: dict[str, float] = {word: number for number, word in enumerate(UNITS)}
WORDS |= {word: 10 * number for number, word in enumerate(TENS, start=2)}
WORDS |= {"dozen": 12, "hundred": 100, "thousand": 1000}
COUNTED = (
    r"patient|case|event|death|responder|subject|person|participant|individual|center|centre"
    r"|hospital|progression|relapse|man|woman|month|year|week|day|cycle|line|dose|assessment"
)

_TENS_AND_UNITS = rf"(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(UNITS[1:10])}))?"
_PLAIN = "|".join(sorted((word for word in WORDS if word != "one"), key=len, reverse=True))
_FRACTION = (
    r"(?:(?:one|two|three|a|the)[- ](?:third|quarter|fifth|tenth)s?(?=\s+of\b|\s*$|\W*[.,;:)]))"
    r"|(?:two|three)[- ](?:thirds|quarters|fifths|tenths)|(?:one[- ])?half(?![- ]?li[fv])|halves"
)
_WORD = re.compile(
    rf"\b(?:{_FRACTION}|{_TENS_AND_UNITS}|{_PLAIN}|hundreds|thousands|dozens|(?:twice|thrice)(?=\s+(?:as|the|that|those)\b)|twofold"
    rf"|one(?=\s+(?:\w+\s+)?(?:{COUNTED})s?(?![\w-])))\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+(?:[.,·\u2009\u202f]\d+)*")


@dataclass(frozen=True)
class Numeral:
    """A numeral and where it stands in its text.

    Attributes:
        text: As written.
        start: Offset of its first character.
        end: Offset behind its last.
        value: What it says; None where it is a fraction in words.
    """

    text: str
    start: int
    end: int
    value: float | None

    @property
    def in_words(self) -> bool:
        """Whether it is written in words."""
        return not self.text[0].isdigit()


def find_numerals(masked: str) -> list[Numeral]:
    """Return the numerals of a text from which names and bound values were blanked."""
    found = [
        Numeral(match[0], match.start(), match.end(), _number(match[0]))
        for match in _DIGITS.finditer(masked)
        if not _within_a_name(masked, match.start(), match.end())
    ]
    found += [
        Numeral(match[0], match.start(), match.end(), _spelled(match[0]))
        for match in _WORD.finditer(masked)
    ]
    return sorted(found, key=lambda numeral: numeral.start)


def _within_a_name(text: str, start: int, end: int) -> bool:
    """Tell whether digits are part of a name: CD38, p53, 1q21, IL-6, H~2~O."""
    before, behind = text[:start], text[end:]
    if re.search(r"[^\W\d_]$|~$|(?:\b[A-Z]{2,}|[Α-ω])-$", before):
        return True
    return bool(re.match(r"[pq](?:\d|\b)", behind)) or bool(re.match(r"\.\d", behind))


def _number(text: str) -> float | None:
    plain = re.sub(r"[\u2009\u202f]", "", text.replace("·", "."))
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        return float(plain)
    except ValueError:
        return None


def _spelled(text: str) -> float | None:
    words = re.split(r"[- ]", text.lower())
    if all(word in WORDS for word in words):
        return sum(WORDS[word] for word in words)
    return None
