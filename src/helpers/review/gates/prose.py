"""Bare numbers: numerals of the prose that are neither bound to a key nor declared as convention.

A numeral that a ledger row prints was typed where its key should stand; one that no row prints has
nothing behind it. Both are errors, since neither would follow when the data change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from helpers.errors import nearest
from helpers.manuscript.checks import Document
from helpers.manuscript.shortcodes import UnresolvedError, plain, value_of
from helpers.review.findings import Finding, GateReport
from helpers.review.gates.context import Context
from helpers.review.gates.gate import Gate, unneeded
from helpers.review.gates.names import name_of
from helpers.review.gates.numerals import Numeral, find_numerals
from helpers.review.gates.passages import Sentence, sentences
from helpers.review.gates.printed import Printed
from helpers.review.gates.settings import Convention

NAME = "prose"
MOST_KEYS = 3
#: Keys whose values the program writes.
OWN_KEYS = ("n.", "colophon.", "counts.")


def check(context: Context) -> GateReport:
    """Look at every numeral of the prose, in digits and in words."""
    used: set[Convention] = set()
    findings: list[Finding] = []
    looked_at = flagged = 0
    for document in context.documents:
        elsewhere = list(_typed_elsewhere(document))
        looked_at, flagged = looked_at + len(elsewhere), flagged + len(elsewhere)
        findings += elsewhere
        for sentence in sentences(document):
            count, unnamed = _unnamed(sentence)
            looked_at += count
            if unnamed:
                spans = _declared(context.settings.conventions, sentence)
                bare = [numeral for numeral in unnamed if not _within(numeral, spans, used)]
                flagged += len(bare)
                findings += _findings(sentence, bare, context.printed)
    findings += _conventions(context, used)
    return GateReport(NAME, looked_at, "numerals", tuple(findings), flagged)


@lru_cache(maxsize=4096)
def _unnamed(sentence: Sentence) -> tuple[int, tuple[Numeral, ...]]:
    """Return how many numerals a sentence has, and those that are no names."""
    numerals = find_numerals(sentence.masked)
    return len(numerals), tuple(one for one in numerals if name_of(sentence, one) is None)


def _declared(
    conventions: tuple[Convention, ...], sentence: Sentence
) -> list[tuple[int, int, Convention]]:
    """Return where a sentence holds what is declared."""
    return [
        (match.start(), match.end(), convention)
        for convention in conventions
        if convention.cited is None or convention.cited in sentence.cited
        for match in convention.pattern.finditer(sentence.masked)
    ]


def _within(
    numeral: Numeral, spans: list[tuple[int, int, Convention]], used: set[Convention]
) -> bool:
    """Tell whether a numeral stands in what is declared, and note which entries are used."""
    holding = {which for start, end, which in spans if start <= numeral.start < numeral.end <= end}
    used |= holding
    return bool(holding)


def _findings(sentence: Sentence, bare: list[Numeral], printed: Printed) -> Iterator[Finding]:
    """Yield a finding for each number that was typed; an interval is one with its estimate."""
    reported = -1
    for numeral in bare:
        if numeral.start < reported:
            continue
        where = sentence.place(numeral.start)
        row = printed.behind(sentence, numeral)
        if row is None:
            yield Finding(
                NAME,
                "error",
                where,
                f"“{_around(sentence, numeral)}”: {numeral.text} is bound to no key",
                "no ledger row prints it, and nobody could say where it comes from",
                "bind it to a key, or declare it under conventions in checks.yml with its reason",
            )
            continue
        form, reported, keys = row
        shown = " or ".join(f"n.{key}" for key in keys[:MOST_KEYS])
        more = f" or one of {len(keys) - MOST_KEYS} others" if len(keys) > MOST_KEYS else ""
        yield Finding(
            NAME,
            "error",
            where,
            f"“{_around(sentence, numeral)}”: {numeral.text} is typed; {form} is {shown}{more}",
            "it stays as it is when the data change",
            f"write {{{{< meta n.{keys[0]} >}}}}, or declare it under conventions in checks.yml",
        )


def _typed_elsewhere(document: Document) -> Iterator[Finding]:
    """Yield bindings to a number that somebody typed: in the front matter or _variables.yml."""
    source = document.source
    for code in document.codes:
        key = code.arguments[0] if code.arguments else ""
        if code.name not in ("meta", "var") or key.startswith(OWN_KEYS):
            continue
        try:
            value = plain(value_of(code, source.meta, source.project.variables))
        except UnresolvedError:  # the gate of keys says so
            continue
        if find_numerals(value):
            yield Finding(
                NAME,
                "error",
                document.where(code.start),
                f"{code.name} {key} prints “{value}”, which is typed and no result of the record",
                "it stays as it is when the data change",
                "bind a key below n. of numbers.yml",
            )


def _around(sentence: Sentence, numeral: Numeral) -> str:
    """Return a few words around a numeral, bound values as an ellipsis."""
    readable = re.sub(r"[\ue000-\ue002]+", "…", sentence.masked[: numeral.start])
    before = " ".join(readable.split()[-4:])
    space = " " if readable.endswith((" ", "\n")) else ""
    behind = re.sub(r"[\ue000-\ue002]+", "…", sentence.masked[numeral.end :])
    words = " ".join(behind.split()[:4])
    gap = " " if behind[:1].isspace() else ""
    return f"{before}{space}{numeral.text}{gap}{words}"


def _conventions(context: Context, used: set[Convention]) -> Iterator[Finding]:
    """Yield conventions whose row is gone or whose words are no longer true, and unused ones."""
    for convention in context.settings.conventions:
        yield from _untrue(context, convention)
        if convention not in used:
            yield unneeded(
                NAME,
                convention.where or context.settings.where,
                f"the convention {convention.label!r} holds for no numeral",
                "a number",
            )


def _untrue(context: Context, convention: Convention) -> Iterator[Finding]:
    where = convention.where or context.settings.where
    if convention.key is None:
        return
    row = context.rows.get(convention.key)
    if row is None:
        close = nearest(convention.key, context.rows)
        yield Finding(
            NAME,
            "error",
            where,
            f"the convention {convention.label!r} rests on {convention.key}, which is no row",
            "its words describe something that this study no longer has",
            f"did you mean {close!r}?" if close else "name a key of ledger.json",
        )
    elif convention.between is not None:
        low, high = convention.between
        if row.value is None or not low <= row.value <= high:
            yield Finding(
                NAME,
                "error",
                where,
                f"“{convention.label}” was said of {low:g} to {high:g}; {convention.key} is now "
                f"{row.display}",
                "the words are no longer true",
                "reword the sentences, and the entry with them",
            )


GATE = Gate(NAME, "numerals that are neither bound nor declared as convention", check)
