"""The sentences of a study's documents, and how they read with the numbers of one record.

A document is cut into sentences once, with its bound numbers left open; each record then gives
them its own words. Boxes with the class ``colophon`` are left out, as are exhibits, tables and
displayed equations: they are no sentences.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError
from helpers.ledger import read_ledger
from helpers.ledger.row import Row
from helpers.manuscript.shortcodes import find_shortcodes, leaves, lookup, plain
from helpers.manuscript.sources import (
    DOCUMENTS,
    PROJECT_FILE,
    VARIABLES_FILE,
    Source,
    parse_yaml,
    read_project,
    read_source,
)
from helpers.scratch import scratch_folder

NUMBERS = "numbers.yml"
ABSENT = "[number absent]"
#: Characters of a private plane stand for the numbers of a text while it is cut.
FIRST_MARK = 0xF0000
ABBREVIATIONS = ("al", "e.g", "i.e", "vs", "cf", "approx", "ca", "no", "fig", "figs", "ref", "dr")

_HEADING = re.compile(r"^#{1,6}\s+(?P<words>.*?)\s*(?:\{[^{}]*\})?\s*$")
_FENCE = re.compile(r"^:{3,}\s*(?P<attributes>.*)$")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_NO_PROSE = re.compile(r"^\s*(?:\||!\[|\$\$|: .*\{#|\{\{<\s*(?:embed|pagebreak))")
_CITATION = re.compile(r"\s*\[[^\[\]]*@[^\[\]]*\]")
_LINK = re.compile(r"\[(?P<words>[^\[\]]*)\]\([^()\s]*\)")
_END = re.compile(r"(?<=[.!?])[”’\"')*]*\s+(?=[“‘\"'(*@]*[A-Z0-9À-Þ\U000F0000-\U000FFFFD])")
_MARK = re.compile("[\U000f0000-\U000ffffd]")


@dataclass(frozen=True)
class Template:
    """One sentence with its numbers left open.

    Attributes:
        document: "abstract" or "paper".
        section: The heading that it stands under.
        place: File and line where its paragraph begins.
        words: Its text; a private character stands for each number.
        keys: What each number is, in their order: the dotted name of a form, below ``n`` or not.
    """

    document: str
    section: str
    place: str
    words: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Bound:
    """A number inside a sentence: its dotted name, its text, and where it stands."""

    name: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """How a sentence reads with the numbers of one record.

    Attributes:
        text: The words.
        bound: Its numbers, in their order.
        absent: Names of numbers that the record does not have.
    """

    text: str
    bound: tuple[Bound, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Numbers:
    """What documents can print from one record.

    Attributes:
        about: The head of the ledger: study, title, data cut, hash of the data, parameters.
        rows: The rows of the ledger, by key.
        forms: Every printable text by its dotted name, without markup.
    """

    about: Mapping[str, Any]
    rows: Mapping[str, Row]
    forms: Mapping[str, str]

    def row(self, name: str) -> Row | None:
        """Return the row behind the dotted name of a form: ``n.<key>.<form>``."""
        return self.rows.get(name.removeprefix("n.").rpartition(".")[0])


def read_numbers(record: Path, where: str) -> Numbers:
    """Read the ledger of a record and what documents bind to.

    The texts are those of ``numbers.yml``; where a record has none, they follow from the ledger.

    Args:
        record: The folder that holds ``ledger.json``.
        where: Its name in messages.

    Raises:
        ManuscriptError: There is no ledger, or it is damaged.
    """
    path = record / "ledger.json"
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        rows = {row.key: row for row in read_ledger(path)}
        del about["rows"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ManuscriptError(
            "this record cannot be read: its ledger is missing or damaged",
            where=f"{where}/ledger.json",
            remedy="build the study again, or restore the record from git",
        ) from None
    bound = record / NUMBERS
    if bound.is_file():
        tree = parse_yaml(bound.read_text(encoding="utf-8"), f"{where}/{NUMBERS}")
        forms = {name: plain(lookup(tree, name)) for name in leaves(tree) if _filled(tree, name)}
    else:
        forms = _forms(about, rows)
    return Numbers(about, rows, forms)


def _filled(tree: Mapping[str, Any], name: str) -> bool:
    node: Any = tree
    for word in name.split("."):
        node = node[word]
    return bool(node.strip())


def _forms(about: Mapping[str, Any], rows: Mapping[str, Row]) -> dict[str, str]:
    texts = {
        f"n.{key}.{form}": text
        for key, row in rows.items()
        for form, text in row.printable().items()
    }
    return texts | {f"n.meta.{name}": str(text) for name, text in about.items() if text}


def read_templates(
    project: Path, study: str, record: Path, documents: Sequence[str] = DOCUMENTS
) -> tuple[Template, ...]:
    """Cut the documents of a study into sentences.

    Args:
        project: The folder of the sources: ``_quarto.yml`` and ``manuscripts/``.
        study: The study's id.
        record: A record of the study, which need not lie in the project.
        documents: Those wanted; one that was not written is passed over.

    Raises:
        ManuscriptError: A source cannot be read.
    """
    with scratch_folder("read") as scratch:
        root = scratch.resolve()
        _stage(project, study, record, root)
        sources = [
            read_source(read_project(root), study, name)
            for name in documents
            if (root / "manuscripts" / study / f"{name}.qmd").is_file()
        ]
    return tuple(template for source in sources for template in _templates(source))


def read_sentence(template: Template, numbers: Numbers) -> Reading:
    """Put the numbers of a record into a sentence."""
    pieces: list[str] = []
    bound: list[Bound] = []
    absent: list[str] = []
    length = position = 0
    for match in _MARK.finditer(template.words):
        name = template.keys[ord(match[0]) - FIRST_MARK]
        before = template.words[position : match.start()]
        text = numbers.forms.get(name)
        if text is None:
            absent.append(name)
        length += len(before)
        bound.append(Bound(name, text or ABSENT, length, length + len(text or ABSENT)))
        pieces += [before, text or ABSENT]
        length, position = bound[-1].end, match.end()
    pieces.append(template.words[position:])
    return Reading("".join(pieces), tuple(bound), tuple(absent))


def _stage(project: Path, study: str, record: Path, root: Path) -> None:
    """Lay sources and record out as one project, where the sources expect the record."""
    for name in (PROJECT_FILE, VARIABLES_FILE):
        if (project / name).is_file():
            shutil.copyfile(project / name, root / name)
    for name in (study, "_shared"):
        folder = project / "manuscripts" / name
        if folder.is_dir():
            shutil.copytree(folder, root / "manuscripts" / name)
    outputs = root / "outputs" / study
    outputs.mkdir(parents=True)
    if (record / NUMBERS).is_file():
        shutil.copyfile(record / NUMBERS, outputs / NUMBERS)
    else:
        (outputs / NUMBERS).write_text("n: {}\n", encoding="utf-8")


def _templates(source: Source) -> Iterator[Template]:
    for key, section in (("title", "Title"), ("abstract", "Abstract")):
        given = source.front.get(key)
        if isinstance(given, str):
            place = str(source.place_of(f"{key}:"))
            for paragraph in given.split("\n\n"):
                yield from _sentences(source.document, section, place, paragraph)
    for section, place, paragraph in _paragraphs(source):
        yield from _sentences(source.document, section, place, paragraph)


def _paragraphs(source: Source) -> Iterator[tuple[str, str, str]]:
    """Yield heading, place and text of every paragraph and list item of a body."""
    section, around = "", list[str]()
    kept: list[str] = []
    place = ""
    for number, line in enumerate([*source.body.masked.split("\n"), ""]):
        fence, heading = _FENCE.match(line), _HEADING.match(line)
        prose = not (fence or heading or not line.strip() or _NO_PROSE.match(line))
        if kept and (not prose or _ITEM.match(line)):
            yield section, place, " ".join(kept)
            kept = []
        if fence:
            _enter_or_leave(around, fence["attributes"])
        elif heading:
            section = plain(heading["words"])
        elif prose and not any("colophon" in attributes for attributes in around):
            place = place if kept else str(source.body.places[number])
            kept.append(_ITEM.sub("", line).strip())


def _enter_or_leave(around: list[str], attributes: str) -> None:
    if attributes:
        around.append(attributes)
    elif around:
        around.pop()


def _sentences(document: str, section: str, place: str, paragraph: str) -> Iterator[Template]:
    keys: list[str] = []
    pieces: list[str] = []
    position = 0
    for code in find_shortcodes(paragraph):
        mark = chr(FIRST_MARK + len(keys)) if code.name in ("meta", "var") else ""
        if mark:
            keys.append(" ".join(code.arguments))
        pieces += [paragraph[position : code.start], mark]
        position = code.end
    text = "".join([*pieces, paragraph[position:]])
    text = plain(_LINK.sub(lambda match: match["words"], _CITATION.sub("", text)))
    for words in _cut(text):
        yield _numbered(Template(document, section, place, words, tuple(keys)))


def _cut(text: str) -> Iterator[str]:
    begin = 0
    for match in _END.finditer(text):
        last = text[begin : match.start()].rstrip(".").rpartition(" ")[2].lower().lstrip("(")
        if last not in ABBREVIATIONS and not (len(last) == 1 and last.isalpha()):
            yield text[begin : match.end()].strip()
            begin = match.end()
    if text[begin:].strip():
        yield text[begin:].strip()


def _numbered(template: Template) -> Template:
    """Number the marks of a sentence from its own first one on."""
    keys = tuple(template.keys[ord(mark) - FIRST_MARK] for mark in _MARK.findall(template.words))
    order = iter(range(len(keys)))
    words = _MARK.sub(lambda _: chr(FIRST_MARK + next(order)), template.words)
    return Template(template.document, template.section, template.place, words, keys)
