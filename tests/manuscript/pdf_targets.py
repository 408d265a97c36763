"""Where the links of a PDF lead, named by the words that begin there, and the same of a page."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pypdf
from bs4 import BeautifulSoup, Tag

Piece = tuple[float, float, str]  # x and y in points, and the words from there on
NEAR, COLUMN, LEAD = 4.0, 60.0, 2.0  # points; a baseline lies below the top of its line


def page_targets(path: Path) -> Counter[str]:
    """Count, for an HTML page, the words with which the target of each internal link begins."""
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    for footnote in page.select(".footnote-ref, .footnote-back"):
        footnote.decompose()
    named = {tag["id"]: tag for tag in page.find_all(id=True)}
    links = (a["href"][1:] for a in page.find_all("a", href=re.compile(r"^#")))
    return Counter(_begins(named[target]) for target in links)


def pdf_targets(path: Path, known: set[str]) -> Counter[str]:
    """Count, for a PDF, with which of the known words the target of each internal link begins."""
    reader = pypdf.PdfReader(path)
    pieces = [pieces_of(page) for page in reader.pages]
    numbers = {page.indirect_reference.idnum: n for n, page in enumerate(reader.pages)}
    found: Counter[str] = Counter()
    for page in reader.pages:
        for note in (item.get_object() for item in page.get("/Annots", [])):
            target = _destination(note, reader)
            if target is None:
                continue
            x, y = float(target[2]), float(target[3])
            at = _first(pieces[numbers[target[0].idnum]], known, x, y)
            if at is not None:
                found[at] += 1
    return found


def _begins(target: Tag) -> str:
    label = target.select_one(".float-label")
    if label is not None:
        return _squeezed(label.get_text())
    math = target.find("math")
    if math is not None:
        return re.findall(r"\(\d+\)", math.get_text())[-1]
    return _squeezed(target.get_text())[:24]


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad‐-]+", "", text)


def pieces_of(page: pypdf.PageObject) -> list[Piece]:
    """Return where each piece of a page's text stands, with the words from there on."""
    found: list[Piece] = []

    def visit(text: str, cm: list[float], tm: list[float], *_: Any) -> None:
        if _squeezed(text):
            x = tm[4] * cm[0] + cm[4]
            y = tm[5] * cm[3] + cm[5]
            found.append((x, y, _squeezed(text)))

    page.extract_text(visitor_text=visit)
    words = [text for _, _, text in found]
    return [(x, y, "".join(words[i : i + 12])) for i, (x, y, _) in enumerate(found)]


def _destination(note: Any, reader: pypdf.PdfReader) -> Any:
    target = note.get("/Dest") or (note.get("/A") or {}).get("/D")
    if isinstance(target, str):
        return reader.named_destinations[target].dest_array
    target = target.get_object() if target is not None else None
    return target["/D"] if isinstance(target, dict) else target


def _first(pieces: list[Piece], known: set[str], x: float, y: float) -> str | None:
    """Return what begins at or below a point, and not to the left of it."""
    below = [
        (at_x > x + COLUMN, y - at_y, start)
        for at_x, at_y, words in pieces
        for start in known
        if at_y <= y - LEAD and at_x >= x - NEAR and words.startswith(start)
    ]
    return min(below)[2] if below else None
