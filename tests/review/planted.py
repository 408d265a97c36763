"""Documents of the seed studies with one thing changed, without writing a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from helpers.manuscript.checks import Document
from helpers.manuscript.shortcodes import Shortcode, find_shortcodes, plain, value_of
from helpers.manuscript.sources import Body, Source, parse_yaml
from helpers.review.gates import Context, open_context

ROOT = Path(__file__).parents[2]
SEEDS = ("aponermin", "fhrmm")


@cache
def context_of(study: str) -> Context:
    """The context of a seed study, as it is in the repository."""
    return open_context(ROOT, study)


def with_document(context: Context, document: Document) -> Context:
    """The same study with one document; what does not depend on documents is taken over."""
    changed = Context(context.root, context.study_id)
    vars(changed).update(
        rows=context.rows,
        numbers=context.numbers,
        printed=context.printed,
        settings=context.settings,
        study=context.study,
        sources=(document.source,),
        documents=(document,),
    )
    return changed


def with_text(document: Document, text: str) -> Document:
    """The document with nothing but this text: no title page."""
    place = document.source.body.places[0]
    places = tuple(replace(place, line=line) for line in range(1, text.count("\n") + 2))
    return Document(replace(document.source, body=Body(text, places), front={}))


def with_body(document: Document, text: str) -> Document:
    """The document with another text of as many lines; its exhibits are taken over."""
    source = replace(document.source, body=Body(text, document.source.body.places))
    changed = Document(source)
    if text.count("{{< embed") == document.text.count("{{< embed"):
        _keep_exhibits(changed, document)
    return changed


def _keep_exhibits(changed: Document, document: Document) -> None:
    codes = [code for code in changed.codes if code.name == "embed"]
    kept = [replace(old, code=code) for old, code in zip(document.embeds, codes, strict=True)]
    vars(changed)["embeds"] = kept


@dataclass(frozen=True)
class Planted:
    """A document in which one bound value was typed."""

    key: str
    where: str
    document: Document


def planted(document: Document) -> Iterator[Planted]:
    """Yield the document once for each of its bindings, with the value typed in its place."""
    source = document.source
    for code in find_shortcodes(source.body.masked):
        if code.name == "meta":
            text = source.body.text
            typed = text[: code.start] + _display(source, code) + text[code.end :]
            where = str(source.body.place(code.start))
            yield Planted(code.arguments[0], where, with_body(document, typed))
    yield from _planted_on_the_title_page(document)


def _planted_on_the_title_page(document: Document) -> Iterator[Planted]:
    source = document.source
    first = next(re.finditer(r"^---$", source.raw[3:], re.MULTILINE)).start() + 3
    for code in find_shortcodes(source.raw[:first]):
        raw = source.raw[: code.start] + _display(source, code) + source.raw[code.end :]
        front = parse_yaml(raw[: raw.index("\n---", 3)].removeprefix("---"), source.name)
        changed = Document(replace(source, raw=raw, front=front))
        _keep_exhibits(changed, document)
        line = source.raw.count("\n", 0, code.start) + 1
        yield Planted(code.arguments[0], f"{source.name}:{line}", changed)


def _display(source: Source, code: Shortcode) -> str:
    return plain(value_of(code, source.meta, source.project.variables))
