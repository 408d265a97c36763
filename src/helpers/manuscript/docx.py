"""What pandoc cannot write into a DOCX: the rules of tables, rows that stay together, line numbers.

pandoc leaves the rules of tables to the table style, which cannot tell a second header row or the
notes from the body; ``finish_docx`` draws them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from helpers.manuscript.wordstyles import INK, XML_HEADER, W, write_zip

_DOCUMENT = "word/document.xml"
_CUSTOM = "docProps/custom.xml"
_NO_PROPERTIES = (
    f"{XML_HEADER}<Properties"
    ' xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>'
)
_OFFICE = "http://schemas.openxmlformats.org"
_NAMESPACES = {
    "w": W,
    "r": f"{_OFFICE}/officeDocument/2006/relationships",
    "m": f"{_OFFICE}/officeDocument/2006/math",
    "a": f"{_OFFICE}/drawingml/2006/main",
    "pic": f"{_OFFICE}/drawingml/2006/picture",
    "wp": f"{_OFFICE}/drawingml/2006/wordprocessingDrawing",
}
_NOTE_STYLE = "TableNote"
_HEAVY, _LIGHT = 9, 4
_MEASURE = 9358  # width of the text in twentieths of a point: A4 less two margins
_NARROW, _BROAD, _WIDE_TABLE = 4, 34, 105  # characters: narrowest and broadest column, wide table
_MARGINS = 3  # characters that the margins of a cell take
_SHORT_TABLE = 18  # rows of a table that is kept on one page
_EM = "170"  # an em of a table's text in twentieths of a point
_INDENT = "\u2003"  # begins a row that belongs to the group above it
_BEFORE_BORDERS = ("cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge")  # in CT_TcPr
_SECTION = re.compile(
    r"<w:sectPr(?P<attributes>[^>]*?)(?:/>|(?<!/)>(?P<inside>.*?)</w:sectPr>)", re.DOTALL
)
_LINE_NUMBERS = re.compile(r"<w:lnNumType\b[^>]*/>")
_AFTER_LINE_NUMBERS = re.compile(
    r"<w:(?:pgNumType|cols|formProt|vAlign|noEndnote|titlePg|textDirection|bidi|rtlGutter|docGrid"
    r"|printerSettings|sectPrChange)\b"
)


def finish_docx(path: Path, *, line_numbers: bool = False) -> None:
    """Draw the rules of tables, empty the custom properties (paths), fix the archive's dates.

    Args:
        path: The file that pandoc wrote; it is replaced.
        line_numbers: Whether the lines of the text are numbered in the margin.
    """
    for prefix, name in _NAMESPACES.items():
        ElementTree.register_namespace(prefix, name)
    parts = _read_zip(path)
    document = ElementTree.fromstring(parts[_DOCUMENT])
    for table in document.iter(_w("tbl")):
        _rule_table(table)
    parts[_DOCUMENT] = ElementTree.tostring(document, encoding="UTF-8", xml_declaration=True)
    if line_numbers:
        parts[_DOCUMENT] = _with_line_numbers(parts[_DOCUMENT])
    if _CUSTOM in parts:
        parts[_CUSTOM] = _NO_PROPERTIES.encode("utf-8")
    write_zip(path, parts)


def number_lines(path: Path) -> None:
    """Number the lines of a document that another engine made, and leave the rest as it is."""
    parts = _read_zip(path)
    parts[_DOCUMENT] = _with_line_numbers(parts[_DOCUMENT])
    write_zip(path, parts)


def _read_zip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with_line_numbers(document: bytes) -> bytes:
    """Number every line of every section, on from page to page; tables are never numbered.

    ``CT_SectPr`` is a sequence: the element stands before those of ``_AFTER_LINE_NUMBERS``.
    """

    def numbered(section: re.Match[str]) -> str:
        inside = _LINE_NUMBERS.sub("", section["inside"] or "")
        later = _AFTER_LINE_NUMBERS.search(inside)
        at = later.start() if later else len(inside)
        numbers = '<w:lnNumType w:countBy="1" w:restart="continuous"/>'
        return f"<w:sectPr{section['attributes']}>{inside[:at]}{numbers}{inside[at:]}</w:sectPr>"

    return _SECTION.sub(numbered, document.decode("utf-8")).encode("utf-8")


def _w(name: str) -> str:
    return f"{{{W}}}{name}"


def _element(name: str, **attributes: str) -> Element:
    return Element(_w(name), {_w(key): value for key, value in attributes.items()})


def _rule_table(table: Element) -> None:
    rows = table.findall(_w("tr"))
    headers = [row for row in rows if row.find(f"{_w('trPr')}/{_w('tblHeader')}") is not None]
    notes = [row for row in rows if _has_style(row, _NOTE_STYLE)]
    body = [row for row in rows if row not in headers and row not in notes]
    _set_widths(table, rows)
    for row in rows:
        _properties(row, "trPr").insert(0, _element("cantSplit"))
        _hang_indented(row)
    for row in rows[:-1] if len(rows) <= _SHORT_TABLE else _bound_to_next(headers, body, notes):
        _keep_with_next(row)
    for row in headers[:-1]:
        _border(row, "bottom", _LIGHT, spanners_only=True)
    if rows and rows[0] not in notes:
        _border(rows[0], "top", _HEAVY)
    if headers:
        _border(headers[-1], "bottom", _LIGHT)
    if body:
        _border(body[-1], "bottom", _HEAVY)


def _bound_to_next(
    headers: list[Element], body: list[Element], notes: list[Element]
) -> Iterator[Element]:
    """Yield the rows of a long table that make no sense as the last one of a page.

    Those are its header rows, the heads of its groups, the last row before its notes, and every
    note before another.
    """
    yield from headers
    for row, after in pairwise(body):
        first, *others = (_text(cell) for cell in row.findall(_w("tc")))
        inside = next((_text(cell) for cell in after.findall(_w("tc"))), "")
        heads = not first.startswith(_INDENT) and (not others or inside.startswith(_INDENT))
        if first and heads and not any(others):
            yield row
    if body and notes:
        yield body[-1]
    yield from notes[:-1]


def _text(element: Element) -> str:
    return "".join(node.text or "" for node in element.iter(_w("t")))


def _has_style(row: Element, style: str) -> bool:
    return any(node.get(_w("val")) == style for node in row.iter(_w("pStyle")))


def _set_widths(table: Element, rows: list[Element]) -> None:
    """Share the measure among the columns by their longest text; shrink what is too wide.

    Where that is not enough, the widest columns break their lines, so that figures keep theirs.
    Word would find widths by itself; LibreOffice and others make all columns equal.
    """
    longest = _longest_texts(rows)
    if not longest:
        return
    if sum(longest) > _WIDE_TABLE:
        _shrink(table)
    longest = _narrowed(longest)
    widths = [round(_MEASURE * length / sum(longest)) for length in longest]
    total = table.find(f"{_w('tblPr')}/{_w('tblW')}")
    if total is not None:
        total.set(_w("type"), "pct")
        total.set(_w("w"), "5000")
    grid = table.find(_w("tblGrid"))
    if grid is not None:
        grid[:] = [_element("gridCol", w=str(width)) for width in widths]
    for row in rows:
        for cell, first, span in _cells(row):
            properties = _properties(cell, "tcPr")
            for old in properties.findall(_w("tcW")):
                properties.remove(old)
            own = sum(widths[first : first + span])
            properties.insert(0, _element("tcW", w=str(own), type="dxa"))


def _shrink(table: Element) -> None:
    for style in table.iter(_w("pStyle")):
        name = style.get(_w("val"))
        if name in ("TableText", "TableHeading"):
            style.set(_w("val"), f"{name}Small")


def _narrowed(longest: list[int]) -> list[int]:
    """Narrow the broadest columns until a page holds all, none to less than three fifths."""
    widths = list(longest)
    while sum(widths) > _WIDE_TABLE:
        narrower = [i for i, width in enumerate(widths) if width > 0.6 * longest[i]]
        if not narrower:
            break
        widths[max(narrower, key=lambda i: widths[i])] -= 1
    return widths


def _longest_texts(rows: list[Element]) -> list[int]:
    """Return the characters of the longest cell of each column, within bounds."""
    longest: dict[int, int] = {}
    for row in rows:
        for cell, first, span in _cells(row):
            if span == 1:
                text = _text(cell)
                # A heading may stand on two lines; its words stay whole.
                words = max(map(len, text.split()), default=0)
                wanted = max(words, (len(text) + 1) // 2) if _is_heading(cell) else len(text)
                longest[first] = max(longest.get(first, 0), wanted)
            else:
                longest.setdefault(first + span - 1, 0)
    return [
        min(max(longest.get(column, 0), _NARROW), _BROAD) + _MARGINS
        for column in range(max(longest, default=-1) + 1)
    ]


def _is_heading(cell: Element) -> bool:
    return any(
        str(style.get(_w("val"))).startswith("TableHeading") for style in cell.iter(_w("pStyle"))
    )


def _cells(row: Element) -> Iterator[tuple[Element, int, int]]:
    """Yield each cell with its first column and the number of columns that it spans."""
    column = 0
    for cell in row.findall(_w("tc")):
        spans = cell.find(f"{_w('tcPr')}/{_w('gridSpan')}")
        span = int(spans.get(_w("val"), "1")) if spans is not None else 1
        yield cell, column, span
        column += span


def _properties(element: Element, name: str) -> Element:
    """Return the properties of a row or cell, made where there are none."""
    found = element.find(_w(name))
    if found is None:
        found = _element(name)
        element.insert(0, found)
    return found


def _keep_with_next(row: Element) -> None:
    for properties in row.iter(_w("pPr")):
        if properties.find(_w("keepNext")) is None:
            has_style = properties.find(_w("pStyle")) is not None
            properties.insert(1 if has_style else 0, _element("keepNext"))


def _hang_indented(row: Element) -> None:
    """Let the further lines of an indented label begin where its first line does."""
    first = row.find(_w("tc"))
    if first is None or not _text(first).startswith(_INDENT):
        return
    for paragraph in first.iter(_w("p")):
        properties = _properties(paragraph, "pPr")
        aligned = properties.find(_w("jc"))
        at = len(properties) if aligned is None else list(properties).index(aligned)
        properties.insert(at, _element("ind", left=_EM, hanging=_EM))


def _border(row: Element, side: str, size: int, *, spanners_only: bool = False) -> None:
    for cell, _, span in _cells(row):
        if spanners_only and span == 1:
            continue
        properties = _properties(cell, "tcPr")
        borders = properties.find(_w("tcBorders"))
        if borders is None:
            borders = _element("tcBorders")
            names = [_w(name) for name in _BEFORE_BORDERS]
            at = sum(child.tag in names for child in properties)
            properties.insert(at, borders)
        borders.append(_element(side, val="single", sz=str(size), space="0", color=INK))
