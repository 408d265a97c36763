"""Findings of the checks, and the verdict that they add up to for each claim."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Literal

from helpers.audit.conflicts import find_conflicts

Verdict = Literal[
    "impossible",
    "design",
    "test-dependent",
    "rounding only",
    "reproduced",
    "consistent",
    "cannot be checked",
]
#: The verdicts that a report explains claim by claim.
EXPLAINED: tuple[Verdict, ...] = ("impossible", "design", "test-dependent", "rounding only")
#: The graver comes first; a claim has the gravest verdict of its findings.
VERDICTS: tuple[Verdict, ...] = (
    "impossible", "design", "test-dependent", "rounding only", "reproduced", "consistent",
    "cannot be checked",
)  # fmt: skip


#: Words of a claim that a table quotes.
LONGEST_QUOTE = 120


@dataclass(frozen=True)
class Finding:
    """What a check says of one claim, or of several together.

    Attributes:
        claims: Ids of the claims that it blames, or speaks of.
        verdict: The verdict that it gives them; None for a remark that changes none.
        evidence: One sentence.
        arithmetic: The figures behind it.
        problem: Number of the problem in the list of docs/audit.md ("P02"); "" for none.
        with_claims: Other claims that the contradiction involves without being blamed.
    """

    claims: tuple[str, ...]
    verdict: Verdict | None
    evidence: str
    arithmetic: str = ""
    problem: str = ""
    with_claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """One claim with its verdict.

    Attributes:
        claim: Its id.
        text: Its words.
        figure: Its figures as printed.
        verdict: The verdict.
        evidence: One sentence.
        arithmetic: The figures behind it.
        problem: Number of the problem; "" for none.
        conflict: All claims of the contradiction that it is part of, itself among them.
        remarks: Further findings that do not change the verdict, in words.
    """

    claim: str
    text: str
    figure: str
    verdict: Verdict
    evidence: str
    arithmetic: str
    problem: str
    conflict: tuple[str, ...]
    remarks: tuple[str, ...]


def gravest(findings: list[Finding]) -> Finding | None:
    """Return the finding with the gravest verdict; the first of equals; None of remarks only."""
    given = [f for f in findings if f.verdict is not None]
    return min(given, key=lambda f: VERDICTS.index(f.verdict), default=None)


def blame_least(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield contradictions between claims, blaming only the members of a smallest set.

    Where one claim is part of all contradictions, it alone is blamed for them; the others are
    named as what it contradicts.
    """
    found = list(findings)
    pairs = [set(f.claims) for f in found if f.verdict == "impossible"]
    claims = sorted(set().union(*pairs)) if pairs else []
    smallest = find_conflicts(claims, lambda kept: not any(p <= set(kept) for p in pairs)).smallest
    to_blame = {claim for one in smallest for claim in one}
    for one in found:
        blamed = tuple(c for c in one.claims if c in to_blame)
        spared = tuple(c for c in one.claims if c not in to_blame)
        yield replace(one, claims=blamed, with_claims=(*one.with_claims, *spared)) if pairs else one


def alike(judged: Sequence[Judged], verdicts: Sequence[Verdict]) -> list[list[Judged]]:
    """Return the claims with these verdicts, graver first, those of one evidence together."""
    found: dict[tuple[str, ...], list[Judged]] = {}
    for verdict in verdicts:
        for one in judged:
            if one.verdict == verdict:
                found.setdefault((verdict, one.evidence, one.arithmetic), []).append(one)
    return list(found.values())


def listed(words: list[str] | tuple[str, ...]) -> str:
    """Return words as a list: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def quoted(text: str) -> str:
    """Return the words of a claim in quotes, the end left out where they are many."""
    return f"“{shorten(text, LONGEST_QUOTE, placeholder=' …')}”"
