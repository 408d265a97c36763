"""Rules on who is counted: group sizes that stay, denominators that are explained, late groups."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from helpers.ledger.row import Row
from helpers.review.gates.coherence.single import RATIOS, REBUILD
from helpers.review.gates.coherence.view import (
    OTHER_THINGS,
    Rule,
    Seen,
    View,
    compared_with,
    last,
    stem,
)

RENAME = "say in the ledger key and in the text which patients are counted"


def group_sizes(view: View) -> Iterator[Seen]:
    """Compare the patients of each group wherever it is counted in one population."""
    first: dict[tuple[str, str], tuple[Row, int]] = {}
    for row, group, size in _sized(view):
        known = first.setdefault((row.population, group), (row, size))
        if known[0] is row:
            continue
        words = None if size == known[1] else "the group has another size than elsewhere (P20)"
        yield Seen((row.key, known[0].key), words)


def _sized(view: View) -> Iterator[tuple[Row, str, int]]:
    """Yield the rows that say how many patients a group has, with the group and the number."""
    for row in view.rows:
        group = row.group
        if "unconfirmed" in row.key.split("."):
            continue  # the same patients by another rule: their categories are other groups
        if group is None or "=" not in group:
            group = _group_of_key(row, view)
        if group is None or row.n is None:
            continue
        described = row.variable is not None and group.startswith(f"{row.variable}=")
        if row.statistic == "percent" and described and not _restricted(row, view):
            yield row, group, row.n
        elif row.statistic == "percent" and row.variable == "orr" and row.denominator is not None:
            yield row, group, row.denominator
        elif last(row.key) == "patients" and not _restricted(row, view):
            yield row, group, row.n
        elif _whole_level(row, view):
            yield row, group, row.denominator or 0


def _group_of_key(row: Row, view: View) -> str | None:
    """Return "variable=level" for ``….by.<variable>.<level>.patients``."""
    words = row.key.split(".")
    if len(words) < 4 or words[-4] not in ("by", "naive") or words[-1] != "patients":
        return None
    return f"{words[-3]}={words[-2]}" if words[-3] in view.study.names else None


def _whole_level(row: Row, view: View) -> bool:
    """Whether a hazard ratio counts every patient of its level in the population."""
    counts = bool(row.denominator) and (row.statistic == "hazard_ratio" or compared_with(row))
    return counts and _complete(row, view) and not _restricted(row, view)


def _restricted(row: Row, view: View) -> bool:
    """Whether a row looks at a part of its population only."""
    endpoint = view.study.endpoints.get(str(row.variable))
    late = {"landmark", "since"} & set(row.key.split("."))
    return bool(late) or (endpoint is not None and endpoint.responders_only)


def _complete(row: Row, view: View) -> bool:
    """Whether a model has every patient of a level: no other factor leaves any of them out."""
    words = row.key.split(".")
    if words[0] == "cox" and len(words) > 3 and words[2] in ("uni", "multi"):
        if words[2] == "uni":
            return True
        patients = view.get(f"cox.{words[1]}.multi.model.patients")
        return patients is not None and patients.n == patients.denominator
    if words[0] == "competing" and "by" in words:
        return True
    return bool({"by", "naive", "landmark"} & set(words))


def group_events(view: View) -> Iterator[Seen]:
    """Compare a level's events in a model of all patients with those of its curve."""
    for row in view.of("hazard_ratio", "count"):
        counts = row.statistic == "hazard_ratio" or compared_with(row)
        if not counts or row.group is None or "=" not in row.group or not _complete(row, view):
            continue
        words = row.key.split(".")
        variable, level = row.group.split("=", 1)
        if words[0] == "cox":
            start = f"survival.{words[1]}.by.{variable}.{level}"
        elif words[0] == "competing":
            start = ".".join(words[:-1])
        else:
            start = stem(row.key)
        events = view.get(f"{start}.events")
        if events is not None and events.population == row.population:
            fits = (row.n, row.denominator) == (events.n, events.denominator)
            text = None if fits else "the model's events of the level are not its curve's"
            yield Seen((row.key, events.key), text)


def denominators(view: View) -> Iterator[Seen]:
    """Look whether each denominator is its population, or a part of it that is counted too."""
    explained = _explained(view)
    for row in view.rows:
        size = view.sizes.get(row.population)
        if row.denominator is None or size is None or _summed(row):
            continue
        problem = None
        if row.denominator > size:
            problem = "the denominator is larger than its population (P03)"
        elif row.denominator != size and row.denominator not in explained.get(row.population, ()):
            problem = "the denominator is neither the population nor a part of it that is counted"
        yield Seen((row.key,), problem)


def _summed(row: Row) -> bool:
    """Whether another rule adds the row's denominator up, or it counts no patients."""
    return (
        bool(OTHER_THINGS.fullmatch(row.key))
        or row.key.startswith(("flow.", "population"))
        or row.variable == "orr"
        or row.statistic in RATIOS
        or compared_with(row)
        or {"since", "before"} <= set(row.key.split("."))
        or last(row.key) == "adjusted_reference"
    )


def _explained(view: View) -> dict[str, set[int]]:
    """Return the parts of each population that a row of their own counts."""
    found: dict[str, set[int]] = {}
    for row in view.rows:
        parts = found.setdefault(row.population, set())
        if row.n is None or OTHER_THINGS.fullmatch(row.key):
            continue
        whole = row.denominator == view.sizes.get(row.population)
        if (
            last(row.key)
            in ("patients", "events", "changed", "after", "complete", "adjusted_patients")
            or whole
        ):
            parts.add(row.n)
        if row.statistic == "percent" and whole and row.denominator is not None:
            parts.add(row.denominator - row.n)
        if last(row.key) == "unknown":
            parts.add(view.sizes.get(row.population, row.n) - row.n)
    return found


def late_groups(view: View) -> Iterator[Seen]:
    """Look whether curves by groups that form later say how they deal with it (P01)."""
    late = {name for name in view.study.names if view.study.known_at(name) != "baseline"}
    for row in view.rows:
        words = row.key.split(".")
        named = {str(row.group).partition("=")[0], *_grouping(words)}
        if row.context != "survival" or not late & named:
            continue
        said = bool({"naive", "landmark", "since"} & set(words)) or row.statistic == "count"
        text = None if said else "a group that forms after time zero splits from time zero"
        if said and "naive" in words and row.statistic == "hazard_ratio":
            text = None if "naive" in (row.method or "") else "the method does not say naive"
        yield Seen((row.key,), text)


def _grouping(words: list[str]) -> list[str]:
    """Return the words of a key that can name a grouping variable."""
    after = [other for word, other in pairwise(words) if word in ("by", "naive", "since")]
    return [*after, *(words[3:4] if words[0] == "cox" else [])]


def population_names(view: View) -> Iterator[Seen]:
    """Look whether each row names a population that the study defines."""
    known = {*view.study.populations, "eligible"}
    for row in view.rows:
        words = None if row.population in known else "the population is not one of the study"
        yield Seen((row.key,), words)


RULES = (
    Rule(
        "group-size",
        "counts of groups",
        "a group has one size in one population (P20)",
        REBUILD,
        group_sizes,
    ),
    Rule(
        "group-events",
        "levels of models",
        "a model counts the events of a level's curve",
        REBUILD,
        group_events,
    ),
    Rule(
        "denominator",
        "denominators",
        "a denominator is its population or a part that is counted (P03, P14, P20)",
        "record the count that explains the denominator, or use the population",
        denominators,
    ),
    Rule(
        "late-group",
        "rows by groups that form later",
        "immortal time: such groups need a landmark, or the word naive (P01)",
        "split from a landmark, use a time-dependent model, or declare the comparison naive",
        late_groups,
    ),
    Rule(
        "population-name",
        "rows",
        "every number names its population",
        RENAME,
        population_names,
    ),
)
