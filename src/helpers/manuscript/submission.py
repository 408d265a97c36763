"""Writes the abstract as plain text for a society's submission form, and counts it.

``STYLES`` is the one place that knows societies: another one is another entry. The text comes from
the same ``abstract.qmd``, under the same checks, as the rendered documents.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import ManuscriptError, unknown_name
from helpers.manuscript.checks import check_source
from helpers.manuscript.embedded import run_plain
from helpers.manuscript.findings import Finding, refuse
from helpers.manuscript.prepass import prepare
from helpers.manuscript.rendering import read_sources
from helpers.manuscript.shortcodes import find_shortcodes
from helpers.manuscript.sources import Source
from helpers.scratch import scratch_folder

HEADING_MARK = "\ue000"  # private use: the filter sets it before a heading, no text holds it

_HEADING = re.compile(rf"{HEADING_MARK}(?P<words>[^\n]+)\n+")
_PICTURE = re.compile(r"!\[[^\n]*?\]\(")
_PIPE_TABLE = re.compile(r"^\|.*\|[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Style:
    """What the form of a society takes.

    Attributes:
        society: Who asks for it.
        limit: The most characters of the text, spaces and line breaks counted; the title, which
            has a field of its own, is not.
        heading: How a heading is written; ``{}`` stands for its words.
    """

    society: str
    limit: int
    heading: str = "{}:\n"


STYLES = {"ash-abstract": Style("American Society of Hematology", 3800)}


@dataclass(frozen=True)
class Submission:
    """An abstract as plain text.

    Attributes:
        path: Where it lies.
        title: The title, the first line of the file.
        text: What goes into the field of the form.
        characters: Length of the text with spaces and line breaks.
        visible: Length of the text without them.
        limit: The most characters that the society takes.
    """

    path: Path
    title: str
    text: str
    characters: int
    visible: int
    limit: int


def find_style(name: str) -> Style:
    """Return a style by its name.

    Raises:
        ManuscriptError: There is no such style.
    """
    if name not in STYLES:
        raise unknown_name("style", name, STYLES, where="--style")
    return STYLES[name]


def write_submission(
    root: Path, study_id: str, style_name: str, *, output: Path | None = None
) -> Submission:
    """Write ``abstract.txt``: the title, an empty line, and the text for the form.

    Args:
        root: The project folder, which holds ``_quarto.yml``.
        study_id: The study; its abstract is ``manuscripts/<study>/abstract.qmd``.
        style_name: A name of ``STYLES``.
        output: The folder of the text; ``outputs/<study>`` where None.

    Raises:
        ManuscriptError: The source is not right, holds what plain text cannot, or the text is
            longer than the limit. A text that was there before is left as it was.
    """
    style = find_style(style_name)
    root = root.resolve()
    (source,) = read_sources(root, study_id, ("abstract",))
    refuse([*check_source(source), *_beyond_text(source)])
    title, text = plain_text(source, style)
    characters, visible = len(text), len(re.sub(r"\s", "", text))
    if characters > style.limit:
        raise ManuscriptError(
            f"the abstract has {characters:,} characters with spaces ({visible:,} without); "
            f"{style_name} takes {style.limit:,}",
            where=source.name,
            remedy=f"shorten it by {characters - style.limit:,} characters; {_lengths(text)}",
        )
    path = (output or root / "outputs" / study_id) / "abstract.txt"
    _replace(path, f"{title}\n\n{text}\n")
    return Submission(path, title, text, characters, visible, style.limit)


def _beyond_text(source: Source) -> list[Finding]:
    """Find tables and figures, which no text field takes."""
    body = source.body.masked
    codes = [code for code in find_shortcodes(body) if code.name == "embed"]
    offsets = [(code.start, "an embedded table or figure") for code in codes]
    offsets += [(match.start(), "a picture") for match in _PICTURE.finditer(body)]
    offsets += [(match.start(), "a table") for match in list(_PIPE_TABLE.finditer(body))[:1]]
    return [
        Finding(
            str(source.body.place(offset)),
            f"{what} in an abstract that is written as plain text",
            "a text field of a form cannot hold it",
            "take it out of abstract.qmd, or say it in words",
            len(offsets),
        )
        for offset, what in sorted(offsets)
    ]


def plain_text(source: Source, style: Style) -> tuple[str, str]:
    """Return title and text of an abstract as a society's form takes them.

    Raises:
        ManuscriptError: A value, a citation or a picture cannot be resolved.
    """
    with scratch_folder("submission") as workdir:
        prepared = prepare(source, workdir)
        written = run_plain(source, prepared, workdir)
    text = _HEADING.sub(lambda match: style.heading.format(match["words"].strip(" :")), written)
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in text.splitlines()]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    title = " ".join(str(prepared.metadata["plain-title"]).split())
    return unicodedata.normalize("NFC", title), unicodedata.normalize("NFC", joined)


def _lengths(text: str) -> str:
    """Say how long each part of the text is, so that its writer sees where to cut."""
    parts = [part for part in text.split("\n\n") if part]
    return "its parts: " + ", ".join(f"{_opening(part)} {len(part):,}" for part in parts)


def _opening(part: str) -> str:
    first, found, _ = part.partition(":")
    return first if found and len(first.split()) <= 4 else f"“{' '.join(part.split()[:3])} …”"


def _replace(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".placing-", dir=path.parent) as beside:
            made = Path(beside) / path.name
            made.write_text(content, encoding="utf-8", newline="\n")
            made.replace(path)
    except OSError as error:
        raise ManuscriptError(
            f"the folder of the documents cannot be written: {error.strerror}",
            where=path.parent.name,
            remedy="allow writing there",
        ) from None
