"""How far a recomputed number may lie from the published one, by what kind of number it is.

Counts are exact. Estimates and bounds may differ in their last digits, because processors and
builds of numerical libraries do. A p-value may differ as little, and must decide the same. A
number that random numbers enter may differ by its Monte-Carlo error: the standard error of a
pooled estimate over m imputed data sets is sqrt(B/m), B the variance between the data sets
(White, Royston & Wood, Stat Med 2011;30:377–399).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

ESTIMATE = 1e-6
INTERVAL = 1e-5
P_VALUE = 1e-5
#: Below this a difference is rounding of zero.
ZERO = 1e-12
DECISIVE = 0.05
#: Standard errors of a difference of two simulations that are allowed.
ERRORS = 3
SIMULATED = re.compile(r"\b(\d+) data sets imputed\b.*\bseed \d+")
SEEDED = re.compile(r"\bseed \d+")
DUE_TO_MISSING = "due_to_missing"


def simulated(row: Mapping[str, Any]) -> bool:
    """Whether random numbers enter a row: its method names their seed."""
    return bool(SEEDED.search(row.get("method") or "")) and row.get("statistic") != "count"


@dataclass(frozen=True)
class Allowance:
    """How far a number may differ.

    Attributes:
        relative: In parts of the larger of both.
        absolute: In its own unit.
        words: The same in words.
    """

    relative: float
    absolute: float
    words: str

    def holds(self, one: float, other: float) -> bool:
        """Whether two numbers are near enough."""
        return math.isclose(one, other, rel_tol=self.relative, abs_tol=max(self.absolute, ZERO))


EXACT = Allowance(0.0, 0.0, "none")
OF_ESTIMATES = Allowance(ESTIMATE, 0.0, f"{ESTIMATE:g} of the value")
OF_INTERVALS = Allowance(INTERVAL, 0.0, f"{INTERVAL:g} of the value")
OF_P_VALUES = Allowance(P_VALUE, 0.0, f"{P_VALUE:g} of the value, the same decision")


def monte_carlo(
    row: Mapping[str, Any], field: str, rows: Mapping[str, Mapping[str, Any]]
) -> Allowance:
    """Return how far one number of a simulated row may differ.

    On the log scale, with T the pooled variance, taken from the width of the interval, and f the
    share of it that is due to missing values: B/m = f T / (m + 1). Two simulations differ by
    sqrt(2 B/m); three times that is allowed to an estimate, twice as much to a bound. For a
    p-value it is carried through the normal density, for f through the chi-square of B.

    Where the ledger does not hold what the error needs, the tolerance of estimates is left.

    Args:
        row: The row of the rerun.
        field: ``value``, ``low`` or ``high``.
        rows: All rows of the rerun by key.
    """
    base = str(row["key"]).removesuffix(".p_value").removesuffix(f".{DUE_TO_MISSING}")
    ratio, share = rows.get(base, {}), rows.get(f"{base}.{DUE_TO_MISSING}", {})
    found = SIMULATED.search(row.get("method") or "")
    low, high, middle = (ratio.get(name) for name in ("low", "high", "value"))
    part, level = share.get("value"), ratio.get("level")
    if not (found and low and high and middle and level and part is not None):
        return OF_ESTIMATES
    sets, part = int(found[1]), part / 100
    normal = NormalDist()
    error = math.log(high / low) / (2 * normal.inv_cdf(0.5 + level / 2))
    simulation = ERRORS * math.sqrt(2 * part / (sets + 1))
    if row["statistic"] == DUE_TO_MISSING:
        spread = ERRORS * math.sqrt(2) * 100 * part * (1 - part) * math.sqrt(2 / (sets - 1))
        return Allowance(0.0, spread, f"Monte-Carlo error, {spread:.2g}")
    if row["statistic"] == "p_value":
        moved = 2 * normal.pdf(abs(math.log(middle)) / error) * simulation
        return Allowance(0.0, moved, f"Monte-Carlo error, {moved:.2g}, the same decision")
    factor = 1 if field == "value" else 2
    moved = math.expm1(factor * simulation * error)
    return Allowance(moved, 0.0, f"Monte-Carlo error, {moved:.2g} of the value")


def crossed(one: float, other: float, levels: frozenset[float]) -> float | None:
    """Return the significance level that lies between two p-values, or None."""
    return next((at for at in sorted(levels) if (one < at) != (other < at)), None)
