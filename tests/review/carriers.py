"""Files in which something may stand: DOCX, PDF, PNG, SVG, pages, and tables of patients."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from html import escape
from typing import Any

import typst
from docx import Document
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import RectangleObject

#: A picture of one pixel.
PIXEL = zlib.compress(b"\0\0")


def _chunk(name: bytes, body: bytes) -> bytes:
    crc = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)


def png(*chunks: tuple[bytes, bytes], behind: bytes = b"") -> bytes:
    """A picture of one pixel with more chunks, and bytes behind its end."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    more = b"".join(_chunk(name, body) for name, body in chunks)
    end = _chunk(b"IDAT", PIXEL) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + more + end + behind


def png_itxt(text: str) -> bytes:
    return png((b"iTXt", b"Comment\0\0\0en\0\0" + text.encode()))


def png_packed_itxt(text: str) -> bytes:
    return png((b"iTXt", b"Comment\0\1\0en\0\0" + zlib.compress(text.encode())))


def png_ztxt(text: str) -> bytes:
    return png((b"zTXt", b"Comment\0\0" + zlib.compress(text.encode("latin-1", "replace"))))


def png_text(text: str) -> bytes:
    return png((b"tEXt", b"Comment\0" + text.encode("latin-1", "replace")))


def png_behind(text: str) -> bytes:
    return png(behind=text.encode())


def jpeg(text: str) -> bytes:
    """The beginning of a photograph, as far as its notes."""
    return b"\xff\xd8\xff\xe1\x00\x20" + text.encode() + b"\xff\xd9"


# --- DOCX --------------------------------------------------------------------------------------


def _saved(document: Any) -> bytes:
    for style in list(document.styles.element):  # hundreds, which nobody needs here
        document.styles.element.remove(style)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def docx(text: str = "", *, rows: list[list[str]] | None = None) -> bytes:
    """A document of two paragraphs and a table; a text is divided into runs, as programs do."""
    document = Document()
    document.add_paragraph("Of 400 patients 280 (70.0%) responded.")
    paragraph = document.add_paragraph("Seen: ")
    half = len(text) // 2
    paragraph.add_run(text[:half]).bold = True
    paragraph.add_run(text[half:])
    given = rows or [["Male", "200 (50.0%)"]]
    table = document.add_table(len(given), len(given[0]))
    for line, cells in zip(table.rows, given, strict=True):
        for cell, words in zip(line.cells, cells, strict=True):
            cell.text = words
    return _saved(document)


def docx_cell(text: str) -> bytes:
    return docx(rows=[["Seen", text]])


def docx_comment(text: str) -> bytes:
    document = Document()
    run = document.add_paragraph("Fine.").runs[0]
    document.add_comment(run, text=f"seen {text} here", author="A", initials="A")
    return _saved(document)


def docx_author(text: str) -> bytes:
    document = Document()
    run = document.add_paragraph("Fine.").runs[0]
    document.add_comment(run, text="Fine.", author=text, initials="A")
    return _saved(document)


def docx_header(text: str) -> bytes:
    document = Document()
    document.sections[0].header.paragraphs[0].text = text
    return _saved(document)


def docx_properties(text: str) -> bytes:
    document = Document()
    document.core_properties.comments = f"seen {text} here"
    return _saved(document)


def docx_made_on(day: dt.datetime) -> bytes:
    document = Document()
    document.core_properties.created = document.core_properties.modified = day
    return _saved(document)


def docx_alt_text(text: str) -> bytes:
    document = Document()
    document.add_picture(io.BytesIO(png()))
    shape = document.inline_shapes[0]._inline
    shape.docPr.set("descr", f"seen {text} here")
    return _saved(document)


def docx_picture(text: str) -> bytes:
    document = Document()
    document.add_picture(io.BytesIO(png_itxt(text)))
    return _saved(document)


def docx_custom_xml(text: str) -> bytes:
    stream = io.BytesIO(docx())
    with zipfile.ZipFile(stream, "a") as box:
        box.writestr("customXml/item9.xml", f"<data><seen>{escape(text)}</seen></data>")
    return stream.getvalue()


# --- PDF ---------------------------------------------------------------------------------------


def pdf(text: str = "Fine.", *, title: str = "Fine", rows: list[list[str]] | None = None) -> bytes:
    """A document of one paragraph, or of a table."""
    cells = [cell for row in rows or [] for cell in row]
    content = json.dumps({"text": text, "title": title, "cells": cells})
    columns = len(rows[0]) if rows else 1
    source = (
        '#let given = json(bytes(sys.inputs.at("given")))\n'
        "#set document(title: given.title, date: none)\n#given.text\n"
        f"#table(columns: {columns}, ..given.cells)"
    )
    made = typst.compile(source.encode(), sys_inputs={"given": content})
    assert isinstance(made, bytes)
    return made


def pdf_title(text: str) -> bytes:
    return pdf(title=text)


def _rewritten(change: Callable[[PdfWriter], object]) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    change(writer)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def pdf_keywords(text: str) -> bytes:
    return _rewritten(lambda writer: writer.add_metadata({"/Keywords": f"seen {text} here"}))


def pdf_note(text: str) -> bytes:
    note = FreeText(text=f"seen {text} here", rect=RectangleObject((50, 550, 200, 650)))
    return _rewritten(lambda writer: writer.add_annotation(0, note))


def pdf_attachment(text: str) -> bytes:
    return _rewritten(lambda writer: writer.add_attachment("a.csv", f'a,b\n"{text}",1\n'.encode()))


# --- pages and notebooks -----------------------------------------------------------------------


def page_with_picture(text: str) -> str:
    data = base64.b64encode(png_itxt(text)).decode()
    return f'<html><body><p>Fine.</p><img src="data:image/png;base64,{data}"></body></html>'


def page_with_attribute(text: str) -> str:
    return f'<html><body><p data-seen="{escape(text)}">Fine.</p></body></html>'


def page_with_comment(text: str) -> str:
    return f"<html><body><p>Fine.</p><!-- seen {text} here --></body></html>"


def page_with_script(text: str) -> str:
    data = json.dumps({"seen": text}, ensure_ascii=False)
    return f'<html><body><script type="application/json">{data}</script></body></html>'


def notebook_of(**parts: Any) -> str:
    """A notebook of one cell."""
    cell = {"cell_type": "code", "source": "show()", "outputs": [], "metadata": {}, **parts}
    return json.dumps({"cells": [cell], "metadata": {}}, ensure_ascii=False)


def notebook_with_picture(text: str) -> str:
    data = base64.b64encode(png_itxt(text)).decode()
    return notebook_of(outputs=[{"output_type": "display_data", "data": {"image/png": data}}])


def notebook_with_data(text: str) -> str:
    data = {"application/vnd.dataresource+json": {"data": [{"seen": text}]}}
    return notebook_of(outputs=[{"output_type": "display_data", "data": data}])


def notebook_with_attachment(text: str) -> str:
    packed = base64.b64encode(f"seen {text} here".encode()).decode()
    attached = {"notes.txt": {"text/plain": packed}}
    cell = {"cell_type": "markdown", "source": "words", "attachments": attached}
    return json.dumps({"cells": [cell]})


def notebook_with_metadata(text: str) -> str:
    return notebook_of(metadata={"note": f"seen {text} here"})


def notebook_with_error(text: str) -> str:
    error = {"output_type": "error", "ename": "KeyError", "evalue": text, "traceback": [text]}
    return notebook_of(outputs=[error])


# --- tables of patients ------------------------------------------------------------------------


def patients(number: int = 40) -> list[list[str]]:
    """A table of patients: no column says who they are, but each has a row."""
    rows = [[f"P-{n:02d}", str(50 + n % 30), f"{n / 10:.1f}"] for n in range(1, number + 1)]
    return [["Lane", "Age", "Months"], *rows]


def as_csv(rows: list[list[str]]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)


def as_html(rows: list[list[str]]) -> str:
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{lines}</table>"


def as_jats(rows: list[list[str]]) -> str:
    return f"<article><sec><table-wrap>{as_html(rows)}</table-wrap></sec></article>"


def as_text(rows: list[list[str]]) -> str:
    return "\n".join("  ".join(row) for row in rows)
