"""What leaves the machine: every file below a study's record, line by line with its place.

Read are notebooks, tables, figures with what their files say beside the picture, the ledger,
documents of every format, the site, reports and archives that lie beside them, and of what stays
on the machine the notebooks of failed runs, which people send to each other. Pixels are not read.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from helpers.review.gates.disclosure.containers import (
    PNG,
    read_bytes,
    read_pdf,
    read_png,
    read_zip,
)
from helpers.review.gates.disclosure.markup import json_strings, read_markup
from helpers.review.gates.disclosure.notebooks import read_notebook
from helpers.review.gates.disclosure.parts import (
    Kind,
    Line,
    Output,
    Parts,
    Sheet,
    read_sheet,
    split,
    together,
)

#: Beginning of the names of files that stay on the machine.
STAYS = ".manuscript/"
#: The certificate of a verification names its own day.
CERTIFICATE = "verification.pdf"
CERTIFIED = re.compile(r"\bDate \d{1,2} [A-Z][a-z]+ \d{4}\b")
PAGES = (".html", ".htm", ".xhtml", ".xml")
GZIP = b"\x1f\x8b"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Text whose numbers count no patients.
WORDS = (".js", ".css", ".yml", ".yaml", ".bib")


@dataclass(frozen=True)
class Material(Parts):
    """Everything that is looked at.

    Attributes:
        declared: What the authors wrote: sources of documents and notebooks, the study's files.
        files: How many files were read.
    """

    declared: str = ""
    files: int = 0


def read_material(record: Path, sources: Sequence[Path], failed: Path | None = None) -> Material:
    """Read the record and the documents of one study.

    Args:
        record: The folder of the record.
        sources: Files and folders that the authors wrote.
        failed: The folder of the notebooks of failed runs.
    """
    files = {path.relative_to(record).as_posix(): path for path in _files(record)}
    if failed is not None and failed.is_dir():
        files |= {f"{STAYS}{failed.name}/{path.name}": path for path in _files(failed)}
    parts = [read_file(path.read_bytes(), name) for name, path in files.items()]
    return material_of(parts, sources)


def material_of(parts: Sequence[Parts], sources: Sequence[Path] = ()) -> Material:
    """Return what was read of files, and what the authors wrote, as what is looked at."""
    return Material(**vars(together(parts)), declared=_written(sources), files=len(parts))


def _files(folder: Path) -> list[Path]:
    """Return the files below a folder, but for those that a build is about to put in place."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def read_file(data: bytes, name: str) -> Parts:
    """Read a file by what it is.

    Args:
        data: Its bytes.
        name: Its name, relative to the record.
    """
    if data.startswith(PNG):
        return read_png(data, name)
    if data.startswith(b"%PDF"):
        return _pdf(data, name)
    if data.startswith(b"PK\3\4") and zipfile.is_zipfile(io.BytesIO(data)):
        return read_zip(data, name, read_file)
    if data.startswith(GZIP):
        return _unpacked(data, name)
    try:
        text = data.decode("utf-16" if data.startswith(UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        return read_bytes(data, name)
    return _text(text, name)


def _text(text: str, name: str) -> Parts:
    suffix = Path(name).suffix.lower()
    if suffix == ".ipynb":
        return read_notebook(text, name, read_file)
    if suffix in PAGES:
        return _page(text, name)
    if suffix in (".svg", ".svg+xml"):
        return _drawing(text, name)
    if suffix == ".csv":
        return read_sheet(text, name, "figure" if "figures/" in name else "table")
    if suffix == ".json":
        return Parts(tuple(_json(text, name)))
    kind: Kind = "words" if suffix in WORDS else "document"
    lines = tuple(split(name, kind, "", text))
    return Parts(lines, outputs=(Output(name, "the text", text, ""),) if kind != "words" else ())


def _unpacked(data: bytes, name: str) -> Parts:
    try:
        return read_file(gzip.decompress(data), f"{name}: {Path(name).stem}")
    except (OSError, EOFError, zlib.error):
        return Parts(unread=(f"{name}: it is no gzip file that can be read",))


def _pdf(data: bytes, name: str) -> Parts:
    found = read_pdf(data, name, read_file)
    if not name.endswith(CERTIFICATE):
        return found
    own = [replace(line, text=CERTIFIED.sub("Date", line.text, count=1)) for line in found.lines]
    return replace(found, lines=tuple(own))


def _page(text: str, name: str) -> Parts:
    page = read_markup(text)
    lines = [Line(name, "document", f"line {number}", words) for number, words in page.seen]
    lines += [Line(name, "words", f"line {number}", words) for number, words in page.hidden]
    grids = [
        Sheet(name, "document", tuple(rows[0]), tuple(map(tuple, rows[1:])))
        for rows in page.tables
        if rows
    ]
    inner = (
        read_file(data, f"{name}: picture.{mime.rpartition('/')[2]}")
        for mime, data in page.embedded
    )
    return together([Parts(tuple(lines), grids=tuple(grids)), *inner])


def _drawing(text: str, name: str) -> Parts:
    """Read the words of an SVG: texts, titles, and the comments that drawn letters stand for."""
    page = read_markup(text)
    spoken = [*page.seen, *page.hidden]
    lines = [
        Line(name, "figure", f"text line {number}", " ".join(words.split()))
        for number, words in spoken
        if words.strip()
    ]
    return Parts(tuple(lines))


def _json(text: str, name: str) -> Iterator[Line]:
    if name == "ledger.json":
        for row in json.loads(text)["rows"]:
            said = [str(value) for value in row.values() if isinstance(value, str)]
            yield Line(name, "ledger", str(row["key"]), " | ".join(said))
        return
    for number, words in enumerate(json_strings(text), start=1):
        yield from split(name, "words", f"text {number}", words)


def _written(sources: Sequence[Path]) -> str:
    texts = []
    for source in sources:
        files = sorted(source.rglob("*")) if source.is_dir() else [source]
        for path in files:
            if path.is_file() and path.suffix in (".qmd", ".yml", ".md", ".bib", ".ipynb"):
                texts.append(path.read_text(encoding="utf-8"))
    return "\n".join(texts)
