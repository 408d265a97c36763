"""Who and when: identifiers, days, addresses and free text, anywhere in what leaves the machine.

Values of the registry are compared by their hashes, so that nothing here can print one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from helpers.review.findings import Severity
from helpers.review.gates.disclosure.material import Material
from helpers.review.gates.disclosure.trace import Trace
from helpers.study.definition import Study
from helpers.study.spelling import tidy
from helpers.study.tables import declared, read_table, table_paths

SHORTEST = 4
#: A year of two digits is one of this century below it.
CENTURY = 50
#: Numbers shorter than this may stand in a result by chance.
SURE = 6
#: How months begin in English, Italian, German, French and Spanish.
_MONTHS = (
    "jan gen ene, feb fév, mar mär, apr avr abr, may mag mai, jun giu juin, jul lug juil, "
    "aug ago aoû, sep set, oct ott okt, nov, dec dic dez déc"
)
MONTHS = {
    word: number for number, words in enumerate(_MONTHS.split(","), 1) for word in words.split()
}
_MONTH = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\w*\.?"
_YEAR = r"(?:19|20)\d\d"
_TH = r"(?:st|nd|rd|th|\.|º)?"
DATES = (
    re.compile(rf"(?<![\d.])(?P<y>{_YEAR})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?!\d)"),
    re.compile(rf"(?<![\d./])(?P<d>\d{{1,2}})[-/.](?P<m>\d{{1,2}})[-/.](?P<y>{_YEAR})(?!\d)"),
    re.compile(
        rf"\b(?P<d>\d{{1,2}}){_TH}[ -](?:of |de )?(?P<w>{_MONTH})[ -](?:de )?(?P<y>{_YEAR})\b", re.I
    ),
    re.compile(rf"\b(?P<d>\d{{1,2}})-(?P<w>{_MONTH})-(?P<y>\d\d)\b", re.I),
    re.compile(rf"\b(?P<w>{_MONTH}) (?P<d>\d{{1,2}}){_TH},? (?P<y>{_YEAR})\b", re.I),
    re.compile(rf"(?P<y>{_YEAR})年(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})日"),
)
#: Eight digits, or three small numbers, may be something else: looked for in the registry only.
COMPACT = (
    re.compile(rf"(?<![\w.])(?P<y>{_YEAR})(?P<m>0[1-9]|1[0-2])(?P<d>[0-2]\d|3[01])(?![\w.])"),
    re.compile(r"(?<![\w./-])(?P<d>\d{1,2})([-/.])(?P<m>\d{1,2})\2(?P<y>\d\d)(?![\w./-]\d|\d)"),
)
#: An identifier of letters and digits, however they are divided: IT-001, IT 001, IT001.
_DIVIDED = r"[-_./\u2010-\u2014]"
LABEL = re.compile(
    rf"(?<![^\W_])(?:[^\W\d_]{{2,}}(?:(?:{_DIVIDED}|[ \u00a0])?\d+)+|[^\W\d_](?:{_DIVIDED}?\d+)+)"
    r"(?![^\W_])"
)
EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
PHONE = re.compile(
    r"\+\d{1,3}[ ()-]{1,2}\d[\d ()-]{6,}\d"
    r"|(?:\b(?:tel|phone|fax|mobile)\b|电话)\W{0,3}\d[\d ()-]{5,}\d",
    re.I,
)
RECORD_NUMBER = re.compile(
    r"(?:\b(?:MRN|medical record|(?:hospital|patient|record|NHS|social security) "
    r"(?:no|number|id)|SSN)\b|住院号|病案号|身份证)\W{0,4}(?:no\.?|number)?\W{0,3}[A-Z]{0,4}\d{4,}",
    re.I,
)
#: A name or initials behind the words that announce them; other names only the registry tells.
NAME = re.compile(
    r"(?i:\b(?:patient|subject|participant)(?:'s|’s)?[ _-](?:name|initials)\b|\bsurname\b"
    r"|\b(?:first|last|family|given) name\b|\binitials\b|姓名)\W{1,4}[A-ZÀ-Þ一-鿿][\w.]*"
)
PATTERNS = {
    "e-mail address": EMAIL,
    "telephone number": PHONE,
    "record number": RECORD_NUMBER,
    "name": NAME,
}
TOKEN = re.compile(r"[^\s,;:|()\[\]{}<>\"'=]+")
#: A text that this many patients share is a level, not what somebody wrote of one of them.
SHARED = 5
SHORTEST_TEXT = 8


@dataclass(frozen=True)
class Registry:
    """What the registry tables hold that may not be seen, as hashes.

    Attributes:
        identifiers: Hashes of identifying values, and whether each is sure to be one.
        labels: Hashes of those of letters and digits, what divides them left out.
        words: Most words of an identifying value.
        dates: Hashes of patients' days.
        texts: Free texts, spaces and case made uniform.
        patients: Number of rows of the patients table.
        absent: Columns named as identifiers that no table has.
    """

    identifiers: dict[bytes, bool]
    labels: frozenset[bytes]
    words: int
    dates: frozenset[bytes]
    texts: tuple[str, ...]
    patients: int
    absent: tuple[str, ...]


def read_registry(root: Path, study: Study, source: Path | None) -> Registry:
    """Read what may not be seen from the registry tables.

    Raises:
        ManuscriptError: A table is not there or cannot be read.
    """
    ids: set[str] = set()
    dates: set[tuple[int, int, int]] = set()
    texts: list[str] = []
    found: set[str] = set()
    patients = 0
    day_columns, text_columns = _columns(study)
    wanted = {tidy(name): name for name in study.disclosure.identifiers}
    for name, path in table_paths(root, study, source).items():
        table = declared(study)[name]
        frame = read_table(path, name, table, where=path.name).frame
        own = {tidy(column) for column in table.columns.values()}
        if name == "patients":
            patients = len(frame)
        for number, column in enumerate(frame.columns):
            values = [value.strip() for value in frame.iloc[:, number].astype(str)]
            if column == tidy(table.id) or column in wanted:
                ids.update(value for value in values if len(value) >= SHORTEST)
                found.add(column)
            if column in own or (name == "patients" and column in day_columns):
                dates.update(day for value in values for day in days(value, compact=True))
            if name == "patients" and column in text_columns:
                texts += _free(values)
    return Registry(
        {digest(value): not value.isdigit() or len(value) >= SURE for value in ids},
        frozenset(_hash(_undivided(value)) for value in ids if LABEL.fullmatch(value)),
        max((len(_words(value)) for value in ids), default=1),
        frozenset(_hash(repr(day)) for day in dates),
        tuple(dict.fromkeys(texts)),
        patients,
        tuple(name for column, name in wanted.items() if column not in found),
    )


def _columns(study: Study) -> tuple[set[str], set[str]]:
    days_of = {tidy(v.column) for v in study.variables.values() if v.type == "date"}
    texts = {tidy(v.column) for v in study.variables.values() if v.type == "text"}
    return days_of, texts


def _free(values: list[str]) -> Iterator[str]:
    for value, number in Counter(map(_uniform, values)).items():
        if number < SHARED and len(value) >= SHORTEST_TEXT:
            yield value


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.casefold().encode()).digest()


def _words(text: str) -> list[str]:
    """Return the words of a text without what divides them."""
    return [token.strip(".!?*_`") for token in TOKEN.findall(text)]


def digest(identifier: str) -> bytes:
    """Return what an identifier is kept and found by: the hash of its words."""
    return _hash(" ".join(_words(identifier)))


def _undivided(label: str) -> str:
    return re.sub(r"[\W_]+", "", label)


def _uniform(text: str) -> str:
    return " ".join(text.casefold().split())


def days(text: str, *, compact: bool = False) -> Iterator[tuple[int, int, int]]:
    """Yield the calendar days that a text names, in any of the spellings known."""
    for pattern in (*DATES, *COMPACT) if compact else DATES:
        for found in pattern.finditer(text):
            parts = found.groupdict()
            word = parts.get("w")
            month = _month(word) if word else int(parts["m"])
            day = int(parts["d"])
            if month > 12 and day <= 12:
                month, day = day, month
            if 1 <= month <= 12 and 1 <= day <= 31:
                yield _year(parts["y"]), month, day


def _month(word: str) -> int:
    """Return the number of a month; of two beginnings the longer counts: "juin", not "jun"."""
    begins = [begin for begin in MONTHS if word.lower().startswith(begin)]
    return MONTHS[max(begins, key=len)]


def _year(digits: str) -> int:
    """Return a year; one of two digits is none to come."""
    year = int(digits)
    return year if year > 99 else year + (2000 if year < CENTURY else 1900)


def patterns(material: Material, data_cut: dt.date) -> Iterator[Trace]:
    """Yield days, addresses, numbers and names by their form; what the authors wrote is theirs."""
    cut = (data_cut.year, data_cut.month, data_cut.day)
    own_days = {cut, *days(material.declared)}
    own = {name: set(p.findall(material.declared)) for name, p in PATTERNS.items()}

    @cache  # a document says the same in every format
    def kinds(text: str) -> tuple[str, ...]:
        found = ["date"] if any(day not in own_days for day in days(text)) else []
        return (*found, *(name for name, p in PATTERNS.items() if set(p.findall(text)) - own[name]))

    for line in material.lines:
        for kind in kinds(line.text):
            yield Trace(kind, line.file, line.place)


def matches(material: Material, registry: Registry, data_cut: dt.date) -> Iterator[Trace]:
    """Yield what stands in the registry too: identifiers, patients' days, free text."""
    cut = (data_cut.year, data_cut.month, data_cut.day)
    own_days = {cut, *days(material.declared)}
    written = [re.escape(text) for text in sorted(registry.texts, key=len, reverse=True)]
    free = re.compile("|".join(written) if written else r"(?!)")

    @cache
    def kinds(text: str) -> tuple[tuple[str, Severity], ...]:
        found: list[tuple[str, Severity]] = [
            ("identifier", "error" if sure else "warning") for sure in _identifiers(text, registry)
        ]
        if any(
            day not in own_days and _hash(repr(day)) in registry.dates
            for day in days(text, compact=True)
        ):
            found.append(("date of a patient", "error"))
        if free.search(_uniform(text)):
            found.append(("free text", "error"))
        return tuple(found)

    for line in material.lines:
        for kind, severity in kinds(line.text):
            yield Trace(kind, line.file, line.place, severity)


def _identifiers(text: str, registry: Registry) -> Iterator[bool]:
    if any(_hash(_undivided(found[0])) in registry.labels for found in LABEL.finditer(text)):
        yield True
    tokens = _words(text)
    for length in range(1, registry.words + 1):
        for start in range(len(tokens) - length + 1):
            value = " ".join(tokens[start : start + length])
            if (
                len(value) >= SHORTEST
                and (sure := registry.identifiers.get(_hash(value))) is not None
            ):
                yield sure
