"""Gate ``coherence``: whether the numbers of a ledger can hold together, and are shown as one.

Rules work on what rows say of themselves and on the house's grammar of keys; none knows a study.
Every rule says how many comparisons it made. Rows that no rule but those on every row compared
with anything are counted and named by their kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.ledger import read_ledger
from helpers.review.findings import Finding, GateReport
from helpers.review.gates.coherence import (
    again,
    courses,
    curves,
    described,
    effects,
    groups,
    made,
    partial,
    pooled,
    references,
    repeats,
    safety,
    since,
    single,
    sums,
)
from helpers.review.gates.coherence.view import Rule, Seen, View
from helpers.review.gates.context import Context
from helpers.review.gates.gate import Gate

NAME = "coherence"
PARTS = (
    *(single, sums, courses, effects, safety, groups, repeats, curves, again, partial),
    *(described, since, references, pooled, made),
)
RULES: tuple[Rule, ...] = tuple(rule for part in PARTS for rule in part.RULES)
#: Rules that look at every row: they do not compare a number with another one.
OF_EVERY_ROW = frozenset(
    {"display", "range", "population-name", "duplicate", "numbers-yml", "documents"}
)
#: Rows that are words or settings: there is no number to compare.
WORDS = frozenset({"words", "setting"})


@dataclass(frozen=True)
class RuleResult:
    """What one rule saw.

    Attributes:
        rule: The rule.
        seen: Its comparisons.
    """

    rule: Rule
    seen: tuple[Seen, ...]

    @property
    def problems(self) -> tuple[Seen, ...]:
        """The comparisons that do not hold."""
        return tuple(one for one in self.seen if one.problem is not None)

    @property
    def line(self) -> str:
        """The result with its denominator: "percent: 0 of 120 proportions"."""
        return f"{self.rule.id}: {len(self.problems)} of {len(self.seen)} {self.rule.of}"


def cohere(view: View) -> tuple[RuleResult, ...]:
    """Apply every rule."""
    return tuple(RuleResult(rule, tuple(_applied(rule, view))) for rule in RULES)


def _applied(rule: Rule, view: View) -> Iterator[Seen]:
    """Yield what a rule sees; numbers that it cannot reckon with at all are a problem too."""
    try:
        yield from rule.look(view)
    except (ValueError, ArithmeticError, LookupError, TypeError, AssertionError) as problem:
        words = f"the rule cannot be applied to what the record holds ({type(problem).__name__})"
        yield Seen(("ledger.json",), words)


def check(context: Context) -> GateReport:
    """Apply every rule to the record and the documents of a study."""
    return report(view_of(context))


def report(view: View) -> GateReport:
    """Apply every rule and report the findings, with the denominator of each rule."""
    results = cohere(view)
    return GateReport(
        NAME,
        sum(len(result.seen) for result in results),
        "comparisons",
        tuple(finding for result in results for finding in _findings(result)),
        notes=(*(result.line for result in results), *_not_compared(view, results)),
    )


def _findings(result: RuleResult) -> Iterator[Finding]:
    for one in result.problems:
        rule = result.rule
        where = ", ".join(one.keys)
        why = f"{rule.id}: {rule.why}"
        yield Finding(NAME, rule.severity, where, str(one.problem), why, rule.remedy)


def _not_compared(view: View, results: Sequence[RuleResult]) -> Iterator[str]:
    """Say how many rows were compared with something, and which kinds were not."""
    compared = {
        key
        for result in results
        if result.rule.id not in OF_EVERY_ROW
        for one in result.seen
        for key in one.keys
    }
    rows = [row for row in view.rows if row.statistic not in WORDS]
    left = [row for row in rows if row.key not in compared]
    yield f"{len(rows) - len(left)} of {len(rows)} rows with a number were compared with something"
    kinds = Counter(f"{row.context}, {row.statistic}" for row in left)
    if kinds:
        named = "; ".join(f"{kind}: {number}" for kind, number in sorted(kinds.items()))
        yield f"held to their style and range only: {named}"
    words = len(view.rows) - len(rows)
    yield f"{words} rows are words or settings"


def view_of(context: Context) -> View:
    """Return what coherence is judged by, read from a study's record."""
    record = context.record
    audited = record / "audit.json"
    return View(
        rows=read_ledger(record / "ledger.json"),
        study=context.study,
        figures=texts(record / "figures", "*.csv"),
        pages=texts(record, "*.html"),
        numbers=(record / "numbers.yml").read_text(encoding="utf-8"),
        tables=texts(record / "tables", "*.csv"),
        audit=audited.read_text(encoding="utf-8") if audited.is_file() else None,
    )


def texts(folder: Path, pattern: str) -> dict[str, str]:
    """Return the texts of a folder's files of one kind, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob(pattern))}


GATE = Gate(NAME, "numbers that cannot hold together, or are shown in two ways", check)
__all__ = ["GATE", "RULES", "RuleResult", "View", "cohere", "report", "view_of"]
