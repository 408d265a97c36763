"""The one exception that reaches the reader: what happened, where, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ManuscriptError(Exception):
    """A problem that the person at the keyboard can mend.

    Attributes:
        what: One sentence that says what is wrong, without any patient-level value.
        where: The file, table, column, row number, cell or line that it was found in.
        remedy: One sentence that says how to mend it.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = [self.what]
        if self.where:
            parts.append(f"  where: {self.where}")
        if self.remedy:
            parts.append(f"  mend:  {self.remedy}")
        return "\n".join(parts)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest to ``name``, or None where none is close."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def unknown_name(kind: str, name: str, known: Iterable[str], *, where: str) -> ManuscriptError:
    """Build the error for a name that is not known, with the nearest name that is.

    Args:
        kind: What is named: "parameter", "column", "label" …
        name: The name as given.
        known: The names that would have been accepted.
        where: Where the name stands.
    """
    names = sorted(known)
    close = nearest(name, names)
    listed = ", ".join(names) if names else "none is defined"
    remedy = f"did you mean {close!r}? Known: {listed}" if close else f"known: {listed}"
    return ManuscriptError(f"unknown {kind} {name!r}", where=where, remedy=remedy)
