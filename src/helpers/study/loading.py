"""Finds the project and its studies, and loads a ``study.yml``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from helpers.errors import ManuscriptError, unknown_name
from helpers.marked_yaml import Lines, Loader, Place, invalid, keys_at, parse_mapping, with_nearest
from helpers.project import list_studies
from helpers.study.definition import Study
from helpers.study.references import broken_references
from helpers.study.references.naming import Problem

DEFINITION = "study.yml"


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
    except ValidationError as refused:
        problems = [_problem(error) for error in refused.errors()]
        raise _invalid(problems, lines, where) from None
    problems = broken_references(study)
    if study.id != study_id:
        problems.insert(0, (("id",), f"the id must be the folder's name, {study_id!r}"))
    if problems:
        raise _invalid(problems, lines, where)
    return study


class _Loader(Loader):
    """YAML 1.2's reading of words: ``yes`` and ``no`` are words, only true/false are logical."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _first, _word in (("t", "true"), ("f", "false")):
    _Loader.yaml_implicit_resolvers.setdefault(_first, []).append(
        ("tag:yaml.org,2002:bool", re.compile(f"^{_word}$"))
    )


def _parsed(path: Path, where: str) -> tuple[Any, Lines]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise ManuscriptError(
            f"study.yml is not UTF-8 (byte {problem.start})",
            where=where,
            remedy="save it as UTF-8",
        ) from None
    return parse_mapping(
        text,
        _Loader,
        name=DEFINITION,
        where=where,
        begin="begin with `id:` and `title:`",
        mend="mend the line; the indentation of YAML must be spaces",
    )


def _problem(error: Any) -> Problem:
    """Return a pydantic error as key path and words, with the nearest known key."""
    path: Place = tuple(error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        known = keys_at(Study, path[:-1])
        message = with_nearest(f"unknown key {str(path[-1])!r}", str(path[-1]), known)
    elif error["type"] == "missing":
        message = "this key is needed"
    elif error["type"] == "string_pattern_mismatch":
        message = "a key is lower-case letters, digits and underscores, and begins with a letter"
    return path, message


def _invalid(problems: list[Problem], lines: Lines, where: str) -> ManuscriptError:
    named = [
        (path, f"{'.'.join(str(p) for p in path if p != '[key]') or DEFINITION}: {message}")
        for path, message in problems
    ]
    return invalid(
        named, lines, name=DEFINITION, where=where, remedy="docs/study.md explains every key"
    )
