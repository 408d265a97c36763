"""An independent second computation: survival estimates again with lifelines.

The estimates of ``helpers.statistics`` are held to R by the tests; this check runs in every
build, on the data of the build.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.exceptions import ConvergenceError
from lifelines.statistics import multivariate_logrank_test

from helpers.analyses.comparison import Comparison
from helpers.analyses.groups import slug
from helpers.analyses.survival import times
from helpers.errors import ManuscriptError
from helpers.exhibits.table import Cell, Column, Table
from helpers.exhibits.table import Row as TableRow
from helpers.ledger import Ledger, Row, RowMaker

if TYPE_CHECKING:
    from helpers.analyses.regression import Models
    from helpers.study.cohort import Cohort

TOLERANCE = 1e-6
# A product of shares may miss one half by its rounding.
HALF = 1e-9
# Its default stops at a relative error of 2e-4 in a hazard ratio.
CONVERGENCE = {"precision": 1e-12, "r_precision": 1e-14}


@dataclass(frozen=True)
class Check:
    """One quantity, computed twice.

    Attributes:
        what: What it is.
        key: Ledger key of this project's value.
        here: This project's value; None where there is none.
        there: lifelines' value; None where there is none.
        failed: Whether lifelines' search for a maximum ended without one.
    """

    what: str
    key: str
    here: float | None
    there: float | None
    failed: bool = False

    @property
    def agrees(self) -> bool:
        """Whether both are missing, or equal within a relative 1e-6; False where one failed."""
        if self.here is None or self.there is None:
            return self.here is self.there
        return math.isclose(self.here, self.there, rel_tol=TOLERANCE, abs_tol=1e-9)


def curves(cohort: Cohort, ledger: Ledger) -> Iterator[Check]:
    """Yield the medians and survival rates of every endpoint, computed twice."""
    for endpoint, defined in cohort.study.endpoints.items():
        frame = times(cohort, endpoint)
        if frame.empty:
            continue
        fitter = KaplanMeierFitter().fit(frame["months"], frame["event"])
        key = f"survival.{endpoint}.median"
        yield Check(f"{defined.short}, median", key, ledger[key].value, _median(fitter))
        for point in cohort.study.settings.timepoint_months:
            key = f"survival.{endpoint}.rate_{slug(point)}"
            if ledger[key].value is not None:
                rate = 100 * float(fitter.predict(point))
                what = f"{defined.short}, % at {point:g} months"
                yield Check(what, key, ledger[key].value, rate)


def _median(fitter: KaplanMeierFitter) -> float | None:
    """Read the median from a curve of lifelines: the middle of a flat at one half, as R has it.

    lifelines itself names the beginning of the flat, or its end where the product of its shares
    misses one half by its rounding.
    """
    curve = fitter.survival_function_["KM_estimate"]
    reached = curve.index[curve <= 0.5 + HALF]
    below = curve.index[curve < 0.5 - HALF]
    if not len(reached):
        return None
    flat = curve[reached[0]] >= 0.5 - HALF and len(below)
    return float((reached[0] + below[0]) / 2 if flat else reached[0])


def logranks(
    cohort: Cohort, found: Sequence[Comparison], ledger: Ledger, key: str, endpoint: str
) -> Iterator[Check]:
    """Yield the log-rank p-values of comparisons from time zero, computed twice."""
    frame = times(cohort, endpoint)
    for one in found:
        row = ledger[f"{key}.{one.variable}.logrank"]
        groups = cohort.patients.loc[frame.index, one.variable].astype(object)
        known = groups.notna()
        if row.value is not None:
            test = multivariate_logrank_test(
                frame.loc[known, "months"], groups[known], frame.loc[known, "event"]
            )
            what = f"{cohort.study.label(one.variable)}, log-rank p"
            yield Check(what, row.key, row.value, float(test.p_value))


def hazard_ratios(cohort: Cohort, models: Models, ledger: Ledger) -> Iterator[Check]:
    """Yield the univariable hazard ratios of two-level factors fitted without a penalty."""
    frame = times(cohort, models.endpoint)
    for name, model in models.univariable.items():
        levels = list(cohort.study.levels(name))
        if len(levels) != 2 or "Firth" in model.method or model.reason:
            continue
        row = ledger.get(f"cox.{models.endpoint}.uni.{name}.{levels[1]}")
        if row is None or row.value is None:
            continue
        values = cohort.patients.loc[frame.index, name].astype(object)
        data = pd.DataFrame(frame[["months", "event"]]).assign(x=values.eq(levels[1]).astype(float))
        what = f"{cohort.study.label(name)}, hazard ratio"
        there = _ratio(data[values.notna()], row.value)
        yield Check(what, row.key, row.value, there, failed=there is None)


def _ratio(data: pd.DataFrame, start: float) -> float | None:
    """Return lifelines' hazard ratio of ``x``, searched from ``start``; None where it found none.

    From zero, its steps run away where one group has a handful of patients. Wherever the search
    starts, it ends at lifelines' own maximum: there is but one.
    """
    if start <= 0:
        return None
    spread = float(data["x"].std())  # lifelines standardises before it begins
    try:
        fitter = CoxPHFitter().fit(
            data,
            "months",
            "event",
            fit_options=CONVERGENCE,
            initial_point=np.array([math.log(start) * spread]),
            batch_mode=True,
        )
    except ConvergenceError:
        return None
    return float(fitter.hazard_ratios_["x"])


def rows(checks: Sequence[Check], make: RowMaker) -> Iterator[Row]:
    """Yield how many quantities were computed twice, and how many agree."""
    twice = [check for check in checks if not check.failed]
    agreeing = sum(check.agrees for check in twice)
    yield make.count("crosscheck.compared", len(twice))
    yield make.count("crosscheck.agreeing", agreeing, len(twice))


def table(checks: Sequence[Check]) -> Table | None:
    """Return the table of the check; None where there was nothing to compare.

    Raises:
        ManuscriptError: Two values disagree.
    """
    twice = [check for check in checks if not check.failed]
    apart = [check for check in twice if not check.agrees]
    if apart:
        raise ManuscriptError(
            f"{len(apart)} of {len(twice)} estimates disagree with lifelines",
            where="; ".join(f"{check.key}: {check.here} and {check.there}" for check in apart),
            remedy="report this with the versions of `manuscript doctor`; do not print the results",
        )
    if not checks:
        return None
    columns = (
        Column("Quantity"),
        Column("This pipeline", align="right"),
        Column("lifelines", align="right"),
    )
    body = tuple(
        TableRow((Cell(check.what), Cell(_shown(check.here), key=check.key),
                  Cell(_shown(check.there))))
        for check in checks
    )  # fmt: skip
    notes = [f"All {len(twice)} pairs agree within a relative difference of {TOLERANCE:g}."]
    failed = [check.what for check in checks if check.failed]
    if failed:
        notes.append(f"lifelines found no maximum, so that there is no pair: {'; '.join(failed)}.")
    return Table(columns=columns, rows=body, notes=tuple(notes))


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.5g}"
