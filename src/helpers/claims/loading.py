"""Reads a ``claims.yml``: digits as they were written, every problem with line and key."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from helpers.claims.names import Place, PlacedError
from helpers.claims.schema import Claims
from helpers.errors import ManuscriptError
from helpers.marked_yaml import Loader, invalid, keys_at, parse_mapping, with_nearest

NAME = "the transcript"
MANUAL = "docs/claims.md explains every key"
T = TypeVar("T", bound=Claims)


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
        ManuscriptError: The file is missing, is no YAML, holds no claim, or breaks the schema: all
            that is wrong, each with line, key and the nearest known name.
    """
    claims = load_as(Claims, path, where=where)
    if not claims.claims:
        raise ManuscriptError(
            "the transcript holds no claim",
            where=where or path.name,
            remedy="write one under `claims:` for every figure that was printed",
        )
    return claims


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
            remedy="write claims.yml, or draft one with `manuscript audit --from-text FILE`; "
            "a study of which nothing was published needs none (`manuscript check` is for its own)",
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
    """Read and check the text of a ``claims.yml``; the same text gives the same object.

    Args:
        model: The schema.
        text: The YAML (or JSON) text.
        where: How it is called in error messages.

    Raises:
        ManuscriptError: See :func:`load_claims`.
    """
    return cast("T", _read(model, text, where))


@lru_cache(maxsize=4)
def _read(model: type[BaseModel], text: str, where: str) -> BaseModel:
    tree, lines = parse_mapping(
        text,
        _Loader,
        name=NAME,
        where=where,
        begin="begin with `source:` and `claims:`",
        mend='put words in quotes that begin with > < % @ ` or hold ": " or " #"',
    )
    try:
        return model.model_validate(tree)
    except ValidationError as refused:
        problems = [found for error in refused.errors() for found in _problems(model, error)]
        named = [(path, f"{_called(path, tree)}: {words}") for path, words in problems]
        raise invalid(named, lines, name=NAME, where=where, remedy=MANUAL) from None


class _Loader(Loader):
    """Words stay words (``yes``, ``on``), numbers remember their digits, dates are text."""


def _printed(kind: Any) -> Any:
    def construct(loader: Loader, node: yaml.ScalarNode) -> Any:
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


def _problems(model: type[BaseModel], error: Any) -> list[tuple[Place, str]]:
    """Return a pydantic error as key paths and words, with the nearest known key."""
    path: Place = tuple(error["loc"])
    problem = (error.get("ctx") or {}).get("error")
    if isinstance(problem, PlacedError):
        return problem.problems
    words = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        words = with_nearest(
            f"unknown key {str(path[-1])!r}", str(path[-1]), keys_at(model, path[:-1])
        )
    elif error["type"] == "missing":
        words = "this key is needed"
    elif error["type"] == "literal_error":
        expected = re.findall(r"'([^']+)'", error["ctx"]["expected"])
        words = with_nearest(f"unknown word {error['input']!r}", str(error["input"]), expected)
    elif error["type"] == "string_type":
        words = "must be words"
    elif error["type"] in {"int_parsing", "int_type", "int_from_float"}:
        words = f"must be a whole number; not {error['input']!r}"
    elif error["type"] in {"dict_type", "model_type"}:
        words = "must be keys with values, such as `{response: CR}`"
    return [(path, words)]


def _called(path: Place, tree: Any) -> str:
    """Return a key path in words, a claim by its id."""
    parts = [str(part) for part in path if part != "[key]"]
    if len(path) > 1 and path[0] == "claims" and isinstance(path[1], int):
        claim = tree["claims"][path[1]]
        name = claim.get("id") if isinstance(claim, dict) else None
        parts[:2] = [f"claims[{name or path[1] + 1}]"]
    return ".".join(parts) or "the file"
