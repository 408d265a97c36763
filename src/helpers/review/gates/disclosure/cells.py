"""Small cells: counts of fewer patients than the threshold, shown or to be had by subtraction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise

from helpers.ledger.row import Row
from helpers.review.gates.coherence.sums import comparisons, families
from helpers.review.gates.coherence.view import OTHER_THINGS, View, times
from helpers.review.gates.disclosure.material import Material
from helpers.review.gates.disclosure.parts import Line, Sheet
from helpers.review.gates.disclosure.trace import Trace

LEDGER = "ledger.json"
SHARE = re.compile(r"(?<![\w.,/–-])(?P<n>\d{1,6}) \((?P<percent>\d{1,3}(?:\.\d+)?)%\)")
RATIO = re.compile(r"(?<![\w.,/–-])(?P<n>\d{1,6})/(?P<of>\d{1,6})(?![\w./]|\.\d)")
WHOLE = re.compile(r"\(N = (?P<n>\d+)\)|, N = (?P<spanned>\d+)")
COUNTS = frozenset(
    {"at_risk", "events", "censored", "competing", "excluded", "remaining", "n", "count"}
    | {"patients", "responded", "progressed", "died"}
)
CURVE = frozenset({"events", "at_risk", "months"})
COUNTED = re.compile(r"\b(?:n|patients|events|unknown|missing|at risk|censored|responders)\b", re.I)
INTEGER = re.compile(r"\d{1,6}")
#: Tables of other things than patients: repairs of cells, claims, claims with their verdicts.
OTHER_TABLES = frozenset(
    {"tables/tbl-repairs.csv", "tables/tbl-published.csv", "tables/tbl-audit.csv"}
)
EXTREMES = ("minimum", "maximum")


class Cells:
    """Counts that are looked at, and which of them are small.

    Args:
        threshold: Counts above zero and below this are small.
    """

    def __init__(self, threshold: int) -> None:
        self._threshold = threshold
        self.looked_at = 0

    def small(self, count: int | None) -> bool:
        """Whether a count is a small cell; every count that is asked for is counted."""
        self.looked_at += count is not None
        return count is not None and 0 < count < self._threshold


def in_ledger(view: View, cells: Cells) -> Iterator[Trace]:
    """Yield small counts of the ledger, and extremes, which are single patients' values."""
    for row in view.rows:
        if OTHER_THINGS.fullmatch(row.key) or row.unit in ("patient-months", "patient-years"):
            continue
        if cells.small(row.n) or cells.small(row.denominator):
            yield Trace("small cell", LEDGER, row.key)
        elif _part_of_patients(row) and cells.small((row.denominator or 0) - (row.n or 0)):
            yield Trace("small cell by subtraction", LEDGER, row.key)
        if row.statistic in EXTREMES and row.value is not None:
            yield Trace("extreme", LEDGER, row.key, "warning")


def _part_of_patients(row: Row) -> bool:
    counted = row.statistic in ("percent", "count") or (
        row.n is not None and row.statistic in ("median", "q1", "q3")
    )
    return counted and row.n is not None and row.denominator is not None


def derived(view: View, cells: Cells) -> Iterator[Trace]:
    """Yield small counts that follow from others: sums, times, grades, populations."""
    for keys, count in (
        *_rests(view),
        *_group_rests(view),
        *_between_times(view),
        *_between_grades(view),
        *_nested_rates(view),
        *_between_populations(view),
    ):
        if cells.small(count):
            yield Trace("small cell by subtraction", LEDGER, ", ".join(keys))


Derived = tuple[tuple[str, ...], int]


def _rests(view: View) -> Iterator[Derived]:
    """What the levels that are shown leave of their total: a level that is not shown."""
    for levels, missing in families(view):
        shown = [row for row in (*levels, missing) if row is not None and row.n is not None]
        if shown and shown[0].denominator is not None:
            rest = shown[0].denominator - sum(row.n or 0 for row in shown)
            yield tuple(row.key for row in shown), rest


def _group_rests(view: View) -> Iterator[Derived]:
    """What compared groups leave of everybody: patients, events, at risk."""
    for name, levels in comparisons(view).items():
        words = name.split(".")
        if "by" not in words:
            continue
        whole = view.stems.get(".".join(words[: words.index("by")]), {})
        for word, total in whole.items():
            parts = [one[word] for one in levels if word in one]
            counted = word in ("patients", "events") or word.startswith("rate_")
            if counted and parts and total.n is not None:
                rest = total.n - sum(row.n or 0 for row in parts)
                yield (total.key, *(row.key for row in parts)), rest


def _between_times(view: View) -> Iterator[Derived]:
    """Who left between two times of a risk table."""
    for of_stem in view.stems.values():
        timed = [row for _, row in times(of_stem) if row.n is not None]
        if timed and timed[0].denominator is not None:
            yield (timed[0].key,), timed[0].denominator - (timed[0].n or 0)
        for one, other in pairwise(timed):
            yield (one.key, other.key), (one.n or 0) - (other.n or 0)


def _between_grades(view: View) -> Iterator[Derived]:
    """Patients whose worst grade lies below the worse grades that are shown."""
    for of_stem in view.stems.values():
        rows = [of_stem[word] for word in ("any", "grade_3", "grade_5") if word in of_stem]
        for more, less in pairwise(rows):
            yield (more.key, less.key), (more.n or 0) - (less.n or 0)


def _nested_rates(view: View) -> Iterator[Derived]:
    """Patients whose response lies between two rates."""
    for of_stem in view.stems.values():
        names = ("cbr", "orr", "vgpr_or_better", "cr_or_better")
        rows = [of_stem[name] for name in names if name in of_stem]
        for more, less in pairwise(rows):
            yield (more.key, less.key), (more.n or 0) - (less.n or 0)


def _between_populations(view: View) -> Iterator[Derived]:
    """Patients of one population who are not in another: what is shown of both tells of them."""
    sizes: Mapping[str, int] = view.sizes
    for one, other in combinations(sorted(sizes), 2):
        keys = (f"population.{one}", f"population.{other}")
        yield keys, abs(sizes[one] - sizes[other])


def in_sheets(sheets: Sequence[Sheet], cells: Cells) -> Iterator[Trace]:
    """Yield small counts in tables and in the data of figures."""
    for sheet in sheets:
        if sheet.file.removeprefix("site/") in OTHER_TABLES:
            continue
        curve = set(sheet.header) >= CURVE
        for number, name in enumerate(sheet.header):
            for line, row in enumerate(sheet.rows, start=2):
                cell = row[number] if number < len(row) else ""
                plain = name.strip().lower() in COUNTS or _is_count(name, row, number)
                for kind in _kinds(cell, name, plain, cells):
                    if curve and name != "at_risk":
                        kind = "steps of single patients"
                    place = f"column {name}" if curve else f"column {name}, line {line}"
                    yield Trace(kind, sheet.file, place)


def _is_count(name: str, row: Sequence[str], number: int) -> bool:
    if number == 0 or name.endswith("%"):
        return False
    return bool(COUNTED.search(name) or COUNTED.search(row[0]))


def _kinds(cell: str, column: str, plain: bool, cells: Cells) -> Iterator[str]:
    if plain and INTEGER.fullmatch(cell):
        if cells.small(int(cell)):
            yield "small cell"
        return
    whole = WHOLE.search(column)
    total = int(whole["n"] or whole["spanned"]) if whole else None
    yield from _in_text(cell, total, cells)


def _in_text(text: str, total: int | None, cells: Cells) -> Iterator[str]:
    for found in SHARE.finditer(text):
        n, percent = int(found["n"]), float(found["percent"])
        of = total if total is not None else round(100 * n / percent) if percent else 0
        yield from _part(n, of, cells)
    for found in RATIO.finditer(text):
        if int(found["n"]) <= int(found["of"]):
            yield from _part(int(found["n"]), int(found["of"]), cells)


def _part(n: int, of: int, cells: Cells) -> Iterator[str]:
    if cells.small(n):
        yield "small cell"
    elif cells.small(of - n):
        yield "small cell by subtraction"


def in_text(material: Material, cells: Cells) -> Iterator[Trace]:
    """Yield small counts in what notebooks showed and in documents, as "3 (7.9%)" or "3/38"."""
    for line in material.lines:
        if line.kind in ("notebook", "document") or _svg(line):
            for kind in _in_text(line.text, None, cells):
                yield Trace(kind, line.file, line.place)


def _svg(line: Line) -> bool:
    return line.kind == "figure" and line.file.endswith(".svg")
