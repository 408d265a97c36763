"""What a journal or society takes: characters, words, exhibits, references.

``limits`` in checks.yml says what the target takes; the abstract's characters are held to those of
the society's form (``STYLES``) where nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from helpers.errors import unknown_name
from helpers.manuscript.counts import count
from helpers.manuscript.shortcodes import plain, resolve
from helpers.manuscript.sources import Source
from helpers.manuscript.submission import STYLES, plain_text
from helpers.manuscript.titlepage import as_list
from helpers.review.findings import Finding, GateReport
from helpers.review.gates.context import Context
from helpers.review.gates.gate import Gate

NAME = "limits"
STYLE = "ash-abstract"
DEFAULTS: Mapping[str, Mapping[str, int]] = {"abstract": {"characters": STYLES[STYLE].limit}}


def _title(source: Source) -> int:
    title = str(source.front.get("title") or "")
    return len(plain(resolve(title, source.meta, source.project.variables)))


def _characters(source: Source) -> int:
    """Count the characters of an abstract as a form takes it, spaces and line breaks with it."""
    return len(plain_text(source, STYLES[STYLE])[1])


#: What can be limited, by document: how each is counted.
MEASURES: Mapping[str, Mapping[str, Callable[[Source], int]]] = {
    "abstract": {
        "characters": _characters,
        "words": lambda source: count(source).text,
        "title_characters": _title,
    },
    "paper": {
        "abstract_words": lambda source: count(source).abstract,
        "words": lambda source: count(source).text,
        "tables": lambda source: count(source).tables,
        "figures": lambda source: count(source).figures,
        "exhibits": lambda source: count(source).tables + count(source).figures,
        "supplement": lambda source: count(source).supplement,
        "references": lambda source: count(source).references,
        "keywords": lambda source: len(as_list(source.front.get("keywords"))),
        "key_points": lambda source: len(as_list(source.front.get("key-points"))),
        "title_characters": _title,
    },
}


def check(context: Context) -> GateReport:
    """Count what is limited and compare.

    Raises:
        ManuscriptError: A document or a count that is limited is none.
    """
    limits = _limits(context)
    looked_at, findings = 0, []
    for source in context.sources:
        for kind, most in limits.get(source.document, {}).items():
            looked_at += 1
            number = MEASURES[source.document][kind](source)
            if number > most:
                findings.append(_finding(source, kind, number, most))
    return GateReport(NAME, looked_at, "limits", tuple(findings))


def _finding(source: Source, kind: str, number: int, most: int) -> Finding:
    words = kind.replace("_", " ")
    return Finding(
        NAME,
        "error",
        source.name,
        f"{number:,} {words} of at most {most:,}",
        "the form or the editor would send it back",
        f"shorten by {number - most:,}, or correct limits in checks.yml",
    )


def _limits(context: Context) -> dict[str, dict[str, int]]:
    given = context.settings.limits
    where = context.settings.where
    for document, kinds in given.items():
        if document not in MEASURES:
            raise unknown_name("document", document, MEASURES, where=f"{where}: limits")
        for kind in kinds:
            if kind not in MEASURES[document]:
                known = MEASURES[document]
                raise unknown_name("limit", kind, known, where=f"{where}: limits: {document}")
    return {
        document: {**DEFAULTS.get(document, {}), **given.get(document, {})} for document in MEASURES
    }


GATE = Gate(NAME, "more characters, words, exhibits or references than the target takes", check)
