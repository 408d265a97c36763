"""Which interval of a proportion was printed, if any of the usual ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from statistics import NormalDist

from scipy import special

from helpers.audit.printed import Printed

Bounds = tuple[float, float]
#: Floats this close to the edge of what a figure stands for are given the benefit of the doubt.
MARGIN = 1e-9


@cache
def bounds(k: int, n: int, level: float) -> tuple[tuple[str, Bounds], ...]:
    """Return the usual intervals of k/n in percent, by name, cut to 0 to 100.

    Clopper–Pearson, Wilson with and without continuity correction (Newcombe 1998), Wald with and
    without, Agresti–Coull, Jeffreys, exact mid-p and logit.
    """
    z = NormalDist().inv_cdf(0.5 + level / 2)
    made: list[tuple[str, Callable[[], Bounds]]] = [
        ("Clopper–Pearson", lambda: _clopper_pearson(k, n, level)),
        ("Wilson", lambda: _wilson(k, n, z)),
        ("Wald", lambda: _wald(k / n, n, z, 0.0)),
        ("Wilson with continuity correction", lambda: _wilson_corrected(k, n, z)),
        ("Wald with continuity correction", lambda: _wald(k / n, n, z, 0.5 / n)),
        ("Agresti–Coull", lambda: _wald((k + z * z / 2) / (n + z * z), n + z * z, z, 0.0)),
        ("Jeffreys", lambda: _jeffreys(k, n, level)),
        ("exact mid-p", lambda: _mid_p(k, n, level)),
        ("logit", lambda: _logit(k, n, z)),
    ]
    return tuple(
        (name, (100 * max(0.0, low), 100 * min(1.0, high)))
        for name, (low, high) in ((name, interval()) for name, interval in made)
    )


def fitting(
    k: int, n: int, level: float, low: Printed | None, high: Printed | None
) -> Iterator[str]:
    """Yield the usual intervals of k/n that print as these bounds."""
    for name, (lower, upper) in bounds(k, n, level):
        if prints_as(lower, low) and prints_as(upper, high):
            yield name


def prints_as(value: float, printed: Printed | None) -> bool:
    """Whether a computed value prints as a figure, rounded or cut off; None fits everything."""
    if printed is None:
        return True
    return float(printed.low) - MARGIN <= value < float(printed.high) + MARGIN


def _clopper_pearson(k: int, n: int, level: float) -> Bounds:
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(special.betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(special.betaincinv(k + 1, n - k, 1 - tail))
    return low, high


def _wilson(k: int, n: int, z: float) -> Bounds:
    middle = (k + z * z / 2) / (n + z * z)
    half = z * math.sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return middle - half, middle + half


def _wilson_corrected(k: int, n: int, z: float) -> Bounds:
    p = k / n
    lower = z * z - 2 - 1 / n + 4 * p * (n * (1 - p) + 1)
    upper = z * z + 2 - 1 / n + 4 * p * (n * (1 - p) - 1)
    low = (
        0.0
        if k == 0
        else (2 * n * p + z * z - 1 - z * math.sqrt(max(lower, 0))) / (2 * (n + z * z))
    )
    high = (
        1.0
        if k == n
        else (2 * n * p + z * z + 1 + z * math.sqrt(max(upper, 0))) / (2 * (n + z * z))
    )
    return low, high


def _wald(p: float, n: float, z: float, correction: float) -> Bounds:
    half = z * math.sqrt(p * (1 - p) / n) + correction
    return p - half, p + half


def _jeffreys(k: int, n: int, level: float) -> Bounds:
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(special.betaincinv(k + 0.5, n - k + 0.5, tail))
    high = 1.0 if k == n else float(special.betaincinv(k + 0.5, n - k + 0.5, 1 - tail))
    return low, high


def _mid_p(k: int, n: int, level: float) -> Bounds:
    tail = (1 - level) / 2

    def solve(excess: Callable[[float], float]) -> float:
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if excess(middle) > 0 else (low, middle)
        return (low + high) / 2

    def above(p: float) -> float:
        return float(special.bdtrc(k - 1, n, p) + special.bdtrc(k, n, p)) / 2

    def below(p: float) -> float:
        return float(special.bdtr(k, n, p) + (special.bdtr(k - 1, n, p) if k else 0.0)) / 2

    low = 0.0 if k == 0 else solve(lambda p: tail - above(p))
    high = 1.0 if k == n else solve(lambda p: below(p) - tail)
    return low, high


def _logit(k: int, n: int, z: float) -> Bounds:
    if k in (0, n):
        return _clopper_pearson(k, n, 2 * NormalDist().cdf(z) - 1)
    middle = math.log(Fraction(k, n - k))
    half = z * math.sqrt(n / (k * (n - k)))
    return 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle))
