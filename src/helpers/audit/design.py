"""Design: what no arithmetic refutes and no reader should take as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from helpers.audit.printed import parse
from helpers.audit.reading import Reading
from helpers.audit.verdict import Finding
from helpers.claims.claim import SURVIVAL, Claim

KnownAt = Callable[[str], str | None]
ENOUGH_EVENTS = 10
_HAZARD = {"hazard_ratio", "hazard_direction"}
_LATER = re.compile(
    r"\bcycles?\b|\brespon(?:se|ders?|ded|ding)\b|\b(?:non)?responders?\b|\bachiev|\bremission\b"
    r"|\bMRD\b|\bmaintenance\b|\bconsolidation\b|\btoxicit|\bdose reduction|\bdiscontinu"
    r"|\bsubsequent\b|\breceiv(?:ed|ing)\s+(?:≥|>|>=|at least|more than)\s*\d",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"\b(?:prior|previous|pre-?treatment|baseline|before|last line)\b", re.IGNORECASE
)
_SELECTED = re.compile(
    r"\b(?:received|completed|treated with|given)\s+(?:≥|>=?|at least|a minimum of|more than)\s*"
    r"(?:\d+|one|two|three|four|six)\s+(?:\w+\s+)?(?:cycles?|doses?|months?|courses?)",
    re.IGNORECASE,
)


def design_findings(reading: Reading, known_at: KnownAt) -> Iterator[Finding]:
    """Yield groupings by the future, too few events, rates past follow-up, and cut-points.

    Args:
        reading: The transcript.
        known_at: When the variable of an attribute is known, where a study says so.
    """
    yield from _later_groups(reading, known_at)
    yield from _selected(reading)
    yield from _few_events(reading)
    yield from _past_follow_up(reading)
    yield from _cut_points(reading)
    yield from _no_bound(reading)


def _later_groups(reading: Reading, known_at: KnownAt) -> Iterator[Finding]:
    for claim in reading.claims.claims:
        survival = claim.kind in SURVIVAL | _HAZARD or (
            claim.kind in {"p_value", "contrast"} and _survival_outcome(reading, claim)
        )
        names = {name for group in (claim.group, *claim.groups) for name in group}
        late = [n for n in sorted(names) if _known_later(reading, claim, n, known_at)]
        if late and survival:
            yield Finding(
                (claim.id,),
                "design",
                f"The groups by {_label(reading, late[0])} are known only after time zero, so "
                "that those who live longer have had time to enter one of them (immortal time).",
                "Needed: a landmark analysis or a time-dependent covariate",
                "P01",
            )
        elif late and claim.kind in {"proportion", "contrast"}:
            yield Finding(
                (claim.id,),
                None,
                f"The groups by {_label(reading, late[0])} are known only after time zero.",
                problem="P01",
            )


def _known_later(reading: Reading, claim: Claim, name: str, known_at: KnownAt) -> bool:
    attribute = reading.claims.attribute(name)
    said = attribute.known_at or known_at(attribute.variable or name)
    if said is not None:
        return said.startswith("on")
    words = " ".join([name, attribute.label, attribute.variable or "", *attribute.levels])
    words = words.replace("_", " ")
    return bool(_LATER.search(words)) and not _EARLIER.search(f"{words} {claim.text}")


def _survival_outcome(reading: Reading, claim: Claim) -> bool:
    curves = {c.outcome for c in reading.claims.claims if c.kind in SURVIVAL | _HAZARD}
    usual = {"pfs", "os", "efs", "dor", "ttp", "dfs", "ttnt", "rfs"}
    return claim.outcome is not None and (claim.outcome in curves or claim.outcome.lower() in usual)


def _selected(reading: Reading) -> Iterator[Finding]:
    for claim in reading.claims.claims:
        label = reading.claims.populations[claim.population].label
        selecting = claim.kind == "statement" and _SELECTED.search(claim.text)
        if selecting or (claim.kind in SURVIVAL and _SELECTED.search(label)):
            yield Finding(
                (claim.id,),
                "design",
                "Patients were selected by having stayed alive and on treatment for some time.",
                problem="P01",
            )


def _few_events(reading: Reading) -> Iterator[Finding]:
    """Too few events for the factors of a model, or for all factors tried on one outcome."""
    tried: dict[tuple[str, str | None], list[Claim]] = {}
    for claim in reading.claims.claims:
        if claim.kind in _HAZARD and claim.model is None:
            tried.setdefault((claim.population, claim.outcome), []).append(claim)
    for (population, outcome), claims in tried.items():
        events, why = most_events(reading, population, outcome)
        yield from _scarce(claims, len(claims), events, why)
    for key, model in reading.claims.models.items():
        claims = [c for c in reading.claims.claims if c.model == key]
        events, why = int(model.events or 0) or None, "printed"
        if events is None:
            population = model.population or next(iter(reading.claims.populations))
            events, why = most_events(reading, population, model.outcome)
        yield from _scarce(claims, model.factor_count or len(claims), events, why)


def _scarce(claims: list[Claim], factors: int, events: int | None, why: str) -> Iterator[Finding]:
    if events is None or factors < 2 or events >= ENOUGH_EVENTS * factors or not claims:
        return
    yield Finding(
        tuple(c.id for c in claims),
        "design",
        f"{factors} factors on at most {events} events are fewer than {ENOUGH_EVENTS} events per "
        "factor: estimates are unstable.",
        f"{events}/{factors} = {events / factors:.1f} events per factor ({why})",
        "P08",
    )


def most_events(reading: Reading, population: str, outcome: str | None) -> tuple[int | None, str]:
    """Return the most events that can have happened, and why; None where nothing bounds them.

    A median that was not reached leaves the curve above one half, and a Kaplan–Meier curve lies
    nowhere above the share of all patients without an event, so fewer than half had one.
    """
    n = reading.sizes.get(population)
    if n is None:
        return None, ""
    unreached = any(
        c.kind == "survival_median" and c.not_reached and c.outcome == outcome and not c.group
        and c.population == population
        for c in reading.claims.claims
    )  # fmt: skip
    if unreached:
        return (n - 1) // 2, f"fewer than half of {n}, since the median was not reached"
    return n, f"no more than the {n} patients"


def _past_follow_up(reading: Reading) -> Iterator[Finding]:
    follow_up: Mapping[str, Claim] = {
        c.population: c for c in reading.claims.claims if c.kind == "follow_up" and c.in_months
    }
    for claim in reading.claims.claims:
        if claim.kind != "survival_rate":
            continue
        median = follow_up.get(claim.population) or next(iter(follow_up.values()), None)
        if median is None or median.in_months is None:
            continue
        time = Fraction(repr(claim.time))
        if time > median.in_months:
            yield Finding(
                (claim.id,),
                "design",
                f"The rate at {claim.time:g} months lies past the median follow-up of "
                f"{median.value} {median.unit or 'months'}; few were still observed.",
                problem="P10",
            )


def _cut_points(reading: Reading) -> Iterator[Finding]:
    medians = {
        c.outcome: parse(c.value).value
        for c in reading.claims.claims
        if c.kind == "median" and c.value and c.outcome and not c.group
    }
    for claim in reading.claims.claims:
        for name in sorted({name for group in claim.groups for name in group}):
            attribute = reading.claims.attribute(name)
            median = medians.get(attribute.variable or name, medians.get(name))
            cuts = {h.at_least for h in attribute.levels.values() if h.at_least is not None}
            at_median = median is not None and median in {Fraction(repr(c)) for c in cuts}
            if at_median or "median" in (attribute.cut or "").lower():
                yield Finding(
                    (claim.id,),
                    None,
                    f"{_label(reading, name)} was cut at the median of this sample, which another "
                    "sample would put elsewhere.",
                    problem="P13",
                )


def _no_bound(reading: Reading) -> Iterator[Finding]:
    for claim in reading.claims.claims:
        if claim.kind == "survival_median" and claim.not_reached and claim.low is None:
            yield Finding(
                (claim.id,), None, "Not reached was printed without its lower bound.", problem="P11"
            )


def _label(reading: Reading, name: str) -> str:
    return (reading.claims.attribute(name).label or name).replace("_", " ")
