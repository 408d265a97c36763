"""Rules for sizes: of the cohort, of named populations, of groups, of men and women."""

from __future__ import annotations

import re

from helpers.claims.drafting import lexicon
from helpers.claims.drafting.context import event_before, event_behind, group_words
from helpers.claims.drafting.grammar import ANYBODY, INTEGER, PATIENTS, Figure, attach, number
from helpers.claims.drafting.reading import WHOLE, Reading, population_of
from helpers.claims.drafting.text import Sentence
from helpers.claims.shorthand import slug

_MAN = r"(?:males?|men|females?|women|M|F)"
_SEX = re.compile(
    rf"\b(?P<one>{_MAN})\s*(?:/|:|to|-)\s*(?P<other>{_MAN})"
    rf"(?:\s+ratio)?\s*[,:=(]?\s*(?:was\s+|of\s+)?(?P<a>{INTEGER})\s*(?:/|:|to|-)\s*(?P<b>{INTEGER})",
)
_SIZE = re.compile(
    rf"(?P<n>{INTEGER}|\b{lexicon.SPELLED})\s+(?P<what>{PATIENTS})|\b(?P<word>[nN])\s*=\s*(?P<m>{INTEGER})",
    re.IGNORECASE,
)
_MEN = re.compile(
    rf"(?P<n>{INTEGER}|\b{lexicon.SPELLED})\s+(?:patients\s+)?(?:were\s+)?(?P<sex>{_MAN})\b",
    re.IGNORECASE,
)
_NAMES = r"(?:evaluable|assessable|safety|screened)"
_NAMED = re.compile(
    rf"(?P<n>{INTEGER})\s+(?:(?:(?:response|efficacy|safety)-?\s*)?(?P<name>{_NAMES})\b"
    rf"|(?:{PATIENTS}\s+)?(?:were|was)\s+(?:\w+\s+)?(?P<late>{_NAMES})\b)",
    re.IGNORECASE,
)
_NAMED_BEFORE = re.compile(
    rf"\b(?P<name>{_NAMES})\s+(?:population|patients|pts|set|cohort)\s*[\[(]\s*n\s*=\s*(?P<n>{INTEGER})",
    re.IGNORECASE,
)


def sexes(sentence: Sentence, reading: Reading) -> None:
    """Numbers of men and women: "male/female: 21/17", "21 men"."""
    for match in _SEX.finditer(sentence.figures):
        if sentence.free(*match.span()) and int(match["b"]) > 1:
            for word, value in (("one", "a"), ("other", "b")):
                figure = Figure(*match.span(value), {"value": match[value]})
                sex = _sex(match[word])
                reading.enter(sentence, "count", figure, name=sex, event={"sex": sex})
    for match in _MEN.finditer(sentence.figures):
        if sentence.free(*match.span("n")) and match["n"][0].isdigit():
            behind = Figure(match.start("n"), match.end(), {"value": number(match["n"])})
            start = behind.end
            attach(sentence, behind, "p")
            if re.match(r"\s*\(\s*\d", sentence.figures[start : start + 4]):
                continue
            sex = _sex(match["sex"])
            reading.enter(sentence, "count", behind, name=sex, event={"sex": sex})


def _sex(word: str) -> str:
    return "female" if word.lower()[0] in "fw" else "male"


def named_populations(sentence: Sentence, reading: Reading) -> None:
    """Find the sizes of named populations, before anything is read of them."""
    before = [(m["name"], m["n"]) for m in _NAMED_BEFORE.finditer(sentence.figures)]
    behind = [(m["name"] or m["late"], m["n"]) for m in _NAMED.finditer(sentence.figures)]
    for words, printed in (*behind, *before):
        name = words.lower()
        if name not in reading.populations:
            size = {"label": f"{name.capitalize()} patients", "n": int(number(printed))}
            reading.populations[name] = size | {"of": WHOLE}


def sizes(sentence: Sentence, reading: Reading) -> None:
    """Sizes of the cohort, of named populations and of groups: "38 patients", "(n=20)"."""
    for match in _SIZE.finditer(sentence.figures):
        group = "n" if match["n"] else "m"
        if not sentence.free(*match.span(group)):
            continue
        spelled = not match[group][0].isdigit()
        if re.match(r"\s*\(\s*[\d.]+\s*%", sentence.figures[match.end() :]):
            continue
        value = str(lexicon.value_of_words(match[group])) if spelled else number(match[group])
        if spelled and int(value) < 10:
            continue
        figure = Figure(*match.span(group), {"value": value, "unit": "patients"})
        head = sentence.text[: match.start()]
        if match["n"] and WHOLE not in reading.populations:
            reading.populations[WHOLE] = {"label": "All patients", "n": int(value)}
            reading.enter(sentence, "count", figure, name="cohort_size", population=WHOLE,
                          uncertain=("population: taken for the whole cohort",))  # fmt: skip
        elif match["n"]:
            _part(sentence, reading, figure, match["what"], match.end())
        else:
            _group_size(sentence, reading, figure, head)


def _part(sentence: Sentence, reading: Reading, figure: Figure, what: str, end: int) -> None:
    """Enter the size of a named population, or a count of patients with something."""
    words = f"{what} {sentence.text[end : end + 40]}".lower()
    known = [name for name in reading.populations if name != WHOLE]
    named = next((p for p in known if re.search(rf"\b{p}\b", words)), None)
    value = int(figure.keys["value"])
    whole = reading.populations[WHOLE]["n"]
    if named and reading.populations[named]["n"] == value:
        reading.enter(sentence, "count", figure, name=f"{named}_size")
        return
    if value == whole:
        sentence.take(figure.start, figure.end)
        return
    event = event_behind(sentence.text[end:])
    lead = ANYBODY.sub("", what)
    event = event or group_words(lead)
    if event:
        grade = lexicon.response(event)
        reading.enter(
            sentence, "count", figure, name=event, event=grade or event,
            uncertain=("event", "population: of whom"),
        )  # fmt: skip


def _group_size(sentence: Sentence, reading: Reading, figure: Figure, head: str) -> None:
    """Enter the number in "ASCT (n=45)" as a count of that group."""
    name = event_before(head.rstrip().rstrip("([").rstrip(", "))
    words = group_words(name)
    if not words or WHOLE not in reading.populations:
        if WHOLE not in reading.populations:
            reading.populations[WHOLE] = {"label": "All patients", "n": int(figure.keys["value"])}
            reading.enter(sentence, "count", figure, name="cohort_size", population=WHOLE,
                          uncertain=("population: taken for the whole cohort",))  # fmt: skip
        return
    named = population_of(sentence, reading.populations)
    if int(figure.keys["value"]) in {reading.populations[key]["n"] for key in (WHOLE, named)}:
        sentence.take(figure.start, figure.end)
        return
    grade = lexicon.response(words)
    known = _known_level(reading, slug(words))
    event: str | dict[str, str] = known or grade or words
    reading.enter(sentence, "count", figure, name=words, event=event,
                  uncertain=("event: size of a group",))  # fmt: skip


def _known_level(reading: Reading, level: str) -> dict[str, str] | None:
    """Return the attribute and level of a group that other claims were printed of."""
    for claim in reading.claims:
        for attribute, known in claim.get("group", {}).items():
            if known == level:
                return {attribute: level}
    return None
