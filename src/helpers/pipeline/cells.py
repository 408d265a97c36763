"""Reads a notebook's source: what a run of it depends on, and what the record shows of it.

A run depends on the code of the cells, on their options (``#| label: …``) and tags. Comments,
layout and narrative are shown in the record and change no result.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.pipeline.contents import text_hash
from helpers.pipeline.reach import MADE_UP
from helpers.pipeline.source import Source
from helpers.pipeline.units import IMPORT, NAME, Reading, bindings_of, digest_of

OPTION = re.compile(r"^\s*#\|(.*)$", re.MULTILINE)
LABEL = re.compile(r"^\s*label:\s*(\S+)\s*$")
PARAMETERS = "parameters"


def read_source(notebook: Path) -> Source:
    """Take a notebook's source apart.

    Raises:
        ManuscriptError: The file is no notebook.
    """
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells]
        kinds = [(cell["cell_type"], cell.get("id"), cell.get("metadata", {})) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ManuscriptError(
            "this file is not a notebook", where=notebook.name, remedy="restore it from git"
        ) from None
    code = [
        (text, metadata.get("tags", []))
        for text, (kind, _, metadata) in zip(texts, kinds, strict=True)
        if kind == "code"
    ]
    readings = [_reading(text) for text, _ in code]
    keys = [_key(*cell, reading) for cell, reading in zip(code, readings, strict=True)]
    given = [
        (number, _assigned(text)) for number, (text, tags) in enumerate(code) if PARAMETERS in tags
    ]
    elsewhere = {
        word.partition(".")[0]
        for number, reading in enumerate(readings)
        for word in (reading.words if reading else ())
        if not given or number != given[0][0]
    }
    names = given[0][1] if given else None
    whole = not all(readings)
    return Source(
        cells=dict(zip(_labels([text for text, _ in code]), keys, strict=True)),
        shown=text_hash(json.dumps([texts, kinds], sort_keys=True)),
        words=_words([reading for reading in readings if reading]) + (("eval",) if whole else ()),
        parameters=names,
        used=tuple(name for name in names or () if whole or name in elsewhere),
    )


def _reading(text: str) -> Reading | None:
    """Read a cell; None for one that IPython understands and Python does not."""
    reading = Reading()
    try:
        reading.read(ast.parse(text))
    except (SyntaxError, ValueError):
        return None
    return reading


def _key(text: str, tags: list[str], reading: Reading | None) -> str:
    """Hash what a cell does: its structure, its options, and whether its last value is shown."""
    if reading is None:
        return digest_of(repr([text, sorted(tags)]))
    options = [option.strip() for option in OPTION.findall(text)]
    parts = [reading.code, reading.docstrings, options, sorted(tags), _is_silent(text)]
    return digest_of(repr(parts))


def _is_silent(text: str) -> bool:
    """Whether the cell ends with the semicolon that keeps IPython from showing its value."""
    quiet = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.DEDENT}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    said = [token.string for token in tokens if token.type not in quiet]
    return bool(said) and said[-1] == ";"


def _labels(texts: list[str]) -> list[str]:
    """Return what each code cell is called: its label, else its number, each name once."""
    names: list[str] = []
    for number, text in enumerate(texts, start=1):
        found = next(filter(None, map(LABEL.match, OPTION.findall(text))), None)
        name = found[1] if found else str(number)
        names.append(f"{name} ({number})" if name in names else name)
    return names


def _words(readings: list[Reading]) -> tuple[str, ...]:
    """Return what the cells name together: one cell's imports serve those after it."""
    bindings: dict[str, str] = {}
    for reading in readings:
        bindings |= bindings_of(reading.imports, "")[0]
    found: set[str] = set()
    for reading in readings:
        found |= reading.named(bindings, "")[0]
    return tuple(
        sorted(
            word for word in found if word in MADE_UP or word.removeprefix(IMPORT).startswith(NAME)
        )
    )


def _assigned(text: str) -> tuple[str, ...]:
    names: list[str] = []
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return tuple(names)
