"""Text of HTML, XML and SVG: what a reader sees, and what only a program or the source shows."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

#: Attributes that lay out and say nothing.
SILENT = frozenset(
    {"class", "style", "d", "transform", "points", "viewbox", "width", "height", "x", "y", "fill"}
    | {"stroke", "xmlns", "rel", "type", "lang", "charset", "role", "tabindex", "colspan"}
    | {"rowspan", "scope", "dur", "clip-path", "xml:lang", "xml:space"}
)
MEASURE = re.compile(r".{1,3}|[-+]?\d*\.\d+|[-+]?\d+(?:px|pt|em|rem|%)")
DATA_URI = re.compile(r"data:(?P<mime>[\w/+.-]+)[^,]*?(?P<base64>;base64)?,(?P<body>.*)", re.DOTALL)


class Markup(HTMLParser):
    """Reads a page into lines, each with its line in the source.

    Attributes:
        seen: What a reader sees; cells of a table are divided by "|".
        hidden: Comments, attributes, scripts, styles, words of drawings.
        tables: Every table, row by row.
        embedded: Files inside of the page: media type and bytes.
    """

    BLOCKS = frozenset(
        {"p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "caption", "sec", "pre", "title"}
        | {"article-title", "kwd", "dt", "dd", "figcaption", "button", "br", "text", "desc"}
    )
    HIDDEN = frozenset({"script", "style", "svg"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[int, str]] = []
        self.hidden: list[tuple[int, str]] = []
        self.tables: list[list[list[str]]] = []
        self.embedded: list[tuple[str, bytes]] = []
        self._text: list[str] = []
        self._began = 1
        self._hidden = 0
        self._tables: list[list[list[str]]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that begins, and what its attributes say."""
        self.divide_if(tag)
        self._hidden += tag in self.HIDDEN
        for name, value in attrs:
            self._attribute(name, value or "")
        self._begin(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag without content."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note a tag that ends."""
        self.divide_if(tag)
        self._hidden -= tag in self.HIDDEN and self._hidden > 0
        if tag in ("td", "th"):
            self._in_cell = False
        elif tag == "table" and self._tables:
            self.tables.append(self._tables.pop())

    def handle_data(self, data: str) -> None:
        """Note text between tags."""
        if not self._text:
            self._began = self.getpos()[0]
        self._text.append(data)
        if self._in_cell and self._tables and self._tables[-1]:
            self._tables[-1][-1][-1] += data

    def handle_comment(self, data: str) -> None:
        """Note a comment."""
        self.hidden.append((self.getpos()[0], data))

    def handle_pi(self, data: str) -> None:
        """Note an instruction."""
        self.hidden.append((self.getpos()[0], data))

    def unknown_decl(self, data: str) -> None:
        """Note a CDATA section, which is text."""
        self.handle_data(data.removeprefix("CDATA["))

    def divide_if(self, tag: str) -> None:
        """End the line that was begun where a tag stands between blocks."""
        if tag in self.BLOCKS or tag in self.HIDDEN:
            self.divide()

    def divide(self) -> None:
        """End the line that was begun."""
        text, self._text = "".join(self._text), []
        if self._hidden:
            lines = enumerate(text.splitlines(), start=self._began)
            self.hidden += [(number, line) for number, line in lines if line.strip()]
        elif (shown := " ".join(text.split())).strip(" |"):
            self.seen.append((self._began, shown))

    def _begin(self, tag: str) -> None:
        if tag in ("td", "th"):
            if not self._hidden:
                self._text.append(" | ")
            self._in_cell = True
            if self._tables and self._tables[-1]:
                self._tables[-1][-1].append("")
        elif tag == "tr" and self._tables:
            self._tables[-1].append([])
        elif tag == "table":
            self._tables.append([])

    def _attribute(self, name: str, value: str) -> None:
        found = DATA_URI.fullmatch(value)
        if found is not None:
            self.embedded.append((found["mime"], _bytes(found["body"], bool(found["base64"]))))
        elif value.strip() and not (
            name in SILENT or name.startswith("xmlns") or MEASURE.fullmatch(value)
        ):
            self.hidden.append((self.getpos()[0], value))


def _bytes(body: str, coded: bool) -> bytes:
    if not coded:
        return body.encode()
    try:
        return base64.b64decode(body)
    except (binascii.Error, ValueError):
        return body.encode()


def read_markup(page: str) -> Markup:
    """Read a page."""
    reader = Markup()
    reader.feed(page)
    reader.close()
    reader.divide()
    return reader


def visible(page: str) -> str:
    """Return the text of an HTML page that a reader sees, cells of tables divided."""
    return "\n".join(text for _, text in read_markup(page).seen)


def strings(tree: object) -> Iterator[str]:
    """Yield the names and the texts of plain data; its numbers are left out."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield str(name)
            yield from strings(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from strings(value)
    elif isinstance(tree, str):
        yield tree


def json_strings(text: str) -> list[str]:
    """Return what JSON says in words; the text itself where it is no JSON."""
    try:
        return list(strings(json.loads(text)))
    except ValueError:
        return text.splitlines()
