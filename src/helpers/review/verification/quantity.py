"""One quantity that a record holds, beside what the rerun gave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["agrees", "note", "differs", "not verified"]
Kind = Literal[
    "about",
    "count",
    "estimate",
    "interval",
    "p-value",
    "simulated",
    "display",
    "origin",
    "binding",
    "table",
    "figure data",
    "picture",
    "notebook",
    "audit",
    "printed",
    "document",
    "hash",
    "pipeline",
    "twin",
    "reach",
    "coherence",
]
#: What each kind is, in the order of every report.
KINDS: dict[Kind, str] = {
    "about": "study, data hash, data cut and parameters",
    "count": "counts, numerators and denominators",
    "estimate": "estimates",
    "interval": "bounds of intervals",
    "p-value": "p-values, and what they decide",
    "simulated": "quantities that random numbers enter",
    "display": "numbers as printed",
    "origin": "population, method, unit, notebook and cell of every number",
    "binding": "strings that documents bind to",
    "table": "cells of tables",
    "figure data": "values behind figures",
    "picture": "pictures",
    "notebook": "code and text output of notebook cells",
    "audit": "verdicts of the audit of published claims",
    "printed": "bound numbers of the HTML documents",
    "document": "rendered documents, and files that no build makes",
    "hash": "hashes of the numbers",
    "pipeline": "notebooks run to their end on the synthetic twin",
    "twin": "numbers of the twin, the same as when it was made",
    "reach": "published numbers that the notebooks compute on the twin, by key",
    "coherence": "numbers of the twin that must fit one another",
}


@dataclass(frozen=True)
class Quantity:
    """A quantity, or several of one file that all agree.

    Attributes:
        kind: What it is, which decides how far it may differ.
        where: Ledger key or file.
        what: Field, cell or place.
        published: As the record has it; "" where the record does not have it.
        recomputed: As the rerun gave it; "" where it did not.
        difference: How far they are apart, in words.
        allowed: How far they may be, in words.
        verdict: ``agrees``; ``note`` where it agrees and something should be said; ``differs``;
            ``not verified`` where there was nothing to compare with.
        note: What should be said.
        of: How many quantities this stands for.
    """

    kind: Kind
    where: str
    what: str
    published: str
    recomputed: str
    difference: str
    allowed: str
    verdict: Verdict
    note: str = ""
    of: int = 1


@dataclass(frozen=True)
class Total:
    """How many quantities of one kind were looked at, and what became of them.

    Attributes:
        kind: The kind.
        of: All of them.
        agree: Those that agree, with a note or without.
        noted: Those among them that carry a note.
        differ: Those that differ.
        not_verified: Those that there was nothing to compare with.
    """

    kind: Kind
    of: int
    agree: int
    noted: int
    differ: int
    not_verified: int


def totals(quantities: Iterable[Quantity]) -> tuple[Total, ...]:
    """Return the total of every kind that occurs, in the order of ``KINDS``."""
    counted: dict[tuple[Kind, Verdict], int] = {}
    for one in quantities:
        counted[one.kind, one.verdict] = counted.get((one.kind, one.verdict), 0) + one.of
    made = []
    for kind in KINDS:
        agree, noted, differ, unknown = (
            counted.get((kind, verdict), 0)
            for verdict in ("agrees", "note", "differs", "not verified")
        )
        of = agree + noted + differ + unknown
        if of:
            made.append(Total(kind, of, agree + noted, noted, differ, unknown))
    return tuple(made)


def same_text(
    kind: Kind, where: str, what: str, published: str | None, recomputed: str | None
) -> Quantity:
    """Compare two texts, which must be equal; None is absent."""
    if published is None or recomputed is None:
        return one_sided(kind, where, what, published, recomputed)
    equal = published == recomputed
    return Quantity(
        kind,
        where,
        what,
        published,
        recomputed,
        "none" if equal else "another text",
        "none",
        "agrees" if equal else "differs",
    )


def one_sided(
    kind: Kind,
    where: str,
    what: str,
    published: str | None,
    recomputed: str | None = None,
    *,
    of: int = 1,
) -> Quantity:
    """Return a quantity that is in the record alone, or in the rerun alone: not verified."""
    note = "not in the record" if published is None else "not recomputed"
    return Quantity(
        kind, where, what, published or "", recomputed or "", "", "", "not verified", note, of
    )
