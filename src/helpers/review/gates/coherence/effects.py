"""Rules on models and tests: counts of models, intervals of ratios, p-values from their counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from scipy import stats

from helpers.ledger.row import Row
from helpers.review.gates.coherence.single import RATIOS, REBUILD
from helpers.review.gates.coherence.view import Rule, Seen, View, close, last, stem
from helpers.statistics.proportions import (
    TestResult,
    adjust,
    chi_square,
    fisher_exact,
    proportion_difference,
)

#: Words of a method whose interval and test come of one profile likelihood.
PROFILE = "profile-likelihood"
#: A p-value this near to the level lies on the border as far as a search for a bound can tell.
BORDER = 1e-6
#: Words of a method whose interval is not symmetric on the log scale, or whose p is not its own.
OTHER_INTERVALS = ("profile", "Firth", "data sets", "pooled")


def model_counts(view: View) -> Iterator[Seen]:
    """Compare events and patients of each model with its population and its terms."""
    for name, of_stem in view.stems.items():
        patients = of_stem.get("patients")
        events = of_stem.get("model_events") or of_stem.get("responders")
        if patients is None or events is None:
            continue
        size = view.sizes.get(patients.population)
        problem = None
        if events.denominator != patients.n:
            problem = "events of the model are not of its patients"
        elif patients.denominator != size and size is not None:
            problem = "the model's patients are not a part of the whole population (P14)"
        yield Seen((patients.key, events.key), problem)
        for term in _terms(view, name):
            yield _term_counts(term, patients, events)
        per_variable = of_stem.get("events_per_variable")
        if per_variable is not None and last(events.key) == "model_events":
            # a level that other factors determine is listed without a coefficient
            coefficients = sum(term.value is not None for term in _terms(view, name))
            yield _events_per_variable(per_variable, events, coefficients)


def _terms(view: View, name: str) -> Iterator[Row]:
    """Yield the ratios of a model whose counts stand below ``name``."""
    above = stem(name) if last(name) == "model" else name
    for row in view.of(*RATIOS):
        inside = row.key.startswith(f"{above}.")
        if inside and len(row.key.split(".")) - len(above.split(".")) <= 2:
            yield row


def _term_counts(term: Row, patients: Row, events: Row) -> Seen:
    problem = None
    if (term.n or 0) > (events.n or 0) or (term.denominator or 0) > (patients.n or 0):
        problem = "a level has more events or patients than its model"
    elif (patients.n or 0) - (term.denominator or 0) < (events.n or 0) - (term.n or 0):
        problem = "more events than patients are left for the other levels"
    return Seen((term.key, patients.key, events.key), problem)


def _events_per_variable(row: Row, events: Row, terms: int) -> Seen:
    if row.value is None or not terms:
        return Seen((row.key,))
    fits = close(row.value, (events.n or 0) / terms)
    words = None if fits else "events per variable are not events by coefficients (P08)"
    return Seen((row.key, events.key), words)


def model_events(view: View) -> Iterator[Seen]:
    """Compare a model of all patients with the endpoint's own events."""
    for row in view.rows:
        words = row.key.split(".")
        if words[0] != "cox" or words[-1] != "model_events" or len(words) < 3:
            continue
        whole = view.get(f"survival.{words[1]}.events")
        if whole is None or whole.population != row.population:
            continue
        complete = row.denominator == whole.denominator
        lost = (whole.denominator or 0) - (row.denominator or 0)
        gone = (whole.n or 0) - (row.n or 0)
        fits = gone == 0 if complete else 0 <= gone <= lost
        text = None if fits else "events of the model are not those of its endpoint"
        yield Seen((row.key, whole.key), text)


def log_symmetry(view: View) -> Iterator[Seen]:
    """Look whether a ratio lies in the middle of its Wald interval, on the log scale."""
    for row in view.of(*RATIOS):
        if not wald(row):
            continue
        assert row.value is not None
        assert row.low is not None
        assert row.high is not None
        middle = math.sqrt(row.low * row.high)
        fits = close(row.value, middle, relative=1e-6)
        yield Seen((row.key,), None if fits else "the ratio is not in the middle of its interval")


def wald(row: Row) -> bool:
    """Whether a ratio has Wald's interval."""
    positive = all(part is not None and part > 0 for part in (row.value, row.low, row.high))
    other = any(word in (row.method or "") for word in OTHER_INTERVALS)
    return positive and not other


def p_of(view: View, row: Row) -> Row | None:
    """Return the p-value that stands beside a ratio, or None."""
    found = (view.get(f"{row.key}{joint}p_value") for joint in (".", "_"))
    return next((p for p in found if p is not None and p.statistic == "p_value"), None)


def wald_p(view: View) -> Iterator[Seen]:
    """Work out the p-value of each Wald interval again."""
    for row in view.of(*RATIOS):
        p = p_of(view, row)
        if p is None or not wald(row) or row.level is None or p.value is None:
            continue
        assert row.value is not None
        assert row.low is not None
        assert row.high is not None
        width = math.log(row.high / row.low) / 2 / stats.norm.ppf((1 + row.level) / 2)
        if width <= 0:
            yield Seen((p.key, row.key), "the interval has no width")
            continue
        again = 2 * stats.norm.sf(abs(math.log(row.value)) / width)
        fits = close(p.value, float(again), relative=1e-4, absolute=1e-8)
        yield Seen((p.key, row.key), None if fits else "the p-value is not that of the interval")


def decisions(view: View) -> Iterator[Seen]:
    """Compare what p-value and interval of the same effect say of no effect."""
    for row in view.of(*RATIOS, "difference"):
        nothing = 0.0 if row.statistic == "difference" else 1.0
        p = p_of(view, row) if row.statistic in RATIOS else view.get(f"{stem(row.key)}.fisher")
        if p is None or PROFILE in (row.method or ""):
            continue
        yield from _decision(row, p, nothing)


def profiles(view: View) -> Iterator[Seen]:
    """Compare what p-value and interval of one profile likelihood say of no effect.

    The test is that of the likelihood at no effect, and the bounds lie where the same test would
    be at the level, so that both decide alike.
    """
    for row in view.of(*RATIOS):
        p = p_of(view, row)
        if p is not None and PROFILE in (row.method or ""):
            yield from _decision(row, p, 1.0)


def _decision(row: Row, p: Row, nothing: float) -> Iterator[Seen]:
    if p.value is None or row.level is None or row.low is None or row.high is None:
        return
    alpha = 1 - row.level
    excluded = not row.low <= nothing <= row.high
    differs = excluded != (p.value < alpha) and not close(p.value, alpha, absolute=BORDER)
    words = "the p-value and the interval decide differently (P19)" if differs else None
    yield Seen((p.key, row.key), words)


def differences(view: View) -> Iterator[Seen]:
    """Work out each difference of proportions again from the counts of its groups."""
    for row in view.of("difference"):
        groups = _groups(view.stems[stem(row.key)])
        if len(groups) != 2 or row.value is None or row.level is None:
            continue
        (a, n_a), (b, n_b) = (_counts(group) for group in groups)
        if not (0 <= a <= n_a and 0 <= b <= n_b and n_a and n_b):
            continue
        again = proportion_difference(a, n_a, b, n_b, level=row.level)
        pairs = ((row.value, again.estimate), (row.low, again.low), (row.high, again.high))
        fits = all(
            one is not None and other is not None and close(one, 100 * other, relative=1e-6)
            for one, other in pairs
        )
        keys = (row.key, *(group.key for group in groups))
        yield Seen(keys, None if fits else "the difference is not that of the groups' counts")


def _groups(of_stem: Mapping[str, Row]) -> list[Row]:
    shares = (row for row in of_stem.values() if row.statistic == "percent")
    return [row for row in shares if row.group is not None and row.n is not None]


def _counts(row: Row) -> tuple[int, int]:
    return row.n or 0, row.denominator or 0


def tests(view: View) -> Iterator[Seen]:
    """Work out the tests of two-way tables again from the counts of the groups."""
    again: dict[str, Callable[[Any], TestResult]] = {
        "fisher": fisher_exact,
        "chi_square": partial(chi_square, correction=False),
        "chi_square_yates": partial(chi_square, correction=True),
    }
    for of_stem in view.stems.values():
        groups = _groups(of_stem)
        pairs = [_counts(group) for group in groups]
        if len(groups) < 2 or any(not 0 <= n <= total for n, total in pairs):
            continue
        grid = [[n for n, _ in pairs], [total - n for n, total in pairs]]
        for word, test in again.items():
            row = of_stem.get(word)
            if row is None or row.statistic != "p_value":
                continue
            p = test(grid).p
            fits = (p is None) == (row.value is None)
            if fits and p is not None and row.value is not None:
                fits = close(row.value, p, relative=1e-6)
            keys = (row.key, *(group.key for group in groups))
            yield Seen(
                keys, None if fits else "the p-value is not that of the groups' counts (P05)"
            )


def adjusted(view: View) -> Iterator[Seen]:
    """Adjust the p-values of each family of comparisons again, and count them."""
    families: dict[str, list[Row]] = {}
    for row in view.rows:
        if last(row.key) == "fisher_holm":
            families.setdefault(stem(stem(row.key)), []).append(row)
    for rows in families.values():
        raw = [view.get(f"{stem(row.key)}.fisher") for row in rows]
        if any(p is not None and p.value is not None and not 0 <= p.value <= 1 for p in raw):
            continue  # another rule says so
        wanted = adjust([None if p is None else p.value for p in raw], method="holm")
        for row, own, p in zip(rows, raw, wanted, strict=True):
            fits = (p is None) == (row.value is None)
            if fits and p is not None and row.value is not None:
                fits = close(row.value, p, relative=1e-6)
            keys = (row.key, *([own.key] if own else []))
            yield Seen(keys, None if fits else "the adjusted p-value is not Holm's (P06)")
        yield from _comparisons(view, rows)


def _comparisons(view: View, rows: list[Row]) -> Iterator[Seen]:
    count = view.get(f"{rows[0].key.split('.')[0]}.comparisons")
    if count is not None:
        words = None if count.n == len(rows) else "the number of comparisons is not that of tests"
        yield Seen((count.key,), words)


def proportional(view: View) -> Iterator[Seen]:
    """Compare the global test of proportional hazards with that of a model's only factor."""
    for name, of_stem in view.stems.items():
        whole = of_stem.get("global")
        if whole is None or last(name) != "proportional_hazards":
            continue
        own = [row for word, row in of_stem.items() if word != "global"]
        if len(own) != 1:
            continue
        one, other = whole.value, own[0].value
        same = one == other if one is None or other is None else close(one, other)
        words = None if same else "one factor has two tests of proportional hazards (P09)"
        yield Seen((whole.key, own[0].key), words)


RULES = (
    Rule(
        "proportional-hazards",
        "models of one factor",
        "with one factor the global test is the factor's",
        REBUILD,
        proportional,
    ),
    Rule(
        "model-counts",
        "counts of models",
        "a model's terms are parts of its patients and events",
        REBUILD,
        model_counts,
    ),
    Rule(
        "model-events",
        "models of endpoints",
        "a model has its endpoint's events, less those of patients left out",
        REBUILD,
        model_events,
    ),
    Rule(
        "log-symmetry",
        "Wald intervals of ratios",
        "a Wald interval is symmetric on the log scale (P19)",
        REBUILD,
        log_symmetry,
    ),
    Rule(
        "wald-p",
        "Wald p-values",
        "a Wald p-value follows from its interval (P19)",
        REBUILD,
        wald_p,
    ),
    Rule(
        "decision",
        "p-values with intervals",
        "p-value and interval decide alike (P19)",
        "say in the text which of the two methods the sentence rests on",
        decisions,
        severity="warning",
    ),
    Rule(
        "profile",
        "profile-likelihood intervals with p-values",
        "interval and p-value of one profile likelihood decide alike (P19)",
        REBUILD,
        profiles,
    ),
    Rule(
        "difference",
        "differences of proportions",
        "a difference is that of its groups",
        REBUILD,
        differences,
    ),
    Rule(
        "tests",
        "tests of two-way tables",
        "a test's p-value follows from the counts",
        REBUILD,
        tests,
    ),
    Rule(
        "multiplicity",
        "adjusted p-values",
        "an adjusted p-value follows from its family",
        REBUILD,
        adjusted,
    ),
)
