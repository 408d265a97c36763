"""What leaves the machine: the texts of a record and its documents, line by line with their place.

Looked at: executed notebooks (sources, results, what they printed), tables, data and words of
figures, the ledger, HTML and JATS documents. Not looked at: pictures, and DOCX and PDF, which are
made from the same sources as the HTML; ``.manuscript``, which stays on the machine.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

Kind = Literal["notebook", "table", "figure", "ledger", "document"]
SVG_WORDS = re.compile(r"<!--(?P<note>.*?)-->|<text[^>]*>(?P<text>.*?)</text>", re.DOTALL)
TAGS = re.compile(r"<[^>]+>")
SHOWN = ("text/plain", "text/html", "text/markdown", "text/latex", "application/json")


@dataclass(frozen=True)
class Line:
    """One line of something that leaves the machine.

    Attributes:
        file: The file, relative to the record.
        kind: What it is part of.
        place: Where in the file: a line, a cell, a key.
        text: What it says.
    """

    file: str
    kind: Kind
    place: str
    text: str


@dataclass(frozen=True)
class Sheet:
    """A CSV file.

    Attributes:
        file: The file, relative to the record.
        kind: ``table`` or ``figure``.
        header: Its columns.
        rows: Its rows.
    """

    file: str
    kind: Kind
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, number: int) -> list[str]:
        """Return the cells of a column."""
        return [row[number] for row in self.rows if number < len(row)]


@dataclass(frozen=True)
class Output:
    """What one cell of a notebook showed."""

    file: str
    place: str
    plain: str
    html: str


@dataclass(frozen=True)
class Material:
    """Everything that is looked at.

    Attributes:
        lines: Every line of text.
        sheets: Every CSV file.
        outputs: Every result of a notebook's cell.
        declared: What the authors wrote: sources of documents and notebooks, the study's files.
    """

    lines: tuple[Line, ...]
    sheets: tuple[Sheet, ...]
    outputs: tuple[Output, ...]
    declared: str


def read_material(record: Path, sources: Sequence[Path]) -> Material:
    """Read the record and the documents of one study.

    Args:
        record: The folder of the record.
        sources: Files and folders that the authors wrote.
    """
    lines: list[Line] = []
    sheets: list[Sheet] = []
    outputs: list[Output] = []
    for path in sorted(record.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for number, cell in enumerate(cells, start=1):
            place = f"cell {number}"
            lines += _split(path.name, "notebook", place, "".join(cell["source"]))
            for output in cell.get("outputs", []):
                shown = _output(path.name, place, output)
                outputs.append(shown)
                lines += _split(path.name, "notebook", place, shown.plain)
                lines += _split(path.name, "notebook", place, visible(shown.html))
    for folder, kind in (("tables", "table"), ("figures", "figure")):
        for path in sorted((record / folder).glob("*.csv")):
            sheet = read_sheet(path.read_text(encoding="utf-8"), f"{folder}/{path.name}", kind)
            sheets.append(sheet)
            lines += sheet_lines(sheet)
    for path in sorted((record / "figures").glob("*.svg")):
        words = _svg_words(path.read_text(encoding="utf-8"))
        lines += _split(f"figures/{path.name}", "figure", "", words)
    lines += _ledger_lines(record / "ledger.json")
    for path in sorted([*record.glob("*.html"), *record.glob("*.xml")]):
        lines += [
            Line(path.name, "document", f"line {number}", text)
            for number, text in visible_lines(path.read_text(encoding="utf-8"))
        ]
    return Material(tuple(lines), tuple(sheets), tuple(outputs), _written(sources))


def read_sheet(text: str, file: str, kind: str) -> Sheet:
    """Return a CSV text as a sheet."""
    table = [tuple(row) for row in csv.reader(io.StringIO(text))]
    header = table[0] if table else ()
    return Sheet(file, "figure" if kind == "figure" else "table", header, tuple(table[1:]))


def sheet_lines(sheet: Sheet) -> Iterator[Line]:
    """Yield the header and the rows of a sheet as lines."""
    for number, row in enumerate((sheet.header, *sheet.rows), start=1):
        yield Line(sheet.file, sheet.kind, f"line {number}", " | ".join(row))


def visible(page: str) -> str:
    """Return the text of an HTML page that a reader sees, cells of tables divided."""
    return "\n".join(text for _, text in visible_lines(page))


def visible_lines(page: str) -> list[tuple[int, str]]:
    """Return the visible lines of an HTML or XML page, each with its line in the source."""
    reader = _Visible()
    reader.feed(page)
    reader.close()
    reader.divide()
    return reader.lines


class _Visible(HTMLParser):
    BLOCKS = frozenset({"p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "caption", "sec"})
    HIDDEN = frozenset({"script", "style", "svg"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[tuple[int, str]] = []
        self._text: list[str] = []
        self._began = 1
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in self.HIDDEN
        self._tag(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self.HIDDEN and self._hidden > 0
        self._tag(tag)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if not self._text:
            self._began = self.getpos()[0]
        self._text.append(data)

    def divide(self) -> None:
        """End the line that was begun."""
        text = " ".join("".join(self._text).split())
        if text.strip(" |"):
            self.lines.append((self._began, text))
        self._text = []

    def _tag(self, tag: str) -> None:
        if tag in self.BLOCKS:
            self.divide()
        elif tag in ("td", "th") and not self._hidden:
            self._text.append(" | ")


def _split(file: str, kind: Kind, place: str, text: str) -> Iterator[Line]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            where = f"{place}, line {number}" if place else f"text line {number}"
            yield Line(file, kind, where, line)


def _output(file: str, place: str, output: dict[str, Any]) -> Output:
    data = output.get("data", {})
    shown = {name: _joined(data[name]) for name in SHOWN if name in data}
    html = shown.pop("text/html", "")
    said = [*shown.values(), _joined(output.get("text", "")), *output.get("traceback", [])]
    said += [str(output.get("evalue", ""))]
    return Output(file, place, "\n".join(part for part in said if part), html)


def _joined(text: Any) -> str:
    if isinstance(text, list):
        return "".join(map(str, text))
    return text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)


def _svg_words(picture: str) -> str:
    found = SVG_WORDS.finditer(picture)
    return "\n".join(TAGS.sub("", match["note"] or match["text"] or "").strip() for match in found)


def _ledger_lines(path: Path) -> Iterator[Line]:
    for row in json.loads(path.read_text(encoding="utf-8"))["rows"]:
        said = [str(value) for name, value in row.items() if isinstance(value, str)]
        yield Line(path.name, "ledger", str(row["key"]), " | ".join(said))


def _written(sources: Sequence[Path]) -> str:
    texts = []
    for source in sources:
        files = sorted(source.rglob("*")) if source.is_dir() else [source]
        for path in files:
            if path.is_file() and path.suffix in (".qmd", ".yml", ".md", ".bib", ".ipynb"):
                texts.append(path.read_text(encoding="utf-8"))
    return "\n".join(texts)
