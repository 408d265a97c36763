"""p-values of two groups under every usual test."""

from __future__ import annotations

import math
import re
from functools import cache
from statistics import NormalDist

from scipy import stats

from helpers.statistics.proportions import boschloo, chi_square, fisher_exact, fisher_mid_p

#: The usual tests of two proportions.
USUAL = ("chi-square", "chi-square with Yates' correction", "Fisher", "Fisher mid-p", "Boschloo")
#: Further ones, which clear a claim but do not make it test-dependent.
FURTHER = ("likelihood ratio", "Wald (logistic)", "unpooled z")
_CHI, _YATES, _FISHER, _MID = USUAL[:4]
_NAMES = {
    "mid-p": _MID, "mid p": _MID, "boschloo": "Boschloo", "barnard": "Boschloo", "fisher": _FISHER,
    "likelihood": "likelihood ratio", "logistic": "Wald (logistic)", "chi": _CHI, "χ": _CHI,
    "pearson": _CHI,
}  # fmt: skip
_UNCORRECTED = re.compile(r"uncorrected|\b(?:without|no)\b[^,;]*\b(?:correction|yates)")
_CORRECTED = re.compile(r"yates|continuity")
_ONE_SIDED = re.compile(r"\b(?:one|1)[- ]?(?:sided|tailed)\b")


def named_tests(words: str | None) -> tuple[str, ...]:
    """Return the tests that words name ("chi-square or Fisher's test"); none where none is known.

    A chi-square test that is not said to be corrected or uncorrected may be either: programs
    differ in which they print by default.
    """
    lowered = (words or "").lower()
    found = {test for part, test in _NAMES.items() if part in lowered}
    if _MID in found:
        found.discard(_FISHER)
    if _UNCORRECTED.search(lowered):
        found.add(_CHI)
    elif _CORRECTED.search(lowered):
        found = found - {_CHI} | {_YATES}
    elif _CHI in found:
        found.add(_YATES)
    return tuple(test for test in (*USUAL, *FURTHER) if test in found)


def one_sided(words: str | None) -> bool:
    """Whether words name a one-sided test."""
    return _ONE_SIDED.search((words or "").lower()) is not None


@cache
def p_value(test: str, k_a: int, n_a: int, k_b: int, n_b: int) -> float | None:
    """Return the two-sided p-value; None where the test does not exist for these counts."""
    table = [[k_a, n_a - k_a], [k_b, n_b - k_b]]
    if test == "chi-square":
        return chi_square(table, correction=False).p
    if test == "chi-square with Yates' correction":
        return chi_square(table, correction=True).p
    if test == "Fisher":
        return fisher_exact(table).p
    if test == "Fisher mid-p":
        return fisher_mid_p(table).p
    if test == "Boschloo":
        return boschloo(table).p
    return _further(test, k_a, n_a, k_b, n_b)


def _further(test: str, k_a: int, n_a: int, k_b: int, n_b: int) -> float | None:
    cells = (k_a, n_a - k_a, k_b, n_b - k_b)
    if test == "likelihood ratio":
        if 0 in (k_a + k_b, n_a + n_b - k_a - k_b, n_a, n_b):
            return None
        rows, columns = (n_a, n_b), (k_a + k_b, n_a + n_b - k_a - k_b)
        expected = [r * c / (n_a + n_b) for r in rows for c in columns]
        g = 2 * sum(o * math.log(o / e) for o, e in zip(cells, expected, strict=True) if o)
        return float(stats.chi2.sf(max(g, 0.0), 1))
    if test == "Wald (logistic)":
        if 0 in cells:
            return None
        z = math.log(cells[0] * cells[3] / (cells[1] * cells[2]))
        return _two_sided(z / math.sqrt(sum(1 / c for c in cells)))
    a, b = k_a / n_a, k_b / n_b
    variance = a * (1 - a) / n_a + b * (1 - b) / n_b
    return _two_sided((a - b) / math.sqrt(variance)) if variance else None


def _two_sided(z: float) -> float:
    return 2 * NormalDist().cdf(-abs(z))
