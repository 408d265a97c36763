"""Wording: what an uncontrolled, retrospective comparison does not allow to be said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from helpers.audit.verdict import Finding
from helpers.claims.claim import Claim

_CAUSAL = re.compile(
    r"\b(?:improve[sd]?|prolong(?:s|ed)?|led to|leads? to|result(?:s|ed)? in|due to|owing to"
    r"|caused?|overcome?s?|reduces? the risk|prevent(?:s|ed)?|benefit(?:s|ed|ted)?(?: from)?"
    r"|(?:is|are|was|were|proved|remains?) (?:an? )?(?:highly )?(?:safe|effective|efficacious)"
    r"|superior|efficacy|effectiveness|should be (?:used|preferred|considered))\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"\b(?:may|might|could|suggest\w*|associated|needs? to be|confirm)\b", re.IGNORECASE
)
_SIGNIFICANT = re.compile(r"\bsignificant(?:ly)?\b", re.IGNORECASE)
_NO_DIFFERENCE = re.compile(
    r"\b(?:no (?:statistically )?(?:significant )?differences?|did not differ|similar|comparable"
    r"|regardless of|irrespective of|not inferior)\b",
    re.IGNORECASE,
)  # fmt: skip


def wording_findings(claims: Sequence[Claim]) -> Iterator[Finding]:
    """Yield statements in causal words, and significance or sameness that nothing stands behind."""
    tested = {claim.text for claim in claims if claim.p is not None}
    for claim in claims:
        if claim.kind != "statement":
            continue
        causal = _CAUSAL.search(claim.text)
        if causal and not _HEDGED.search(claim.text):
            yield _finding(
                claim,
                f"“{causal[0]}” speaks of cause; a cohort without controls shows none.",
                "P18",
            )
        elif _NO_DIFFERENCE.search(claim.text) and claim.text not in tested:
            yield _finding(
                claim, "Sameness is claimed without a difference and its interval.", "P07"
            )
        elif _SIGNIFICANT.search(claim.text) and claim.text not in tested:
            yield _finding(claim, "Significance is claimed without a test.", "P05")


def _finding(claim: Claim, evidence: str, problem: str) -> Finding:
    return Finding((claim.id,), "design", evidence, problem=problem)
