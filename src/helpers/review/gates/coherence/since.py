"""Rules on groups that begin during follow-up: who changed, their events, and their test.

At every event, the curve of those who have not changed says how many of them are at risk, and the
curve of everybody how many there are: the Mantel–Byar test needs no more.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache

from scipy import stats

from helpers.ledger.row import Row
from helpers.review.gates.coherence.curves import Curve, panels, read_curves
from helpers.review.gates.coherence.single import REBUILD
from helpers.review.gates.coherence.view import Rule, Seen, View, close

FIGURE = "fig-since.csv"
#: Times of figures have eight significant digits: nearer ones are one time.
SAME_TIME = 1e-7


def groupings(view: View) -> Iterator[tuple[str, Mapping[str, Row]]]:
    """Yield the stem of each grouping that begins during follow-up, with its rows."""
    for name, rows in view.stems.items():
        if "since" in name.split(".") and "changed" in rows:
            yield name, rows


def changed(view: View) -> Iterator[Seen]:
    """Compare the counts of a change during treatment with each other and with the endpoint."""
    for name, rows in groupings(view):
        before, after = (view.get(f"{name}.{word}.events") for word in ("before", "after"))
        endpoint = name.split(".since.")[0]
        whole, patients = (view.get(f"{endpoint}.{word}") for word in ("events", "patients"))
        if before is None or after is None:
            continue
        left_out = rows.get("unknown")
        if whole is not None and whole.population == before.population:
            yield _events(before, after, whole, _unseen(rows["changed"], before, left_out))
        if patients is not None and patients.population == before.population:
            yield _everybody(rows["changed"], left_out, patients)
        yield from _followed(rows, before, after)


def _unseen(changed: Row, before: Row, left_out: Row | None) -> int:
    """How many are not seen before the change: unknown, changed at time zero, or without time."""
    early = (changed.denominator or 0) - (before.denominator or 0)
    return early + (left_out.n or 0 if left_out else 0)


def _events(before: Row, after: Row, whole: Row, unseen: int) -> Seen:
    rest = (whole.n or 0) - (before.n or 0) - (after.n or 0)
    words = None if 0 <= rest <= unseen else "events before and after the change are not all events"
    return Seen((before.key, after.key, whole.key), words)


def _everybody(changed: Row, left_out: Row | None, patients: Row) -> Seen:
    total = (changed.denominator or 0) + (left_out.n or 0 if left_out else 0)
    words = None if total == patients.n else "those of the grouping and the unknown are not all"
    return Seen((changed.key, *([left_out.key] if left_out else []), patients.key), words)


def _followed(rows: Mapping[str, Row], before: Row, after: Row) -> Iterator[Seen]:
    """Compare those who are followed after the change, and before it, with those who changed."""
    number = rows["changed"]
    fits = after.denominator == number.n
    words = None if fits else "those who changed are not those who are followed after it"
    yield Seen((before.key, after.key, number.key), words)
    ratio = rows.get("hazard_ratio")
    if ratio is not None:
        fits = (ratio.n, ratio.denominator) == (after.n, after.denominator)
        words = None if fits else "the ratio is not of the events and patients after the change"
        yield Seen((ratio.key, after.key), words)
    # who changed at time zero was never seen before it
    fits = (before.denominator or 0) <= (number.denominator or 0)
    words = None if fits else "more are seen before the change than there are"
    yield Seen((number.key, before.key), words)


def drawn(view: View) -> Iterator[tuple[str, Mapping[str, Row], list[Curve]]]:
    """Yield each grouping with its two curves, where the figure draws all of them."""
    figures, found = panels(view.figures.get(FIGURE, "")), list(groupings(view))
    if len(figures) == len(found):
        for (name, rows), curves in zip(found, figures, strict=True):
            if len(curves) == 2:
                yield name, rows, curves


def states(view: View) -> Iterator[Seen]:
    """Compare events and patients of both states with the drawn curves."""
    for name, _, curves in drawn(view):
        for word, curve in zip(("before", "after"), curves, strict=True):
            row = view.get(f"{name}.{word}.events")
            if row is None:
                continue
            fits = row.n == sum(step.events for step in curve)
            if word == "before":
                fits = fits and row.denominator == curve[0].at_risk
            words = None if fits else "the figure has other events or patients in this state"
            yield Seen((row.key, f"figures/{FIGURE}"), words)


def mantel_byar(view: View) -> Iterator[Seen]:
    """Work out the Mantel–Byar tests again from the curves of the change and of everybody."""
    for name, rows, curves in drawn(view):
        test, endpoint = rows.get("mantel_byar"), name.split(".")[1]
        figure = f"fig-km-{endpoint}.csv"
        everybody = list(read_curves(view.figures.get(figure, "")).values())
        left_out = rows.get("unknown")
        known = left_out is None or not left_out.n
        if test is None or len(everybody) != 1 or not known:
            continue
        p = _mantel_byar(curves[0], everybody[0])
        fits = (p is None) == (test.value is None)
        if fits and p is not None and test.value is not None:
            fits = close(test.value, p, relative=1e-6)
        words = None if fits else "the p-value is not that of the figures' curves"
        yield Seen((test.key, f"figures/{FIGURE}", f"figures/{figure}"), words)


@lru_cache(maxsize=64)
def _mantel_byar(before: Curve, everybody: Curve) -> float | None:
    """Return the p-value; None where two states are nowhere at risk together."""
    more = variance = 0.0
    months = [step.months for step in before]
    # at time zero nobody has been seen in a state
    for step in (step for step in everybody if step.events and step.months > 0):
        place = bisect_left(months, step.months * (1 - SAME_TIME))
        there = before[place] if place < len(before) else None
        still = there.at_risk if there else 0
        own = there.events if there and there.months <= step.months * (1 + SAME_TIME) else 0
        share = still / step.at_risk
        more += own - step.events * share
        spread = (step.at_risk - step.events) / max(step.at_risk - 1, 1)
        variance += step.events * spread * share * (1 - share)
    return float(stats.chi2.sf(more**2 / variance, 1)) if variance > 0 else None


RULES = (
    Rule(
        "changes",
        "counts around a change",
        "events before and after a change are all events, of all patients",
        REBUILD,
        changed,
    ),
    Rule(
        "states",
        "states before and after a change",
        "events and patients of a state are those of its drawn curve",
        REBUILD,
        states,
    ),
    Rule(
        "mantel-byar",
        "Mantel–Byar tests",
        "a Mantel–Byar test is that of the drawn curves",
        REBUILD,
        mantel_byar,
    ),
)
