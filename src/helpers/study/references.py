"""Checks that the parts of a study definition fit each other: names, levels, kinds, spellings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from helpers.errors import nearest
from helpers.imwg import CATEGORIES, SPELLINGS
from helpers.study.definition import Study
from helpers.study.schema.derived import Derived
from helpers.study.schema.events import AdverseEvents
from helpers.study.schema.response import Assessments
from helpers.study.schema.section import Kind
from helpers.study.schema.survival import CompetingRisks
from helpers.study.schema.therapy import LineQuantity, Lines
from helpers.study.schema.variable import Condition, Variable
from helpers.study.spelling import folded

Path = tuple[str | int, ...]
Problem = tuple[Path, str]

#: Column names that a long table may map, and those that it must.
LONG_TABLES = {
    "treatments": (("agent", "start"), ("line", "end", "type")),
    "responses": (("date", "response"), ()),
    "adverse_events": (("term", "grade"), ("start",)),
}


def broken_references(study: Study) -> list[Problem]:
    """Return everything in a definition that does not fit, as key path and words."""
    clashes = _name_clashes(study)
    if clashes:
        return clashes
    problems = [*_derived(study)]
    if problems:
        return problems
    return [
        *_tables(study),
        *_codes(study),
        *_spellings(study),
        *_selections(study),
        *_endpoints(study),
        *_plans(study),
    ]


def _name_clashes(study: Study) -> list[Problem]:
    both = set(study.variables) & set(study.derived)
    found: list[Problem] = [
        (("derived", name), "a variable has the same name") for name in sorted(both)
    ]
    types = {variable.type for variable in study.variables.values()}
    if {"date", "day"} <= types:
        found.append(
            (("variables",), "a study counts time in dates or in days; here both types are used")
        )
    return found


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = nearest(name, names)
    hint = f"did you mean {close!r}?" if close else f"known: {', '.join(names) or 'none'}"
    return f"unknown {kind} {name!r}; {hint}"


def _named(study: Study, path: Path, name: str, *kinds: Kind) -> Iterator[Problem]:
    """Yield the problem of a name that is not known or does not hold one of ``kinds``."""
    if name not in study.names:
        yield path, _unknown("variable", name, study.names)
    elif kinds and study.kind(name) not in kinds:
        yield path, f"{name!r} holds a {study.kind(name)}, needed is a {' or '.join(kinds)}"


def _conditions(study: Study, path: Path, conditions: Iterable[Condition]) -> Iterator[Problem]:
    for index, condition in enumerate(conditions):
        here = (*path, index)
        name = condition.variable
        unknown = list(_named(study, (*here, "variable"), name))
        yield from unknown
        if unknown:
            continue
        for test in ("is_in", "not_in"):
            levels = getattr(condition, test)
            if levels is None:
                continue
            yield from _named(study, here, name, "category")
            for level in levels:
                if study.kind(name) == "category" and level not in study.levels(name):
                    known = study.levels(name)
                    yield (*here, test), _unknown(f"level of {name!r}", level, known)
        if any(getattr(condition, t) is not None for t in ("at_least", "more_than", "less_than")):
            kinds: tuple[Kind, ...] = ("number", "date") if study.counts_days else ("number",)
            yield from _named(study, here, name, *kinds)


def _derived(study: Study) -> Iterator[Problem]:
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
        yield from _named(study, (*path, "cut", "source"), rule.cut.source, "number")
    yield from _intervals(study, path, rule)
    if rule.any_of is not None:
        yield from _conditions(study, (*path, "any_of"), rule.any_of)
    if rule.first_match:
        for index, branch in enumerate(rule.first_match.branches):
            here = (*path, "first_match", "branches", index, "when")
            yield from _conditions(study, here, branch.when)
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
            yield from _named(study, (*path, kind, "start"), interval.start, "date")
            yield from _named(study, (*path, kind, "end"), interval.end, "date")
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
        yield path, _unknown("setting in months", name, months)
    elif getattr(study.settings, name) is None:
        yield path, f"`settings.{name}` is not given"


def _recode(study: Study, path: Path, rule: Derived) -> Iterator[Problem]:
    recode = rule.recode
    assert recode is not None
    unknown = list(_named(study, (*path, "source"), recode.source, "category"))
    yield from unknown
    if unknown:
        return
    old = study.levels(recode.source)
    named = [level for levels in recode.map.values() for level in levels]
    for new in recode.map:
        if new not in recode.levels:
            yield (*path, "map", new), _unknown("new level", new, recode.levels)
    for level in named:
        if level not in old:
            yield (*path, "map"), _unknown(f"level of {recode.source!r}", level, old)
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
        yield (*path, "procedure"), _unknown("procedure", line.procedure, known)
    for agent in line.agents:
        if agent not in study.lines.agents:
            yield (*path, "agents"), _unknown("agent", agent, study.lines.agents)


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


def _tables(study: Study) -> Iterator[Problem]:
    if study.tables.patients.columns:
        yield ("tables", "patients", "columns"), "the columns of patients stand in `variables`"
    treatments = study.tables.treatments
    if treatments and "line" not in treatments.columns and study.lines and not study.lines.rules:
        path = ("tables", "treatments", "columns")
        yield path, "the column 'line' is needed where `lines.rules` are not given"
    for table, (needed, optional) in LONG_TABLES.items():
        source = getattr(study.tables, table)
        path = ("tables", table, "columns")
        if source is not None:
            allowed = (*needed, *optional)
            unknown = [name for name in source.columns if name not in allowed]
            absent = [name for name in needed if name not in source.columns]
            yield from (((*path, name), _unknown("column", name, allowed)) for name in unknown)
            yield from ((path, f"the column {name!r} is needed") for name in absent)
    for table, section in (("treatments", "lines"), ("adverse_events", "adverse_events")):
        given = getattr(study.tables, table) is not None
        if given and getattr(study, section) is None:
            yield ("tables", table), f"this table needs the section `{section}`"
        if not given and getattr(study, section) is not None:
            yield (section,), f"this section needs the table `tables.{table}`"
    assessed = study.response is not None and study.response.assessments is not None
    if study.tables.responses is not None and not assessed:
        yield ("tables", "responses"), "this table needs the section `response.assessments`"
    if assessed and study.tables.responses is None:
        yield ("response", "assessments"), "this section needs the table `tables.responses`"


def level_spellings(study: Study, name: str) -> dict[str, tuple[str, ...]]:
    """Return the spellings of every level of a category, yes/no or response variable."""
    variable = study.variables[name]
    if variable.type == "yes_no":
        common = {"no": study.no_codes, "yes": study.yes_codes}
    elif variable.type == "response":
        common = {category: [category, *SPELLINGS[category]] for category in CATEGORIES}
    else:
        common = {key: [key, label] for key, label in variable.levels.items()}
    return {key: (*words, *variable.codes.get(key, ())) for key, words in common.items()}


def _codes(study: Study) -> Iterator[Problem]:
    for name, variable in study.variables.items():
        path = ("variables", name, "codes")
        if variable.codes and not _has_levels(variable):
            yield path, f"`codes` does not belong to type {variable.type!r}"
            continue
        for key in variable.codes:
            if key not in study.levels(name):
                yield (*path, key), _unknown("level", key, study.levels(name))
        if _has_levels(variable):
            yield from _ambiguous(path, level_spellings(study, name))


def _has_levels(variable: Variable) -> bool:
    return variable.type in ("yes_no", "category", "response")


def _ambiguous(path: Path, spellings: dict[str, tuple[str, ...]]) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for key, words in spellings.items():
        for word in words:
            other = owner.setdefault(folded(word), key)
            if other != key:
                yield path, f"the spelling {word!r} belongs to both {other!r} and {key!r}"


def _spellings(study: Study) -> Iterator[Problem]:
    if study.lines:
        agents = {key: (key, *words) for key, words in study.lines.agents.items()}
        procedures = {key: (key, *words) for key, words in study.lines.procedures.items()}
        yield from _ambiguous(("lines", "agents"), {**agents, **procedures})
        words = {str(line): tuple(words) for line, words in study.lines.words.items()}
        yield from _ambiguous(("lines", "words"), words)
        levels = [regimen.level for regimen in study.lines.regimens]
        for index, regimen in enumerate(study.lines.regimens):
            here = ("lines", "regimens", index)
            if regimen.level == "other" or levels.count(regimen.level) > 1:
                yield here, f"the level {regimen.level!r} is taken"
            if not (regimen.all_of or regimen.any_of):
                yield here, "a regimen needs `all_of` or `any_of`"
            for agent in (*regimen.all_of, *regimen.any_of, *regimen.none_of):
                if agent not in study.lines.agents:
                    yield here, _unknown("agent", agent, study.lines.agents)
        yield from _line_rules(study.lines)
    if study.adverse_events:
        terms = {
            label: (label, *words)
            for event_class in study.adverse_events.classes.values()
            for label, words in event_class.terms.items()
        }
        yield from _ambiguous(("adverse_events", "classes"), terms)
        yield from _adverse_events(study, study.adverse_events)
        labels = [term for c in study.adverse_events.classes.values() for term in c.terms]
        for label in sorted({label for label in labels if labels.count(label) > 1}):
            yield ("adverse_events", "classes"), f"the term {label!r} stands in two classes"


def _line_rules(lines: Lines) -> Iterator[Problem]:
    if lines.rules is None:
        return
    path = ("lines", "rules")
    for name in lines.rules.continue_with:
        if name not in (*lines.agents, *lines.procedures):
            known = (*lines.agents, *lines.procedures)
            yield (*path, "continue_with"), _unknown("agent or procedure", name, known)
    for name in lines.rules.maintenance:
        if name not in lines.agents:
            yield (*path, "maintenance"), _unknown("agent", name, lines.agents)
    if lines.rules.maintenance and not lines.procedures:
        yield (*path, "maintenance"), "maintenance follows a procedure: name one in `procedures`"


def _adverse_events(study: Study, events: AdverseEvents) -> Iterator[Problem]:
    for key, event_class in events.classes.items():
        path: Path = ("adverse_events", "classes", key, "declared_terms")
        for term in event_class.declared_terms:
            if term not in event_class.terms:
                yield path, _unknown("term of this class", term, event_class.terms)
    if events.window is None:
        return
    path = ("adverse_events", "window")
    yield from _named(study, (*path, "start"), events.window.start, "date")
    if events.window.end is not None:
        yield from _named(study, (*path, "end"), events.window.end, "date")
    for name in events.window.until:
        yield from _named(study, (*path, "until"), name, "date")
    table = study.tables.adverse_events
    if table is not None and "start" not in table.columns:
        yield path, "a window needs the column `start` of `tables.adverse_events`"


def _selections(study: Study) -> Iterator[Problem]:
    for index, order in enumerate(study.date_order):
        for side in ("earlier", "later"):
            yield from _named(study, ("date_order", index, side), getattr(order, side), "date")
    ids = ["source", *(order.step for order in study.date_order if order.violation == "exclude")]
    for index, criterion in enumerate(study.eligibility):
        if criterion.id in ids:
            yield ("eligibility", index, "id"), f"the step {criterion.id!r} is taken"
        ids.append(criterion.id)
        yield from _conditions(study, ("eligibility", index, "keep"), criterion.keep)
    for name, population in study.populations.items():
        yield from _conditions(study, ("populations", name, "where"), population.where)
    for setting in ("response_population", "survival_population", "safety_population"):
        yield from _population(study, ("settings", setting), getattr(study.settings, setting))


def _population(study: Study, path: Path, name: str) -> Iterator[Problem]:
    if name not in study.populations:
        yield path, _unknown("population", name, study.populations)


def _endpoints(study: Study) -> Iterator[Problem]:
    for name, endpoint in study.endpoints.items():
        path = ("endpoints", name)
        yield from _named(study, (*path, "start"), endpoint.start, "date")
        yield from _named(study, (*path, "censor"), endpoint.censor, "date")
        for event in endpoint.events:
            yield from _named(study, (*path, "events"), event, "date")
        if not endpoint.events:
            yield (*path, "events"), "an endpoint needs an event"
        if endpoint.responders_only and study.response is None:
            yield (*path, "responders_only"), "this needs the section `response`"
    if study.response:
        yield from _response(study)


def _response(study: Study) -> Iterator[Problem]:
    rules = study.response
    assert rules is not None
    recorded = [n for n, variable in study.variables.items() if variable.type == "response"]
    best = [n for n, d in study.derived.items() if d.response and d.response.quantity == "best"]
    if rules.best not in (*recorded, *best):
        yield ("response", "best"), _unknown("response variable", rules.best, [*recorded, *best])
    if rules.recorded is not None and rules.recorded not in recorded:
        yield ("response", "recorded"), _unknown("response variable", rules.recorded, recorded)
    if rules.date is not None:
        yield from _named(study, ("response", "date"), rules.date, "date")
        yield from _one_way(study, rules.best, rules.date)
    if rules.assessments is not None:
        yield from _assessments(study, rules.assessments)
    for name in rules.model:
        yield from _named(study, ("response", "model"), name, "number", "category")
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
        yield from _named(study, (*path, role), name, "date")
    for category in rules.codes:
        if category not in CATEGORIES:
            yield (*path, "codes", category), _unknown("category", category, CATEGORIES)
    yield from _ambiguous((*path, "codes"), assessment_spellings(rules))


def assessment_spellings(rules: Assessments) -> dict[str, tuple[str, ...]]:
    """Return the spellings of every category in the responses table."""
    return {c: (c, *SPELLINGS[c], *rules.codes.get(c, ())) for c in CATEGORIES}


def _models(study: Study) -> Iterator[Problem]:
    """Check the factors of the models, and what groups the rows of the multivariable one."""
    plan = study.survival
    for factors in ("univariable", "multivariable"):
        for name in getattr(plan, factors):
            place = ("survival", factors)
            yield from _named(study, place, name, "number", "category")
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
            yield from _named(study, ("survival", key), name, "category")
            if name in study.names and study.known_at(name) != "baseline":
                yield ("survival", key), f"{name!r} is known only on treatment"


def _plans(study: Study) -> Iterator[Problem]:
    plan = study.survival
    if plan.endpoint not in study.endpoints:
        yield ("survival", "endpoint"), _unknown("endpoint", plan.endpoint, study.endpoints)
    for index, comparison in enumerate(plan.curves):
        path = ("survival", "curves", index)
        yield from _named(study, (*path, "variable"), comparison.variable, "category")
        if comparison.since is not None and comparison.variable in study.names:
            yield from _since(study, path, comparison.variable, comparison.since)
    yield from _models(study)
    if plan.competing is not None:
        yield from _competing(study, plan.competing)
    for name in study.subgroups:
        yield from _named(study, ("subgroups",), name, "category")
    for name in study.exposure:
        yield from _named(study, ("exposure",), name, "number", "category")
    described: dict[str, Variable | Derived] = {**study.variables, **study.derived}
    for name in study.names:
        if described[name].in_table_one and study.kind(name) not in ("number", "category"):
            section = "variables" if name in study.variables else "derived"
            yield (section, name, "in_table_one"), f"a {study.kind(name)} has no place in a table"


def _since(study: Study, path: Path, variable: str, since: str) -> Iterator[Problem]:
    yield from _named(study, (*path, "since"), since, "date")
    if study.known_at(variable) == "baseline":
        yield (*path, "since"), f"{variable!r} is known at time zero, so that nothing changes"
    if study.kind(variable) == "category" and len(study.levels(variable)) != 2:
        yield (*path, "variable"), f"`since` needs two levels, {variable!r} has others"


def _competing(study: Study, plan: CompetingRisks) -> Iterator[Problem]:
    path = ("survival", "competing")
    if plan.endpoint not in study.endpoints:
        yield (*path, "endpoint"), _unknown("endpoint", plan.endpoint, study.endpoints)
        return
    events = study.endpoints[plan.endpoint].events
    if plan.event not in events:
        yield (*path, "event"), _unknown(f"event of {plan.endpoint!r}", plan.event, events)
    if len(events) < 2:
        yield (*path, "endpoint"), f"{plan.endpoint!r} has one event only: nothing competes"
    if plan.by is not None:
        yield from _named(study, (*path, "by"), plan.by, "category")
        if plan.by in study.names and study.known_at(plan.by) != "baseline":
            yield (
                (*path, "by"),
                f"{plan.by!r} is known only on treatment and may not split from time zero",
            )
        elif plan.by in study.names and len(study.levels(plan.by)) > 4:
            yield (*path, "by"), f"{plan.by!r} has more than four levels"
