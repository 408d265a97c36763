"""What columns of a registry are usually called: the words of ``vocabulary.yml``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from helpers.imwg import CATEGORIES, SPELLINGS
from helpers.study.definition import Study
from helpers.study.spelling import folded

_WORDS = re.compile(r"\w+")
#: A word that was divided at the end of a line in a cell of Excel: "Therapie- beginn".
_DIVIDED = re.compile(r"(?<=[^\W\d_])-\s+(?=[^\W\d_])")
ID = "id"


@dataclass(frozen=True)
class Role:
    """A variable that most cohorts have, and how its column may be recognized.

    Attributes:
        name: Its name in study.yml.
        type: Its type there.
        headings: What its column is called, as :func:`plain` words.
        label: Words that stand in tables and figures; the column that a template names.
        levels: Of a category: key to label.
        spellings: Level key to the spellings that are understood, for every type with levels.
        further: Level key to those of them that ``codes`` must name.
        limits: Smallest and largest possible value, unit: as study.yml has them.
        table_one: Whether the baseline table shows it.
        factor: Whether it is proposed as a factor of subgroups and models.
    """

    name: str
    type: str
    headings: tuple[str, ...]
    label: str
    levels: dict[str, str]
    spellings: dict[str, tuple[str, ...]]
    further: dict[str, tuple[str, ...]]
    limits: dict[str, Any]
    table_one: bool
    factor: bool


@dataclass(frozen=True)
class Vocabulary:
    """The words by which a table is read.

    Attributes:
        ids: Headings of the column that identifies the patient.
        roles: The variables, in the order of study.yml.
        yes: Spellings of yes beyond those that every study understands.
        no: Spellings of no beyond those.
        missing: Spellings of "unknown" beyond those.
        date_formats: Formats of dates, the one taken first where several fit.
    """

    ids: tuple[str, ...]
    roles: tuple[Role, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    missing: tuple[str, ...]
    date_formats: tuple[str, ...]


def plain(heading: str) -> str:
    """Return a heading as it is compared: words without case, accents and punctuation."""
    whole = _DIVIDED.sub("", folded(heading))
    bare = unicodedata.normalize("NFKD", whole)
    letters = "".join(sign for sign in bare if not unicodedata.combining(sign))
    words = " ".join(_WORDS.findall(letters.replace("_", " ")))
    return re.sub(r"\bfollowup\b", "follow up", words)


@cache
def vocabulary() -> Vocabulary:
    """Return the words of ``vocabulary.yml``."""
    text = (files("helpers.scaffold") / "vocabulary.yml").read_text(encoding="utf-8")
    given = yaml.safe_load(text)
    yes, no = tuple(given["yes_words"]), tuple(given["no_words"])
    roles = tuple(_role(name, entry, yes, no) for name, entry in given["variables"].items())
    return Vocabulary(
        ids=tuple(plain(heading) for heading in given["id"]["headings"]),
        roles=roles,
        yes=yes,
        no=no,
        missing=tuple(given["missing_words"]),
        date_formats=tuple(given["date_formats"]),
    )


def _role(name: str, given: dict[str, Any], yes: tuple[str, ...], no: tuple[str, ...]) -> Role:
    levels = {key: label for key, (label, _) in given.get("levels", {}).items()}
    further = {key: tuple(words) for key, (_, words) in given.get("levels", {}).items()}
    known: dict[str, tuple[str, ...]] = {key: (key, label) for key, label in levels.items()}
    if given["type"] == "response":
        further = {key: tuple(words) for key, words in given.get("codes", {}).items()}
        known = {key: (key, *SPELLINGS[key]) for key in CATEGORIES}
    elif given["type"] == "yes_no":
        further = {"yes": yes, "no": no}
        known = {"yes": tuple(default_words("yes_codes")), "no": tuple(default_words("no_codes"))}
    return Role(
        name=name,
        type=given["type"],
        headings=tuple(plain(heading) for heading in given["headings"]),
        label=given["label"],
        levels=levels,
        spellings={key: (*known[key], *further.get(key, ())) for key in known},
        further={key: _unlike(words, known[key]) for key, words in further.items()},
        limits={key: given[key] for key in ("unit", "minimum", "maximum") if key in given},
        table_one=given.get("table_one", False),
        factor=given.get("factor", False),
    )


def _unlike(words: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words that are not understood anyway."""
    understood = {folded(word) for word in known}
    return tuple(word for word in words if folded(word) not in understood)


def default_words(key: str) -> list[str]:
    """Return the spellings that study.yml has where it does not name its own."""
    words: list[str] = Study.model_fields[key].default
    return words
