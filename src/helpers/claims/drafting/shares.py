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
    groups_of,
)
from helpers.claims.drafting.grammar import ANYBODY, INTEGER, PATIENTS, Figure, attach, number
from helpers.claims.drafting.pairs import enter_pair, pair_groups
from helpers.claims.drafting.reading import Reading, subgroup
from helpers.claims.drafting.text import NUMBER, Sentence
from helpers.claims.shorthand import slug

_NO_MEASURE = (
    r"(?!(?:[\s-]+[\w-]+){0,2}?[\s-]+(?:cycles?|lines?|months?|years?|days?|weeks?|doses?)\b)"
)
_SHARE = re.compile(
    rf"(?<!/)(?P<k1>{INTEGER})\s*(?:/|(?:{PATIENTS}\s+)?(?:out )?of(?: the)?)\s*"
    rf"(?P<n1>{INTEGER})\s*"
    rf"(?:{PATIENTS}|[a-z]+\b)?[\s\[(,;:]*(?P<v1>{NUMBER})\s*%[\])]?"
    rf"|\b[nN]\s*=\s*(?P<k7>{INTEGER})\s*[,;]\s*(?P<v7>{NUMBER})\s*%"
    rf"|(?P<v2>{NUMBER})\s*%\s*[\[(,;]\s*(?:n\s*=\s*)?(?<!/)(?P<k2>{INTEGER})\s*"
    rf"(?:/|(?:out )?of)\s*(?P<n2>{INTEGER})(?:\s*{PATIENTS})?(?=[\]),;])[\])]?"
    rf"|(?P<k3>{INTEGER}|\b(?i:{lexicon.SPELLED})\b){_NO_MEASURE}(?P<what>(?:\s+[^\d\s,;:()%]+){{0,5}})\s*[\[(]\s*"
    rf"(?P<v3>{NUMBER})\s*%(?=\s*[\]),;])[\])]?"
    rf"|(?P<v4>{NUMBER})\s*%\s*[\[(,]\s*(?:n\s*=\s*)?(?P<k4>{INTEGER})(?:\s*{PATIENTS})?\s*[\])]"
    rf"|(?<!/)(?P<k8>{INTEGER})\s*(?:/|(?:out )?of(?: the)?\s)\s*(?P<n8>{INTEGER})"
    rf"(?P<who>(?:\s+[^\d\s,;:()%]+){{1,8}})\s*[\[(]\s*(?P<v8>{NUMBER})\s*%[\])]?"
    rf"|(?<!/)(?P<k6>{INTEGER})\s*(?:/\s*|(?:{PATIENTS}\s+)?(?:out )?of(?: the)?\s+)"
    rf"(?P<n6>{INTEGER})"
    r"(?!\s*[/%:])"
    rf"|(?P<v5>{NUMBER})\s*%(?!\s*-?\s*(?:CI|confidence))"
)
#: A denominator, or count and denominator, behind a share and its interval.
_OF_BEHIND = re.compile(rf"\s*(?:out )?of(?: the)?\s+(?P<n>{INTEGER})(?!\s*%)")
_COUNT_BEHIND = re.compile(
    rf"\s*[;,]\s*(?P<k>{INTEGER})\s*(?:/|(?:out )?of)\s*(?P<n>{INTEGER})\s*[\])]"
)
_TWO_NAMES = re.compile(
    r"\b(?P<one>\w+) and (?P<other>\w+) (?P<what>(?:response|remission)s?)(?: rates?)?"
    r"\W+(?:was|were)?\W*$"
)
_BOTH_GROUPS = re.compile(r"\bwith (?:and|or) without\b|\bwithout (?:and|or) with\b")
_SEX_BEHIND = re.compile(r"^[\s)\]]*(?:were\s+)?(?P<sex>(?:fe)?males?|(?:wo)?men)\b", re.IGNORECASE)
_VERSUS = re.compile(r"\b(?:vs?\.?|versus|compared (?:with|to)|against|than)\s", re.IGNORECASE)
_AND = re.compile(r"^\s*(?:and|/)\s*$|^[^,;.:()]{0,40}\band\s+[^,;.:()]{0,12}$", re.IGNORECASE)
_BRACKET_BETWEEN = re.compile(r"^\s*\([^()%\d]+\)\s*(?:and|,|vs\.?|versus)\s*$")
_BRACKET_BEHIND = re.compile(r"^\s*\([^()%\d=<>]+\)")
_IN_ONE = re.compile(r"\b(?:in|with|for|among)\b[^,;.:()]{2,50}(?:,|\band(?:\s+in)?)\s*$")
_IN_OTHER = re.compile(r"^\s*(?:of\s+)?(?:patients\s+)?(?:in|with|for|among)\b")
_NEXT = re.compile(r"[;:]|(?<!\bvs)(?<!\bv)\.\s")
_GRADE_ALONE = re.compile(
    r"^(?:(?:≥|>=)\s*\d\s*grade|(?:CTCAE )?grades?\s*(?:≥|>=)?\s*\d(?:\s*(?:-|or|/)\s*\d)?)$", re.I
)
_WHOM = re.compile(
    rf"(?P<n>{INTEGER})\s+{PATIENTS}[^.;:\d]{{0,60}}?\b"
    r"(?:of|among) (?:whom|these|those|them|which)\W*$"
)
_OF_THE = re.compile(rf"^\W*(?:Of|Among|In) (?:the |these |those )?(?P<n>{INTEGER})\s+{PATIENTS}")
_OF_PATIENTS = re.compile(
    r"^\s*(?:\w+\s+)?(?:patients|pts|cases|those|subjects)(?:\s+(?:with|without|in|aged|who)\b|\s*$)"
)
MOST_JOINING_WORDS = 3
#: What stands behind a stroke as a year, not as a denominator.
CALENDAR_YEARS = range(1950, 2100)
_BEGINS = re.compile(r"[,;:]\s*(?:and\s*)?$")
_MEASURED = re.compile(
    r"\b(?P<kind>median|mean)\s+(?P<name>[A-Za-z][\w -]{2,40}?)\s+(?:was|were|of|:|is)\b[^,;()]*$",
    re.I,
)
_VERB = re.compile(
    r"^[\s)]*(?:of|as|had|have|received|were|was|with|experienced|developed|achieved|presented|showed|"
    r"harbou?red|underwent|relapsed|died)\b"
)
_LIST_EVENT = re.compile(r"(?:^|[,;:(]|\band\b)\s*(?P<name>[^,;:()%\d]{2,60}?)\s*[\[(]?\s*$")


@dataclass(frozen=True)
class Share:
    """A percentage or fraction with its place.

    Attributes:
        figure: Its figures.
        bracketed: It stands alone in a bracket, behind the name of what it counts.
        inside: Words between a count and its percentage ("5 CR (12.2%)").
        who: Words between a fraction and its percentage ("4 of 9 patients with EMD (44%)").
    """

    figure: Figure
    bracketed: bool
    inside: str = ""
    who: str = ""


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
            for i in "12345678":
                text = match.groupdict().get(f"{names}{i}")
                if text and text[0].isalpha():
                    keys[field] = str(lexicon.value_of_words(text))
                elif text:
                    keys[field] = number(text)
        if "value" not in keys and int(keys["of"]) in CALENDAR_YEARS:
            continue
        figure = Figure(match.start(), match.end(), keys)
        attach(sentence, figure, "ci bare p" if "value" in keys else "ci p")
        _denominator_behind(sentence, figure)
        head = sentence.text[: match.start()].rstrip()
        closed = re.match(r"\s*[)\],;]", sentence.text[figure.end - 1 :]) is not None
        closed = closed or re.match(r"\s*[)\],;]", sentence.text[figure.end :]) is not None
        bracketed = head.endswith(("(", "[")) and closed
        inside = sentence.text[slice(*match.span("what"))] if match["what"] else ""
        who = sentence.text[slice(*match.span("who"))] if match["who"] else ""
        found.append(Share(figure, bracketed, inside, who))
    return found


def _denominator_behind(sentence: Sentence, figure: Figure) -> None:
    """Read "71 (46%) of 153 patients" and "61.8% (95% CI 48-74; 34 of 55)"."""
    if "value" not in figure.keys or "of" in figure.keys:
        return
    pattern = _OF_BEHIND if "count" in figure.keys else _COUNT_BEHIND
    match = pattern.match(sentence.figures, figure.end)
    if match is None or not sentence.free(*match.span()):
        return
    figure.keys |= {"of": number(match["n"])} | (
        {"count": number(match["k"])} if pattern is _COUNT_BEHIND else {}
    )
    figure.end = match.end()


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
    if _AND.match(between) and _BOTH_GROUPS.search(sentence.text[: first.figure.start]):
        return True
    rest = sentence.text[other.figure.end :]
    if _IN_ONE.search(between) and _IN_OTHER.match(rest):
        return True
    return bool(_AND.match(between)) and "respectively" in rest[:80]


def _pair(sentence: Sentence, reading: Reading, first: Share, other: Share, before: int) -> None:
    clause = sentence.text[before : first.figure.start]
    named = _TWO_NAMES.search(clause)
    if named is not None:
        for share, name in ((first, named["one"]), (other, named["other"])):
            words = f"{name} {named['what']} rate"
            _one(sentence, reading, share.figure, lexicon.response(words) or words, ("event",))
        return
    event, marks = _event(sentence, clause, "", False)
    groups = groups_of(first.who, other.who) or pair_groups(
        sentence, first.figure, other.figure, reading
    )
    event = _of_groups(event, clause, sentence, groups)
    pair = (first.figure, other.figure)
    rate = _continued_rate(sentence, reading, clause)
    if rate is not None:
        about = {key: rate[key] for key in ("outcome", "time", "unit")}
        enter_pair(sentence, reading, "survival_rate", pair, **about)
        return
    enter_pair(sentence, reading, "proportion", pair, groups=groups, event=event, uncertain=marks)


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
    if share.who:
        marks = (*marks, "group: of whom")
        if not _OF_PATIENTS.match(share.who):
            named = event_behind(share.who)
    if named:
        event, marks = named, ("event", *marks[1:])
    event = _with_parent(event, sentence, reading)
    _of_whom(sentence, figure, clause)
    measured = _MEASURED.search(clause)
    if measured and "value" in figure.keys and "count" not in figure.keys:
        reading.enter(
            sentence, measured["kind"].lower(), figure, name=event, unit="%",
            outcome=slug(measured["name"]), uncertain=("outcome: what was measured",),
        )  # fmt: skip
        return
    _one(sentence, reading, figure, event, marks)


def _of_whom(sentence: Sentence, figure: Figure, clause: str) -> None:
    """Read the denominator of "70 patients, of whom 25 (35.7%)", where it gives the percentage.

    Where it does not, the percentage may be of all patients, and nothing is said.
    """
    keys = figure.keys
    match = _WHOM.search(clause) or _OF_THE.match(sentence.text[: figure.start])
    if match is None or "of" in keys or not {"count", "value"} <= set(keys):
        return
    k, n = int(keys["count"]), int(number(match["n"]))
    value, digits = float(keys["value"]), len(keys["value"].partition(".")[2])
    if 0 < k <= n and abs(100 * k / n - value) < 10**-digits:
        keys["of"] = str(n)


def _one(
    sentence: Sentence, reading: Reading, figure: Figure, event: str, marks: tuple[str, ...]
) -> None:
    """Enter one share, and the p-value behind it."""
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
    sex = _SEX_BEHIND.match(behind)
    if sex is not None:
        return sex["sex"], ("event",)
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
    words = group_words(ANYBODY.sub(" ", inside))
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
