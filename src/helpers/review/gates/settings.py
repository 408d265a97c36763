"""Reads ``manuscripts/<study>/checks.yml``: what an author declares to the gates, with reasons.

An absent file declares nothing. Every entry says why: ``because`` is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError, unknown_name
from helpers.manuscript.sources import YAML_LOADER
from helpers.marked_yaml import Lines, parse_mapping

NAME = "checks.yml"
SECTIONS = ("conventions", "unreported", "limits", "wording")
_CONVENTION = ("text", "pattern", "cited", "numbers", "key", "value", "between", "because")


@dataclass(frozen=True)
class Convention:
    """Numerals that are no results of this study.

    Attributes:
        label: The phrase, pattern or citation as declared.
        pattern: What they stand in.
        because: Why they are no results, or by what they hold.
        cited: Key of the work whose numbers they are; the sentence must cite it.
        key: Ledger row that the words describe, which must exist.
        between: Lowest and highest value of the row for which the words are true.
        where: File and line of the entry; "" where it was read from none.
    """

    label: str
    pattern: re.Pattern[str]
    because: str
    cited: str | None = None
    key: str | None = None
    between: tuple[float, float] | None = None
    where: str = ""


@dataclass(frozen=True)
class Declared:
    """Something that is so on purpose: keys that are not reported, or words that are meant.

    Attributes:
        patterns: Keys with ``*``, or phrases.
        because: Why.
        where: File and line of the entry; "" where it was read from none.
    """

    patterns: tuple[str, ...]
    because: str
    where: str = ""

    def holds(self, key: str) -> bool:
        """Tell whether a key is one of those declared."""
        return any(fnmatchcase(key, pattern) for pattern in self.patterns)


@dataclass(frozen=True)
class Settings:
    """What an author declares.

    Attributes:
        where: The file, relative to the project.
        conventions: Numerals that are no results.
        unreported: Results that are computed and left out on purpose.
        limits: What the journal takes, by document: a number for each kind of count.
        wording: Phrases that are meant as they stand.
    """

    where: str
    conventions: tuple[Convention, ...] = ()
    unreported: tuple[Declared, ...] = ()
    limits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    wording: tuple[Declared, ...] = ()


def read_settings(path: Path, name: str) -> Settings:
    """Read what an author declares.

    Args:
        path: The file; where there is none, nothing is declared.
        name: Its name in messages.

    Raises:
        ManuscriptError: It holds an unknown key, an entry without a reason, or a pattern that is
            none.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if not any(line.strip() and not line.strip().startswith("#") for line in text.splitlines()):
        return Settings(name)
    data, lines = parse_mapping(
        text,
        YAML_LOADER,
        name=NAME,
        where=name,
        begin=f"begin with one of {', '.join(SECTIONS)} and a colon",
        mend="mend the YAML",
    )
    for key in data:
        if key not in SECTIONS:
            raise unknown_name("key", str(key), SECTIONS, where=f"{name}:{lines[str(key),]}")
    return Settings(
        name,
        tuple(_convention(*given) for given in _entries(data, "conventions", name, lines)),
        tuple(_declared(*given, "keys") for given in _entries(data, "unreported", name, lines)),
        _limits(data.get("limits") or {}, name, lines),
        tuple(_declared(*given, "text") for given in _entries(data, "wording", name, lines)),
    )


def _entries(
    data: Mapping[str, Any], key: str, name: str, lines: Lines
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the entries of a section, each with its file and line."""
    given = data.get(key) or []
    if not isinstance(given, list):
        given = [None]
    for number, entry in enumerate(given):
        where = f"{name}:{lines.get((key, number), lines[key,])}"
        if not isinstance(entry, dict):
            raise ManuscriptError(
                f"{key} is not a list of entries", where=where, remedy="begin each entry with - "
            )
        yield entry, where


def _checked(entry: Mapping[str, Any], known: tuple[str, ...], where: str) -> str:
    """Return the reason of an entry whose keys are known."""
    for key in entry:
        if key not in known:
            raise unknown_name("key", str(key), known, where=where)
    reason = entry.get("because")
    if not isinstance(reason, str) or not reason.strip():
        raise ManuscriptError("an entry does not say why", where=where, remedy='add because: "…"')
    return reason


def _convention(entry: Mapping[str, Any], where: str) -> Convention:
    reason = _checked(entry, _CONVENTION, where)
    kinds = [kind for kind in ("text", "pattern", "cited") if kind in entry]
    if len(kinds) != 1:
        raise ManuscriptError(
            "a convention is one of text, pattern, or cited with its numbers",
            where=where,
            remedy="write one of them",
        )
    label = str(entry[kinds[0]])
    between = entry.get("between")
    if "value" in entry:
        between = [entry["value"], entry["value"]]
    if between is not None and ("key" not in entry or not _is_range(between)):
        raise ManuscriptError(
            "value and between need a key and numbers",
            where=where,
            remedy="write key: ROW and between: [lowest, highest]",
        )
    return Convention(
        label,
        _pattern(kinds[0], label, entry, where),
        reason,
        cited=label if kinds[0] == "cited" else None,
        key=str(entry["key"]) if "key" in entry else None,
        between=(float(between[0]), float(between[1])) if between is not None else None,
        where=where,
    )


def _is_range(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(bound, int | float) for bound in value)
        and value[0] <= value[1]
    )


def _pattern(kind: str, label: str, entry: Mapping[str, Any], where: str) -> re.Pattern[str]:
    if kind == "text":
        return phrase(label)
    if kind == "cited":
        numbers = entry.get("numbers")
        if not isinstance(numbers, list) or not numbers:
            raise ManuscriptError(
                "cited without its numbers",
                where=where,
                remedy='list the numbers that the work printed: numbers: ["417", "5.5"]',
            )
        listed = "|".join(re.escape(str(number)) for number in numbers)
        return re.compile(rf"(?<![\w.])(?:{listed})(?!\w|[.,]\d)", re.IGNORECASE)
    try:
        return re.compile(label)
    except re.error as problem:
        raise ManuscriptError(
            f"not a regular expression: {problem}", where=where, remedy="mend it"
        ) from None


def phrase(text: str) -> re.Pattern[str]:
    """Return the pattern of a phrase: any white space between its words, whole words only."""
    words = r"\s+".join(re.escape(word) for word in text.split())
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _declared(entry: Mapping[str, Any], where: str, key: str) -> Declared:
    reason = _checked(entry, (key, "because"), where)
    given = entry.get(key)
    patterns = given if isinstance(given, list) else [given]
    if not patterns or not all(isinstance(pattern, str) and pattern for pattern in patterns):
        raise ManuscriptError(f"an entry names no {key}", where=where, remedy=f'add {key}: "…"')
    return Declared(tuple(map(str, patterns)), reason, where)


def _limits(data: object, name: str, lines: Lines) -> dict[str, dict[str, int]]:
    if not isinstance(data, dict):
        raise ManuscriptError(
            "limits holds no documents",
            where=f"{name}:{lines['limits',]}",
            remedy="write limits: {abstract: {…}}",
        )
    found: dict[str, dict[str, int]] = {}
    for document, counts in data.items():
        whole = isinstance(counts, dict) and all(
            isinstance(number, int) and not isinstance(number, bool) and number >= 0
            for number in counts.values()
        )
        if not whole:
            raise ManuscriptError(
                f"limits of {document} are not whole numbers",
                where=f"{name}:{lines['limits', str(document)]}",
                remedy="write words: 4000",
            )
        found[str(document)] = {str(kind): number for kind, number in counts.items()}
    return found
