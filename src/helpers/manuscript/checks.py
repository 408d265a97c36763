"""Finds in the sources what Quarto would get wrong without an error, and what is no subset.

Every check yields findings with file and line. The documented subset is the list of names at the
top of this module; docs/rendering.md says the same in words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError, nearest
from helpers.manuscript.findings import Finding
from helpers.manuscript.notebook import Exhibit
from helpers.manuscript.prepass import float_kinds, load_exhibit, resource
from helpers.manuscript.shortcodes import (
    NAMES,
    Shortcode,
    UnresolvedError,
    find_shortcodes,
    plain,
    resolve,
    value_of,
)
from helpers.manuscript.sources import Source
from helpers.manuscript.structure import (
    Attributes,
    Div,
    find_attributes,
    find_divs,
    find_fences,
    find_math,
    find_references,
)
from helpers.manuscript.titlepage import as_list, is_orcid

FRONT_MATTER = (
    *("title", "subtitle", "author", "affiliations", "date", "abstract", "keywords", "lang"),
    *(
        "bibliography",
        "csl",
        "number-sections",
        "crossref",
        "metadata-files",
        "format",
        "line-numbers",
    ),
    "key-points",
)
CALLOUTS = tuple(f"callout-{kind}" for kind in ("note", "tip", "important", "caution", "warning"))
DIV_CLASSES = (*CALLOUTS, "notice", "colophon", "content-visible", "content-hidden")
DIV_KEYS = ("layout-ncol", "title", "when-format", "unless-format", "appearance", "icon")
OTHER_CLASSES = ("n", "unnumbered", "unlisted", "smallcaps", "underline")
OTHER_KEYS = ("data-key", "width", "fig-alt")
FORMAT_NAMES = ("html", "docx", "typst", "jats")
COLOPHON_KEYS = ("colophon.engine", "colophon.commit", "n.meta.data_hash")
NOTICE_KEY = "n.meta.notice"
MOST_KEY_POINTS = 3
LONGEST_KEY_POINT = 200  # characters, values put in

_WITHOUT_TEXT = ("metadata-files", "bibliography", "csl", "format", "crossref")
_EXECUTED = re.compile(r"^\{\s*[A-Za-z]")
_INLINE_CODE = re.compile(r"(?<!`)`(?:\{(?:python|r|julia|ojs)\}|r) [^`\n]+`(?!`)")
_RAW_INLINE = re.compile(r"`\{=\w+\}")
_HTML_TAG = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>\n]*)?/?>")
_AUTOLINK = re.compile(r"^<[A-Za-z][\w+.-]*[:@]")
_IMAGE = re.compile(r"!\[[^\n]*?\]\((?P<target>[^()\s]+)")
_HEADING = re.compile(r"^#{1,6} .*$", re.MULTILINE)
_BIB_ENTRY = re.compile(r"@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)\s*,", re.IGNORECASE)
_CLOSES_IN_LINE = re.compile(r"\{\{<(?![^\n]*?>\}\})")


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


def check_source(source: Source) -> tuple[Finding, ...]:
    """Return every finding of one document, in the order of the checks."""
    document = Document(source)
    return tuple(finding for check in CHECKS for finding in check(document))


def check_values(document: Document) -> Iterator[Finding]:
    """Every ``meta`` and ``var`` of text, title page and captions has a printable value."""
    texts = list(_texts(document))
    total = sum(1 for _, text in texts for _ in find_shortcodes(text)) + len(document.codes)
    for code in document.codes:
        if code.name in ("meta", "var"):
            yield from _check_value(document, code, document.where(code.start), total)
        elif code.name not in NAMES:
            close = nearest(code.name, NAMES)
            yield Finding(
                document.where(code.start),
                f"unknown shortcode {code.name!r}",
                "it is outside the documented subset",
                f"did you mean {close}?" if close else f"use one of {', '.join(NAMES)}",
                total,
            )
    for where, text in texts:
        for code in find_shortcodes(text):
            place = where or str(document.source.place_of(text[code.start : code.end]))
            yield from _check_value(document, code, place, total)


def _check_value(document: Document, code: Shortcode, where: str, total: int) -> Iterator[Finding]:
    try:
        value_of(code, document.source.meta, document.source.project.variables)
    except UnresolvedError as problem:
        yield Finding(where, problem.what, problem.why, problem.remedy, total)


def _texts(document: Document) -> Iterator[tuple[str, str]]:
    """Yield (place or "", text) of the title page, the captions and the alternative texts."""
    for key, value in document.source.front.items():
        if key not in _WITHOUT_TEXT:
            yield from (("", text) for text in _strings(value))
    for embed in document.embeds:
        if embed.exhibit is not None:
            yield embed.exhibit.where, embed.exhibit.caption
            yield embed.exhibit.where, embed.exhibit.alt


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def check_shortcode_places(document: Document) -> Iterator[Finding]:
    """No value in math, in code, in an attribute; no shortcode over two lines."""
    total = len(document.codes)
    maths = list(find_math(document.masked))
    for math in maths:
        if "{{<" in math.text:
            yield Finding(
                document.where(math.offset + math.text.find("{{<")),
                "a value stands inside $math$",
                "Quarto prints garbage",
                "close the math before the value, or write the value outside it",
                len(maths),
            )
    outside = {code.start for code in document.codes}
    for code in find_shortcodes(document.text):
        commented = "<!--" in document.text[: code.start].rpartition("-->")[2]
        if code.start not in outside and not commented:
            yield Finding(
                document.where(code.start),
                "a shortcode stands inside code",
                "the engines treat it differently",
                "take it out of the code",
                total,
            )
    for match in _CLOSES_IN_LINE.finditer(document.masked):
        yield Finding(
            document.where(match.start()),
            "a shortcode is not closed on its line",
            "Quarto prints it as text",
            "write {{< name key >}} on one line",
            total,
        )


def check_headings(document: Document) -> Iterator[Finding]:
    """A heading that holds a value carries its own identifier."""
    headings = list(_HEADING.finditer(document.masked))
    for heading in headings:
        if "{{<" in heading[0] and not re.search(r"\{#[\w-]+", heading[0]):
            yield Finding(
                document.where(heading.start()),
                "a heading holds a value and has no {#sec-…}",
                "its link would change with the value",
                "add {#sec-name} at its end",
                len(headings),
            )


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
    where = document.where(code.start)
    prefix = exhibit.label.partition("-")[0]
    around = [
        div
        for div in document.around(document.line_of(code.start))
        if div.attributes.identifier.partition("-")[0] in document.kinds
    ]
    named = prefix in ("fig", "tbl")
    problem = ""
    if named and not exhibit.caption:
        problem, why = f"{exhibit.label} has no caption", "Quarto numbers it without a caption"
        remedy = f'add #| {prefix}-cap: "…" to the cell'
    elif named and (prefix == "fig") != (exhibit.png is not None):
        problem, why = f"{exhibit.label} does not show what its label says", "it would be misnamed"
        remedy = "label figures fig-… and tables tbl-…"
    elif named and around and "layout-ncol" not in around[-1].attributes.pairs:
        problem = f"{exhibit.label} is a float inside the float {around[-1].attributes.identifier}"
        why = "Quarto numbers it as a part of a panel"
        remedy = "give the cell a label without fig- or tbl-, or the div a layout-ncol"
    elif not named and not around:
        problem = f"{exhibit.label} is no fig-… or tbl-… and stands in no labelled div"
        why = "Quarto shows it without number and caption"
        remedy = "rename the label, or wrap the embed in ::: {#fig-… } with a caption"
    if problem:
        yield Finding(f"{where} embeds {exhibit.where}", problem, why, remedy, total)
    if exhibit.html is not None and "{{<" in exhibit.html:
        yield Finding(
            f"{where} embeds {exhibit.where}",
            "a table holds a shortcode",
            "it would be printed as text",
            "put the value into the table where it is made",
            total,
        )
    if exhibit.png is not None and not exhibit.alt:
        yield Finding(
            f"{where} embeds {exhibit.where}",
            f"{exhibit.label} has no alternative text",
            "a reader who does not see it gets nothing",
            'add #| fig-alt: "…" to the cell',
            total,
        )


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
        if key not in (*_WITHOUT_TEXT, "author"):
            texts.extend((_always(f"{document.source.name}:1"), text) for text in _strings(value))
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


def check_front_matter(document: Document) -> Iterator[Finding]:
    """Front matter holds known keys, or keys that a ``meta`` shortcode prints."""
    front = document.source.front
    used = {
        code.arguments[0].partition(".")[0]
        for code in document.codes
        if code.name == "meta" and code.arguments
    }
    for key in front:
        if str(key) not in {*FRONT_MATTER, *used}:
            close = nearest(str(key), FRONT_MATTER)
            yield Finding(
                str(document.source.place_of(f"{key}:")),
                f"unknown front matter key {key!r}",
                "Quarto ignores it",
                f"did you mean {close!r}?"
                if close
                else f"known: {', '.join(sorted(FRONT_MATTER))}",
                len(front),
            )
    if not isinstance(front.get("line-numbers", False), bool):
        yield Finding(
            str(document.source.place_of("line-numbers:")),
            "line-numbers is neither true nor false",
            "it would be taken for true",
            "write line-numbers: true, or leave it out",
            len(front),
        )
    if not front.get("title"):
        yield Finding(
            f"{document.source.name}:1",
            "the document has no title",
            "a PDF without a title is not accessible",
            'write title: "…" in the front matter',
            len(front),
        )


def check_authors(document: Document) -> Iterator[Finding]:
    """ORCIDs are ORCIDs, who is corresponding has an address, affiliations that are named exist."""
    front = document.source.front
    known = [
        str(place["id"])
        for place in as_list(front.get("affiliations"))
        if isinstance(place, Mapping) and "id" in place
    ]
    authors = [author for author in as_list(front.get("author")) if isinstance(author, Mapping)]
    why = "editors and indexes could not tell who it is"
    for author in authors:
        name, orcid = str(author.get("name")), author.get("orcid")
        if orcid is not None and not is_orcid(str(orcid)):
            where = str(document.source.place_of(f"{orcid}"))
            remedy = "copy the 16 digits from the profile, 0000-0000-0000-0000"
            yield Finding(where, f"{str(orcid)!r} is no ORCID", why, remedy, len(authors))
        if author.get("corresponding") and not author.get("email"):
            where = str(document.source.place_of(name))
            what = f"{name!r} is corresponding and has no email"
            yield Finding(where, what, "nobody could write to them", "add email:", len(authors))
        for place in as_list(author.get("affiliations", author.get("affiliation"))):
            named = str(place["ref"]) if isinstance(place, Mapping) and "ref" in place else None
            if named is not None and named not in known:
                close = nearest(named, known)
                yield Finding(
                    str(document.source.place_of(f"ref: {named}")),
                    f"unknown affiliation {named!r}",
                    "the id would be printed in its place",
                    f"did you mean {close!r}?" if close else "list it under affiliations:",
                    len(authors),
                )


def check_key_points(document: Document) -> Iterator[Finding]:
    """Key points are a short list of short sentences that cite nothing."""
    given = document.source.front.get("key-points")
    if given is None:
        return
    points = given if isinstance(given, list) else []
    where = str(document.source.place_of("key-points:"))
    why = "journals print a few lines in a box, without references"
    total = len(points)
    if not points or not all(isinstance(point, str) for point in points):
        yield Finding(
            where, "key-points is not a list of sentences", why, 'write - "…" on each line', total
        )
    elif total > MOST_KEY_POINTS:
        remedy = "keep those that the study stands for"
        what = f"{total} key points; at most {MOST_KEY_POINTS} are printed"
        yield Finding(where, what, why, remedy, total)
    else:
        for number, point in enumerate(points, start=1):
            problem = _problem_of_point(document, point)
            if problem:
                yield Finding(where, f"key point {number} {problem}", why, "reword it", total)


def _problem_of_point(document: Document, point: str) -> str:
    if any(find_references(point)):
        return "holds a citation or a cross-reference"
    try:
        words = plain(resolve(point, document.source.meta, document.source.project.variables))
    except UnresolvedError:  # check_values says so, with the nearest key
        return ""
    if len(words) > LONGEST_KEY_POINT:
        return f"has {len(words)} characters; at most {LONGEST_KEY_POINT} are printed"
    return ""


def check_notices(document: Document) -> Iterator[Finding]:
    """A synthetic study says so, and every document says how it was made."""
    printed = {
        code.arguments[0] for code in document.codes if code.name == "meta" and code.arguments
    }
    numbers = document.source.meta.get("n")
    about: Any = numbers.get("meta") if isinstance(numbers, Mapping) else None
    if isinstance(about, Mapping) and "notice" in about and NOTICE_KEY not in printed:
        yield Finding(
            f"{document.source.name}:1",
            "the study is synthetic and the document does not say so",
            "reconstructed patients would pass for patients",
            f"begin the text with the notice box of docs/rendering.md ({NOTICE_KEY})",
            1,
        )
    missing = [key for key in COLOPHON_KEYS if key not in printed]
    if missing:
        yield Finding(
            f"{document.source.name}:1",
            f"the colophon does not say {', '.join(missing)}",
            "the document could not be traced to what made it",
            "end the text with {{< include ../_shared/_colophon.qmd >}}",
            len(COLOPHON_KEYS),
        )


CHECKS: tuple[Callable[[Document], Iterator[Finding]], ...] = (
    check_front_matter,
    check_values,
    check_shortcode_places,
    check_headings,
    check_embeds,
    check_labels,
    check_references,
    check_code,
    check_attributes,
    check_pictures,
    check_authors,
    check_key_points,
    check_notices,
)


def documents_of(root: Path, study_id: str) -> tuple[str, ...]:
    """Return the documents that a study has, in the order abstract, paper."""
    folder = root / "manuscripts" / study_id
    return tuple(name for name in ("abstract", "paper") if (folder / f"{name}.qmd").is_file())
