"""The embedded engine: pandoc with one Lua filter, and typst; both come as pip wheels."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pypandoc
import typst

from helpers.errors import ManuscriptError
from helpers.manuscript.docx import finish_docx
from helpers.manuscript.jats import place_pictures
from helpers.manuscript.prepass import Prepared
from helpers.manuscript.sources import Source
from helpers.manuscript.wordstyles import write_reference

PANDOC_VARIABLE = "MANUSCRIPT_PANDOC"
OLDEST_PANDOC = (3, 8, 2)
READER = "markdown-implicit_figures+table_attributes"
SUFFIXES = {"html": "html", "docx": "docx", "pdf": "pdf", "jats": "xml"}
_WRITERS = {"html": "html5", "docx": "docx", "pdf": "typst-citations", "jats": "jats_publishing"}
_TITLE_BLOCK = re.compile(r"(?<=<w:body>).*?(?=\$for\(include-before\)\$)", re.DOTALL)
_PICTURE = re.compile(r'(?<=<img src=")(?P<path>media/[^"]+\.png)(?=")')
_STYLE_SHEET = re.compile(r'<link rel="stylesheet" href="(?P<path>[^"]+)">')
_REFUSED = re.compile(r"refused: (?P<what>[^\n]+)")


@dataclass(frozen=True)
class Pandoc:
    """A pandoc that runs: its command and its version."""

    command: tuple[str, ...]
    version: str


@cache
def find_pandoc(named: str | None) -> Pandoc:
    """Return the first pandoc that runs: named, in the wheel, on PATH, inside Quarto.

    Args:
        named: The content of ``MANUSCRIPT_PANDOC``, or None; when given, nothing else is tried.

    Raises:
        ManuscriptError: None runs, or the first that runs is older than 3.8.2.
    """
    wheel = Path(pypandoc.__file__).parent / "files" / "pandoc"
    tried = [(named,)] if named else [(str(wheel),), ("pandoc",), ("quarto", "pandoc")]
    for command in tried:
        version = _version((*command, "--version"))
        if version is None:
            continue
        if tuple(int(part) for part in version.split(".")[:3]) < OLDEST_PANDOC:
            raise ManuscriptError(
                f"pandoc {version} is too old",
                where=" ".join(command) if named else "the first pandoc that runs",
                remedy="pandoc 3.8.2 or newer is needed: pip install pypandoc_binary",
            )
        return Pandoc(command, version)
    raise ManuscriptError(
        "no pandoc runs",
        where=PANDOC_VARIABLE if named else "wheel, PATH, quarto",
        remedy="pip install pypandoc_binary, or name a pandoc in MANUSCRIPT_PANDOC",
    )


def _version(command: tuple[str, ...]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"pandoc(?:\.exe)? (\d+(?:\.\d+)+)", done.stdout)
    return match[1] if done.returncode == 0 and match else None


def engine_name() -> str:
    """Return the engine with its versions, for the colophon."""
    pandoc = find_pandoc(os.environ.get(PANDOC_VARIABLE))
    return f"embedded engine (pandoc {pandoc.version}, typst {metadata.version('typst')})"


def render(source: Source, output_format: str, workdir: Path, epoch: int) -> Path:
    """Render one prepared document in one format; formats may be rendered side by side.

    Args:
        source: The document, for naming the place of what is refused.
        output_format: "html", "docx", "pdf" or "jats".
        workdir: A temporary folder of this document, after ``write_inputs``.
        epoch: Seconds since 1970 that dates the document.

    Returns:
        The rendered file inside ``workdir``.

    Raises:
        ManuscriptError: pandoc or typst fails, or gives a warning.
    """
    name = f"{source.document}.{SUFFIXES[output_format]}"
    target = workdir / name
    written = workdir / f"{source.document}.typ" if output_format == "pdf" else target
    with as_file(files("helpers.manuscript") / "templates") as templates:
        arguments = _arguments(source, output_format, workdir, Path(templates))
        _run_pandoc([*arguments, "--output", str(written)], source, workdir, epoch)
    if output_format == "pdf":
        _compile_pdf(written, target, source, epoch)
    if output_format == "html":
        _embed_resources(target, workdir)
    if output_format == "docx":
        finish_docx(target, line_numbers=bool(source.meta.get("line-numbers")))
    if output_format == "jats":
        place_pictures(target, source.project.root / "outputs" / source.path.parent.name, workdir)
    return target


def run_plain(source: Source, prepared: Prepared, workdir: Path) -> str:
    """Return a prepared document as plain text, headings marked by ``templates/plain.lua``.

    Raises:
        ManuscriptError: pandoc fails, or gives a warning.
    """
    write_inputs(prepared, workdir)
    written = workdir / f"{source.document}.txt"
    with as_file(files("helpers.manuscript") / "templates") as templates:
        arguments = ["document.md", "--metadata-file=metadata.json", f"--from={READER}"]
        arguments += ["--to=plain", f"--lua-filter={templates / 'plain.lua'}", "--wrap=none"]
        if source.meta.get("bibliography") is not None:
            arguments.append("--citeproc")
        arguments += ["--fail-if-warnings", "--output", str(written)]
        _run_pandoc(arguments, source, workdir, 0)
    return written.read_text(encoding="utf-8")


def write_inputs(prepared: Prepared, workdir: Path) -> None:
    """Write what pandoc reads for every format; the pictures lie in ``workdir/media``."""
    (workdir / "document.md").write_text(prepared.markdown, encoding="utf-8")
    about = json.dumps(prepared.metadata, ensure_ascii=False, indent=1)
    (workdir / "metadata.json").write_text(about, encoding="utf-8")


def _arguments(source: Source, output_format: str, workdir: Path, templates: Path) -> list[str]:
    arguments = [
        "document.md",
        "--metadata-file=metadata.json",
        f"--from={READER}",
        f"--to={_WRITERS[output_format]}",
        f"--lua-filter={templates / 'filter.lua'}",
        "--syntax-highlighting=none",
        "--wrap=none",
        "--standalone",
        "--fail-if-warnings",
    ]
    if source.meta.get("bibliography") is not None:
        arguments.append("--citeproc")
    options = _format_options(source, output_format)
    if output_format == "html":
        arguments += [f"--template={templates / 'article.html'}", "--mathml"]
        arguments += [f"--css={source.project.root / str(css)}" for css in options.get("css", [])]
    elif output_format == "docx":
        arguments += _docx_arguments(source, options, workdir)
    elif output_format == "pdf":
        arguments.append(f"--template={templates / 'article.typ'}")
        arguments.append(f"--lua-filter={templates / 'tables.lua'}")
    else:
        arguments.append(f"--template={templates / 'article.jats'}")
    return arguments


def _embed_resources(page: Path, folder: Path) -> None:
    """Put pictures and style sheets into a page, as pandoc does in a third of the whole time."""

    def picture(match: re.Match[str]) -> str:
        content = (folder / match["path"]).read_bytes()
        return f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"

    def style(match: re.Match[str]) -> str:
        return f"<style>\n{Path(match['path']).read_text(encoding='utf-8')}</style>"

    text = _PICTURE.sub(picture, page.read_text(encoding="utf-8"))
    page.write_text(_STYLE_SHEET.sub(style, text), encoding="utf-8")


def _format_options(source: Source, output_format: str) -> Mapping[str, Any]:
    formats = source.project.config.get("format") or {}
    options = dict(formats.get(output_format) or {}) if isinstance(formats, Mapping) else {}
    css = options.get("css", [])
    options["css"] = [css] if isinstance(css, str) else css
    return options


def _docx_arguments(source: Source, options: Mapping[str, Any], workdir: Path) -> list[str]:
    """Take the title block out of pandoc's template (the filter writes it), set the styles."""
    pandoc = find_pandoc(os.environ.get(PANDOC_VARIABLE))
    command = [*pandoc.command, "--print-default-template=openxml"]
    default = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    template, changed = _TITLE_BLOCK.subn("\n", default, count=1)
    if changed != 1:
        raise ManuscriptError(
            f"pandoc {pandoc.version} has an unknown DOCX template",
            where=" ".join(pandoc.command),
            remedy="use the pandoc of pypandoc_binary",
        )
    (workdir / "article.openxml").write_text(template, encoding="utf-8")
    reference = workdir / "reference.docx"
    given = options.get("reference-doc")
    if given:
        shutil.copyfile(source.project.root / str(given), reference)
    else:
        write_reference(reference)
    return ["--template=article.openxml", "--reference-doc=reference.docx"]


def _run_pandoc(arguments: list[str], source: Source, workdir: Path, epoch: int) -> None:
    pandoc = find_pandoc(os.environ.get(PANDOC_VARIABLE))
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    done = subprocess.run(
        [*pandoc.command, *arguments],
        cwd=workdir,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stderr.strip()
    if done.returncode == 0 and not said:
        return
    refused = _REFUSED.search(said)
    if refused:
        what = refused["what"]
        raise ManuscriptError(
            what,
            where=_where(what, source),
            remedy="only the subset that docs/rendering.md lists can be rendered",
        )
    message = said.replace(str(workdir), "").strip() or f"exit code {done.returncode}"
    raise ManuscriptError(
        f"pandoc stopped: {message}",
        where=_where(message, source),
        remedy="mend the source; a warning is a failure here",
    )


def _where(message: str, source: Source) -> str:
    """Find the line that a message is about by the label or key that it names."""
    for word in re.findall(r"[@#]?[\w-]+(?:-[\w-]+)+|[\w-]{4,}", message):
        key = word.lstrip("@#")
        offset = source.body.text.find(key)
        if offset >= 0 and any(mark in key for mark in "-_:0123456789"):
            return str(source.body.place(offset))
    return source.name


def _compile_pdf(written: Path, target: Path, source: Source, epoch: int) -> None:
    """Compile typst source with the bundled fonts only, as PDF/UA-1 and PDF/A-2b in one file.

    Raises:
        ManuscriptError: typst fails or warns, or the document breaks one of the standards.
    """
    try:
        pdf, warnings = typst.compile_with_warnings(
            str(written),
            root=str(written.parent),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1", "a-2b"],
            timestamp=epoch,
        )
    except typst.TypstError as error:
        raise ManuscriptError(
            f"typst stopped: {_said(error)}",
            where=_where(_said(error), source),
            remedy="mend the source of the document",
        ) from None
    if warnings:
        listed = "; ".join(_said(warning) for warning in warnings)
        raise ManuscriptError(
            f"typst warns: {listed}",
            where=_where(listed, source),
            remedy="mend the source; a warning is a failure here",
        )
    target.write_bytes(pdf)


def _said(problem: object) -> str:
    return str(getattr(problem, "message", problem)).strip()
