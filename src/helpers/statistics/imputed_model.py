"""A Cox model of multiply imputed data: the sensitivity analysis of a complete-case model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from helpers.statistics.arrays import follow_up
from helpers.statistics.imputation import impute
from helpers.statistics.pooling import Pooled, pool
from helpers.statistics.ratios import Coefficient
from helpers.statistics.regression import FIRTH_WALD, CoxModel, Factor, HazardRatio, cox


@dataclass(frozen=True)
class PooledHazardRatio(Coefficient):
    """One coefficient as a hazard ratio, pooled over the data sets.

    ``n`` and ``events`` are those of the model, since the rows of a level differ between data
    sets. ``due_to_missing`` is the share of its variance that is due to missing values, in 0..1.
    """

    df: float | None
    due_to_missing: float | None


@dataclass(frozen=True)
class ImputedModel:
    """A model of all ``n`` rows, ``n_complete`` of which miss nothing.

    Attributes:
        terms: Terms in the order declared.
        n: Rows.
        n_complete: Rows that are complete in every factor of the model.
        n_events: Events.
        data_sets: Data sets that were pooled; 0 where there was nothing to impute.
        missing: Rows that miss a factor, by its name; only factors that miss some.
        method: The regression that was fitted to each data set.
        reason: Why there is no model, or None.
        notes: What a reader should know.
    """

    terms: tuple[PooledHazardRatio, ...]
    n: int
    n_complete: int
    n_events: int
    data_sets: int
    missing: dict[str, int]
    method: str
    reason: str | None
    notes: tuple[str, ...]


def imputed_cox(
    durations: Any,
    events: Any,
    factors: Sequence[Factor],
    *,
    imputations: int = 20,
    seed: int,
    cycles: int = 10,
    auxiliary: Sequence[Factor] = (),
    level: float = 0.95,
    firth: bool | None = None,
) -> ImputedModel:
    """Fit a Cox model to imputed data sets and pool it by Rubin's rules, on the log scale.

    A standard error is half the width of the log Wald interval over the normal quantile; with
    Firth's penalty it is that of the information at the penalized maximum. The complete-data
    degrees of freedom are the events less the coefficients. Where nothing is missing, the terms
    are those of the complete-case model.

    Args:
        durations: Time of event or censoring, shape (n,); complete.
        events: True where the event was observed, shape (n,); complete.
        factors: Factors of the model.
        imputations: How many data sets, at least 2.
        seed: Seed of the random numbers.
        cycles: See :func:`helpers.statistics.imputation.impute`.
        auxiliary: Factors that help to impute and are not in the model.
        level: Confidence level in (0, 1).
        firth: As for :func:`helpers.statistics.regression.cox`; where one data set needs Firth's
            penalty, all have it.

    Raises:
        ValueError: As for :func:`helpers.statistics.regression.cox`, or fewer than two data sets.
    """
    if imputations < 2:
        raise ValueError("multiple imputation needs at least two data sets")
    time, observed = follow_up(durations, events)
    complete = cox(time, observed, factors, level=level, firth=firth)
    absent = {f.name: int(pd.isna(pd.Series(f.values)).sum()) for f in factors}
    missing = {name: count for name, count in absent.items() if count}
    unknown = [factor.label for factor in factors if absent[factor.name] == time.size]
    if not missing or unknown:
        reason = f"no value of {unknown[0]} was observed" if unknown else complete.reason
        return _unpooled(complete, missing, int(observed.sum()), reason)
    data_sets = impute(
        time, observed, [*factors, *auxiliary], imputations=imputations, seed=seed, cycles=cycles
    )
    fit = partial(cox, time, observed, level=level, profile=False)
    models = [fit(drawn[: len(factors)], firth=firth) for drawn in data_sets]
    if len({model.method for model in models}) > 1:
        models = [fit(drawn[: len(factors)], firth=True) for drawn in data_sets]
    return _pooled(models, complete.n, missing, level)


def _unpooled(
    complete: CoxModel, missing: dict[str, int], n_events: int, reason: str | None
) -> ImputedModel:
    """The complete-case model where nothing, or nothing that could be drawn, is missing."""
    terms = tuple(
        PooledHazardRatio(
            term.factor, term.level, term.reference,
            *((None,) * 4 if missing else (term.estimate, term.low, term.high, term.p)),
            complete.n_total, n_events, reason or term.reason, None, None if missing else 0.0,
        )
        for term in complete.terms
    )  # fmt: skip
    return ImputedModel(
        terms, complete.n_total, complete.n, n_events, 0, missing, complete.method, reason,
        () if missing else ("No factor value is missing, so nothing was imputed.",),
    )  # fmt: skip


def _pooled(
    models: Sequence[CoxModel], n_complete: int, missing: dict[str, int], level: float
) -> ImputedModel:
    first = models[0]
    fitted = sum(term.reason is None for term in first.terms)
    df = float(max(first.n_events - fitted, 1))
    columns = zip(*(model.terms for model in models), strict=True)
    terms = tuple(_term(column, first.n, first.n_events, df, level) for column in columns)
    notes = []
    if first.method == FIRTH_WALD:
        notes.append(
            "Firth's penalty was used in every imputed data set, with standard errors of the "
            "information at the penalized maximum."
        )
    return ImputedModel(
        terms, first.n, n_complete, first.n_events, len(models), missing, first.method,
        first.reason, tuple(notes),
    )  # fmt: skip


def _term(
    column: Sequence[HazardRatio], n: int, events: int, df: float, level: float
) -> PooledHazardRatio:
    """Pool one coefficient, or say in how many data sets it has no estimate."""
    first = column[0]
    name = (first.factor, first.level, first.reference)
    without = [term for term in column if None in (term.estimate, term.low, term.high)]
    if without:
        share = f"no estimate with bounds in {len(without)} of {len(column)} data sets"
        reason = f"{share}: {without[0].reason}"
        return PooledHazardRatio(*name, None, None, None, None, n, events, reason, None, None)
    found = _combine(column, df, level)
    low, high = math.exp(found.low), math.exp(found.high)
    return PooledHazardRatio(
        *name, math.exp(found.estimate), low, high, found.p, n, events, None, found.df,
        found.due_to_missing,
    )  # fmt: skip


def _combine(column: Sequence[HazardRatio], df: float, level: float) -> Pooled:
    ratios = [[term.estimate, term.low, term.high] for term in column]
    shape = np.log(np.array(ratios, dtype=float))
    errors = (shape[:, 2] - shape[:, 1]) / (2 * stats.norm.isf((1 - level) / 2))
    return pool(shape[:, 0], errors, complete_df=df, level=level)
