"""p-values of comparisons: recomputed under each usual test, over all counts that fit.

A named test is held to alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from helpers.audit.contrasts import Contrast, Table, Tables, in_counts
from helpers.audit.printed import parse, prints_so
from helpers.audit.reading import Reading
from helpers.audit.tests_of_two import FURTHER, USUAL, named_tests, one_sided, p_value
from helpers.audit.verdict import Finding, listed
from helpers.claims.claim import Claim
from helpers.statistics.proportions import adjust, power_two_proportions

SLOW = "Boschloo"
#: The slow test is put to so many tables of one comparison, and for show only to so many patients.
MOST_SLOW = 20
LARGEST_SLOW = 150
#: Boschloo's p-value is no smaller than this share of Fisher's mid-p.
NOT_FAR = 0.3
ENOUGH_POWER = 0.8


def p_findings(reading: Reading, found: Sequence[Contrast]) -> Iterator[Finding]:
    """Yield what the recomputed p-values say of each comparison."""
    for contrast in found:
        claim = contrast.claim
        yield from _direction(contrast)
        if claim.p is None or claim.kind not in {"contrast", "p_value"}:
            continue
        if claim.adjusted or claim.model is not None:
            yield _unchecked(claim, "The p-value comes from a model with several factors.")
        elif one_sided(_test_words(reading, claim)):
            yield _unchecked(claim, "A one-sided test was named; two-sided ones are recomputed.")
        elif contrast.tables is None:
            yield _unchecked(claim, "The counts of the two groups are not bounded.")
        elif not contrast.tables:
            words = "No counts of the two groups fit their percentages and the other claims."
            yield _unchecked(claim, words)
        else:
            yield _recomputed(reading, claim, contrast.tables)


def words_against_p(claims: Sequence[Claim]) -> Iterator[Finding]:
    """Yield comparisons whose words say the opposite of their p-value."""
    for claim in claims:
        if claim.p is None or claim.implied:
            continue
        bound = parse(claim.p[1:])
        significant = claim.p[0] != ">" and bound.value < Fraction(1, 20)
        beside = claim.p[0] in "=>" and bound.value > Fraction(1, 20)
        if (claim.direction == "no difference" and significant) or (
            claim.direction == "different" and beside
        ):
            yield Finding(
                (claim.id,),
                "impossible",
                "The words and the p-value say opposite things.",
                f"{claim.direction}, p {claim.p}",
                problem="P05",
            )


def holds(p: float, said: str) -> bool:
    """Whether a computed p-value agrees with a printed one."""
    printed = parse(said[1:])
    if said[0] == "<":
        return p < float(printed.value)
    if said[0] == ">":
        return p > float(printed.value)
    return prints_so(printed, p)


def _recomputed(reading: Reading, claim: Claim, tables: Tables) -> Finding:
    said, named = claim.p or "", _named(reading, claim)
    shown = said.replace("=", "= ")
    if named == (SLOW,) and len(tables) > MOST_SLOW:
        return _unchecked(claim, "Too many counts of the two groups fit for Boschloo's test.")
    best = _best_table(tables, said, named or USUAL)
    if best is None:
        return _unchecked(claim, "No usual test exists for these counts.")
    table, values = best
    good = [test for test, p in values.items() if holds(p, said)]
    bad = [test for test in values if test not in good]
    arithmetic = f"{in_counts(table)}: {', '.join(f'{t} {_p(p)}' for t, p in values.items())}"
    which = f"under the {' or '.join(good or named)} test, which was named" if named else ""
    if good and (named or not bad or said[0] == "="):
        which = which or (f"under the {good[0]} test" if bad else "under every usual test")
        return Finding((claim.id,), "consistent", f"p {shown} holds {which}.", arithmetic)
    if good:
        words = f"p {shown} holds under {listed(good)} and fails under {listed(bad)}."
        return Finding((claim.id,), "test-dependent", words, arithmetic, problem="P05")
    slow = [t for t in tables if _slow_may_hold(t, said)]
    if not named and len(slow) > MOST_SLOW:
        return _unchecked(claim, "Too many counts of the two groups fit for Boschloo's test.")
    if not named and any(_further_holds(table, said) for table in tables):
        words = f"p {shown} is that of none of the usual tests, but of a likelihood or Wald test."
        return Finding((claim.id,), "test-dependent", words, arithmetic, problem="P05")
    words = f"p {shown} does not hold {which or 'under any usual test'}."
    return Finding((claim.id,), "impossible", words, arithmetic, problem="P05")


def _named(reading: Reading, claim: Claim) -> tuple[str, ...]:
    """Return the tests that were named for a claim, or as the only ones of the abstract."""
    return named_tests(_test_words(reading, claim))


def _test_words(reading: Reading, claim: Claim) -> str | None:
    named = reading.claims.tests.named
    return claim.test or (named[0] if len(named) == 1 else None)


def _best_table(
    tables: Tables, said: str, tests: Sequence[str]
) -> tuple[Table, dict[str, float]] | None:
    """Return the counts under which most tests agree with the printed p-value, with their p.

    The slow test is asked of the best of them, and of others only where no quick one agrees.
    """
    quick = [t for t in tests if t != SLOW] or list(tests)
    best: tuple[Table, dict[str, float]] | None = None
    most = -1.0
    for table in tables:
        values = _values(table, quick)
        held = [holds(p, said) for p in values.values()]
        share = sum(held) / len(held) if held else -1.0
        if share > most:
            best, most = (table, values), share
        if most == 1:
            break
    if best is None or SLOW not in tests or quick == list(tests):
        return best
    if most > 0:
        return best[0], _values(best[0], tests) if _small(best[0]) else best[1]
    for table in [t for t in tables if _slow_may_hold(t, said)][:MOST_SLOW]:
        values = _values(table, tests)
        if holds(values.get(SLOW, -1.0), said):
            return table, values
    return best


def _small(table: Table) -> bool:
    return table[0][1] + table[1][1] <= LARGEST_SLOW


def _slow_may_hold(table: Table, said: str) -> bool:
    """Whether Boschloo's p-value, at most Fisher's and not far below mid-p, can be the printed."""
    (k_a, n_a), (k_b, n_b) = table
    fisher, mid = (p_value(t, k_a, n_a, k_b, n_b) for t in ("Fisher", "Fisher mid-p"))
    if fisher is None or mid is None:
        return False
    bound = parse(said[1:])
    low = 0.0 if said[0] == "<" else float(bound.low if said[0] == "=" else bound.value)
    high = 1.0 if said[0] == ">" else float(bound.high if said[0] == "=" else bound.value)
    return fisher >= low and mid * NOT_FAR <= high


def _values(table: Table, tests: Sequence[str]) -> dict[str, float]:
    (k_a, n_a), (k_b, n_b) = table
    return {t: p for t in tests if (p := p_value(t, k_a, n_a, k_b, n_b)) is not None}


def _unchecked(claim: Claim, why: str) -> Finding:
    return Finding((claim.id,), "cannot be checked", why)


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _further_holds(table: Table, said: str) -> bool:
    (k_a, n_a), (k_b, n_b) = table
    values = (p_value(test, k_a, n_a, k_b, n_b) for test in FURTHER)
    return any(p is not None and holds(p, said) for p in values)


def _direction(contrast: Contrast) -> Iterator[Finding]:
    """The words say which share is larger; the printed shares must not say the opposite."""
    claim, (one, other) = contrast.claim, contrast.shares
    if claim.kind != "contrast" or claim.direction not in {"higher", "lower"}:
        return
    if one.value is None or other.value is None:
        return
    a, b = parse(one.value), parse(other.value)
    if (claim.direction == "higher" and a.high <= b.low) or (
        claim.direction == "lower" and b.high <= a.low
    ):
        yield Finding(
            (claim.id, one.id, other.id),
            "impossible",
            f"The words say {claim.direction}, the percentages say the opposite.",
            f"{one.value}% and {other.value}%",
            problem="P19",
        )


@dataclass(frozen=True)
class Compared:
    """The p-value of one comparison, and after adjustment for the number of all."""

    claim: str
    fisher: float
    holm: float
    benjamini_hochberg: float


def multiplicity(found: Sequence[Contrast]) -> tuple[Compared, ...]:
    """Return the p-values of all comparisons, adjusted for their number.

    Fisher's p-value of the first table that fits stands for each; those with none are left out.
    """
    names, values = [], []
    for contrast in found:
        if contrast.claim.kind == "contrast" and contrast.tables:
            (k_a, n_a), (k_b, n_b) = contrast.tables[0]
            p = p_value("Fisher", k_a, n_a, k_b, n_b)
            if p is not None:
                names.append(contrast.claim.id)
                values.append(p)
    holm, bh = adjust(values, method="holm"), adjust(values, method="benjamini-hochberg")
    rows = zip(names, values, holm, bh, strict=True)
    return tuple(Compared(n, p, h or 0.0, b or 0.0) for n, p, h, b in rows)


def power_remarks(found: Sequence[Contrast]) -> Iterator[Finding]:
    """Yield, where no difference was found, the power to find the one that was seen."""
    for contrast in found:
        claim = contrast.claim
        no_difference = claim.direction == "no difference" or (claim.p or "").startswith(">")
        if claim.kind != "contrast" or not no_difference or not contrast.tables:
            continue
        (k_a, n_a), (k_b, n_b) = contrast.tables[0]
        power = power_two_proportions(k_a / n_a, n_a, k_b / n_b, n_b)
        if power < ENOUGH_POWER:
            yield Finding(
                (claim.id,),
                None,
                f"With {n_a} and {n_b} patients the power to find the difference seen was "
                f"{100 * power:.0f}%; absence of significance says little.",
                problem="P07",
            )
