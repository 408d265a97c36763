"""Cuts the prose of a document into sentences that know their place.

Prose is the title page (title, subtitle, key points, abstract), the text with its tables, notes and
headings, titles of callouts and alternative texts, and the captions of embedded exhibits. Comments,
code, addresses, other attributes and fences are no prose; what stands in their place has the same
length, so that every offset keeps its line.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from helpers.manuscript.checks import Document
from helpers.manuscript.shortcodes import find_shortcodes
from helpers.manuscript.structure import find_references

#: Private-use characters, which no text holds: what was blanked out, a bound value, a reference.
BLANK, BOUND, CITED = "\ue000", "\ue001", "\ue002"
TITLE_PAGE = ("title", "subtitle", "key-points", "abstract")
CHECKLIST = "_checklist.qmd"  # written by the program and compared with what it would write

_BLANKED = re.compile(
    r"(?P<attributes>\{[#.][^{}\n]*\}|\{[\w-]+=[^{}\n]*\})"
    r"|\]\([^()\s]*\)"  # targets of links and pictures
    r"|<(?:https?|mailto):[^<>\s]*>|(?P<entity>&#?\w+;)"
    r"|\[\^[^\[\]]+\]"  # marks of notes
    r"|(?P<fence>^[ \t]*:::.*$)|^[ \t]*\|?[ \t:|-]+\|[ \t:|-]*$"  # fences, rules of tables
    r"|^[ \t]*(?:\d+[.)]|[-*+])[ \t]",  # marks of lists
    re.MULTILINE,
)
#: Attributes whose words are printed, or read out.
_SHOWN = re.compile(
    r"""(?<![\w-])(?:title|fig-alt|alt|fig-cap|tbl-cap)=(?P<mark>["'])(?P<words>.*?)(?P=mark)"""
)
_BREAK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:#|\||[-*+] |\d+[.)] |:::|\[\^))|(?<=\|)\n")
_END = re.compile(rf"[.!?][)\]”’*_]*\s+(?=[\"“‘(\[*_]*[A-Z{BOUND}{CITED}])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:al|vs|cf|approx|resp|[Ff]igs?|[Nn]os?|St|Dr|e\.g|i\.e)|\b[A-Z])$"
)


@dataclass(frozen=True)
class Sentence:
    """One sentence, heading or row of a table.

    Attributes:
        text: As written.
        masked: The same with bound values, references and what is no prose blanked, of the same
            length.
        where: File and line of its first character.
        document: "abstract" or "paper".
        lines: Where each of its lines stands.
    """

    text: str
    masked: str
    document: str
    lines: tuple[str, ...]

    @property
    def where(self) -> str:
        """File and line where the sentence begins."""
        return self.lines[0]

    def place(self, offset: int) -> str:
        """Return the file and line of a character of the sentence."""
        return self.lines[self.text.count("\n", 0, offset)]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys below ``n`` that the sentence binds, with their forms."""
        return tuple(
            code.arguments[0].removeprefix("n.")
            for code in find_shortcodes(self.text)
            if code.name == "meta" and code.arguments and code.arguments[0].startswith("n.")
        )

    @cached_property
    def cited(self) -> tuple[str, ...]:
        """The keys of its references: citations and cross-references."""
        return tuple(reference.text for reference in find_references(self.text))


@dataclass(frozen=True)
class _Passage:
    """A piece of text, and where each of its lines stands."""

    text: str
    lines: tuple[str, ...]


def sentences(document: Document) -> Iterator[Sentence]:
    """Yield the sentences of a document: title page, text, captions."""
    for passage in (*_title_page(document), *_body(document), *_captions(document)):
        yield from _cut(passage, document.source.document)


def _title_page(document: Document) -> Iterator[_Passage]:
    source = document.source
    for key in TITLE_PAGE:
        given = source.front.get(key)
        for text in given if isinstance(given, list) else [given]:
            if isinstance(text, str):
                lines = text.rstrip("\n").split("\n")
                places = tuple(str(source.place_of(line.strip() or f"{key}:")) for line in lines)
                yield _Passage("\n".join(lines), places)


def _body(document: Document) -> Iterator[_Passage]:
    """Yield the paragraphs of the text."""
    lines: list[str] = []
    places: list[str] = []
    for line, place in zip(document.lines, document.source.body.places, strict=True):
        if line.strip() and not place.file.endswith(f"/{CHECKLIST}"):
            lines.append(line)
            places.append(str(place))
        elif lines:
            yield _Passage("\n".join(lines), tuple(places))
            lines, places = [], []
    if lines:
        yield _Passage("\n".join(lines), tuple(places))


def _captions(document: Document) -> Iterator[_Passage]:
    for exhibit in (embed.exhibit for embed in document.embeds):
        if exhibit is None:
            continue
        for text in filter(None, (exhibit.caption, exhibit.typed_alt)):
            yield _Passage(text, (exhibit.where,) * (text.count("\n") + 1))


@lru_cache(maxsize=2048)
def _cut(passage: _Passage, document: str) -> tuple[Sentence, ...]:
    """Return the sentences of a passage."""
    masked = mask(passage.text)
    found: list[Sentence] = []
    start = 0
    for end in (*_ends(masked), len(masked)):
        piece = passage.text[start:end]
        if piece.strip():
            first = start + len(piece) - len(piece.lstrip())
            last = first + len(piece.strip())
            line = passage.text.count("\n", 0, first)
            text = passage.text[first:last]
            places = passage.lines[line : line + text.count("\n") + 1]
            found.append(Sentence(text, masked[first:last], document, places))
        start = end
    return tuple(found)


def _ends(masked: str) -> list[int]:
    """Return where the sentences end: at the end of a paragraph, or behind a full stop."""
    ends = {match.end() for match in _BREAK.finditer(masked)}
    for match in _END.finditer(masked):
        if not _ABBREVIATED.search(masked[: match.start()][-12:]):
            ends.add(match.end())
    return sorted(ends)


def mask(text: str) -> str:
    """Blank what is no prose, bound values and references out, keeping length and line breaks."""
    for code in find_shortcodes(text):
        mark = BOUND if code.name in ("meta", "var") else BLANK
        text = text[: code.start] + mark * (code.end - code.start) + text[code.end :]
    text = _BLANKED.sub(_blanked, text)
    for reference in find_references(text):
        end = reference.offset + len(reference.text) + 1
        text = text[: reference.offset] + CITED * (end - reference.offset) + text[end:]
    return text


def _blanked(match: re.Match[str]) -> str:
    """Blank a match, but for what a reader sees: titles and alternative texts, spelled digits."""
    blank = re.sub(r"[^\n]", BLANK, match[0])
    spelled = html.unescape(match["entity"] or "")
    if spelled.isnumeric():
        return spelled + blank[len(spelled) :]
    if match["attributes"] or match["fence"]:
        for shown in _SHOWN.finditer(match[0]):
            start, end = shown.span("words")
            blank = blank[:start] + shown["words"] + blank[end:]
    return blank
