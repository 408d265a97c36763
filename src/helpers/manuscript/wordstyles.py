"""The DOCX side of the house style: the reference document, written from nothing.

Its styles can be read and tested here; ``manuscripts/_shared/reference.docx`` is a copy for Quarto.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SERIF, SANS = "Cambria", "Calibri"
INK, QUIET = "1D1F22", "5B6068"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
XML_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


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


_RULE_ABOVE = f'<w:pBdr><w:top w:val="single" w:sz="4" w:space="6" w:color="{QUIET}"/></w:pBdr>'


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
    Style("Subtitle", size=25, after=160, sans=True, color=QUIET, line=240),
    Style("Author", size=22, after=80),
    Style("Affiliation", size=18, after=20, color=QUIET),
    Style("Date", size=18, before=60, after=80, color=QUIET),
    Style("Abstract Title", size=22, before=200, after=80, bold=True, sans=True, keep_next=True),
    Style("Abstract", size=20, after=120, line=264),
    Style("Keywords", size=19, before=60, after=200),
    Style("Key Points", size=20, after=60, line=259),
    Style("Counts", size=18, after=200, color=QUIET),
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
        "Table Note", "TableText", size=15, before=40, after=160, sans=True, color=QUIET, line=240
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
    Style("Colophon", size=16, before=240, color=QUIET, line=247, extra=_RULE_ABOVE),
    Style("Footnote Text", size=17, after=40),
    Style("Source Code", size=18, after=140),
    Style("footer", size=17, color=QUIET, extra='<w:jc w:val="center"/>'),
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
        "[Content_Types].xml": content_types("styles", "settings", "footer1"),
        "_rels/.rels": relationships(("officeDocument", "word/document.xml")),
        "word/document.xml": _document(),
        "word/_rels/document.xml.rels": relationships(
            ("styles", "styles.xml"), ("footer", "footer1.xml"), ("settings", "settings.xml")
        ),
        "word/styles.xml": styles_xml(),
        "word/settings.xml": f'{XML_HEADER}<w:settings xmlns:w="{W}"/>',
        "word/footer1.xml": _footer(),
    }
    write_zip(path, {name: text.encode("utf-8") for name, text in parts.items()})


def styles_xml() -> str:
    """Return ``word/styles.xml``."""
    fonts = f'<w:rFonts w:ascii="{SERIF}" w:hAnsi="{SERIF}" w:cs="{SERIF}" w:eastAsia="{SERIF}"/>'
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{fonts}"
        f'<w:color w:val="{INK}"/><w:sz w:val="21"/><w:szCs w:val="21"/><w:lang w:val="en-GB"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr/></w:pPrDefault></w:docDefaults>"
    )
    normal = (
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
        '<w:name w:val="Normal"/><w:qFormat/></w:style>'
    )
    paragraphs = "".join(_paragraph_style(style) for style in STYLES)
    return (
        f'{XML_HEADER}<w:styles xmlns:w="{W}">{defaults}{normal}{paragraphs}'
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
        ("SectionNumber", "Section Number", f'<w:color w:val="{QUIET}"/>'),
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
        f'{XML_HEADER}<w:document xmlns:w="{W}" xmlns:r="{relations}"><w:body><w:p/><w:sectPr>'
        '<w:footerReference w:type="default" r:id="rId2"/>'
        '<w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1360" w:right="1274" w:bottom="1360" w:left="1274"'
        ' w:header="700" w:footer="700" w:gutter="0"/></w:sectPr></w:body></w:document>'
    )


def _footer() -> str:
    return (
        f'{XML_HEADER}<w:ftr xmlns:w="{W}"><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>'
        '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p></w:ftr>'
    )


def content_types(*parts: str) -> str:
    """Return ``[Content_Types].xml`` of a document with some parts beside the text."""
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    kinds = {"document": "document.main", **{part: part.rstrip("1") for part in parts}}
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{word}.{kind}+xml"/>'
        for part, kind in kinds.items()
    )
    return (
        f'{XML_HEADER}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def relationships(*targets: tuple[str, str]) -> str:
    """Return the relationships of a part, numbered rId1, rId2 …: kind and target."""
    base = "http://schemas.openxmlformats.org"
    entries = "".join(
        f'<Relationship Id="rId{number}"'
        f' Type="{base}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return (
        f'{XML_HEADER}<Relationships xmlns="{base}/package/2006/relationships">'
        f"{entries}</Relationships>"
    )


def write_zip(path: Path, parts: Mapping[str, bytes]) -> None:
    """Write an archive of named parts with fixed dates; pictures are compressed already."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            method = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content, method)
