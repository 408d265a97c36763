"""The audit of a study's published abstract, beside what the pipeline computes itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.analyses.published import Compared, claims_of, compare
from helpers.audit import Audit, Finding, audit
from helpers.audit.verdict import EXPLAINED, VERDICTS, Judged, alike, quoted
from helpers.exhibits.table import Cell, Column, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Row, RowMaker

if TYPE_CHECKING:
    from helpers.study.definition import Study


def audit_study(folder: Path, study: Study, ledger: Mapping[str, Row]) -> Audit | None:
    """Audit ``claims.yml`` of a study; None where there is none.

    Args:
        folder: The study's data folder.
        study: The study; says when its variables are known.
        ledger: Rows by key; without any, nothing is called reproduced.

    Raises:
        ManuscriptError: claims.yml breaks its schema, or names a ledger key that does not exist.
    """
    claims = claims_of(folder, study)
    if claims is None:
        return None
    named = {*study.variables, *study.derived}
    compared = compare(folder, study, ledger) if ledger else None
    return audit(
        claims,
        known_at=lambda name: study.known_at(name) if name in named else None,
        regenerated=regenerated(compared or ()),
    )


def regenerated(compared: Sequence[Compared]) -> dict[str, Finding]:
    """Return, for each claim with a ledger row, what the pipeline's own value says of it."""
    found = {}
    for one in compared:
        name = one.claim.id
        if one.verdict == "reproduced":
            words = "The pipeline computes the same, to the last printed digit."
            found[name] = Finding((name,), "reproduced", words, one.regenerated)
        elif one.key is not None:
            words = f"The pipeline computes {one.regenerated}."
            found[name] = Finding((name,), None, words)
    return found


def rows(audited: Audit | None, make: RowMaker) -> Iterator[Row]:
    """Yield the number of claims by verdict, out of all claims of the transcript."""
    if audited is None:
        return
    total = len(audited.claims)
    yield make.count("audit.claims", total)
    yield make.count("audit.together", len(audited.together.counted))
    for verdict in VERDICTS:
        word = verdict.replace(" ", "_").replace("-", "_")
        yield make.count(f"audit.{word}", audited.totals[verdict], total)


def table(audited: Audit | None, compared: Sequence[Compared] | None = None) -> Table | None:
    """Return the claims that a reader has to know something of; None without a transcript.

    Args:
        audited: The audit.
        compared: Claims beside the pipeline's own values, whose words name them here as well; a
            claim that is not among them is quoted.
    """
    if audited is None:
        return None
    labels = {one.claim: quoted(one.text) for one in audited.claims}
    labels |= {one.claim.id: one.label for one in compared or ()}
    columns = (Column("Claim"), Column("Printed"), Column("Verdict"), Column("Evidence"))
    body = tuple(
        TableRow(
            (
                Cell("; ".join(dict.fromkeys(labels[one.claim] for one in some))),
                Cell("; ".join(dict.fromkeys(one.figure for one in some))),
                Cell(some[0].verdict, bold=some[0].verdict == "impossible"),
                Cell(_evidence(some[0], labels)),
            )
        )
        for some in alike(audited.claims, EXPLAINED)
    )
    notes = (
        f"{audited.summary}.",
        "Claims that are reproduced or consistent, and those that cannot be checked, stand in "
        "audit.json with their arithmetic.",
    )
    return Table(columns=columns, rows=body, notes=notes)


def _evidence(one: Judged, labels: Mapping[str, str]) -> str:
    """Return evidence and arithmetic, the claims of its contradiction in words."""
    words = f"{one.evidence} {one.arithmetic}".strip()
    known = [name for name in one.conflict if name in labels]
    if not known:
        return words
    named = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?=:|, | and |\.|$| cannot)")
    return named.sub(lambda found: labels[found[0]], words)
