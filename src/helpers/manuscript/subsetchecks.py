"""Checks that a document keeps to the documented subset.

The subset is the list of names at the top; docs/rendering.md says the same in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from helpers.manuscript.document import Document
from helpers.manuscript.findings import Finding
from helpers.manuscript.structure import Attributes, find_attributes, find_fences

CALLOUTS = tuple(f"callout-{kind}" for kind in ("note", "tip", "important", "caution", "warning"))
DIV_CLASSES = (*CALLOUTS, "notice", "colophon", "content-visible", "content-hidden")
DIV_KEYS = ("layout-ncol", "title", "when-format", "unless-format", "appearance", "icon")
OTHER_CLASSES = ("n", "unnumbered", "unlisted", "smallcaps", "underline")
OTHER_KEYS = ("data-key", "width", "fig-alt")
FORMAT_NAMES = ("html", "docx", "typst", "jats")
_EXECUTED = re.compile(r"^\{\s*[A-Za-z]")
_INLINE_CODE = re.compile(r"(?<!`)`(?:\{(?:python|r|julia|ojs)\}|r) [^`\n]+`(?!`)")
_RAW_INLINE = re.compile(r"`\{=\w+\}")
_HTML_TAG = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>\n]*)?/?>")
_AUTOLINK = re.compile(r"^<[A-Za-z][\w+.-]*[:@]")
_IMAGE = re.compile(r"!\[[^\n]*?\]\((?P<target>[^()\s]+)")


def check_code(document: Document) -> Iterator[Finding]:
    """Nothing is executed, and nothing is written raw for one format."""
    fences = list(find_fences(document.text))
    for fence in fences:
        where = document.where(fence.offset)
        if fence.info.startswith("{="):
            yield _outside(where, f"a raw block {fence.info}", len(fences))
        elif _EXECUTED.match(fence.info):
            yield Finding(
                where,
                f"an executable cell {fence.info.split()[0]}",
                "manuscripts do not compute; the notebooks do",
                "move the code to a notebook and embed its output",
                len(fences),
            )
    for pattern, what in ((_INLINE_CODE, "inline executable code"), (_RAW_INLINE, "raw inline")):
        for match in pattern.finditer(document.text):
            yield _outside(document.where(match.start()), what, len(fences))
    for match in _HTML_TAG.finditer(document.masked):
        inside_value = document.masked[max(0, match.start() - 2) : match.start()] == "{{"
        if not _AUTOLINK.match(match[0]) and not inside_value:
            yield _outside(document.where(match.start()), f"raw HTML {match[0]}", len(fences))


def _outside(where: str, what: str, total: int) -> Finding:
    why = "it is outside the documented subset: not every format can show it"
    return Finding(where, what, why, "see docs/rendering.md for what is inside", total)


def check_attributes(document: Document) -> Iterator[Finding]:
    """Divs, spans, headings and pictures carry only attributes of the subset."""
    total = len(document.divs)
    for line in document.stray_fences:
        yield Finding(
            document.where(document.offset_of(line)),
            "a ::: fence has no partner",
            "Quarto takes the rest of the text into the div",
            "close every ::: {…} with a ::: of its own",
            total,
        )
    at_divs: set[int] = set()
    for div in document.divs:
        at_divs.add(div.first)
        where = document.where(document.offset_of(div.first))
        yield from _check_div(document, div.attributes, where, total)
    for attributes, offset in find_attributes(document.masked):
        if document.line_of(offset) not in at_divs:
            where = document.where(offset)
            yield from _unknown(attributes.classes, OTHER_CLASSES, "class", where, total)
            yield from _unknown(tuple(attributes.pairs), OTHER_KEYS, "attribute", where, total)


def _check_div(
    document: Document, attributes: Attributes, where: str, total: int
) -> Iterator[Finding]:
    yield from _unknown(attributes.classes, DIV_CLASSES, "class", where, total)
    yield from _unknown(tuple(attributes.pairs), DIV_KEYS, "attribute", where, total)
    identifier = attributes.identifier
    known = identifier == "refs" or identifier.partition("-")[0] in document.kinds
    if not attributes.classes and not known:
        yield _outside(where, f"a div #{identifier}", total)
    for key in ("when-format", "unless-format"):
        name = attributes.pairs.get(key)
        if name is not None and name not in FORMAT_NAMES:
            yield Finding(
                where,
                f'{key}="{name}"',
                "the engines understand it differently; the PDF is made by typst",
                f"use one of {', '.join(FORMAT_NAMES)}",
                total,
            )


def _unknown(
    names: Sequence[str], known: Sequence[str], kind: str, where: str, total: int
) -> Iterator[Finding]:
    for name in names:
        if name not in known:
            yield _outside(where, f"{kind} {name!r}", total)


def check_pictures(document: Document) -> Iterator[Finding]:
    """Pictures named by path are PNG files of the project."""
    found = list(_IMAGE.finditer(document.masked))
    for match in found:
        target = match["target"]
        path = (document.source.path.parent / target).resolve()
        problem = ""
        if re.match(r"[a-z]+:", target):
            problem = "a picture from the network"
        elif path.suffix != ".png":
            problem = f"a picture of kind {path.suffix or target}"
        elif not path.is_relative_to(document.source.project.root) or not path.is_file():
            problem = f"picture {target} does not exist in the project"
        if problem:
            yield Finding(
                document.where(match.start()),
                problem,
                "not every format and machine can show it",
                "use a PNG inside the project, with a path relative to the document",
                len(found),
            )
