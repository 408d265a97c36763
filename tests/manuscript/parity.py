"""Reads documents back and tells where two of them differ in content.

HTML, DOCX and JATS are read with pandoc, so that what is compared is what another program finds in
the file: headings, prose, internal links, tables as cell matrices, captions, bibliography, figures.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pypdf
from bs4 import BeautifulSoup
from lxml import etree

from helpers.manuscript.embedded import PANDOC_VARIABLE, find_pandoc

LABEL = re.compile(r"^(?:(?:Supplementary )?(?:Figure|Table)\s\d+\.|\([a-z]\))$")
ONE_FORMAT_ONLY = ("Only in HTML.", "Not in HTML.")
XLINK = "{http://www.w3.org/1999/xlink}href"


@dataclass
class Content:
    """What a document says, in the order of the document.

    Attributes:
        headings: Texts of the headings, numbers included.
        prose: Paragraphs outside tables, captions and the bibliography.
        links: (target, text) of every internal link.
        tables: Cell texts, row by row.
        captions: Texts, numbers included.
        bibliography: Texts of the entries.
        pictures: Digests of the bytes of every figure.
        alts: Alternative texts of the figures.
    """

    headings: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    bibliography: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    alts: list[str] = field(default_factory=list)


def differences(one: Content, other: Content) -> list[str]:
    """Name what differs: the kind of content and the first place."""
    found = []
    for part in fields(Content):
        left, right = getattr(one, part.name), getattr(other, part.name)
        if part.name == "prose":  # a footnote's text stands with or without a space before it
            left, right = [_squeezed(text) for text in left], [_squeezed(text) for text in right]
        if part.name == "links":  # formats place captions above or below what holds links
            left, right = sorted(left), sorted(right)
        if left != right:
            place = next(
                (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b),
                min(len(left), len(right)),
            )
            found.append(
                f"{part.name} {place} of {len(left)}/{len(right)}: "
                f"{left[place : place + 4]} / {right[place : place + 4]}"
            )
    return found


def read_content(path: Path, record: Path) -> Content:
    """Read an HTML, DOCX or JATS document; ``record`` holds the pictures that JATS names."""
    reader = {".html": _read_html, ".docx": _read_docx, ".xml": _read_jats}[path.suffix]
    return reader(path, record)


def missing_in_pdf(content: Content, path: Path) -> list[str]:
    """Name what another format says and the PDF does not.

    A PDF has lines and pages instead of paragraphs, so every heading, caption, cell and entry is
    looked for with its spaces and hyphens taken out, and of the prose every run of four words; a
    run is lost where a page ends or a footnote is called, which is allowed four times a page.
    """
    pages = pypdf.PdfReader(path).pages
    text = _bare(" ".join(page.extract_text() for page in pages))
    pieces = [*content.headings, *content.captions, *content.bibliography]
    pieces += [cell for table in content.tables for row in table for cell in row]
    missing = [piece for piece in pieces if not _found(_bare(piece), text)]
    told = [paragraph.split() for paragraph in content.prose]
    runs = [_bare("".join(ws[i : i + 4])) for ws in told for i in range(0, len(ws), 4)]
    lost = [run for run in runs if run not in text]
    if len(lost) > 4 * len(pages):
        missing.append(f"{len(lost)} of {len(runs)} runs of words, first {lost[:5]}")
    links = sum(
        "/Dest" in note or "/D" in note.get("/A", {})
        for page in pages
        for note in (item.get_object() for item in page.get("/Annots", []))
    )
    if links < len(content.links):
        missing.append(f"links: {links} of {len(content.links)}")
    return missing


def _bare(text: str) -> str:
    return re.sub(r"[\s\u00ad‐-]+", "", text)


def _found(piece: str, text: str) -> bool:
    """Look for a piece, whole or, as a page may end inside a long one, in two parts."""
    if piece in text or len(piece) < 60:
        return piece in text
    cut = next((n for n in range(len(piece), 0, -1) if piece[:n] in text), 0)
    return cut > 0 and piece[cut:] in text


def _pandoc(text: bytes, source_format: str) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "document"
        file.write_bytes(text)
        command = find_pandoc(os.environ.get(PANDOC_VARIABLE)).command
        done = subprocess.run(
            [*command, "--from", source_format, "--to", "json", str(file)],
            capture_output=True,
            check=True,
        )
    blocks: list[Any] = json.loads(done.stdout)["blocks"]
    return blocks


def _read_html(path: Path, record: Path) -> Content:
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    content = Content()
    content.bibliography = [_squeezed(e.get_text()) for e in page.select(".csl-entry")]
    for image in page.find_all("img"):
        content.pictures.append(_digest(base64.b64decode(image["src"].partition(",")[2])))
        image["src"] = "x.png"
    front = page.find("header", id="title-page")
    kept = [*front.select(".callout"), *front.select("section.abstract > p")]
    for node in reversed(kept):
        front.insert_after(node.extract())
    for node in [front, *page.select("#refs"), *page.find_all(["h2"], string="References")]:
        node.decompose()
    _collect(_pandoc(str(page.find("main")).encode(), "html"), content)
    return content


def _read_docx(path: Path, record: Path) -> Content:
    blocks = _pandoc(path.read_bytes(), "docx+styles")
    start = next((i for i, block in enumerate(blocks) if block["t"] == "Header"), len(blocks))
    body = [block for block in blocks[:start] if _style(block).startswith(("Notice", "Abstract"))]
    body = [block for block in body if _style(block) != "Abstract Title"]
    if start == len(blocks):
        after = max(
            (i for i, b in enumerate(blocks) if _style(b) in ("Abstract", "Keywords", "Notice")),
            default=-1,
        )
        body += blocks[after + 1 :]
    content = Content()
    content.bibliography = [
        _squeezed(_text(block)) for block in blocks if _style(block) == "Bibliography"
    ]
    rest = [block for block in blocks[start:] if _style(block) != "Bibliography"]
    _collect([*body, *(block for block in rest if _text(block).strip() != "References")], content)
    with zipfile.ZipFile(path) as archive:
        relations = archive.read("word/_rels/document.xml.rels").decode()
        targets = dict(re.findall(r'Id="([^"]+)"[^>]*?Target="([^"]+)"', relations))
        targets |= {k: v for v, k in re.findall(r'Target="([^"]+)"[^>]*?Id="([^"]+)"', relations)}
        for name in re.findall(r'r:embed="([^"]+)"', archive.read("word/document.xml").decode()):
            content.pictures.append(_digest(archive.read(f"word/{targets[name]}")))
    return content


def _read_jats(path: Path, record: Path) -> Content:
    article = etree.fromstring(path.read_bytes())
    content = Content()
    for graphic in article.iter("graphic"):
        target = graphic.get(XLINK)
        kind, _, data = target.partition(",")
        held = base64.b64decode(data) if kind.startswith("data:") else None
        content.pictures.append(_digest(held or (record / target).read_bytes()))
        graphic.set(XLINK, "x.png")
    content.bibliography = [
        _squeezed("".join(ref.find("mixed-citation").itertext())) for ref in article.iter("ref")
    ]
    for listed in list(article.iter("ref-list")):
        listed.getparent().remove(listed)
    body = article.find("body")
    front = [
        *article.iterfind(".//author-notes/fn/p"),
        *article.xpath(".//abstract[not(@abstract-type)]/p"),
    ]
    for index, paragraph in enumerate(front):
        body.insert(index, paragraph)
    for xref in article.iter("xref"):  # the reader knows only references to what is in the file
        if xref.get("ref-type") == "bibr":
            del xref.attrib["ref-type"]
    _collect(_pandoc(etree.tostring(article), "jats"), content)
    return content


def _style(block: dict[str, Any]) -> str:
    return dict(block["c"][0][2]).get("custom-style", "") if block["t"] == "Div" else ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _text(node: Any) -> str:
    """The text of a piece of pandoc's tree; math is left out, formats write it differently."""
    if isinstance(node, list):
        return "".join(_text(child) for child in node)
    if not isinstance(node, dict):
        return ""
    kind = node.get("t")
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind == "Str":
        return str(node["c"])
    if kind == "Quoted":
        marks = "‘’" if node["c"][0]["t"] == "SingleQuote" else "“”"
        return marks[0] + _text(node["c"][1]) + marks[1]
    if kind in ("Math", "Image", "RawInline", "RawBlock"):
        return ""
    if kind in ("Code", "CodeBlock"):
        return str(node["c"][1])
    joined = _text(node.get("c", []))
    return f"{joined}\n" if kind in ("Para", "Plain", "Header") else joined


def _alts(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for child in node:
            yield from _alts(child)
    elif isinstance(node, dict):
        if node.get("t") == "Image":
            yield _squeezed(_text(node["c"][1]))
        yield from _alts(node.get("c", []))


def _links(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for child in node:
            yield from _links(child)
    elif isinstance(node, dict):
        if node.get("t") == "Link" and node["c"][2][0].startswith("#"):
            yield node["c"][2][0][1:], _squeezed(_text(node["c"][1]))
        elif node.get("t") != "Image":
            yield from _links(node.get("c", []))


def _collect(blocks: Any, content: Content) -> None:
    """Put blocks, in order, where they belong."""
    if isinstance(blocks, list):
        for block in blocks:
            _collect(block, content)
        return
    if not isinstance(blocks, dict):
        return
    kind = blocks.get("t")
    if kind == "Header":
        content.headings.append(_squeezed(_text(blocks["c"][2])))
    elif kind in ("Para", "Plain", "CodeBlock"):
        _collect_paragraph(blocks, content)
    elif kind == "Table":
        _, caption, _, head, bodies, foot = blocks["c"]
        _collect(caption[1], content)
        rows = [*head[1], *(row for body in bodies for row in (*body[2], *body[3])), *foot[1]]
        content.tables.append([[_squeezed(_text(cell[4])) for cell in row[1]] for row in rows])
        for row in rows:
            content.links += _links([cell[4] for cell in row[1]])
    elif kind == "Figure":
        _collect(blocks["c"][2], content)
        _collect(blocks["c"][1][1], content)
    else:
        _collect(blocks.get("c", []), content)


def _collect_paragraph(paragraph: dict[str, Any], content: Content) -> None:
    inside = paragraph["c"] if paragraph["t"] != "CodeBlock" else []
    text = _text(paragraph)
    if text.strip() in ONE_FORMAT_ONLY:
        return
    content.links += _links(inside)
    content.alts += _alts(inside)
    if not text.strip():
        return
    first = next((inline for inline in inside if inline["t"] != "Space"), None)
    while first is not None and first["t"] == "Span" and first["c"][1]:
        first = first["c"][1][0]
    if first is not None and first["t"] == "Strong" and LABEL.match(_text(first["c"]).strip()):
        content.captions.append(_squeezed(text))
    else:
        content.prose.append(" ".join(text.split()))
