"""The ledger as the rules see it: rows by key, by stem and by the roles that keys spell.

A key's grammar is the house's, not a study's: the last word says what the row is of its stem
(``survival.pfs.events``), ``rate_12_months`` holds the time, ``by``, ``naive``, ``landmark`` and
``since`` say how patients were grouped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from helpers.ledger.row import Row

if TYPE_CHECKING:
    from helpers.study.definition import Study

TIME = re.compile(r"(?:^|_)(?P<whole>\d+)(?:_(?P<part>\d+))?_months$")
GROUPED = frozenset({"by", "naive", "landmark", "since"})
#: Rows that count other things than patients: repairs, levels, claims, comparisons, data sets.
OTHER_THINGS = re.compile(
    r"(?:cleaning|levels|published|audit|crosscheck|setting)\..*"
    r"|response\.comparisons|safety\.(?:window\..*|exposure\.undated)|.*\.data_sets"
)


@dataclass(frozen=True)
class Seen:
    """One comparison that a rule made.

    Attributes:
        keys: Ledger keys that were compared, the one to look at first.
        problem: What is wrong, in a sentence; None where it holds.
    """

    keys: tuple[str, ...]
    problem: str | None = None


@dataclass(frozen=True)
class Rule:
    """One thing that has to hold.

    Attributes:
        id: Name of the rule.
        of: What it looks at, in the plural: "proportions".
        why: What has to hold, in a sentence.
        remedy: How to mend it.
        look: Makes the comparisons.
        severity: ``warning`` where a sound ledger can break the rule.
    """

    id: str
    of: str
    why: str
    remedy: str
    look: Callable[[View], Iterator[Seen]]
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True)
class View:
    """What coherence is judged by.

    Attributes:
        rows: Rows of the ledger, in its order, duplicates too.
        study: The study, in the settings of the build.
        figures: Name of each figure's data file to its text.
        pages: Name of each HTML document to its text.
        numbers: Text of ``numbers.yml``; None where there is none.
        tables: Name of each table's data file to its text.
        audit: Text of ``audit.json``; None where the study has no published abstract.
    """

    rows: Sequence[Row]
    study: Study
    figures: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    numbers: str | None = None
    tables: Mapping[str, str] = field(default_factory=dict)
    audit: str | None = None

    @cached_property
    def by_key(self) -> dict[str, Row]:
        """Rows by key; of duplicates the last."""
        return {row.key: row for row in self.rows}

    @cached_property
    def stems(self) -> dict[str, dict[str, Row]]:
        """Stem to last word to row, in the order of the ledger."""
        found: dict[str, dict[str, Row]] = {}
        for row in self.rows:
            found.setdefault(stem(row.key), {})[last(row.key)] = row
        return found

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Patients of each population."""
        found = (self.by_key.get(f"population.{name}") for name in self.study.populations)
        return {row.population: row.n for row in found if row is not None and row.n is not None}

    def get(self, key: str) -> Row | None:
        """Return the row of a key, or None where there is none."""
        return self.by_key.get(key)

    def of(self, *statistics: str) -> Iterator[Row]:
        """Yield the rows of some statistics."""
        return (row for row in self.rows if row.statistic in statistics)


def stem(key: str) -> str:
    """Return a key without its last word."""
    return key.rpartition(".")[0]


def last(key: str) -> str:
    """Return the last word of a key."""
    return key.rpartition(".")[2]


def compared_with(row: Row) -> bool:
    """Whether a row counts the events and patients of a model's reference level."""
    return last(row.key) == "reference" and row.key.startswith(("cox.", "logistic."))


def months(word: str) -> float | None:
    """Return the time that a word of a key names: 1.5 for ``rate_1_5_months``."""
    found = TIME.search(word)
    return None if found is None else float(f"{found['whole']}.{found['part'] or 0}")


def times(of_stem: Mapping[str, Row]) -> list[tuple[float, Row]]:
    """Return the rates of one stem with their times, in the order of time."""
    timed = [
        (at, row)
        for word, row in of_stem.items()
        if word.startswith("rate_") and (at := months(word)) is not None
    ]
    return sorted(timed, key=lambda pair: pair[0])


def close(one: float, other: float, *, relative: float = 1e-9, absolute: float = 1e-9) -> bool:
    """Whether two numbers are the same but for floating point."""
    return abs(one - other) <= max(absolute, relative * max(abs(one), abs(other)))
