"""Logistic regression of declared factors on a yes/no outcome such as response.

Maximum likelihood with Wald intervals and tests (R's ``glm``). Where a finite estimate does not
exist (separation) or outcomes are few, Firth's penalty is used and said in ``method`` and
``notes``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from helpers.statistics.arrays import BoolArray, FloatArray, flags
from helpers.statistics.design import Factor, Term, columns, terms
from helpers.statistics.firth import firth_logistic, penalty_notes, why_penalised
from helpers.statistics.ratios import NOT_FOUND, Estimate, Ratio, firth_ratios, wald_ratios

LOGISTIC = "Logistic regression"
FIRTH_LOGISTIC = "Firth-penalized logistic regression, profile-likelihood interval"
_MAX_ITERATIONS = 50
#: Information per row and standard deviation of a covariate below which there is no maximum.
_MIN_INFORMATION = 1e-8
_STEP_EPS = 1e-9


@dataclass(frozen=True)
class AdjustedOddsRatio(Ratio):
    """One coefficient as an odds ratio."""


@dataclass(frozen=True)
class LogisticModel:
    """A fitted model: ``n`` complete rows of ``n_total``, terms in the order declared.

    ``events_per_variable`` counts the rarer of the two outcomes.
    """

    terms: tuple[AdjustedOddsRatio, ...]
    n: int
    n_total: int
    n_events: int
    events_per_variable: float | None
    method: str
    reason: str | None
    notes: tuple[str, ...]


def logistic(
    outcomes: Any,
    factors: Sequence[Factor],
    *,
    level: float = 0.95,
    firth: bool | None = None,
) -> LogisticModel:
    """Fit a logistic model to the rows that are complete in every factor.

    Args:
        outcomes: True where the outcome (a response) was reached, shape (n,).
        factors: What to put in the model; one for a univariable model.
        level: Confidence level in (0, 1).
        firth: Use Firth's penalty (True), never (False), or where needed (None): when no finite
            maximum exists, or there are fewer than 5 of the rarer outcome per coefficient.

    Returns:
        The model. A factor that cannot be estimated has terms of None with a reason, and the
        model is fitted to the rest.

    Raises:
        ValueError: A missing outcome, unequal lengths, no factor, a factor named twice, a value
            that is not among its factor's levels, or an unknown level.
    """
    if not 0 < level < 1:
        raise ValueError(f"the confidence level must lie between 0 and 1, not {level}")
    reached = flags(outcomes, "outcomes")
    held = columns(factors, reached.size)
    total, reached = reached.size, reached[held.complete]
    found, notes = terms(factors, held, reached)
    kept = [term for term in found if term.reason is None]
    n_events = int(reached.sum())
    reason = _no_model(reached, kept)
    if reason is not None:
        nothing = tuple(AdjustedOddsRatio.of(term, None, reason) for term in found)
        return LogisticModel(
            nothing, reached.size, total, n_events, None, LOGISTIC, reason, tuple(notes)
        )
    x = np.stack([term.column for term in kept]).T
    per_variable = min(n_events, reached.size - n_events) / len(kept)
    estimates = _maximum_likelihood(reached, x, level)
    why = _why_firth(kept, estimates, per_variable)
    use_firth = why is not None if firth is None else firth
    if use_firth:
        estimates = firth_ratios(firth_logistic(reached, x, level))
    notes += penalty_notes(why, used=use_firth)
    each = iter([None] * len(kept) if estimates is None else estimates)
    return LogisticModel(
        tuple(AdjustedOddsRatio.of(t, None if t.reason else next(each), NOT_FOUND) for t in found),
        reached.size,
        total,
        n_events,
        per_variable,
        FIRTH_LOGISTIC if use_firth else LOGISTIC,
        NOT_FOUND if estimates is None else None,
        tuple(notes),
    )


def _no_model(reached: BoolArray, kept: list[Term]) -> str | None:
    if reached.size == 0:
        return "no patient is complete in every factor"
    if not reached.any():
        return "no events"
    if reached.all():
        return "every patient has the event"
    return None if kept else "no factor varies between patients"


def _why_firth(
    kept: list[Term], estimates: list[Estimate] | None, per_variable: float
) -> str | None:
    """Say why the ordinary estimate should not be relied on, or None."""
    named: dict[str, list[str]] = {}
    for term in kept:
        if term.reference is not None and term.events in (0, term.n):
            words = "everybody has the event in" if term.events else "there is no event in"
            named.setdefault(words, []).append(f"{term.factor.label}: {term.level}")
    said = [f"{words} {', '.join(levels)}" for words, levels in named.items()]
    return why_penalised(" and ".join(said), estimates is not None, per_variable)


def _maximum_likelihood(reached: BoolArray, x: FloatArray, level: float) -> list[Estimate] | None:
    """Newton–Raphson on centred and scaled columns; None where no finite maximum is reached."""
    scale = x.std(axis=0)
    design = np.column_stack([np.ones(reached.size), (x - x.mean(axis=0)) / scale])
    beta = np.zeros(design.shape[1])
    beta[0] = special.logit(reached.mean())
    for _ in range(_MAX_ITERATIONS):
        fitted = special.expit(design @ beta)
        information = (design * (fitted * (1 - fitted))[:, None]).T @ design
        if np.linalg.eigvalsh(information)[0] <= _MIN_INFORMATION * reached.size:
            return None
        step = np.linalg.solve(information, design.T @ (reached - fitted))
        if np.abs(step).max() <= _STEP_EPS:
            error = np.sqrt(np.diag(np.linalg.inv(information)))[1:]
            return wald_ratios(beta[1:], error, level, scale)
        beta = beta + step * min(1.0, 5.0 / float(np.abs(step).max()))
    return None
