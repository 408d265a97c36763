"""Corrupts ledgers one row at a time, and counts how many corruptions the gate names.

Run as a program it prints the figures of docs/checks.md: every row of every seed study, every
corruption that applies to it. ``numbers.yml`` and documents are left out of the view, because a
wrong program would carry its wrong number into them too.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from helpers.ledger import formatting
from helpers.ledger.row import Row
from helpers.review.gates import coherence
from helpers.review.gates.coherence import View, cohere, curves, effects, single
from helpers.review.gates.context import open_context

ROOT = Path(__file__).parents[2]
STUDIES = ("aponermin", "fhrmm")


@dataclass(frozen=True)
class Planted:
    """One corruption: its kind, the row as it was and as it is, and whether the gate named it."""

    kind: str
    before: Row
    after: Row
    caught: bool


def remembered() -> None:
    """Let the gate's pure functions remember their answers: thousands of ledgers are alike."""
    single.proportion = cache(single.proportion)
    logrank = cache(lambda curves_of: _logrank(list(curves_of)))
    curves._logrank = lambda drawn: logrank(tuple(drawn))
    test = cache(lambda name, grid: _TESTS[name]([list(line) for line in grid]))
    effects.fisher_exact = lambda grid: test("fisher", tuple(map(tuple, grid)))


_logrank = curves._logrank
_TESTS = {"fisher": effects.fisher_exact}


def ledger_view(study: str, root: Path = ROOT) -> View:
    """The record of a study, without what is made from the ledger afterwards."""
    return replace(coherence.view_of(open_context(root, study)), pages={}, numbers=None)


def problems(view: View) -> Counter[tuple[str, ...]]:
    """What the gate says, by rule, sentence and keys; warnings left out."""
    return Counter(
        (result.rule.id, str(one.problem), *one.keys)
        for result in cohere(view)
        if result.rule.severity == "error"
        for one in result.problems
    )


def caught(view: View, position: int, row: Row, before: Counter[tuple[str, ...]]) -> bool:
    """Whether a new problem names the key of a row that was put in another's place."""
    rows = (*view.rows[:position], row, *view.rows[position + 1 :])
    new = problems(replace(view, rows=rows)) - before
    return any(row.key in found[2:] for found in new)


# --- one field at a time ---------------------------------------------------------------------


def other_n(row: Row, view: View) -> Row | None:
    return None if row.n is None else replace(row, n=row.n + 1 if row.n == 0 else row.n - 1)


def other_denominator(row: Row, view: View) -> Row | None:
    return None if row.denominator is None else replace(row, denominator=row.denominator + 1)


def other_value(row: Row, view: View) -> Row | None:
    """The value off by what can be seen in print."""
    if row.value is None:
        return None
    if row.statistic == "count":
        return replace(row, value=row.value + 1)
    shift = 1.0 if row.statistic == "p_value" and row.value < 0.5 else 0.0
    step = 10.0 ** -single.digits_of(row, view)
    return replace(row, value=shift / 10 + row.value + (step if not shift else 0.0))


def other_display(row: Row, view: View) -> Row | None:
    """The last digit that is printed, changed."""
    if not re.search(r"\d", row.display) or row.statistic in ("words", "setting"):
        return None
    return replace(row, display=_last_digit(row.display))


def other_interval(row: Row, view: View) -> Row | None:
    if row.interval is None or not re.search(r"\d", row.interval):
        return None
    return replace(row, interval=_last_digit(row.interval))


def other_bound(row: Row, view: View) -> Row | None:
    """A bound off by one printed unit."""
    end = "high" if row.high is not None else "low"
    bound = getattr(row, end)
    if bound is None:
        return None
    return replace(row, **{end: bound + 10.0 ** -single.digits_of(row, view)})


def _last_digit(text: str) -> str:
    at = [found.start() for found in re.finditer(r"\d", text)][-1]
    return f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"


ONE_FIELD: dict[str, Callable[[Row, View], Row | None]] = {
    "n": other_n,
    "denominator": other_denominator,
    "value": other_value,
    "display": other_display,
    "interval": other_interval,
    "bound": other_bound,
}


# --- the whole row, as a wrong program would write it ----------------------------------------


def whole_row(row: Row, view: View) -> Row | None:
    """Another number with everything that belongs to it: counts, value, display, interval."""
    if row.statistic in ("words", "setting") or (row.value is None and row.n is None):
        return None
    if row.statistic == "count" and row.n is not None:
        n = row.n + 1 if row.n == 0 else row.n - 1
        return replace(row, n=n, value=n, display=str(n))
    if row.statistic == "percent" and row.n is not None and row.denominator:
        return _other_share(row, view)
    if row.value is None:
        return None
    return _other_estimate(row, view)


def _other_share(row: Row, view: View) -> Row:
    assert row.n is not None
    assert row.denominator is not None
    n = row.n + 1 if row.n == 0 else row.n - 1
    digits = view.study.style.percent_digits
    shown = formatting.percent(n, row.denominator, digits)
    changed = replace(row, n=n, value=100 * n / row.denominator, display=shown)
    if row.level is None:
        return changed
    again = single.proportion(n, row.denominator, level=row.level)
    low, high = (None if end is None else 100 * end for end in (again.low, again.high))
    return replace(changed, low=low, high=high, interval=formatting.interval(low, high, digits))


def _other_estimate(row: Row, view: View) -> Row:
    assert row.value is not None
    digits, style = single.digits_of(row, view), view.study.style
    if row.statistic == "p_value":
        p = row.value / 2 if row.value > 0.01 else 0.3
        shown = formatting.p_value(p, digits=style.p_digits, floor=style.p_floor)
        return replace(row, value=p, display=shown)
    by = 0.9 if row.unit == "%" or row.value > 1 else 1.2
    value, low, high = (None if x is None else x * by for x in (row.value, row.low, row.high))
    assert value is not None
    suffix = "%" if row.display.endswith("%") else ""
    if float(row.value).is_integer() and not digits:
        value = row.value + 1
    shown = formatting.fixed(value, digits) + suffix
    interval = formatting.interval(low, high, digits) if low is not None or high else None
    return replace(
        row,
        value=value,
        display=shown,
        low=low,
        high=high,
        interval=interval if row.interval is not None else None,
    )


def plant(view: View, kinds: dict[str, Callable[[Row, View], Row | None]]) -> Iterator[Planted]:
    """Plant every corruption that applies to every row, one at a time."""
    before = problems(view)
    for position, row in enumerate(view.rows):
        for kind, corrupt in kinds.items():
            changed = corrupt(row, view)
            if changed is not None and changed != row:
                yield Planted(kind, row, changed, caught(view, position, changed, before))


def plant_some(
    view: View, kinds: dict[str, Callable[[Row, View], Row | None]], size: int
) -> Iterator[Planted]:
    """Corrupt ``size`` rows, evenly spread, with one corruption each, in turn."""
    before = problems(view)
    names = list(kinds)
    stride = len(view.rows) / min(size, len(view.rows))
    for number in range(min(size, len(view.rows))):
        position = int(number * stride)
        row = view.rows[position]
        for turn in range(len(names)):
            kind = names[(number + turn) % len(names)]
            changed = kinds[kind](row, view)
            if changed is not None and changed != row:
                yield Planted(kind, row, changed, caught(view, position, changed, before))
                break


def main() -> None:
    """Print what was caught of what was planted, by kind, and what never is."""
    remembered()
    for name in sys.argv[1:] or STUDIES:
        view = ledger_view(name)
        for title, kinds in (("one field", ONE_FIELD), ("whole row", {"row": whole_row})):
            found = list(plant(view, kinds))
            good = sum(one.caught for one in found)
            print(f"{name}: {title}: caught {good} of {len(found)} planted")
            kinds_of = Counter((one.kind, one.caught) for one in found)
            for kind in kinds:
                hit, miss = kinds_of[kind, True], kinds_of[kind, False]
                print(f"  {kind}: {hit} of {hit + miss}")
            left = Counter(
                (one.kind, one.before.context, one.before.statistic, shape(one.before.key))
                for one in found
                if not one.caught
            )
            for what, number in sorted(left.items(), key=str):
                print(f"    not caught: {number} × {', '.join(map(str, what))}")


def shape(key: str) -> str:
    """The words of a key that say what a row is: its first and its last."""
    words = key.split(".")
    return f"{words[0]}.….{words[-1]}"


if __name__ == "__main__":
    main()
