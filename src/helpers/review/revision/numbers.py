"""Which numbers of two ledgers differ, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from helpers.ledger.row import Row
from helpers.review.decisions import Decision, decisions
from helpers.review.revision.naming import GROUPS, OTHER, Labels, group_of, name_of

How = Literal["changed", "new", "gone"]
#: What printed numbers do not show: these say that the analysis is another one.
ABOUT = ("method", "level", "reason", "denominator", "n", "unit", "population")
#: What these are called where they stand behind a number.
CALLED = {"level": "confidence level", "denominator": "patients", "n": "count"}
AT_RISK = ("survival_rate", "cumulative_incidence")


@dataclass(frozen=True)
class NumberChange:
    """A number that reads differently, is new, or is gone.

    Attributes:
        key: Key of its row.
        group: The heading that it stands under.
        name: What it is called.
        how: "changed", "new" or "gone".
        old: How it was printed; empty where it is new.
        new: How it is printed; empty where it is gone.
        decisions: What of it a reader would decide otherwise.
        about: What else of its row changed: "method: log-rank test → Gray's test".
        notebook: Notebook that computes it.
        cell: Cell that computes it.
    """

    key: str
    group: str
    name: str
    how: How
    old: str
    new: str
    decisions: tuple[Decision, ...]
    about: tuple[str, ...]
    notebook: str
    cell: str


def number_changes(
    old: Mapping[str, Row], new: Mapping[str, Row], labels: Labels
) -> tuple[NumberChange, ...]:
    """Return the numbers that differ as printed, in the order of the headings.

    Args:
        old: Rows of the old ledger, by key.
        new: Rows of the new ledger, by key.
        labels: What the study calls things.
    """
    found = [
        change
        for key in dict.fromkeys([*new, *old])
        if (change := _change(old.get(key), new.get(key), labels)) is not None
    ]
    order = [*GROUPS.values(), OTHER]
    return tuple(sorted(found, key=lambda change: order.index(change.group)))


def below_print(old: Mapping[str, Row], new: Mapping[str, Row]) -> int:
    """Return how many numbers moved by less than their printed digits show."""
    both = [(row, new[key]) for key, row in old.items() if key in new]
    return sum(
        before.text == after.text
        and (before.value, before.low, before.high) != (after.value, after.low, after.high)
        for before, after in both
    )


def _change(old: Row | None, new: Row | None, labels: Labels) -> NumberChange | None:
    row = new or old
    if row is None or (old and new and old.text == new.text and not any(_about(old, new))):
        return None
    how: How = "changed" if old and new else "new" if new else "gone"
    return NumberChange(
        key=row.key,
        group=group_of(row),
        name=name_of(row, labels),
        how=how,
        old=old.text if old else "",
        new=new.text if new else "",
        decisions=decisions(old, new) if old and new else (),
        about=tuple(_about(old, new)) if old and new else (),
        notebook=row.notebook,
        cell=row.cell,
    )


def _about(old: Row, new: Row) -> Iterator[str]:
    for name in ABOUT:
        before, after = getattr(old, name), getattr(new, name)
        if before == after or (name in ("n", "denominator") and _printed_counts(old, new)):
            continue
        if name == "level" and all(row.interval_words for row in (old, new)):
            continue
        if name == "n" and all(row.n == row.denominator for row in (old, new)):
            continue
        called = "at risk" if name == "n" and new.statistic in AT_RISK else CALLED.get(name, name)
        yield f"{called}: {_words(before)} → {_words(after)}"


def _printed_counts(old: Row, new: Row) -> bool:
    """Whether the counts of a row stand in its text, so that they need no mention."""
    return all(row.statistic in ("percent", "count") for row in (old, new))


def _words(value: object) -> str:
    return "none" if value is None else str(value)
