"""The DOCX side of the house style: the reference document, and what pandoc cannot write.

The reference document is written here, from nothing, so that its styles can be read and tested.
pandoc leaves the rules of tables to the table style, which cannot tell a second header row or the
notes from the body; ``finish_docx`` draws them.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.dom import minidom

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SERIF, SANS = "Cambria", "Calibri"
_INK, _QUIET = "1D1F22", "5B6068"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_CUSTOM = "docProps/custom.xml"
_NO_PROPERTIES = (
    f"{_HEADER}<Properties"
    ' xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>'
)
_NOTE_STYLE = "TableNote"
_HEAVY, _LIGHT = 9, 4
_MEASURE = 9358  # width of the text in twentieths of a point: A4 less two margins
_NARROW, _BROAD, _WIDE_TABLE = 4, 34, 105  # characters: narrowest and broadest column, wide table
_AFTER_LINE_NUMBERS = tuple(
    f"w:{name}"
    for name in (
        *("pgNumType", "cols", "formProt", "vAlign", "noEndnote", "titlePg", "textDirection"),
        *("bidi", "rtlGutter", "docGrid", "printerSettings", "sectPrChange"),
    )
)
_SHORT_TABLE = 18  # rows of a table that is kept on one page


@dataclass(frozen=True)
class Style:
    """A paragraph style. Sizes are half-points, spacing is twentieths of a point."""

    name: str
    based_on: str = "Normal"
    size: int | None = None
    before: int = 0
    after: int = 0
    line: int | None = None
    bold: bool = False
    italic: bool = False
    sans: bool = False
    color: str | None = None
    keep_next: bool = False
    outline: int | None = None
    extra: str = ""

    @property
    def identifier(self) -> str:
        """The style's id: its name without spaces."""
        return self.name.replace(" ", "")


_RULE_ABOVE = f'<w:pBdr><w:top w:val="single" w:sz="4" w:space="6" w:color="{_QUIET}"/></w:pBdr>'


def _box(edge: str, fill: str) -> str:
    return (
        f'<w:pBdr><w:left w:val="single" w:sz="24" w:space="8" w:color="{edge}"/></w:pBdr>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>'
    )


_NOTICE = _box("B58900", "FDF6E3")
_CALLOUT = _box("1F4E79", "F6F8FA")
_HANGING = '<w:ind w:left="420" w:hanging="420"/>'

STYLES = (
    Style("Body Text", after=140, line=276),
    Style("First Paragraph", "BodyText", after=140, line=276),
    Style("Compact", "BodyText", after=40, line=264),
    Style("Title", size=38, after=120, bold=True, sans=True, keep_next=True, line=240),
    Style("Subtitle", size=25, after=160, sans=True, color=_QUIET, line=240),
    Style("Author", size=22, after=80),
    Style("Affiliation", size=18, after=20, color=_QUIET),
    Style("Date", size=18, before=60, after=80, color=_QUIET),
    Style("Abstract Title", size=22, before=200, after=80, bold=True, sans=True, keep_next=True),
    Style("Abstract", size=20, after=120, line=264),
    Style("Keywords", size=19, before=60, after=200),
    Style("Key Points", size=20, after=60, line=259),
    Style("Counts", size=18, after=200, color=_QUIET),
    Style("Bibliography", size=19, after=70, line=247, extra=_HANGING),
    Style("Block Text", after=140, italic=True, extra='<w:ind w:left="480" w:right="480"/>'),
    Style("Definition Term", bold=True, keep_next=True),
    Style("Definition", after=100, extra='<w:ind w:left="480"/>'),
    Style("Caption", size=18, before=60, after=100, line=247),
    Style("Table Caption", "Caption", size=18, before=280, after=100, line=247, keep_next=True),
    Style("Image Caption", "Caption", size=18, before=60, after=280, line=247),
    Style("Figure", before=240, keep_next=True, extra='<w:jc w:val="center"/>'),
    Style("Captioned Figure", "Figure", before=240, keep_next=True, extra='<w:jc w:val="center"/>'),
    Style("Table Text", size=17, sans=True, line=240),
    Style("Table Heading", "TableText", size=17, bold=True, sans=True, keep_next=True, line=240),
    Style("Table Text Small", "TableText", size=14, sans=True, line=240),
    Style(
        "Table Heading Small",
        "TableHeading",
        size=14,
        bold=True,
        sans=True,
        keep_next=True,
        line=240,
    ),
    Style(
        "Table Note", "TableText", size=15, before=40, after=160, sans=True, color=_QUIET, line=240
    ),
    *(
        style
        for name, box in (("Callout", _CALLOUT), ("Notice", _NOTICE))
        for style in (
            Style(
                f"{name} Title",
                size=20,
                before=120,
                bold=True,
                sans=True,
                keep_next=True,
                extra=box,
            ),
            Style(name, size=20, after=160, line=259, extra=box),
        )
    ),
    Style("Colophon", size=16, before=240, color=_QUIET, line=247, extra=_RULE_ABOVE),
    Style("Footnote Text", size=17, after=40),
    Style("Source Code", size=18, after=140),
    Style("footer", size=17, color=_QUIET, extra='<w:jc w:val="center"/>'),
    *(
        Style(
            f"heading {level}",
            size=size,
            before=before,
            after=after,
            bold=True,
            italic=level == 3,
            sans=True,
            keep_next=True,
            outline=level - 1,
        )
        for level, size, before, after in (
            (1, 27, 380, 120),
            (2, 23, 280, 90),
            (3, 21, 220, 70),
            (4, 21, 200, 60),
            (5, 21, 200, 60),
            (6, 21, 200, 60),
        )
    ),
)


def write_reference(path: Path) -> None:
    """Write the reference document: styles, A4 page, page numbers. Same bytes every time."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relationships(("officeDocument", "word/document.xml")),
        "word/document.xml": _document(),
        "word/_rels/document.xml.rels": _relationships(
            ("styles", "styles.xml"), ("footer", "footer1.xml"), ("settings", "settings.xml")
        ),
        "word/styles.xml": styles_xml(),
        "word/settings.xml": f'{_HEADER}<w:settings xmlns:w="{W}"/>',
        "word/footer1.xml": _footer(),
    }
    _write_zip(path, {name: text.encode("utf-8") for name, text in parts.items()})


def styles_xml() -> str:
    """Return ``word/styles.xml``."""
    fonts = f'<w:rFonts w:ascii="{SERIF}" w:hAnsi="{SERIF}" w:cs="{SERIF}" w:eastAsia="{SERIF}"/>'
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{fonts}"
        f'<w:color w:val="{_INK}"/><w:sz w:val="21"/><w:szCs w:val="21"/><w:lang w:val="en-GB"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr/></w:pPrDefault></w:docDefaults>"
    )
    normal = (
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
        '<w:name w:val="Normal"/><w:qFormat/></w:style>'
    )
    paragraphs = "".join(_paragraph_style(style) for style in STYLES)
    return (
        f'{_HEADER}<w:styles xmlns:w="{W}">{defaults}{normal}{paragraphs}'
        f"{_character_styles()}{_table_style()}</w:styles>"
    )


def _paragraph_style(style: Style) -> str:
    line = f' w:line="{style.line}" w:lineRule="auto"' if style.line else ""
    borders, other = (
        ("", style.extra) if not style.extra.startswith("<w:pBdr>") else (style.extra, "")
    )
    keep = "<w:keepNext/>" if style.keep_next else ""
    outline = f'<w:outlineLvl w:val="{style.outline}"/>' if style.outline is not None else ""
    spacing = f'<w:spacing w:before="{style.before}" w:after="{style.after}"{line}/>'
    run = f'<w:rFonts w:ascii="{SANS}" w:hAnsi="{SANS}" w:cs="{SANS}"/>' if style.sans else ""
    run += "<w:b/>" if style.bold else ""
    run += "<w:i/>" if style.italic else ""
    run += f'<w:color w:val="{style.color}"/>' if style.color else ""
    run += f'<w:sz w:val="{style.size}"/><w:szCs w:val="{style.size}"/>' if style.size else ""
    identifier = style.identifier.replace("heading", "Heading").replace("footer", "Footer")
    return (
        f'<w:style w:type="paragraph" w:styleId="{identifier}"><w:name w:val="{style.name}"/>'
        f'<w:basedOn w:val="{style.based_on}"/><w:qFormat/>'
        f"<w:pPr>{keep}{borders}{spacing}{other}{outline}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _character_styles() -> str:
    listed = (
        ("DefaultParagraphFont", "Default Paragraph Font", ""),
        ("VerbatimChar", "Verbatim Char", '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas"/>'),
        ("SectionNumber", "Section Number", f'<w:color w:val="{_QUIET}"/>'),
        ("FootnoteReference", "Footnote Reference", '<w:vertAlign w:val="superscript"/>'),
        ("Hyperlink", "Hyperlink", '<w:color w:val="1F4E79"/>'),
    )
    return "".join(
        f'<w:style w:type="character" w:styleId="{identifier}"><w:name w:val="{name}"/>'
        f"<w:rPr>{run}</w:rPr></w:style>"
        for identifier, name, run in listed
    )


def _table_style() -> str:
    return (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal">'
        '<w:name w:val="Normal Table"/><w:tblPr>'
        '<w:tblInd w:w="0" w:type="dxa"/></w:tblPr></w:style>'
        '<w:style w:type="table" w:styleId="Table"><w:name w:val="Table"/>'
        '<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/>'
        '<w:tblCellMar><w:top w:w="28" w:type="dxa"/><w:left w:w="70" w:type="dxa"/>'
        '<w:bottom w:w="28" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar>'
        "</w:tblPr></w:style>"
    )


def _document() -> str:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        f'{_HEADER}<w:document xmlns:w="{W}" xmlns:r="{relations}"><w:body><w:p/><w:sectPr>'
        '<w:footerReference w:type="default" r:id="rId2"/>'
        '<w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1360" w:right="1274" w:bottom="1360" w:left="1274"'
        ' w:header="700" w:footer="700" w:gutter="0"/></w:sectPr></w:body></w:document>'
    )


def _footer() -> str:
    return (
        f'{_HEADER}<w:ftr xmlns:w="{W}"><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>'
        '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p></w:ftr>'
    )


def _content_types() -> str:
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{word}.{kind}+xml"/>'
        for part, kind in (
            ("document", "document.main"),
            ("styles", "styles"),
            ("settings", "settings"),
            ("footer1", "footer"),
        )
    )
    return (
        f'{_HEADER}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relationships(*targets: tuple[str, str]) -> str:
    base = "http://schemas.openxmlformats.org"
    entries = "".join(
        f'<Relationship Id="rId{number}"'
        f' Type="{base}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return (
        f'{_HEADER}<Relationships xmlns="{base}/package/2006/relationships">'
        f"{entries}</Relationships>"
    )


def _write_zip(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content, zipfile.ZIP_DEFLATED)


def finish_docx(path: Path, *, line_numbers: bool = False) -> None:
    """Draw the rules of tables, empty the custom properties (paths), fix the archive's dates.

    Args:
        path: The file that pandoc wrote; it is replaced.
        line_numbers: Whether the lines of the text are numbered in the margin.
    """
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    document = minidom.parseString(parts["word/document.xml"])
    for table in document.getElementsByTagName("w:tbl"):
        _rule_table(table)
    if line_numbers:
        _number_lines(document)
    parts["word/document.xml"] = document.toxml(encoding="UTF-8")
    if _CUSTOM in parts:
        parts[_CUSTOM] = _NO_PROPERTIES.encode("utf-8")
    _write_zip(path, parts)


def number_lines(path: Path) -> None:
    """Number the lines of a document that another engine made, and leave the rest as it is."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    document = minidom.parseString(parts["word/document.xml"])
    _number_lines(document)
    parts["word/document.xml"] = document.toxml(encoding="UTF-8")
    _write_zip(path, parts)


def _number_lines(document: minidom.Document) -> None:
    """Number every line of every section, on from page to page; tables are never numbered.

    ``CT_SectPr`` is a sequence: the element stands before those of ``_AFTER_LINE_NUMBERS``.
    """
    for section in document.getElementsByTagName("w:sectPr"):
        for old in list(_children(section, "w:lnNumType")):
            section.removeChild(old)
        later = [child for child in _elements(section) if child.tagName in _AFTER_LINE_NUMBERS]
        numbers = _new(section, "w:lnNumType", countBy="1", restart="continuous")
        section.insertBefore(numbers, later[0] if later else None)


def _rule_table(table: minidom.Element) -> None:
    rows = list(_children(table, "w:tr"))
    headers = [row for row in rows if row.getElementsByTagName("w:tblHeader")]
    notes = [row for row in rows if _has_style(row, _NOTE_STYLE)]
    body = [row for row in rows if row not in headers and row not in notes]
    _set_widths(table, rows)
    for row in rows:
        _unbroken(row)
    if len(rows) <= _SHORT_TABLE:
        for row in rows[:-1]:
            _keep_with_next(row)
    for row in headers[:-1]:
        _border(row, "bottom", _LIGHT, spanners_only=True)
    if rows and rows[0] not in notes:
        _border(rows[0], "top", _HEAVY)
    if headers:
        _border(headers[-1], "bottom", _LIGHT)
    if body:
        _border(body[-1], "bottom", _HEAVY)


def _elements(element: minidom.Element) -> Iterator[minidom.Element]:
    for child in element.childNodes:
        if isinstance(child, minidom.Element):
            yield child


def _children(element: minidom.Element, name: str) -> Iterator[minidom.Element]:
    return (child for child in _elements(element) if child.tagName == name)


def _has_style(row: minidom.Element, style: str) -> bool:
    return any(node.getAttribute("w:val") == style for node in row.getElementsByTagName("w:pStyle"))


def _new(owner: minidom.Element, name: str, **attributes: str) -> minidom.Element:
    document = owner.ownerDocument
    assert document is not None  # every parsed element belongs to a document
    element = document.createElement(name)
    for key, value in attributes.items():
        element.setAttribute(f"w:{key}", value)
    return element


def _set_widths(table: minidom.Element, rows: list[minidom.Element]) -> None:
    """Share the measure among the columns by their longest text; shrink what is too wide.

    Word would find widths by itself; LibreOffice and others make all columns equal.
    """
    longest = _longest_texts(rows)
    if not longest:
        return
    if sum(longest) > _WIDE_TABLE:
        _shrink(table)
    widths = [round(_MEASURE * length / sum(longest)) for length in longest]
    for total in table.getElementsByTagName("w:tblW")[:1]:
        total.setAttribute("w:type", "pct")
        total.setAttribute("w:w", "5000")
    for grid in table.getElementsByTagName("w:tblGrid")[:1]:
        while grid.firstChild is not None:
            grid.removeChild(grid.firstChild)
        for width in widths:
            grid.appendChild(_new(grid, "w:gridCol", w=str(width)))
    for row in rows:
        for cell, first, span in _cells(row):
            properties = _properties(cell)
            for old in list(_children(properties, "w:tcW")):
                properties.removeChild(old)
            own = _new(cell, "w:tcW", w=str(sum(widths[first : first + span])), type="dxa")
            properties.insertBefore(own, properties.firstChild)


def _shrink(table: minidom.Element) -> None:
    for style in table.getElementsByTagName("w:pStyle"):
        name = style.getAttribute("w:val")
        if name in ("TableText", "TableHeading"):
            style.setAttribute("w:val", f"{name}Small")


def _longest_texts(rows: list[minidom.Element]) -> list[int]:
    """Return the characters of the longest cell of each column, within bounds."""
    longest: dict[int, int] = {}
    for row in rows:
        for cell, first, span in _cells(row):
            if span == 1:
                texts = cell.getElementsByTagName("w:t")
                length = sum(
                    len(node.firstChild.nodeValue or "") for node in texts if node.firstChild
                )
                longest[first] = max(longest.get(first, 0), length)
            else:
                longest.setdefault(first + span - 1, 0)
    return [
        min(max(longest.get(column, 0), _NARROW), _BROAD) + 2
        for column in range(max(longest, default=-1) + 1)
    ]


def _cells(row: minidom.Element) -> Iterator[tuple[minidom.Element, int, int]]:
    """Yield each cell with its first column and the number of columns that it spans."""
    column = 0
    for cell in _children(row, "w:tc"):
        spans = cell.getElementsByTagName("w:gridSpan")
        span = int(spans[0].getAttribute("w:val")) if spans else 1
        yield cell, column, span
        column += span


def _properties(cell: minidom.Element) -> minidom.Element:
    """Return the properties of a cell, made where there are none."""
    found = next(_children(cell, "w:tcPr"), None)
    if found is None:
        found = _new(cell, "w:tcPr")
        cell.insertBefore(found, cell.firstChild)
    return found


def _unbroken(row: minidom.Element) -> None:
    properties = next(_children(row, "w:trPr"), None)
    if properties is None:
        properties = _new(row, "w:trPr")
        row.insertBefore(properties, row.firstChild)
    properties.insertBefore(_new(row, "w:cantSplit"), properties.firstChild)


def _keep_with_next(row: minidom.Element) -> None:
    for properties in list(row.getElementsByTagName("w:pPr")):
        if not properties.getElementsByTagName("w:keepNext"):
            others = [child for child in _elements(properties) if child.tagName != "w:pStyle"]
            properties.insertBefore(_new(row, "w:keepNext"), others[0] if others else None)


def _border(row: minidom.Element, side: str, size: int, *, spanners_only: bool = False) -> None:
    for cell in _children(row, "w:tc"):
        if spanners_only and not cell.getElementsByTagName("w:gridSpan"):
            continue
        properties = _properties(cell)
        borders = next(_children(properties, "w:tcBorders"), None)
        if borders is None:
            borders = _new(cell, "w:tcBorders")
            later = [
                child
                for child in _elements(properties)
                if child.tagName in ("w:shd", "w:noWrap", "w:tcMar", "w:vAlign")
            ]
            properties.insertBefore(borders, later[0] if later else None)
        borders.appendChild(
            _new(cell, f"w:{side}", val="single", sz=str(size), space="0", color=_INK)
        )
