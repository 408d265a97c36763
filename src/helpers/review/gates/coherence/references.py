"""Rules on what a level is compared with: a model's levels and its reference are all it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from helpers.ledger.row import Row
from helpers.review.gates.coherence.since import groupings
from helpers.review.gates.coherence.single import RATIOS, REBUILD
from helpers.review.gates.coherence.view import Rule, Seen, View, compared_with, stem


def references(view: View) -> Iterator[Seen]:
    """Add up the levels of each factor and its reference to the model."""
    for row in filter(compared_with, view.of("count")):
        name = stem(row.key)
        beside = view.stems[name]
        counts = beside if "patients" in beside else view.stems.get(f"{stem(name)}.model", {})
        patients = counts.get("patients")
        events = counts.get("model_events") or counts.get("responders")
        levels = [one for one in beside.values() if one.statistic in RATIOS]
        if patients is None or events is None or not levels:
            continue
        parts = [row, *levels]
        fits = sum(one.n or 0 for one in parts) == events.n
        fits = fits and sum(one.denominator or 0 for one in parts) == patients.n
        words = None if fits else "the levels and their reference are not the whole model"
        yield Seen((*(one.key for one in parts), patients.key, events.key), words)


def adjusted(view: View) -> Iterator[Seen]:
    """Compare the adjusted ratio of a change with the counts of its model."""
    for name, rows in groupings(view):
        ratio = rows.get("adjusted")
        counts = [rows.get(f"adjusted_{word}") for word in ("patients", "changed", "events")]
        before = rows.get("adjusted_reference")
        if ratio is None or ratio.value is None or before is None or None in counts:
            continue
        patients, changed, events = (row for row in counts if row is not None)
        keys = (ratio.key, before.key, patients.key, changed.key, events.key)
        fits = patients.n == changed.denominator == events.denominator
        fits = fits and ratio.denominator == changed.n
        fits = fits and (ratio.n or 0) + (before.n or 0) == events.n
        fits = fits and (before.denominator or 0) <= (patients.n or 0)
        yield Seen(keys, None if fits else "the adjusted ratio is not of its model's patients")
        yield _complete(view, name, rows, patients)


def _complete(view: View, name: str, rows: Mapping[str, Row], patients: Row) -> Seen:
    """Compare the patients of the adjusted model with those of the joint model without it.

    Both are complete in the same factors; the joint model may also need a stratum.
    """
    joint = view.get(f"cox.{name.split('.')[1]}.multi.model.patients")
    plan = view.study.survival
    fits = (patients.denominator or 0) <= (rows["changed"].denominator or 0)
    if joint is not None and not (plan.strata or plan.clusters):
        lost = (joint.denominator or 0) - (patients.denominator or 0)
        fits = fits and 0 <= (joint.n or 0) - (patients.n or 0) <= lost
    words = None if fits else "the adjusted model has other patients than the joint model"
    return Seen((patients.key, *([joint.key] if joint else [])), words)


RULES = (
    Rule(
        "references",
        "levels with their reference",
        "the levels of a factor and its reference are all patients and events of the model",
        REBUILD,
        references,
    ),
    Rule(
        "adjusted",
        "adjusted ratios of a change",
        "an adjusted ratio is of the patients and events of its model",
        REBUILD,
        adjusted,
    ),
)
