"""Turns a Quarto source into Markdown and metadata that pandoc reads without Quarto.

Values, tables and figures are put in where their shortcodes stand. What comes out is still valid
Quarto Markdown. The sources were checked before (``checks``); what fails here names its place.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError
from helpers.manuscript.colophon import epoch_of
from helpers.manuscript.notebook import Exhibit, png_width_mm, read_exhibit, read_notebook
from helpers.manuscript.shortcodes import (
    Shortcode,
    UnresolvedError,
    filled,
    find_shortcodes,
    plain,
    value_of,
)
from helpers.manuscript.sources import Source
from helpers.manuscript.structure import FLOAT_KINDS
from helpers.manuscript.titlepage import title_metadata

TEXT_WIDTH_MM = 165.0
MEDIA = "media"

_TABLE = re.compile(r"<table(?![^>]*\sid=)")
_IMAGE_TARGET = re.compile(r"(?<=\]\()(?P<path>[^()\s]+\.png)(?=[)\s])")


@dataclass(frozen=True)
class Prepared:
    """What pandoc reads.

    Attributes:
        markdown: The text; a raw block of the format "table" names one of the tables, from 1.
        metadata: Title page, bibliography, numbering, kinds of floats.
        tables: HTML of the embedded tables.
    """

    markdown: str
    metadata: Mapping[str, Any]
    tables: tuple[str, ...]


def prepare(source: Source, workdir: Path) -> Prepared:
    """Resolve all shortcodes of a document and write its pictures to ``workdir/media``.

    Raises:
        ManuscriptError: A value, notebook, label or picture cannot be resolved.
    """
    (workdir / MEDIA).mkdir(parents=True, exist_ok=True)
    tables: list[str] = []
    markdown = filled(
        source.body.text,
        find_shortcodes(source.body.masked),
        lambda code: _replacement(source, code, workdir, tables),
    )
    markdown = _take_images(markdown, source, workdir)
    return Prepared(markdown, _metadata(source), tuple(tables))


def resolve_text(source: Source, text: str, where: str) -> str:
    """Put values into a caption, a title or another text outside the body.

    Raises:
        ManuscriptError: A key has no printable value.
    """
    return filled(text, find_shortcodes(text), lambda code: _value(source, code, where))


def _value(source: Source, code: Shortcode, where: str) -> str:
    try:
        return value_of(code, source.meta, source.project.variables)
    except UnresolvedError as problem:
        raise ManuscriptError(
            f"{problem.what} ({problem.why})", where=where, remedy=problem.remedy
        ) from None


def _replacement(source: Source, code: Shortcode, workdir: Path, tables: list[str]) -> str:
    where = str(source.body.place(code.start))
    if code.name == "pagebreak":
        return "::: {.pagebreak}\n:::"
    if code.name != "embed":
        return _value(source, code, where)
    exhibit = load_exhibit(source, code.arguments[0] if code.arguments else "", where)
    return _exhibit_markdown(source, exhibit, workdir, tables)


def load_exhibit(source: Source, target: str, where: str) -> Exhibit:
    """Read what ``{{< embed notebook#label >}}`` names.

    Raises:
        ManuscriptError: The target is not ``path.ipynb#label``, lies outside the project, or the
            cell shows nothing that can be embedded.
    """
    path_text, _, label = target.partition("#")
    if not path_text.endswith(".ipynb") or not label:
        raise ManuscriptError(
            f"embed names {target!r}",
            where=where,
            remedy="write {{< embed ../../outputs/STUDY/NOTEBOOK.ipynb#label >}}",
        )
    path = (source.path.parent / path_text).resolve()
    if not path.is_relative_to(source.project.root):
        raise ManuscriptError(
            f"notebook {path.name} lies outside the project folder, where Quarto fails",
            where=where,
            remedy="embed from outputs/STUDY inside the project",
        )
    try:
        return read_exhibit(read_notebook(path, source.project.relative(path)), label)
    except ManuscriptError as error:
        raise ManuscriptError(
            error.what, where=f"{where} embeds {error.where}", remedy=error.remedy
        ) from None


def _exhibit_markdown(source: Source, exhibit: Exhibit, workdir: Path, tables: list[str]) -> str:
    """Write an exhibit as a Quarto float, or bare where its label names no kind of float."""
    caption = resolve_text(source, exhibit.caption, exhibit.where)
    bare = exhibit.label.partition("-")[0] not in FLOAT_KINDS
    # The float around a bare exhibit has a name of its own, and this is how its cell is known.
    own = exhibit.label if bare else ""
    if exhibit.png is not None:
        body = _picture(source, exhibit, exhibit.png, workdir, own)
    else:
        html = exhibit.html or ""
        tables.append(_TABLE.sub(f'<table id="{own}"', html, count=1) if own else html)
        body = f"```{{=table}}\n{len(tables)}\n```"
    if bare:
        return body
    return f"::: {{#{exhibit.label}}}\n{body}\n\n{caption}\n:::"


def _picture(source: Source, exhibit: Exhibit, png: bytes, workdir: Path, own: str) -> str:
    name = f"{MEDIA}/{exhibit.label}-{hashlib.sha256(png).hexdigest()[:8]}.png"
    (workdir / name).write_bytes(png)
    alt = plain(resolve_text(source, exhibit.alt, exhibit.where)).replace('"', "”")
    width = min(png_width_mm(png), TEXT_WIDTH_MM)
    anchor = f"#{own} " if own else ""
    return f'![]({name}){{{anchor}fig-alt="{alt}" width={width / 10:.2f}cm}}'


def _take_images(markdown: str, source: Source, workdir: Path) -> str:
    """Copy pictures that the text names by path beside the Markdown."""

    def taken(match: re.Match[str]) -> str:
        if match["path"].startswith(f"{MEDIA}/"):
            return match[0]
        path = (source.path.parent / match["path"]).resolve()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        name = f"{MEDIA}/{path.stem}-{digest}.png"
        shutil.copyfile(path, workdir / name)
        return name

    return _IMAGE_TARGET.sub(taken, markdown)


def _metadata(source: Source) -> dict[str, Any]:
    """Metadata for pandoc: title page, bibliography, numbering, kinds of floats."""

    def text(value: object, key: str) -> str:
        return resolve_text(source, str(value), f"{source.name} front matter: {key}")

    meta = title_metadata(source.meta, text)
    meta["year"] = str(datetime.fromtimestamp(epoch_of(source.meta), UTC).year)
    meta["lang"] = str(source.meta.get("lang", "en"))
    meta["number-sections"] = bool(source.meta.get("number-sections", False))
    crossref = source.meta.get("crossref") or {}
    meta["float-kinds"] = [
        {"prefix": kind.prefix, "label": kind.caption, "reference": kind.reference}
        for kind in float_kinds(source.meta)
    ]
    meta["title-delim"] = str(crossref.get("title-delim", "."))
    meta["link-citations"] = True
    bibliography = resource(source, "bibliography")
    if bibliography is not None:
        meta["bibliography"] = str(bibliography)
    csl = resource(source, "csl")
    if csl is not None:
        meta["csl"] = str(csl)
    return meta


@dataclass(frozen=True)
class FloatKind:
    """A kind of numbered float: label prefix, word in captions, word in references."""

    prefix: str
    caption: str
    reference: str


def float_kinds(meta: Mapping[str, Any]) -> tuple[FloatKind, ...]:
    """Return the kinds of floats that a document knows: figures, tables, and custom ones."""
    kinds = [FloatKind(prefix, word, word) for prefix, word in FLOAT_KINDS.items()]
    for custom in (meta.get("crossref") or {}).get("custom") or []:
        reference = str(custom.get("reference-prefix", custom.get("key", "")))
        caption = str(custom.get("caption-prefix", reference))
        kinds.append(FloatKind(str(custom.get("key", "")), caption, reference))
    return tuple(kinds)


def resource(source: Source, key: str) -> Path | None:
    """Return the file that a metadata key names: beside the document, or under the project root.

    Raises:
        ManuscriptError: The file does not exist.
    """
    value = source.meta.get(key)
    if value is None:
        return None
    base = source.path.parent if key in source.front else source.project.root
    path = (base / str(value)).resolve()
    if not path.is_file():
        raise ManuscriptError(
            f"{key} names {value}, which does not exist",
            where=str(source.place_of(f"{key}:")) if key in source.front else "_quarto.yml",
            remedy="correct the path",
        )
    return path
