"""Wording: causes, significance and sameness that the sentence has nothing to show for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.review.findings import Finding, GateReport
from helpers.review.gates.context import Context
from helpers.review.gates.gate import Gate, unneeded
from helpers.review.gates.passages import Sentence, sentences
from helpers.review.gates.settings import phrase
from helpers.review.gates.terms import HEDGES, NEGATIONS, TERMS, Term

NAME = "wording"


def check(context: Context) -> GateReport:
    """Look for the terms in every sentence."""
    declared = {text: phrase(text) for entry in context.settings.wording for text in entry.patterns}
    used: set[str] = set()
    findings: list[Finding] = []
    looked_at = 0
    for document in context.documents:
        for sentence in sentences(document):
            looked_at += 1
            for term, match in _terms(context, sentence):
                holding = {
                    text
                    for text, pattern in declared.items()
                    for span in pattern.finditer(sentence.masked)
                    if span.start() <= match.start() and match.end() <= span.end()
                }
                used |= holding
                if not holding:
                    findings.append(_finding(sentence, term, match))
    findings += _unused(context, used)
    return GateReport(NAME, looked_at, "sentences", tuple(findings))


def _terms(context: Context, sentence: Sentence) -> Iterator[tuple[Term, re.Match[str]]]:
    """Yield the terms of a sentence that nothing in it makes right."""
    for term in TERMS:
        for match in term.pattern.finditer(sentence.masked):
            if not _is_right(context, sentence, term, match):
                yield term, match


def _is_right(context: Context, sentence: Sentence, term: Term, match: re.Match[str]) -> bool:
    if term.needs == "nothing":
        return False
    if term.needs == "reservation":
        negated = NEGATIONS.search(sentence.masked[: match.start()])
        return bool(negated or HEDGES.search(sentence.masked)) or _quotes(context, sentence)
    bound = [_backing(context, key) for key in sentence.keys]
    return "test" in bound or (term.needs == "interval or test" and "interval" in bound)


def _quotes(context: Context, sentence: Sentence) -> bool:
    """Tell whether the sentence cites a work: its words may be those of its authors."""
    document = next(d for d in context.documents if d.source.document == sentence.document)
    return any(key.partition("-")[0] not in document.prefixes for key in sentence.cited)


def _backing(context: Context, bound: str) -> str:
    """Return what a bound key shows: a "test", an "interval", or neither."""
    key, _, form = bound.rpartition(".")
    row = context.rows.get(key)
    if row is None:
        return ""
    if row.statistic.endswith("p_value"):
        return "test"
    return "interval" if row.interval and form in ("text", "ci", "ci_words") else ""


def _finding(sentence: Sentence, term: Term, match: re.Match[str]) -> Finding:
    return Finding(
        NAME,
        term.severity,
        sentence.place(match.start()),
        f"“{' '.join(match[0].split())}” in “{_readable(sentence, match)}”",
        term.why,
        f"{term.instead}; or declare the phrase under wording in checks.yml with its reason",
    )


def _readable(sentence: Sentence, match: re.Match[str]) -> str:
    before = re.sub(r"[\ue000-\ue002]+", "…", sentence.masked[: match.start()]).split()[-5:]
    behind = re.sub(r"[\ue000-\ue002]+", "…", sentence.masked[match.end() :]).split()[:5]
    return " ".join([*before, *match[0].split(), *behind])


def _unused(context: Context, used: set[str]) -> Iterator[Finding]:
    for entry in context.settings.wording:
        for text in entry.patterns:
            if text not in used:
                yield unneeded(
                    NAME,
                    entry.where or context.settings.where,
                    f"the phrase {text!r} under wording stands in no sentence",
                    "another",
                )


GATE = Gate(NAME, "causes, significance and sameness that the sentence does not show", check)
