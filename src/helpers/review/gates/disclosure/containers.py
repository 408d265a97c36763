"""Text inside of binary files: DOCX and other zips of XML, PDF, PNG, and bytes of any kind.

Text, comments, notes, tracked changes, alternative texts, properties, attached files. The day on
which a file was made or edited is the author's and is left out.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from xml.etree import ElementTree

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from helpers.review.gates.disclosure.parts import Kind, Line, Output, Parts, Sheet, split, together

#: Reads a file that another holds: its bytes and its name.
Inner = Callable[[bytes, str], Parts]
#: Elements, attributes and entries that say when a file was made or edited.
EDITED = frozenset(
    {"created", "modified", "date", "lastPrinted", "CreationDate", "ModDate", "when"}
    | {"CreateDate", "ModifyDate", "MetadataDate"}
)
NOTE = re.compile(rb"<!--(.*?)-->", re.DOTALL)
PRINTABLE = re.compile(rb"[\x20-\x7e\t]{6,}")
#: Attributes of office documents that are sizes, colours or marks of revisions.
SIZE = re.compile(r".{1,3}|[-+]?\d{1,7}|[\da-fA-F]{6}")
REVISIONS = ("rsid", "paraId", "textId")
SPOKEN = ("t", "delText", "instrText", "delInstrText")
#: Chunks of a PNG that hold text.
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
PNG = b"\x89PNG\r\n\x1a\n"


def read_zip(data: bytes, file: str, inner: Inner) -> Parts:
    """Read every member of a zip; the XML of an office document by paragraphs."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        office = "[Content_Types].xml" in box.namelist()
        found.append(Parts((Line(file, "words", "comment", box.comment.decode("latin-1")),)))
        for member in box.infolist():
            name, body = member.filename, box.read(member)
            if office and name.endswith((".xml", ".rels")):
                found.append(_xml(body, file, name))
            elif not member.is_dir():
                found.append(inner(body, f"{file}: {name}"))
    return together(found)


@lru_cache(maxsize=64)  # styles and settings are the same in every document
def _xml(body: bytes, file: str, part: str) -> Parts:
    """Read a part of an office document, or the metadata of a PDF."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return read_bytes(body, f"{file}: {part}")
    lines = []
    for number, text in enumerate(_paragraphs(root), start=1):
        kind: Kind = "document" if part.startswith("word/") else "words"
        lines.append(Line(file, kind, f"{part}, paragraph {number}", text))
    lines += [Line(file, "words", part, text) for text in _attributes(root)]
    notes = [note.decode("utf-8", "replace") for note in NOTE.findall(body)]
    lines += [Line(file, "words", part, text) for text in notes]
    grids = [
        Sheet(file, "document", rows[0], tuple(rows[1:]))
        for table in root.iter()
        if _local(table.tag) == "tbl" and (rows := _rows(table))
    ]
    return Parts(tuple(lines), grids=tuple(grids))


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _paragraphs(root: ElementTree.Element) -> Iterator[str]:
    """Yield paragraphs, whose words a program divides at will, and texts outside of them."""
    said: set[int] = set()
    for element in root.iter():
        if _local(element.tag) == "p" and id(element) not in said:
            said |= {id(part) for part in element.iter() if _local(part.tag) in ("p", *SPOKEN)}
            if text := _spoken(element):
                yield text
    for element in root.iter():
        text = " ".join((element.text or "").split())
        if text and id(element) not in said and _local(element.tag) not in EDITED:
            yield text


def _spoken(paragraph: ElementTree.Element) -> str:
    words = []
    for part in paragraph.iter():
        name = _local(part.tag)
        if name in ("tab", "br", "cr", "p"):
            words.append(" ")
        elif name in SPOKEN:
            words.append(part.text or "")
    return " ".join("".join(words).split())


def _attributes(root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter():
        for name, value in element.attrib.items():
            name = _local(name)
            if name not in EDITED and not name.startswith(REVISIONS) and not SIZE.fullmatch(value):
                yield value


def _rows(table: ElementTree.Element) -> list[tuple[str, ...]]:
    return [
        tuple(_spoken(cell) for cell in row if _local(cell.tag) == "tc")
        for row in table
        if _local(row.tag) == "tr"
    ]


def read_pdf(data: bytes, file: str, inner: Inner) -> Parts:
    """Read the pages of a PDF, its properties, notes, alternative texts and attached files."""
    try:
        reader = PdfReader(io.BytesIO(data))
        pages = [page.extract_text() for page in reader.pages]
        words = dict.fromkeys(_strings(reader))
        metadata = reader.root_object.get("/Metadata")
        attached = list(reader.attachments.items())
    except (PyPdfError, ValueError, KeyError, TypeError):
        return Parts(unread=(f"{file}: it is no PDF that can be read",))
    lines = []
    for number, text in enumerate(pages, start=1):
        # A name or a day may stand on two lines, so a page is one.
        lines.append(Line(file, "document", f"page {number}", " ".join(text.split())))
    lines += [Line(file, "words", "objects", word) for word in words]
    outputs = [Output(file, f"page {n}", text, "") for n, text in enumerate(pages, start=1)]
    found = [Parts(tuple(lines), outputs=tuple(outputs))]
    if metadata is not None:
        found.append(_xml(metadata.get_object().get_data(), file, "metadata"))
    found += [inner(body, f"{file}: {name}") for name, bodies in attached for body in bodies]
    return together(found)


def _strings(reader: PdfReader) -> Iterator[str]:
    """Yield every text of every object but the days of the file's making."""
    for number in range(1, int(str(reader.trailer["/Size"]))):
        yield from _texts_of(reader.get_object(number))


def _texts_of(value: object) -> Iterator[str]:
    """Yield the texts of an object, not of those that it refers to."""
    if isinstance(value, dict):
        for name, part in value.items():
            if str(name).lstrip("/") not in EDITED:
                yield from _texts_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts_of(part)
    elif isinstance(value, str) and not value.startswith("/") and len(value) > 1:
        yield str(value)


def read_png(data: bytes, file: str) -> Parts:
    """Read what a PNG says beside its picture."""
    lines: list[Line] = []
    for name, body in _chunks(data):
        if name in TEXTS:
            lines += split(file, "words", "text of the picture", _png_text(name, body))
        elif name in (b"eXIf", b""):
            lines += read_bytes(body, file).lines
    return Parts(tuple(lines))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of each chunk; without a name what stands behind the last."""
    at = len(PNG)
    while at + 8 <= len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        yield name, data[at + 8 : at + 8 + size]
        at += 12 + size
        if name == b"IEND":
            break
    yield b"", data[at:]


def _png_text(name: bytes, body: bytes) -> str:
    keyword, _, rest = body.partition(b"\0")
    if name == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        packed, rest = name == b"zTXt", rest[1:] if name == b"zTXt" else rest
    try:
        text = zlib.decompress(rest) if packed else rest
    except zlib.error:
        text = rest
    coding = "utf-8" if name == b"iTXt" else "latin-1"
    return f"{keyword.decode('latin-1')}: {text.decode(coding, 'replace')}"


def read_bytes(data: bytes, file: str) -> Parts:
    """Read any bytes: as text where they are UTF-8, else the runs of letters in them."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = b"\n".join(PRINTABLE.findall(data)).decode("ascii")
    return Parts(tuple(split(file, "words", "", text)))
