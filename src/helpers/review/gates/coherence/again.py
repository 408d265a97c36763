"""Rules that work estimates out again from the data of figures, where these hold every time.

A drawn curve holds the time of every event and censoring of its group, so that a Cox model of two
groups and Gray's test follow from it; a curve without one of its patients is one of as many
curves as it has patients, which bounds what a population that is smaller by one can show.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import combinations

from helpers.ledger.row import Row
from helpers.review.gates.coherence.curves import (
    COMPARED,
    INCIDENCE,
    OVERALL,
    Curve,
    curve_times,
    panels,
    read_curves,
)
from helpers.review.gates.coherence.effects import p_of, wald
from helpers.review.gates.coherence.single import REBUILD
from helpers.review.gates.coherence.sums import comparisons
from helpers.review.gates.coherence.view import Rule, Seen, View, close, last, stem, times
from helpers.statistics.design import Factor
from helpers.statistics.gray import grays_test
from helpers.statistics.regression import FIRTH, cox
from helpers.statistics.time_to_event import (
    kaplan_meier,
    median,
    reverse_kaplan_meier,
    survival_at,
)

#: Times of figures have eight significant digits; an estimate made of them has fewer.
DRAWN = 1e-5
#: How many patients fewer a population may have for its curves to be tried.
MOST_OUT = 2
#: How many curves are tried at most.
MOST_TRIED = 3000

#: Month, cause (0 where censored), group.
Patient = tuple[float, int, int]
#: What a row can say: value, bounds, patients at risk.
Said = tuple[float | None, float | None, float | None, int | None]


@lru_cache(maxsize=256)
def _ratio(
    patients: tuple[Patient, ...], cause: int, level: float, firth: bool
) -> tuple[float | None, ...]:
    """Return the ratio of group 1 to group 0 with its bounds and its p-value."""
    months, causes, groups = zip(*patients, strict=True)
    factor = Factor("group", "group", [float(group) for group in groups])
    model = cox(months, [one == cause for one in causes], [factor], level=level, firth=firth)
    found = model.terms[0]
    return found.estimate, found.low, found.high, found.p


@lru_cache(maxsize=256)
def _gray(patients: tuple[Patient, ...], cause: int) -> float | None:
    months, causes, groups = zip(*patients, strict=True)
    return grays_test(months, causes, groups, cause=cause).p


def _same(stated: float | None, found: float | None) -> bool:
    if stated is None or found is None:
        return stated is found
    return close(stated, found, relative=DRAWN, absolute=1e-8)


def ratios(view: View) -> Iterator[Seen]:
    """Fit the Cox model of two drawn groups again, where the ledger gives Wald's interval."""
    for figure, words in COMPARED.items():
        drawn = panels(view.figures.get(figure, ""))
        found = _compared(view, words)
        for (key, levels), curves in zip(found.items(), drawn, strict=False):
            if len(found) == len(drawn) and len(curves) == len(levels) == 2:
                patients = _patients(curves)
                for row, group in _ratios_of(view, key, levels):
                    yield from _ratio_seen(view, row, patients, group, 1, figure)


def _compared(view: View, words: set[str]) -> dict[str, list[Mapping[str, Row]]]:
    return {
        key: levels
        for key, levels in comparisons(view).items()
        if words & set(key.split(".")) and not key.startswith("competing")
    }


def _patients(curves: list[Curve]) -> tuple[Patient, ...]:
    return tuple(
        (month, int(event), group)
        for group, curve in enumerate(curves)
        for month, event in curve_times(curve)
    )


def _ratios_of(view: View, key: str, levels: list[Mapping[str, Row]]) -> Iterator[tuple[Row, int]]:
    """Yield the ratios of a comparison, by its own key and as a model of one factor."""
    words = key.split(".")
    for group, rows in enumerate(levels):
        own = stem(rows["patients"].key)
        keys = [f"{own}.hazard_ratio"]
        if words[0] == "survival" and words[2] == "by":
            keys.append(f"cox.{words[1]}.uni.{words[-1]}.{last(own)}")
        for row in filter(None, map(view.get, keys)):
            if fitted_alone(row) and row.denominator == rows["patients"].n:
                yield row, group


def fitted_alone(row: Row) -> bool:
    """Whether a ratio with its level is one that a model of its groups alone gives again."""
    return row.level is not None and (wald(row) or _penalized(row))


def _penalized(row: Row) -> bool:
    whole = None not in (row.value, row.low, row.high)
    return whole and (row.method or "").endswith(FIRTH)


def _ratio_seen(
    view: View, row: Row, patients: tuple[Patient, ...], group: int, cause: int, figure: str
) -> Iterator[Seen]:
    turned = tuple((month, one, int(of == group)) for month, one, of in patients)
    *ratio, p = _ratio(turned, cause, row.level or 0.95, _penalized(row))
    fits = all(map(_same, (row.value, row.low, row.high), ratio))
    words = None if fits else "the ratio or its interval is not that of the figure's curves"
    yield Seen((row.key, f"figures/{figure}"), words)
    beside = p_of(view, row)
    if beside is not None:
        words = None if _same(beside.value, p) else "the p-value is not that of the figure's curves"
        yield Seen((beside.key, row.key, f"figures/{figure}"), words)


def causes(view: View) -> Iterator[Seen]:
    """Work out Gray's tests and cause-specific ratios of two drawn groups again."""
    for figure, text in view.figures.items():
        drawn = _incidences(text)
        found = {k: v for k, v in comparisons(view).items() if k.startswith("competing")}
        for key, levels in found.items():
            sizes = [rows["patients"].n for rows in levels]
            fitting = [one for one in drawn if [len(group) for group in one] == sizes]
            if len(sizes) != 2 or len(fitting) != 1:
                continue
            patients = tuple(one for group in fitting[0] for one in group)
            for cause, name in ((1, "event"), (2, "competing")):
                yield from _gray_seen(view.get(f"{key}.gray_{name}"), patients, cause, figure)
                for group, rows in enumerate(levels):
                    row = view.get(f"{stem(rows['patients'].key)}.{name}.hazard_ratio")
                    if row is not None and fitted_alone(row):
                        yield from _ratio_seen(view, row, patients, group, cause, figure)


def _gray_seen(
    row: Row | None, patients: tuple[Patient, ...], cause: int, figure: str
) -> Iterator[Seen]:
    if row is not None:
        fits = _same(row.value, _gray(patients, cause))
        words = None if fits else "the p-value is not that of the figure's curves"
        yield Seen((row.key, f"figures/{figure}"), words)


@lru_cache(maxsize=64)
def _incidences(text: str) -> tuple[tuple[tuple[Patient, ...], ...], ...]:
    """Return the patients of each panel's curves, group by group."""
    reader = csv.DictReader(io.StringIO(text))
    if not set(reader.fieldnames or ()) >= INCIDENCE:
        return ()
    found: dict[str, dict[str, list[Patient]]] = {}
    for line in reader:
        panel = found.setdefault(line["panel"], {})
        curve = panel.setdefault(line["curve"], [])
        group = list(panel).index(line["curve"])
        for cause, column in ((1, "events"), (2, "competing"), (0, "censored")):
            curve += [(float(line["months"]), cause, group)] * int(line[column])
    return tuple(tuple(map(tuple, panel.values())) for panel in found.values())


def smaller(view: View) -> Iterator[Seen]:
    """Compare a population with every one that the drawn one leaves without a few patients."""
    for name, text in view.figures.items():
        found = OVERALL.fullmatch(name)
        curves = list(read_curves(text).values())
        whole = view.get(f"survival.{found['endpoint']}.patients") if found else None
        if found is None or whole is None or len(curves) != 1 or not everybody(view, whole):
            continue
        for population in view.study.populations:
            rows = view.stems.get(f"survival_in.{population}.{found['endpoint']}", {})
            yield from _smaller(rows, curves[0], name)


def everybody(view: View, row: Row) -> bool:
    """Whether a population holds every eligible patient, so that all others are parts of it."""
    out = view.get(f"population_left_out.{row.population}")
    return out is not None and out.n == 0


def _smaller(rows: Mapping[str, Row], curve: Curve, figure: str) -> Iterator[Seen]:
    if "patients" not in rows:
        return
    there = tuple(curve_times(curve))
    out = len(there) - (rows["patients"].n or 0)
    if not 0 <= out <= MOST_OUT:
        return
    level = next((row.level for row in rows.values() if row.level is not None), 0.95)
    at = tuple(month for month, _ in times(rows))
    timed = [row for _, row in times(rows)]
    named = [rows[word] for word in ("events", "median", "follow_up") if word in rows]
    wrong = [
        [row for row in (*named, *timed) if not _says(row, possible[last(row.key)])]
        for possible in _without(there, out, at, level)
    ]
    for row in (*named, *timed) if wrong else ():
        fits = row not in min(wrong, key=len)
        words = None if fits else "no part of the drawn curve's patients has this"
        yield Seen((row.key, rows["patients"].key, f"figures/{figure}"), words)


@lru_cache(maxsize=64)
def _without(
    there: tuple[tuple[float, bool], ...], out: int, at: tuple[float, ...], level: float
) -> tuple[Mapping[str, Said], ...]:
    """Return what the rows of a curve say when it is left without some patients."""
    left = set(combinations(sorted(there), out))
    if len(left) > MOST_TRIED:
        return ()
    found = []
    for gone in sorted(left):
        stay = list(there)
        for one in gone:
            stay.remove(one)
        found.append(_readings(stay, at, level))
    return tuple(found)


def _readings(
    stay: list[tuple[float, bool]], at: tuple[float, ...], level: float
) -> dict[str, Said]:
    months, events = [month for month, _ in stay], [event for _, event in stay]
    died = sum(events)
    curve = kaplan_meier(months, events, level=level)
    middle, follow = median(curve), median(reverse_kaplan_meier(months, events, level=level))
    found: dict[str, Said] = {
        "events": (died, None, None, died),
        "median": (middle.estimate, middle.low, middle.high, died),
        "follow_up": (follow.estimate, follow.low, follow.high, None),
    }
    for month, rate in zip(at, survival_at(curve, at), strict=True):
        value, low, high = (
            None if part is None else 100 * part for part in (rate.estimate, rate.low, rate.high)
        )
        word = f"rate_{month:g}_months".replace(".", "_")
        found[word] = (value, low, high, rate.at_risk)
    return found


def _says(row: Row, said: Said) -> bool:
    value, low, high, number = said
    bounds = (
        row.interval is None
        or "log-log" not in (row.method or "")
        or (_same(row.low, low) and _same(row.high, high))
    )
    return _same(row.value, value) and row.n == number and bounds


RULES = (
    Rule(
        "ratios-again",
        "ratios of drawn groups",
        "a ratio of two groups is that of their curves",
        REBUILD,
        ratios,
    ),
    Rule(
        "causes-again",
        "tests and ratios of drawn incidences",
        "Gray's test and cause-specific ratios are those of the drawn incidences",
        REBUILD,
        causes,
    ),
    Rule(
        "smaller-population",
        "readings in a smaller population",
        "a population that lacks a few patients has a curve that lacks them",
        REBUILD,
        smaller,
    ),
)
