"""Renders the documents of a study: checks, chooses the engine, renders aside, moves into place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from helpers.errors import ManuscriptError, unknown_name
from helpers.manuscript import embedded, quarto
from helpers.manuscript.checks import check_source, documents_of
from helpers.manuscript.colophon import commit_of, epoch_of
from helpers.manuscript.counts import counts_metadata
from helpers.manuscript.findings import Finding, refuse
from helpers.manuscript.prepass import prepare
from helpers.manuscript.sources import DOCUMENTS, Source, merge, read_project, read_source
from helpers.scratch import scratch_folder

Renderer = Literal["auto", "quarto", "embedded"]
RENDERERS = ("auto", "quarto", "embedded")
FORMATS = tuple(embedded.SUFFIXES)
Progress = Callable[[str], None]
Made = tuple[str, str, Path]


@dataclass(frozen=True)
class Rendered:
    """One rendered document.

    Attributes:
        document: "abstract" or "paper".
        format: "html", "docx", "pdf" or "jats".
        path: Where it lies.
        engine: The engine with its version.
    """

    document: str
    format: str
    path: Path
    engine: str


def check_sources(root: Path, study_id: str) -> tuple[Finding, ...]:
    """Find what a rendering engine would get wrong without an error, before rendering.

    Args:
        root: The project folder, which holds ``_quarto.yml``.
        study_id: The study; its documents lie in ``manuscripts/<study>``.

    Raises:
        ManuscriptError: A source cannot be read at all, or the study has no document.
    """
    sources = read_sources(root, study_id, None)
    return tuple(finding for source in sources for finding in check_source(source))


def render_study(
    root: Path,
    study_id: str,
    *,
    formats: Sequence[str] = FORMATS,
    renderer: Renderer = "auto",
    documents: Sequence[str] | None = None,
    output: Path | None = None,
    line_numbers: bool = False,
    on_progress: Progress | None = None,
) -> tuple[Rendered, ...]:
    """Render a study's documents.

    Args:
        root: The project folder, which holds ``_quarto.yml``.
        study_id: The study; its documents lie in ``manuscripts/<study>``.
        formats: Any of "html", "docx", "pdf", "jats".
        renderer: "quarto", "embedded", or "auto": Quarto where it is found, else embedded.
        documents: "abstract", "paper"; those that exist where None.
        output: Where the documents go; ``outputs/<study>`` where None.
        line_numbers: Whether DOCX numbers its lines, as ``line-numbers: true`` asks for.
        on_progress: Called with one line of text for each document and format, in their order.

    Returns:
        One entry for each document and format, in the order given.

    Raises:
        ManuscriptError: A source is not right, or an engine fails or warns. The documents that
            were there before are left as they were.
    """
    for name in formats:
        if name not in embedded.SUFFIXES:
            raise unknown_name("format", name, embedded.SUFFIXES, where="--format")
    if renderer not in RENDERERS:
        raise unknown_name("renderer", renderer, RENDERERS, where="--renderer")
    root = root.resolve()
    sources = read_sources(root, study_id, documents)
    refuse([finding for source in sources for finding in check_source(source)])
    folder = (output or root / "outputs" / study_id).resolve()
    _writable(folder)
    binary = quarto.find_quarto(required=renderer == "quarto") if renderer != "embedded" else None
    engine = quarto.engine_name(binary) if binary else embedded.engine_name()
    sources = tuple(_with_colophon(source, engine, study_id) for source in sources)
    if line_numbers:
        sources = tuple(
            replace(source, meta=merge(source.meta, {"line-numbers": True})) for source in sources
        )
    say = on_progress or (lambda _line: None)
    with scratch_folder("documents") as workdir:
        if binary:
            made = _with_quarto(sources, formats, binary, workdir, say)
        else:
            made = _embedded(sources, formats, workdir, say)
        return _place(made, folder, engine)


def read_sources(root: Path, study_id: str, documents: Sequence[str] | None) -> tuple[Source, ...]:
    """Read documents of a study; those that exist where ``documents`` is None.

    Raises:
        ManuscriptError: There is no such study or document, or one cannot be read.
    """
    project = read_project(root)
    folder = root / "manuscripts" / study_id
    if not folder.is_dir():
        known = [path.name for path in (root / "manuscripts").glob("[!_]*") if path.is_dir()]
        raise unknown_name("study", study_id, known, where="manuscripts")
    names = documents_of(root, study_id) if documents is None else tuple(documents)
    for name in names:
        if name not in DOCUMENTS:
            raise unknown_name("document", name, DOCUMENTS, where=f"manuscripts/{study_id}")
    if not names:
        raise ManuscriptError(
            "the study has no document",
            where=f"manuscripts/{study_id}",
            remedy="write abstract.qmd and paper.qmd there",
        )
    return tuple(read_source(project, study_id, name) for name in names)


def _with_colophon(source: Source, engine: str, study_id: str) -> Source:
    commit = commit_of(source.project.root, study_id)
    colophon = {"colophon": {"engine": engine, "commit": commit}}
    return replace(source, meta=merge(source.meta, colophon | counts_metadata(source)))


def _with_quarto(
    sources: Sequence[Source], formats: Sequence[str], binary: str, workdir: Path, say: Progress
) -> list[Made]:
    made = []
    for source in sources:
        for name in formats:
            say(f"{source.document} · {name}")
            path = quarto.render(source, name, workdir / source.document, binary)
            made.append((source.document, name, path))
    return made


def _embedded(
    sources: Sequence[Source], formats: Sequence[str], workdir: Path, say: Progress
) -> list[Made]:
    """Render all documents side by side, and of each all formats."""
    folders = {source.document: workdir / source.document for source in sources}
    with ThreadPoolExecutor(len(sources)) as pool:
        running: dict[str, Future[dict[str, Path]]] = {}
        for source in reversed(sources):  # the paper comes last and takes longest
            folder, epoch = folders[source.document], epoch_of(source.meta)
            embedded.write_inputs(prepare(source, folder), folder)
            task = pool.submit(embedded.render, source, formats, folder, epoch)
            running[source.document] = task
        made = []
        for source in sources:
            for name in formats:
                say(f"{source.document} · {name}")
                path = running[source.document].result()[name]
                made.append((source.document, name, path))
    return made


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="."):
            pass
    except OSError as error:
        raise ManuscriptError(
            f"the folder of the documents cannot be written: {error.strerror}",
            where=folder.name,
            remedy="allow writing there, or choose another folder",
        ) from None


def _place(made: Sequence[Made], folder: Path, engine: str) -> tuple[Rendered, ...]:
    """Move the finished documents into their folder: first beside, then in one step each."""
    rendered: list[Rendered] = []
    with tempfile.TemporaryDirectory(prefix=".placing-", dir=folder) as beside:
        for _, _, path in made:
            shutil.copyfile(path, Path(beside) / path.name)
        for document, name, path in made:
            target = folder / path.name
            (Path(beside) / path.name).replace(target)
            rendered.append(Rendered(document, name, target, engine))
    return tuple(rendered)
