"""Populations, endpoints and analyses that name what there is."""

from __future__ import annotations

from collections.abc import Iterator

from helpers.imwg import CATEGORIES
from helpers.study.definition import Study
from helpers.study.references.naming import (
    Path,
    Problem,
    check_conditions,
    check_named,
    unknown_word,
)
from helpers.study.references.wording import assessment_spellings, check_ambiguous
from helpers.study.schema.derived import Derived
from helpers.study.schema.response import Assessments
from helpers.study.schema.selection import CUT_STEP
from helpers.study.schema.survival import CompetingRisks
from helpers.study.schema.variable import Variable


def check_selections(study: Study) -> Iterator[Problem]:
    """Yield orders, criteria and populations that name what there is not."""
    for index, order in enumerate(study.date_order):
        for side in ("earlier", "later"):
            yield from check_named(study, ("date_order", index, side), getattr(order, side), "date")
    first = ["source", CUT_STEP] if study.censored else ["source"]
    ids = [*first, *(order.step for order in study.date_order if order.violation == "exclude")]
    for index, criterion in enumerate(study.eligibility):
        if criterion.id in ids:
            yield ("eligibility", index, "id"), f"the step {criterion.id!r} is taken"
        ids.append(criterion.id)
        yield from check_conditions(study, ("eligibility", index, "keep"), criterion.keep)
    for name, population in study.populations.items():
        yield from check_conditions(study, ("populations", name, "where"), population.where)
    for setting in ("response_population", "survival_population", "safety_population"):
        yield from _population(study, ("settings", setting), getattr(study.settings, setting))


def _population(study: Study, path: Path, name: str) -> Iterator[Problem]:
    if name not in study.populations:
        yield path, unknown_word("population", name, study.populations)


def check_endpoints(study: Study) -> Iterator[Problem]:
    """Yield endpoints, and rules of response, that name what there is not."""
    for name, endpoint in study.endpoints.items():
        path = ("endpoints", name)
        yield from check_named(study, (*path, "start"), endpoint.start, "date")
        yield from check_named(study, (*path, "censor"), endpoint.censor, "date")
        for event in endpoint.events:
            yield from check_named(study, (*path, "events"), event, "date")
        if not endpoint.events:
            yield (*path, "events"), "an endpoint needs an event"
        if endpoint.responders_only and study.response is None:
            yield (*path, "responders_only"), "this needs the section `response`"
    if study.response:
        yield from _response(study)
    if study.censored:
        yield from _censored(study)


def _censored(study: Study) -> Iterator[Problem]:
    """Yield what stands against an analysis as of the data cut."""
    if study.counts_days:
        words = "`censor` needs calendar dates, and this study counts days from an origin"
        yield ("after_data_cut",), f"{words}: leave the key out and cut the tables themselves"
    for name, endpoint in study.endpoints.items():
        if endpoint.censor in study.derived:
            words = f"with `after_data_cut: censor` a recorded day; {endpoint.censor!r} is derived"
            yield ("endpoints", name, "censor"), words
        if endpoint.censor in endpoint.events:
            words = "with `after_data_cut: censor` the last contact may not be an event as well"
            yield ("endpoints", name, "censor"), words


def _response(study: Study) -> Iterator[Problem]:
    rules = study.response
    assert rules is not None
    recorded = [n for n, variable in study.variables.items() if variable.type == "response"]
    best = [n for n, d in study.derived.items() if d.response and d.response.quantity == "best"]
    if rules.best not in (*recorded, *best):
        yield (
            ("response", "best"),
            unknown_word("response variable", rules.best, [*recorded, *best]),
        )
    if rules.recorded is not None and rules.recorded not in recorded:
        yield ("response", "recorded"), unknown_word("response variable", rules.recorded, recorded)
    if rules.date is not None:
        yield from check_named(study, ("response", "date"), rules.date, "date")
        yield from _one_way(study, rules.best, rules.date)
    if rules.assessments is not None:
        yield from _assessments(study, rules.assessments)
    for name in rules.model:
        yield from check_named(study, ("response", "model"), name, "number", "category")
        if name in study.names and study.known_at(name) != "baseline":
            yield ("response", "model"), f"{name!r} is known only on treatment, after time zero"
    if len(set(rules.model)) < len(rules.model):
        yield ("response", "model"), "a factor stands twice"


def _one_way(study: Study, best: str, date: str) -> Iterator[Problem]:
    """Yield the problem of a best response and a first response that are found differently."""
    rules = [
        study.derived[name].response if name in study.derived else None for name in (best, date)
    ]
    ways = {None if rule is None else rule.confirmed for rule in rules}
    if len(ways) > 1:
        yield (
            ("response", "date"),
            "`best` and `date` must both be recorded, or both derived and both confirmed or not",
        )


def _assessments(study: Study, rules: Assessments) -> Iterator[Problem]:
    path: Path = ("response", "assessments")
    for role, name in rules.times.items():
        yield from check_named(study, (*path, role), name, "date")
    for category in rules.codes:
        if category not in CATEGORIES:
            yield (*path, "codes", category), unknown_word("category", category, CATEGORIES)
    yield from check_ambiguous((*path, "codes"), assessment_spellings(rules))


def _models(study: Study) -> Iterator[Problem]:
    """Check the factors of the models, and what groups the rows of the multivariable one."""
    plan = study.survival
    for factors in ("univariable", "multivariable"):
        for name in getattr(plan, factors):
            place = ("survival", factors)
            yield from check_named(study, place, name, "number", "category")
            if name in study.names and study.known_at(name) != "baseline":
                yield (
                    place,
                    (
                        f"{name!r} is known only on treatment, so it may not be a factor from time "
                        "zero; list it under `curves`, which are compared from a landmark"
                    ),
                )
    clusters = [] if plan.clusters is None else [plan.clusters]
    for key, names in (("strata", plan.strata), ("clusters", clusters)):
        for name in names:
            yield from check_named(study, ("survival", key), name, "category")
            if name in study.names and study.known_at(name) != "baseline":
                yield ("survival", key), f"{name!r} is known only on treatment"


def check_plans(study: Study) -> Iterator[Problem]:
    """Yield analyses that name what there is not."""
    plan = study.survival
    if plan.endpoint not in study.endpoints:
        yield ("survival", "endpoint"), unknown_word("endpoint", plan.endpoint, study.endpoints)
    for index, comparison in enumerate(plan.curves):
        path = ("survival", "curves", index)
        yield from check_named(study, (*path, "variable"), comparison.variable, "category")
        if comparison.since is not None and comparison.variable in study.names:
            yield from _since(study, path, comparison.variable, comparison.since)
    yield from _models(study)
    if plan.competing is not None:
        yield from _competing(study, plan.competing)
    for name in study.subgroups:
        yield from check_named(study, ("subgroups",), name, "category")
    for name in study.exposure:
        yield from check_named(study, ("exposure",), name, "number", "category")
    described: dict[str, Variable | Derived] = {**study.variables, **study.derived}
    for name in study.names:
        if described[name].in_table_one and study.kind(name) not in ("number", "category"):
            section = "variables" if name in study.variables else "derived"
            yield (section, name, "in_table_one"), f"a {study.kind(name)} has no place in a table"


def _since(study: Study, path: Path, variable: str, since: str) -> Iterator[Problem]:
    yield from check_named(study, (*path, "since"), since, "date")
    if study.known_at(variable) == "baseline":
        yield (*path, "since"), f"{variable!r} is known at time zero, so that nothing changes"
    if study.kind(variable) == "category" and len(study.levels(variable)) != 2:
        yield (*path, "variable"), f"`since` needs two levels, {variable!r} has others"


def _competing(study: Study, plan: CompetingRisks) -> Iterator[Problem]:
    path = ("survival", "competing")
    if plan.endpoint not in study.endpoints:
        yield (*path, "endpoint"), unknown_word("endpoint", plan.endpoint, study.endpoints)
        return
    events = study.endpoints[plan.endpoint].events
    if plan.event not in events:
        yield (*path, "event"), unknown_word(f"event of {plan.endpoint!r}", plan.event, events)
    if len(events) < 2:
        yield (*path, "endpoint"), f"{plan.endpoint!r} has one event only: nothing competes"
    if plan.by is not None:
        yield from check_named(study, (*path, "by"), plan.by, "category")
        if plan.by in study.names and study.known_at(plan.by) != "baseline":
            yield (
                (*path, "by"),
                f"{plan.by!r} is known only on treatment and may not split from time zero",
            )
        elif plan.by in study.names and len(study.levels(plan.by)) > 4:
            yield (*path, "by"), f"{plan.by!r} has more than four levels"
