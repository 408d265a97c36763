"""A document with everything that checks, counts and gates look at, found once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from helpers.errors import ManuscriptError
from helpers.manuscript.findings import Finding
from helpers.manuscript.notebook import Exhibit
from helpers.manuscript.prepass import float_kinds, load_exhibit, resource
from helpers.manuscript.shortcodes import Shortcode, find_shortcodes
from helpers.manuscript.sources import Source
from helpers.manuscript.structure import Div, find_attributes, find_divs

# Keys of the front matter that hold no words of the document.
WITHOUT_TEXT = ("metadata-files", "bibliography", "csl", "format", "crossref")
_BIB_ENTRY = re.compile(r"@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)\s*,", re.IGNORECASE)


@dataclass(frozen=True)
class Embedded:
    """An embed shortcode with what it names; ``exhibit`` is None where that cannot be read."""

    code: Shortcode
    exhibit: Exhibit | None
    problem: Finding | None


class Document:
    """A source with everything that several checks look at, found once."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.body.text
        self.masked = source.body.masked
        self.lines = self.masked.split("\n")
        self.divs, self.stray_fences = find_divs(self.masked)
        self.codes = list(find_shortcodes(self.masked))
        self.kinds = {kind.prefix: kind for kind in float_kinds(source.meta)}
        self.prefixes = {*self.kinds, "sec", "eq"}

    def where(self, offset: int) -> str:
        """Name the place of an offset in the body."""
        return str(self.source.body.place(offset))

    def line_of(self, offset: int) -> int:
        """Return the 0-based line of an offset in the body."""
        return self.masked.count("\n", 0, offset)

    def around(self, line: int) -> list[Div]:
        """Return the divs that hold a line, outermost first."""
        return [div for div in self.divs if div.first < line < div.last]

    def offset_of(self, line: int) -> int:
        """Return the offset of the first character of a 0-based line."""
        return sum(len(text) + 1 for text in self.lines[:line])

    @cached_property
    def embeds(self) -> list[Embedded]:
        """Every embed of the body, read."""
        codes = [code for code in self.codes if code.name == "embed"]
        return [self._embed(code, len(codes)) for code in codes]

    def _embed(self, code: Shortcode, total: int) -> Embedded:
        where = self.where(code.start)
        try:
            exhibit = load_exhibit(self.source, " ".join(code.arguments), where)
        except ManuscriptError as error:
            why = "Quarto prints something else in its place"
            finding = Finding(error.where or where, error.what, why, error.remedy, total)
            return Embedded(code, None, finding)
        return Embedded(code, exhibit, None)

    @cached_property
    def labels(self) -> list[tuple[str, int]]:
        """Every label that is declared, with the offset of its declaration."""
        found = [
            (attributes.identifier, offset)
            for attributes, offset in find_attributes(self.masked)
            if attributes.identifier
        ]
        for embed in self.embeds:
            if embed.exhibit is not None and embed.exhibit.label.partition("-")[0] in self.kinds:
                found.append((embed.exhibit.label, embed.code.start))
        return found


def bibliography_keys(source: Source) -> frozenset[str]:
    """Return the keys of the document's bibliography (.bib or CSL .json).

    Raises:
        ManuscriptError: The file is missing, or of another kind.
    """
    path = resource(source, "bibliography")
    if path is None:
        return frozenset()
    if path.suffix == ".bib":
        return frozenset(_BIB_ENTRY.findall(path.read_text(encoding="utf-8")))
    if path.suffix == ".json":
        return frozenset(str(entry["id"]) for entry in json.loads(path.read_text("utf-8")))
    raise ManuscriptError(
        f"a bibliography of kind {path.suffix}",
        where=source.project.relative(path),
        remedy="use a .bib or a CSL .json file",
    )


def strings(value: object) -> Iterator[str]:
    """Yield every text in a piece of front matter."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
