"""The reporting checklist: where the paper answers each item, checked and written as a supplement.

``manuscripts/<study>/checklist.yml`` names for each item section anchors, tables and figures
(``"@sec-design"``), ledger keys with a form (``n.population.treated.value``), "title", "abstract",
"keywords" or the words of a heading; or one sentence "not applicable: …". From it the program
writes ``_checklist.qmd``, which the paper includes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError, nearest, unknown_name
from helpers.manuscript.checks import Document
from helpers.manuscript.shortcodes import UnresolvedError, lookup
from helpers.manuscript.sources import Source
from helpers.marked_yaml import TEXT_LOADER, Lines, parse_mapping
from helpers.review.findings import Finding, GateReport
from helpers.review.gates.context import Context
from helpers.review.gates.gate import Gate
from helpers.review.gates.guidelines import Guideline
from helpers.review.gates.passages import CHECKLIST

NAME = "checklist"
SOURCE = "checklist.yml"
NOT_APPLICABLE = "not applicable:"
PARTS = ("title", "abstract", "keywords", "key points")
UNLISTED = "; not all of its recommendations are listed"

_HEADING = re.compile(r"^#{1,6} (?P<words>.*?)\s*(?:\{[^{}]*\})?$", re.MULTILINE)
_WRITTEN = "<!-- Written by `manuscript check STUDY --write-checklist` from checklist.yml. -->"


@dataclass(frozen=True)
class Answer:
    """Where one item is answered.

    Attributes:
        guideline: Name of the guideline.
        item: Number or name of the item.
        places: Anchors, keys, parts and headings; empty where there is no answer.
        reason: Why the item does not apply; "" where it does.
    """

    guideline: str
    item: str
    places: tuple[str, ...] = ()
    reason: str = ""


def check(context: Context) -> GateReport:
    """Look at every item of every guideline.

    Raises:
        ManuscriptError: checklist.yml names an unknown guideline or item, or is malformed.
    """
    answers = read_answers(context.manuscripts / SOURCE, _where(context), context.guidelines)
    found = findings(context, answers)
    silent = sum(not answer.places and not answer.reason for answer in answers)
    flagged = silent + sum(finding.severity == "error" for finding in found)
    return GateReport(NAME, len(answers), "items", found, flagged)


def findings(context: Context, answers: tuple[Answer, ...]) -> tuple[Finding, ...]:
    """Return what is wrong with the answers: none, to nothing, or not what the paper prints."""
    found = [*_unlisted(context), *_unanswered(context, answers)]
    found += _wrong_places(context, answers)
    if (context.manuscripts / SOURCE).is_file():
        found += _not_written(context, answers)
    return tuple(found)


def write_checklist(context: Context) -> Path:
    """Write ``_checklist.qmd`` and return its path.

    Raises:
        ManuscriptError: There is no checklist.yml, or it is malformed.
    """
    source = context.manuscripts / SOURCE
    if not source.is_file():
        raise ManuscriptError(
            f"there is no {SOURCE} to write from",
            where=_where(context),
            remedy="write it (docs/checks.md shows its form)",
        )
    path = context.manuscripts / CHECKLIST
    answers = read_answers(source, _where(context), context.guidelines)
    path.write_text(render(answers, context.guidelines), encoding="utf-8", newline="\n")
    return path


def read_answers(path: Path, where: str, guidelines: Mapping[str, Guideline]) -> tuple[Answer, ...]:
    """Return the answer to every item; without a file every item is unanswered.

    Raises:
        ManuscriptError: The file names an unknown guideline or item, or an answer is no list.
    """
    data, lines = _read(path, where, guidelines)
    for name, given in data.items():
        line = f"{where}:{lines[name,]}"
        if name not in guidelines:
            raise unknown_name("guideline", name, guidelines, where=line)
        if given and not isinstance(given, dict):
            raise ManuscriptError(
                f"{name} holds no items", where=line, remedy='write 1a: [title], 4: ["@sec-design"]'
            )
        for item in given or {}:
            known = guidelines[name].items
            if item not in known:
                raise unknown_name("item", item, known, where=f"{where}:{lines[name, item]}")
    return tuple(
        _answer(
            name, item, (data.get(name) or {}).get(item), f"{where}:{lines.get((name, item), 1)}"
        )
        for name, guideline in guidelines.items()
        for item in guideline.items
    )


def _read(
    path: Path, where: str, guidelines: Mapping[str, Guideline]
) -> tuple[dict[str, Any], Lines]:
    """Return the content of the file and the line of every key."""
    if not path.is_file():
        return {}, {}
    return parse_mapping(
        path.read_text(encoding="utf-8"),
        TEXT_LOADER,
        name=SOURCE,
        where=where,
        begin=f"begin with one of {', '.join(guidelines)} and a colon",
        mend="mend the YAML",
    )


def _answer(name: str, item: str, given: object, where: str) -> Answer:
    if given is None or given == "":
        return Answer(name, item)
    if isinstance(given, str) and given.lower().startswith(NOT_APPLICABLE):
        reason = given[len(NOT_APPLICABLE) :].strip()
        if reason:
            return Answer(name, item, reason=reason)
    places = given if isinstance(given, list) else [given]
    if not all(isinstance(place, str) and place.strip() for place in places) or (
        str(given).lower().startswith("not applicable")
    ):
        raise ManuscriptError(
            f"the answer to {name} {item} is no list of places",
            where=where,
            remedy='write ["@sec-design", title], or "not applicable: why"',
        )
    return Answer(name, item, tuple(str(place) for place in places))


def _where(context: Context) -> str:
    return context.named(context.manuscripts / SOURCE)


def _unlisted(context: Context) -> Iterator[Finding]:
    """Yield the guidelines that ask for more than the items listed of them."""
    for name, guideline in context.guidelines.items():
        if guideline.is_partial:
            listed = f"{len(guideline.items)} {guideline.unit.lower()}s"
            yield Finding(
                NAME,
                "warning",
                context.named(context.guidelines_folder / f"{name}.yml"),
                f"{name}: {listed} stand for its {guideline.recommendations} recommendations",
                "answered sections do not show that each recommendation was followed",
                "list them there in your own words, with the publication at hand (docs/checks.md)",
            )


def _unanswered(context: Context, answers: tuple[Answer, ...]) -> Iterator[Finding]:
    """Yield the items without an answer; a guideline that nobody began is one finding."""
    why = "reviewers and editors ask for it"
    for name, guideline in context.guidelines.items():
        items = [answer for answer in answers if answer.guideline == name]
        silent = [answer for answer in items if not answer.places and not answer.reason]
        if len(silent) == len(items):
            yield Finding(
                NAME,
                "warning",
                _where(context),
                f"{name}: none of {len(items)} items is answered ({guideline.title})",
                why,
                f"write {SOURCE} beside the paper (docs/checks.md shows its form)",
            )
            continue
        for answer in silent:
            yield Finding(
                NAME,
                "warning",
                _where(context),
                f"{name} {answer.item}: unanswered ({guideline.items[answer.item]})",
                why,
                f'name its places in {SOURCE}, or write "{NOT_APPLICABLE} why"',
            )


def _wrong_places(context: Context, answers: tuple[Answer, ...]) -> Iterator[Finding]:
    """Yield answers that name what the paper does not hold."""
    paper = next((d for d in context.documents if d.source.document == "paper"), None)
    if paper is None:
        return
    labels = {f"@{label}" for label, _ in paper.labels}
    headings = {match["words"] for match in _HEADING.finditer(paper.masked)}
    for answer in answers:
        for place in answer.places:
            known: set[str] = labels if place.startswith("@") else headings | set(PARTS)
            if place in known or (place.startswith("n.") and _prints(paper, place)):
                continue
            close = nearest(place, context.rows if place.startswith("n.") else known)
            yield Finding(
                NAME,
                "error",
                _where(context),
                f"{answer.guideline} {answer.item}: {place} is not in the paper",
                "the checklist would send a reviewer to nothing",
                f"did you mean {close!r}?" if close else "name an anchor, a key or a heading",
            )


def _prints(paper: Document, key: str) -> bool:
    try:
        lookup(paper.source.meta, key)
    except UnresolvedError:
        return False
    return True


def _not_written(context: Context, answers: tuple[Answer, ...]) -> Iterator[Finding]:
    path = context.manuscripts / CHECKLIST
    named = context.named(path)
    papers = [source for source in context.sources if source.document == "paper"]
    included = [_lines_of(source, named) for source in papers]
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    expected = render(answers, context.guidelines)
    if text != expected or any(lines and lines != expected.rstrip("\n") for lines in included):
        yield Finding(
            NAME,
            "error",
            named,
            f"{CHECKLIST}: it does not say what {SOURCE} says",
            "the supplement would print another checklist",
            f"run `manuscript check {context.study_id} --write-checklist`",
        )
    for source, lines in zip(papers, included, strict=True):
        if not lines:
            yield Finding(
                NAME,
                "warning",
                source.name,
                f"{CHECKLIST}: the paper does not include it",
                "reviewers would not see it",
                f"write {{{{< include {CHECKLIST} >}}}} in its supplement",
            )


def _lines_of(source: Source, file: str) -> str:
    """Return what the text of a document takes from an included file."""
    lines = source.body.text.split("\n")
    return "\n".join(
        line for line, place in zip(lines, source.body.places, strict=True) if place.file == file
    )


def render(answers: tuple[Answer, ...], guidelines: Mapping[str, Guideline]) -> str:
    """Return the checklist as Quarto Markdown: a table a guideline."""
    tables = [
        _table(guideline, [answer for answer in answers if answer.guideline == name])
        for name, guideline in guidelines.items()
    ]
    return "\n\n".join([_WRITTEN, *tables]) + "\n"


def _table(guideline: Guideline, answers: list[Answer]) -> str:
    lines = [
        f"| {guideline.unit} | Topic | Answered in |",
        "|:-----|:-----------------|:---------|",
    ]
    for answer in answers:
        topic = guideline.items[answer.item].replace("|", r"\|")
        lines.append(f"| {answer.item} | {topic} | {_printed(answer)} |")
    title = f"{guideline.title}{UNLISTED if guideline.is_partial else ''}"
    return "\n".join([*lines, "", f": {title}. {{#{guideline.label}}}"])


def _printed(answer: Answer) -> str:
    if answer.reason:
        return f"not applicable: {answer.reason}"
    if not answer.places:
        return "not answered"
    keys = [f"{{{{< meta {place} >}}}}" for place in answer.places if place.startswith("n.")]
    places = [place for place in answer.places if not place.startswith("n.")]
    shown = ", ".join(places)
    return f"{shown} ({'; '.join(keys)})" if keys and shown else shown or "; ".join(keys)


GATE = Gate(NAME, "items of the reporting guidelines that the paper does not answer", check)
