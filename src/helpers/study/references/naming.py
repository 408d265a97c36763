"""Names that one part of a definition takes from another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from helpers.errors import nearest
from helpers.study.definition import Study
from helpers.study.schema.section import Kind
from helpers.study.schema.variable import Condition

Path = tuple[str | int, ...]


Problem = tuple[Path, str]


def unknown_word(kind: str, name: str, known: Iterable[str]) -> str:
    """Return words for a name that is not known, with the nearest one."""
    names = list(known)
    close = nearest(name, names)
    hint = f"did you mean {close!r}?" if close else f"known: {', '.join(names) or 'none'}"
    return f"unknown {kind} {name!r}; {hint}"


def check_named(study: Study, path: Path, name: str, *kinds: Kind) -> Iterator[Problem]:
    """Yield the problem of a name that is not known or does not hold one of ``kinds``."""
    if name not in study.names:
        yield path, unknown_word("variable", name, study.names)
    elif kinds and study.kind(name) not in kinds:
        yield path, f"{name!r} holds a {study.kind(name)}, needed is a {' or '.join(kinds)}"


def check_conditions(
    study: Study, path: Path, conditions: Iterable[Condition]
) -> Iterator[Problem]:
    """Yield the conditions that name what there is not, or test what it cannot be."""
    for index, condition in enumerate(conditions):
        here = (*path, index)
        name = condition.variable
        unknown = list(check_named(study, (*here, "variable"), name))
        yield from unknown
        if unknown:
            continue
        for test in ("is_in", "not_in"):
            levels = getattr(condition, test)
            if levels is None:
                continue
            yield from check_named(study, here, name, "category")
            for level in levels:
                if study.kind(name) == "category" and level not in study.levels(name):
                    known = study.levels(name)
                    yield (*here, test), unknown_word(f"level of {name!r}", level, known)
        if any(getattr(condition, t) is not None for t in ("at_least", "more_than", "less_than")):
            kinds: tuple[Kind, ...] = ("number", "date") if study.counts_days else ("number",)
            yield from check_named(study, here, name, *kinds)
