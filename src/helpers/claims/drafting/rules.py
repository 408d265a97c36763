"""Rules that read claims out of a sentence: ratios, survival, measured numbers, follow-up."""

from __future__ import annotations

import re
from collections.abc import Callable

from helpers.claims.drafting import lexicon
from helpers.claims.drafting.context import group_words, groups_before
from helpers.claims.drafting.grammar import REACH, TIME, Figure, attach, number, p_value
from helpers.claims.drafting.pairs import enter_pair
from helpers.claims.drafting.reading import Reading, subgroup
from helpers.claims.drafting.text import NUMBER, P_VALUE, Sentence
from helpers.claims.shorthand import slug

Rule = Callable[[Sentence, Reading], None]
_RATIOS = {"h": "hazard_ratio", "o": "odds_ratio", "r": "relative_risk"}
_RATIO = re.compile(
    rf"\b(?P<word>[asu]?HRs?|[a]?ORs?|[a]?RRs?|hazards? ratios?|odds ratios?|(?:relative risk|risk "
    rf"ratio)s?)\b(?:\s*[\[(][a-z]?(?:HR|OR|RR)[\])])?(?:\s+for\s+[^\d.;,]{{1,40}}?)?"
    rf"(?:\s*(?:=|:|,|of|was|were|is)\s*|\s+|\s*[\[(]\s*)(?P<v>{NUMBER})(?!\s*%)",
    re.IGNORECASE,
)
_BETWEEN = r"(?:(?!\b(?:mean|median|medians)\b)[^%;.\d]|\.(?=\S))"
_MEDIAN = re.compile(
    rf"(?:\bmedians?\b(?P<words>{_BETWEEN}{{0,160}}?)|\b(?P<short>m(?:PFS|OS|DOR)\b){_BETWEEN}{{0,80}}?)"
    rf"(?<![\w.,])(?P<v>{REACH})(?!\s*%)(?:\s*-?\s*(?P<unit>{TIME}))?",
    re.IGNORECASE,
)
_SECOND = re.compile(
    rf"(?P<between>[^;.%\d]{{0,70}}?(?:\b(?:vs?\.?|versus|compared (?:with|to)|against|and|or|than)"
    rf"(?:\s|(?<=\.)\s))[^;.%\d(]{{0,60}}?)(?<![\w.,])(?P<v>{REACH})(?!\s*%)"
    rf"(?:\s*-?\s*(?P<unit>{TIME}))?",
    re.IGNORECASE,
)
_TWO_TIMES = re.compile(
    rf"(?<![\w.,])(?P<v>{REACH})\s*(?:{TIME}\s*)?(?:vs?\.?|versus|compared (?:with|to))\s*"
    rf"(?P<w>{REACH})\s*-?\s*(?P<unit>{TIME})",
    re.IGNORECASE,
)
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
_MEAN = re.compile(
    rf"\bmean\b(?P<words>{_BETWEEN}{{0,60}}?)(?<![\w.,])(?P<v>{NUMBER})(?!\s*%)", re.IGNORECASE
)
_FOLLOW_UP = re.compile(r"follow[- ]?up|\bf/?u\b|observation time|observed for", re.IGNORECASE)
_FOLLOWED = re.compile(r"\bfollow(?:ed)?\b[^.;]{0,50}\bfor\s+(?:an?\s+)?$", re.IGNORECASE)
_VARIABLE = re.compile(
    r"^\s*(?:\([^)]*\)\s*)?(?P<name>[A-Za-z][\w\s/-]{1,50}?)\s*(?:\(|,|:|=|$|\b(?:was|were|of|is|at|"
    r"in|for|among|received|with)\b)", re.IGNORECASE,
)  # fmt: skip


def ratios(sentence: Sentence, reading: Reading) -> None:
    """Hazard, odds and risk ratios with interval and p-value."""
    for match in _RATIO.finditer(sentence.figures):
        if not sentence.free(*match.span("v")):
            continue
        figure = Figure(match.start("v"), match.end("v"), {"value": number(match["v"])})
        attach(sentence, figure, "ci bare p")
        word = match["word"].lower()
        kind = _RATIOS[
            "r" if "risk" in word else word.lstrip("asu")[0] if len(word) < 4 else word[0]
        ]
        before = sentence.text[max(0, match.start() - 160) : match.start()]
        groups = groups_before(before)
        adjusted = word.startswith("a") or bool(
            re.search(r"multivaria|adjusted|independent", before)
        )
        reading.enter(
            sentence, kind, figure,
            name=f"{lexicon.endpoint(before) or ''} {match['word']}",
            outcome=lexicon.endpoint(sentence.text[: match.start()]),
            groups=groups.as_keys() if groups else [],
            adjusted=adjusted or word.startswith("a"),
            uncertain=("groups: which against which",),
        )  # fmt: skip


def _ratio_kind(word: str) -> str:
    if "risk" in word:
        return _RATIOS["r"]
    return _RATIOS[word[0] if len(word) > 4 else word.lstrip("asu")[0]]


def rates(sentence: Sentence, reading: Reading) -> None:
    """Survival at a time: "12-month PFS 54%", "OS at 2 years was 80% and 60%"."""
    for match in _TIMES.finditer(sentence.figures):
        _several_times(sentence, reading, match)
    for pattern in (_RATE, _RATE_AT):
        for match in pattern.finditer(sentence.figures):
            outcome = lexicon.endpoint(sentence.text[slice(*match.span("words"))])
            if outcome is None or not sentence.free(match.start("t"), match.end()):
                continue
            _rates_of(sentence, reading, match, outcome)


def _several_times(sentence: Sentence, reading: Reading, match: re.Match[str]) -> None:
    """Read "at 2, 5 and 10 years 18%, 37% and 55%": as many times as figures."""
    near = sentence.text[max(0, match.start() - 60) : match.start()]
    outcome = lexicon.endpoint(match["words"]) or lexicon.endpoint(near)
    times = list(re.finditer(NUMBER, match["times"]))
    found: list[Figure] = []
    value = _VALUE.match(sentence.figures, match.end())
    while value is not None and len(found) < len(times):
        figure = Figure(value.start(), value.end(), {"value": number(value["v"])})
        found.append(attach(sentence, figure, "ci bare"))
        joined = _JOINED.match(sentence.figures, figure.end)
        value = _VALUE.match(sentence.figures, joined.end()) if joined else None
    free = sentence.free(match.start(), found[-1].end)
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
    if second is None or not sentence.free(*second.span("v")):
        attach(sentence, first, "p")
        p = first.keys.pop("p", None)
        _rate(sentence, reading, first, outcome, time, subgroup(sentence))
        _lone_p(sentence, reading, p, outcome, first)
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


def medians(sentence: Sentence, reading: Reading) -> None:
    """Medians of follow-up, of endpoints and of measured variables."""
    for match in _MEDIAN.finditer(sentence.figures):
        if not sentence.free(*match.span("v")):
            continue
        span = match.span("words") if match["words"] is not None else match.span("short")
        words = sentence.text[slice(*span)]
        figure = Figure(match.start("v"), match.end(), {"value": number(match["v"])})
        if match["unit"]:
            figure.keys["unit"] = match["unit"].rstrip(".")
        behind = sentence.text[match.end() : match.end() + 40]
        near = sentence.text[max(0, match.start() - 60) : match.start()]
        outcome = lexicon.endpoint(words if words.strip() else near)
        if _FOLLOW_UP.search(words) or _FOLLOWED.search(near) or _FOLLOW_UP.match(behind.strip()):
            attach(sentence, figure, "range quartiles ci")
            if figure.keys["value"] != "not reached":
                reading.enter(sentence, "follow_up", figure, name="follow_up")
        elif outcome is not None:
            _survival(sentence, reading, figure, outcome)
        elif figure.keys["value"] != "not reached":
            _measured(sentence, reading, "median", figure, words)
    _without_the_word(sentence, reading)
    _unreached(sentence, reading)


def _without_the_word(sentence: Sentence, reading: Reading) -> None:
    """Read "longer PFS (39.0 vs 28.5 months)", where nothing says that these are medians."""
    for match in _TWO_TIMES.finditer(sentence.figures):
        outcome = lexicon.endpoint(sentence.text[max(0, match.start() - 120) : match.start()])
        if outcome is None or not sentence.free(*match.span()):
            continue
        unit = match["unit"].rstrip(".")
        first = Figure(*match.span("v"), {"value": number(match["v"]), "unit": unit})
        other = Figure(match.start("w"), match.end(), {"value": number(match["w"]), "unit": unit})
        attach(sentence, other, "p")
        marks = ("kind: medians, though nothing says so",)
        enter_pair(sentence, reading, "survival_median", (first, other), outcome=outcome,
                   uncertain=marks)  # fmt: skip


def _survival(sentence: Sentence, reading: Reading, first: Figure, outcome: str) -> None:
    attach(sentence, first, "ci bare range")
    for low, high in (("minimum", "low"), ("maximum", "high")):
        if low in first.keys:
            first.keys[high] = first.keys.pop(low)
            first.uncertain.append("interval: printed as a range")
    second = _SECOND.match(sentence.figures, first.end)
    if second is not None and sentence.free(*second.span("v")) and not _other_thing(second):
        other = Figure(second.start("v"), second.end(), {"value": number(second["v"])})
        if second["unit"]:
            other.keys["unit"] = second["unit"].rstrip(".")
        attach(sentence, other, "ci bare p")
        unit = first.keys.get("unit") or other.keys.get("unit")
        for figure in (first, other):
            if unit:
                figure.keys.setdefault("unit", unit)
        enter_pair(sentence, reading, "survival_median", (first, other), outcome=outcome)
        return
    attach(sentence, first, "p")
    p = first.keys.pop("p", None)
    part = subgroup(sentence)
    reading.enter(
        sentence, "survival_median", first, name=f"{outcome} median", outcome=outcome,
        group={slug(part): "yes"} if part else {},
        uncertain=("group: patients of the sentence",) if part else (),
    )  # fmt: skip
    _lone_p(sentence, reading, p, outcome, first)


def _other_thing(second: re.Match[str]) -> bool:
    """Whether the words between two figures begin another statement."""
    between = second["between"]
    joined_by_and = re.search(r"\band\b", between) is not None
    new = re.search(r"\b(?:median|mean|CI|confidence|HR|hazard)\b", between) is not None
    return new or (joined_by_and and lexicon.endpoint(between) is not None)


def _lone_p(
    sentence: Sentence, reading: Reading, p: str | None, outcome: str | None, figure: Figure
) -> None:
    if p is not None:
        reading.enter(
            sentence, "p_value", Figure(figure.start, figure.end, {"p": p}), name="p",
            outcome=outcome, uncertain=("groups: which were compared",),
        )  # fmt: skip


def _unreached(sentence: Sentence, reading: Reading) -> None:
    """Read "as well as median OS" and the like: a second endpoint that was not reached either."""
    if not re.search(r"not (?:been |yet )*reached", sentence.text):
        return
    known = {c.get("outcome") for c in reading.claims if c["kind"] == "survival_median"}
    for match in re.finditer(r"(?:as well as|and|nor)\s+(?:the\s+)?median\b", sentence.text):
        found = lexicon.ENDPOINT.search(sentence.text, match.end(), match.end() + 40)
        if found is not None and found.lastgroup not in known:
            reading.enter(
                sentence, "survival_median",
                Figure(match.start(), match.start(), {"value": "not reached"}),
                name=f"{found.lastgroup} median", outcome=found.lastgroup,
                uncertain=("value: said of another endpoint in the same sentence",),
            )  # fmt: skip


def means(sentence: Sentence, reading: Reading) -> None:
    """Means with their standard deviation."""
    for match in _MEAN.finditer(sentence.figures):
        if sentence.free(*match.span("v")):
            figure = Figure(match.start("v"), match.end(), {"value": number(match["v"])})
            words = sentence.text[slice(*match.span("words"))]
            _measured(sentence, reading, "mean", figure, words)


_MEASURE_UNIT = re.compile(
    rf"\s*-?\s*(?P<unit>{TIME}|cycles?\b|(?:prior\s+)?lines?\b|[a-zµμ]+/[a-zA-Z]+\b)", re.I
)
_NOUN = re.compile(r"[\s)]*(?:years?\s)?([A-Za-z][A-Za-z -]{2,40})")


def _measured(sentence: Sentence, reading: Reading, kind: str, figure: Figure, words: str) -> None:
    """Enter a median or mean of a measured variable, named before or behind the figure."""
    unit = _MEASURE_UNIT.match(sentence.figures, figure.end)
    if unit is not None and "unit" not in figure.keys:
        figure.keys["unit"], figure.end = unit["unit"], unit.end()
    attach(sentence, figure, "sd range quartiles ci")
    named = _VARIABLE.match(words)
    name = named["name"] if named and group_words(named["name"]) else ""
    if not name:
        behind = _NOUN.match(sentence.text, figure.end)
        name = behind[1] if behind else figure.keys.get("unit", "")
    name = re.split(r"\b(?:of|was|were|for|in|and|per|at|from)\b", name)[0] or name
    second = _SECOND.match(sentence.figures, figure.end)
    joined = second is not None and re.search(r"\b(?:v|compared)", second["between"]) is not None
    if second is not None and joined and sentence.free(*second.span("v")):
        other = Figure(second.start("v"), second.end(), {"value": number(second["v"])})
        attach(sentence, other, "sd range quartiles p")
        enter_pair(sentence, reading, kind, (figure, other), outcome=slug(name))
        return
    reading.enter(
        sentence, kind, figure, name=f"{name} {kind}", outcome=slug(name) if name else None,
        group={slug(subgroup(sentence)): "yes"} if subgroup(sentence) else {},
        uncertain=() if named else ("outcome: what was measured",),
    )  # fmt: skip


def _months(number_words: str, unit: str) -> str:
    text = number_words.lower()
    value = text if text[0].isdigit() else str(lexicon.value_of_words(text))
    return value if unit.lower().startswith("mo") else f"{value} {unit}"


def lone_p_values(sentence: Sentence, reading: Reading) -> None:
    """P-values that stand beside no figure that was read."""
    for match in re.finditer(P_VALUE, sentence.figures):
        if sentence.free(*match.span()):
            figure = Figure(*match.span(), {"p": p_value(match)})
            groups = groups_before(sentence.text[: match.start()])
            reading.enter(
                sentence, "p_value", figure, name="p",
                outcome=lexicon.endpoint(sentence.text[: match.start()]),
                groups=groups.as_keys() if groups else [],
                uncertain=("groups: which were compared, and in what",),
            )  # fmt: skip
