"""Cox regression of declared factors, with the checks that a reader should see beside it.

Efron's ties; Wald intervals and tests. Where a finite estimate does not exist (separation) or
events are few, Firth's penalty is used and said in ``method`` and ``notes``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from helpers.statistics.arrays import BoolArray, FloatArray, IntArray, entries, follow_up
from helpers.statistics.concordance import concordance
from helpers.statistics.design import Factor, Term, codes, columns, terms
from helpers.statistics.firth import firth_cox, penalty_notes, why_penalised
from helpers.statistics.partial_likelihood import CoxFit, fit
from helpers.statistics.person_time import require_own_intervals
from helpers.statistics.proportional_hazards import ScoreTest, score_tests
from helpers.statistics.ratios import NOT_FOUND, Estimate, Ratio, firth_ratios, wald_ratios
from helpers.statistics.risk_sets import RiskSets, risk_sets
from helpers.statistics.robust import sandwich

__all__ = ["CoxModel", "Factor", "HazardRatio", "ProportionalHazards", "cox"]

COX = "Cox regression"
FIRTH = "Firth-penalized Cox regression, profile-likelihood interval"
FIRTH_WALD = "Firth-penalized Cox regression, Wald interval"
_NO_ESTIMATE: Estimate = (math.nan, math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class HazardRatio(Ratio):
    """One coefficient as a hazard ratio."""


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
class _Rows:
    """The complete rows, and what they are grouped by (numbers from 0)."""

    time: FloatArray
    observed: BoolArray
    entry: FloatArray | None
    strata: IntArray | None
    clusters: IntArray | None
    patients: IntArray | None

    @property
    def n(self) -> int:
        """Patients; rows where each is one."""
        return self.time.size if self.patients is None else np.unique(self.patients).size

    @property
    def n_events(self) -> int:
        """Events of all rows."""
        return int(self.observed.sum())

    def only(self, kept: BoolArray) -> _Rows:
        """The rows that are kept."""
        if kept.all():
            return self
        given = {name: values for name, values in vars(self).items() if values is not None}
        return replace(self, **{name: values[kept] for name, values in given.items()})


def cox(
    durations: Any,
    events: Any,
    factors: Sequence[Factor],
    *,
    level: float = 0.95,
    firth: bool | None = None,
    entry: Any = None,
    strata: Any = None,
    clusters: Any = None,
    patients: Any = None,
    profile: bool = True,
) -> CoxModel:
    """Fit a Cox model to the rows that are complete in every factor.

    Covariates that change in time are given as several rows a patient, each an interval
    (entry, duration] with the values that held in it, and ``patients`` says whose it is.

    Args:
        durations: Time of event or censoring, shape (n,).
        events: True where the event was observed, shape (n,).
        factors: What to put in the model; one for a univariable model.
        level: Confidence level in (0, 1).
        firth: Use Firth's penalty (True), never (False), or where needed (None): when no finite
            maximum exists, or there are fewer than 5 events per coefficient.
        entry: Time of entry under observation: a row is at risk in (entry, duration], shape (n,).
        strata: Stratum of each row, each with a baseline hazard of its own; None is missing, (n,).
        clusters: Cluster of each row (a center): intervals and p-values then are from the robust
            sandwich variance; None is missing, shape (n,).
        patients: Patient of each row, where a patient may have several, shape (n,). Then n and
            n_total count patients, and the intervals are checked.
        profile: Whether Firth's intervals and tests are of the profile likelihood; else Wald's.

    Returns:
        The model. A factor that cannot be estimated has terms of None with a reason, and the
        model is fitted to the rest.

    Raises:
        ValueError: Missing or negative follow-up, unequal lengths, no factor, a factor named
            twice, a value that is not among its factor's levels, an unknown level, an entry that
            is not before its duration; intervals of one patient that overlap, or an event of a
            patient that another interval follows.
    """
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")
    rows = _rows(durations, events, entry, strata, clusters, patients)
    return _model(rows, factors, level, firth, profile)


def _model(
    rows: _Rows, factors: Sequence[Factor], level: float, firth: bool | None, profile: bool
) -> CoxModel:
    held = columns(factors, rows.time.size)
    complete = held.complete.copy()
    for group in (rows.strata, rows.clusters):
        complete &= True if group is None else group >= 0
    total, rows = rows.n, rows.only(complete)
    found, notes = terms(
        factors, replace(held, complete=complete), rows.observed,
        patients=rows.patients, strata=rows.strata,
    )  # fmt: skip
    kept = [term for term in found if term.reason is None]
    reason = _no_model(rows, kept)
    if reason is not None:
        return CoxModel(
            tuple(HazardRatio.of(term, None, reason) for term in found),
            rows.n, total, rows.n_events, None, COX, "Efron", None, (), reason, tuple(notes),
        )  # fmt: skip
    return _fitted(rows, found, kept, total, level, firth, profile, notes)


def _rows(
    durations: Any, events: Any, entry: Any, strata: Any, clusters: Any, patients: Any
) -> _Rows:
    """Check what the rows are; a stratum or cluster that is missing becomes -1."""
    time, observed = follow_up(durations, events)
    start = None if entry is None else entries(entry, time)
    people = None if patients is None else codes(patients, "patients", time.size)
    if people is not None:
        require_own_intervals(people, time, observed, start)
    stratum, cluster = (
        None if given is None else codes(given, name, time.size, missing=True)
        for name, given in (("strata", strata), ("clusters", clusters))
    )
    return _Rows(time, observed, start, stratum, cluster, people)


def _fitted(
    rows: _Rows,
    found: list[Term],
    kept: list[Term],
    total: int,
    level: float,
    firth: bool | None,
    profile: bool,
    notes: list[str],
) -> CoxModel:
    x = np.stack([term.column for term in kept]).T
    sets = risk_sets(rows.time, rows.observed, x, entry=rows.entry, strata=rows.strata)
    ordinary = fit(sets)
    per_variable = rows.n_events / len(kept)
    why = _why_firth(kept, ordinary, per_variable)
    use_firth = why is not None if firth is None else firth
    notes += penalty_notes(why, used=use_firth)
    clusters = _heeded(rows.clusters, use_firth, notes)
    if use_firth:
        penalised = firth_ratios(firth_cox(sets, level, profile=profile))
        estimates = penalised or [_NO_ESTIMATE] * len(kept)
    else:
        estimates = _wald_estimates(sets, ordinary, clusters, level)
    tests = _proportional_hazards(sets, ordinary, kept, notes)
    each = iter(estimates)
    return CoxModel(
        tuple(HazardRatio.of(t, None if t.reason else next(each), NOT_FOUND) for t in found),
        rows.n,
        total,
        rows.n_events,
        per_variable,
        _method(rows.strata is not None, clusters is not None, use_firth, profile),
        "Breslow" if use_firth else "Efron",
        _concordance(rows, sets, estimates),
        tests,
        None if math.isfinite(estimates[0][0]) else NOT_FOUND,
        tuple(notes),
    )


def _heeded(clusters: IntArray | None, use_firth: bool, notes: list[str]) -> IntArray | None:
    """Return the clusters that the variance can rest on, and note what became of them."""
    if clusters is None:
        return None
    many = np.unique(clusters).size
    if use_firth:
        notes.append("Clusters were not heeded: Firth's penalty has no robust variance.")
    elif many == 1:
        notes.append("Clusters were not heeded: there is only one.")
    else:
        notes.append(f"The robust variance rests on {many} clusters.")
    return None if use_firth or many == 1 else clusters


def _method(stratified: bool, robust: bool, penalized: bool, profile: bool) -> str:
    kind = "stratified Cox regression" if stratified else COX
    if penalized:
        return (FIRTH if profile else FIRTH_WALD).replace(COX, kind)
    kind = kind[0].upper() + kind[1:]
    return f"{kind}, robust variance by cluster" if robust else kind


def _concordance(rows: _Rows, sets: RiskSets, estimates: list[Estimate]) -> float | None:
    """Concordance of the linear predictor, rounded so that equal rows have equal predictors."""
    ratios = np.array([estimate[0] for estimate in estimates])
    if not (np.isfinite(ratios).all() and (ratios > 0).all()):
        return None
    order = sets.order[::-1]  # sorted by rising time, which makes sorting again cheap
    predictor = np.round(np.log(ratios) @ sets.x, 10)[::-1]
    entry, strata = (None if v is None else v[order] for v in (rows.entry, rows.strata))
    time, observed = rows.time[order], rows.observed[order]
    return concordance(time, observed, predictor, entry=entry, strata=strata)


def _no_model(rows: _Rows, kept: list[Term]) -> str | None:
    if rows.time.size == 0:
        return "no patient is complete in every factor"
    if not rows.n_events:
        return "no events"
    if not kept:
        return "no factor varies between patients"
    return None


def _why_firth(kept: list[Term], ordinary: CoxFit, per_variable: float) -> str | None:
    """Say why the ordinary estimate should not be relied on, or None."""
    empty = [f"{t.factor.label}: {t.level}" for t in kept if t.reference and t.events == 0]
    separated = f"there is no event in {', '.join(empty)}" if empty else None
    return why_penalised(separated, ordinary.converged, per_variable)


def _wald_estimates(
    sets: RiskSets, ordinary: CoxFit, clusters: IntArray | None, level: float
) -> list[Estimate]:
    """Hazard ratio, bounds and p for each coefficient; NaN where not converged."""
    if not ordinary.converged:
        return [_NO_ESTIMATE] * ordinary.beta.size
    covariance = ordinary.covariance
    if clusters is not None:
        covariance = sandwich(sets, ordinary, clusters)
    return wald_ratios(ordinary.beta, np.sqrt(np.diag(covariance)), level)


def _proportional_hazards(
    sets: RiskSets, ordinary: CoxFit, kept: list[Term], notes: list[str]
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
