"""Reads the Quarto sources of one document: front matter, body with includes, numbers, project.

The text keeps its origin: every line of a body knows the file and the line that it came from, so
that whatever is wrong with it can be said with its place.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from helpers.errors import ManuscriptError, unknown_name

# The parser in C where PyYAML has it: the record of a study has thousands of keys.
YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DOCUMENTS = ("abstract", "paper")
PROJECT_FILE = "_quarto.yml"
VARIABLES_FILE = "_variables.yml"

_INCLUDE = re.compile(r"^\s*\{\{<\s*include\s+(?P<path>\S+)\s*>\}\}\s*$")
_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE_SPAN = re.compile(r"(?<![`\\])(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """A line of a file, named relative to the project."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Body:
    """The text of a document after its includes were put in, with the origin of each line."""

    text: str
    places: tuple[Place, ...]

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        starts.extend(match.end() for match in re.finditer("\n", self.text))
        return starts

    def place(self, offset: int) -> Place:
        """Return the file and line of the character at ``offset``."""
        index = bisect_right(self._starts, offset) - 1
        return self.places[min(index, len(self.places) - 1)]

    @cached_property
    def masked(self) -> str:
        """The text with comments and code blanked out, of the same length."""
        return mask_code(self.text)


@dataclass(frozen=True)
class Project:
    """The Quarto project: ``_quarto.yml`` and ``_variables.yml``."""

    root: Path
    config: Mapping[str, Any]
    variables: Mapping[str, Any]

    def relative(self, path: Path) -> str:
        """Name a file relative to the project, with forward slashes."""
        resolved = path.resolve()
        return (
            resolved.relative_to(self.root).as_posix()
            if resolved.is_relative_to(self.root)
            else path.name
        )


@dataclass(frozen=True)
class Source:
    """One document as written.

    Attributes:
        document: "abstract" or "paper".
        path: The .qmd file.
        project: The project that it belongs to.
        front: Its own front matter.
        meta: The front matter over its metadata files over ``_quarto.yml``.
        raw: The file as text, for finding the line of a piece of front matter.
        body: The text after the front matter.
    """

    document: str
    path: Path
    project: Project
    front: Mapping[str, Any]
    meta: Mapping[str, Any]
    raw: str
    body: Body

    @property
    def name(self) -> str:
        """The .qmd file relative to the project."""
        return self.project.relative(self.path)

    def place_of(self, needle: str) -> Place:
        """Return the first line of the .qmd file that holds ``needle`` (line 1 where none does)."""
        offset = self.raw.find(needle)
        return Place(self.name, self.raw.count("\n", 0, offset) + 1 if offset >= 0 else 1)


def place_named(message: str, source: Source) -> str:
    """Name the line that an engine's message is about, by the label or key that it names."""
    for word in re.findall(r"[@#]?[\w-]+(?:-[\w-]+)+|[\w-]{4,}", message):
        key = word.lstrip("@#")
        offset = source.body.text.find(key)
        if offset >= 0 and any(mark in key for mark in "-_:0123456789"):
            return str(source.body.place(offset))
    return source.name


def mask_code(text: str) -> str:
    """Blank comments, code blocks and code spans out, keeping length and line breaks."""
    without_comments = _COMMENT.sub(_blank, text)
    lines = without_comments.split("\n")
    fence = ""
    for index, line in enumerate(lines):
        match = _FENCE.match(line)
        if fence:
            lines[index] = " " * len(line)
            if match and match["fence"].startswith(fence) and not match["info"].strip():
                fence = ""
        elif match:
            fence = match["fence"]
            lines[index] = " " * len(line)
    return _CODE_SPAN.sub(_blank, "\n".join(lines))


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def read_project(root: Path) -> Project:
    """Read the project files.

    Raises:
        ManuscriptError: ``_quarto.yml`` is missing, or a file is not valid YAML.
    """
    root = root.resolve()
    config_file = root / PROJECT_FILE
    if not config_file.is_file():
        raise ManuscriptError(
            f"there is no {PROJECT_FILE} in the project folder",
            where=PROJECT_FILE,
            remedy="run from the project's root, or give its folder",
        )
    variables_file = root / VARIABLES_FILE
    variables = read_yaml(variables_file, root) if variables_file.is_file() else {}
    return Project(root, read_yaml(config_file, root), variables)


def read_yaml(path: Path, root: Path) -> dict[str, Any]:
    """Read a YAML mapping.

    Raises:
        ManuscriptError: The file is missing, unreadable, or not a YAML mapping.
    """
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    if not path.is_file():
        raise ManuscriptError(
            f"{name} does not exist",
            where=name,
            remedy="run `manuscript build STUDY` first, which writes the record of the study",
        )
    return parse_yaml(_read_text(path, name), name)


def parse_yaml(text: str, name: str, *, first_line: int = 1) -> dict[str, Any]:
    """Parse a YAML mapping; an error names the line.

    Raises:
        ManuscriptError: The text is not a YAML mapping.
    """
    try:
        data = yaml.load(text, Loader=YAML_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark is not None else 0)
        problem = getattr(error, "problem", None) or "cannot be parsed"
        raise ManuscriptError(
            f"not valid YAML: {problem}", where=f"{name}:{line}", remedy="mend the YAML"
        ) from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ManuscriptError(
            "expected a YAML mapping (key: value)",
            where=f"{name}:{first_line}",
            remedy="write one key and its value on each line",
        )
    return data


def read_source(project: Project, study_id: str, document: str) -> Source:
    """Read one document of a study.

    Raises:
        ManuscriptError: The file, its front matter, an include or a metadata file cannot be read.
    """
    folder = project.root / "manuscripts" / study_id
    path = folder / f"{document}.qmd"
    if not path.is_file():
        known = [p.stem for p in folder.glob("*.qmd")]
        raise unknown_name("document", document, known, where=f"manuscripts/{study_id}")
    name = project.relative(path)
    raw = _read_text(path, name)
    front_text, first_line = _split_front_matter(raw, name)
    front = parse_yaml(front_text, name, first_line=2)
    meta: dict[str, Any] = {
        key: value for key, value in project.config.items() if key not in ("project", "format")
    }
    for listed in _as_list(front.get("metadata-files")):
        file = (path.parent / str(listed)).resolve()
        if not file.is_relative_to(project.root):
            raise ManuscriptError(
                f"metadata file {listed} lies outside the project",
                where=f"{name}:1",
                remedy="keep the record inside the project folder",
            )
        meta = merge(meta, read_yaml(file, project.root))
    meta = merge(meta, front)
    lines = raw.split("\n")[first_line - 1 :]
    text, places = _expand(lines, path, first_line, project, ())
    return Source(document, path, project, front, meta, raw, Body("\n".join(text), tuple(places)))


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one mapping over another, mapping by mapping; lists and scalars are replaced."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(below, value) if both and below is not None else value
    return merged


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _read_text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ManuscriptError(
            f"{name} is not UTF-8", where=name, remedy="save the file as UTF-8"
        ) from None


def _split_front_matter(raw: str, name: str) -> tuple[str, int]:
    """Return the YAML text and the number of the first line of the body."""
    lines = raw.split("\n")
    if lines[0].rstrip() != "---":
        raise ManuscriptError(
            "the document has no front matter",
            where=f"{name}:1",
            remedy="begin the file with --- , the title and the metadata files, and ---",
        )
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() in ("---", "..."):
            return "\n".join(lines[1:index]), index + 2
    raise ManuscriptError(
        "the front matter is not closed", where=f"{name}:1", remedy="end it with a line of ---"
    )


def _expand(
    lines: list[str], path: Path, first_line: int, project: Project, seen: tuple[Path, ...]
) -> tuple[list[str], list[Place]]:
    """Put included files in the place of their shortcodes."""
    name = project.relative(path)
    masked = mask_code("\n".join(lines)).split("\n")
    text: list[str] = []
    places: list[Place] = []
    for index, line in enumerate(lines):
        place = Place(name, first_line + index)
        match = _INCLUDE.match(masked[index])
        if match is None:
            text.append(line)
            places.append(place)
            continue
        target = (path.parent / match["path"]).resolve()
        _check_include(target, match["path"], place, project, (*seen, path.resolve()))
        inner = _read_text(target, project.relative(target)).rstrip("\n").split("\n")
        more, origins = _expand(inner, target, 1, project, (*seen, path.resolve()))
        text.extend(more)
        places.extend(origins)
    return text, places


def _check_include(
    target: Path, written: str, place: Place, project: Project, seen: tuple[Path, ...]
) -> None:
    if not target.is_relative_to(project.root) or not target.is_file():
        raise ManuscriptError(
            f"included file {written} does not exist in the project",
            where=str(place),
            remedy="give its path relative to the file that includes it",
        )
    if target in seen:
        raise ManuscriptError(
            f"{written} includes itself", where=str(place), remedy="remove the circle"
        )
