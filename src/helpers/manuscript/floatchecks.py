"""Checks that every table, figure and label exists once, and every reference leads to one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from helpers.errors import nearest
from helpers.manuscript.document import WITHOUT_TEXT, Document, bibliography_keys, strings
from helpers.manuscript.findings import Finding
from helpers.manuscript.notebook import Exhibit
from helpers.manuscript.shortcodes import Shortcode
from helpers.manuscript.structure import Div, find_references


def check_embeds(document: Document) -> Iterator[Finding]:
    """Every embed stands alone, can be read, and ends as one float with one caption."""
    total = len(document.embeds)
    for embed in document.embeds:
        if embed.problem is not None:
            yield embed.problem
        where = document.where(embed.code.start)
        if not _alone(document, embed.code):
            yield Finding(
                where,
                "an embed does not stand alone in its paragraph",
                "Quarto puts the exhibit inside the sentence",
                "leave an empty line before and after it",
                total,
            )
        if embed.exhibit is not None:
            yield from _check_exhibit(document, embed.exhibit, embed.code, total)


def _alone(document: Document, code: Shortcode) -> bool:
    number = document.line_of(code.start)
    if document.lines[number].strip() != document.masked[code.start : code.end]:
        return False
    beside = [document.lines[i] for i in (number - 1, number + 1) if 0 <= i < len(document.lines)]
    return all(not line.strip() or line.strip().startswith(":::") for line in beside)


def _check_exhibit(
    document: Document, exhibit: Exhibit, code: Shortcode, total: int
) -> Iterator[Finding]:
    where = f"{document.where(code.start)} embeds {exhibit.where}"
    around = [
        div
        for div in document.around(document.line_of(code.start))
        if div.attributes.identifier.partition("-")[0] in document.kinds
    ]
    misnumbered = _misnumbered(exhibit, around)
    if misnumbered is not None:
        yield Finding(where, *misnumbered, total)
    if exhibit.html is not None and "{{<" in exhibit.html:
        yield Finding(
            where,
            "a table holds a shortcode",
            "it would be printed as text",
            "put the value into the table where it is made",
            total,
        )
    if exhibit.png is not None and not exhibit.alt:
        yield Finding(
            where,
            f"{exhibit.label} has no alternative text",
            "a reader who does not see it gets nothing",
            'add #| fig-alt: "…" to the cell',
            total,
        )


def _misnumbered(exhibit: Exhibit, around: Sequence[Div]) -> tuple[str, str, str] | None:
    """Say what keeps an exhibit from its number and caption, why, and how to mend it."""
    label, prefix = exhibit.label, exhibit.label.partition("-")[0]
    named = prefix in ("fig", "tbl")
    if named and not exhibit.caption:
        return (
            f"{label} has no caption",
            "Quarto numbers it without a caption",
            f'add #| {prefix}-cap: "…" to the cell',
        )
    if named and (prefix == "fig") != (exhibit.png is not None):
        return (
            f"{label} does not show what its label says",
            "it would be misnamed",
            "label figures fig-… and tables tbl-…",
        )
    if named and around and "layout-ncol" not in around[-1].attributes.pairs:
        return (
            f"{label} is a float inside the float {around[-1].attributes.identifier}",
            "Quarto numbers it as a part of a panel",
            "give the cell a label without fig- or tbl-, or the div a layout-ncol",
        )
    if not named and not around:
        return (
            f"{label} is no fig-… or tbl-… and stands in no labelled div",
            "Quarto shows it without number and caption",
            "rename the label, or wrap the embed in ::: {#fig-… } with a caption",
        )
    return None


def check_labels(document: Document) -> Iterator[Finding]:
    """Labels are unique, and none is declared inside content that some formats hide."""
    seen: set[str] = set()
    total = len(document.labels)
    for label, offset in document.labels:
        if label in seen:
            yield Finding(
                document.where(offset),
                f"label {label!r} is used twice",
                "references to it would go to one of the two",
                "rename one of them",
                total,
            )
        seen.add(label)
        hidden = [
            div
            for div in document.around(document.line_of(offset))
            if {"content-visible", "content-hidden"} & set(div.attributes.classes)
        ]
        if hidden and label.partition("-")[0] in document.prefixes:
            yield Finding(
                document.where(offset),
                f"{label} is declared inside content that some formats hide",
                "the formats would number differently",
                "move it out of the div",
                total,
            )


def check_references(document: Document) -> Iterator[Finding]:
    """Every ``@key`` is a declared label or an entry of the bibliography."""
    labels = {label for label, _ in document.labels}
    entries = bibliography_keys(document.source)
    texts: list[tuple[Callable[[int], str], str]] = [(document.where, document.masked)]
    for embed in document.embeds:
        if embed.exhibit is not None:
            texts.append((_always(embed.exhibit.where), embed.exhibit.caption))
    for key, value in document.source.front.items():
        if key not in (*WITHOUT_TEXT, "author"):
            texts.extend((_always(f"{document.source.name}:1"), text) for text in strings(value))
    found = [(where, ref) for where, text in texts for ref in find_references(text)]
    for where, reference in found:
        key = reference.text
        if key.partition("-")[0] in document.prefixes and "-" in key:
            yield from _check_label(document, key, labels, where(reference.offset), len(found))
        elif key not in entries:
            close = nearest(key, entries)
            yield Finding(
                where(reference.offset),
                f"unknown citation @{key}",
                "Quarto prints the key in bold with a question mark",
                f"did you mean @{close}?" if close else "add it to the bibliography",
                len(found),
            )


def _always(place: str) -> Callable[[int], str]:
    return lambda _offset: place


def _check_label(
    document: Document, key: str, labels: set[str], where: str, total: int
) -> Iterator[Finding]:
    if key not in labels:
        close = nearest(key, labels)
        remedy = f"did you mean @{close}?" if close else "declare the label, or embed the exhibit"
        yield Finding(
            where, f"unknown cross-reference @{key}", f"Quarto prints ?@{key}", remedy, total
        )
    elif key.startswith("sec-") and not document.source.meta.get("number-sections"):
        yield Finding(
            where,
            f"@{key} refers to a section by number, and sections are not numbered",
            "typst stops, HTML prints the title",
            "set number-sections: true",
            total,
        )
