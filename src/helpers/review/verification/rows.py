"""The ledger of a record beside that of the rerun, field by field."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from helpers.review.verification.quantity import Kind, Quantity, Verdict, one_sided, same_text
from helpers.review.verification.texts import ANOTHER, numerals
from helpers.review.verification.tolerance import (
    DECISIVE,
    EXACT,
    OF_ESTIMATES,
    OF_INTERVALS,
    OF_P_VALUES,
    Allowance,
    crossed,
    monte_carlo,
    simulated,
)

Row = Mapping[str, Any]
Rows = Mapping[str, Row]
NUMBERS = ("value", "n", "denominator", "low", "high")
SHOWN = ("display", "interval")
#: Not a part of the origin: what the row is called.
KEY = "key"


@dataclass(frozen=True)
class Context:
    """What one row is judged by beside itself: the rerun, since the record is what is doubted.

    Attributes:
        rows: All rows of the rerun by key.
        levels: The significance levels of the study: 0.05, and what its intervals leave out.
    """

    rows: Rows
    levels: frozenset[float]

    @classmethod
    def of(cls, rows: Rows) -> Context:
        """Return the context of a ledger."""
        used = {round(1 - r["level"], 9) for r in rows.values() if _is_number(r.get("level"))}
        return cls(rows, frozenset({DECISIVE, *used}))


def compare_rows(published: Rows, recomputed: Rows) -> Iterator[Quantity]:
    """Yield every quantity of two ledgers, in the order of the published one.

    Args:
        published: Rows of the record by key.
        recomputed: Rows of the rerun by key.
    """
    context = Context.of(recomputed)
    for key in [*published, *(key for key in recomputed if key not in published)]:
        row, again = published.get(key), recomputed.get(key)
        if row is None or again is None:
            yield _absent(key, row, again)
            continue
        for field in NUMBERS:
            if row.get(field) is not None or again.get(field) is not None:
                yield _number(row, again, field, context)
        for field in SHOWN:
            if row.get(field) is not None or again.get(field) is not None:
                yield _shown(row, again, field, context)
        yield _origin(row, again)


def restated(published: Rows, recomputed: Rows) -> frozenset[tuple[str, str]]:
    """Return the numerals that a simulation may have changed: (published, recomputed).

    Those of rows that random numbers enter and whose values agree within their error.
    """
    pairs: set[tuple[str, str]] = set()
    context = Context.of(recomputed)
    for key, row in published.items():
        again = recomputed.get(key)
        if again is None or not simulated(again):
            continue
        if "differs" in _verdicts(row, again, context):
            continue
        for field in SHOWN:
            one, other = (numerals(str(each.get(field) or "")) for each in (row, again))
            pairs.update(zip(one, other, strict=False))
        for field in ("value", "low", "high"):
            if row.get(field) is not None and again.get(field) is not None:
                pairs.add((f"{row[field]:.8g}", f"{again[field]:.8g}"))
    return frozenset(pair for pair in pairs if pair[0] != pair[1])


def kind_of(row: Row, field: str) -> Kind:
    """Return the kind of one number of a row."""
    if field in ("n", "denominator") or row.get("statistic") == "count":
        return "count"
    if simulated(row):
        return "simulated"
    if row.get("statistic") == "p_value":
        return "p-value"
    return "interval" if field in ("low", "high") else "estimate"


def _absent(key: str, row: Row | None, again: Row | None) -> Quantity:
    there = row or again or {}
    shown = str(there.get("display", ""))
    published, recomputed = (None, shown) if row is None else (shown, None)
    return one_sided(kind_of(there, "value"), key, "row", published, recomputed)


def _number(row: Row, again: Row, field: str, context: Context) -> Quantity:
    kind = kind_of(again, field)
    one, other = row.get(field), again.get(field)
    allowance = _allowance(kind, again, field, context)

    def judged(difference: str, verdict: Verdict, note: str = "") -> Quantity:
        published, recomputed = ("none" if x is None else str(x) for x in (one, other))
        return Quantity(
            kind, row[KEY], field, published, recomputed, difference, allowance.words, verdict, note
        )

    if not (_is_number(one) and _is_number(other)):
        return judged("one is no number", "differs")
    difference = abs(one - other)
    apart = "none" if difference == 0 else f"{difference:.3g}"
    at = crossed(one, other, context.levels) if again["statistic"] == "p_value" else None
    if at is not None:
        return judged(apart, "differs", f"the decision at {at:g} changes")
    if not allowance.holds(one, other):
        return judged(apart, "differs")
    if kind == "simulated" and not OF_ESTIMATES.holds(one, other):
        return judged(apart, "note", ANOTHER)
    return judged(apart, "agrees")


def _allowance(kind: Kind, row: Row, field: str, context: Context) -> Allowance:
    if kind == "simulated":
        return monte_carlo(row, field, context.rows)
    return {
        "count": EXACT,
        "p-value": OF_P_VALUES,
        "interval": OF_INTERVALS,
    }.get(kind, OF_ESTIMATES)


def _shown(row: Row, again: Row, field: str, context: Context) -> Quantity:
    """Compare what is printed; that of another simulation may read otherwise, as its value may."""
    found = same_text("display", row[KEY], field, row.get(field), again.get(field))
    if found.verdict != "differs" or not simulated(again):
        return found
    verdicts = _verdicts(row, again, context)
    if "note" not in verdicts or "differs" in verdicts:
        return found
    return replace(found, allowed="as its value", verdict="note", note=ANOTHER)


def _verdicts(row: Row, again: Row, context: Context) -> set[Verdict]:
    """The verdicts on the numbers that either row holds."""
    held = [name for name in NUMBERS if (row.get(name), again.get(name)) != (None, None)]
    return {_number(row, again, name, context).verdict for name in held}


def _origin(row: Row, again: Row) -> Quantity:
    fields = [name for name in {**row, **again} if name not in (*NUMBERS, *SHOWN)]
    wrong = [name for name in fields if row.get(name) != again.get(name)]
    name = wrong[0] if wrong else "method"
    published, recomputed = (str(each.get(name) or "none") for each in (row, again))
    return Quantity(
        "origin",
        row[KEY],
        ", ".join(wrong) or "all fields",
        published,
        recomputed,
        "another text" if wrong else "none",
        "none",
        "differs" if wrong else "agrees",
    )


def _is_number(value: Any) -> TypeGuard[int | float]:
    held = isinstance(value, int | float) and not isinstance(value, bool)
    return held and math.isfinite(value)
