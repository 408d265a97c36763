"""Finds the project and its studies, and loads a ``study.yml``."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from helpers.errors import ManuscriptError, nearest, unknown_name
from helpers.project import list_studies
from helpers.study.definition import Study
from helpers.study.references import Problem, broken_references

DEFINITION = "study.yml"
KeyPath = tuple[str | int, ...]


def load_study(root: Path, study_id: str) -> Study:
    """Load and check the definition of a study.

    Args:
        root: The project's folder.
        study_id: Name of the study's folder below ``data/``.

    Raises:
        ManuscriptError: No such study, or its study.yml is not valid: all that is wrong, each
            with line, key and the nearest known name.
    """
    path = root / "data" / study_id / DEFINITION
    if study_id not in list_studies(root):
        raise unknown_name("study", study_id, list_studies(root), where="data/")
    where = path.relative_to(root).as_posix()
    tree, lines = _parsed(path, where)
    try:
        study = Study.model_validate(tree)
    except ValidationError as invalid:
        problems = [_problem(error) for error in invalid.errors()]
        raise _invalid(problems, lines, where) from None
    problems = broken_references(study)
    if study.id != study_id:
        problems.insert(0, (("id",), f"the id must be the folder's name, {study_id!r}"))
    if problems:
        raise _invalid(problems, lines, where)
    return study


class _Loader(yaml.SafeLoader):
    """YAML 1.2's reading of words: ``yes`` and ``no`` are words, only true/false are logical."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _first, _word in (("t", "true"), ("f", "false")):
    _Loader.yaml_implicit_resolvers.setdefault(_first, []).append(
        ("tag:yaml.org,2002:bool", re.compile(f"^{_word}$"))
    )


def _parsed(path: Path, where: str) -> tuple[Any, dict[KeyPath, int]]:
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise ManuscriptError(
                "study.yml is not a mapping", where=where, remedy="begin with `id:` and `title:`"
            )
        lines = dict(_lines(node, (), where))
        return loader.construct_document(node), lines
    except UnicodeDecodeError as problem:
        raise ManuscriptError(
            f"study.yml is not UTF-8 (byte {problem.start})",
            where=where,
            remedy="save it as UTF-8",
        ) from None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        line = f":{mark.line + 1}" if mark else ""
        raise ManuscriptError(
            f"study.yml is not valid YAML: {problem.problem}",
            where=f"{where}{line}",
            remedy="mend the line; the indentation of YAML must be spaces",
        ) from None


def _lines(node: yaml.Node, path: KeyPath, where: str) -> Iterator[tuple[KeyPath, int]]:
    """Yield the line of every key; a key given twice is an error."""
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*path, index), where)
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise ManuscriptError(
                    f"the key {key.value!r} is given twice",
                    where=f"{where}:{line}",
                    remedy=f"keep one; the other is in line {seen[key.value]}",
                )
            seen[key.value] = line
            yield from _lines(value, (*path, key.value), where)
            yield (*path, key.value), line


def _problem(error: Any) -> Problem:
    """Return a pydantic error as key path and words, with the nearest known key."""
    path: KeyPath = tuple(error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        close = nearest(str(path[-1]), known)
        listed = ", ".join(known)
        hint = f"did you mean {close!r}? Known: {listed}" if close else f"known: {listed}"
        message = f"unknown key {str(path[-1])!r}; {hint}"
    elif error["type"] == "missing":
        message = "this key is needed"
    elif error["type"] == "string_pattern_mismatch":
        message = "a key is lower-case letters, digits and underscores, and begins with a letter"
    return path, message


def _known_keys(path: KeyPath) -> list[str]:
    kind: Any = Study
    for part in path:
        kind = _below(kind, part)
    kind = _without_none(kind)
    is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
    return list(kind.model_fields) if is_model else []


def _below(kind: Any, part: str | int) -> Any:
    kind = _without_none(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(part))
        return field.annotation if field else None
    if get_origin(kind) in (dict, list):
        return get_args(kind)[-1]
    return None


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        return next(arg for arg in get_args(kind) if arg is not type(None))
    return kind


def _invalid(problems: list[Problem], lines: dict[KeyPath, int], where: str) -> ManuscriptError:
    shown = []
    for path, message in problems:
        known = path
        while known not in lines and known:
            known = known[:-1]
        key = ".".join(str(part) for part in path if part != "[key]") or "study.yml"
        shown.append((lines.get(known, 1), f"{key}: {message}"))
    shown.sort()
    place = f"{where}:{shown[0][0]}"
    if len(shown) == 1:
        what = f"study.yml is not valid: {shown[0][1]}"
    else:
        listed = "\n".join(f"  line {line}: {text}" for line, text in shown)
        what = f"study.yml is not valid, in {len(shown)} places:\n{listed}"
    return ManuscriptError(what, where=place, remedy="docs/study.md explains every key")
