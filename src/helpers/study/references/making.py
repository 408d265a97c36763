"""What variables are made from: rules that fit, and the order in which they are made."""

from __future__ import annotations

from collections.abc import Iterator

from helpers.study.definition import Study
from helpers.study.references.naming import (
    Path,
    Problem,
    check_conditions,
    check_named,
    unknown_word,
)
from helpers.study.schema.derived import Derived
from helpers.study.schema.therapy import LineQuantity


def check_derived(study: Study) -> Iterator[Problem]:
    """Yield derived variables whose rules do not fit, and the first circle among them."""
    for name, derived in study.derived.items():
        yield from _rule(study, ("derived", name), derived)
        yield from _known_too_soon(study, name, derived)
    cycle = _cycle(study)
    if cycle:
        yield ("derived", cycle[0]), f"is made from itself: {' → '.join(cycle)}"


def _known_too_soon(study: Study, name: str, derived: Derived) -> Iterator[Problem]:
    """Yield the problem of a variable that claims to be known before what it is made from."""
    made_from = (source for source in sources(study, derived) if source in study.names)
    late = [source for source in made_from if study.known_at(source) != "baseline"]
    if late and derived.known_at == "baseline":
        yield (
            ("derived", name, "known_at"),
            f"{late[0]!r}, from which it is made, is known only on treatment, and so is this: "
            "`known_at: on-treatment`",
        )


def _rule(study: Study, path: Path, rule: Derived) -> Iterator[Problem]:
    if rule.cut:
        yield from check_named(study, (*path, "cut", "source"), rule.cut.source, "number")
    yield from _intervals(study, path, rule)
    if rule.any_of is not None:
        yield from check_conditions(study, (*path, "any_of"), rule.any_of)
    if rule.first_match:
        for index, branch in enumerate(rule.first_match.branches):
            here = (*path, "first_match", "branches", index, "when")
            yield from check_conditions(study, here, branch.when)
    if rule.recode:
        yield from _recode(study, (*path, "recode"), rule)
    if rule.line:
        yield from _line(study, (*path, "line"), rule.line)
    if rule.response:
        yield from _response_rule(study, path, rule)


def _intervals(study: Study, path: Path, rule: Derived) -> Iterator[Problem]:
    for kind in ("months_between", "years_between", "within_months"):
        interval = getattr(rule, kind)
        if interval is not None:
            yield from check_named(study, (*path, kind, "start"), interval.start, "date")
            yield from check_named(study, (*path, kind, "end"), interval.end, "date")
    if rule.within_months:
        yield from _setting(study, (*path, "within_months", "setting"), rule.within_months.setting)


def _response_rule(study: Study, path: Path, rule: Derived) -> Iterator[Problem]:
    if study.response is None or study.response.assessments is None:
        yield (*path, "response"), "a quantity of assessments needs `response.assessments`"
    if rule.known_at == "baseline":
        yield (*path, "known_at"), "a response is known only on treatment: `on-treatment`"


def _setting(study: Study, path: Path, name: str) -> Iterator[Problem]:
    months = [key for key in type(study.settings).model_fields if "_months_from_" in key]
    if name not in months:
        yield path, unknown_word("setting in months", name, months)
    elif getattr(study.settings, name) is None:
        yield path, f"`settings.{name}` is not given"


def _recode(study: Study, path: Path, rule: Derived) -> Iterator[Problem]:
    recode = rule.recode
    assert recode is not None
    unknown = list(check_named(study, (*path, "source"), recode.source, "category"))
    yield from unknown
    if unknown:
        return
    old = study.levels(recode.source)
    named = [level for levels in recode.map.values() for level in levels]
    for new in recode.map:
        if new not in recode.levels:
            yield (*path, "map", new), unknown_word("new level", new, recode.levels)
    for level in named:
        if level not in old:
            yield (*path, "map"), unknown_word(f"level of {recode.source!r}", level, old)
    for level in old:
        if named.count(level) != 1:
            times = "no" if level not in named else "more than one"
            yield (*path, "map"), f"the level {level!r} of {recode.source!r} has {times} new level"


def _line(study: Study, path: Path, line: LineQuantity) -> Iterator[Problem]:
    if study.lines is None or study.tables.treatments is None:
        yield path, "a quantity of lines needs `lines` and `tables.treatments`"
        return
    if line.procedure is not None and line.procedure not in study.lines.procedures:
        known = study.lines.procedures
        yield (*path, "procedure"), unknown_word("procedure", line.procedure, known)
    for agent in line.agents:
        if agent not in study.lines.agents:
            yield (*path, "agents"), unknown_word("agent", agent, study.lines.agents)


def sources(study: Study, rule: Derived) -> tuple[str, ...]:
    """Return the variables that a derived variable is made from."""
    found: list[str] = []
    if rule.response and study.response and study.response.assessments:
        found += study.response.assessments.times.values()
    if rule.cut:
        found.append(rule.cut.source)
    if rule.recode:
        found.append(rule.recode.source)
    for interval in (rule.months_between, rule.years_between, rule.within_months):
        if interval:
            found += [interval.start, interval.end]
    conditions = list(rule.any_of or [])
    if rule.first_match:
        conditions += [test for branch in rule.first_match.branches for test in branch.when]
    return tuple(dict.fromkeys(found + [condition.variable for condition in conditions]))


def derivation_order(study: Study) -> tuple[str, ...]:
    """Return the derived variables in an order in which each follows what it is made from."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in study.derived and name not in order:
            for source in sources(study, study.derived[name]):
                visit(source)
            order.append(name)

    for name in study.derived:
        visit(name)
    return tuple(order)


def _cycle(study: Study) -> list[str]:
    """Return one circle of derived variables, or nothing."""
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name not in study.derived or name in done:
            return []
        for source in sources(study, study.derived[name]):
            found = visit(source, [*trail, name])
            if found:
                return found
        done.add(name)
        return []

    for name in study.derived:
        found = visit(name, [])
        if found:
            return found
    return []
