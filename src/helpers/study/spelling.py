"""How spellings in a registry table are compared with those in study.yml."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])


def tidy(text: str) -> str:
    """Return a text in composed form, without stray, no-break, doubled or invisible spaces."""
    composed = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    return _SPACES.sub(" ", composed).strip()


def folded(text: str) -> str:
    """Return a spelling as it is compared: tidy, without case and without letter width."""
    return tidy(unicodedata.normalize("NFKC", text)).casefold()
