"""Finds numerals in prose: digits, and numbers and fractions in words.

Ordinals ("second line", "third dose") and Roman numerals ("stage III") name and do not count; they
are no numerals here, but for "every second patient". "One" is one where it counts ("one patient",
"only one", "one in four"), not where it stands for a noun. "Doubled" and "halved" say a number too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FOLD = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty"),
)
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

_PARTS = "third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|twelfth|twentieth"
#: What follows "a third" where it is a share, not the third of several.
_DID = (
    "(?:had|has|have|was|were|are|did|died|responded|progressed|relapsed|remained|received"
    "|stopped|lived|reached|achieved|survived|underwent|needed|went|showed)"
)
_GLYPHS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_TENS_AND_UNITS = rf"(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(UNITS[1:10])}))?"
_PLAIN = "|".join(sorted((word for word in WORDS if word != "one"), key=len, reverse=True))
_FRACTION = (
    rf"(?:(?:an?|the)[- ](?:quarter|{_PARTS})(?=\s+(?:of|{_DID})\b|\s*$|\W*[.,;:)]))"
    rf"|one[- ](?:quarter|{_PARTS})"
    rf"|(?:two|three|four|five|six|seven|eight|nine)[- ](?:quarters|(?:{_PARTS})s)"
    rf"|(?:one[- ])?half(?![- ]?li[fv])|halves|[{_GLYPHS}]"
)
_TIMES = (
    rf"(?:twice|thrice)(?=\s+(?:as|the|that|those)\b)|(?:{'|'.join(_FOLD)})fold"
    r"|(?:doubl|tripl|trebl|quadrupl|quintupl|halv)(?:es|ed|ing)"
)
_ONE = (
    rf"one(?=\s+(?:\w+\s+)?(?:{COUNTED})s?(?![\w-]))|(?<=only )one\b(?!\s+of\b)"
    r"|one(?=\s+(?:in|out of)\s+(?:\d|[a-z]+\s+(?:patient|case|death|event)))"
    r"|one(?=\s+in\s+(?:two|three|four|five|six|seven|eight|nine|ten|twenty))"
    r"|one(?=\s+(?:died|progressed|relapsed|responded|stopped))"
    r"|single(?=\s+(?:patient|case|responder|death|event)(?![\w-]))"
    r"|(?<=exactly )one\b|lone(?=\s+(?:patient|case|responder|death|event)(?![\w-]))"
    r"|one(?=\s+of\s+(?:the|these|those|our|all)\s+(?:\w+\s+)?"
    r"(?:patients|responders|deaths|cases|women|men|subjects|participants)(?![\w-]))"
    rf"|every (?:other|second|third|fourth|fifth|tenth)(?=\s+(?:{COUNTED})(?![\w-]))"
    r"|(?:pair|couple)(?=\s+of\b)"
)
_WORD = re.compile(
    rf"(?<!\w)(?:{_FRACTION}|{_TENS_AND_UNITS}|{_PLAIN}|hundreds|thousands|dozens|[mb]illions?|{_TIMES}|{_ONE})(?!\w)",
    re.IGNORECASE,
)
#: "Month-12" and "age-63" count; "caspase-8" is a name.
_COUNTED_WORD = re.compile(rf"(?:{COUNTED}|age|aged|top|mid|pre|post|n|p|to|of)s?", re.IGNORECASE)
#: "ORR61%" and "HR0.46" are a label and a number; "v2.0" is a name.
_LABELLED = re.compile(r"[^\W\d_]{2}$")
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
    if _LABELLED.search(before) and (behind[:1] in ("%", "‰") or "." in text[start:end]):
        return False
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
