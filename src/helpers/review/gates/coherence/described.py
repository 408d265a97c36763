"""Rules on distributions: their patients, their classes, and what one patient more can change."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate, combinations

from helpers.ledger.row import Row
from helpers.review.gates.coherence.partial import described_twice
from helpers.review.gates.coherence.single import REBUILD
from helpers.review.gates.coherence.view import Rule, Seen, View, last, stem

#: Order statistics of a distribution, with the share of the values that lie below each.
SHARES = {"minimum": 0.0, "q1": 0.25, "median": 0.5, "q3": 0.75, "maximum": 1.0}
#: With fewer values, two quartiles may lie between the same two of them.
LEAST = 4
SLACK = 1e-9


def spreads(view: View) -> Iterator[tuple[str, dict[str, Row]]]:
    """Yield the stem of each distribution with the rows that describe it, all of one number."""
    for name, of_stem in view.stems.items():
        rows = {word: of_stem[word] for word in SHARES if word in of_stem}
        sizes = {row.n for row in rows.values()}
        if set(rows) == set(SHARES) and len(sizes) == 1 and None not in sizes:
            yield name, rows


def counted(view: View) -> Iterator[Seen]:
    """Compare a distribution with the row that counts its patients, and that with responders."""
    for name, rows in spreads(view):
        patients = view.get(f"{name}.patients")
        if patients is None:
            continue
        for row in rows.values():
            fits = (row.n, row.denominator) == (patients.n, patients.denominator)
            words = None if fits else "the row is not of the patients of its distribution"
            yield Seen((row.key, patients.key), words)
        rate = view.get(f"{stem(name)}.orr")
        if rows["median"].variable == "time_to_response" and rate is not None:
            fits = patients.denominator == rate.n
            words = None if fits else "the whole is not the number of responders"
            yield Seen((patients.key, rate.key), words)


def classes(view: View) -> Iterator[Seen]:
    """Compare a distribution with the classes into which study.yml cuts the variable."""
    cuts = {name: one.cut for name, one in view.study.derived.items() if one.cut is not None}
    for name, rows in spreads(view):
        for derived, cut in cuts.items():
            shares = view.stems.get(f"{stem(name)}.{derived}", {})
            if cut.source != last(name) or not set(cut.levels) <= set(shares):
                continue
            parts = [shares[level] for level in cut.levels]
            if sum(part.n or 0 for part in parts) != rows["median"].n:
                continue  # another rule adds the classes up
            below = list(accumulate(part.n or 0 for part in parts))[:-1]
            for word, row in rows.items():
                sides = zip(cut.at, below, strict=True)
                fits = all(_on_its_side(word, row, at, number) for at, number in sides)
                words = None if fits else "the classes have other numbers on its two sides"
                yield Seen((row.key, *(part.key for part in parts)), words)


def _on_its_side(word: str, row: Row, cut: float, below: int) -> bool:
    """Whether a quantile lies on the side of a cut on which the values beside it lie."""
    if row.value is None or row.n is None:
        return True
    place = (row.n - 1) * SHARES[word]
    if math.ceil(place) < below:
        return row.value < cut
    return math.floor(place) < below or row.value >= cut


def one_more(view: View) -> Iterator[Seen]:
    """Compare quantiles of everybody with those of all but one of them.

    A patient more raises no quantile that lies above him and lowers none that lies below, so that
    in the order of the quantiles none rises after one has fallen. Nobody more changes nothing.
    """
    for whole, part in described_twice(view):
        pairs = [(whole[word], part[word]) for word in SHARES if word in whole and word in part]
        sizes = {(one.n, other.n) for one, other in pairs}
        if len(pairs) != len(SHARES) or len(sizes) != 1:
            continue
        known, left = sizes.pop()
        if known is None or left is None or left < LEAST or known - left not in (0, 1):
            continue
        by = [(one.value or 0) - (other.value or 0) for one, other in pairs]
        fits = not any(one < -SLACK and other > SLACK for one, other in combinations(by, 2))
        if known == left:
            fits = all(abs(change) <= SLACK for change in by)
        words = None if fits else "no single patient makes the one distribution of the other"
        yield Seen(tuple(row.key for pair in pairs for row in pair), words)


RULES = (
    Rule(
        "distribution-size",
        "rows of counted distributions",
        "a distribution is of the patients that a row beside it counts",
        REBUILD,
        counted,
    ),
    Rule(
        "classes-of-numbers",
        "quantiles with classes",
        "a quantile lies on the side of a cut on which the patients beside it are counted",
        REBUILD,
        classes,
    ),
    Rule(
        "one-more",
        "distributions with and without few patients",
        "one patient more moves quantiles towards himself",
        REBUILD,
        one_more,
    ),
)
