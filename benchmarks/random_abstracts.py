"""Writes random abstracts from cohorts that are drawn, and changes one figure of an abstract.

Cohorts have 15 to 400 patients; statuses unknown; grades of response and of adverse events;
subgroups; survival; figures of 0, 1 or 2 digits, rounded half up, half to even or cut off. Small
abstracts speak of at most 8 patients, so that every cohort can be looked at.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from statistics import NormalDist, median
from typing import Any, Literal

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


def interval(
    k: int, n: int, method: Literal["clopper-pearson", "wilson", "wald"]
) -> tuple[float, float]:
    """Return an interval in percent."""
    if method == "wald":
        half = 1.959963984540054 * math.sqrt(k * (n - k) / n**3)
        return 100 * max(0.0, k / n - half), 100 * min(1.0, k / n + half)
    found = proportion(k, n, method=method)
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
        k, among = tally(counts, group, event)
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


def tally(counts: Counter[Any], group: Raw, event: Raw) -> tuple[int, int]:
    """Return numerator and denominator over patients whose status is known."""
    hits = total = 0
    for (arm, response), n in counts.items():
        if group.get("arm", arm) != arm or ("arm" in event and arm is None):
            continue
        total += n
        hits += n * (arm in event["arm"] if "arm" in event else response in event["response"])
    return hits, total
