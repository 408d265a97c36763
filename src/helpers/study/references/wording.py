"""Spellings that mean one thing only."""

from __future__ import annotations

from collections.abc import Iterator

from helpers.imwg import CATEGORIES, SPELLINGS
from helpers.study.definition import Study
from helpers.study.references.naming import Path, Problem, check_named, unknown_word
from helpers.study.schema.events import AdverseEvents
from helpers.study.schema.response import Assessments
from helpers.study.schema.therapy import Lines
from helpers.study.schema.variable import Variable
from helpers.study.spelling import folded


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


def check_codes(study: Study) -> Iterator[Problem]:
    """Yield codes of levels that there are not."""
    for name, variable in study.variables.items():
        path = ("variables", name, "codes")
        if variable.codes and not _has_levels(variable):
            yield path, f"`codes` does not belong to type {variable.type!r}"
            continue
        for key in variable.codes:
            if key not in study.levels(name):
                yield (*path, key), unknown_word("level", key, study.levels(name))
        if _has_levels(variable):
            yield from check_ambiguous(path, level_spellings(study, name))


def _has_levels(variable: Variable) -> bool:
    return variable.type in ("yes_no", "category", "response")


def check_ambiguous(path: Path, spellings: dict[str, tuple[str, ...]]) -> Iterator[Problem]:
    """Yield words that stand for two things."""
    owner: dict[str, str] = {}
    for key, words in spellings.items():
        for word in words:
            other = owner.setdefault(folded(word), key)
            if other != key:
                yield path, f"the spelling {word!r} belongs to both {other!r} and {key!r}"


def check_spellings(study: Study) -> Iterator[Problem]:
    """Yield spellings, of whatever kind, that stand for two things."""
    if study.lines:
        agents = {key: (key, *words) for key, words in study.lines.agents.items()}
        procedures = {key: (key, *words) for key, words in study.lines.procedures.items()}
        yield from check_ambiguous(("lines", "agents"), {**agents, **procedures})
        words = {str(line): tuple(words) for line, words in study.lines.words.items()}
        yield from check_ambiguous(("lines", "words"), words)
        levels = [regimen.level for regimen in study.lines.regimens]
        for index, regimen in enumerate(study.lines.regimens):
            here = ("lines", "regimens", index)
            if regimen.level == "other" or levels.count(regimen.level) > 1:
                yield here, f"the level {regimen.level!r} is taken"
            if not (regimen.all_of or regimen.any_of):
                yield here, "a regimen needs `all_of` or `any_of`"
            for agent in (*regimen.all_of, *regimen.any_of, *regimen.none_of):
                if agent not in study.lines.agents:
                    yield here, unknown_word("agent", agent, study.lines.agents)
        yield from _line_rules(study.lines)
    if study.adverse_events:
        terms = {
            label: (label, *words)
            for event_class in study.adverse_events.classes.values()
            for label, words in event_class.terms.items()
        }
        yield from check_ambiguous(("adverse_events", "classes"), terms)
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
            yield (*path, "continue_with"), unknown_word("agent or procedure", name, known)
    for name in lines.rules.maintenance:
        if name not in lines.agents:
            yield (*path, "maintenance"), unknown_word("agent", name, lines.agents)
    if lines.rules.maintenance and not lines.procedures:
        yield (*path, "maintenance"), "maintenance follows a procedure: name one in `procedures`"


def _adverse_events(study: Study, events: AdverseEvents) -> Iterator[Problem]:
    for key, event_class in events.classes.items():
        path: Path = ("adverse_events", "classes", key, "declared_terms")
        for term in event_class.declared_terms:
            if term not in event_class.terms:
                yield path, unknown_word("term of this class", term, event_class.terms)
    if events.window is None:
        return
    path = ("adverse_events", "window")
    yield from check_named(study, (*path, "start"), events.window.start, "date")
    if events.window.end is not None:
        yield from check_named(study, (*path, "end"), events.window.end, "date")
    for name in events.window.until:
        yield from check_named(study, (*path, "until"), name, "date")
    table = study.tables.adverse_events
    if table is not None and "start" not in table.columns:
        yield path, "a window needs the column `start` of `tables.adverse_events`"


def assessment_spellings(rules: Assessments) -> dict[str, tuple[str, ...]]:
    """Return the spellings of every category in the responses table."""
    return {c: (c, *SPELLINGS[c], *rules.codes.get(c, ())) for c in CATEGORIES}
