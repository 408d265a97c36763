"""Shows a figure in a notebook and saves it for the journal: same figure, same bytes."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.errors import ManuscriptError
from helpers.exhibits.style import DPI, house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# None removes an entry that matplotlib would write: versions and times.
_METADATA: dict[str, dict[str, None]] = {
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".svg": {"Creator": None, "Date": None, "Format": None, "Type": None},
}


def png(figure: Figure) -> bytes:
    """Return a figure as PNG at 300 dpi, without a word on software or time."""
    buffer = io.BytesIO()
    with house_style():
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def show(figure: Figure, *, alt: str, text: str | None = None) -> bytes:
    """Show a figure as the one output of a notebook cell, and return the PNG shown.

    Args:
        figure: The figure.
        alt: Alternative text, kept as the picture's metadata.
        text: Words that stand in the place of the picture where only text is compared; the
            alternative text by default.
    """
    from IPython.display import display

    picture = png(figure)
    data = {
        "image/png": base64.b64encode(picture).decode("ascii"),
        "text/plain": alt if text is None else text,
    }
    display(data, raw=True, metadata={"image/png": {"alt": alt}})
    return picture


def save_vector(figure: Figure, path: Path | str) -> None:
    """Save a figure as SVG (letters as outlines) or PDF (fonts embedded), by the file's suffix.

    Raises:
        ManuscriptError: The suffix is neither .svg nor .pdf.
    """
    suffix = Path(path).suffix
    if suffix not in _METADATA:
        raise ManuscriptError(
            f"a figure cannot be saved as {suffix or 'a file without suffix'}",
            where=Path(path).name,
            remedy="name a file that ends in .svg or .pdf",
        )
    buffer = io.BytesIO()
    with house_style():
        figure.savefig(buffer, format=suffix[1:], metadata=_METADATA[suffix])
    Path(path).write_bytes(buffer.getvalue())
