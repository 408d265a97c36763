"""Checks of what stands around the text: front matter, authors, key points, notice, colophon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helpers.errors import nearest
from helpers.manuscript.document import Document
from helpers.manuscript.findings import Finding
from helpers.manuscript.shortcodes import UnresolvedError, plain, resolve
from helpers.manuscript.structure import find_references
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
COLOPHON_KEYS = ("colophon.engine", "colophon.commit", "n.meta.data_hash")
NOTICE_KEY = "n.meta.notice"
MOST_KEY_POINTS = 3
LONGEST_KEY_POINT = 200  # characters, values put in


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
