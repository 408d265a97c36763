"""A finished document with its numbers, tables and figures made to answer where they come from.

Works on the HTML of either engine: a value is an element with ``data-key``, a float an element
whose id is the label of a notebook's cell. The document itself is not changed, save for what
is added at the beginning and at the end of its body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from helpers.errors import ManuscriptError, unknown_name
from helpers.review.site.pages import embedded_json, exhibit_facts, row_facts
from helpers.review.site.record import Record

_STYLE = '<link rel="icon" href="data:,">\n<link rel="stylesheet" href="assets/walk.css">\n'
_HEAD_END = "</head>"
_BODY_END = "</body>"
_BODY = re.compile(r"<body\b[^>]*>")
_SPACE = re.compile(r"\s+")
_VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}


@dataclass(frozen=True)
class Printed:
    """A bound value as a document prints it.

    Attributes:
        key: Key of its row in the ledger.
        text: The words that stand there.
        in_table: Whether it stands in the cell of a table, which may put several forms of a
            row together.
    """

    key: str
    text: str
    in_table: bool


@dataclass(frozen=True)
class Contents:
    """The bound values and the ids of a page, in their order."""

    values: tuple[Printed, ...]
    ids: frozenset[str]


def read_contents(page: str) -> Contents:
    """Return what a page binds."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return Contents(tuple(reader.values), frozenset(reader.ids))


def with_controls(page: str, document: str, record: Record, bar: str) -> str:
    """Return a document in which every bound number, table and figure is a control.

    Args:
        page: The document as it was rendered.
        document: Its name, "paper" or "abstract".
        record: The record that it was rendered from.
        bar: What stands above the document.

    Raises:
        ManuscriptError: A number's key has no row in the ledger, the number is printed in a way
            that its row does not know, or the page has no body.
    """
    where = f"outputs/{record.about['study']}/{document}.html"
    contents = read_contents(page)
    for value in contents.values:
        _require_row(value, record, where)
    return framed(page, bar, where, _tail(contents, record))


def framed(page: str, bar: str, where: str, tail: str = "") -> str:
    """Return a finished page with the site's links above it.

    Args:
        page: The page.
        bar: The links.
        where: Where the page stands, for an error.
        tail: What is added at its end.

    Raises:
        ManuscriptError: The page has no head or no body.
    """
    body = _BODY.search(page)
    if body is None or _HEAD_END not in page[: body.start()] or _BODY_END not in page:
        raise ManuscriptError(
            "the page has no head or no body",
            where=where,
            remedy="let it be made again, then build the study",
        )
    before, after = page[: body.end()], page[body.end() :]
    before = before.replace(_HEAD_END, f"{_STYLE}{_HEAD_END}", 1)
    head, end, rest = after.rpartition(_BODY_END)
    return f"{before}\n{bar}{head}{tail}{end}{rest}"


def _require_row(value: Printed, record: Record, where: str) -> None:
    if value.key not in record.rows:
        raise unknown_name("ledger key", value.key, record.rows, where=where)
    row = record.rows[value.key]
    if not value.in_table and value.text not in map(_plain, row.printable().values()):
        raise ManuscriptError(
            f"a number is printed otherwise than its row of the ledger says, {value.key!r}",
            where=where,
            remedy=f"the document is of another record: run `manuscript render {_study(record)}`",
        )


def _study(record: Record) -> str:
    return str(record.about["study"])


def _tail(contents: Contents, record: Record) -> str:
    keys = dict.fromkeys(value.key for value in contents.values)
    facts = {
        "about": {
            name: record.about[name] for name in ("study", "notice", "data_hash", "data_cut")
        },
        "rows": {key: row_facts(record.rows[key]) for key in keys},
        "populations": {key: list(words) for key, words in record.populations.items()},
        "exhibits": {
            label: exhibit_facts(exhibit)
            for label, exhibit in record.exhibits.items()
            if label in contents.ids
        },
    }
    return (
        f'<script type="application/json" id="walk-facts">{embedded_json(facts)}</script>\n'
        '<script src="assets/walk.js"></script>\n'
    )


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text.replace("\u00a0", " ")).strip()


class _Reader(HTMLParser):
    """Collects the bound values and the ids of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.values: list[Printed] = []
        self.ids: list[str] = []
        self._open: list[str] = []
        self._reading: list[tuple[int, str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag in _VOID:
            return
        self._open.append(tag)
        key = given.get("data-key")
        if key is not None:
            self._reading.append((len(self._open), key, []))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        while self._open[-1] != tag:
            self._close()
        self._close()

    def handle_data(self, data: str) -> None:
        for _, _, words in self._reading:
            words.append(data)

    def _close(self) -> None:
        """Leave the innermost element; where it bound a value, that is read."""
        if self._reading and self._reading[-1][0] == len(self._open):
            _, key, words = self._reading.pop()
            in_table = "td" in self._open or "th" in self._open
            self.values.append(Printed(key, _plain("".join(words)), in_table))
        self._open.pop()
