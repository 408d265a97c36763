"""Rules on one row: its value, its counts, its interval and what is printed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from helpers.ledger import formatting
from helpers.ledger.estimates import NO_BOUND, NO_BOUNDS
from helpers.ledger.row import Row
from helpers.review.gates.coherence.view import Rule, Seen, View, close
from helpers.statistics.proportions import proportion

SHARES = ("percent", "survival_rate", "cumulative_incidence", "due_to_missing")
RATIOS = ("hazard_ratio", "odds_ratio")
DESCRIPTIVE = ("median", "q1", "q3", "minimum", "maximum")
WORDLESS = ("words",)
EXACT = "Clopper–Pearson"


def percents(view: View) -> Iterator[Seen]:
    """Compare every percentage with its counts."""
    for row in view.of("percent"):
        yield Seen((row.key,), _percent_problem(row))


def _percent_problem(row: Row) -> str | None:
    if row.n is None or row.denominator is None:
        return "the percentage has no counts behind it"
    if not 0 <= row.n <= row.denominator:
        return "the numerator is not between zero and the denominator"
    if row.denominator == 0:
        return None if row.value is None else "there is a percentage of nobody"
    if row.value is None or not close(row.value, 100 * row.n / row.denominator):
        return "the percentage is not the numerator over the denominator"
    return None


def counts(view: View) -> Iterator[Seen]:
    """Compare every count with its numerator and its whole."""
    for row in view.of("count"):
        problem = None
        if row.value != row.n or row.n is None:
            problem = "value and n of the count differ"
        elif row.n < 0:
            problem = "the count is below zero"
        elif row.denominator is not None and row.n > row.denominator:
            problem = "the count is larger than the whole that it is part of"
        yield Seen((row.key,), problem)


def displays(view: View) -> Iterator[Seen]:
    """Compare what is printed with the value in the study's style."""
    for row in view.rows:
        wanted = printed(row, view)
        problem = None
        if wanted is not None and row.display not in wanted:
            problem = f"it prints {row.display!r}, and its value is {' or '.join(sorted(wanted))}"
        elif not row.display:
            problem = "it prints nothing"
        yield Seen((row.key,), problem)


def printed(row: Row, view: View) -> set[str] | None:
    """Return the strings that a row may print; None where it is words."""
    style = view.study.style
    if row.statistic in WORDLESS:
        return None
    if row.value is None:
        late = {formatting.NOT_REACHED} if row.statistic in ("median", "quantile") else set()
        return {formatting.NOT_ESTIMABLE, *late}
    if row.statistic == "count":
        return {f"{row.value:d}"} if isinstance(row.value, int) else {"a whole number"}
    if row.statistic == "percent" and row.n is not None and row.denominator:
        exact = Fraction(100 * row.n, row.denominator)
        return {formatting.fixed(exact, style.percent_digits) + "%"}
    if row.statistic == "p_value":
        return {formatting.p_value(row.value, digits=style.p_digits, floor=style.p_floor)}
    digits = digits_of(row, view)
    suffix = "%" if row.statistic in ("survival_rate", "cumulative_incidence") else ""
    return {formatting.fixed(row.value, digits) + suffix}


def digits_of(row: Row, view: View) -> int:
    """Return the digits after the point that a row's value is printed with."""
    style = view.study.style
    if row.unit == "percentage points" or (row.unit == "%" and row.statistic in SHARES[:3]):
        return style.percent_digits
    if row.statistic in RATIOS:
        return style.ratio_digits
    if row.interval is not None or row.statistic in ("incidence_rate", "patient_time"):
        return style.time_digits
    if row.statistic in DESCRIPTIVE and row.value is not None:
        shown = _shown_digits(row.display)
        return shown if float(row.value).is_integer() else max(shown, 1)
    return _shown_digits(row.display)


def _shown_digits(text: str) -> int:
    return len(text.rpartition(".")[2]) if "." in text else 0


def intervals(view: View) -> Iterator[Seen]:
    """Compare every interval with its estimate, its level and what is printed of it."""
    for row in view.rows:
        if row.low is not None or row.high is not None or row.interval is not None:
            yield Seen((row.key,), _interval_problem(row, view))


def _interval_problem(row: Row, view: View) -> str | None:
    low, high = row.low, row.high
    if low is not None and high is not None and low > high:
        return "the lower bound is above the upper one"
    if row.value is not None and not _holds(low, high, row.value):
        return "the interval does not hold its estimate"
    level = view.get("setting.confidence_level")
    wanted = None if level is None or level.value is None else level.value / 100
    if row.level is None or not 0 < row.level < 1:
        return "the interval does not say its level"
    if wanted is not None and not close(row.level, wanted):
        return "the level is not that of the settings"
    if row.interval is None:
        return "the interval is not printed"
    if low is None and high is None:
        words = NO_BOUND if row.value is None else NO_BOUNDS
        return None if row.interval == words else "an interval without bounds is printed"
    shown = formatting.interval(low, high, digits_of(row, view))
    return None if shown == row.interval else "the printed interval is not that of the bounds"


def _holds(low: float | None, high: float | None, value: float) -> bool:
    slack = 1e-9 * max(1.0, abs(value))
    return (low is None or low <= value + slack) and (high is None or high >= value - slack)


def exact_intervals(view: View) -> Iterator[Seen]:
    """Work out every exact interval of a proportion again from its counts."""
    for row in view.of("percent"):
        stated = row.method is not None and row.method.startswith(EXACT) and row.level
        if not stated or row.n is None or not row.denominator or not row.level:
            continue
        if not 0 <= row.n <= row.denominator:
            continue
        again = proportion(row.n, row.denominator, level=row.level)
        same = all(
            one is not None and other is not None and close(one, 100 * other, relative=1e-6)
            for one, other in ((row.low, again.low), (row.high, again.high))
        )
        yield Seen((row.key,), None if same else "the exact interval of its counts is another one")


def ranges(view: View) -> Iterator[Seen]:
    """Look whether a value can be: shares, p-values, ratios, times."""
    for row in view.rows:
        if row.value is None:
            continue
        kind = row.statistic
        problem = None
        if not math.isfinite(row.value):
            problem = "the value is not finite"
        elif kind in SHARES and not -1e-9 <= row.value <= 100 + 1e-9:
            problem = "the percentage is not between 0 and 100"
        elif kind == "p_value" and not 0 <= row.value <= 1:
            problem = "the p-value is not between 0 and 1"
        elif kind in RATIOS and row.value <= 0:
            problem = "the ratio is not above zero"
        elif kind in SHARES and not all(
            -1e-9 <= end <= 100 + 1e-9 for end in (row.low, row.high) if end is not None
        ):
            problem = "a bound of the percentage is not between 0 and 100"
        yield Seen((row.key,), problem)


def absences(view: View) -> Iterator[Seen]:
    """Look whether a missing estimate says why, and "not reached" its bound."""
    for row in view.rows:
        if row.statistic in WORDLESS or (row.value is not None and not _unreached(row)):
            continue
        problem = None
        if _unreached(row) and (row.interval is None or row.level is None):
            problem = "“not reached” is printed without its bound"
        elif row.value is not None:
            problem = "“not reached” is printed although there is an estimate"
        elif not row.reason:
            problem = "there is no estimate and no reason why"
        yield Seen((row.key,), problem)


def _unreached(row: Row) -> bool:
    return row.display == formatting.NOT_REACHED


REBUILD = "mend the step that records the row and build again; never edit the ledger"
RULES = (
    Rule(
        "percent",
        "proportions",
        "a percentage is its numerator over its denominator",
        REBUILD,
        percents,
    ),
    Rule(
        "count",
        "counts",
        "a count is a whole number and no larger than its whole",
        REBUILD,
        counts,
    ),
    Rule(
        "display",
        "rows",
        "what is printed is the value in the study's style",
        "let helpers.ledger format the value; write no display string by hand",
        displays,
    ),
    Rule(
        "interval",
        "intervals",
        "an interval holds its estimate, says its level and is printed as it is",
        REBUILD,
        intervals,
    ),
    Rule(
        "exact-interval",
        "exact intervals",
        "an exact interval is that of its counts",
        REBUILD,
        exact_intervals,
    ),
    Rule("range", "values", "a value lies where values of its kind can lie", REBUILD, ranges),
    Rule(
        "absence",
        "missing estimates",
        "a missing estimate has its reason, and “not reached” its bound",
        "give the row a reason, or the bound that the curve allows",
        absences,
    ),
)
