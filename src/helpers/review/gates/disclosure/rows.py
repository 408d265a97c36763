"""Rows of single patients: tables, figure data and frames that a notebook showed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.review.gates.disclosure.material import Output, Sheet
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
        if len(sheet.rows) >= FEW and len(sheet.rows) in sizes and not set(sheet.header) >= STEPS:
            numbers = [n for n in range(len(sheet.header)) if _measures(sheet.column(n))]
            if numbers:
                place = f"{len(sheet.rows)} rows, as many as patients"
                yield Trace("row-level output", sheet.file, place)


def _measures(cells: list[str]) -> bool:
    """Whether every cell is a number, and most of them differ."""
    full = bool(cells) and all(NUMBER.fullmatch(cell) for cell in cells)
    return full and len(set(cells)) >= len(cells) / 2


def outputs(found: tuple[Output, ...]) -> Iterator[Trace]:
    """Yield frames that a notebook showed, as text or as HTML."""
    for output in found:
        frames = FRAME.findall(output.html)
        heads = {head for frame in frames for head in HEAD.findall(frame)}
        long = any(frame.count("<tr") > FEW for frame in frames)
        named = any(WHO.fullmatch(head.strip()) for head in heads if head.strip())
        if long or named or _long_print(output.plain):
            yield Trace("row-level output", output.file, output.place)


def _long_print(text: str) -> bool:
    shapes = [int(found["rows"] or found["length"]) for found in SHAPE.finditer(text)]
    if any(rows >= FEW for rows in shapes):
        return True
    index = [int(number) for number in NUMBERED.findall(text)]
    first = text.lstrip("\n").split("\n", 1)[0].split()
    named = any(WHO.fullmatch(word) for word in first) and bool(index)
    return named or (len(index) >= FEW and index == list(range(index[0], index[0] + len(index))))
