"""Rules on adverse events: grades within grades, terms within classes, rates from their time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from helpers.ledger.row import Row
from helpers.review.gates.coherence.single import REBUILD
from helpers.review.gates.coherence.view import Rule, Seen, View, close
from helpers.statistics.exposure import incidence_rate

GRADES = ("any", "grade_3", "grade_5")
#: Rate to the row that holds its patient-time.
TIMES = {"rate": "at_risk", "rate_grade_3": "at_risk_grade_3"}
#: What becomes of the recorded events.
WINDOW = ("recorded", "before", "after", "undated")
PER = re.compile(r"per (?P<per>[\d.]+) ")


def _lines(view: View) -> dict[str, Mapping[str, Row]]:
    return {name: rows for name, rows in view.stems.items() if name.startswith("safety.")}


def grades(view: View) -> Iterator[Seen]:
    """Compare worse grades with all grades of the same event."""
    for of_stem in _lines(view).values():
        rows = [of_stem[grade] for grade in GRADES if grade in of_stem]
        for more, less in pairwise(rows):
            fits = (less.n or 0) <= (more.n or 0) and less.denominator == more.denominator
            words = None if fits else "a worse grade has more patients than all grades, or others"
            yield Seen((less.key, more.key), words)
        size = view.sizes.get(rows[0].population) if rows else None
        if rows and size is not None:
            fits = rows[0].denominator == size
            words = None if fits else "the denominator is not the safety population (P03)"
            yield Seen((rows[0].key, f"population.{rows[0].population}"), words)


def classes(view: View) -> Iterator[Seen]:
    """Compare terms with their class, and classes with all events."""
    lines = _lines(view)
    for name, of_stem in lines.items():
        words = name.split(".")
        if words[1] == "class":
            start = f"safety.term.{words[2]}."
            parts = [rows for other, rows in lines.items() if other.startswith(start)]
        elif words[1:] == ["all"]:
            parts = [rows for other, rows in lines.items() if other.startswith("safety.class.")]
        else:
            continue
        for grade in GRADES:
            yield from _within(of_stem, parts, grade)


def _within(whole: Mapping[str, Row], parts: list[Mapping[str, Row]], grade: str) -> Iterator[Seen]:
    total = whole.get(grade)
    inside = [rows[grade] for rows in parts if grade in rows]
    if total is None or not inside:
        return
    for row in inside:
        fits = (row.n or 0) <= (total.n or 0)
        words = None if fits else "a part of the events has more patients than the whole"
        yield Seen((row.key, total.key), words)
    fits = (total.n or 0) <= sum(row.n or 0 for row in inside)
    words = None if fits else "more patients had any of the events than had one of them"
    yield Seen((total.key, *(row.key for row in inside)), words)


def rates(view: View) -> Iterator[Seen]:
    """Work out each incidence rate again from its events and its patient-time."""
    whole = view.get("safety.exposure.time")
    for of_stem in _lines(view).values():
        for word, row in of_stem.items():
            if row.statistic != "incidence_rate":
                continue
            time = of_stem.get(TIMES.get(word, "")) or whole
            per = PER.search(row.unit or "")
            if time is None or per is None or not time.value or row.value is None:
                continue
            again = incidence_rate(
                row.n or 0, time.value, per=float(per["per"]), level=row.level or 0.95
            )
            pairs = ((row.value, again.estimate), (row.low, again.low), (row.high, again.high))
            fits = time is whole or time.n == row.n
            for stated, wanted in pairs:
                fits = fits and stated is not None and wanted is not None
                fits = fits and close(float(stated or 0), float(wanted or 0), relative=1e-6)
            words = None if fits else "the rate is not its events by its patient-time"
            yield Seen((row.key, time.key), words)
            if whole is not None and whole.value is not None and time is not whole:
                less = time.value <= whole.value * (1 + 1e-9)
                words = None if less else "time at risk is longer than all patient-time"
                yield Seen((time.key, whole.key), words)


def rate_counts(view: View) -> Iterator[Seen]:
    """Compare the patients behind a rate with those of the table of grades."""
    out = [view.get(f"safety.exposure.{word}") for word in ("without_window", "undated")]
    if any(row is None or row.n for row in out):
        return
    for of_stem in _lines(view).values():
        for word, grade in (("rate", "any"), ("rate_grade_3", "grade_3")):
            rate, share = of_stem.get(word), of_stem.get(grade)
            if rate is not None and share is not None:
                words = None if rate.n == share.n else "rate and share count different patients"
                yield Seen((rate.key, share.key), words)


def window(view: View) -> Iterator[Seen]:
    """Add up the events within the treatment-emergent window and those that it leaves out.

    Of patients without a first or last day the rates count no event, so that nothing adds up then.
    """
    parts = {word: view.get(f"safety.window.{word}") for word in WINDOW}
    within, rules = view.get("safety.all.event_rate"), view.study.adverse_events
    unknown, undated = (
        view.get(f"safety.exposure.{word}") for word in ("without_window", "undated")
    )
    if within is None or unknown is None or unknown.n or undated is None or rules is None:
        return
    rows = {word: row for word, row in parts.items() if row is not None}
    if rules.window is None or set(rows) != set(WINDOW):
        return
    counted = rules.window.undated == "counted"
    out = [rows["before"], rows["after"], *([] if counted else [rows["undated"]])]
    fits = (within.n or 0) + sum(row.n or 0 for row in out) == rows["recorded"].n
    words = None if fits else "events within the window and those left out are not all events"
    yield Seen((rows["recorded"].key, within.key, *(row.key for row in out)), words)
    fits = undated.n == (rows["undated"].n if counted else 0)
    words = None if fits else "the rates have other events without a day than the window"
    yield Seen((undated.key, rows["undated"].key), words)


RULES = (
    Rule(
        "grades",
        "pairs of grades",
        "patients with a worse grade are among those with any grade",
        REBUILD,
        grades,
    ),
    Rule(
        "classes",
        "classes and terms",
        "patients with a term are among those of its class",
        REBUILD,
        classes,
    ),
    Rule("rates", "incidence rates", "a rate is its events by its patient-time", REBUILD, rates),
    Rule(
        "window",
        "sums over the treatment-emergent window",
        "events within the window and those left out are all that were recorded",
        REBUILD,
        window,
    ),
    Rule(
        "rate-counts",
        "rates with shares",
        "a rate counts the patients of the table of grades, where nobody is left out",
        REBUILD,
        rate_counts,
    ),
)
