"""Cohorts drawn by code, from which the abstracts of ``written_abstracts`` take their figures."""

from __future__ import annotations

import math
import random
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from statistics import NormalDist, mean, median, quantiles, stdev

from helpers.statistics.competing_risks import cumulative_incidence, incidence_at
from helpers.statistics.proportions import chi_square, fisher_exact, proportion
from helpers.statistics.time_to_event import kaplan_meier, logrank, survival_at
from helpers.statistics.time_to_event import median as median_time

Z = 1.959963984540054


class Cohort:
    """Patients as rows, and figures of any part of them as an abstract prints them."""

    def __init__(self, seed: int, n: int, digits: int = 1, rounding: str = ROUND_HALF_UP) -> None:
        self.digits, self.rounding = digits, rounding
        rng = random.Random(seed)
        self.rows = [self._row(rng) for _ in range(n)]

    @staticmethod
    def _row(rng: random.Random) -> dict:
        pfs = rng.expovariate(1 / 13)
        return {
            "male": rng.random() < 0.55, "age": rng.randint(38, 84), "lines": rng.randint(1, 7),
            "high": rng.random() < 0.35, "emd": rng.random() < 0.3, "arm": rng.random() < 0.5,
            "fish": rng.random() < 0.9, "evaluable": rng.random() < 0.93,
            "mrd": rng.random() < 0.7, "negative": rng.random() < 0.4,
            "grade": rng.choices(("CR", "VGPR", "PR", "SD", "PD"), (3, 3, 3, 2, 1))[0],
            "pfs": pfs, "os": pfs + rng.expovariate(1 / 25), "end": rng.uniform(6, 48),
            "cause": rng.choices((1, 2), (2, 1))[0], "albumin": rng.gauss(36, 5),
            **{f"ae{i}": rng.choices((0, 1, 2, 3, 4), (5, 2, 2, 2, 1))[0] for i in range(5)},
        }  # fmt: skip

    def of(self, **wanted) -> list[dict]:
        """Rows with these values; a function is asked instead."""
        return [
            row
            for row in self.rows
            if all(v(row[k]) if callable(v) else row[k] == v for k, v in wanted.items())
        ]

    def p(self, k: int, n: int) -> str:
        """A percentage."""
        return self.show(Decimal(100 * k) / Decimal(n))

    def show(self, value, digits: int | None = None) -> str:
        digits = self.digits if digits is None else digits
        return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=self.rounding))


def best(rows, *grades) -> int:
    return sum(row["grade"] in grades for row in rows)


def orr(rows) -> int:
    return best(rows, "CR", "VGPR", "PR")


def plain(value: float, digits: int = 1) -> str:
    return f"{value:.{digits}f}"


def p_of(value: float) -> str:
    return "<0.001" if value < 0.001 else plain(value, 3) if value < 0.1 else plain(value, 2)


def exact_interval(k: int, n: int) -> tuple[str, str]:
    found = proportion(k, n)
    return plain(100 * found.low), plain(100 * found.high)


def table(one, other, counted=orr) -> list[list[int]]:
    return [[counted(g), len(g) - counted(g)] for g in (one, other)]


def fisher(one, other) -> str:
    return p_of(fisher_exact(table(one, other)).p)


def chi(one, other) -> str:
    return p_of(chi_square(table(one, other), correction=False).p)


def followed(rows, end: str) -> tuple[list[float], list[bool]]:
    return [min(r[end], r["end"]) for r in rows], [r[end] <= r["end"] for r in rows]


def km(rows, end: str) -> tuple[str, str, str]:
    """Median with its interval, NR for what was not reached."""
    found = median_time(kaplan_meier(*followed(rows, end)))
    return tuple("NR" if v is None else plain(v) for v in (found.estimate, found.low, found.high))


def rate(rows, end: str, time: float) -> tuple[str, str, str]:
    found = survival_at(kaplan_meier(*followed(rows, end)), [time])[0]
    return tuple(plain(100 * v) for v in (found.estimate, found.low, found.high))


def log_rank(one, other, end: str) -> str:
    times, events = followed([*one, *other], end)
    return p_of(logrank(times, events, [0] * len(one) + [1] * len(other)).p)


def hazard(one, other, end: str) -> tuple[str, str, str, str]:
    """Ratio of two constant hazards with its Wald interval and p-value."""
    sides = []
    for rows in (one, other):
        times, events = followed(rows, end)
        sides.append((sum(events), sum(times)))
    (d1, t1), (d2, t2) = sides
    return ratio(math.log(d1 * t2 / (d2 * t1)), math.sqrt(1 / d1 + 1 / d2))


def odds(one, other) -> tuple[str, str, str, str]:
    (a, b), (c, d) = table(one, other)
    return ratio(math.log(a * d / (b * c)), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d))


def ratio(log: float, error: float) -> tuple[str, str, str, str]:
    ends = [plain(math.exp(log + s * Z * error), 2) for s in (0, -1, 1)]
    return (*ends, p_of(2 * NormalDist().cdf(-abs(log) / error)))


def incidence(rows, cause: int, time: float) -> str:
    times, events = followed(rows, "pfs")
    causes = [r["cause"] if e else 0 for r, e in zip(rows, events, strict=True)]
    found = incidence_at(cumulative_incidence(times, causes, cause=cause), [time])[0]
    return plain(100 * found.estimate)


def ages(rows, key: str = "age") -> tuple[str, int, int]:
    values = [row[key] for row in rows]
    return f"{median(values):g}", min(values), max(values)


def quartiles(rows, key: str = "age") -> tuple[str, str]:
    low, _, high = quantiles([row[key] for row in rows], n=4, method="inclusive")
    return f"{low:.0f}", f"{high:.0f}"


def mean_sd(rows, key: str) -> tuple[str, str]:
    values = [row[key] for row in rows]
    return plain(mean(values)), plain(stdev(values))


CUT_OFF = ROUND_DOWN
