"""Cox regression of declared factors, with the checks that a reader should see beside it.

Efron's ties; Wald intervals and tests. Where a finite estimate does not exist (separation) or
events are few, Firth's penalty is used and said in ``method`` and ``notes``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from helpers.statistics.arrays import BoolArray, FloatArray, follow_up
from helpers.statistics.concordance import concordance
from helpers.statistics.firth import FirthFit, firth_cox
from helpers.statistics.partial_likelihood import CoxFit, RiskSets, fit, risk_sets
from helpers.statistics.proportional_hazards import ScoreTest, score_tests

#: Fewer events per estimated coefficient than this, and Firth's penalty is used.
MIN_EVENTS_PER_VARIABLE = 5.0
COX = "Cox regression"
FIRTH = "Firth-penalized Cox regression, profile-likelihood interval"
_NOT_FOUND = "no finite estimate was found"

#: Hazard ratio, lower bound, upper bound, p-value; NaN where there is none.
_Estimate = tuple[float, float, float, float]
_NO_ESTIMATE: _Estimate = (math.nan, math.nan, math.nan, math.nan)


@dataclass(frozen=True, eq=False)
class Factor:
    """A factor declared in advance.

    Attributes:
        name: Its key.
        label: Its name for a reader.
        values: One per row; numbers, or labels where ``levels`` is given; None/NaN is missing.
        levels: Levels of a categorical factor, the reference first; None for a numeric one.
        unit: Unit of a numeric factor.
        per: The hazard ratio is for this many units.
    """

    name: str
    label: str
    values: Any
    levels: tuple[str, ...] | None = None
    unit: str | None = None
    per: float = 1.0


@dataclass(frozen=True)
class HazardRatio:
    """One coefficient as a hazard ratio, with the rows (n) and events of its level.

    For a numeric factor ``level`` says the step ("per 10 years") and ``reference`` is None.
    """

    factor: str
    level: str
    reference: str | None
    estimate: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    events: int
    reason: str | None


@dataclass(frozen=True)
class ProportionalHazards:
    """Score test of proportional hazards for one factor, or for all ("GLOBAL")."""

    factor: str
    statistic: float | None
    df: int
    p: float | None


@dataclass(frozen=True)
class CoxModel:
    """A fitted model: ``n`` complete rows of ``n_total``, terms in the order declared."""

    terms: tuple[HazardRatio, ...]
    n: int
    n_total: int
    n_events: int
    events_per_variable: float | None
    method: str
    ties: Literal["Efron", "Breslow"]
    concordance: float | None
    proportional_hazards: tuple[ProportionalHazards, ...]
    reason: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Term:
    """A coefficient to be: its column, or the reason why it has none."""

    factor: Factor
    level: str
    reference: str | None
    column: FloatArray
    n: int
    events: int
    reason: str | None


def cox(
    durations: Any,
    events: Any,
    factors: Sequence[Factor],
    *,
    level: float = 0.95,
    firth: bool | None = None,
) -> CoxModel:
    """Fit a Cox model to the rows that are complete in every factor.

    Args:
        durations: Time of event or censoring, shape (n,).
        events: True where the event was observed, shape (n,).
        factors: What to put in the model; one for a univariable model.
        level: Confidence level in (0, 1).
        firth: Use Firth's penalty (True), never (False), or where needed (None): when no finite
            maximum exists, or there are fewer than 5 events per coefficient.

    Returns:
        The model. A factor that cannot be estimated has terms of None with a reason, and the
        model is fitted to the rest.

    Raises:
        ValueError: Missing or negative follow-up, unequal lengths, no factor, a factor named
            twice, a value that is not among its factor's levels, or an unknown level.
    """
    time, observed = follow_up(durations, events)
    _check(factors, time.size, level)
    columns = [_values(factor) for factor in factors]
    complete = np.logical_and.reduce([~pd.isna(values) for values in columns])
    time, observed, total = time[complete], observed[complete], complete.size
    notes: list[str] = []
    terms: list[_Term] = []
    for factor, values in zip(factors, columns, strict=True):
        terms.extend(_terms(factor, values[complete], observed, notes))
    terms = _without_collinear(terms)
    kept = [term for term in terms if term.reason is None]
    reason = _no_model(time, observed, kept)
    if reason is not None:
        return CoxModel(
            tuple(_hazard_ratio(term, None, reason) for term in terms),
            time.size, total, int(observed.sum()), None, COX, "Efron", None, (), reason,
            tuple(notes),
        )  # fmt: skip
    return _fitted(time, observed, terms, kept, total, level, firth, notes)


def _fitted(
    time: FloatArray,
    observed: BoolArray,
    terms: list[_Term],
    kept: list[_Term],
    total: int,
    level: float,
    firth: bool | None,
    notes: list[str],
) -> CoxModel:
    x = np.column_stack([term.column for term in kept])
    sets = risk_sets(time, observed, x)
    ordinary = fit(sets)
    per_variable = float(observed.sum()) / len(kept)
    why = _why_firth(kept, ordinary, per_variable)
    use_firth = why is not None if firth is None else firth
    if use_firth:
        estimates = _firth_estimates(firth_cox(time, observed, x, level))
        notes.append(f"Firth's penalty was used: {why or 'it was asked for'}.")
    else:
        estimates = _wald_estimates(ordinary, level)
        if why is not None:
            notes.append(f"Firth's penalty was not used, though {why}.")
    tests = _proportional_hazards(sets, ordinary, kept, notes)
    found = iter(estimates)
    return CoxModel(
        tuple(_hazard_ratio(t, None if t.reason else next(found), _NOT_FOUND) for t in terms),
        time.size,
        total,
        int(observed.sum()),
        per_variable,
        FIRTH if use_firth else COX,
        "Breslow" if use_firth else "Efron",
        _concordance(time, observed, x, estimates),
        tests,
        None if math.isfinite(estimates[0][0]) else _NOT_FOUND,
        tuple(notes),
    )


def _concordance(
    time: FloatArray, observed: BoolArray, x: FloatArray, estimates: list[_Estimate]
) -> float | None:
    """Concordance of the linear predictor, rounded so that equal rows have equal predictors."""
    ratios = np.array([estimate[0] for estimate in estimates])
    if not (np.isfinite(ratios).all() and (ratios > 0).all()):
        return None
    predictor = (x - x.mean(axis=0)) @ np.log(ratios)
    return concordance(time, observed, np.round(predictor, 10))


def _check(factors: Sequence[Factor], n: int, level: float) -> None:
    if not factors:
        raise ValueError("a model needs at least one factor")
    names = [factor.name for factor in factors]
    if len(set(names)) != len(names):
        raise ValueError("a factor is named twice")
    for factor in factors:
        if len(factor.values) != n:
            raise ValueError(f"{n} durations but {len(factor.values)} values of {factor.name!r}")
        if factor.levels is not None and len(set(factor.levels)) != len(factor.levels):
            raise ValueError(f"a level of {factor.name!r} is named twice")
        if not (math.isfinite(factor.per) and factor.per > 0):
            raise ValueError(f"'per' of {factor.name!r} must be a positive number")
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")


def _values(factor: Factor) -> np.ndarray[Any, Any]:
    """Values as an array with NaN or None where missing, checked against the levels."""
    series = pd.Series(factor.values).reset_index(drop=True)
    if factor.levels is None:
        array = np.asarray(pd.to_numeric(series, errors="raise"), dtype=float)
        if np.isinf(array).any():
            raise ValueError(f"factor {factor.name!r} holds an infinite value")
        return array
    unknown = series.notna() & ~series.isin(list(factor.levels))
    if unknown.any():
        raise ValueError(
            f"{int(unknown.sum())} values of {factor.name!r} are none of its levels "
            f"(first at position {int(np.flatnonzero(unknown)[0])})"
        )
    return series.to_numpy(dtype=object)


def _terms(
    factor: Factor, values: np.ndarray[Any, Any], observed: BoolArray, notes: list[str]
) -> list[_Term]:
    """Turn a factor's complete values into one term per coefficient."""
    if factor.levels is None:
        step = f"per {factor.per:g}" + (f" {factor.unit}" if factor.unit else "")
        column = np.asarray(values, dtype=float) / factor.per
        flat = column.size > 0 and np.ptp(column) == 0
        reason = "all patients have the same value" if flat else None
        return [_Term(factor, step, None, column, column.size, int(observed.sum()), reason)]
    rows = {name: values == name for name in factor.levels}
    present = [name for name in factor.levels if rows[name].any()]
    reference = present[0] if present else factor.levels[0]
    if reference != factor.levels[0]:
        notes.append(
            f"{factor.label}: no patient has the reference level {factor.levels[0]!r}; "
            f"{reference!r} is the reference."
        )
    terms = []
    for name in factor.levels:
        if name == reference:
            continue
        reason = None if rows[name].any() else f"no patient has the level {name!r}"
        if len(present) == 1:
            reason = f"all patients have the level {reference!r}"
        column, n = rows[name].astype(float), int(rows[name].sum())
        seen = int((rows[name] & observed).sum())
        terms.append(_Term(factor, name, reference, column, n, seen, reason))
    return terms


def _without_collinear(terms: list[_Term]) -> list[_Term]:
    """Give a reason to each term that is a linear combination of those before it."""
    checked, basis = [], np.empty((terms[0].column.size if terms else 0, 0))
    for term in terms:
        reason = term.reason
        if reason is None and term.column.size:
            centred = term.column - term.column.mean()
            rest = centred - basis @ (basis.T @ centred)
            rest = rest - basis @ (basis.T @ rest)
            if np.linalg.norm(rest) <= 1e-9 * np.linalg.norm(centred):
                reason = "it is determined by the factors before it"
            else:
                basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
        checked.append(
            _Term(term.factor, term.level, term.reference, term.column, term.n, term.events, reason)
        )
    return checked


def _no_model(time: FloatArray, observed: BoolArray, kept: list[_Term]) -> str | None:
    if time.size == 0:
        return "no patient is complete in every factor"
    if not observed.any():
        return "no events"
    if not kept:
        return "no factor varies between patients"
    return None


def _why_firth(kept: list[_Term], ordinary: CoxFit, per_variable: float) -> str | None:
    """Say why the ordinary estimate should not be relied on, or None."""
    empty = [f"{t.factor.label} {t.level!r}" for t in kept if t.reference and t.events == 0]
    if empty:
        return f"there is no event in {', '.join(empty)}"
    if not ordinary.converged:
        return "the likelihood has no finite maximum (a factor separates events from no events)"
    if per_variable < MIN_EVENTS_PER_VARIABLE:
        return f"there are {per_variable:.1f} events per coefficient, fewer than 5"
    return None


def _wald_estimates(ordinary: CoxFit, level: float) -> list[_Estimate]:
    """Hazard ratio, bounds and p for each coefficient; NaN where not converged."""
    if not ordinary.converged:
        return [_NO_ESTIMATE] * ordinary.beta.size
    error = np.sqrt(np.diag(ordinary.covariance))
    half = stats.norm.isf((1 - level) / 2) * error
    p = 2 * stats.norm.sf(np.abs(ordinary.beta / error))
    columns = (np.exp(ordinary.beta + shift) for shift in (0.0, -half, half))
    return [tuple(row) for row in np.column_stack([*columns, p]).tolist()]


def _firth_estimates(penalised: FirthFit) -> list[_Estimate]:
    if not penalised.converged:
        return [_NO_ESTIMATE] * penalised.beta.size
    columns = [np.exp(penalised.beta), np.exp(penalised.low), np.exp(penalised.high), penalised.p]
    return [tuple(row) for row in np.column_stack(columns).tolist()]


def _hazard_ratio(term: _Term, values: _Estimate | None, reason: str) -> HazardRatio:
    estimate, low, high, p = (
        (None,) * 4 if values is None else (v if math.isfinite(v) else None for v in values)
    )
    why = term.reason or (None if estimate is not None else reason)
    if why is None and (low is None or high is None or p is None):
        why = "the profile likelihood gives no bound or p-value"
    return HazardRatio(
        term.factor.name, term.level, term.reference, estimate, low, high, p,
        term.n, term.events, why,
    )  # fmt: skip


def _proportional_hazards(
    sets: RiskSets, ordinary: CoxFit, kept: list[_Term], notes: list[str]
) -> tuple[ProportionalHazards, ...]:
    if not ordinary.converged:
        notes.append("Proportional hazards were not tested: no finite unpenalized estimate.")
        return ()
    names = list(dict.fromkeys(term.factor.name for term in kept))
    blocks = [[i for i, term in enumerate(kept) if term.factor.name == name] for name in names]
    tests = score_tests(sets, ordinary.beta, blocks)
    return tuple(_tested(name, test) for name, test in zip([*names, "GLOBAL"], tests, strict=True))


def _tested(name: str, test: ScoreTest) -> ProportionalHazards:
    return ProportionalHazards(name, test.statistic, test.df, test.p)
