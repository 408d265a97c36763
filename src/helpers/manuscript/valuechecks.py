"""Checks that every value can be printed where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.errors import nearest
from helpers.manuscript.document import WITHOUT_TEXT, Document, strings
from helpers.manuscript.findings import Finding
from helpers.manuscript.shortcodes import (
    NAMES,
    Shortcode,
    UnresolvedError,
    find_shortcodes,
    value_of,
)
from helpers.manuscript.structure import find_math

_HEADING = re.compile(r"^#{1,6} .*$", re.MULTILINE)
_CLOSES_IN_LINE = re.compile(r"\{\{<(?![^\n]*?>\}\})")
# How a shortcode of the front matter escapes Quarto, which looks for its marks among the words that
# pandoc made of the text: a mark has to stand at the end or at the beginning of one.
_FRONT_RULES = (
    (
        re.compile(r">\}\}[^\s*\[\]]*\{\{<"),
        "two values of the front matter touch",
        "Quarto prints the first, and neither the second nor what stands between them",
        "put a space or a word between them, such as 'to'",
    ),
    (
        re.compile(r"\{\{<(?=\S)|(?<=\S)>\}\}"),
        "a shortcode of the front matter has no space inside its marks",
        "Quarto prints it as text",
        "write {{< meta key >}}",
    ),
    (
        _CLOSES_IN_LINE,
        "a shortcode of the front matter is not closed on its line",
        "Quarto prints it as text",
        "write {{< meta key >}} on one line",
    ),
)


def check_values(document: Document) -> Iterator[Finding]:
    """Every ``meta`` and ``var`` of text, title page and captions has a printable value."""
    texts = list(_texts(document))
    total = sum(1 for _, text in texts for _ in find_shortcodes(text)) + len(document.codes)
    for code in document.codes:
        if code.name in ("meta", "var"):
            yield from _check_value(document, code, document.where(code.start), total)
        elif code.name not in NAMES:
            close = nearest(code.name, NAMES)
            yield Finding(
                document.where(code.start),
                f"unknown shortcode {code.name!r}",
                "it is outside the documented subset",
                f"did you mean {close}?" if close else f"use one of {', '.join(NAMES)}",
                total,
            )
    for where, text in texts:
        for code in find_shortcodes(text):
            place = where or str(document.source.place_of(text[code.start : code.end]))
            yield from _check_value(document, code, place, total)


def _check_value(document: Document, code: Shortcode, where: str, total: int) -> Iterator[Finding]:
    try:
        value_of(code, document.source.meta, document.source.project.variables)
    except UnresolvedError as problem:
        yield Finding(where, problem.what, problem.why, problem.remedy, total)


def _texts(document: Document) -> Iterator[tuple[str, str]]:
    """Yield (place or "", text) of the title page, the captions and the alternative texts."""
    for key, value in document.source.front.items():
        if key not in WITHOUT_TEXT:
            yield from (("", text) for text in strings(value))
    for embed in document.embeds:
        if embed.exhibit is not None:
            yield embed.exhibit.where, embed.exhibit.caption
            yield embed.exhibit.where, embed.exhibit.alt


def check_shortcode_places(document: Document) -> Iterator[Finding]:
    """No value in math, in code, in an attribute; no shortcode over two lines."""
    total = len(document.codes)
    maths = list(find_math(document.masked))
    for math in maths:
        if "{{<" in math.text:
            yield Finding(
                document.where(math.offset + math.text.find("{{<")),
                "a value stands inside $math$",
                "Quarto prints garbage",
                "close the math before the value, or write the value outside it",
                len(maths),
            )
    outside = {code.start for code in document.codes}
    for code in find_shortcodes(document.text):
        commented = "<!--" in document.text[: code.start].rpartition("-->")[2]
        if code.start not in outside and not commented:
            yield Finding(
                document.where(code.start),
                "a shortcode stands inside code",
                "the engines treat it differently",
                "take it out of the code",
                total,
            )
    for match in _CLOSES_IN_LINE.finditer(document.masked):
        yield Finding(
            document.where(match.start()),
            "a shortcode is not closed on its line",
            "Quarto prints it as text",
            "write {{< name key >}} on one line",
            total,
        )


def check_front_shortcodes(document: Document) -> Iterator[Finding]:
    """A shortcode of the front matter is written so that Quarto finds it."""
    front = document.source.front
    texts = [text for key in front if key not in WITHOUT_TEXT for text in strings(front[key])]
    total = sum(text.count("{{<") for text in texts)
    for text in texts:
        for line in text.split("\n"):
            for pattern, what, why, remedy in _FRONT_RULES:
                for _ in pattern.finditer(line):
                    yield Finding(
                        str(document.source.place_of(line.strip())), what, why, remedy, total
                    )


def check_headings(document: Document) -> Iterator[Finding]:
    """A heading that holds a value carries its own identifier."""
    headings = list(_HEADING.finditer(document.masked))
    for heading in headings:
        if "{{<" in heading[0] and not re.search(r"\{#[\w-]+", heading[0]):
            yield Finding(
                document.where(heading.start()),
                "a heading holds a value and has no {#sec-…}",
                "its link would change with the value",
                "add {#sec-name} at its end",
                len(headings),
            )
