"""Reads a ``claims.yml``: digits as they were written, every problem with line and key."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from helpers.claims.names import Place, PlacedError
from helpers.claims.schema import Claims
from helpers.errors import ManuscriptError, nearest

MANUAL = "docs/claims.md explains every key"
T = TypeVar("T", bound=Claims)
Lines = dict[Place, int]


class PrintedInt(int):
    """A whole number of a YAML file that remembers how it was written."""

    printed: str


class PrintedFloat(float):
    """A number of a YAML file that remembers how it was written: 40.0 is not 40."""

    printed: str


def load_claims(path: Path, *, where: str = "") -> Claims:
    """Read and check a ``claims.yml``.

    Args:
        path: The file.
        where: How the file is called in error messages; its name by default.

    Raises:
        ManuscriptError: The file is missing, is no YAML, or breaks the schema: all that is wrong,
            each with line, key and the nearest known name.
    """
    return load_as(Claims, path, where=where)


def load_as(model: type[T], path: Path, *, where: str = "") -> T:
    """Read a ``claims.yml`` by a schema that extends :class:`Claims`.

    Args:
        model: The schema.
        path: The file.
        where: How the file is called in error messages; its name by default.

    Raises:
        ManuscriptError: See :func:`load_claims`.
    """
    place = where or path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ManuscriptError(
            "there is no transcript of the published abstract",
            where=place,
            remedy="write claims.yml, or draft one with `manuscript audit --from-text FILE`",
        ) from error
    except UnicodeDecodeError as error:
        raise ManuscriptError(
            f"the transcript is not UTF-8 (byte {error.start})",
            where=place,
            remedy="save it as UTF-8",
        ) from error
    except OSError as error:
        raise ManuscriptError(
            f"the transcript cannot be read: {error.strerror}",
            where=place,
            remedy="name a file that can be read",
        ) from error
    return read_claims(model, text, where=place)


def read_claims(model: type[T], text: str, *, where: str) -> T:
    """Read and check the text of a ``claims.yml``.

    Args:
        model: The schema.
        text: The YAML (or JSON) text.
        where: How it is called in error messages.

    Raises:
        ManuscriptError: See :func:`load_claims`.
    """
    tree, lines = _parsed(text, where)
    try:
        return model.model_validate(tree)
    except ValidationError as invalid:
        problems = [found for error in invalid.errors() for found in _problems(model, error)]
        named = [(path, _called(path, tree), words) for path, words in problems]
        raise _invalid(named, lines, where) from None


class _Loader(yaml.SafeLoader):
    """Words stay words (``yes``, ``on``), numbers remember their digits, dates are text."""


def _printed(kind: Any) -> Any:
    def construct(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
        number = kind(node.value)
        number.printed = node.value
        return number

    return construct


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|false)$", list("tf")),
    ("int", r"^[+-]?\d+$", list("+-0123456789")),
    ("float", r"^[+-]?(?:\d+\.\d*|\.\d+)$", list("+-.0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])
_Loader.add_constructor("tag:yaml.org,2002:int", _printed(PrintedInt))
_Loader.add_constructor("tag:yaml.org,2002:float", _printed(PrintedFloat))


def _parsed(text: str, where: str) -> tuple[Any, Lines]:
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise ManuscriptError(
                "the transcript is not a mapping",
                where=where,
                remedy="begin with `source:` and `claims:`",
            )
        lines = dict(_lines(node, (), where))
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ManuscriptError(
            f"not valid YAML: {error.problem or error.context}",
            where=f"{where}:{mark.line + 1}" if mark else where,
            remedy='put words in quotes that begin with > < % @ ` or hold ": " or " #"',
        ) from None
    except yaml.YAMLError as error:
        raise ManuscriptError(
            f"not valid YAML: {error}", where=where, remedy="take out the character"
        ) from None


def _lines(node: yaml.Node, path: Place, where: str) -> Iterator[tuple[Place, int]]:
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


def _problems(model: type[BaseModel], error: Any) -> list[tuple[Place, str]]:
    """Return a pydantic error as key paths and words, with the nearest known key."""
    path: Place = tuple(error["loc"])
    problem = (error.get("ctx") or {}).get("error")
    if isinstance(problem, PlacedError):
        return problem.problems
    words = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        words = _hint(f"unknown key {str(path[-1])!r}", str(path[-1]), _keys(model, path[:-1]))
    elif error["type"] == "missing":
        words = "this key is needed"
    elif error["type"] == "literal_error":
        known = re.findall(r"'([^']+)'", error["ctx"]["expected"])
        words = _hint(f"unknown word {error['input']!r}", str(error["input"]), known)
    elif error["type"] == "string_type":
        words = "must be words"
    elif error["type"] in {"dict_type", "model_type"}:
        words = "must be keys with values, such as `{response: CR}`"
    return [(path, words)]


def _hint(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = nearest(name, names)
    listed = ", ".join(names)
    return (
        f"{what}; did you mean {close!r}? Known: {listed}" if close else f"{what}; known: {listed}"
    )


def _keys(model: type[BaseModel], path: Place) -> list[str]:
    """Return the keys that the section at a path may have."""
    kind: Any = model
    for part in path:
        kind = _below(kind, part)
    kind = _bare(kind)
    is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
    return list(kind.model_fields) if is_model else []


def _below(kind: Any, part: str | int) -> Any:
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(part))
        return field.annotation if field else None
    return get_args(kind)[-1] if get_origin(kind) in (dict, list) else None


def _bare(kind: Any) -> Any:
    """Return a type without ``Annotated`` and without ``| None``."""
    while get_origin(kind) not in (None, dict, list):
        arguments = get_args(kind)
        if get_origin(kind) in (Union, types.UnionType):
            arguments = tuple(arg for arg in arguments if arg is not type(None))
        kind = arguments[0]
    return kind


def _called(path: Place, tree: Any) -> str:
    """Return a key path in words, a claim by its id."""
    parts = [str(part) for part in path if part != "[key]"]
    if len(path) > 1 and path[0] == "claims" and isinstance(path[1], int):
        claim = tree["claims"][path[1]]
        name = claim.get("id") if isinstance(claim, dict) else None
        parts[:2] = [f"claims[{name or path[1] + 1}]"]
    return ".".join(parts) or "the file"


def _invalid(problems: list[tuple[Place, str, str]], lines: Lines, where: str) -> ManuscriptError:
    shown = []
    for path, key, message in problems:
        known = path
        while known not in lines and known:
            known = known[:-1]
        shown.append((lines.get(known, 1), f"{key}: {message}"))
    shown.sort()
    place = f"{where}:{shown[0][0]}"
    if len(shown) == 1:
        what = f"the transcript is not valid: {shown[0][1]}"
    else:
        listed = "\n".join(f"  line {line}: {text}" for line, text in shown)
        what = f"the transcript is not valid, in {len(shown)} places:\n{listed}"
    return ManuscriptError(what, where=place, remedy=MANUAL)
