"""Measures the audit: false alarms on consistent abstracts, and changed figures that it finds.

``python benchmarks/audit.py [--consistent 200] [--changed 200] [--small 200] [--seed 1]
[--processes 1]`` writes random abstracts from cohorts that it draws (15 to 400 patients; statuses
unknown; grades of response and of adverse events; subgroups; survival; figures of 0, 1 or 2
digits, rounded half up, half to even or cut off), changes one figure in others, and prints what
the audit says. Small abstracts are decided by enumeration of every cohort, independently of the
integer program. For a changed abstract that the audit calls possible, patients are built one by
one and every count and percentage is printed from them, or values that have the median and range.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import combinations, pairwise
from statistics import NormalDist, median
from typing import Any

from helpers.audit import Audit, audit
from helpers.claims import Claim, Claims
from helpers.statistics.proportions import chi_square, fisher_exact, proportion
from helpers.statistics.time_to_event import kaplan_meier, survival_at
from helpers.statistics.time_to_event import median as median_time

GRADES = ("CR", "VGPR", "PR", "SD", "PD")
ROUNDINGS = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)
Raw = dict[str, Any]


def shown(value: Fraction | float, digits: int, rounding: str = ROUND_HALF_UP) -> str:
    """Print a number, fractions exactly; written apart from the audit's own reading."""
    exact = Fraction(value)
    with localcontext() as context:
        context.prec = 60
        number = Decimal(exact.numerator) / Decimal(exact.denominator)
        return str(number.quantize(Decimal(1).scaleb(-digits), rounding=rounding))


@dataclass
class Writer:
    """One abstract while it is written from a cohort."""

    rng: random.Random
    digits: int
    rounding: str
    claims: list[Raw] = field(default_factory=list)

    def add(self, **claim: Any) -> None:
        """Print a claim."""
        number = len(self.claims) + 1
        self.claims.append({"id": f"c{number}", "text": f"Claim {number}.", **claim})

    def percent(self, k: int, n: int) -> str:
        """Print a share in percent."""
        return shown(Fraction(100 * k, n), self.digits, self.rounding)

    def share(self, population: str, event: Raw, k: int, n: int, **more: Any) -> None:
        """Print a share: alone, with its counts, or with an interval."""
        claim: Raw = {"kind": "proportion", "population": population, "event": event, **more}
        claim["value"] = self.percent(k, n)
        if self.rng.random() < 0.25:
            claim |= {"count": k, "of": n}
        if self.rng.random() < 0.3 and 0 < k < n:
            method = self.rng.choice(["clopper-pearson", "wilson", "wald"])
            low, high = interval(k, n, method)
            claim |= {"low": shown(low, self.digits), "high": shown(high, self.digits)}
        self.add(**claim)


def interval(k: int, n: int, method: str) -> tuple[float, float]:
    """Return an interval in percent."""
    if method == "wald":
        half = 1.959963984540054 * math.sqrt(k * (n - k) / n**3)
        return 100 * max(0.0, k / n - half), 100 * min(1.0, k / n + half)
    found = proportion(k, n, method=method)  # type: ignore[arg-type]
    return 100 * (found.low or 0.0), 100 * (found.high or 1.0)


def consistent(seed: int, largest: int = 400) -> Raw:
    """Return a transcript that a drawn cohort has produced."""
    rng = random.Random(seed)
    writer = Writer(rng, rng.choice((0, 1, 1, 2)), rng.choice(ROUNDINGS))
    n = rng.randint(15, largest)
    patients = [_patient(rng) for _ in range(n)]
    safety = patients + [_patient(rng) for _ in range(rng.choice((0, 0, 1, 3)))]
    writer.add(kind="count", population="evaluable", value=n, unit="patients")
    _baseline(writer, patients)
    _response(writer, patients)
    _subgroups(writer, patients)
    _numbers(writer, patients)
    _survival(writer, patients)
    _ratios(writer)
    _safety(writer, safety)
    raw = {
        "source": f"Random abstract {seed}",
        "populations": {"treated": len(safety), "evaluable": {"n": n, "of": "treated"}},
        "attributes": {
            "sex": {"levels": ["male", "female"]},
            "age_group": {
                "variable": "age",
                "levels": {"younger": {"less_than": 65}, "older": {"at_least": 65}},
            },
            "response": {"levels": list(GRADES)},
            "high_risk": {"levels": ["no", "yes"], "unknown_allowed": True},
        },
    }
    if len(safety) == n and rng.random() < 0.5:
        raw["populations"] = {"evaluable": n}
        for claim in writer.claims:
            claim["population"] = "evaluable"
    rng.shuffle(writer.claims)
    return {**raw, "claims": writer.claims}


def _patient(rng: random.Random) -> Raw:
    return {
        "sex": rng.choice(("male", "female")),
        "age": rng.randint(35, 85),
        "lines": rng.randint(1, 9),
        "response": rng.choices(GRADES, (1, 2, 3, 2, 1))[0],
        "high_risk": rng.choices(("no", "yes", None), (5, 3, 1))[0],
        "extramedullary": rng.random() < 0.3,
        "pfs": rng.expovariate(1 / 10),
        "post": rng.expovariate(1 / 14),
        "censoring": rng.uniform(3, 40),
        "grades": {event: rng.choices((0, 1, 2, 3, 4, 5), (50, 15, 15, 12, 6, 2))[0]
                   for event in ("neutropenia", "infection")},
    }  # fmt: skip


def _baseline(writer: Writer, patients: list[Raw]) -> None:
    rng, n = writer.rng, len(patients)
    male = sum(p["sex"] == "male" for p in patients)
    if rng.random() < 0.5:
        for level, k in (("male", male), ("female", n - male)):
            writer.add(kind="count", population="evaluable", event={"sex": level}, value=k)
    else:
        writer.share("evaluable", {"sex": "male"}, male, n)
    known = [p for p in patients if p["high_risk"]]
    high = sum(p["high_risk"] == "yes" for p in known)
    over = rng.choice((len(known), n))
    if over:
        writer.share("evaluable", {"high_risk": "yes"}, high, over)
    writer.share(
        "evaluable", {"extramedullary": "yes"}, sum(p["extramedullary"] for p in patients), n
    )


def _response(writer: Writer, patients: list[Raw]) -> None:
    n = len(patients)
    for reach in (3, 2, 1):
        levels = list(GRADES[:reach])
        k = sum(p["response"] in levels for p in patients)
        if reach == 3 or writer.rng.random() < 0.7:
            writer.share("evaluable", {"response": levels}, k, n)


def _responds(patient: Raw) -> bool:
    return patient["response"] in GRADES[:3]


def _subgroups(writer: Writer, patients: list[Raw]) -> None:
    rng, event = writer.rng, {"response": list(GRADES[:3])}
    of = {
        "sex": lambda p: p["sex"],
        "age_group": lambda p: "younger" if p["age"] < 65 else "older",
        "high_risk": lambda p: p["high_risk"],
        "prior_transplant": lambda p: "yes" if p["lines"] % 2 else "no",
    }
    for name, level in rng.sample(sorted(of.items()), rng.randint(1, 4)):
        levels = sorted({level(p) for p in patients} - {None})
        groups = [[p for p in patients if level(p) == one] for one in levels]
        tables = [(sum(map(_responds, group)), len(group)) for group in groups]
        sized = rng.random() < 0.4
        for one, (k, size) in zip(levels, tables, strict=True):
            writer.share("evaluable", event, k, size, group={name: one})
            if sized:
                writer.add(kind="count", population="evaluable", event={name: one}, value=size)
        if len(levels) == 2:
            _contrast(writer, name, levels, tables, event)


def _contrast(
    writer: Writer, name: str, levels: list[str], tables: list[tuple[int, int]], event: Raw
) -> None:
    rng = writer.rng
    table = [[k, n - k] for k, n in tables]
    tests = {
        "Fisher's exact test": fisher_exact(table).p,
        "chi-square test": chi_square(table, correction=False).p,
        "chi-square test with Yates' correction": chi_square(table, correction=True).p,
    }
    test, p = rng.choice(sorted(tests.items()))
    if p is None:
        return
    claim: Raw = {
        "kind": "contrast", "population": "evaluable", "event": event,
        "groups": [{name: level} for level in levels], "p": printed_p(rng, p),
    }  # fmt: skip
    if rng.random() < 0.5:
        claim["test"] = test
    writer.add(**claim)


def printed_p(rng: random.Random, p: float) -> str:
    """Print a p-value as an inequality or to two or three digits."""
    if rng.random() < 0.4 and abs(p - 0.05) > 1e-6:
        return "<0.05" if p < 0.05 else ">0.05"
    if p < 0.001:
        return "<0.001"
    return shown(p, rng.choice((3, 3, 2))) if p >= 0.01 else shown(p, 3)


def _numbers(writer: Writer, patients: list[Raw]) -> None:
    for name, unit in (("age", "years"), ("lines", "lines")):
        values = sorted(p[name] for p in patients)
        middle = Fraction(median(values))
        claim: Raw = {"population": "evaluable", "outcome": name, "unit": unit}
        writer.add(kind="median", value=shown(middle, 0 if middle.denominator == 1 else 1), **claim)
        if writer.rng.random() < 0.7:
            writer.add(kind="range", minimum=values[0], maximum=values[-1], **claim)


def _survival(writer: Writer, patients: list[Raw]) -> None:
    for outcome in ("pfs", "os"):
        ends = [p["pfs"] if outcome == "pfs" else p["pfs"] + p["post"] for p in patients]
        times = [min(end, p["censoring"]) for end, p in zip(ends, patients, strict=True)]
        events = [end <= p["censoring"] for end, p in zip(ends, patients, strict=True)]
        curve = kaplan_meier(times, events)
        middle = median_time(curve)
        claim: Raw = {"population": "evaluable", "outcome": outcome}
        value = "not reached" if middle.estimate is None else shown(middle.estimate, 1)
        writer.add(kind="survival_median", value=value, unit="months", **claim)
        for rate in survival_at(curve, [6, 12, 24]):
            if rate.estimate is not None and writer.rng.random() < 0.8:
                percent = shown(100 * rate.estimate, writer.digits, writer.rounding)
                writer.add(kind="survival_rate", time=rate.time, value=percent, unit="%", **claim)


def _ratios(writer: Writer) -> None:
    rng = writer.rng
    for kind in rng.sample(("hazard_ratio", "hazard_ratio", "odds_ratio"), rng.randint(1, 3)):
        effect, error = rng.gauss(0, 0.6), rng.uniform(0.12, 0.6)
        digits = rng.choice((2, 2, 1))
        low, high = (math.exp(effect + s * 1.959963984540054 * error) for s in (-1, 1))
        p = 2 * NormalDist().cdf(-abs(effect) / error)
        claim = {"value": math.exp(effect), "low": low, "high": high}
        writer.add(
            kind=kind, population="evaluable", outcome="pfs", adjusted=True,
            **{key: shown(value, digits) for key, value in claim.items()},
            **({"p": printed_p(rng, p)} if rng.random() < 0.7 else {}),
        )  # fmt: skip


def _safety(writer: Writer, patients: list[Raw]) -> None:
    n = len(patients)
    for event in ("neutropenia", "infection"):
        for least, name in ((1, event), (3, f"grade ≥3 {event}"), (5, f"grade 5 {event}")):
            k = sum(p["grades"][event] >= least for p in patients)
            if least < 5 or writer.rng.random() < 0.3:
                writer.share("treated", name, k, n)


# -- changed figures --------------------------------------------------------------------------


def changed(raw: Raw, rng: random.Random) -> tuple[Raw, str, str]:
    """Return the transcript with one figure changed, the claim's id, and what was changed."""
    copy = deepcopy(raw)
    fields = [
        (claim, name)
        for claim in copy["claims"]
        for name in ("value", "count", "of", "low", "high", "minimum", "maximum", "p")
        if name in claim and claim[name] != "not reached"
    ]
    claim, name = rng.choice(fields)
    before = str(claim[name])
    while str(claim[name]) == before:
        claim[name] = _other(before, claim, name, rng)
    return copy, claim["id"], f"{claim['kind']}.{name}"


def _other(before: str, claim: Raw, name: str, rng: random.Random) -> str:
    if name == "p":
        if before[0] in "<>":
            return {"<": ">0.05", ">": "<0.05"}[before[0]]
        return shown(min(1.0, float(before) * rng.choice((0.1, 0.5, 2, 5))), 3)
    digits = len(before.partition(".")[2])
    step = Fraction(1, 10**digits)
    most = 100 if claim["kind"] in {"proportion", "survival_rate"} and name == "value" else 10**6
    size = max(step, Fraction(before) * Fraction(rng.choice((2, 5, 10, 25, 50)), 100))
    moved = Fraction(before) + rng.choice((-1, 1)) * rng.choice((step, size))
    return shown(min(max(moved, Fraction(0)), Fraction(most)), digits)


# -- small abstracts, decided by enumeration --------------------------------------------------

CELLS = tuple((g, r) for g in ("a", "b", None) for r in ("CR", "PR", "none"))


def small(seed: int) -> Raw:
    """Return a small transcript of one attribute and the response, one figure perhaps changed."""
    rng = random.Random(seed)
    n = rng.randint(4, 8)
    counts = Counter(rng.choices(CELLS, (4, 4, 4, 4, 4, 4, 1, 1, 1), k=n))
    digits, rounding = rng.choice((0, 1)), rng.choice(ROUNDINGS)
    asked: list[tuple[Raw, Raw]] = [
        ({}, {"response": ["CR", "PR"]}), ({}, {"response": ["CR"]}),
        ({"arm": "a"}, {"response": ["CR", "PR"]}), ({"arm": "b"}, {"response": ["CR", "PR"]}),
        ({"arm": "a"}, {"response": ["CR"]}), ({}, {"arm": ["a"]}),
    ]  # fmt: skip
    claims: list[Raw] = []
    for i, (group, event) in enumerate(rng.sample(asked, rng.randint(2, 6)), start=1):
        k, among = _tally(counts, group, event)
        if among:
            value = shown(Fraction(100 * k, among), digits, rounding)
            claims.append({"id": f"s{i}", "text": ".", "kind": "proportion", "group": group,
                           "event": event, "value": value})  # fmt: skip
    if claims and rng.random() < 0.7:
        claim = rng.choice(claims)
        claim["value"] = shown(Fraction(100 * rng.randint(0, n), n), digits, rounding)
    attributes = {
        "arm": {"levels": ["a", "b"], "unknown_allowed": True},
        "response": {"levels": ["CR", "PR", "none"]},
    }
    return {"source": f"Small {seed}", "populations": {"all": n}, "attributes": attributes,
            "claims": claims}  # fmt: skip


def _tally(counts: Counter[Any], group: Raw, event: Raw) -> tuple[int, int]:
    """Return numerator and denominator over patients whose status is known."""
    hits = total = 0
    for (arm, response), n in counts.items():
        if group.get("arm", arm) != arm or ("arm" in event and arm is None):
            continue
        total += n
        hits += n * (arm in event["arm"] if "arm" in event else response in event["response"])
    return hits, total


def some_cohort(raw: Raw) -> bool:
    """Whether any cohort of the size has all shares; every cohort is looked at."""
    n = raw["populations"]["all"]
    for bars in combinations(range(n + len(CELLS) - 1), len(CELLS) - 1):
        edges = (-1, *bars, n + len(CELLS) - 1)
        cells = [b - a - 1 for a, b in pairwise(edges)]
        counts = Counter(dict(zip(CELLS, cells, strict=True)))
        if all(_prints(counts, claim, n) for claim in raw["claims"]):
            return True
    return False


def _prints(counts: Counter[Any], claim: Raw, n: int) -> bool:
    k, known = _tally(counts, claim["group"], claim["event"])
    digits = len(claim["value"].partition(".")[2])
    return any(
        shown(Fraction(100 * k, total), digits, rounding) == claim["value"]
        for total in {known, n if "arm" in claim["event"] else known} - {0}
        for rounding in ROUNDINGS
    )


# -- patients that print every counted figure -------------------------------------------------


def patients_of(found: Audit) -> list[dict[str, str]] | None:
    """Return whole patients from the tables that the audit found; None where these do not join.

    One table after the other is dealt out to the patients, by the attributes that they have.
    """
    tables: dict[tuple[str, ...], Counter[tuple[str, ...]]] = {}
    for attributes, levels, n in found.together.counts.cells if found.together.counts else ():
        tables.setdefault(attributes, Counter())[levels] += n
    patients: list[dict[str, str]] = []
    waiting = list(tables.items())
    while waiting:
        known = set(patients[0]) if patients else set()
        waiting.sort(key=lambda item: -len(known & set(item[0])))
        attributes, cells = waiting.pop(0)
        dealt = [dict(zip(attributes, levels, strict=True)) for levels in cells.elements()]
        if not patients:
            patients = dealt
            continue
        shared = sorted(known & set(attributes))
        hands: dict[tuple[str, ...], list[dict[str, str]]] = {}
        for hand in dealt:
            hands.setdefault(tuple(hand[a] for a in shared), []).append(hand)
        for patient in patients:
            left = hands.get(tuple(patient[a] for a in shared))
            if not left:
                return None
            patient.update(left.pop())
        if any(hands.values()):
            return None
    return patients


def printed_by(patients: list[dict[str, str]], claims: Claims) -> list[str]:
    """Return the counting claims that these patients do not print; written apart from the audit."""
    wrong = []
    for claim in claims.claims:
        if claim.kind not in {"count", "proportion"} or claim.uncertain:
            continue
        base = [p for p in patients if _belongs(p, claims, claim)]
        hits = [p for p in base if all(p[a] in levels for a, levels in claim.event.items())]
        known = [p for p in base if all(p[a] != "unknown" for a in claim.event)]
        k, totals = len(hits), {len(base), len(known)}
        if claim.of is not None:
            low, high = min(totals), max(totals)
            totals = {int(claim.of)} if low <= int(claim.of) <= high else set()
        number = claim.value if claim.kind == "count" else claim.count
        good = number is None or k == int(number)
        if claim.kind == "proportion" and claim.value is not None:
            digits = len(claim.value.partition(".")[2])
            good = good and any(
                shown(Fraction(100 * k, n), digits, rounding) == claim.value
                for n in totals - {0}
                for rounding in ROUNDINGS
            )
        if not good:
            wrong.append(claim.id)
    return wrong


def _belongs(patient: dict[str, str], claims: Claims, claim: Claim) -> bool:
    chain = claims.ancestors(claim.population)
    return all(patient.get(f"member of {key}", "in") == "in" for key in chain) and all(
        patient[a] in levels for a, levels in claims.conditions(claim).items()
    )


# -- values that print a median and a range ----------------------------------------------------


def values_of(raw: Raw, claim: Raw) -> list[Fraction | int] | None:
    """Return values that print the median and the range of what a claim summarises.

    Whole ones but for years; None where no such values exist, or where no median is printed.
    """
    same = [c for c in raw["claims"] if c.get("outcome") == claim["outcome"]]
    middle = next((Fraction(c["value"]) for c in same if c["kind"] == "median"), None)
    ends = next((c for c in same if c["kind"] == "range"), None)
    size = raw["populations"][claim["population"]]
    n = size if isinstance(size, int) else size["n"]
    if middle is None:
        return None
    low = int(ends["minimum"]) if ends else 0
    high = int(ends["maximum"]) if ends else 200
    years = claim["unit"] == "years"  # which may have fractions
    below, above = (middle, middle) if years else (math.floor(middle), math.ceil(middle))
    inner = [below] if n % 2 else [below, above]
    half = (n - len(inner)) // 2
    values: list[Fraction | int] = sorted([*[low] * half, *inner, *[high] * half])
    bounded = ends is None or (values[0], values[-1]) == (low, high)
    return values if bounded and Fraction(median(values)) == middle else None


# -- the measurement --------------------------------------------------------------------------


@dataclass(frozen=True)
class One:
    """What was measured of one abstract.

    Attributes:
        seed: Its seed.
        kind: "consistent", "changed" or "small".
        claims: Number of its claims.
        seconds: Processor time of the audit.
        possible: What the audit says.
        what: Kind of claim and figure that were changed.
        blamed: The changed claim is impossible, or part of a contradiction that is blamed.
        flagged: It is called rounding only, test-dependent or uncheckable instead.
        shown: What shows that a changed figure is possible: "patients", "values", or nothing.
        undecided: The audit left some question open.
        truth: What enumeration of every cohort says of a small abstract.
        words: What to print of it where something is to be looked at.
    """

    seed: int
    kind: str
    claims: int
    seconds: float
    possible: bool
    what: str = ""
    blamed: bool = False
    flagged: bool = False
    shown: str = ""
    undecided: bool = False
    truth: bool | None = None
    words: str = ""


def measured(task: tuple[str, int]) -> One:
    """Write the abstract of a seed, and audit it."""
    kind, seed = task
    if kind == "small":
        raw = small(seed)
        found, seconds = _audited(raw)
        truth = some_cohort(raw)
        return One(seed, kind, len(raw["claims"]), seconds, found.possible, truth=truth)
    if kind == "consistent":
        raw = consistent(seed)
        found, seconds = _audited(raw)
        return One(seed, kind, len(raw["claims"]), seconds, found.possible, words=found.summary)
    raw, claim, what = changed(consistent(seed + 10_000), random.Random(seed))
    found, seconds = _audited(raw)
    verdict = next(one.verdict for one in found.claims if one.claim == claim)
    shown_by, words = _shown_possible(raw, claim, what, found) if found.possible else ("", "")
    return One(
        seed, kind, len(raw["claims"]), seconds, found.possible, what,
        blamed=not found.possible and blames(found, claim),
        flagged=verdict in {"rounding only", "test-dependent", "cannot be checked"},
        shown=shown_by, undecided=found.together.undecided, words=words,
    )  # fmt: skip


def _audited(raw: Raw) -> tuple[Audit, float]:
    claims = Claims.model_validate(raw)
    began = time.process_time()
    found = audit(claims)
    return found, time.process_time() - began


def _shown_possible(raw: Raw, name: str, what: str, found: Audit) -> tuple[str, str]:
    """Return what shows that some cohort has a changed figure, or why nothing does."""
    claim = next(c for c in raw["claims"] if c["id"] == name)
    if claim["kind"] in {"median", "range"}:
        return ("values", "") if values_of(raw, claim) else ("", f"{what}: no values print it")
    if what in {"count.value", "proportion.value", "proportion.count", "proportion.of"}:
        patients = patients_of(found)
        wrong = None if patients is None else printed_by(patients, Claims.model_validate(raw))
        if wrong == []:
            return "patients", ""
        return "", f"{what}: {'no patients' if wrong is None else f'patients do not print {wrong}'}"
    return "", ""


def blames(found: Audit, claim: str) -> bool:
    """Whether a claim is impossible, or part of a contradiction that is blamed."""
    return any(
        one.verdict == "impossible" and (one.claim == claim or claim in one.conflict)
        for one in found.claims
    )


def lines(made: list[One]) -> Iterator[str]:
    """Yield the table of docs/audit.md."""
    clean, planted, tiny = (
        [one for one in made if one.kind == kind] for kind in ("consistent", "changed", "small")
    )
    found = [one for one in planted if not one.possible]
    missed = [one for one in planted if one.possible]
    counted = [one for one in missed if one.shown == "patients"]
    listed = [one for one in missed if one.shown == "values"]
    left = [one for one in missed if not one.shown]
    wrong = [one for one in tiny if not one.truth]
    yield "| measured | result |"
    yield "|---|---|"
    alarms = sum(not one.possible for one in clean)
    yield f"| consistent abstracts with an impossible verdict | {alarms} of {len(clean)} |"
    yield f"| changed figures found | {len(found)} of {len(planted)} |"
    blamed = sum(one.blamed for one in found)
    yield f"| of those, blamed on a set that holds the changed claim | {blamed} of {len(found)} |"
    yield (
        "| not found, and possible: patients were built who print every count and percentage "
        f"| {len(counted)} of {len(missed)} |"
    )
    yield (
        "| not found, and possible: values were built that have the median and the range "
        f"| {len(listed)} of {len(missed)} |"
    )
    yield (
        "| not found, and not shown to be possible (survival, ratios, intervals, p-values) "
        f"| {len(left)} of {len(missed)} |"
    )
    flagged = sum(one.flagged for one in left)
    yield (
        "| of these, called rounding only, test-dependent or uncheckable "
        f"| {flagged} of {len(left)} |"
    )
    undecided = sum(one.undecided for one in planted)
    yield f"| changed abstracts of which some question was left open | {undecided} |"
    caught = sum(not one.possible for one in wrong)
    yield (
        "| small abstracts that no cohort can produce (by enumeration), found "
        f"| {caught} of {len(wrong)} |"
    )
    differ = sum(one.truth != one.possible for one in tiny)
    yield f"| small abstracts where audit and enumeration differ | {differ} of {len(tiny)} |"
    yield from _times([*clean, *planted])
    yield ""
    yield "| figure changed | found | not found, shown possible | left |"
    yield "|---|---|---|---|"
    for what in sorted({one.what for one in planted}):
        own = [one for one in planted if one.what == what]
        caught, proved = sum(not o.possible for o in own), sum(bool(o.shown) for o in own)
        rest = len(own) - caught - proved
        yield f"| {what} | {caught} of {len(own)} | {proved} | {rest} |"


def _times(made: list[One]) -> Iterator[str]:
    if made:
        seconds = [one.seconds for one in made]
        most = max(one.claims for one in made)
        largest = max(one.seconds for one in made if one.claims == most)
        yield (
            "| processor seconds for an abstract: median, longest, "
            f"longest of those with {most} claims "
            f"| {median(seconds):.1f}, {max(seconds):.1f}, {largest:.1f} |"
        )


def main(say: Callable[[str], None] = print) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = ("consistent", "changed", "small")
    for name in kinds:
        parser.add_argument(f"--{name}", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    tasks = [(kind, given.seed + i) for kind in kinds for i in range(getattr(given, kind))]
    if given.processes > 1:
        with ProcessPoolExecutor(given.processes) as pool:
            made = list(pool.map(measured, tasks, chunksize=4))
    else:
        made = [measured(task) for task in tasks]
    for line in lines(made):
        say(line)
    for one in made:
        wrong_side = one.truth is not None and one.truth != one.possible
        if wrong_side or (one.kind == "consistent" and not one.possible):
            say(f"seed {one.seed}, {one.kind}: wrongly judged; {one.words}")
        elif one.kind == "changed" and one.words:
            say(f"seed {one.seed}: {one.words}")


if __name__ == "__main__":
    main()
