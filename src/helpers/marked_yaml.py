"""YAML read with the line of every key, and all that breaks its schema in one message."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel

from helpers.errors import ManuscriptError, nearest

if TYPE_CHECKING:
    Loader = yaml.SafeLoader
else:  # the one in C, where it was built, takes a tenth of the time
    Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Reads every scalar as it is written: the item 1.10 is not the number 1.1.
TEXT_LOADER: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

Place = tuple[str | int, ...]
Lines = dict[Place, int]
TABS = "indent with spaces, not with tabs"


def parse_mapping(
    text: str,
    loader: type[Loader] | type[yaml.BaseLoader],
    *,
    name: str,
    where: str,
    begin: str,
    mend: str,
) -> tuple[Any, Lines]:
    """Return the content of a YAML file that is a mapping, and the line of every key.

    Args:
        text: The file's text.
        loader: What reads its scalars.
        name: What the file is called in messages ("study.yml").
        where: Its place in messages.
        begin: How to mend a file that is no mapping.
        mend: How to mend a line that is no YAML.

    Raises:
        ManuscriptError: The text is no YAML or no mapping, or a key is given twice.
    """
    try:
        reader = loader(text)
        node = reader.get_single_node()
        if node is None:
            raise ManuscriptError(f"{name} is empty", where=where, remedy=begin)
        if not isinstance(node, yaml.MappingNode):
            line = node.start_mark.line + 1
            raise ManuscriptError(
                f"{name} is not a mapping of `key: value` lines",
                where=f"{where}:{line}",
                remedy=begin,
            )
        lines = dict(_lines(node, (), where))
        return reader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ManuscriptError(
            f"{name} is not valid YAML: {error.problem or error.context}",
            where=f"{where}:{mark.line + 1}" if mark else where,
            remedy=TABS if re.search(r"'\\t'|\btab\b", str(error.problem)) else mend,
        ) from None
    except yaml.YAMLError as error:
        raise ManuscriptError(
            f"{name} is not valid YAML: {error}", where=where, remedy="take out the character"
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


def keys_at(model: type[BaseModel], path: Place) -> list[str]:
    """Return the keys that the section of a schema at a path may have; none where it is none."""
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


def with_nearest(what: str, name: str, known: Iterable[str]) -> str:
    """Return words that say what is wrong with a name, which is nearest, and which are known."""
    names = list(known)
    close = nearest(name, names)
    listed = ", ".join(names) or "none"
    hint = f"did you mean {close!r}? Known: {listed}" if close else f"known: {listed}"
    return f"{what}; {hint}"


def invalid(
    problems: Iterable[tuple[Place, str]], lines: Lines, *, name: str, where: str, remedy: str
) -> ManuscriptError:
    """Return one error that names every problem with its line.

    Args:
        problems: Key path and words of each; a path that the file lacks has the line of the
            nearest key above it.
        lines: The line of every key.
        name: What the file is called.
        where: Its place.
        remedy: How to mend it.
    """
    shown = []
    for path, words in problems:
        known = path
        while known not in lines and known:
            known = known[:-1]
        shown.append((lines.get(known, 1), words))
    shown.sort()
    what = f"{name} is not valid: {shown[0][1]}"
    if len(shown) > 1:
        listed = "\n".join(f"  line {line}: {words}" for line, words in shown)
        what = f"{name} is not valid, in {len(shown)} places:\n{listed}"
    return ManuscriptError(what, where=f"{where}:{shown[0][0]}", remedy=remedy)
