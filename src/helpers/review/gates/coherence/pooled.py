"""Rules on models of imputed data: their intervals and p-values, and who was imputed.

A pooled interval and its p-value rest on one standard error and on Student's t, whose degrees of
freedom follow from the events, the number of data sets and the share of the variance that is due
to missing values; all of these stand in the ledger.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from scipy import stats

from helpers.ledger.row import Row
from helpers.review.gates.coherence.single import REBUILD
from helpers.review.gates.coherence.view import Rule, Seen, View, close, stem
from helpers.statistics.pooling import degrees_of_freedom

#: The ledger holds every digit, so that little but the last ones may differ.
FULL = 1e-8


def models(view: View) -> Iterator[tuple[str, Mapping[str, Row]]]:
    """Yield the stem of each model of imputed data that pooled any, with its counts."""
    for name, rows in view.stems.items():
        sets = rows.get("data_sets")
        if sets is not None and sets.n and {"patients", "complete", "model_events"} <= set(rows):
            yield stem(name), rows


def pooled(view: View) -> Iterator[Seen]:
    """Work out the p-value of each pooled ratio again from its interval."""
    for name, counts in models(view):
        terms = [
            row for row in view.of("hazard_ratio") if stem(stem(row.key)) == name and row.level
        ]
        if any(None in (row.value, row.low, row.high) for row in terms):
            continue  # how many coefficients were fitted is not known
        sets, events = counts["data_sets"], counts["model_events"]
        complete = float(max((events.n or 0) - len(terms), 1))
        for row in terms:
            p, share = (view.get(f"{row.key}.{word}") for word in ("p_value", "due_to_missing"))
            if p is None or share is None or None in (p.value, share.value):
                continue
            df = degrees_of_freedom(sets.n or 2, float(share.value or 0) / 100, complete)
            fits = df is not None and _pooled_p_fits(row, p, df)
            words = None if fits else "interval, p-value and missing share do not belong together"
            yield Seen((row.key, p.key, share.key, sets.key), words)


def _pooled_p_fits(row: Row, p: Row, df: float) -> bool:
    value, low, high = (float(part or 0) for part in (row.value, row.low, row.high))
    if not 0 < low < high or value <= 0:
        return False
    half = float(stats.t(df).isf((1 - (row.level or 0.95)) / 2))
    error = math.log(high / low) / 2 / half
    again = float(2 * stats.t(df).sf(abs(math.log(value)) / error))
    middle = close(math.log(value), math.log(low * high) / 2, relative=FULL)
    return middle and close(float(p.value or 0), again, relative=FULL, absolute=1e-14)


def imputed(view: View) -> Iterator[Seen]:
    """Compare who was complete, and whose value was imputed, with the models of complete cases."""
    for name, counts in models(view):
        size, whole = counts["patients"], counts["complete"]
        beside = view.get(f"{stem(name)}.multi.model.patients")
        if beside is not None and beside.population == whole.population:
            fits = beside.n == whole.n
            words = None if fits else "the complete patients are not those of the joint model"
            yield Seen((whole.key, beside.key), words)
        missing = view.stems.get(f"{name}.missing", {})
        incomplete = (size.n or 0) - (whole.n or 0)
        counted = [row.n or 0 for row in missing.values()]
        fits = max(counted, default=0) <= incomplete <= sum(counted)
        words = None if fits else "missing values do not leave so many complete patients"
        yield Seen((whole.key, size.key, *(row.key for row in missing.values())), words)
        for factor, row in missing.items():
            alone = view.get(f"{stem(name)}.uni.{factor}.patients")
            if alone is not None and alone.population == row.population:
                fits = (row.n or 0) + (alone.n or 0) == row.denominator
                words = None if fits else "known and missing values are not all patients"
                yield Seen((row.key, alone.key), words)


RULES = (
    Rule(
        "pooled",
        "pooled ratios",
        "a pooled p-value follows from its interval, its data sets and what is missing",
        REBUILD,
        pooled,
    ),
    Rule(
        "imputed",
        "counts of imputed models",
        "those who are complete, and those whose values are imputed, are all patients",
        REBUILD,
        imputed,
    ),
)
