"""The report of an audit as DOCX, written from nothing: A4, one page, headings and one table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from helpers.manuscript.wordstyles import (
    INK,
    QUIET,
    SANS,
    XML_HEADER,
    W,
    content_types,
    relationships,
    write_zip,
)

COLOURS = {
    "impossible": "A61C1C", "design": "8A4B00", "test-dependent": "6A3D8F",
    "rounding only": "1F4E79", "reproduced": "1D6B3A", "consistent": "1D6B3A",
    "cannot be checked": QUIET,
}  # fmt: skip
#: Widths of the table's columns and the page, in twentieths of a point.
COLUMNS = (1250, 3700, 5030)
PAGE = (11906, 16838)
MARGINS = {"top": 790, "right": 963, "bottom": 790, "left": 963, "header": 400, "footer": 400}
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def write_docx(content: dict[str, Any], path: Path, size: float) -> None:
    """Write the report; the same content gives the same bytes.

    Args:
        content: What the report says (:func:`helpers.audit.report.report_content`).
        path: Where it goes.
        size: Size of the letters in points.
    """
    parts = {
        "[Content_Types].xml": content_types("styles", "footer1"),
        "_rels/.rels": relationships(("officeDocument", "word/document.xml")),
        "word/document.xml": _document(content, size),
        "word/_rels/document.xml.rels": relationships(
            ("styles", "styles.xml"), ("footer", "footer1.xml")
        ),
        "word/styles.xml": _styles(size),
        "word/footer1.xml": _footer(content["footer"], size),
    }
    write_zip(path, {name: text.encode("utf-8") for name, text in parts.items()})


def _document(content: dict[str, Any], size: float) -> str:
    verdict = "consistent" if content["possible"] else "impossible"
    body = [
        _paragraph(_run(content["title"]), "Heading1"),
        _paragraph(_run(content["citation"], color=QUIET)),
        _paragraph(_run(content["headline"], bold=True, color=COLOURS[verdict], points=size + 2)),
        *([_paragraph(_run(content["rest"]))] if content["rest"] else []),
    ]
    if content["rows"]:
        body += [_paragraph(_run("What was found"), "Heading2"), _table(content["rows"], size)]
    for heading, lines in (
        ("Together", [_run(line) for line in content["together"]]),
        (
            "The other claims",
            [_run(o["verdict"], bold=True) + _run(f": {o['claims']}") for o in content["others"]],
        ),
        ("To keep in mind", [_run(line) for line in content["remarks"]]),
    ):
        if lines:
            body += [_paragraph(_run(heading), "Heading2"), *(_paragraph(line) for line in lines)]
    margins = " ".join(f'w:{side}="{value}"' for side, value in MARGINS.items())
    section = (
        f'<w:sectPr><w:footerReference w:type="default" r:id="rId2"/>'
        f'<w:pgSz w:w="{PAGE[0]}" w:h="{PAGE[1]}"/><w:pgMar {margins} w:gutter="0"/></w:sectPr>'
    )
    return (
        f'{XML_HEADER}<w:document xmlns:w="{W}" xmlns:r="{_RELATIONS}"><w:body>'
        f"{''.join(body)}{section}</w:body></w:document>"
    )


def _table(rows: Sequence[dict[str, str]], size: float) -> str:
    small = size - 0.8
    heads = [_run(word, color=QUIET, points=small) for word in ("Verdict", "Claim", "Evidence")]
    made = [_row([[head] for head in heads], heading=True)]
    for row in rows:
        more = [_run(row["arithmetic"], color=QUIET, points=small)] if row["arithmetic"] else []
        quiet = [_run(row["figure"], color=QUIET, points=small)] if row["figure"] else []
        verdict = _run(row["verdict"], bold=True, color=COLOURS[row["verdict"]])
        made.append(_row([[verdict], [_run(row["claim"]), *quiet], [_run(row["evidence"]), *more]]))
    rule = '<w:{} w:val="single" w:sz="2" w:space="0" w:color="C8C8C8"/>'
    borders = "".join(rule.format(side) for side in ("top", "bottom", "insideH"))
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in COLUMNS)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(COLUMNS)}" w:type="dxa"/>'
        f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(made)}</w:tbl>"
    )


def _row(cells: Sequence[Sequence[str]], *, heading: bool = False) -> str:
    """Return a row; every cell is a few lines, each a run."""
    properties = "<w:cantSplit/>" + ("<w:tblHeader/>" if heading else "")
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        f"{''.join(_paragraph(line, 'Cell') for line in lines)}</w:tc>"
        for width, lines in zip(COLUMNS, cells, strict=True)
    )
    return f"<w:tr><w:trPr>{properties}</w:trPr>{made}</w:tr>"


def _paragraph(runs: str, style: str = "Normal") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>'


def _run(
    text: str, *, bold: bool = False, color: str | None = None, points: float | None = None
) -> str:
    looks = "<w:b/>" if bold else ""
    looks += f'<w:color w:val="{color}"/>' if color else ""
    looks += _size(points) if points else ""
    return f'<w:r><w:rPr>{looks}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _size(points: float) -> str:
    half = round(2 * points)
    return f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'


def _styles(size: float) -> str:
    named: Iterable[tuple[str, str, int, int, float, str]] = (
        ("Heading1", "heading 1", 0, 40, size + 5, '<w:outlineLvl w:val="0"/>'),
        ("Heading2", "heading 2", 130, 40, size + 1.2, '<w:outlineLvl w:val="1"/>'),
        ("Cell", "Cell", 10, 10, size, ""),
    )
    made = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="Normal"/><w:pPr>{"<w:keepNext/>" if outline else ""}'
        f'<w:spacing w:before="{before}" w:after="{after}"/>{outline}</w:pPr>'
        f"<w:rPr>{'<w:b/>' if outline else ''}{_size(points)}</w:rPr></w:style>"
        for key, name, before, after, points, outline in named
    )
    fonts = f'<w:rFonts w:ascii="{SANS}" w:hAnsi="{SANS}" w:cs="{SANS}" w:eastAsia="{SANS}"/>'
    return (
        f'{XML_HEADER}<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr>{fonts}'
        f'<w:color w:val="{INK}"/>{_size(size)}<w:lang w:val="en-GB"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        f'<w:pPr><w:spacing w:before="0" w:after="40"/></w:pPr></w:style>{made}</w:styles>'
    )


def _footer(words: str, size: float) -> str:
    run = _run(words, color=QUIET, points=size - 1)
    return f'{XML_HEADER}<w:ftr xmlns:w="{W}">{_paragraph(run)}</w:ftr>'
