"""A finished document with its numbers, tables and figures made to answer where they come from.

Works on the HTML of either engine: a value is an element with ``data-key``, a float an element
whose id is the label of a notebook's cell. The document itself is not changed, save for what
is added at the beginning and at the end of its body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from helpers.errors import ManuscriptError
from helpers.review.site.pages import embedded_json, exhibit_facts, row_facts
from helpers.review.site.record import Record

_STYLE = '<link rel="icon" href="data:,">\n<link rel="stylesheet" href="assets/walk.css">\n'
_BODY = "<body>"
_SPACE = re.compile(r"\s+")
_LINE_END = re.compile("\n")
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
class Places:
    """Where in a page something can be added.

    Attributes:
        head_end: Before the end of its head.
        body_start: After the tag that begins its body.
        body_end: Before the end of its body.
    """

    head_end: int
    body_start: int
    body_end: int


@dataclass(frozen=True)
class Contents:
    """What is read of a page.

    Attributes:
        values: Its bound values, in their order.
        ids: Its ids.
        places: Where something can be added; None where it has no head or no body.
    """

    values: tuple[Printed, ...]
    ids: frozenset[str]
    places: Places | None


def read_contents(page: str) -> Contents:
    """Return what a page binds, and where it begins and ends.

    What a script or a style of the page says of tags is no part of it.
    """
    reader = _Reader(page)
    reader.feed(page)
    reader.close()
    return Contents(tuple(reader.values), frozenset(reader.ids), reader.places())


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
    return _framed(page, contents.places, bar, where, _tail(contents, record))


def framed(page: str, bar: str, where: str) -> str:
    """Return a finished page of this package's own with the site's links above it.

    It is not read through, as a document is: it holds no script, and its text is escaped.

    Args:
        page: The page.
        bar: The links.
        where: Where the page stands, for an error.

    Raises:
        ManuscriptError: The page has no head or no body.
    """
    head, begin, end = page.find("</head>"), page.find(_BODY), page.rfind("</body>")
    whole = 0 <= head < begin < end
    return _framed(page, Places(head, begin + len(_BODY), end) if whole else None, bar, where)


def _framed(page: str, places: Places | None, bar: str, where: str, tail: str = "") -> str:
    if places is None:
        raise ManuscriptError(
            "the page has no head or no body",
            where=where,
            remedy="let it be made again, then build the study",
        )
    head = f"{page[: places.head_end]}{_STYLE}{page[places.head_end : places.body_start]}"
    body = page[places.body_start : places.body_end]
    return f"{head}\n{bar}{body}{tail}{page[places.body_end :]}"


def _require_row(value: Printed, record: Record, where: str) -> None:
    row = record.rows.get(value.key)
    if row is None:
        what = f"unknown ledger key {value.key!r}"
    elif not value.in_table and value.text not in map(_plain, row.printable().values()):
        what = f"a number is printed otherwise than its row of the ledger says, {value.key!r}"
    else:
        return
    remedy = f"the document is of another record: run `manuscript render {_study(record)}`"
    raise ManuscriptError(what, where=where, remedy=remedy)


def _study(record: Record) -> str:
    return str(record.about["study"])


def _tail(contents: Contents, record: Record) -> str:
    keys = dict.fromkeys(value.key for value in contents.values)
    facts = {
        "about": {
            name: record.about[name] for name in ("study", "notice", "data_hash", "data_cut")
        },
        "rows": {key: row_facts(record.rows[key], record) for key in keys},
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
    """Collects the bound values and the ids of a page, and where its head and body lie."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [0, *(found.end() for found in _LINE_END.finditer(page))]
        self._marks: dict[str, int] = {}
        self.values: list[Printed] = []
        self.ids: list[str] = []
        self._open: list[str] = []
        self._reading: list[tuple[int, str, list[str]]] = []

    def places(self) -> Places | None:
        """Return where something can be added to the page."""
        marks = [self._marks.get(name) for name in ("</head>", "<body>", "</body>")]
        head, start, end = (-1 if mark is None else mark for mark in marks)
        return Places(head, start, end) if 0 <= head <= start <= end else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._marks["<body>"] = self._here() + len(self.get_starttag_text() or "")
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
        if tag in ("head", "body"):
            self._marks[f"</{tag}>"] = self._here()
        if tag not in self._open:
            return
        while self._open[-1] != tag:
            self._close()
        self._close()

    def handle_data(self, data: str) -> None:
        for _, _, words in self._reading:
            words.append(data)

    def _here(self) -> int:
        """Return where in the page the present tag begins."""
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _close(self) -> None:
        """Leave the innermost element; where it bound a value, that is read."""
        if self._reading and self._reading[-1][0] == len(self._open):
            _, key, words = self._reading.pop()
            in_table = "td" in self._open or "th" in self._open
            self.values.append(Printed(key, _plain("".join(words)), in_table))
        self._open.pop()
