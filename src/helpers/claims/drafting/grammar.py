"""The regular grammar of printed figures: numbers, intervals, p-values, and what binds two."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from helpers.claims.drafting.text import NUMBER, P_VALUE, Sentence

UNREACHED = (
    r"(?:not (?:been )?(?:yet )?(?:been )?reached|not estimable|not evaluable|unreached|NR|NE|NA)\b"
)
REACH = rf"(?:{NUMBER}|{UNREACHED})"
TIME = r"(?:months?|mos?|years?|yrs?|weeks?|wks?|days?)\b\.?"
UNIT = rf"(?:%|{TIME}|cycles?\b|lines?\b|[a-zA-Zµμ]+/[a-zA-Z]+\b)"
_PEOPLE = (
    r"(?:(?:out|in)?patients|pts|cases|participants|subjects|individuals|adults|children|"
    r"recipients)\b"
)
#: Patients, with up to four words before.
PATIENTS = rf"(?:(?!\d)[\w/-]+\s+){{0,4}}?{_PEOPLE}"
ANYBODY = re.compile(rf"\b{_PEOPLE}")
INTEGER = r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d.])|(?<![\d.,])\d+(?![\d.]*\d)"
_OPEN = r"[\s,;:(\[]*"
_TO = r"\s*(?:-|to|,|;|and|–)\s*"
_CI = re.compile(
    rf"{_OPEN}(?:(?P<level>\d\d(?:\.\d)?)\s*%?\s*-?\s*)?"
    rf"(?:CIs?|confidence intervals?)(?:\s*\d\d\s*%|\b)"
    rf"(?:\s*[\[(]CI[\])])?[\s:,;=\[(]*(?P<low>{REACH})\s*(?:{UNIT})?{_TO}"
    rf"(?P<high>{REACH})\s*(?:{UNIT})?[\])]*",
    re.IGNORECASE,
)
_P = re.compile(rf"{_OPEN}{P_VALUE}")
_RANGE = re.compile(
    rf"(?:{_OPEN}(?P<word>range|min(?:imum)?\s*-\s*max(?:imum)?)d?[\s:,=(]*(?:from\s+)?|\s*[\[(]\s*)"
    rf"(?P<low>{NUMBER})\s*(?:{UNIT})?{_TO}(?P<high>{NUMBER})\s*(?:{UNIT})?[\])]*",
    re.IGNORECASE,
)
_QUARTILES = re.compile(
    rf"{_OPEN}(?:IQR|inter-?quartile range|Q1\s*-\s*Q3|quartiles)(?:\s*[\[(]IQR[\])])?[\s:,=(]*"
    rf"(?P<low>{NUMBER})\s*(?:{UNIT})?{_TO}(?P<high>{NUMBER})\s*(?:{UNIT})?[\])]*",
    re.IGNORECASE,
)
_SD = re.compile(rf"{_OPEN}(?:±|\+/-|SD[\s:,=]*)\s*(?P<sd>{NUMBER})[\])]*")
_BARE_CI = re.compile(
    rf"\s*[\[(,]\s*(?P<low>{NUMBER})\s*%?\s*(?:-|to)\s*(?P<high>{NUMBER})\s*%?"
    r"(?=\s*[\]);,])[\])]?"
)


@dataclass
class Figure:
    """A printed figure and what stands right behind it.

    Attributes:
        start: Where it begins in its sentence.
        end: Where it ends, with everything that belongs to it.
        keys: Keys of a claim: value, unit, low, high, level, p, minimum …
        uncertain: What could be read otherwise.
    """

    start: int
    end: int
    keys: dict[str, str]
    uncertain: list[str] = field(default_factory=list)


def number(words: str) -> str:
    """Return a matched number or "not reached" as a key of a claim holds it."""
    words = words.strip()
    if re.fullmatch(UNREACHED, words, re.IGNORECASE):
        return "not reached"
    words = words.replace(",", "")
    return f"0{words}" if words.startswith(".") else words


def p_value(match: re.Match[str]) -> str:
    """Return a matched p-value with its sign."""
    sign = {"<=": "<", ">=": ">", "≤": "<", "≥": ">"}.get(match["sign"], match["sign"])
    return (sign if sign in "<>" else "=") + number(match["p"])


def attach(sentence: Sentence, figure: Figure, wanted: str = "ci p") -> Figure:
    """Read the interval, p-value, range, quartiles and deviation right behind a figure.

    Args:
        sentence: The sentence.
        figure: The figure, whose ``end`` moves behind what was read.
        wanted: Names of what may follow: ci, bare (an interval without its name), p, range,
            quartiles, sd.
    """
    names = wanted.split()
    while names:
        for name in names:
            match = _TAILS[name].match(sentence.figures, figure.end)
            if match is None or not sentence.free(*match.span()):
                continue
            _note(name, match, figure)
            figure.end = match.end()
            names.remove(name)
            break
        else:
            break
    return figure


_TAILS = {
    "ci": _CI, "bare": _BARE_CI, "p": _P, "range": _RANGE, "quartiles": _QUARTILES, "sd": _SD,
}  # fmt: skip


def _note(name: str, match: re.Match[str], figure: Figure) -> None:
    if name == "p":
        figure.keys["p"] = p_value(match)
    elif name == "sd":
        figure.keys["sd"] = number(match["sd"])
    else:
        ends = {"range": ("minimum", "maximum"), "quartiles": ("q1", "q3")}
        low, high = ends.get(name, ("low", "high"))
        figure.keys[low], figure.keys[high] = number(match["low"]), number(match["high"])
        if name == "ci" and match["level"]:
            figure.keys["level"] = match["level"]
        if name == "bare":
            figure.uncertain.append("level of the interval: not printed, 95 % is taken")
        if name == "range" and match["word"] is None:
            figure.uncertain.append("range or quartiles: the abstract does not say")
