"""Rows of single patients: tables, figure data and frames that a notebook showed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.review.gates.disclosure.parts import Output, Sheet
from helpers.review.gates.disclosure.trace import Trace

WHO = re.compile(
    r"(?:patient|subject|participant|case|record|person)?[ _.-]?"
    r"(?:id|identifier|initials|mrn|record number|surname|first name|last name|date of birth|dob)"
    r"|patient|subject|participant|mrn|name|病例号|住院号|姓名",
    re.IGNORECASE,
)
SHAPE = re.compile(r"\[(?P<rows>\d+) rows x \d+ columns\]|\bLength: (?P<length>\d+)")
FRAME = re.compile(r"<table[^>]*class=\"[^\"]*dataframe[^\"]*\".*?</table>", re.DOTALL)
HEAD = re.compile(r"<th[^>]*>(?P<text>[^<]*)</th>")
NUMBERED = re.compile(r"^(?P<index>\d+)\s{2,}\S", re.MULTILINE)
#: "7", "P-07", "Patient 7": what lines of patients are numbered by.
WHOSE = re.compile(r"(?P<prefix>[^\W\d]{0,8}[-_ ]?)0*(?P<number>\d{1,6})")
WORD_AND_NUMBER = re.compile(r"^\s*(?P<whose>\S+)(?P<rest>(?:[\s|]+\S+)+)\s*$")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
#: Fewer rows than this are a summary.
FEW = 10
#: Columns of drawn curves and events: their rows are steps, which small cells deal with.
STEPS = frozenset({"at_risk", "events", "months"})


def sheets(found: tuple[Sheet, ...], sizes: frozenset[int]) -> Iterator[Trace]:
    """Yield tables and figure data that have one row a patient, or a column that tells who."""
    for sheet in found:
        for name in sheet.header:
            if WHO.fullmatch(name.strip()):
                yield Trace("identifying column", sheet.file, f"column {name.strip()}")
        if len(sheet.rows) < FEW or set(sheet.header) >= STEPS:
            continue
        measured = any(_measures(sheet.column(n)) for n in range(len(sheet.header)))
        if len(sheet.rows) in sizes and measured:
            place = f"{len(sheet.rows)} rows, as many as patients"
            yield Trace("row-level output", sheet.file, place)
        elif measured and _numbered(sheet.column(0)) == len(sheet.rows):
            yield Trace("row-level output", sheet.file, f"{len(sheet.rows)} numbered rows")


def _numbered(names: list[str]) -> int:
    """Return the longest run of names that count on: 1, 2, 3, or P-01, P-02, P-03."""
    longest = run = 0
    last: tuple[str, int] | None = None
    for name in names:
        found = WHOSE.fullmatch(name.strip())
        this = (found["prefix"], int(found["number"])) if found is not None else None
        follows = this is not None and last is not None and this == (last[0], last[1] + 1)
        run = run + 1 if follows else int(this is not None)
        longest, last = max(longest, run), this
    return longest


def _measures(cells: list[str]) -> bool:
    """Whether every cell is a number, and most of them differ."""
    full = bool(cells) and all(NUMBER.fullmatch(cell) for cell in cells)
    return full and len(set(cells)) >= len(cells) / 2


def outputs(found: tuple[Output, ...]) -> Iterator[Trace]:
    """Yield frames that a notebook showed, as text or as HTML, and numbered lines of numbers."""
    for output in found:
        frames = FRAME.findall(output.html)
        heads = {head for frame in frames for head in HEAD.findall(frame)}
        long = any(frame.count("<tr") > FEW for frame in frames)
        named = any(WHO.fullmatch(head.strip()) for head in heads if head.strip())
        if long or named or _long_print(output.plain) or _lines_of_patients(output.plain):
            yield Trace("row-level output", output.file, output.place)


def _long_print(text: str) -> bool:
    shapes = [int(found["rows"] or found["length"]) for found in SHAPE.finditer(text)]
    if any(rows >= FEW for rows in shapes):
        return True
    index = [int(number) for number in NUMBERED.findall(text)]
    first = text.lstrip("\n").split("\n", 1)[0].split()
    named = any(WHO.fullmatch(word) for word in first) and bool(index)
    return named or (len(index) >= FEW and index == list(range(index[0], index[0] + len(index))))


def _lines_of_patients(text: str) -> bool:
    """Whether lines count on in their first word and hold a number behind it."""
    lines = [WORD_AND_NUMBER.match(line) for line in text.splitlines()]
    names = [
        line["whose"] if line is not None and _holds_a_number(line["rest"]) else ""
        for line in lines
    ]
    return _numbered(names) >= FEW


def _holds_a_number(rest: str) -> bool:
    return any(NUMBER.fullmatch(word) for word in re.split(r"[\s|,;]+", rest))
