"""Keys, embeds, labels and citations that do not exist: the checks of rendering, as findings."""

from __future__ import annotations

from helpers.manuscript.checks import CHECKS, Document
from helpers.manuscript.shortcodes import find_shortcodes
from helpers.manuscript.structure import find_references
from helpers.review.findings import Finding, GateReport
from helpers.review.gates.context import Context
from helpers.review.gates.gate import Gate

NAME = "keys"


def check(context: Context) -> GateReport:
    """Run the checks that rendering runs, on every document of the study."""
    findings = tuple(
        Finding(NAME, "error", found.where, found.what, found.why, found.remedy)
        for document in context.documents
        for run in CHECKS
        for found in run(document)
    )
    return GateReport(
        NAME,
        sum(_references(document) for document in context.documents),
        "keys, embeds, labels and references",
        findings,
    )


def _references(document: Document) -> int:
    """Count what a document names: shortcodes of text and title page, labels, ``@key``."""
    title_page = document.source.raw[: len(document.source.raw) - len(document.source.body.text)]
    shortcodes = len(document.codes) + sum(1 for _ in find_shortcodes(title_page))
    return shortcodes + len(document.labels) + sum(1 for _ in find_references(document.masked))


GATE = Gate(NAME, "keys, exhibits, labels and citations that do not exist", check)
