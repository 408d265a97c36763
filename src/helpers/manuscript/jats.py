"""The pictures of a JATS document: named where the record holds them, else carried inside."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from helpers.errors import ManuscriptError

FIGURES = "figures"

_HREF = re.compile(r'(?<=xlink:href=")(?P<path>(?![a-z]+:)[^"]+\.png)(?=")')


def place_pictures(xml: Path, record: Path, *beside: Path) -> None:
    """Let a JATS document name its pictures as they lie in the record.

    A JATS document cannot be read without its pictures, and the temporary folder that holds them
    is gone after rendering. Where ``record/figures`` holds the same bytes, the document names
    that file, relative to the record; any other picture is written into it as a data URI.

    Args:
        xml: The document; it is rewritten.
        record: The study's record, ``outputs/<study>``.
        beside: The folders that its picture paths are relative to; the first that holds one counts.

    Raises:
        ManuscriptError: A picture that the document names does not exist.
    """
    known = {
        hashlib.sha256(path.read_bytes()).digest(): f"{FIGURES}/{path.name}"
        for path in sorted((record / FIGURES).glob("*.png"))
    }

    def placed(match: re.Match[str]) -> str:
        found = (folder / match["path"] for folder in beside)
        picture = next((path for path in found if path.is_file()), None)
        if picture is None:
            raise ManuscriptError(
                f"picture {match['path']} does not exist",
                where=xml.name,
                remedy="render the document with the embedded engine",
            )
        content = picture.read_bytes()
        held = known.get(hashlib.sha256(content).digest())
        return held or f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"

    text = xml.read_text(encoding="utf-8")
    xml.write_text(_HREF.sub(placed, text), encoding="utf-8")
