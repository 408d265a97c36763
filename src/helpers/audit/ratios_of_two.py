"""Odds ratios and relative risks of two groups: are they those of the groups' counts?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from helpers.audit.contrasts import Contrast, Table, in_counts
from helpers.audit.printed import Printed, parse, prints_so
from helpers.audit.verdict import Finding
from helpers.statistics.proportions import odds_ratio


def ratio_of_counts(found: Sequence[Contrast]) -> Iterator[Finding]:
    """Yield whether odds ratios and relative risks are those of their two groups' counts."""
    for contrast in found:
        claim, tables = contrast.claim, contrast.tables
        alone = not claim.adjusted and claim.model is None
        if claim.kind not in {"odds_ratio", "relative_risk"} or claim.value is None or not alone:
            continue
        if not tables:
            continue
        printed = parse(claim.value)
        fit = [t for t in tables if any(printed.fits(r) for r in _ratios(claim.kind, t))]
        if not fit and claim.kind == "odds_ratio":
            fit = [t for t in tables if _conditional(t, printed)]
        if fit:
            if claim.low is None:
                words = "The two groups' counts give the ratio."
                yield Finding((claim.id,), "consistent", words, in_counts(fit[0]))
            continue
        ratios = _ratios(claim.kind, tables[0])
        shown = f" = {float(ratios[0]):.{printed.digits + 1}f}" if ratios else ", without a limit"
        yield Finding(
            (claim.id,),
            "impossible",
            "The ratio is not that of the two groups' counts.",
            f"{in_counts(tables[0])}{shown}, printed {claim.value}",
            problem="P19",
            with_claims=tuple(share.id for share in contrast.shares),
        )


def _ratios(kind: str, table: Table) -> list[Fraction]:
    """Return the ratio of two groups, as it is and with 1/2 in each cell; those that exist."""
    (k_a, n_a), (k_b, n_b) = table
    if kind == "relative_risk":
        return [Fraction(k_a * n_b, n_a * k_b)] if k_b else []
    cells = (k_a, n_a - k_a, k_b, n_b - k_b)
    half = [Fraction(2 * c + 1, 2) for c in cells]
    made = [Fraction(cells[0] * cells[3], cells[1] * cells[2])] if cells[1] * cells[2] else []
    return [*made, half[0] * half[3] / (half[1] * half[2])]


def _conditional(table: Table, printed: Printed) -> bool:
    """Whether the conditional maximum-likelihood odds ratio prints so."""
    (k_a, n_a), (k_b, n_b) = table
    found = odds_ratio([[k_a, n_a - k_a], [k_b, n_b - k_b]]).estimate
    return found is not None and prints_so(printed, found)
