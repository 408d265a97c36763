"""Inputs of the R oracle of pooling: estimates and standard errors of imputed data sets."""

import numpy as np

SEED = 20251121


def inputs():
    """Cases by name; ``complete_df`` is null where it is infinite."""
    rng = np.random.default_rng(SEED)
    drawn = rng.normal(0.4, 0.2, 20).round(6)
    return {
        "two data sets": _case([0.31, 0.47], [0.21, 0.25], 21),
        "twenty data sets": _case(drawn, rng.uniform(0.25, 0.35, 20).round(6), 21),
        "large sample": _case(drawn, rng.uniform(0.25, 0.35, 20).round(6), None),
        "little missing": _case([0.5, 0.501, 0.4995, 0.5002], [0.1, 0.11, 0.1, 0.1], 300),
        "most is missing": _case([-1.2, 0.4, 2.1, 0.9, -0.3], [0.1, 0.12, 0.09, 0.1, 0.11], 14),
        "no variation between": _case([0.7, 0.7, 0.7], [0.2, 0.2, 0.2], 12),
        "no variation, large sample": _case([0.7, 0.7, 0.7], [0.2, 0.2, 0.2], None),
        "one degree of freedom": _case([0.2, 0.9, 0.4], [0.3, 0.4, 0.5], 1),
        "90% interval": {**_case(drawn[:5], [0.3] * 5, 40), "level": 0.9},
    }


def _case(estimates, errors, complete_df):
    return {
        "estimates": [float(v) for v in estimates],
        "errors": [float(v) for v in errors],
        "complete_df": complete_df,
        "level": 0.95,
    }
