"""The audit of a transcript: every check, one verdict a claim, and what cannot hold together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from helpers.audit.alone import share_findings
from helpers.audit.assumed import prefer_populations
from helpers.audit.contrasts import Contrast, contrasts
from helpers.audit.courses import course_findings
from helpers.audit.design import KnownAt, design_findings
from helpers.audit.effects import ratio_findings
from helpers.audit.evidence import figure_of, nothing_found
from helpers.audit.marks import open_findings, without_doubt
from helpers.audit.numbers import interval_findings, number_findings
from helpers.audit.p_values import (
    Compared,
    multiplicity,
    p_findings,
    power_remarks,
    words_against_p,
)
from helpers.audit.ratios_of_two import ratio_of_counts
from helpers.audit.reading import Reading
from helpers.audit.sizes import SizeFit, size_fits
from helpers.audit.together import Together
from helpers.audit.verdict import VERDICTS, Finding, Judged, blame_least, gravest, listed
from helpers.audit.wording import wording_findings
from helpers.claims.claim import Claim
from helpers.claims.schema import Claims

ALPHA = Fraction(1, 20)


@dataclass(frozen=True)
class Audit:
    """What the audit says of an abstract.

    Attributes:
        citation: The abstract.
        claims: Every claim with its verdict, in printed order.
        blamed: Everything impossible that is no claim: sizes of populations by their key.
        together: What the integer program says.
        sizes: Sizes of the populations that would suit more claims.
        multiplicity: The comparisons, adjusted for their number.
    """

    citation: str
    claims: tuple[Judged, ...]
    blamed: tuple[str, ...]
    together: Together
    sizes: tuple[SizeFit, ...]
    multiplicity: tuple[Compared, ...]

    @property
    def totals(self) -> dict[str, int]:
        """Number of claims by verdict."""
        counts = Counter(one.verdict for one in self.claims)
        return {verdict: counts[verdict] for verdict in VERDICTS}

    @property
    def possible(self) -> bool:
        """Whether no claim is impossible."""
        return not self.totals["impossible"] and not self.blamed

    @property
    def summary(self) -> str:
        """The totals in words, with their denominator."""
        n, total = self.totals["impossible"], len(self.claims)
        words = f"{n} of {total} claims {'is' if n == 1 else 'are'} impossible"
        rest = [f"{self.totals[v]} {v}" for v in VERDICTS[1:] if self.totals[v]]
        return f"{words}; {', '.join(rest)}" if rest else words


def audit(
    claims: Claims,
    *,
    known_at: KnownAt = lambda _name: None,
    regenerated: Mapping[str, Finding] | None = None,
) -> Audit:
    """Say of every claim of an abstract whether any set of patients could have produced it.

    Args:
        claims: The transcript.
        known_at: When a study's variable is known: "baseline", "on-treatment", or None.
        regenerated: Claim id to what the pipeline's own value says of it, where there is one.

    Raises:
        ManuscriptError: The integer program came to no decision.
    """
    examined = _examined(claims)
    reading, together = examined.reading, examined.together
    claims = reading.claims
    compared = contrasts(reading, together.standing)
    findings = [*examined.moved, *_findings(reading, together, compared, known_at)]
    findings += (regenerated or {}).values()
    judged = tuple(_judge(reading, together, claim, findings) for claim in claims.claims)
    ids = {claim.id for claim in claims.claims}
    blamed = dict.fromkeys(
        name for f in findings if f.verdict == "impossible" for name in f.claims if name not in ids
    )
    return Audit(
        citation=" ".join(claims.source.citation.split()),
        claims=judged,
        blamed=tuple(blamed),
        together=together,
        sizes=examined.sizes,
        multiplicity=multiplicity(compared),
    )


@dataclass(frozen=True)
class _Examined:
    """What the integer program says of a transcript: nearly all of the time that an audit takes."""

    claims: Claims
    reading: Reading
    together: Together
    moved: tuple[Finding, ...]
    sizes: tuple[SizeFit, ...]


#: Of the transcript that was audited last: a study's is audited before its own values are
#: compared with it, and again with what they say.
_last: list[_Examined] = []


def _examined(claims: Claims) -> _Examined:
    """Ask the integer program, once for a transcript that is audited several times in a row."""
    kept = _last[0] if _last else None
    if kept is None or kept.claims is not claims:
        reading, together, moved = prefer_populations(Reading(claims))
        needed = len(together.smallest[0]) if together.smallest else 0
        sizes = size_fits(reading, {o for c in together.conflicts for o in c}, needed)
        kept = _Examined(claims, reading, together, tuple(moved), tuple(sizes))
        _last[:] = [kept]
    return kept


def _findings(
    reading: Reading, together: Together, compared: tuple[Contrast, ...], known_at: KnownAt
) -> Iterator[Finding]:
    claims = reading.claims.claims
    sizes = {claim.id: reading.size(claim) for claim in claims}
    yield from share_findings(reading, together.counts)
    yield from _together_findings(reading, together)
    yield from blame_least(course_findings(reading.claims.settled))
    yield from number_findings(reading.claims.settled, sizes)
    yield from interval_findings(claims)
    yield from ratio_findings([without_doubt(claim) for claim in claims])
    yield from open_findings(reading)
    yield from p_findings(reading, compared)
    yield from ratio_of_counts(compared)
    yield from words_against_p(claims)
    yield from design_findings(reading, known_at)
    yield from wording_findings(claims)
    yield from power_remarks(compared)
    yield from _multiplicity_remarks(compared)


def _together_findings(reading: Reading, together: Together) -> Iterator[Finding]:
    """Blame the members of every smallest set, each with a conflict that it is part of."""
    for name in together.truncated:
        yield Finding(
            (name,),
            "rounding only",
            "Holds together with the other claims only if the figure was cut off.",
            problem="P17",
        )
    sets = [*together.smallest, *together.with_sizes]
    if together.size_blamed:
        sets = list(together.with_sizes) or sets
    blamed = dict.fromkeys([*together.alone, *(name for one in sets for name in one)])
    sole = len(sets) == 1
    for name in blamed:
        conflict = min((c for c in together.conflicts if name in c), key=len, default=(name,))
        yield _blame(reading, name, conflict, sole=sole or name in together.alone)


def _blame(reading: Reading, name: str, conflict: tuple[str, ...], *, sole: bool) -> Finding:
    others = tuple(other for other in conflict if other != name)
    if not others:
        evidence = "No cohort satisfies this claim."
    elif sole:
        evidence = f"No cohort satisfies this claim together with {listed(others)}."
    else:
        evidence = f"One of these must be wrong: {listed(conflict)} cannot hold together."
    figures = [f"{other}: {_figure(reading, other)}" for other in conflict]
    problem = "P04" if len(conflict) > 2 else "P02"
    return Finding((name,), "impossible", evidence, "; ".join(figures), problem, others)


def _figure(reading: Reading, name: str) -> str:
    claim = reading.by_id.get(name)
    if claim is None:
        population = next(k for k, owner in reading.size_owner.items() if owner == name)
        return str(reading.sizes[population])
    n = reading.size(claim)
    over = f" of {n}" if claim.kind == "proportion" and n and claim.of is None else ""
    return figure_of(claim) + over


def _multiplicity_remarks(compared: tuple[Contrast, ...]) -> Iterator[Finding]:
    found = {one.claim: one for one in multiplicity(compared)}
    for contrast in compared:
        claim, adjusted = contrast.claim, found.get(contrast.claim.id)
        significant = claim.p_number is not None and claim.p_number <= ALPHA and claim.p_sign != ">"
        if adjusted and len(found) > 1 and significant and adjusted.holm >= ALPHA:
            words = (
                f"Not significant after Holm's adjustment for {len(found)} comparisons "
                f"(p = {adjusted.holm:.2f})."
            )
            yield Finding((claim.id,), None, words, problem="P06")


def _judge(reading: Reading, together: Together, claim: Claim, findings: list[Finding]) -> Judged:
    own = [f for f in findings if claim.id in f.claims]
    chosen = gravest(own)
    if chosen is None or (chosen.verdict == "cannot be checked" and not reading.is_open(claim)):
        found = nothing_found(reading, together, claim)
        if chosen is None or found.verdict == "consistent":
            chosen = found
    conflict = tuple(
        dict.fromkeys(
            n for f in own if f.verdict == "impossible" for n in (*f.claims, *f.with_claims)
        )
    )
    remarks = dict.fromkeys(
        _remark(f) for f in own if f.evidence != chosen.evidence and f.verdict != "consistent"
    )
    verdict = chosen.verdict or "cannot be checked"
    return Judged(
        claim.id,
        " ".join(claim.text.split()),
        figure_of(claim),
        verdict,
        chosen.evidence,
        chosen.arithmetic,
        chosen.problem,
        conflict if verdict == "impossible" else (),
        tuple(remarks),
    )


def _remark(finding: Finding) -> str:
    number = f"{finding.problem}: " if finding.problem else ""
    return number + finding.evidence
