"""The grid of a sweep: parameters, the values that each is to have, and every combination."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from helpers.errors import ManuscriptError, unknown_name
from helpers.pipeline.layout import notebooks_of
from helpers.pipeline.parameters import known_parameters, parse_parameters
from helpers.study import load_study
from helpers.study.schema import Settings

if TYPE_CHECKING:
    from helpers.study.definition import Study

POPULATION = "_population"


@dataclass(frozen=True)
class Choice:
    """One parameter and the values that it is to have."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Point:
    """One combination of values.

    Attributes:
        chosen: The value of each varied parameter.
        parameters: What the notebooks are given: what differs from the study's own settings.
    """

    chosen: Mapping[str, Any]
    parameters: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Its parameters as one text: equal points have equal keys."""
        return json.dumps(self.parameters, sort_keys=True, ensure_ascii=False, default=str)

    @property
    def words(self) -> str:
        """The combination in words: "landmark_months = 1, response_population = treated"."""
        return ", ".join(f"{name} = {spoken(value)}" for name, value in self.chosen.items())


@dataclass(frozen=True)
class Grid:
    """Every point of a sweep, and the point that the study itself stands at.

    Attributes:
        study: The study's id.
        choices: What is varied.
        base: The study with its own settings, and what was given for all points.
        points: Every combination, in the order of the choices.
        settings: The study's settings, which a point changes.
    """

    study: str
    choices: tuple[Choice, ...]
    base: Point
    points: tuple[Point, ...]
    settings: Settings


def spoken(value: object) -> str:
    """Return a value as it may be written on the command line, a list of one without brackets."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        inside = ", ".join(map(spoken, value))
        return inside if len(value) == 1 else f"[{inside}]"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def make_grid(
    root: Path, study_id: str, vary: Iterable[str], given: Mapping[str, Any] | None = None
) -> Grid:
    """Read ``name=value,value`` words, make sure of every value, and combine them.

    Args:
        root: The project's folder.
        study_id: The study.
        vary: What is varied; values are YAML. A parameter that holds a list takes lists as
            values too: ``landmark_months=[1,2],[3]``.
        given: Parameters that every point has.

    Raises:
        ManuscriptError: A parameter or a value is not known, or a word is not ``name=values``.
    """
    given = dict(given or {})
    study = load_study(root, study_id)
    known = {name for path in notebooks_of(root) for name in known_parameters(path)} - {"study"}
    for name, value in given.items():
        _require(study, name, value, known, "-p")
    settings = study.with_settings(**_settings(given)).settings
    choices = tuple(_choice(study, word, known) for word in vary)
    names = [choice.name for choice in choices]
    if not choices or len(set(names)) < len(names) or set(names) & set(given):
        raise ManuscriptError(
            "nothing is varied" if not choices else "a parameter is given more than once",
            where="--vary",
            remedy="write --vary name=value,value once for each parameter",
        )
    combinations = itertools.product(*(choice.values for choice in choices))
    chosen = [dict(zip(names, values, strict=True)) for values in combinations]
    points = [Point(one, _differing(study, {**given, **one})) for one in chosen]
    own = {name: settings.model_dump().get(name) for name in names}
    base = Point(own, _differing(study, given))
    return Grid(study_id, choices, base, tuple(points), settings)


def settings_of(grid: Grid, point: Point) -> Settings:
    """Return the settings at a point."""
    changed = {**grid.settings.model_dump(), **_settings(point.chosen)}
    return Settings(**changed)


def _settings(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in Settings.model_fields}


def _choice(study: Study, word: str, known: set[str]) -> Choice:
    name, equals, values = word.partition("=")
    name = name.strip()
    if not equals or not values.strip():
        raise ManuscriptError(
            f"{word!r} varies nothing", where="--vary", remedy="write --vary name=value,value"
        )
    if name not in known:
        raise unknown_name("parameter", name, known, where="--vary")
    try:
        wanted = parse_parameters([f"{name}=[{values}]"])[name]
    except ManuscriptError:
        raise ManuscriptError(
            f"the values of {name!r} are not YAML",
            where="--vary",
            remedy="write them as 1,2 or, where each is a list, as [1,2],[3]",
        ) from None
    if len(wanted) == 1 and isinstance(wanted[0], list) and not _holds_list(study, name):
        wanted = wanted[0]
    found: list[Any] = []
    for value in wanted:
        whole = _require(study, name, value, known, "--vary")
        if whole not in found:
            found.append(whole)
    return Choice(name, tuple(found))


def _holds_list(study: Study, name: str) -> bool:
    return isinstance(getattr(study.settings, name, None), list)


def _require(study: Study, name: str, value: Any, known: set[str], where: str) -> Any:
    """Return the value as the study's setting holds it.

    Raises:
        ManuscriptError: It is not known, or not of the setting's type or range.
    """
    if name not in known:
        raise unknown_name("parameter", name, known, where=where)
    if name not in Settings.model_fields:
        return value
    try:
        whole = study.with_settings(**{name: value}).settings.model_dump()[name]
    except ValidationError as problem:
        raise _unfit(name, value, problem, where) from None
    if name.endswith(POPULATION) and whole not in study.populations:
        raise unknown_name("population", str(whole), study.populations, where=f"{where} {name}")
    return whole


def _unfit(name: str, value: Any, problem: ValidationError, where: str) -> ManuscriptError:
    first = problem.errors()[0]
    if first["type"] == "literal_error":
        words = str(first["ctx"]["expected"]).replace(" or ", ", ").split(", ")
        known = [word.strip("'") for word in words]
        return unknown_name(f"{name}", str(value), known, where=where)
    return ManuscriptError(
        f"{spoken(value)!r} is no value of {name}: {first['msg']}",
        where=where,
        remedy="see Settings in docs/study.md for its type and range",
    )


def _differing(study: Study, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs from study.yml, so that one run has one name."""
    own = study.settings.model_dump()
    whole = study.with_settings(**_settings(values)).settings.model_dump()
    return {
        name: whole.get(name, value)
        for name, value in sorted(values.items())
        if name not in own or whole[name] != own[name]
    }
