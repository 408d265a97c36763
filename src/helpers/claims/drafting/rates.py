"""Rule for survival rates: a percentage and the time that it is for."""

from __future__ import annotations

import re

from helpers.claims.drafting import lexicon
from helpers.claims.drafting.grammar import Figure, attach, number
from helpers.claims.drafting.pairs import enter_pair, lone_p
from helpers.claims.drafting.reading import Reading, subgroup
from helpers.claims.drafting.text import NUMBER, Sentence
from helpers.claims.shorthand import slug

_RATE_WORDS = r"[^.;%\d]"
_RATE = re.compile(
    rf"(?<![\w.])(?P<t>{NUMBER}|{lexicon.SPELLED})\s*-?\s*(?P<u>months?|mos?|years?|yrs?|weeks?|days?)\b\.?"
    rf"(?P<words>{_RATE_WORDS}{{0,70}}?)(?P<v>{NUMBER})\s*%",
    re.IGNORECASE,
)
_RATE_AT = re.compile(
    rf"(?P<words>{lexicon.ENDPOINT.pattern.replace('(?P<', '(?P<_')}){_RATE_WORDS}{{0,40}}?\bat\s+"
    rf"(?P<t>{NUMBER}|{lexicon.SPELLED})\s*-?\s*(?P<u>months?|mos?|years?|yrs?|weeks?|days?)\b\.?"
    rf"{_RATE_WORDS}{{0,40}}?(?P<v>{NUMBER})\s*%",
    re.IGNORECASE,
)
_NEXT_RATE = re.compile(
    rf"(?P<between>[^;.%\d]{{0,60}}?(?:\b(?:vs?\.?|versus|compared (?:with|to)|and|than)\s)"
    rf"[^;.%\d(]{{0,60}}?)(?P<v>{NUMBER})\s*%",
    re.IGNORECASE,
)
_AND = r"\s*(?:,\s*and|,|and|/)\s*"
_TIMES = re.compile(
    rf"(?P<times>{NUMBER}(?:\s*-?\s*(?:months?|years?|yrs?|mos?)?\s*-?{_AND}{NUMBER})+)"
    rf"\s*-?\s*(?P<u>months?|years?|yrs?|mos?)\b(?P<words>{_RATE_WORDS}{{0,60}}?)(?={NUMBER}\s*%)",
    re.IGNORECASE,
)
_VALUE = re.compile(rf"(?P<v>{NUMBER})\s*%")
_JOINED = re.compile(_AND)
_UNIT = r"(?P<u>months?|mos?|years?|yrs?|weeks?|days?)"
_AT = re.compile(
    rf"[\s\])]*(?:at|by|after)\s+(?P<t>{NUMBER}|{lexicon.SPELLED})(?:\s*-?\s*{_UNIT}\b\.?)?", re.I
)
_NEXT_PHRASE = re.compile(r"[;:]|\.\s")
_LIKEWISE = re.compile(
    rf"\bcorresponding\s+(?P<words>{_RATE_WORDS}{{2,60}}?)(?:was|were|of)\s+(?={NUMBER}\s*%)", re.I
)
FARTHEST = 90


def rates(sentence: Sentence, reading: Reading) -> None:
    """Survival at a time: "12-month PFS 54%", "OS at 2 years was 80% and 60%"."""
    _times_behind(sentence, reading)
    for match in _TIMES.finditer(sentence.figures):
        _several_times(sentence, reading, match)
    for pattern in (_RATE, _RATE_AT):
        for match in pattern.finditer(sentence.figures):
            outcome = lexicon.endpoint(sentence.text[slice(*match.span("words"))])
            if outcome is None or not sentence.free(match.start("t"), match.end()):
                continue
            _rates_of(sentence, reading, match, outcome)
    _likewise(sentence, reading)


def _times_behind(sentence: Sentence, reading: Reading) -> None:
    """Read "OS was 78% at 12 and 63% at 24 months", where each time stands behind its figure."""
    end = 0
    for value in _VALUE.finditer(sentence.figures):
        if value.start() < end or not sentence.free(*value.span()):
            continue
        before = sentence.text[max(end, value.start() - FARTHEST) : value.start()]
        outcome = lexicon.endpoint(_NEXT_PHRASE.split(before)[-1])
        found = _chain(sentence, value) if outcome is not None else []
        units = [at["u"] for _, at in found if at["u"]]
        if outcome is None or not units:
            continue
        for figure, at in found:
            sentence.take(*at.span("t"))
            _rate(sentence, reading, figure, outcome, _months(at["t"], at["u"] or units[0]),
                  subgroup(sentence))  # fmt: skip
            end = max(end, at.end())


def _chain(sentence: Sentence, value: re.Match[str] | None) -> list[tuple[Figure, re.Match[str]]]:
    """Return figures that are joined by "and" or commas, each with the time behind it."""
    found = []
    while value is not None:
        figure = Figure(value.start(), value.end(), {"value": number(value["v"])})
        at = _AT.match(sentence.figures, attach(sentence, figure, "ci bare").end)
        if at is None or not sentence.free(*at.span()):
            break
        found.append((figure, at))
        joined = _JOINED.match(sentence.figures, at.end())
        value = _VALUE.match(sentence.figures, joined.end()) if joined else None
    return found


def _likewise(sentence: Sentence, reading: Reading) -> None:
    """Read "the corresponding OS rates were 93% and 82%": at the times of the figures before."""
    match = _LIKEWISE.search(sentence.figures)
    outcome = lexicon.endpoint(match["words"]) if match else None
    before = [
        claim
        for claim in reading.claims
        if claim["text"] == sentence.quoted and claim["kind"] == "survival_rate"
    ]
    figures = _joined_values(sentence, match.end()) if match else []
    same = {claim["outcome"] for claim in before}
    if outcome is None or len(same) != 1 or not len(figures) == len(before) > 0:
        return
    for figure, claim in zip(figures, before, strict=True):
        figure.uncertain.append("time: of the figures before")
        _rate(sentence, reading, figure, outcome, claim["time"], "")


def _joined_values(sentence: Sentence, start: int) -> list[Figure]:
    """Return the percentages from a place on that are joined by commas or "and"."""
    found: list[Figure] = []
    value = _VALUE.match(sentence.figures, start)
    while value is not None:
        figure = Figure(value.start(), value.end(), {"value": number(value["v"])})
        found.append(attach(sentence, figure, "ci bare"))
        joined = _JOINED.match(sentence.figures, figure.end)
        value = _VALUE.match(sentence.figures, joined.end()) if joined else None
    return found


def _several_times(sentence: Sentence, reading: Reading, match: re.Match[str]) -> None:
    """Read "at 2, 5 and 10 years 18%, 37% and 55%": as many times as figures."""
    near = sentence.text[max(0, match.start() - 60) : match.start()]
    outcome = lexicon.endpoint(match["words"]) or lexicon.endpoint(near)
    times = list(re.finditer(NUMBER, match["times"]))
    found = _joined_values(sentence, match.end())[: len(times)]
    free = bool(found) and sentence.free(match.start(), found[-1].end)
    if outcome is None or len(found) != len(times) or not free:
        return
    for time, figure in zip(times, found, strict=True):
        sentence.take(match.start() + time.start(), match.start() + time.end())
        _rate(sentence, reading, figure, outcome, _months(time[0], match["u"]), "")


def _rates_of(sentence: Sentence, reading: Reading, match: re.Match[str], outcome: str) -> None:
    time = _months(match["t"], match["u"])
    sentence.take(*match.span("t"))
    first = Figure(match.start("v"), match.end(), {"value": number(match["v"])})
    attach(sentence, first, "ci bare")
    second = _NEXT_RATE.match(sentence.figures, first.end)
    new = lexicon.endpoint(second["between"]) if second else None
    if second is None or new not in (None, outcome) or not sentence.free(*second.span("v")):
        attach(sentence, first, "p")
        p = first.keys.pop("p", None)
        _rate(sentence, reading, first, outcome, time, subgroup(sentence))
        lone_p(sentence, reading, p, outcome, first)
        if second is not None and new is not None and sentence.free(*second.span("v")):
            figure = Figure(second.start("v"), second.end(), {"value": number(second["v"])})
            figure.uncertain.append("time: of the figure before")
            attach(sentence, figure, "ci bare")
            _rate(sentence, reading, figure, new, time, subgroup(sentence))
        return
    other = Figure(second.start("v"), second.end(), {"value": number(second["v"])})
    attach(sentence, other, "ci bare p")
    both = [found.lastgroup for found in lexicon.ENDPOINT.finditer(match["words"])]
    if len(both) == 2 and second["between"].strip() == "and":
        for figure, name in zip((first, other), both, strict=True):
            _rate(sentence, reading, figure, name or outcome, time, subgroup(sentence))
        return
    enter_pair(
        sentence, reading, "survival_rate", (first, other), outcome=outcome, time=time, unit="%"
    )


def _rate(
    sentence: Sentence, reading: Reading, figure: Figure, outcome: str, time: str, part: str
) -> None:
    reading.enter(
        sentence, "survival_rate", figure, name=f"{outcome} {time} months", outcome=outcome,
        time=time, unit="%", group={slug(part): "yes"} if part else {},
        uncertain=("group: patients of the sentence",) if part else (),
    )  # fmt: skip


def _months(number_words: str, unit: str) -> str:
    text = number_words.lower()
    value = text if text[0].isdigit() else str(lexicon.value_of_words(text))
    return value if unit.lower().startswith("mo") else f"{value} {unit}"
