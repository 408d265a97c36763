"""The embedded engine: pandoc with Lua modules, and typst; both come as pip wheels."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError
from helpers.manuscript.docx import finish_docx
from helpers.manuscript.jats import place_pictures
from helpers.manuscript.pdf import compile_pdf, decode_pictures
from helpers.manuscript.prepass import Prepared
from helpers.manuscript.sources import Source, place_named
from helpers.manuscript.wordstyles import write_reference

PANDOC_VARIABLE = "MANUSCRIPT_PANDOC"
OLDEST_PANDOC = (3, 8, 2)
READER = "markdown-implicit_figures+table_attributes"
SUFFIXES = {"html": "html", "docx": "docx", "pdf": "pdf", "jats": "xml"}
_WRITERS = {"html": "html5", "docx": "docx", "pdf": "typst-citations", "jats": "jats_publishing"}
_TEMPLATES = {"html": "html", "pdf": "typ", "jats": "jats"}
_MOST_TO_DO_FIRST = ("pdf", "docx", "html", "jats")  # what is left to do once pandoc has written
_ROOMY = ("+RTS", "-A64m", "-RTS")  # pandoc collects its garbage less often: a fifth of its time
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
    tried = [(named,)] if named else [*_in_wheel(), ("pandoc",), ("quarto", "pandoc")]
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


def _in_wheel() -> list[tuple[str]]:
    """Return the pandoc of pypandoc_binary, which is not imported: it would load urllib and ssl."""
    wheel = find_spec("pypandoc")
    if wheel is None or wheel.origin is None:
        return []
    return [(str(Path(wheel.origin).parent / "files" / "pandoc"),)]


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


def render(source: Source, formats: Sequence[str], workdir: Path, epoch: int) -> dict[str, Path]:
    """Render one prepared document in several formats, from one reading of its Markdown.

    One pandoc reads the text while another reads the tables; each format is finished, and its PDF
    set, while pandoc writes the next one.

    Args:
        source: The document, for naming the place of what is refused.
        formats: Any of "html", "docx", "pdf", "jats".
        workdir: A temporary folder of this document, after ``write_inputs``.
        epoch: Seconds since 1970 that dates the document.

    Returns:
        The rendered file of each format, inside ``workdir``.

    Raises:
        ManuscriptError: pandoc or typst fails, or gives a warning.
    """
    with (
        as_file(files("helpers.manuscript") / "templates") as templates,
        ThreadPoolExecutor(len(SUFFIXES) + 1) as pool,
    ):
        if "pdf" in formats:
            pool.submit(decode_pictures, workdir)
        _write_job(source, formats, workdir, Path(templates))
        made: dict[str, Future[Path]] = {}
        for name in _made(source, formats, workdir, Path(templates), epoch):
            made[name] = pool.submit(_finish, source, name, workdir, epoch)
        return {name: made[name].result() for name in formats}


def _finish(source: Source, output_format: str, workdir: Path, epoch: int) -> Path:
    """Turn what pandoc wrote into the document of a format."""
    target = workdir / f"{source.document}.{SUFFIXES[output_format]}"
    if output_format == "pdf":
        compile_pdf(target.with_suffix(".typ"), target, source, epoch)
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
    tables = json.dumps(prepared.tables, ensure_ascii=False)
    (workdir / "tables.json").write_text(tables, encoding="utf-8")


def _write_job(source: Source, formats: Sequence[str], workdir: Path, templates: Path) -> None:
    """Write what ``render.lua`` reads: the formats, in the order of their making."""
    targets = []
    for name in sorted(formats, key=_MOST_TO_DO_FIRST.index):
        options = _format_options(source, name)
        suffix = "typ" if name == "pdf" else SUFFIXES[name]
        target: dict[str, object] = {
            "name": name,
            "format": "typst" if name == "pdf" else name,
            "writer": _WRITERS[name],
            "output": f"{source.document}.{suffix}",
        }
        if name == "docx":
            _write_reference(source, options, workdir / "reference.docx")
            target["reference"] = "reference.docx"
        else:
            target["template"] = str(templates / f"article.{_TEMPLATES[name]}")
        if name == "html":
            styles = [str(source.project.root / str(css)) for css in options.get("css", [])]
            if styles:  # an empty list of a template's variable is read as true
                target["variables"] = {"css": styles}
        targets.append(target)
    job = {"targets": targets, "cites": source.meta.get("bibliography") is not None}
    (workdir / "render.json").write_text(json.dumps(job), encoding="utf-8")


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


def _write_reference(source: Source, options: Mapping[str, Any], target: Path) -> None:
    given = options.get("reference-doc")
    if given:
        shutil.copyfile(source.project.root / str(given), target)
    else:
        write_reference(target)


def _made(
    source: Source, formats: Sequence[str], workdir: Path, templates: Path, epoch: int
) -> Iterator[str]:
    """Run pandoc, and yield each format as soon as it is written.

    Raises:
        ManuscriptError: pandoc fails, or gives a warning.
    """
    command = find_pandoc(os.environ.get(PANDOC_VARIABLE)).command
    arguments = [*command, "document.md", "--metadata-file=metadata.json", f"--from={READER}"]
    arguments += [f"--to={templates / 'render.lua'}", "--mathml", "--syntax-highlighting=none"]
    arguments += ["--wrap=none", "--fail-if-warnings", *_ROOMY]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    with (
        (workdir / "tables.json").open("rb") as tables,
        (workdir / "said.txt").open("w+b") as said,
        subprocess.Popen(
            [*command, "lua", str(templates / "tables.lua"), *formats],
            cwd=workdir,
            env=environment,
            stdin=tables,
            stdout=subprocess.PIPE,
            stderr=said,
        ) as reading,
        subprocess.Popen(
            arguments,
            cwd=workdir,
            env=environment,
            stdin=reading.stdout,
            stdout=subprocess.PIPE,
            stderr=said,
            encoding="utf-8",
        ) as writing,
    ):
        assert reading.stdout is not None
        assert writing.stdout is not None
        reading.stdout.close()  # only the other pandoc reads it
        for line in writing.stdout:
            verb, _, name = line.strip().partition(" ")
            if verb == "made":
                yield name
        failed = writing.wait() or reading.wait()
        said.seek(0)
        _refuse(failed, said.read().decode("utf-8", "replace"), source, workdir)


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
    _refuse(done.returncode, done.stderr, source, workdir)


def _refuse(code: int, stderr: str, source: Source, workdir: Path) -> None:
    """Say what pandoc said; a warning is a failure."""
    said = stderr.strip()
    if code == 0 and not said:
        return
    refused = _REFUSED.search(said)
    if refused:
        what = refused["what"]
        raise ManuscriptError(
            what,
            where=place_named(what, source),
            remedy="only the subset that docs/rendering.md lists can be rendered",
        )
    message = said.replace(str(workdir), "").strip() or f"exit code {code}"
    raise ManuscriptError(
        f"pandoc stopped: {message}",
        where=place_named(message, source),
        remedy="mend the source; a warning is a failure here",
    )
