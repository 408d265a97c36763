"""Inputs of the competing-risks oracle: drawn with a fixed seed, edge cases by hand."""

import numpy as np

SEED = 20251121


def inputs():
    """Durations, causes (0 censored), and groups, strata or entry where a case has them."""
    rng = np.random.default_rng(SEED)
    n = 140
    cause = rng.choice([0, 1, 2], n, p=[0.3, 0.45, 0.25])
    three = rng.choice([0, 1, 2, 3], n, p=[0.25, 0.35, 0.25, 0.15])
    group = rng.choice(["a", "b", "c"], n)
    two = np.where(group == "c", "b", group)
    stratum = rng.choice(["I", "II", "III"], n)
    smooth = rng.exponential(10, n)
    tied = np.ceil(rng.exponential(6, n))
    entry = np.round(rng.uniform(0, 6, n), 2)
    late = np.round(entry + 0.25 + rng.exponential(9, n), 2)
    small = np.ceil(rng.exponential(4, 24))
    return {
        "continuous": _case(smooth, cause, group, stratum),
        "tied": _case(tied, cause, group, stratum),
        "two groups, tied": _case(tied, cause, two, stratum),
        "three causes": _case(tied, three, two, stratum),
        "heavily tied": _case(np.ceil(tied / 5), three, group, stratum),
        "small": _case(small, cause[:24], two[:24], stratum[:24]),
        "no censoring": _case(tied, np.where(cause == 0, 1, cause), group, stratum),
        "single cause": _case(tied, np.minimum(cause, 1), two, stratum),
        "a group without the cause": _case(
            tied, np.where((two == "a") & (cause == 1), 0, cause), two, stratum
        ),
        "a group that ends early": _case(
            np.where(group == "c", np.minimum(tied, 3), tied), cause, group, stratum
        ),
        "late entry": _case(late, cause, entry=entry),
        "late entry, gap": _case([2, 3, 5, 7, 9], [1, 2, 1, 0, 2], entry=[0, 0, 4, 4, 4]),
        "by hand": _case([1, 2, 2, 3, 4, 5], [1, 2, 1, 0, 1, 0]),
        "event at time zero": _case([0, 0, 2, 3, 6], [1, 0, 2, 1, 0]),
        "the other cause only": _case([1, 2, 3, 4], [2, 0, 2, 0]),
    }


def _case(durations, causes, groups=None, strata=None, entry=None):
    case = {
        "durations": [float(v) for v in durations],
        "causes": [int(v) for v in causes],
    }
    top = max(case["durations"])
    case["times"] = [0.0, *[round(top * share, 3) for share in (0.1, 0.3, 0.6, 0.9)], top]
    if groups is not None:
        case["groups"] = [str(v) for v in groups]
        case["strata"] = [str(v) for v in strata]
    return case if entry is None else {**case, "entry": [float(v) for v in entry]}
