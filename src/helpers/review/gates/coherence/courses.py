"""Rules on time to event: curves that fall, medians that fit them, endpoints that hold others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from helpers.ledger import formatting
from helpers.ledger.row import Row
from helpers.review.gates.coherence.single import REBUILD
from helpers.review.gates.coherence.view import GROUPED, Rule, Seen, View, close, stem, times

SLACK = 1e-6


def estimates(view: View) -> Iterator[tuple[str, Mapping[str, Row]]]:
    """Yield the stems that hold an estimate of an endpoint: patients and events."""
    for name, of_stem in view.stems.items():
        if "patients" in of_stem and "events" in of_stem:
            yield name, of_stem


def sizes(view: View) -> Iterator[Seen]:
    """Compare every row of an estimate with its patients and its events."""
    for _, of_stem in estimates(view):
        patients, events = of_stem["patients"], of_stem["events"]
        for word, row in of_stem.items():
            timed = word in ("events", "median", "follow_up") or word.startswith("rate_")
            if not timed:
                continue
            problem = None
            if row.denominator != patients.n:
                problem = "the row is not of the patients of its estimate"
            elif word == "median" and row.n != events.n:
                problem = "the median is not made of the events of its estimate"
            yield Seen((row.key, patients.key, events.key), problem)


def whole_populations(view: View) -> Iterator[Seen]:
    """Compare the patients of each endpoint with the population, or with its responders."""
    for name, of_stem in estimates(view):
        row = of_stem["patients"]
        endpoint = view.study.endpoints.get(str(row.variable))
        if endpoint is None or GROUPED & set(name.split(".")):
            continue
        if endpoint.responders_only:
            rate = _responders(view, row.population)
            if rate is not None:
                same = row.n == rate.n
                words = None if same else "patients of the endpoint are not the responders"
                yield Seen((row.key, rate.key), words)
        elif row.population in view.sizes:
            same = row.n == view.sizes[row.population]
            words = None if same else "the endpoint is not of all patients of its population"
            yield Seen((row.key, f"population.{row.population}"), words)


def _responders(view: View, population: str) -> Row | None:
    rates = (row for row in view.rows if row.key.rpartition(".")[2] == "orr")
    best = (row for row in rates if row.variable == "best_response")
    plain = (row for row in best if stem(row.key).rpartition(".")[2] not in _WAYS)
    return next((row for row in plain if row.population == population), None)


_WAYS = ("confirmed", "unconfirmed")


def falling(view: View) -> Iterator[Seen]:
    """Follow survival, incidence and numbers at risk from one time to the next."""
    for of_stem in view.stems.values():
        timed = [row for _, row in times(of_stem) if row.statistic in _TIMED]
        for one, other in pairwise(timed):
            yield Seen((other.key, one.key), _fall_problem(one, other))


_TIMED = ("survival_rate", "cumulative_incidence")


def _fall_problem(one: Row, other: Row) -> str | None:
    if one.n is not None and other.n is not None and other.n > one.n:
        return "more patients are at risk later than before"
    if one.value is None or other.value is None:
        return None
    rises = other.value - one.value
    if one.statistic == "survival_rate" and rises > SLACK:
        return "survival rises with time"
    if one.statistic == "cumulative_incidence" and rises < -SLACK:
        return "a cumulative incidence falls with time"
    return None


def at_risk(view: View) -> Iterator[Seen]:
    """Compare the number at risk with the patients whom the curve can still hold.

    Nobody is at risk beyond the share that survives, but for those whose event falls on the
    day itself; without censoring the two are equal.
    """
    for row in view.of("survival_rate"):
        if row.n is None or row.denominator is None:
            continue
        problem = None
        if not 0 <= row.n <= row.denominator:
            problem = "the number at risk is not between zero and all patients"
        elif row.value is None and row.n:
            problem = "patients are at risk where there is no estimate"
        yield Seen((row.key,), problem)


def medians(view: View) -> Iterator[Seen]:
    """Compare each median with the rates before and after it."""
    for _, of_stem in estimates(view):
        median = of_stem.get("median")
        if median is None:
            continue
        for at, rate in times(of_stem):
            if rate.statistic == "survival_rate" and rate.value is not None:
                yield Seen((median.key, rate.key), _median_problem(median, at, rate.value))


def _median_problem(median: Row, at: float, rate: float) -> str | None:
    if median.value is None:
        late = median.display == formatting.NOT_REACHED
        return (
            "the median is not reached although fewer than half survive"
            if (late and rate < 50 - SLACK)
            else None
        )
    if rate < 50 - SLACK and median.value > at + SLACK:
        return "the median lies after a time at which fewer than half survive"
    if rate > 50 + SLACK and median.value < at - SLACK:
        return "the median lies before a time at which more than half survive"
    return None


def nested(view: View) -> Iterator[Seen]:
    """Compare overall survival with endpoints that count death too, of the same patients."""
    study = view.study
    deaths = [name for name, one in study.endpoints.items() if one.kind == "os"]
    for whole in deaths:
        for part, endpoint in study.endpoints.items():
            own = study.endpoints[whole]
            contains = part != whole and set(own.events) <= set(endpoint.events)
            same = endpoint.start == own.start and not endpoint.responders_only
            if contains and same:
                yield from _nested_pairs(view, part, whole)


def _nested_pairs(view: View, part: str, whole: str) -> Iterator[Seen]:
    for name, sooner in estimates(view):
        words = name.split(".")
        if part not in words or "landmark" in words:
            continue
        later = view.stems.get(".".join(whole if word == part else word for word in words))
        if later is None or "events" not in later:
            continue
        yield _fewer(later["events"], sooner["events"], "events", by="n")
        for word, row in sooner.items():
            other = later.get(word)
            if word.startswith("rate_") and other is not None:
                yield _fewer(row, other, "survival", by="value")
                yield _fewer(row, other, "number at risk", by="n")
            elif word == "median" and other is not None:
                yield _fewer(row, other, "median", by="value")


def _fewer(less: Row, more: Row, what: str, *, by: str) -> Seen:
    one, other = getattr(less, by), getattr(more, by)
    wrong = one is not None and other is not None and one > other + SLACK
    words = f"{what}: death alone counts more than death or another event" if wrong else None
    return Seen((less.key, more.key), words)


def competing(view: View) -> Iterator[Seen]:
    """Add up competing causes to the endpoint that they are taken from."""
    for name, of_stem in view.stems.items():
        causes = [view.stems.get(f"{name}.{cause}") for cause in ("event", "competing")]
        first, second = causes
        patients = of_stem.get("patients")
        if first is None or second is None or patients is None or "events" not in first:
            continue
        whole = _curve_beside(view, name, str(patients.variable))
        yield from _causes(first, second, patients, whole)


def _curve_beside(view: View, name: str, endpoint: str) -> Mapping[str, Row]:
    return view.stems.get(name.replace("competing", f"survival.{endpoint}", 1), {})


def _causes(
    first: Mapping[str, Row], second: Mapping[str, Row], patients: Row, whole: Mapping[str, Row]
) -> Iterator[Seen]:
    for word, row in first.items():
        other, together = second.get(word), whole.get(word)
        if other is None or not (word == "events" or word.startswith("rate_")):
            continue
        keys = (row.key, other.key, patients.key, *([together.key] if together else []))
        problem = None
        if not row.denominator == other.denominator == patients.n:
            problem = "competing causes are not of the same patients"
        elif word == "events" and together is not None:
            if (row.n or 0) + (other.n or 0) != together.n:
                problem = "events of the causes do not add up to the endpoint's"
        elif word != "events" and row.n != other.n:
            problem = "numbers at risk of the causes differ"
        elif together is not None and row.n != together.n:
            problem = "the number at risk is not the endpoint's"
        elif None not in (row.value, other.value) and together is not None:
            total = sum(float(one.value or 0) for one in (row, other, together))
            if together.value is not None and not close(total, 100, relative=SLACK):
                problem = "incidences of the causes and survival do not add up to 100%"
        yield Seen(keys, problem)


RULES = (
    Rule(
        "estimate-sizes",
        "rows of curves",
        "what is read from a curve is of its patients and events",
        REBUILD,
        sizes,
    ),
    Rule(
        "endpoint-population",
        "endpoints",
        "an endpoint is of its whole population, or of its responders (P03, P20)",
        REBUILD,
        whole_populations,
    ),
    Rule(
        "monotone",
        "steps in time",
        "survival and numbers at risk fall with time, incidences rise",
        REBUILD,
        falling,
    ),
    Rule(
        "at-risk",
        "numbers at risk",
        "numbers at risk are a part of the patients",
        REBUILD,
        at_risk,
    ),
    Rule(
        "median-and-rates",
        "medians with rates",
        "a median lies where the curve crosses one half",
        REBUILD,
        medians,
    ),
    Rule(
        "nested-endpoints",
        "pairs of endpoints",
        "an endpoint that counts death too has as many events, and no better survival",
        REBUILD,
        nested,
    ),
    Rule(
        "competing",
        "sums of competing causes",
        "competing causes add up to the endpoint",
        REBUILD,
        competing,
    ),
)
