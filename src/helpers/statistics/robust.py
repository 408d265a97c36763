"""Robust (sandwich) variance of a Cox model whose rows are clustered, as R's ``cluster``.

Lin and Wei, JASA 1989;84:1074–1078. Own code because lifelines takes the rows one by one.
"""

from __future__ import annotations

import numpy as np

from helpers.statistics.arrays import FloatArray, IntArray
from helpers.statistics.partial_likelihood import CoxFit, hazards, moments
from helpers.statistics.risk_sets import RiskSets, lived


def score_residuals(sets: RiskSets, beta: FloatArray) -> FloatArray:
    """Each row's share in the score of each coefficient, shape (p, n), rows as in ``sets``.

    Tied events are weighted as in Efron's likelihood (R's ``residuals.coxph``, type "score").

    Raises:
        ValueError: The likelihood overflows at ``beta``.
    """
    held = moments(sets, beta)
    if held is None:
        raise ValueError("the likelihood overflows at these coefficients")
    inverse = held.inverse
    hazard = hazards(sets, held, inverse)
    deaths = np.maximum(sets.deaths, 1)
    found = np.empty_like(sets.x)
    for line, (x, total) in enumerate(zip(sets.x, held.sums, strict=True)):
        mean, drift = total * inverse[0], total * inverse[2]
        spared = total * inverse[3]
        if sets.tied is not None and held.tied is not None:
            some, tied = sets.tied.blocks, held.tied[line]
            mean[some] -= tied * inverse[1, some]
            drift[some] -= tied * inverse[3, some]
            spared[some] -= tied * inverse[4, some]
        drifted = lived(sets, drift)
        drifted[sets.event_row] -= spared[sets.event_block]
        residual = drifted * held.risk - x * hazard
        residual[sets.event_row] += x[sets.event_row] - (mean / deaths)[sets.event_block]
        found[line] = residual
    return found


def sandwich(sets: RiskSets, model: CoxFit, clusters: IntArray) -> FloatArray:
    """Return the robust covariance (p, p) of a converged model.

    Args:
        sets: Risk sets that the model was fitted to.
        model: The fit.
        clusters: Cluster of each of the caller's rows as a number from 0, shape (n,).
    """
    member = clusters[sets.order]
    scores = np.stack(
        [np.bincount(member, weights=line) for line in score_residuals(sets, model.beta)]
    )
    influence = model.covariance @ scores
    return np.asarray(influence @ influence.T)
