"""Reads a document of either engine into the facts in which both must agree.

Quarto puts title page, callouts and floats into other elements than the embedded engine, and wraps
floats of DOCX in tables of one cell; what is compared is what a reader finds: headings, captions,
tables, internal links, references, pictures, and the words of the text.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from lxml import etree
from parity import _links, _pandoc, _squeezed, _text

CAPTION = re.compile(r"^(?:(?:Supplementary )?(?:Figure|Table)\s\d+\.|\([a-z]\))")
COUNTS = re.compile(r"^Abstract [\d,]+ words, main text")
ONE_ENGINE_ONLY = re.compile(r"^(?:Abstract|Key points|Keywords:.*|Rendered by .*)$", re.DOTALL)
TITLE_PAGE = ("Title", "Subtitle", "Author", "Affiliation", "Date", "Keywords", "Counts")
DROPPED = (
    "script, style, nav, aside, #TOC, .screen-reader-only, h1.title, .subtitle, .authors, .date,"
    " .affiliation, .keywords, .counts, .quarto-title-meta, .quarto-title-meta-author,"
    " .abstract-title, .block-title, .colophon, .quarto-alternate-formats, .callout-icon-container"
)


@dataclass
class Facts:
    """What a reader finds in a document.

    Attributes:
        headings: Texts with their numbers.
        captions: Texts with their numbers.
        tables: Cell texts, row by row.
        links: (target, text) of internal links, how often each.
        references: Texts of the bibliography.
        pictures: How many pictures it shows.
        words: The words of paragraphs outside tables, captions and references, how often each.
    """

    headings: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    links: Counter[tuple[str, str]] = field(default_factory=Counter)
    references: list[str] = field(default_factory=list)
    pictures: int = 0
    words: Counter[str] = field(default_factory=Counter)


def disagreements(quarto: Facts, embedded: Facts) -> dict[str, Any]:
    """Name what one document has and the other has not; floats may stand in another order."""
    found: dict[str, Any] = {}
    for name in ("headings", "captions", "tables", "links", "references", "words"):
        ours, theirs = (_counted(getattr(facts, name)) for facts in (embedded, quarto))
        if ours != theirs:
            found[name] = {"missing": list(ours - theirs)[:8], "more": list(theirs - ours)[:8]}
    if quarto.pictures != embedded.pictures:
        found["pictures"] = (quarto.pictures, embedded.pictures)
    return found


def read_facts(path: Path) -> Facts:
    """Read an HTML, DOCX or JATS document."""
    facts = Facts()
    if path.suffix == ".html":
        blocks, facts.pictures = _html(path, facts)
    elif path.suffix == ".docx":
        blocks = _pandoc(path.read_bytes(), "docx+styles")
        with zipfile.ZipFile(path) as archive:
            facts.pictures = archive.read("word/document.xml").decode().count("r:embed=")
    else:
        blocks, facts.pictures = _jats(path, facts)
    _collect(blocks, facts)
    return facts


def _counted(value: Any) -> Counter[Any]:
    return value if isinstance(value, Counter) else Counter(map(repr, value))


def _html(path: Path, facts: Facts) -> tuple[list[Any], int]:
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    main = page.find("main") or page.body
    facts.references = [_squeezed(entry.get_text()) for entry in main.select(".csl-entry")]
    for node in main.select(f"{DROPPED}, #refs"):
        node.decompose()
    pictures = main.find_all("img")
    for image in pictures:
        image["src"] = "x.png"
    return _pandoc(str(main).encode(), "html"), len(pictures)


def _jats(path: Path, facts: Facts) -> tuple[list[Any], int]:
    article = etree.fromstring(path.read_bytes())
    pictures = [*article.iter("graphic", "inline-graphic")]
    for graphic in pictures:
        graphic.set("{http://www.w3.org/1999/xlink}href", "x.png")
    facts.references = [
        _squeezed("".join(ref.find("mixed-citation").itertext()))
        for ref in article.iter("ref")
        if ref.find("mixed-citation") is not None
    ]
    for listed in list(article.iter("ref-list")):
        listed.getparent().remove(listed)
    body = article.find("body")
    front = [
        *article.iterfind(".//author-notes/fn/p"),
        *article.xpath(".//abstract[not(@abstract-type)]/p"),
        *article.xpath(".//abstract[@abstract-type='key-points']//list-item/p"),
    ]
    for index, paragraph in enumerate(front):
        body.insert(index, paragraph)
    for xref in article.iter("xref"):
        if xref.get("ref-type") == "bibr":
            del xref.attrib["ref-type"]
    return _pandoc(etree.tostring(article), "jats"), len(pictures)


def _collect(node: Any, facts: Facts) -> None:
    if isinstance(node, list):
        for child in node:
            _collect(child, facts)
        return
    if not isinstance(node, dict):
        return
    kind = node.get("t")
    if kind == "Header":
        heading = _squeezed(_text(node["c"][2]))
        if heading not in ("References", "Keypoints", "Abstract"):
            facts.headings.append(heading)
    elif kind in ("Para", "Plain", "LineBlock"):
        _paragraph(node, facts)
    elif kind == "Table":
        _table(node["c"], facts)
    elif kind == "Div" and _style(node) == "Bibliography":
        facts.references.append(_squeezed(_text(node["c"][1])))
    elif kind == "Div" and _style(node) in TITLE_PAGE:
        return
    else:
        _collect(node.get("c", []), facts)


def _style(div: dict[str, Any]) -> str:
    return dict(div["c"][0][2]).get("custom-style", "")


def _table(parts: Any, facts: Facts) -> None:
    _, caption, _, head, bodies, foot = parts
    rows = [*head[1], *(row for body in bodies for row in (*body[2], *body[3])), *foot[1]]
    _collect(caption[1], facts)
    if len(rows) == 1 and len(rows[0][1]) == 1:  # Quarto's frame around a float of DOCX
        _collect(rows[0][1][0][4], facts)
        return
    facts.tables.append([[_squeezed(_text(cell[4])) for cell in row[1]] for row in rows])
    for row in rows:
        facts.links.update(_links([cell[4] for cell in row[1]]))


def _paragraph(node: dict[str, Any], facts: Facts) -> None:
    text = _text(node).replace("\xa0", " ").strip()
    facts.links.update(link for link in _links(node["c"]) if link[1] and "fn" not in link[0][:3])
    if CAPTION.match(text):
        facts.captions.append(_squeezed(text))
    elif not COUNTS.match(text) and not ONE_ENGINE_ONLY.match(text):
        facts.words.update(re.findall(r"\w+", text))
