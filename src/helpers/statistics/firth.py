"""Firth-penalised Cox regression: finite estimates where events are few or a level separates.

Heinze and Schemper, Biometrics 2001;57:114–119, through the ``firthmodels`` library; ties by
Breslow's method, which is what that library (and R's ``coxphf``) offers.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from firthmodels import FirthCoxPH

from helpers.statistics.arrays import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class FirthFit:
    """Penalised coefficients (p,), profile-likelihood bounds (p,) each, and p-values (p,).

    A bound or p-value that does not exist is NaN here; callers turn it into None.
    """

    beta: FloatArray
    low: FloatArray
    high: FloatArray
    p: FloatArray
    converged: bool


def firth_cox(time: FloatArray, observed: BoolArray, x: FloatArray, level: float) -> FirthFit:
    """Fit the penalised model with profile intervals and penalised likelihood-ratio tests.

    Args:
        time: Follow-up, shape (n,).
        observed: Event flags, shape (n,); at least one is True.
        x: Covariates of full column rank, shape (n, p).
        level: Confidence level in (0, 1).
    """
    scale = x.std(axis=0)
    missing = np.full(x.shape[1], np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a warning is about comes back as NaN
        model = FirthCoxPH(backend="numpy", max_iter=200, gtol=1e-8, xtol=1e-8)
        try:
            model.fit((x - x.mean(axis=0)) / scale, (observed, time))
            if not (model.converged_ and np.isfinite(model.loglik_)):
                return FirthFit(missing, missing, missing, missing, False)
            model.lrt()
            bounds = model.conf_int(alpha=1 - level, method="pl", tol=1e-8, max_iter=200)
        except np.linalg.LinAlgError:
            return FirthFit(missing, missing, missing, missing, False)
    low, high = np.asarray(bounds).T / scale
    return FirthFit(
        np.asarray(model.coef_) / scale, low, high, np.asarray(model.lrt_pvalues_), True
    )
