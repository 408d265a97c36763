"""Finds the constructs of a Quarto document: attributes, fenced divs, code fences, labels, links.

Line-based scanners, enough for the documented subset; what they yield keeps its offset in the
text, so that the caller can name the line.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

FLOAT_KINDS = {"fig": "Figure", "tbl": "Table"}

_DIV = re.compile(r"^[ \t]*(?P<colons>:{3,})[ \t]*(?P<attributes>\{.*\}|[\w-]+)?[ \t]*:*[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)$")
_BRACED = re.compile(r"\{(?P<inside>[#.][^{}\n]*|[\w-]+=[^{}\n]*)\}")
_REFERENCE = re.compile(r"(?<![\w\\.@/])@\{?(?P<key>[A-Za-z0-9_](?:[\w:.#$%&+?<>~/-]*[\w/])?)")
_MATH = re.compile(
    r"\$\$(?P<display>.+?)\$\$|(?<![\\$])\$(?=\S)(?P<inline>(?:[^$\n]|\n(?!\n))*?\S)\$(?!\d)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Attributes:
    """The content of ``{#id .class key=value}``."""

    identifier: str = ""
    classes: tuple[str, ...] = ()
    pairs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Div:
    """A fenced div: its attributes and the lines of its two fences (0-based)."""

    attributes: Attributes
    first: int
    last: int


@dataclass(frozen=True)
class Fence:
    """A fenced code block: what stands behind its opening fence, and the offset of that line."""

    info: str
    offset: int


@dataclass(frozen=True)
class Found:
    """A piece of text and its offset."""

    text: str
    offset: int


def parse_attributes(text: str) -> Attributes:
    """Parse the inside of an attribute list, or a bare class name."""
    inside = text.strip().removeprefix("{").removesuffix("}").strip()
    if inside and not text.strip().startswith("{"):
        return Attributes(classes=(inside,))
    try:
        words = shlex.split(inside)
    except ValueError:
        words = inside.split()
    identifier, classes, pairs = "", [], {}
    for word in words:
        if word.startswith("#"):
            identifier = word[1:]
        elif word.startswith("."):
            classes.append(word[1:])
        elif word == "-":
            classes.append("unnumbered")
        else:
            key, _, value = word.partition("=")
            pairs[key] = value
    return Attributes(identifier, tuple(classes), pairs)


def find_divs(masked: str) -> tuple[list[Div], list[int]]:
    """Return the fenced divs of a text, and the lines of fences that have no partner."""
    divs: list[Div] = []
    stack: list[tuple[Attributes, int]] = []
    stray: list[int] = []
    for number, line in enumerate(masked.split("\n")):
        match = _DIV.match(line)
        if match is None:
            continue
        if match["attributes"]:
            stack.append((parse_attributes(match["attributes"]), number))
        elif stack:
            attributes, first = stack.pop()
            divs.append(Div(attributes, first, number))
        else:
            stray.append(number)
    stray.extend(first for _, first in stack)
    return sorted(divs, key=lambda div: div.first), stray


def find_fences(text: str) -> Iterator[Fence]:
    """Yield the fenced code blocks of a text."""
    offset, fence = 0, ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if match and fence:
            if match["fence"].startswith(fence) and not match["info"].strip():
                fence = ""
        elif match:
            fence = match["fence"]
            yield Fence(match["info"].strip(), offset)
        offset += len(line) + 1


def find_attributes(masked: str) -> Iterator[tuple[Attributes, int]]:
    """Yield every attribute list of a text with its offset."""
    for match in _BRACED.finditer(masked):
        yield parse_attributes(match[0]), match.start()


def find_references(masked: str) -> Iterator[Found]:
    """Yield the keys of all ``@key`` with their offset: cross-references and citations."""
    for match in _REFERENCE.finditer(masked):
        yield Found(match["key"], match.start())


def find_math(masked: str) -> Iterator[Found]:
    """Yield the inside of inline and display math with its offset."""
    for match in _MATH.finditer(masked):
        yield Found(match["display"] or match["inline"] or "", match.start())
