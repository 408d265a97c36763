"""One row of the ledger: one estimate that may be printed, with all that stands behind it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from helpers.ledger import formatting

KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*(?:\.[a-z0-9]+(?:_[a-z0-9]+)*)+")


@dataclass(frozen=True)
class Row:
    """An estimate, in the shape of CDISC analysis results data.

    Attributes:
        key: Lower-case words joined by dots and underscores; unique in the ledger.
        population: Key of the population that was analysed.
        statistic: What ``value`` is: "percent", "count", "median", "hazard_ratio" …
        value: The estimate at full precision, or None where there is none.
        display: The estimate as printed, or the words that stand in its place.
        group: The group of patients, "variable=level", where not the whole population.
        variable: The variable or endpoint that is described.
        context: The analysis: "baseline", "response", "survival" …
        n: Count behind the estimate (numerator of a proportion, number of observations).
        denominator: Patients that ``n`` is a part of.
        low: Lower bound of the interval at full precision.
        high: Upper bound.
        interval: The interval as printed.
        level: Confidence level of the interval.
        unit: Unit of ``value``: "%", "months" …
        method: Test or estimator, with the interval's transform.
        reason: Why there is no estimate.
        notebook: Notebook that computed the row.
        cell: Label of the cell that computed it.
    """

    key: str
    population: str
    statistic: str
    value: float | int | None
    display: str
    group: str | None = None
    variable: str | None = None
    context: str | None = None
    n: int | None = None
    denominator: int | None = None
    low: float | None = None
    high: float | None = None
    interval: str | None = None
    level: float | None = None
    unit: str | None = None
    method: str | None = None
    reason: str | None = None
    notebook: str = ""
    cell: str = ""

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(
                f"ledger key {self.key!r}: lower-case words joined by dots and underscores"
            )

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain data, in the order of the fields."""
        return asdict(self)

    @property
    def interval_words(self) -> str | None:
        """The interval as printed after its level: "95% CI 38.3–71.4"."""
        if self.interval is None or self.level is None:
            return None
        return f"{formatting.as_set(100 * self.level)}% CI {self.interval}"

    @property
    def value_words(self) -> str:
        """The value with its unit: "4.5 months"; a percentage holds its sign already."""
        if self.value is None or self.unit in (None, "%"):
            return self.display
        return f"{self.display} {self.unit}"

    @property
    def text(self) -> str:
        """The estimate in full: value, counts and interval."""
        if self.statistic == "p_value":
            return self.display if self.value is None else formatting.p_clause(self.display)
        behind = [self.interval_words] if self.interval_words else []
        if self.statistic == "percent" and self.n is not None and self.denominator is not None:
            behind.insert(0, f"{self.n}/{self.denominator}")
        return f"{self.value_words} ({'; '.join(behind)})" if behind else self.value_words

    def printable(self) -> dict[str, str]:
        """Return every form in which a document may print the row, by field name.

        ``value`` the estimate, ``text`` the estimate in full, ``words`` with its unit, and
        where they apply ``pct``, ``n``, ``of``, ``ratio`` ("21/38"), ``ci``, ``ci_words`` and
        ``p`` ("p = 0.046").
        """
        forms: dict[str, str | None] = {
            "value": self.display,
            "text": self.text,
            "words": self.value_words,
            "ci": self.interval,
            "ci_words": self.interval_words,
        }
        if self.n is not None:
            forms["n"] = str(self.n)
        if self.denominator is not None:
            forms["of"] = str(self.denominator)
        if self.statistic == "percent":
            forms["pct"] = self.display
            if self.n is not None and self.denominator is not None:
                forms["ratio"] = f"{self.n}/{self.denominator}"
        if self.statistic == "p_value":
            forms["p"] = self.text
        return {name: form for name, form in forms.items() if form is not None}


FIELDS = tuple(field.name for field in fields(Row))
