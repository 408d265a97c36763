"""Rules for percentages, fractions and counts of patients."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from helpers.claims.drafting import lexicon
from helpers.claims.drafting.context import (
    Groups,
    event_before,
    event_behind,
    group_words,
)
from helpers.claims.drafting.grammar import Figure, attach, number
from helpers.claims.drafting.pairs import enter_pair, pair_groups
from helpers.claims.drafting.reading import WHOLE, Reading, subgroup
from helpers.claims.drafting.text import NUMBER, Sentence
from helpers.claims.shorthand import slug

_PATIENTS = (
    r"(?:(?!\d)[\w/-]+\s+){0,4}?(?:patients|pts|cases|participants|subjects|individuals|adults)\b"
)
_INT = r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d.])|(?<![\d.,])\d+(?![\d.]*\d)"
_NO_MEASURE = (
    r"(?!(?:[\s-]+[\w-]+){0,2}?[\s-]+(?:cycles?|lines?|months?|years?|days?|weeks?|doses?)\b)"
)
_SHARE = re.compile(
    rf"(?<!/)(?P<k1>{_INT})\s*(?:/|(?:{_PATIENTS}\s+)?(?:out )?of(?: the)?)\s*(?P<n1>{_INT})\s*"
    rf"(?:{_PATIENTS}|[a-z]+\b)?[\s\[(,;:]*(?P<v1>{NUMBER})\s*%[\])]?"
    rf"|\b[nN]\s*=\s*(?P<k7>{_INT})\s*[,;]\s*(?P<v7>{NUMBER})\s*%"
    rf"|(?P<v2>{NUMBER})\s*%\s*[\[(,;]\s*(?:n\s*=\s*)?(?<!/)(?P<k2>{_INT})\s*(?:/|(?:out )?of)\s*"
    rf"(?P<n2>{_INT})(?:\s*{_PATIENTS})?(?=[\]),;])[\])]?"
    rf"|(?P<k3>{_INT}|\b(?i:{lexicon.SPELLED})\b){_NO_MEASURE}(?P<what>(?:\s+[^\d\s,;:()%]+){{0,5}})\s*[\[(]\s*"
    rf"(?P<v3>{NUMBER})\s*%(?=\s*[\]),;])[\])]?"
    rf"|(?P<v4>{NUMBER})\s*%\s*[\[(,]\s*(?:n\s*=\s*)?(?P<k4>{_INT})(?:\s*{_PATIENTS})?\s*[\])]"
    rf"|(?<!/)(?P<k6>{_INT})\s*(?:/\s*|(?:{_PATIENTS}\s+)?(?:out )?of(?: the)?\s+)(?P<n6>{_INT})"
    r"(?!\s*[/%:])"
    rf"|(?P<v5>{NUMBER})\s*%(?!\s*-?\s*(?:CI|confidence))"
)
_VERSUS = re.compile(r"\b(?:vs?\.?|versus|compared (?:with|to)|against|than)\s", re.IGNORECASE)
_AND = re.compile(r"^\s*(?:and|/)\s*$|^[^,;.:()]{0,40}\band\s+[^,;.:()]{0,12}$", re.IGNORECASE)
_BRACKET_BETWEEN = re.compile(r"^\s*\([^()%\d]+\)\s*(?:and|,|vs\.?|versus)\s*$")
_BRACKET_BEHIND = re.compile(r"^\s*\([^()%\d=<>]+\)")
_IN_ONE = re.compile(r"\b(?:in|with|for|among)\b[^,;.:()]{2,50}(?:,|\band)\s*$")
_IN_OTHER = re.compile(r"^\s*(?:of\s+)?(?:patients\s+)?(?:in|with|for|among)\b")
_NEXT = re.compile(r"[;:]|(?<!\bvs)(?<!\bv)\.\s")
_ANYBODY = re.compile(r"\b(?:patients|pts|cases|participants|subjects|individuals|adults)\b")
_GRADE_ALONE = re.compile(
    r"^(?:(?:≥|>=)\s*\d\s*grade|(?:CTCAE )?grades?\s*(?:≥|>=)?\s*\d(?:\s*(?:-|or|/)\s*\d)?)$", re.I
)
MOST_JOINING_WORDS = 3
#: What stands behind a stroke as a year, not as a denominator.
CALENDAR_YEARS = range(1950, 2100)
_MAN = r"(?:males?|men|females?|women|M|F)"
_SEX = re.compile(
    rf"\b(?P<one>{_MAN})\s*(?:/|:|to|-)\s*(?P<other>{_MAN})"
    rf"(?:\s+ratio)?\s*[,:=(]?\s*(?:was\s+|of\s+)?(?P<a>{_INT})\s*(?:/|:|to|-)\s*(?P<b>{_INT})",
)
_SIZE = re.compile(
    rf"(?P<n>{_INT}|\b{lexicon.SPELLED})\s+(?P<what>{_PATIENTS})|\b(?P<word>[nN])\s*=\s*(?P<m>{_INT})",
    re.IGNORECASE,
)
_MEN = re.compile(
    rf"(?P<n>{_INT}|\b{lexicon.SPELLED})\s+(?:patients\s+)?(?:were\s+)?(?P<sex>{_MAN})\b",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"[,;:]\s*(?:and\s*)?$")
_MEASURED = re.compile(
    r"\b(?P<kind>median|mean)\s+(?P<name>[A-Za-z][\w -]{2,40}?)\s+(?:was|were|of|:|is)\b[^,;()]*$",
    re.I,
)
_VERB = re.compile(
    r"^[\s)]*(?:of|had|have|received|were|was|with|experienced|developed|achieved|presented|showed|"
    r"harbou?red|underwent|relapsed|died)\b"
)
_NAMES = r"(?:evaluable|assessable|safety|screened)"
_NAMED = re.compile(
    rf"(?P<n>{_INT})\s+(?:(?:(?:response|efficacy|safety)-?\s*)?(?P<name>{_NAMES})\b"
    rf"|(?:{_PATIENTS}\s+)?(?:were|was)\s+(?:\w+\s+)?(?P<late>{_NAMES})\b)",
    re.IGNORECASE,
)
_LIST_EVENT = re.compile(r"(?:^|[,;:(]|\band\b)\s*(?P<name>[^,;:()%\d]{2,60}?)\s*[\[(]?\s*$")


@dataclass(frozen=True)
class Share:
    """A percentage or fraction with its place.

    Attributes:
        figure: Its figures.
        bracketed: It stands alone in a bracket, behind the name of what it counts.
        inside: Words between a count and its percentage ("5 CR (12.2%)").
    """

    figure: Figure
    bracketed: bool
    inside: str = ""


def shares(sentence: Sentence, reading: Reading) -> None:
    """Percentages and fractions, alone or in pairs."""
    found = _found(sentence)
    at = 0
    before = 0
    while at < len(found):
        first = found[at]
        read = [i + 1 for i in sentence.taken if i < first.figure.start]
        before = max([before, *read])
        other = found[at + 1] if at + 1 < len(found) else None
        if other is not None and _is_pair(sentence, first, other):
            _pair(sentence, reading, first, other, before)
            at, before = at + 2, other.figure.end
        else:
            _alone(sentence, reading, first, before, other)
            at, before = at + 1, first.figure.end


def _found(sentence: Sentence) -> list[Share]:
    found: list[Share] = []
    for match in _SHARE.finditer(sentence.figures):
        inside_last = bool(found) and match.start() < found[-1].figure.end
        if inside_last or not sentence.free(*_numeral_span(match)):
            continue
        keys = {}
        for field, names in (("value", "v"), ("count", "k"), ("of", "n")):
            for i in "1234567":
                text = match.groupdict().get(f"{names}{i}")
                if text and text[0].isalpha():
                    keys[field] = str(lexicon.value_of_words(text))
                elif text:
                    keys[field] = number(text)
        if "value" not in keys and int(keys["of"]) in CALENDAR_YEARS:
            continue
        figure = Figure(match.start(), match.end(), keys)
        attach(sentence, figure, "ci bare p" if "value" in keys else "ci p")
        head = sentence.text[: match.start()].rstrip()
        closed = re.match(r"\s*[)\],;]", sentence.text[figure.end - 1 :]) is not None
        closed = closed or re.match(r"\s*[)\],;]", sentence.text[figure.end :]) is not None
        bracketed = head.endswith(("(", "[")) and closed
        inside = sentence.text[slice(*match.span("what"))] if match["what"] else ""
        found.append(Share(figure, bracketed, inside))
    return found


def _numeral_span(match: re.Match[str]) -> tuple[int, int]:
    groups = [name for name, text in match.groupdict().items() if text]
    return min(match.start(g) for g in groups), max(match.end(g) for g in groups)


def _is_pair(sentence: Sentence, first: Share, other: Share) -> bool:
    between = sentence.text[first.figure.end : other.figure.start]
    if _BRACKET_BETWEEN.match(between) and _BRACKET_BEHIND.match(sentence.text[other.figure.end :]):
        return True
    if len(between) > 90 or _NEXT.search(between) or "p" in first.figure.keys:
        return False
    if _VERSUS.search(between + " "):
        return True
    rest = sentence.text[other.figure.end :]
    if _IN_ONE.search(between) and _IN_OTHER.match(rest):
        return True
    return bool(_AND.match(between)) and "respectively" in rest[:80]


def _pair(sentence: Sentence, reading: Reading, first: Share, other: Share, before: int) -> None:
    clause = sentence.text[before : first.figure.start]
    event, marks = _event(sentence, clause, "", False)
    groups = pair_groups(sentence, first.figure, other.figure, reading)
    event = _of_groups(event, clause, sentence, groups)
    pair = (first.figure, other.figure)
    rate = _continued_rate(sentence, reading, clause)
    if rate is not None:
        about = {key: rate[key] for key in ("outcome", "time", "unit")}
        enter_pair(sentence, reading, "survival_rate", pair, **about)
        return
    enter_pair(sentence, reading, "proportion", pair, event=event, uncertain=marks)


def _continued_rate(sentence: Sentence, reading: Reading, clause: str) -> dict[str, Any] | None:
    """Return the rate that "…; 37% in frail vs 64% in fit patients" goes on about, if any."""
    last = reading.claims[-1] if reading.claims else {}
    goes_on = last.get("text") == sentence.quoted and last.get("kind") == "survival_rate"
    return last if goes_on and len(clause.split()) <= MOST_JOINING_WORDS else None


def _of_groups(event: str, clause: str, sentence: Sentence, groups: Groups) -> str:
    """Return the event of a pair; the response named earlier where the clause only names groups."""
    if event == "event" or slug(event) in {groups.attribute, *groups.levels}:
        return lexicon.response(sentence.text[: sentence.text.find(clause)]) or "event"
    return event


def _alone(
    sentence: Sentence, reading: Reading, share: Share, before: int, following: Share | None
) -> None:
    figure = share.figure
    clause = sentence.text[before : figure.start]
    end = following.figure.start if following else len(sentence.text)
    behind = sentence.text[figure.end : end]
    event, marks = _event(sentence, clause, behind, share.bracketed)
    named = _counted(share.inside)
    if named:
        event, marks = named, ("event",)
    event = _with_parent(event, sentence, reading)
    measured = _MEASURED.search(clause)
    if measured and "value" in figure.keys and "count" not in figure.keys:
        reading.enter(
            sentence, measured["kind"].lower(), figure, name=event, unit="%",
            outcome=slug(measured["name"]), uncertain=("outcome: what was measured",),
        )  # fmt: skip
        return
    p = figure.keys.pop("p", None)
    part = subgroup(sentence)
    if part:
        marks += ("group: patients of the sentence",)
    reading.enter(
        sentence, "proportion", figure, name=event, event=event,
        group={slug(part): "yes"} if part else {}, uncertain=marks,
    )  # fmt: skip
    if p is not None:
        reading.enter(
            sentence, "p_value", Figure(figure.start, figure.end, {"p": p}), name=f"{event} p",
            uncertain=("groups: which were compared",),
        )  # fmt: skip


def _event(
    sentence: Sentence, clause: str, behind: str, bracketed: bool
) -> tuple[str, tuple[str, ...]]:
    """Return what a percentage counts, and what is doubtful about it."""
    name = event_before(clause)
    if bracketed:
        listed = _LIST_EVENT.search(clause.rstrip("(["))
        name = event_before(listed["name"]) if listed else name
    late = "" if bracketed else event_behind(behind)
    grade = lexicon.response(_last_clause(clause)) or (lexicon.response(behind) if late else None)
    if grade is not None:
        doubtful = grade in lexicon.GRADES
        return grade, (f"event: exactly {grade}, or {grade} or better",) if doubtful else ()
    starts_late = _VERB.match(behind)
    begins = _BEGINS.search(clause) is not None
    chosen = late if late and (starts_late or begins or not name) else name or late
    if not chosen:
        found = lexicon.response(sentence.text)
        return (found, ("event",)) if found else ("event", ("event: what was counted",))
    return chosen, ("event",)


def _counted(inside: str) -> str:
    """Return what the words between a count and its percentage name; "" for mere patients."""
    words = group_words(_ANYBODY.sub(" ", inside))
    return lexicon.response(words) or words


def _with_parent(event: str, sentence: Sentence, reading: Reading) -> str:
    """Return "anaemia grade ≥3" for "anaemia in 40% (grade ≥3, 12%)"."""
    last = reading.claims[-1] if reading.claims else {}
    parent = last.get("event") if last.get("text") == sentence.quoted else None
    if _GRADE_ALONE.match(event) and isinstance(parent, str):
        return f"{parent} {event}"
    return event


def _last_clause(words: str) -> str:
    return re.split(r"[;]|\.\s", words)[-1]


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
    for match in _NAMED.finditer(sentence.figures):
        name = (match["name"] or match["late"]).lower()
        if name not in reading.populations:
            size = {"label": f"{name.capitalize()} patients", "n": int(number(match["n"]))}
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
    lead = re.sub(r"\b(?:patients|pts|cases|participants|subjects|individuals|adults)\b", "", what)
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
