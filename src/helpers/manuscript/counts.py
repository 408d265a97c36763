"""Counts what a journal asks for on the title page: words, tables, figures, references.

Words of the abstract are all its words. The main text is what stands under numbered headings of
the first level, headings and footnotes included; tables, figures and their captions, the notice,
the colophon, displayed equations and citations are not words of it. Sections that begin with an
unnumbered heading of the first level (declarations, references, supplement) are not main text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from helpers.ledger.formatting import number_of
from helpers.manuscript.checks import Document, bibliography_keys
from helpers.manuscript.shortcodes import plain, resolve
from helpers.manuscript.sources import Source
from helpers.manuscript.structure import Div, find_math, find_references

_HEADING = re.compile(r"^(?P<level>#{1,6})\s+(?P<words>.*)$")
_FENCE_OR_TABLE = re.compile(r"^\s*(?::::|\||: .*\{#)")
_STRUCTURAL = re.compile(
    r"^\s*(?:\{\{<\s*(?:embed|pagebreak)\b.*|!\[.*\]\([^()]*\)(?:\{.*\})?\s*)$"
)
_ATTRIBUTES = re.compile(r"\{[#.][^{}\n]*\}|\{[\w-]+=[^{}\n]*\}")
_BRACKET = re.compile(r"\[[^\[\]]*@[^\[\]]*\]")
_LINK = re.compile(r"\[(?P<words>[^\[\]]*)\]\([^()\s]*\)")
_NOTE = re.compile(r"\[\^[^\[\]]+\]:?")
_URL = re.compile(r"<(?:https?|mailto):[^<>\s]*>")
_WORD = re.compile(r"\S*[^\W_]\S*")


@dataclass(frozen=True)
class Counts:
    """What the title page says.

    Attributes:
        abstract: Words of the abstract.
        text: Words of the main text.
        tables: Numbered tables of the main text.
        figures: Numbered figures of the main text; a panel is one.
        supplement: Numbered tables and figures outside the main text, and of kinds of their own.
        references: Entries of the bibliography that are cited.
    """

    abstract: int
    text: int
    tables: int
    figures: int
    supplement: int
    references: int

    @property
    def line(self) -> str:
        """The counts as one line of the title page."""
        words = f"main text {self.text:,} words"
        if self.abstract:
            words = f"abstract {self.abstract:,} words, {words}"
        exhibits = [
            number_of(number, noun)
            for number, noun in ((self.tables, "table"), (self.figures, "figure"))
        ]
        if self.supplement:
            exhibits.append(f"{self.supplement} in the supplement")
        line = ", ".join([words, *exhibits, number_of(self.references, "reference")])
        return f"{line[0].upper()}{line[1:]}."


def counts_metadata(source: Source) -> dict[str, dict[str, str]]:
    """Return what the title page of a paper prints, as text; nothing for an abstract.

    Raises:
        ManuscriptError: The bibliography cannot be read.
    """
    if source.document != "paper":
        return {}
    counts = count(source)
    listed = {
        "line": counts.line,
        "words": str(counts.text),
        "tables": str(counts.tables),
        "figures": str(counts.figures),
        "references": str(counts.references),
    }
    return {"counts": listed}


def count(source: Source) -> Counts:
    """Count a document whose sources were checked.

    Raises:
        ManuscriptError: The bibliography cannot be read.
    """
    document = Document(source)
    main = _main_lines(document)
    floats = [(prefix, line in main) for prefix, line in _floats(document)]
    return Counts(
        abstract=_words(document, str(source.meta.get("abstract") or "")),
        text=_words(document, "\n".join(_prose(document, main))),
        tables=floats.count(("tbl", True)),
        figures=floats.count(("fig", True)),
        supplement=sum(not inside or prefix not in ("tbl", "fig") for prefix, inside in floats),
        references=len(_cited(document)),
    )


def _main_lines(document: Document) -> frozenset[int]:
    """Return the 0-based lines under numbered headings of the first level, and above the first."""
    lines, inside = [], True
    for number, line in enumerate(document.lines):
        heading = _HEADING.match(line)
        if heading and len(heading["level"]) == 1:
            inside = ".unnumbered" not in heading["words"] and "{-" not in heading["words"]
        if inside:
            lines.append(number)
    return frozenset(lines)


def _floats(document: Document) -> Iterator[tuple[str, int]]:
    """Yield kind and line of every numbered float; the parts of a panel are not numbered."""
    for label, offset in document.labels:
        prefix, line = label.partition("-")[0], document.line_of(offset)
        if prefix in document.kinds and not any(
            _is_float(document, div) for div in document.around(line)
        ):
            yield prefix, line


def _is_float(document: Document, div: Div) -> bool:
    return div.attributes.identifier.partition("-")[0] in document.kinds


def _prose(document: Document, main: frozenset[int]) -> Iterator[str]:
    """Yield the lines of the main text, without what stands in floats and boxes."""
    left_out = {
        line
        for div in document.divs
        if not _is_prose(document, div)
        for line in range(div.first, div.last + 1)
    }
    for number, line in enumerate(_without_display_math(document)):
        if number not in main or number in left_out:
            continue
        if not _FENCE_OR_TABLE.match(line) and not _STRUCTURAL.match(line):
            yield line


def _is_prose(document: Document, div: Div) -> bool:
    attributes = div.attributes
    if _is_float(document, div) or attributes.identifier == "refs":
        return False
    if {"notice", "colophon"} & set(attributes.classes):
        return False
    if "content-visible" in attributes.classes or "content-hidden" in attributes.classes:
        named = attributes.pairs.get("when-format") == "docx"
        if "unless-format" in attributes.pairs:
            named = attributes.pairs["unless-format"] != "docx"
        return named == ("content-visible" in attributes.classes)
    return True


def _without_display_math(document: Document) -> list[str]:
    text = document.masked
    for math in find_math(text):
        begin = math.offset
        end = text.find("$$", begin + 2)
        if text.startswith("$$", begin) and end > 0:
            kept = re.sub(r"[^\n]", " ", text[begin : end + 2])
            text = text[:begin] + kept + text[end + 2 :]
    return text.split("\n")


def _words(document: Document, text: str) -> int:
    """Count the words of a piece of Markdown: runs without space that hold a letter or a digit."""
    source = document.source
    resolved = resolve(text, source.meta, source.project.variables)
    resolved = _BRACKET.sub(lambda match: _reference(document, match[0]), resolved)
    resolved = _NOTE.sub(" ", _URL.sub("link", resolved))
    resolved = _LINK.sub(lambda match: match["words"], resolved)
    return len(_WORD.findall(plain(_ATTRIBUTES.sub("", _named(document, resolved)))))


def _named(document: Document, text: str) -> str:
    """Write cross-references of running text as their words and number."""
    for found in reversed(list(find_references(text))):
        prefix = found.text.partition("-")[0]
        if prefix in document.prefixes and "-" in found.text:
            kind = document.kinds.get(prefix)
            words = f"{kind.reference if kind else 'Section'} 1"
        else:
            words = "Author"
        end = found.offset + 1 + len(found.text)
        text = text[: found.offset] + words + text[end:]
    return text


def _reference(document: Document, bracket: str) -> str:
    """Return a bracket of citations as no word, one of cross-references as what it shows."""
    found = list(find_references(bracket))
    if not all(ref.text.partition("-")[0] in document.prefixes for ref in found):
        return " "
    shown = re.sub(r"-@[\w:-]+", "1", bracket[1:-1])
    bare = shown.lstrip().startswith("@")
    return shown if bare else re.sub(r"@[\w:-]+", "1", shown)


def _cited(document: Document) -> set[str]:
    """Return the entries of the bibliography that text, title page or captions cite."""
    texts = [document.masked, str(document.source.meta.get("abstract") or "")]
    texts += [embed.exhibit.caption for embed in document.embeds if embed.exhibit is not None]
    keys = bibliography_keys(document.source)
    return {ref.text for text in texts for ref in find_references(text)} & keys
