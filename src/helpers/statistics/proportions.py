"""Proportions, their differences and the tests that compare them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from helpers.statistics.contingency import (
    OddsRatio,
    chi_square,
    cochran_armitage,
    fisher_exact,
    fisher_mid_p,
    odds_ratio,
)
from helpers.statistics.testing import TestResult
from helpers.statistics.unconditional import boschloo, power_two_proportions

__all__ = [
    "OddsRatio",
    "Proportion",
    "ProportionDifference",
    "TestResult",
    "adjust",
    "boschloo",
    "chi_square",
    "cochran_armitage",
    "fisher_exact",
    "fisher_mid_p",
    "odds_ratio",
    "power_two_proportions",
    "proportion",
    "proportion_difference",
]

CLOPPER_PEARSON = "Clopper–Pearson exact"
WILSON = "Wilson"


@dataclass(frozen=True)
class Proportion:
    """``count`` of ``total`` with its interval; estimate and bounds are fractions in 0..1."""

    count: int
    total: int
    estimate: float | None
    low: float | None
    high: float | None
    level: float
    method: str


@dataclass(frozen=True)
class ProportionDifference:
    """Difference a - b of two proportions, as a fraction in -1..1, with its interval."""

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    method: str


def proportion(
    count: int,
    total: int,
    *,
    level: float = 0.95,
    method: Literal["clopper-pearson", "wilson"] = "clopper-pearson",
) -> Proportion:
    """Estimate a proportion with an exact (Clopper and Pearson 1934) or Wilson (1927) interval.

    Args:
        count: Units with the property.
        total: Units looked at; 0 gives None for estimate and bounds.
        level: Confidence level in (0, 1).
        method: Which interval.

    Raises:
        ValueError: ``count`` is not in 0..``total``, or the level or method is unknown.
    """
    count, total = _count_of_total(count, total)
    _check_level(level)
    if method == "clopper-pearson":
        name, bounds = CLOPPER_PEARSON, _clopper_pearson
    elif method == "wilson":
        name, bounds = WILSON, _wilson
    else:
        raise ValueError(f"unknown method {method!r}: 'clopper-pearson' or 'wilson'")
    if total == 0:
        return Proportion(count, total, None, None, None, level, name)
    low, high = bounds(count, total, level)
    return Proportion(count, total, count / total, low, high, level, name)


def proportion_difference(
    count_a: int, total_a: int, count_b: int, total_b: int, *, level: float = 0.95
) -> ProportionDifference:
    """Estimate the difference a - b with Newcombe's hybrid score interval.

    Newcombe RG, Stat Med 1998;17:873–890, method 10: Wilson bounds of both proportions combined.

    Raises:
        ValueError: A count is not in 0..total, or the level is not in (0, 1).
    """
    count_a, total_a = _count_of_total(count_a, total_a)
    count_b, total_b = _count_of_total(count_b, total_b)
    _check_level(level)
    method = "Newcombe hybrid score"
    if total_a == 0 or total_b == 0:
        return ProportionDifference(None, None, None, level, method)
    a, b = count_a / total_a, count_b / total_b
    low_a, high_a = _wilson(count_a, total_a, level)
    low_b, high_b = _wilson(count_b, total_b, level)
    low = a - b - math.hypot(a - low_a, high_b - b)
    high = a - b + math.hypot(high_a - a, b - low_b)
    return ProportionDifference(a - b, max(low, -1.0), min(high, 1.0), level, method)


def adjust(
    p_values: Sequence[float | None],
    *,
    method: Literal["holm", "benjamini-hochberg"],
    families: Sequence[Hashable] | None = None,
) -> tuple[float | None, ...]:
    """Adjust p-values for multiplicity within declared families; None stays None, uncounted.

    Holm 1979 bounds the family-wise error; Benjamini and Hochberg 1995 the false-discovery rate.

    Args:
        p_values: P-values of the tests.
        method: Which adjustment.
        families: Family of each test, declared before the tests were made; one family by default.

    Raises:
        ValueError: A p-value is outside 0..1, the method is unknown, or lengths differ.
    """
    if method not in ("holm", "benjamini-hochberg"):
        raise ValueError(f"unknown method {method!r}: 'holm' or 'benjamini-hochberg'")
    family = [None] * len(p_values) if families is None else list(families)
    if len(family) != len(p_values):
        raise ValueError(f"{len(p_values)} p-values but {len(family)} families")
    found: list[float | None] = list(p_values)
    for one in dict.fromkeys(family):
        rows = [i for i, p in enumerate(p_values) if family[i] == one and p is not None]
        for i, value in zip(rows, _adjusted([p_values[i] for i in rows], method), strict=True):
            found[i] = value
    return tuple(found)


def _adjusted(p_values: Sequence[float | None], method: str) -> list[float]:
    """Adjust the p-values of one family."""
    known = np.array(p_values, dtype=float)
    if not ((known >= 0) & (known <= 1)).all():
        raise ValueError("p-values must lie in 0..1")
    m, order = known.size, np.argsort(known, kind="stable")
    adjusted = np.empty(m)
    if method == "holm":
        adjusted[order] = np.maximum.accumulate(known[order] * np.arange(m, 0, -1))
    else:
        steps = known[order] * m / np.arange(1, m + 1)
        adjusted[order] = np.minimum.accumulate(steps[::-1])[::-1]
    return [float(value) for value in np.minimum(adjusted, 1.0)]


def _clopper_pearson(count: int, total: int, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low = float(stats.beta.ppf(tail, count, total - count + 1)) if count > 0 else 0.0
    high = float(stats.beta.isf(tail, count + 1, total - count)) if count < total else 1.0
    return low, high


def _wilson(count: int, total: int, level: float) -> tuple[float, float]:
    z = float(stats.norm.isf((1 - level) / 2))
    share = count / total
    centre = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    low = 0.0 if count == 0 else (centre - half) / scale
    high = 1.0 if count == total else (centre + half) / scale
    return low, high


def _count_of_total(count: int, total: int) -> tuple[int, int]:
    if count != int(count) or total != int(total):
        raise ValueError("counts must be whole numbers")
    if not 0 <= count <= total:
        raise ValueError(f"a count must lie between 0 and its total, not {count} of {total}")
    return int(count), int(total)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")
