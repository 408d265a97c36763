"""The Quarto engine: finds the binary, renders in a copy of the project, turns warnings to errors.

Quarto renders a copy that holds only what one study needs, for three reasons: a failed render
leaves files beside its sources, rendering a project wipes its output folder, and the colophon and
the alternative texts of figures can be filled in without touching a committed file.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from helpers.errors import ManuscriptError
from helpers.manuscript.docx import number_lines
from helpers.manuscript.jats import place_pictures
from helpers.manuscript.notebook import cell_options, cell_source, stored_alt
from helpers.manuscript.prepass import resolve_text
from helpers.manuscript.shortcodes import plain
from helpers.manuscript.sources import Source

QUARTO_VARIABLE = "MANUSCRIPT_QUARTO"
TARGETS = {"html": ("html", "html"), "docx": ("docx", "docx"), "pdf": ("typst", "pdf")}
TARGETS["jats"] = ("jats", "xml")
RENDERED = "_rendered"

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_WARNING = re.compile(r"^.*\bWARN(?:ING)?\b.*$|^\W*[Ww]arning\b.*$", re.MULTILINE)
# Quarto adds two libraries for any HTML output of a notebook, and a script that fails without them;
# nothing on the page needs them.
_CDN = r"https://cdnjs\.cloudflare\.com/ajax/libs/(?:require\.js|jquery)/[^\s\"'<>]+"
_CDN_WARNING = re.compile(rf"Could not fetch resource.*{_CDN}")
_CDN_SCRIPT = re.compile(rf"<script[^>]*\ssrc=\"{_CDN}\"[^>]*></script>\n?")
_DEFINES_JQUERY = re.compile(r"<script[^>]*>\s*define\('jquery',[^<]*</script>\n?")
# Without links to notebooks, Quarto leaves on the page where they lay when it was rendered.
_NOTEBOOK_PATH = re.compile(r"\sdata-notebook(?:-[a-z]+)*=\"[^\"]*\"", re.IGNORECASE)


def find_quarto(*, required: bool) -> str | None:
    """Return the Quarto to use: ``MANUSCRIPT_QUARTO``, else the one on PATH, else None.

    Raises:
        ManuscriptError: The variable names no program, or Quarto is required and not found.
    """
    named = os.environ.get(QUARTO_VARIABLE)
    found = shutil.which(named or "quarto")
    if found is None and (required or named):
        raise ManuscriptError(
            f"Quarto was not found at {named!r}" if named else "Quarto was not found",
            where=QUARTO_VARIABLE if named else "PATH",
            remedy="install Quarto 1.9, name it in MANUSCRIPT_QUARTO, or use the embedded engine",
        )
    return found


def engine_name(binary: str) -> str:
    """Return Quarto with its version, for the colophon.

    Raises:
        ManuscriptError: The program does not run.
    """
    done = _run([binary, "--version"], Path.cwd())
    if done.returncode != 0:
        raise ManuscriptError(
            "Quarto does not run", where=binary, remedy="repair it, or use the embedded engine"
        )
    return f"Quarto {done.stdout.strip()}"


def render(source: Source, output_format: str, workdir: Path, binary: str) -> Path:
    """Render one document in one format with Quarto.

    Returns:
        The rendered file inside ``workdir``.

    Raises:
        ManuscriptError: Quarto fails, warns, or leaves no document.
    """
    target, suffix = TARGETS[output_format]
    stage = workdir / f"project-{output_format}"
    _stage(source, stage)
    relative = source.path.relative_to(source.project.root)
    done = _run([binary, "render", relative.as_posix(), "--to", target], stage)
    _judge(done, source, stage)
    made = stage / RENDERED / relative.with_suffix(f".{suffix}")
    if not made.is_file():
        raise ManuscriptError(
            f"Quarto left no {relative.stem}.{suffix}",
            where=source.name,
            remedy="render the document by hand with `quarto render` and read what it says",
        )
    final = workdir / f"{source.document}.{suffix}"
    if output_format == "html":
        final.write_text(finish_page(made.read_text("utf-8")), encoding="utf-8")
    else:
        shutil.move(made, final)
    if output_format == "jats":
        record = source.project.root / "outputs" / source.path.parent.name
        place_pictures(final, record, made.parent, stage / relative.parent)
    if output_format == "docx" and source.meta.get("line-numbers"):
        number_lines(final)
    return final


def finish_page(page: str) -> str:
    """Return an HTML page of Quarto that asks the network for nothing and names no folder.

    ``manuscripts/_shared/place.lua`` does the same after plain ``quarto render``.
    """
    for needless in (_CDN_SCRIPT, _DEFINES_JQUERY, _NOTEBOOK_PATH):
        page = needless.sub("", page)
    return page


def _stage(source: Source, stage: Path) -> None:
    """Copy what the document needs, with colophon and alternative texts, and comments muted."""
    root, study = source.project.root, source.path.parent.name
    if stage.exists():
        shutil.rmtree(stage)
    for folder in (f"manuscripts/{study}", "manuscripts/_shared"):
        if (root / folder).is_dir():
            shutil.copytree(root / folder, stage / folder)
    for path in sorted((stage / "manuscripts").rglob("*.qmd")):
        path.write_text(_quiet_comments(path.read_text("utf-8")), encoding="utf-8")
    config: dict[str, Any] = dict(source.project.config)
    config["project"] = {
        "type": "default",
        "output-dir": RENDERED,
        "render": [source.path.relative_to(root).as_posix()],
    }
    config["colophon"] = dict(source.meta["colophon"])
    if "counts" in source.meta:  # written by manuscripts/_shared/titlepage.lua
        config["counts"] = dict(source.meta["counts"])
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    (stage / "_quarto.yml").write_text(text, encoding="utf-8")
    if (root / "_variables.yml").is_file():
        shutil.copyfile(root / "_variables.yml", stage / "_variables.yml")
    record = root / "outputs" / study
    for path in sorted(record.rglob("*")):
        copy = stage / "outputs" / study / path.relative_to(record)
        if path.suffix not in (".yml", ".png", ".ipynb") or not path.is_file():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".ipynb":
            copy.write_text(_with_alt_texts(path, source), encoding="utf-8")
        else:
            shutil.copyfile(path, copy)


def _quiet_comments(text: str) -> str:
    """Return a source whose comments hold no shortcode: Quarto resolves those too, and warns."""
    return _COMMENT.sub(lambda comment: comment[0].replace("{{<", "{ {<"), text)


def _with_alt_texts(path: Path, source: Source) -> str:
    """Return a notebook whose ``fig-alt`` options hold text: Quarto leaves shortcodes there."""
    name = source.project.relative(path)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook.get("cells", []):
        alt = stored_alt(cell) or cell_options(cell, name).get("fig-alt")
        if not alt:
            continue
        words = plain(resolve_text(source, str(alt), name)).replace('"', "”")
        rest = re.sub(r"(?m)^#\| *fig-alt:.*\n", "", cell_source(cell))
        cell["source"] = f'#| fig-alt: "{words}"\n{rest}'
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise ManuscriptError(
            f"Quarto does not run: {error.strerror}",
            where=command[0],
            remedy="repair it, or use the embedded engine",
        ) from None


def _judge(done: subprocess.CompletedProcess[str], source: Source, stage: Path) -> None:
    """Raise where Quarto failed or warned."""
    said = f"{done.stdout}\n{done.stderr}".replace(str(stage), "")
    warnings = [
        match[0].strip() for match in _WARNING.finditer(said) if not _CDN_WARNING.search(match[0])
    ]
    if done.returncode != 0:
        last = [line.strip() for line in said.splitlines() if line.strip()][-8:]
        raise ManuscriptError(
            "Quarto failed: " + "\n".join(last),
            where=source.name,
            remedy="mend the source; the last good documents were kept",
        )
    if warnings:
        raise ManuscriptError(
            "Quarto warns: " + "\n".join(warnings),
            where=source.name,
            remedy="mend the source; a warning is a failure here",
        )
