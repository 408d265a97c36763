"""Inputs of the oracle of time-dependent groups: drawn with a fixed seed, edge cases by hand."""

import numpy as np

SEED = 20251122


def inputs():
    """Durations, events, times of change (null: none), strata, a further factor, landmarks."""
    rng = np.random.default_rng(SEED)
    n = 120
    time = rng.exponential(12, n) + 0.05
    seen = rng.random(n) < 0.7
    change = np.where(rng.random(n) < 0.6, rng.exponential(5, n), np.nan)
    stratum, age = rng.choice(["I", "II"], n), rng.normal(60, 9, n).round(1)
    tied, tied_change = np.ceil(time), np.floor(change)
    return {
        "continuous": _case(time, seen, change, stratum, age),
        "tied": _case(tied, seen, tied_change, stratum, age),
        "heavily tied": _case(np.ceil(tied / 4), seen, np.floor(change / 4), stratum, age),
        "all change at once": _case(time, seen, np.full(n, 2.0), stratum, age),
        "small": _case(tied[:20], seen[:20], tied_change[:20], stratum[:20], age[:20]),
        "by hand": _case(
            [2, 3, 4, 5, 6], [1, 1, 0, 1, 1], [None, 1, 3, None, 2], list("xxxxx"), [1, 2, 3, 4, 5]
        ),
    }


def _case(durations, events, change, strata, age):
    return {
        "durations": [float(v) for v in durations],
        "events": [int(v) for v in events],
        "change": [None if v is None or np.isnan(v) else float(v) for v in change],
        "strata": [str(v) for v in strata],
        "age": [float(v) for v in age],
        "landmarks": [0.0, 1.0, 3.0],
    }
