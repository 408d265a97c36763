"""Two pictures of one figure. The data behind it are compared apart; a picture may be redrawn."""

from __future__ import annotations

import io
import re
from typing import Literal

from helpers.review.verification.quantity import Quantity

#: Share of pixels that may differ clearly, in the environment of the record and in another. Where
#: the record was made none does: a digit that was painted over is 0.05% of a figure.
HERE, ELSEWHERE = 0.0, 0.05
#: A colour that differs by less, of 255, is a matter of smoothing.
SMOOTHING = 32
#: Units of an SVG that a point may move.
MOVED = 0.1
#: A coordinate. What belongs to a word is none: a colour, or the glyph in ``#DejaVuSans-13``.
NUMBER = re.compile(rb"(?<![\w#.-])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?!\w)")
#: What is read: words between tags, and the comments in which matplotlib repeats drawn words.
WORDS = re.compile(rb"<!--.*?-->|>[^<]*[^<\s][^<]*(?=<)", re.DOTALL)


def compare_pictures(
    where: str, suffix: str, published: bytes, recomputed: bytes, *, same: bool
) -> Quantity:
    """Compare two pictures: their bytes, then how far they look alike.

    Args:
        where: The picture.
        suffix: ``png`` or ``svg``; of another format only the bytes are compared.
        published: Its bytes in the record.
        recomputed: Its bytes in the rerun.
        same: Whether the environment is the one that the record was made in.
    """
    sizes = (f"{len(published)} bytes", f"{len(recomputed)} bytes")
    most = HERE if same else ELSEWHERE
    if published == recomputed:
        return Quantity("picture", where, "bytes", *sizes, "none", _allowed(most), "agrees")
    if suffix == "svg":
        share, words = _vector(published, recomputed)
    elif suffix == "png":
        share, words = _pixels(published, recomputed)
    else:
        share, words = 1.0, "other bytes"
    verdict: Literal["note", "differs"] = "note" if share <= most else "differs"
    note = "picture differs, data compared apart" if verdict == "note" else "another picture"
    return Quantity("picture", where, "bytes", *sizes, words, _allowed(most), verdict, note)


def _allowed(most: float) -> str:
    return f"{100 * most:g}% of the pixels or points" if most else "no clear pixel or point"


def _pixels(published: bytes, recomputed: bytes) -> tuple[float, str]:
    """Return the share of pixels that differ by more than smoothing, and words for it."""
    import numpy as np
    from PIL import Image

    try:
        pictures = [Image.open(io.BytesIO(b)).convert("RGBA") for b in (published, recomputed)]
    except Exception:  # Pillow raises bare exceptions of several kinds
        return 1.0, "cannot be read as a picture"
    if pictures[0].size != pictures[1].size:
        return 1.0, "another size"
    one, other = (np.asarray(picture, dtype=np.int16) for picture in pictures)
    apart = np.abs(one - other).max(axis=2)
    share = float((apart > SMOOTHING).mean())
    any_share = float((apart > 0).mean())
    return share, f"{100 * any_share:.3g}% of the pixels, {100 * share:.3g}% clearly"


def _vector(published: bytes, recomputed: bytes) -> tuple[float, str]:
    """Return the share of points that moved; 1 where anything else changed."""
    if NUMBER.split(published) != NUMBER.split(recomputed):
        return 1.0, "another drawing"
    if WORDS.findall(published) != WORDS.findall(recomputed):
        return 1.0, "other words"
    pairs = list(zip(NUMBER.findall(published), NUMBER.findall(recomputed), strict=True))
    moved = sum(abs(float(a) - float(b)) > MOVED for a, b in pairs)
    changed = sum(a != b for a, b in pairs)
    return moved / len(pairs), f"{changed} of {len(pairs)} points, {moved} by more than {MOVED}"
