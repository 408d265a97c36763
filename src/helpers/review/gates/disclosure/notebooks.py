"""Executed notebooks: sources, what cells printed and showed, attachments, metadata, pictures."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from helpers.review.gates.disclosure.markup import read_markup, strings
from helpers.review.gates.disclosure.parts import Line, Output, Parts, split, together

#: Reads a file that a notebook holds: its bytes and its name.
Inner = Callable[[bytes, str], Parts]


def read_notebook(text: str, file: str, inner: Inner) -> Parts:
    """Read an executed notebook.

    Args:
        text: The notebook as JSON.
        file: Its name, relative to the record.
        inner: Reads the pictures that it holds.
    """
    book = json.loads(text)
    found = [Parts(tuple(_words(file, "metadata", book.get("metadata", {}))))]
    for number, cell in enumerate(book["cells"], start=1):
        found.append(_cell(file, f"cell {number}", cell, inner))
    return together(found)


def _cell(file: str, place: str, cell: dict[str, Any], inner: Inner) -> Parts:
    lines = [*split(file, "notebook", place, _joined(cell["source"]))]
    lines += _words(file, place, cell.get("metadata", {}))
    parts, outputs = [], []
    for name, bundle in cell.get("attachments", {}).items():
        lines.append(Line(file, "words", place, name))
        parts += [
            inner(_decoded(mime, _joined(data)), f"{file}.{mime.rpartition('/')[2]}")
            for mime, data in bundle.items()
        ]
    for output in cell.get("outputs", []):
        shown = _output(file, place, output)
        outputs.append(shown)
        lines += split(file, "notebook", place, shown.plain)
        lines += _words(file, place, output.get("metadata", {}))
        page = read_markup(shown.html)
        lines += [Line(file, "notebook", place, text) for _, text in page.seen]
        lines += [Line(file, "words", place, text) for _, text in page.hidden]
        parts += [inner(data, f"{file}.{mime.rpartition('/')[2]}") for mime, data in page.embedded]
        parts.append(_pictures(file, output.get("data", {}), inner))
    return together([Parts(tuple(lines), outputs=tuple(outputs)), *parts])


def _words(file: str, place: str, tree: object) -> Iterator[Line]:
    for text in strings(tree):
        yield from split(file, "words", place, text)


def _output(file: str, place: str, output: dict[str, Any]) -> Output:
    data = {
        name: _joined(value)
        for name, value in output.get("data", {}).items()
        if not name.startswith("image/")
    }
    html = data.pop("text/html", "")
    said = [*data.values(), _joined(output.get("text", "")), *output.get("traceback", [])]
    said += [str(output.get("evalue", ""))]
    return Output(file, place, "\n".join(part for part in said if part), html)


def _pictures(file: str, bundle: dict[str, Any], inner: Inner) -> Parts:
    return together(
        inner(_decoded(mime, _joined(data)), f"{file}.{mime.rpartition('/')[2]}")
        for mime, data in bundle.items()
        if mime.startswith("image/")
    )


def _decoded(mime: str, data: str) -> bytes:
    """Return what stands in a notebook as base64, or as it is."""
    try:
        return data.encode() if mime.endswith("xml") else base64.b64decode(data)
    except ValueError:
        return data.encode()


def _joined(text: Any) -> str:
    if isinstance(text, list):
        return "".join(map(str, text))
    return text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
