"""Normalises Quarto's title-page metadata: authors, affiliations, key points, keywords, counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from helpers.manuscript.shortcodes import plain

_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")

Text = Callable[[object, str], str]


def title_metadata(meta: Mapping[str, Any], text: Text) -> dict[str, Any]:
    """Return the title page as flat values that the templates print.

    Args:
        meta: The merged metadata of the document.
        text: Resolves the shortcodes of a value; its second argument names the key.
    """
    page: dict[str, Any] = {}
    for key in ("title", "subtitle", "date", "abstract"):
        if meta.get(key):
            page[key] = text(meta[key], key).strip()
    if "abstract" in page:
        page["abstract"] += "\n"  # pandoc reads paragraphs only where the text ends its line
    page["plain-title"] = plain(page.get("title", ""))
    page["pagetitle"] = page["plain-title"]
    keywords = [text(word, "keywords") for word in as_list(meta.get("keywords"))]
    if keywords:
        page["keywords"] = [plain(word) for word in keywords]
        page["keyword-line"] = "; ".join(keywords)
    points = [text(point, "key-points").strip() for point in as_list(meta.get("key-points"))]
    if points:
        page["key-points"] = points
    if meta.get("counts"):
        page["counts"] = dict(meta["counts"])
    page |= _authors(meta, text)
    return page


def as_list(value: object) -> list[Any]:
    """Return a list as it is, nothing as an empty list, anything else as a list of one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def is_orcid(text: str) -> bool:
    """Say whether a text is an ORCID: four groups of four digits with ISO 7064 check digit."""
    if not _ORCID.fullmatch(text):
        return False
    bare = text.replace("-", "")
    total = 0
    for digit in bare[:-1]:
        total = (total + int(digit)) * 2
    return bare[-1] == "0123456789X"[(12 - total % 11) % 11]


def _authors(meta: Mapping[str, Any], text: Text) -> dict[str, Any]:
    places: list[str] = []
    listed: list[dict[str, Any]] = []
    correspondence: list[str] = []
    known = {
        str(place["id"]): _affiliation(place, text)
        for place in as_list(meta.get("affiliations"))
        if isinstance(place, Mapping) and "id" in place
    }
    for author in as_list(meta.get("author")):
        entry: Mapping[str, Any] = author if isinstance(author, Mapping) else {"name": author}
        name = text(_name(entry.get("name")), "author")
        marks: list[str] = []
        for place in as_list(entry.get("affiliations", entry.get("affiliation"))):
            words = _affiliation(place, text, known)
            if words not in places:
                places.append(words)
            marks.append(str(places.index(words) + 1))
        if entry.get("corresponding"):
            marks.append("\\*")
            email = entry.get("email")
            correspondence.append(f"{name}, <{email}>" if email else name)
        listed.append(
            {"name": name, "marks": ",".join(marks), "plain": plain(name)}
            | _name_parts(entry.get("name"), plain(name))
            | {"aff": [mark for mark in marks if mark.isdigit()]}
            | ({"corresponding": True} if entry.get("corresponding") else {})
            | ({"orcid": str(entry["orcid"])} if entry.get("orcid") else {})
        )
    page: dict[str, Any] = {}
    if listed:
        page["byline"] = listed
        page["author"] = [item["plain"] for item in listed]
    if places:
        numbered = enumerate(places, start=1)
        page["places"] = [{"mark": str(number), "text": words} for number, words in numbered]
    if correspondence:
        page["correspondence"] = "; ".join(correspondence)
    return page


def _name(value: object) -> str:
    if isinstance(value, Mapping):
        given, family = value.get("given", ""), value.get("family", "")
        return str(value.get("literal") or f"{given} {family}".strip())
    return str(value)


def _name_parts(value: object, name: str) -> dict[str, str]:
    """Return family and given name, as written, or else split before the last word."""
    if isinstance(value, Mapping) and value.get("family"):
        return {"family": str(value["family"]), "given": str(value.get("given", ""))}
    given, _, family = name.rpartition(" ")
    return {"family": family, "given": given}


def _affiliation(place: object, text: Text, known: Mapping[str, str] | None = None) -> str:
    if not isinstance(place, Mapping):
        words = str(place)
        return (known or {}).get(words) or text(words, "affiliations")
    if "ref" in place:
        return (known or {}).get(str(place["ref"]), str(place["ref"]))
    keys = ("department", "name", "city", "region", "country")
    return ", ".join(text(place[key], "affiliations") for key in keys if place.get(key))
