"""Finds Quarto shortcodes in text and looks the values of ``meta`` and ``var`` up."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from helpers.errors import nearest

NAMES = ("meta", "var", "include", "embed", "pagebreak")

_QUOTING = re.compile(r"['\"\\]")
_SHORTCODE = re.compile(r"\{\{<(?P<inside>[^\n]*?)>\}\}")
_SPAN = re.compile(r"\[(?P<text>[^\[\]]*)\]\{[^{}]*\}")
_MARKUP = re.compile(r"(?<!\\)[*_^~`]|\\(?=[^\w\s])")


@dataclass(frozen=True)
class Shortcode:
    """One ``{{< name arguments >}}`` and where it stands in its text."""

    name: str
    arguments: tuple[str, ...]
    start: int
    end: int


class UnresolvedError(Exception):
    """A key of ``meta`` or ``var`` has no printable value.

    Attributes:
        what: What is wrong.
        why: What Quarto would print.
        remedy: How to mend it.
    """

    def __init__(self, what: str, why: str, remedy: str) -> None:
        self.what, self.why, self.remedy = what, why, remedy
        super().__init__(what)


def find_shortcodes(text: str) -> Iterator[Shortcode]:
    """Yield the shortcodes of a text in order."""
    for match in _SHORTCODE.finditer(text):
        words = _words(match["inside"].strip())
        if words:
            yield Shortcode(words[0], tuple(words[1:]), match.start(), match.end())
        else:
            yield Shortcode("", (), match.start(), match.end())


def _words(inside: str) -> list[str]:
    if not _QUOTING.search(inside):  # a paper has hundreds of values, and shlex is slow
        return inside.split()
    try:
        return shlex.split(inside)
    except ValueError:
        return inside.split()


def lookup(tree: Mapping[str, Any], key: str, kind: str = "meta") -> str:
    """Return the text of a dotted key.

    Raises:
        UnresolvedError: The key is unknown, null, a mapping, a list, or not a string.
    """
    node: Any = tree
    path: list[str] = []
    for part in key.split("."):
        if not isinstance(node, Mapping) or part not in node:
            known = [".".join([*path, str(k)]) for k in node] if isinstance(node, Mapping) else []
            close = nearest(key, known) or nearest(key, leaves(tree))
            hint = f"did you mean {close!r}?" if close else "see numbers.yml for the known keys"
            raise UnresolvedError(
                f"unknown {kind} key {key!r}", f"Quarto prints ?{kind}:{key} in bold", hint
            )
        node = node[part]
        path.append(part)
    if isinstance(node, str) and node.strip():
        return node
    if isinstance(node, Mapping):
        inside = ", ".join(f"{key}.{name}" for name in list(node)[:6])
        raise UnresolvedError(
            f"{kind} key {key!r} is a group, not a value",
            "Quarto prints nothing",
            f"use one of {inside}",
        )
    if node is None or isinstance(node, str):
        raise UnresolvedError(
            f"{kind} key {key!r} has no value", "Quarto prints nothing", "give it a value"
        )
    raise UnresolvedError(
        f"the value of {kind} key {key!r} is not a quoted string",
        "YAML changes unquoted values, 0.90 prints 0.9",
        "write the value in quotes",
    )


def leaves(tree: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return the dotted keys of all strings in a nested mapping."""
    found: list[str] = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found.extend(leaves(value, f"{name}."))
        elif isinstance(value, str):
            found.append(name)
    return found


def resolve(text: str, meta: Mapping[str, Any], variables: Mapping[str, Any]) -> str:
    """Put the values of all ``meta`` and ``var`` shortcodes into a text.

    Raises:
        UnresolvedError: A key has no printable value, or another shortcode stands in the text.
    """
    return filled(text, find_shortcodes(text), lambda code: value_of(code, meta, variables))


def filled(text: str, codes: Iterable[Shortcode], value: Callable[[Shortcode], str]) -> str:
    """Return a text with something in the place of each of its shortcodes."""
    pieces: list[str] = []
    position = 0
    for code in codes:
        pieces += text[position : code.start], value(code)
        position = code.end
    return "".join((*pieces, text[position:]))


def value_of(code: Shortcode, meta: Mapping[str, Any], variables: Mapping[str, Any]) -> str:
    """Return what a ``meta`` or ``var`` shortcode stands for.

    Raises:
        UnresolvedError: It is another shortcode, has not exactly one argument, or has no value.
    """
    if code.name not in ("meta", "var") or len(code.arguments) != 1:
        raise UnresolvedError(
            f"shortcode {' '.join((code.name, *code.arguments))!r} cannot stand here",
            "it is outside the documented subset",
            "use {{< meta key >}} or {{< var key >}} with one key",
        )
    return lookup(meta if code.name == "meta" else variables, code.arguments[0], code.name)


def plain(text: str) -> str:
    """Strip the Markdown of a value: spans, emphasis, sub- and superscript marks."""
    while True:
        stripped = _SPAN.sub(lambda match: match["text"], text)
        if stripped == text:
            break
        text = stripped
    return " ".join(_MARKUP.sub("", text).split())
