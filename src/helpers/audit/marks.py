"""Claims of which something is still to be looked at: read by themselves, tied to no other.

A draft guesses populations, groups and names. What it guessed is left open, so that a claim with
a mark is called impossible only where its own figures, printed side by side, contradict each
other under every reading.
"""

from __future__ import annotations

from collections.abc import Iterator

from helpers.audit.numbers import number_findings
from helpers.audit.reading import Reading
from helpers.audit.verdict import Finding
from helpers.claims.claim import Claim


def open_findings(reading: Reading) -> Iterator[Finding]:
    """Yield, for every open claim, what its own figures say, and what a person has to finish."""
    for claim in reading.claims.claims:
        if reading.is_open(claim):
            yield from number_findings([claim], {})
            yield Finding((claim.id,), "cannot be checked", _to_finish(claim))


def without_doubt(claim: Claim) -> Claim:
    """Return a claim without the p-value that a doubtful level of its interval leaves open."""
    doubtful = any(mark.startswith("level") for mark in claim.uncertain)
    return claim.model_copy(update={"p": None}) if doubtful else claim


def _to_finish(claim: Claim) -> str:
    if claim.uncertain:
        return f"Finish the mark first: {'; '.join(claim.uncertain)}."
    return "Drafted and not yet looked through: take out `unfinished` when it is."
