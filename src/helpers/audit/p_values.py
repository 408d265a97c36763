"""p-values of comparisons: recomputed under each usual test, over all counts that fit.

The counts behind two printed percentages are every pair that the percentages, the sizes of the
groups and the whole allow, those that no cohort can have left out. A named test is held to alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from helpers.audit.alone import Pair, possible_pairs
from helpers.audit.counting import Demand
from helpers.audit.printed import Printed, parse
from helpers.audit.reading import Reading
from helpers.audit.tests_of_two import FURTHER, USUAL, named_tests, one_sided, p_value
from helpers.audit.verdict import Finding, listed
from helpers.claims.claim import Claim
from helpers.claims.schema import UNKNOWN
from helpers.statistics.proportions import adjust, odds_ratio, power_two_proportions

#: More tables than this are not recomputed one by one.
MOST_TABLES = 600
#: Fewer tables than this are held against all other claims.
FEW_TABLES = 25
SLOW = "Boschloo"
#: The slow test is put to so many tables of one comparison, and for show only to so many patients.
MOST_SLOW = 20
LARGEST_SLOW = 150
#: Boschloo's p-value is no smaller than this share of Fisher's mid-p.
NOT_FAR = 0.3
ENOUGH_POWER = 0.8
_EDGE = 1e-9
Tables = tuple[tuple[Pair, Pair], ...]


@dataclass(frozen=True)
class Contrast:
    """A comparison of two shares with what it can stand for.

    Attributes:
        claim: The claim.
        shares: The two proportions that it compares.
        tables: Every pair of counts that fits; None where they are not bounded or too many.
    """

    claim: Claim
    shares: tuple[Claim, Claim]
    tables: Tables | None


def contrasts(reading: Reading, standing: Sequence[str]) -> tuple[Contrast, ...]:
    """Return the comparisons of two groups whose percentages were printed.

    Args:
        reading: The transcript.
        standing: Claims that can hold together; counts that go against them are left out.
    """
    found = []
    for claim in reading.claims.settled:
        if claim.kind not in {"contrast", "p_value", "odds_ratio", "relative_risk"}:
            continue
        if len(claim.groups) != 2 or not claim.event:
            continue
        shares = [_share_of(reading, claim, group) for group in claim.groups]
        if shares[0] is not None and shares[1] is not None:
            pair = (shares[0], shares[1])
            found.append(Contrast(claim, pair, _tables(reading, standing, claim, pair)))
    return tuple(found)


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
                yield Finding((claim.id,), "consistent", words, _ratio(fit[0]))
            continue
        ratios = _ratios(claim.kind, tables[0])
        shown = f" = {float(ratios[0]):.{printed.digits + 1}f}" if ratios else ", without a limit"
        yield Finding(
            (claim.id,),
            "impossible",
            "The ratio is not that of the two groups' counts.",
            f"{_ratio(tables[0])}{shown}, printed {claim.value}",
            problem="P19",
            with_claims=tuple(share.id for share in contrast.shares),
        )


def _ratios(kind: str, table: tuple[Pair, Pair]) -> list[Fraction]:
    """Return the ratio of two groups, as it is and with 1/2 in each cell; those that exist."""
    (k_a, n_a), (k_b, n_b) = table
    if kind == "relative_risk":
        return [Fraction(k_a * n_b, n_a * k_b)] if k_b else []
    cells = (k_a, n_a - k_a, k_b, n_b - k_b)
    half = [Fraction(2 * c + 1, 2) for c in cells]
    made = [Fraction(cells[0] * cells[3], cells[1] * cells[2])] if cells[1] * cells[2] else []
    return [*made, half[0] * half[3] / (half[1] * half[2])]


def _conditional(table: tuple[Pair, Pair], printed: Printed) -> bool:
    """Whether the conditional maximum-likelihood odds ratio prints so."""
    (k_a, n_a), (k_b, n_b) = table
    found = odds_ratio([[k_a, n_a - k_a], [k_b, n_b - k_b]]).estimate
    return found is not None and float(printed.low) - _EDGE <= found < float(printed.high) + _EDGE


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
    return float(printed.low) - _EDGE <= p < float(printed.high) + _EDGE


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
    arithmetic = f"{_ratio(table)}: {', '.join(f'{t} {_p(p)}' for t, p in values.items())}"
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
) -> tuple[tuple[Pair, Pair], dict[str, float]] | None:
    """Return the counts under which most tests agree with the printed p-value, with their p.

    The slow test is asked of the best of them, and of others only where no quick one agrees.
    """
    quick = [t for t in tests if t != SLOW] or list(tests)
    best: tuple[tuple[Pair, Pair], dict[str, float]] | None = None
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


def _small(table: tuple[Pair, Pair]) -> bool:
    return table[0][1] + table[1][1] <= LARGEST_SLOW


def _slow_may_hold(table: tuple[Pair, Pair], said: str) -> bool:
    """Whether Boschloo's p-value, at most Fisher's and not far below mid-p, can be the printed."""
    (k_a, n_a), (k_b, n_b) = table
    fisher, mid = (p_value(t, k_a, n_a, k_b, n_b) for t in ("Fisher", "Fisher mid-p"))
    if fisher is None or mid is None:
        return False
    bound = parse(said[1:])
    low = 0.0 if said[0] == "<" else float(bound.low if said[0] == "=" else bound.value)
    high = 1.0 if said[0] == ">" else float(bound.high if said[0] == "=" else bound.value)
    return fisher >= low and mid * NOT_FAR <= high


def _values(table: tuple[Pair, Pair], tests: Sequence[str]) -> dict[str, float]:
    (k_a, n_a), (k_b, n_b) = table
    return {t: p for t in tests if (p := p_value(t, k_a, n_a, k_b, n_b)) is not None}


def _unchecked(claim: Claim, why: str) -> Finding:
    return Finding((claim.id,), "cannot be checked", why)


def _ratio(table: tuple[Pair, Pair]) -> str:
    return " versus ".join(f"{k}/{n}" for k, n in table)


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _further_holds(table: tuple[Pair, Pair], said: str) -> bool:
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


# -- counts behind the percentages ------------------------------------------------------------


def _share_of(reading: Reading, claim: Claim, group: Mapping[str, str]) -> Claim | None:
    for other in reading.claims.settled:
        if other.kind != "proportion" or other.event != claim.event:
            continue
        assumed = claim.population_assumed or other.population_assumed
        of_group = reading.claims.conditions(claim, group)
        same_group = assumed and reading.claims.conditions(other) == of_group
        if same_group or reading.base(other) == reading.base(claim, group):
            return other
    return None


def _tables(
    reading: Reading, standing: Sequence[str], claim: Claim, shares: tuple[Claim, Claim]
) -> Tables | None:
    first, second = (possible_pairs(reading, share) for share in shares)
    if first is None or second is None:
        return None
    tables = [(a, b) for a, b in product(first, second) if a[1] and b[1]]
    most, exhaustive, whole = _whole_of(reading, claim)
    if most is not None and _disjoint(claim):
        tables = [t for t in tables if t[0][1] + t[1][1] <= most]
    if most is not None and exhaustive:
        tables = [t for t in tables if t[0][1] + t[1][1] == most]
    if whole is not None:
        tables = [t for t in tables if t[0][0] + t[1][0] in whole]
    if len(tables) > MOST_TABLES:
        return None
    if len(tables) <= FEW_TABLES:
        tables = [t for t in tables if _some_cohort(reading, standing, shares, t)]
    # The natural reading leaves fewest patients out.
    return tuple(sorted(tables, key=lambda t: -t[0][1] - t[1][1]))


def _whole_of(reading: Reading, claim: Claim) -> tuple[int | None, bool, set[int] | None]:
    """Return the size that bounds two groups, whether they exhaust it, and its counts."""
    most = reading.most(claim.model_copy(update={"of": None}))
    exhaustive = _exhaustive(reading, claim)
    return most, exhaustive, _whole(reading, claim) if exhaustive else None


def _disjoint(claim: Claim) -> bool:
    one, other = claim.groups
    return any(name in other and other[name] != level for name, level in one.items())


def _exhaustive(reading: Reading, claim: Claim) -> bool:
    """Whether the two groups are all patients: the two levels of one declared attribute."""
    names = {name for group in claim.groups for name in group}
    if len(names) != 1 or claim.population not in reading.sizes or reading.known(claim):
        return False
    attribute = reading.claims.attribute(next(iter(names)))
    levels = {level for group in claim.groups for level in group.values()}
    return set(attribute.all_levels) == levels and UNKNOWN not in levels


def _whole(reading: Reading, claim: Claim) -> set[int] | None:
    for other in reading.claims.settled:
        if (
            other.kind == "proportion" and other.population == claim.population
            and not other.group and other.event == claim.event
        ):  # fmt: skip
            pairs = possible_pairs(reading, other)
            return None if pairs is None else {k for k, _ in pairs}
    return None


def _some_cohort(
    reading: Reading,
    standing: Sequence[str],
    shares: tuple[Claim, Claim],
    table: tuple[Pair, Pair],
) -> bool:
    """Whether some cohort has these counts, with all other claims that can hold together."""
    demands = [
        Demand("", terms, number, number)
        for share, (k, n) in zip(shares, table, strict=True)
        for terms, number in ((((1, reading.hits(share)),), k), (reading.total(share), n))
    ]
    return reading.program.feasible(standing, demands)
