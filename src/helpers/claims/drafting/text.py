"""Plain text of an abstract, sentence by sentence, with every numeral accounted for.

Signs are made uniform one for one, so that places in the uniform text are places in the text as
printed, and a claim can quote its exact words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_UNIFORM = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "‒": "-", "‑": "-", "‐": "-", "﹣": "-",
        "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u200a": " ",
        "％": "%", "＜": "<", "＞": ">", "＝": "=", "≧": "≥", "≦": "≤", "⩾": "≥", "⩽": "≤",
        "（": "(", "）": ")", "，": ",", "；": ";", "：": ":",
    }
)  # fmt: skip
_DECIMAL_DOT = re.compile(r"(?<=\d)[·•∙](?=\d)")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))|(?<![\d.,])(?<=0),(?=\d)")
_IS_DECIMAL = r"(?:\d{sign}\d{{1,2}}\s*%|\b[pP]\s*[=<>]\s*0{sign}\d)"
_WITH_COMMA = re.compile(_IS_DECIMAL.format(sign=","))
_WITH_POINT = re.compile(_IS_DECIMAL.format(sign=r"\."))
_BREAK = re.compile(
    r"(?<=[.!?])[\])]?\s+(?=[A-Z\[(≥0-9]|m(?:PFS|OS|DO?R)\b)|\s*\n\s*\n\s*|\s*\n(?=[^\n]*\t)"
    r"|\s*\n(?=[A-Z][A-Za-z ]{2,30}:?\s*(?:\n|[A-Z]))"
)
_NO_BREAK = re.compile(
    r"(?:\b(?:vs|v|e\.g|i\.e|al|approx|no|nos|fig|dr|mo|yr|wk|pts?|resp|incl|ca|cf|st)|\b[A-Z]|"
    r"\b[pP]\s*[=<>])\.$"
)
_NAME = re.compile(
    r"(?<![^\W\d_])(?!CI\d\d\s*%)[^\W\d_][\w+]*\d[\w+]*"  # TP53, IL6, DR4
    r"|\b\d+[pq]\d*(?:\.\d+)?\+?"  # 1q21, 17p
    r"|\bt\s?\(\s?\d+\s?[;:]\s?\d+\s?\)(?:\(\w+;\w+\))?"  # t(4;14)
    r"|\b[A-Z][A-Za-z]*-\d+\w*"  # COVID-19
    r"|\b\d+(?:st|nd|rd|th)\b"
)
_SCALE = (
    r"(?:grades?|stages?|ISS|R-ISS|R2-ISS|ECOG(?:\s+(?:PS|score|performance status))?|CTCAE|"
    r"Karnofsky|version|phase|cycles?|days?|weeks?|line|type|level|part)"
)
NUMBER = r"(?>(?<![\d.,])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<![\d.])\.\d+)"
_THRESHOLD = re.compile(
    rf"(?<![pP])(?<![pP]\s)(?:≥|≤|>=|<=|>|<)\s*{NUMBER}(?:\s*-\s*{NUMBER})?"
    rf"|\b(?i:{_SCALE})\s*{NUMBER}(?:\s*(?:-|/|or|and|to)\s*{NUMBER})?(?!\s*%)(?!\s*(?:-|)months?\b)"
    rf"|\b(?:at least|more than|less than|fewer than|up to|over|under|older than|younger than|"
    rf"aged|within|beyond|after|before|every)\s+{NUMBER}(?!\s*%)(?!\s*patients)"
    rf"|{NUMBER}\s+(?:or|and)\s+(?:more|older|above|younger|fewer|less)\b"
)
P_VALUE = (
    r"(?:(?:log[- ]?rank|two-sided|Fisher(?:'s exact)?(?: test)?|adjusted)[\s,:]*)?"
    r"\b[pP]\s*(?:-?\s*values?)?\s*(?:for\s+[a-z]+\s*)?"
    rf"(?P<sign>=|<=|>=|<|>|≤|≥|of|was|:)\s*(?P<p>{NUMBER})"
)
_P = re.compile(P_VALUE)
_NUMERAL = re.compile(rf"{NUMBER}")


@dataclass
class Sentence:
    """One sentence while it is read.

    Attributes:
        printed: The words as printed.
        text: The same with uniform signs, as long as ``printed``.
        figures: The same with names (TP53) and thresholds (≥3) blotted out, as long again.
        taken: Places whose numeral stands in a claim.
    """

    printed: str
    text: str
    figures: str
    taken: set[int] = field(default_factory=set)

    @property
    def quoted(self) -> str:
        """The exact words, on one line."""
        return self.printed.replace("\n", " ").replace("\t", " ")

    def free(self, start: int, end: int) -> bool:
        """Return whether no numeral of a stretch has been taken."""
        return not any(place in self.taken for place in range(start, end))

    def take(self, start: int, end: int) -> None:
        """Note that the numerals of a stretch stand in a claim."""
        self.taken.update(i for i in range(start, end) if self.printed[i].isdigit())

    def left(self) -> list[str]:
        """Return the numerals that stand in no claim, as printed."""
        return [
            self.printed[start:end]
            for start, end in numerals(self.text)
            if any(i not in self.taken for i in range(start, end) if self.printed[i].isdigit())
        ]


def uniform(text: str) -> str:
    """Return text with uniform dashes, spaces, decimal points and brackets, as long as before.

    A comma is a decimal point where percentages or p-values are printed with one, and none with a
    point.
    """
    text = _DECIMAL_DOT.sub(".", text.translate(_UNIFORM))
    if _WITH_COMMA.search(text) and not _WITH_POINT.search(text):
        text = _DECIMAL_COMMA.sub(".", text)
    return text


def numerals(text: str) -> list[tuple[int, int]]:
    """Return the places of the numerals of a uniform text; digits of names are none."""
    named = {i for match in _NAME.finditer(text) for i in range(*match.span())}
    return [m.span() for m in _NUMERAL.finditer(text) if not named & set(range(*m.span()))]


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text."""
    same = uniform(text)
    start = 0
    for match in _BREAK.finditer(same):
        if "\n" not in match[0] and _NO_BREAK.search(same[start : match.start()]):
            continue
        yield from _sentence(text, same, start, match.start())
        start = match.end()
    yield from _sentence(text, same, start, len(text))


def _sentence(text: str, same: str, start: int, end: int) -> Iterator[Sentence]:
    while start < end and same[start].isspace():
        start += 1
    while start < end and same[end - 1].isspace():
        end -= 1
    if start < end:
        words = same[start:end].replace("\n", " ").replace("\t", " ")
        yield Sentence(text[start:end], words, _blotted(words))


def _blotted(text: str) -> str:
    """Return text in which names and thresholds hold no digits."""
    kept = {i for match in _P.finditer(text) for i in range(*match.span())}

    def blot(match: re.Match[str]) -> str:
        return match[0] if match.start() in kept else re.sub(r"[\d.,]", "¤", match[0])

    for pattern in (_NAME, _THRESHOLD):
        text = pattern.sub(blot, text)
    return text
