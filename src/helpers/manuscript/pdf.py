"""Sets the PDF: typst with its bundled fonts only, PDF/UA-1 and PDF/A-2b in one file."""

from __future__ import annotations

from pathlib import Path

import typst

from helpers.errors import ManuscriptError
from helpers.manuscript.sources import Source, place_named


def compile_pdf(written: Path, target: Path, source: Source, epoch: int) -> None:
    """Compile typst source to a PDF.

    Args:
        written: The typst source; what it names lies in its folder.
        target: The PDF.
        source: The document, for naming the place of what is wrong.
        epoch: Seconds since 1970 that dates the document.

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
            where=place_named(_said(error), source),
            remedy="mend the source of the document",
        ) from None
    if warnings:
        listed = "; ".join(_said(warning) for warning in warnings)
        raise ManuscriptError(
            f"typst warns: {listed}",
            where=place_named(listed, source),
            remedy="mend the source; a warning is a failure here",
        )
    target.write_bytes(pdf)


def decode_pictures(folder: Path) -> None:
    """Have typst decode and encode the pictures of ``folder/media``, which it then remembers.

    A third of the time of a PDF goes into its pictures, and they are there before its text is:
    ``compile_pdf`` in the same process finds them done, and gives the same bytes.
    """
    pictures = sorted((folder / "media").glob("*.png"))
    names = (f'#image("/media/{picture.name}")' for picture in pictures)
    written = folder / "pictures.typ"
    written.write_text("\n".join(names), encoding="utf-8")
    try:
        typst.compile_with_warnings(
            str(written), root=str(folder), ignore_system_fonts=True, format="pdf"
        )
    except typst.TypstError:  # compile_pdf says it, and with the place
        return


def _said(problem: object) -> str:
    return str(getattr(problem, "message", problem)).strip()
