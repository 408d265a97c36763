"""Rules on what is a part of something: levels, joint models, smaller populations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from helpers.ledger.row import Row
from helpers.review.gates.coherence.again import everybody
from helpers.review.gates.coherence.single import REBUILD
from helpers.review.gates.coherence.sums import families
from helpers.review.gates.coherence.view import Rule, Seen, View, compared_with


def described_twice(view: View) -> Iterator[tuple[Mapping[str, Row], Mapping[str, Row]]]:
    """Yield the rows of each distribution of everybody with those of a part of them."""
    for name, rows in view.stems.items():
        words = name.split(".")
        head = words[0].removesuffix("_in")
        if head == words[0] or "minimum" not in rows or "maximum" not in rows:
            continue
        other = view.stems.get(".".join([head, *words[2:]]), {})
        if not {"minimum", "maximum"} <= set(other):
            continue
        pair = (rows, other) if everybody(view, rows["minimum"]) else (other, rows)
        if everybody(view, pair[0]["minimum"]):
            yield pair


def extremes(view: View) -> Iterator[Seen]:
    """Compare the range in a population with the range of everybody."""
    for whole, rows in described_twice(view):
        for word, sign in (("minimum", 1), ("maximum", -1)):
            all_of, part = whole[word], rows[word]
            if part.value is not None and all_of.value is not None:
                fits = sign * (part.value - all_of.value) >= -1e-9
                problem = None if fits else "a part of the patients has a wider range than all"
                yield Seen((part.key, all_of.key), problem)


def levels(view: View) -> Iterator[Seen]:
    """Compare the number of a variable's levels with those of study.yml, and those described."""
    for row in view.of("count"):
        variable = view.study.variables.get(str(row.variable))
        if not row.key.startswith("levels.") or variable is None or row.n is None:
            continue
        present, everyone = _described(view, str(row.variable))
        problem = None
        if row.denominator != len(variable.levels or ()):
            problem = "the whole is not the number of levels of study.yml"
        elif row.n < present or (everyone and row.n != present):
            problem = "the number of levels is not that of the levels described"
        yield Seen((row.key,), problem)


def _described(view: View, variable: str) -> tuple[int, bool]:
    """Return how many levels somebody has, and whether everybody is described."""
    most, everyone = 0, False
    for parts, _ in families(view):
        if parts[0].variable == variable:
            here = sum(bool(row.n) for row in parts)
            most, everyone = max(most, here), everyone or everybody(view, parts[0])
    return most, everyone


def joint(view: View) -> Iterator[Seen]:
    """Compare a level in a joint model with the same level in the model of its factor alone."""
    for row in (*view.of("hazard_ratio"), *filter(compared_with, view.of("count"))):
        words = row.key.split(".")
        if words[0] != "cox" or len(words) != 5 or words[2] != "multi":
            continue
        alone = view.get(".".join([*words[:2], "uni", *words[3:]]))
        if alone is None:
            continue
        yield Seen((row.key, alone.key), _joint_problem(view, words, row, alone))


def _joint_problem(view: View, words: list[str], row: Row, alone: Row) -> str | None:
    for what, one, other in (
        ("patients", row.denominator, alone.denominator),
        ("model_events", row.n, alone.n),
    ):
        whole = view.get(".".join([*words[:2], "uni", words[3], what]))
        complete = view.get(".".join([*words[:2], "multi.model", what]))
        if None in (one, other) or whole is None or complete is None:
            continue
        lost = (whole.n or 0) - (complete.n or 0)
        if not 0 <= (other or 0) - (one or 0) <= lost:
            return "a level loses other patients or events than its factor has unknown"
    return None


RULES = (
    Rule(
        "range-of-a-part",
        "ranges in a part of the patients",
        "a part has no wider range than the whole",
        REBUILD,
        extremes,
    ),
    Rule(
        "levels",
        "counts of levels",
        "the levels that occur are part of those of study.yml, and those described",
        REBUILD,
        levels,
    ),
    Rule(
        "joint-levels",
        "levels of joint models",
        "a joint model loses those whose other factors are unknown, and nobody else",
        REBUILD,
        joint,
    ),
)
