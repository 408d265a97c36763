"""Rules that read claims out of a sentence: ratios, survival, measured numbers, follow-up."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from helpers.claims.drafting import lexicon
from helpers.claims.drafting.context import group_words, groups_before
from helpers.claims.drafting.grammar import REACH, TIME, Figure, attach, number, p_value
from helpers.claims.drafting.pairs import enter_pair, lone_p
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
_OF_OTHERS = re.compile(
    rf"[\s\])]*(?:in|for|with|among)\s[^;.%\d()]{{2,50}}?[,;]\s*(?:and\s+)?(?P<v>{REACH})\s*-?\s*"
    rf"(?P<unit>{TIME})",
    re.IGNORECASE,
)
_HOW = r"[\[(](?P<how>range|IQR|SD|min\s*-\s*max|Q1\s*-\s*Q3|(?:95\s*%\s*)?CI)[\])]"
_SHOWN = (
    rf"(?P<v>{REACH})\s*[\[(](?P<low>{REACH})\s*(?:-|to|,|;)?\s*(?P<high>{REACH})?[\])]"
    rf"\s*(?P<unit>{TIME})?"
)
_HEADED = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        rf"(?P<name>[A-Za-z][A-Za-z -]{{1,40}}?)\s*,\s*(?P<kind>median|mean)\s*{_HOW}\s*[:,=]?\s*"
        rf"{_SHOWN}",
        rf"\b(?P<kind>median|mean)\s+(?P<name>[A-Za-z][A-Za-z -]{{1,40}}?)\s*{_HOW}\s*"
        rf"(?:was|were|of|:|,|=)?\s*{_SHOWN}",
    )
)
_HEADS = {"range": ("minimum", "maximum"), "min": ("minimum", "maximum"), "iqr": ("q1", "q3"),
          "q1": ("q1", "q3"), "sd": ("sd", "")}  # fmt: skip
_TWO_TIMES = re.compile(
    rf"(?<![\w.,])(?P<v>{REACH})\s*(?:{TIME}\s*)?(?:vs?\.?|versus|compared (?:with|to))\s*"
    rf"(?P<w>{REACH})\s*-?\s*(?P<unit>{TIME})",
    re.IGNORECASE,
)
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
            re.search(r"multivaria|(?<!un)adjusted|independent", before)
        )
        reading.enter(
            sentence, kind, figure,
            name=f"{lexicon.endpoint(before) or ''} {match['word']}",
            outcome=lexicon.endpoint(sentence.text[: match.start()]),
            groups=groups.as_keys() if groups else [],
            adjusted=adjusted or word.startswith("a"),
            uncertain=("groups: which against which",),
        )  # fmt: skip


def medians(sentence: Sentence, reading: Reading) -> None:
    """Medians of follow-up, of endpoints and of measured variables."""
    _headed(sentence, reading)
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
            names = [found.lastgroup for found in lexicon.ENDPOINT.finditer(words)]
            _survival(sentence, reading, figure, outcome, names)
        elif figure.keys["value"] != "not reached":
            _measured(sentence, reading, "median", figure, words)
    _without_the_word(sentence, reading)
    _unreached(sentence, reading)


def _headed(sentence: Sentence, reading: Reading) -> None:
    """Read "age, median (range): 63 (30-83) years", where the heading says what the bracket is."""
    found = [match for pattern in _HEADED for match in pattern.finditer(sentence.figures)]
    for match in found:
        low, high = _HEADS.get(re.split(r"[\s-]", match["how"].lower())[0], ("low", "high"))
        if not sentence.free(match.start("v"), match.end()) or bool(high) != bool(match["high"]):
            continue
        figure = Figure(match.start("v"), match.end(), {"value": number(match["v"])})
        figure.keys[low] = number(match["low"])
        if high:
            figure.keys[high] = number(match["high"])
        if low == "low" and "95" in match["how"]:
            figure.keys["level"] = "95"
        if match["unit"]:
            figure.keys["unit"] = match["unit"].rstrip(".")
        sentence.take(*match.span("how"))
        name, kind = match["name"].strip(), match["kind"].lower()
        outcome = lexicon.endpoint(name)
        if outcome is not None:
            kind = f"survival_{kind}"
        elif _FOLLOW_UP.search(name):
            kind = "follow_up"
        outcome = outcome or (slug(name) if kind != "follow_up" else None)
        reading.enter(sentence, kind, figure, name=f"{name} {match['kind']}", outcome=outcome)


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


def _survival(
    sentence: Sentence,
    reading: Reading,
    first: Figure,
    outcome: str,
    names: Sequence[str | None] = (),
) -> None:
    """Enter the median of an endpoint, and those of other groups or endpoints that follow.

    Args:
        sentence: Where it stands.
        reading: What was found so far.
        first: The median.
        outcome: The endpoint.
        names: All endpoints named before the figure ("median PFS and OS were …").
    """
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
        if len(names) == 2 and names[0] != names[1] and second["between"].strip() == "and":
            for figure, name in zip((first, other), names, strict=True):
                _one_median(sentence, reading, figure, name or outcome)
            return
        enter_pair(sentence, reading, "survival_median", (first, other), outcome=outcome)
        return
    attach(sentence, first, "p")
    _one_median(sentence, reading, first, outcome)
    third = _OF_OTHERS.match(sentence.figures, first.end)
    if third is not None and sentence.free(*third.span("v")):
        figure = Figure(third.start("v"), third.end(), {"value": number(third["v"])})
        figure.keys["unit"] = third["unit"].rstrip(".")
        figure.uncertain.append("group: listed behind another median")
        _survival(sentence, reading, figure, outcome)


def _one_median(sentence: Sentence, reading: Reading, first: Figure, outcome: str) -> None:
    p = first.keys.pop("p", None)
    part = subgroup(sentence)
    reading.enter(
        sentence, "survival_median", first, name=f"{outcome} median", outcome=outcome,
        group={slug(part): "yes"} if part else {},
        uncertain=("group: patients of the sentence",) if part else (),
    )  # fmt: skip
    lone_p(sentence, reading, p, outcome, first)


def _other_thing(second: re.Match[str]) -> bool:
    """Whether the words between two figures begin another statement."""
    between = second["between"]
    joined_by_and = re.search(r"\band\b", between) is not None
    new = re.search(r"\b(?:median|mean|CI|confidence|HR|hazard)\b", between) is not None
    return new or (joined_by_and and lexicon.endpoint(between) is not None)


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
