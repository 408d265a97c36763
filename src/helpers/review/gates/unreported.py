"""Results that were computed and that no sentence, table or figure shows.

A result that stays in the drawer is how a paper comes to report what it likes. Shown is a row that
a document binds, that a cell of an embedded table carries, or that an embedded figure computed.
What follows from what is shown needs no place of its own: a second form of a spread beside the
median, the last level of a variable whose other levels are shown, a count of none beside others.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping

from helpers.ledger.row import Row
from helpers.manuscript.checks import Document
from helpers.manuscript.shortcodes import find_shortcodes
from helpers.review.findings import Finding, GateReport
from helpers.review.gates.context import Context
from helpers.review.gates.gate import Gate, unneeded
from helpers.review.gates.passages import TITLE_PAGE
from helpers.review.gates.settings import Declared

NAME = "unreported"
#: Beginnings of keys that describe the study and are no results.
DESCRIPTIONS = ("setting.", "levels.", "population_label.")
SPREAD = {"q1", "q3", "minimum", "maximum"}
MOST_KEYS = 4

_KEYED = re.compile(
    r'<(?P<tag>\w+)[^<>]* data-key="(?P<key>[^"]+)"[^<>]*>(?P<text>.*?)</(?P=tag)>', re.DOTALL
)
_TAG = re.compile(r"<[^<>]*>")


def check(context: Context) -> GateReport:
    """Find the rows that nothing shows, and group them by where they were computed."""
    results = {
        key: row
        for key, row in context.rows.items()
        if not key.startswith(DESCRIPTIONS) and row.statistic != "words"
    }
    cells, shown = _cells(context.documents), set(_bound(context))
    shown |= set(cells) | _in_figures(context)
    shown |= {key for key, row in results.items() if _in_a_cell_beside(row, cells)}
    left = [row for row in results.values() if not _follows(row, results, shown)]
    declared = context.settings.unreported
    silent = [row for row in left if not any(entry.holds(row.key) for entry in declared)]
    findings = [*_findings(context, silent), *_unused(context, declared, left)]
    return GateReport(NAME, len(results), "results", tuple(findings), len(silent))


def _bound(context: Context) -> Iterator[str]:
    """Yield the keys of the rows that a document binds in text, title page or caption."""
    for document in context.documents:
        captions = [embed.exhibit.caption for embed in document.embeds if embed.exhibit]
        front = [str(document.source.front.get(part, "")) for part in TITLE_PAGE]
        for text in (*front, document.masked, *captions):
            for code in find_shortcodes(text):
                if code.name == "meta" and code.arguments and code.arguments[0].startswith("n."):
                    yield code.arguments[0].removeprefix("n.").rpartition(".")[0]


def _cells(documents: Iterable[Document]) -> dict[str, str]:
    """Return the text of each table cell that carries a key, by that key."""
    found: dict[str, str] = {}
    for document in documents:
        for embed in document.embeds:
            if embed.exhibit is not None and embed.exhibit.html is not None:
                for cell in _KEYED.finditer(embed.exhibit.html):
                    text = html.unescape(_TAG.sub("", cell["text"]))
                    found[cell["key"]] = f"{found.get(cell['key'], '')} {text}"
    return found


def _in_figures(context: Context) -> set[str]:
    """Return the keys of the rows that the cell of an embedded figure computed."""
    figures = {
        embed.exhibit.where
        for document in context.documents
        for embed in document.embeds
        if embed.exhibit is not None and embed.exhibit.png is not None
    }
    return {row.key for row in context.rows.values() if _place(context, row) in figures}


def _place(context: Context, row: Row) -> str:
    return f"{context.named(context.record)}/{row.notebook}.ipynb#{row.cell}"


def _in_a_cell_beside(row: Row, cells: Mapping[str, str]) -> bool:
    """Tell whether a cell of a sibling prints the row too: "63 (30–83)" is three rows."""
    parent = row.key.rpartition(".")[0]
    number = re.compile(rf"(?<![\d.]){re.escape(row.display)}(?!\d|\.\d)")
    return any(
        number.search(text) is not None
        for key, text in cells.items()
        if key.rpartition(".")[0] == parent
    )


def _follows(row: Row, results: Mapping[str, Row], shown: set[str]) -> bool:
    """Tell whether a row is shown, is nothing, or follows from what is shown."""
    parent, _, name = row.key.rpartition(".")
    if row.key in shown:
        return True
    if row.value == 0 and row.statistic in ("count", "percent"):
        return any(key.startswith(f"{parent}.") for key in shown)
    if name in SPREAD:
        return f"{parent}.median" in shown
    if name == "patients":
        return any(
            key.startswith(f"{parent}.") and results[key].denominator == row.value
            for key in shown
            if key in results
        )
    return row.statistic == "percent" and _is_the_rest(row, parent, results, shown)


def _is_the_rest(row: Row, parent: str, results: Mapping[str, Row], shown: set[str]) -> bool:
    """Tell whether a level is what the shown levels leave of the same patients."""
    beside = [
        other
        for key, other in results.items()
        if key.rpartition(".")[0] == parent and key != row.key and (key in shown or not other.n)
    ]
    same = [other.n or 0 for other in beside if other.denominator == row.denominator]
    return bool(same) and row.n is not None and sum(same) + row.n == row.denominator


def _findings(context: Context, silent: list[Row]) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[str]] = {}
    for row in silent:
        prefix = ".".join(row.key.split(".")[:2])
        groups.setdefault((_place(context, row), prefix), []).append(row.key)
    for (place, prefix), keys in groups.items():
        listed = ", ".join(keys[:MOST_KEYS])
        more = f" and {len(keys) - MOST_KEYS} more" if len(keys) > MOST_KEYS else ""
        yield Finding(
            NAME,
            "warning",
            place,
            f"{_results(len(keys))} of {prefix} computed and never reported: {listed}{more}",
            "a reader cannot tell what was left out from what was never looked at",
            "embed the cell or bind the keys, or say under unreported in checks.yml why not",
        )


def _results(number: int) -> str:
    return "1 result" if number == 1 else f"{number} results"


def _unused(context: Context, declared: tuple[Declared, ...], left: list[Row]) -> Iterator[Finding]:
    for entry in declared:
        for pattern in entry.patterns:
            if not any(Declared((pattern,), "").holds(row.key) for row in left):
                yield unneeded(
                    NAME,
                    entry.where or context.settings.where,
                    f"unreported names {pattern!r}, and no unreported result has such a key",
                    "a result",
                )


GATE = Gate(NAME, "results that were computed and that nothing shows", check)
