"""Rules on the data of figures: curves step by step, and what the ledger reads from them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from helpers.ledger.row import Row
from helpers.review.gates.coherence.single import REBUILD
from helpers.review.gates.coherence.sums import comparisons
from helpers.review.gates.coherence.view import Rule, Seen, View, close, times
from helpers.statistics.step_curves import TRANSFORMS, Transform
from helpers.statistics.time_to_event import kaplan_meier, logrank, median, reverse_kaplan_meier

COLUMNS = frozenset({"panel", "curve", "months", "survival", "at_risk", "events", "censored"})
INCIDENCE = frozenset(
    {"panel", "curve", "months", "incidence", "at_risk", "events", "competing", "censored"}
)
OVERALL = re.compile(r"fig-km-(?P<endpoint>[a-z0-9_]+)\.csv")
#: Figures of which a curve is entered late, so that more can be at risk later on.
ENTERED = frozenset({"fig-since.csv"})
#: Figures of compared groups, and the words of the keys of their comparisons.
COMPARED = {"fig-groups.csv": {"by"}, "fig-landmark.csv": {"naive", "landmark"}}
#: Figure data are written with eight significant digits.
WRITTEN = 2e-7


@dataclass(frozen=True)
class Step:
    """One step of a curve, as in the figure's data file."""

    months: float
    survival: float
    low: float | None
    high: float | None
    at_risk: int
    events: int
    censored: int


Curve = tuple[Step, ...]


@lru_cache(maxsize=64)
def read_curves(text: str) -> Mapping[str, Curve]:
    """Return the curves of a figure's data, by panel and name; empty where it holds none."""
    reader = csv.DictReader(io.StringIO(text))
    if not set(reader.fieldnames or ()) >= COLUMNS:
        return {}
    found: dict[str, list[Step]] = {}
    for line in reader:
        name = f"panel {line['panel']}, {line['curve']}"
        found.setdefault(name, []).append(_step(line))
    return {name: tuple(curve) for name, curve in found.items()}


def _step(line: Mapping[str, str]) -> Step:
    low, high = (float(line[end]) if line.get(end) else None for end in ("low", "high"))
    counts = (int(float(line[name])) for name in ("at_risk", "events", "censored"))
    return Step(float(line["months"]), float(line["survival"]), low, high, *counts)


def steps(view: View) -> Iterator[Seen]:
    """Follow every curve of the figures from step to step."""
    for name, text in view.figures.items():
        for curve, found in read_curves(text).items():
            place = f"figures/{name}, {curve}"
            for before, step in pairwise(found):
                yield Seen((place,), _step_problem(before, step, enter=name in ENTERED))


def _step_problem(before: Step, step: Step, *, enter: bool) -> str | None:
    if step.months < before.months:
        return "a step lies before the one that it follows"
    if not enter and step.at_risk != before.at_risk - before.events - before.censored:
        return "the number at risk is not the last one less events and censored"
    if min(step.events, step.censored) < 0 or step.events + step.censored > step.at_risk:
        return "more patients leave the curve than are at risk"
    wanted = before.survival
    if step.events and step.at_risk:
        wanted *= 1 - step.events / step.at_risk
    if not close(step.survival, wanted, relative=WRITTEN, absolute=WRITTEN):
        return "survival is not that of events and patients at risk"
    low, high = step.low, step.high
    if (
        low is not None
        and high is not None
        and not (low <= step.survival + WRITTEN and step.survival <= high + WRITTEN)
    ):
        return "the band does not hold the curve"
    return None


def overall(view: View) -> Iterator[Seen]:
    """Compare the curve of each endpoint with the rows that are read from it."""
    for name, text in view.figures.items():
        found = OVERALL.fullmatch(name)
        curves = read_curves(text)
        if found is None or len(curves) != 1:
            continue
        rows = view.stems.get(f"survival.{found['endpoint']}", {})
        curve = next(iter(curves.values()))
        for row, problem in _read_again(curve, rows):
            yield Seen((row.key, f"figures/{name}"), problem)


def compared(view: View) -> Iterator[Seen]:
    """Compare the curves of groups with their rows, and work out the log-rank tests again."""
    for name, words in COMPARED.items():
        figures = panels(view.figures.get(name, ""))
        found = {
            key: levels
            for key, levels in comparisons(view).items()
            if words & set(key.split(".")) and not key.startswith("competing")
        }
        if len(figures) != len(found):
            if figures:
                yield Seen((f"figures/{name}",), "the figure has other panels than the ledger")
            continue
        for (key, levels), drawn in zip(found.items(), figures, strict=True):
            yield from _panel(view, key, levels, drawn, name)


def panels(text: str) -> list[list[Curve]]:
    """Return the curves of each panel of a figure's data."""
    found: dict[str, list[Curve]] = {}
    for name, curve in read_curves(text).items():
        found.setdefault(name.partition(",")[0], []).append(curve)
    return list(found.values())


def _panel(
    view: View, key: str, levels: list[Mapping[str, Row]], drawn: list[Curve], name: str
) -> Iterator[Seen]:
    held = [rows for rows in levels if rows["patients"].n]
    if len(held) != len(drawn):
        yield Seen((key, f"figures/{name}"), "the figure has other groups than the ledger")
        return
    for rows, curve in zip(held, drawn, strict=True):
        for row, problem in _read_again(curve, rows):
            yield Seen((row.key, f"figures/{name}"), problem)
    test = view.get(f"{key}.logrank")
    if test is not None and len(drawn) > 1:
        p = _logrank(drawn)
        fits = (p is None) == (test.value is None)
        if fits and p is not None and test.value is not None:
            fits = close(test.value, p, relative=1e-4, absolute=1e-9)
        words = None if fits else "the p-value is not that of the figure's curves (P05)"
        yield Seen((test.key, f"figures/{name}"), words)


def _logrank(drawn: list[Curve]) -> float | None:
    """Return the log-rank p-value of drawn curves: their steps hold every time and event."""
    months, events, groups = zip(
        *((*one, str(group)) for group, curve in enumerate(drawn) for one in curve_times(curve)),
        strict=True,
    )
    return logrank(list(months), list(events), list(groups)).p


def curve_times(curve: Curve) -> list[tuple[float, bool]]:
    """Return the times and events that a curve's steps stand for."""
    return [
        (step.months, event)
        for step in curve
        for event, number in ((True, step.events), (False, step.censored))
        for _ in range(number)
    ]


def _follow_up_problem(curve: Curve, row: Row) -> str | None:
    months, events = zip(*curve_times(curve), strict=True)
    level = row.level or 0.95
    again = median(reverse_kaplan_meier(list(months), list(events), level=level))
    pairs = ((row.value, again.estimate), (row.low, again.low), (row.high, again.high))
    for stated, drawn in pairs:
        if (stated is None) != (drawn is None):
            return "the follow-up has a bound that the figure's curve has not, or the reverse"
        if stated is not None and drawn is not None and not close(stated, drawn, relative=1e-6):
            return "the follow-up is not that of the figure's curve"
    return None


def _read_again(curve: Curve, rows: Mapping[str, Row]) -> Iterator[tuple[Row, str | None]]:
    counted = {"patients": curve[0].at_risk, "events": sum(step.events for step in curve)}
    for word, number in counted.items():
        if word in rows:
            fits = rows[word].n == number
            yield rows[word], None if fits else f"the figure has other {word} than the ledger"
    for at, row in times(rows):
        if row.value is not None:
            yield row, _rate_problem(curve, at, row)
    middle, follow_up = rows.get("median"), rows.get("follow_up")
    if middle is not None:
        yield middle, _median_problem(curve, middle)
    if follow_up is not None and curve[0].at_risk:
        yield follow_up, _follow_up_problem(curve, follow_up)


def _rate_problem(curve: Curve, at: float, row: Row) -> str | None:
    passed = [step for step in curve if step.months <= at + 1e-9]
    left = passed[-1]
    there = [step for step in curve if step.months >= at - 1e-9]
    number = there[0].at_risk if there else 0
    certain = left.survival in (0, 1)  # where no interval exists, the band lies on the curve
    low, high = (None, None) if certain else (left.low, left.high)
    pairs = ((row.value, left.survival), (row.low, low), (row.high, high))
    for stated, drawn in pairs:
        if (stated is None) != (drawn is None):
            return "the figure's curve has a bound that the ledger has not, or the reverse"
        if stated is None or drawn is None:
            continue
        if not close(stated, 100 * drawn, relative=WRITTEN, absolute=100 * WRITTEN):
            return "the rate or its interval is not the figure's"
    return None if row.n == number else "the number at risk is not the figure's"


def _median_problem(curve: Curve, row: Row) -> str | None:
    """Read the median again; its bounds where the row's method says how they are made."""
    months, events = zip(*curve_times(curve), strict=True)
    transform = _transform(row)
    drawn = kaplan_meier(
        list(months), list(events), level=row.level or 0.95, transform=transform or "log-log"
    )
    again = median(drawn)
    pairs = [(row.value, again.estimate)]
    if transform is not None:
        pairs += [(row.low, again.low), (row.high, again.high)]
    for stated, wanted in pairs:
        if (stated is None) != (wanted is None):
            return "the figure's curve has another median or bound of it, or none"
        if stated is not None and wanted is not None and not close(stated, wanted, relative=1e-6):
            return "the median or its interval is not that of the figure's curve"
    return None


def _transform(row: Row) -> Transform | None:
    """Return the scale on which a row's interval is symmetric, as its method says it."""
    return next((one for one in TRANSFORMS if f", {one} interval" in (row.method or "")), None)


def incidences(view: View) -> Iterator[Seen]:
    """Follow cumulative incidences from step to step."""
    for name, text in view.figures.items():
        reader = csv.DictReader(io.StringIO(text))
        if not set(reader.fieldnames or ()) >= INCIDENCE:
            continue
        before: tuple[str, float, float, int] = ("", 0.0, 1.0, 0)
        for line in reader:
            curve = f"figures/{name}, panel {line['panel']}, {line['curve']}"
            events, other, lost, left = (
                int(float(line[part])) for part in ("events", "competing", "censored", "at_risk")
            )
            _, incidence, survival, after = before if before[0] == curve else ("", 0.0, 1.0, left)
            rise = survival * events / left if left else 0.0
            problem = None
            if left != after:
                problem = "the number at risk is not the last one less those who left"
            elif not close(
                float(line["incidence"]), incidence + rise, relative=WRITTEN, absolute=WRITTEN
            ):
                problem = "the incidence is not that of events and patients at risk"
            fall = survival * (events + other) / left if left else 0.0
            stays = left - events - other - lost
            before = (curve, float(line["incidence"]), survival - fall, stays)
            yield Seen((curve,), problem)


def flow(view: View) -> Iterator[Seen]:
    """Compare the data of the flow diagram with the ledger's steps."""
    for name, text in view.figures.items():
        reader = csv.DictReader(io.StringIO(text))
        if not set(reader.fieldnames or ()) >= {"step", "excluded", "remaining"}:
            continue
        for line in reader:
            for word in ("excluded", "remaining"):
                row = view.get(f"flow.{line['step']}.{word}")
                fits = row is not None and line[word] == row.display
                words = None if fits else "the figure's count is not the ledger's"
                yield Seen((f"flow.{line['step']}.{word}", f"figures/{name}"), words)


RULES = (
    Rule(
        "curve-steps",
        "steps of drawn curves",
        "at risk falls by events and censored, survival by events over at risk",
        REBUILD,
        steps,
    ),
    Rule(
        "curve-readings",
        "readings of drawn curves",
        "what the ledger reads from a curve is what the figure draws",
        REBUILD,
        overall,
    ),
    Rule(
        "group-curves",
        "readings of compared curves",
        "what the ledger says of groups is what the figure draws, and its log-rank test",
        REBUILD,
        compared,
    ),
    Rule(
        "incidence-steps",
        "steps of drawn incidences",
        "an incidence rises by what falls of survival to its cause",
        REBUILD,
        incidences,
    ),
    Rule(
        "flow-figure",
        "counts of the flow diagram",
        "the diagram draws the ledger's counts",
        REBUILD,
        flow,
    ),
)
