"""Finds numerals in prose: digits, and numbers and fractions in words.

Ordinals ("second line", "third dose") and Roman numerals ("stage III") name and do not count; they
are no numerals here, but for "every second patient". "One" is one where it counts ("one patient",
"only one", "one in four"), not where it stands for a noun. "Doubled" and "halved" say a number too.
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
    r"(?:(?:a|the)[- ](?:third|quarter|fifth|tenth)(?=\s+of\b|\s*$|\W*[.,;:)]))"
    r"|one[- ](?:third|quarter|fourth|fifth|tenth)"
    r"|(?:two|three|four)[- ](?:thirds|quarters|fourths|fifths|tenths)"
    r"|(?:one[- ])?half(?![- ]?li[fv])|halves|[½⅓⅔¼¾⅕⅛]"
)
_TIMES = (
    r"(?:twice|thrice)(?=\s+(?:as|the|that|those)\b)|(?:two|three|four|five|six|ten)fold"
    r"|(?:doubl|tripl|quadrupl|halv)(?:es|ed|ing)"
)
_ONE = (
    rf"one(?=\s+(?:\w+\s+)?(?:{COUNTED})s?(?![\w-]))|(?<=only )one\b(?!\s+of\b)"
    r"|one(?=\s+(?:in|out of)\s+(?:\d|[a-z]+\s+(?:patient|case|death|event)))"
    r"|one(?=\s+in\s+(?:two|three|four|five|six|seven|eight|nine|ten|twenty))"
    r"|one(?=\s+(?:died|progressed|relapsed|responded|stopped))"
    r"|single(?=\s+(?:patient|case|responder|death|event)(?![\w-]))"
    rf"|every (?:second|third|fourth|fifth|tenth)(?=\s+(?:{COUNTED})(?![\w-]))"
    r"|(?:pair|couple)(?=\s+of\b)"
)
_WORD = re.compile(
    rf"(?<!\w)(?:{_FRACTION}|{_TENS_AND_UNITS}|{_PLAIN}|hundreds|thousands|dozens|{_TIMES}|{_ONE})(?!\w)",
    re.IGNORECASE,
)
#: "Month-12" and "age-63" count; "caspase-8" is a name.
_COUNTED_WORD = re.compile(rf"(?:{COUNTED}|age|aged|top|mid|pre|post|n|p|to|of)s?", re.IGNORECASE)
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
    """Tell whether digits are part of a name: CD38, p53, 1q21, IL-6, caspase-8, H~2~O."""
    before, behind = text[:start], text[end:]
    if re.search(r"[^\W\d_]$|~$|[^\W\d_]\*$", before):
        return True
    hyphened = re.search(r"(?P<word>[^\W\d_]+)-$", before)
    if hyphened is not None and not _COUNTED_WORD.fullmatch(hyphened["word"]):
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
