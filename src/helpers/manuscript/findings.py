"""What a source check reports: place, problem, reason, remedy, and out of how many looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.errors import ManuscriptError


@dataclass(frozen=True)
class Finding:
    """One problem in the sources of a document, found before anything is rendered.

    Attributes:
        where: File and line, relative to the project: ``manuscripts/x/paper.qmd:12``.
        what: What is wrong.
        why: What a rendering engine would have done with it.
        remedy: How to mend it.
        looked_at: How many things of the same kind were looked at.
    """

    where: str
    what: str
    why: str
    remedy: str
    looked_at: int

    def __str__(self) -> str:
        return f"{self.where}: {self.what} ({self.why}; of {self.looked_at} looked at)"


def refuse(findings: Sequence[Finding]) -> None:
    """Raise one error that lists every finding; do nothing where there is none.

    Raises:
        ManuscriptError: There is at least one finding; ``where`` is the place of the first.
    """
    if not findings:
        return
    first = findings[0]
    if len(findings) == 1:
        raise ManuscriptError(f"{first.what} ({first.why})", where=first.where, remedy=first.remedy)
    listed = "\n".join(f"  - {finding}\n    mend: {finding.remedy}" for finding in findings)
    raise ManuscriptError(
        f"{len(findings)} problems in the sources of the manuscript:\n{listed}",
        where=first.where,
        remedy="mend each of them; nothing was rendered and the last good documents were kept",
    )
