"""Inputs of the R oracle: constructed here with a fixed seed, edge cases by hand.

No patient, no published data set: everything is drawn or written down in this file.
"""

import numpy as np

SEED = 20250901


def survival_cases(rng):
    """Durations, events, optional entry and groups, and the times to read survival at."""
    n = 150
    continuous = rng.exponential(10, n)
    groups = rng.choice(["a", "b", "c"], n)
    tied = np.ceil(rng.exponential(8, n))
    entry = np.round(rng.uniform(0, 6, n), 2)
    late = np.round(entry + 0.25 + rng.exponential(9, n), 2)
    seen = rng.random(n) < 0.65
    cases = {
        "continuous": _case(continuous, rng.random(n) < 0.7, groups=groups),
        "tied": _case(tied, seen, groups=groups),
        "late entry": _case(late, seen, entry=entry),
        "late entry, gap": _case([2, 3, 5, 7, 9], [1, 1, 1, 0, 1], entry=[0, 0, 4, 4, 4]),
        "weak": _case(np.ceil(rng.exponential(20, 30)), rng.random(30) < 0.3, groups=groups[:30]),
        "two groups": _case(tied[:60], seen[:60], groups=rng.choice(["no", "yes"], 60)),
        "no events": _case([1, 2, 3, 4, 4], [0] * 5, groups=list("aabbb")),
        "everybody has the event": _case([1, 2, 2, 3, 5], [1] * 5, groups=list("aabbb")),
        "one patient": _case([4], [1]),
        "one censored patient": _case([4], [0]),
        "flat at one half": _case([1, 2, 3, 4], [1] * 4, groups=list("abab")),
        "ends at one half": _case([1, 2], [1, 0]),
        "event at time zero": _case([0, 0, 2, 3, 6], [1, 0, 1, 1, 0], groups=list("ababa")),
        "last is censored": _case([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 0, 0], groups=list("aaabbb")),
        "one level": _case([1, 2, 3, 4], [1, 0, 1, 1], groups=list("aaaa")),
        "group without events": _case(
            [1, 2, 3, 4, 5, 6], [1, 0, 1, 1, 0, 0], groups=list("aaaabb")
        ),
        "group of one": _case([1, 2, 3, 4, 5, 6], [1, 0, 1, 1, 0, 1], groups=list("aaaaab")),
        "group gone before any event": _case(
            [1, 2, 3, 4, 5], [0, 1, 1, 0, 1], groups=list("abbcc")
        ),
        "rounding ties": _case(
            [0.1 + 0.2, 0.3, 0.6, 0.1 * 6, 1.0], [1, 1, 0, 1, 1], groups=list("ababa")
        ),
    }
    return cases


def rank_cases(rng):
    """Durations, events, groups, strata and late entry for the log-rank family."""
    n = 120
    group = rng.choice(["a", "b", "c"], n)
    stratum = rng.choice(["I", "II", "III"], n)
    tied = np.ceil(rng.exponential(9, n))
    seen = rng.random(n) < 0.7
    entry = np.floor(rng.uniform(0, 8, n))
    late = entry + np.ceil(rng.exponential(9, n))
    two = np.where(group == "a", "a", "b")
    return {
        "continuous": _rank(rng.exponential(10, n), seen, group, stratum),
        "tied": _rank(tied, seen, group, stratum),
        "two groups": _rank(tied, seen, two, stratum),
        "late entry": _rank(entry + rng.exponential(9, n), seen, group, stratum, entry),
        "late entry, tied": _rank(late, seen, two, stratum, entry),
        "a stratum without events": _rank(tied, seen & (stratum != "II"), two, stratum),
        "a stratum of one group": _rank(tied, seen, np.where(stratum == "I", "a", two), stratum),
    }


def cox_cases(rng):
    """Durations, events and covariate columns with the factor each belongs to."""
    n = 160
    x = rng.normal(60, 10, n).round(1)
    stage = rng.choice(["I", "II", "III"], n)
    flag = (rng.random(n) < 0.4).astype(int)
    hazard = np.exp(0.03 * (x - 60) + 0.5 * flag + 0.4 * (stage == "III"))
    time = rng.exponential(12 / hazard)
    seen = rng.random(n) < 0.75
    both = {"age": x, "flag": flag, "stage": stage}
    late = np.where(flag == 1, time, time + 4)
    return {
        "continuous": _cox(time, seen, **both),
        "heavily tied": _cox(np.ceil(time / 3), seen, **both),
        "hazards cross": _cox(np.ceil(late * 2) / 2, seen, **both),
        "one numeric": _cox(time, seen, age=x),
        "one binary, small": _cox(np.ceil(time[:30]), seen[:30], flag=flag[:30]),
        "all events at once": _cox([3] * 6 + [5] * 4, [1] * 6 + [0] * 4, age=x[:10]),
        "three levels": _cox(np.ceil(time), seen, stage=stage),
        "large scale": _cox(time * 365.25, seen, age=x * 1e4, flag=flag),
    }


def firth_cases(rng):
    """Data on which the ordinary Cox likelihood has no maximum, or few events."""
    n = 24
    time = np.round(rng.exponential(10, n), 3) + np.arange(n) * 1e-3
    seen = rng.random(n) < 0.5
    age = rng.normal(60, 10, n).round(1)
    group = (rng.random(n) < 0.5).astype(int)
    return {
        "no event in one level": _cox(time, seen & (group == 0), group=group, age=age),
        "few events": _cox(time, seen & (np.arange(n) < 10), group=group, age=age),
        "one event": _cox([1, 2, 3, 4, 5], [1, 0, 0, 0, 0], group=[1, 1, 0, 0, 0]),
        "tied": _cox(np.ceil(time / 4), seen, group=group, age=age),
    }


def tables(rng):
    """Contingency tables, zero cells and one-sided margins among them."""
    return [
        [[13, 8], [5, 12]],
        [[15, 6], [9, 8]],
        [[5, 16], [2, 15]],
        [[0, 5], [7, 3]],
        [[7, 0], [0, 6]],
        [[1, 0], [0, 1]],
        [[10, 0], [12, 1]],
        [[100, 80], [90, 140]],
        [[8, 7, 6, 5, 4], [3, 4, 9, 8, 8]],
        [[3, 0, 2], [0, 4, 1]],
        [[5, 4, 3], [3, 6, 7], [4, 4, 8]],
        [[2, 0, 1, 3], [0, 3, 1, 1], [1, 1, 4, 0]],
        rng.integers(0, 9, (2, 6)).tolist(),
        rng.integers(0, 6, (4, 3)).tolist(),
    ]


def inputs():
    """Everything that the R scripts read."""
    rng = np.random.default_rng(SEED)
    return {
        "survival": survival_cases(rng),
        "cox": cox_cases(rng),
        "firth": firth_cases(rng),
        "rank_tests": rank_cases(np.random.default_rng(SEED + 1)),
        "tables": tables(rng),
        "proportions": [
            [0, 10],
            [10, 10],
            [1, 1],
            [21, 38],
            [13, 18],
            [8, 20],
            [38, 62],
            [26, 62],
            [3, 1000],
            [2, 39],
        ],
        "levels": [0.9, 0.95, 0.99],
        "pairs": [
            [13, 18, 8, 20],
            [0, 10, 0, 20],
            [10, 10, 0, 20],
            [5, 7, 16, 31],
            [56, 70, 48, 80],
        ],
        "trends": [
            {"counts": [2, 4, 9], "totals": [20, 18, 21], "scores": [1, 2, 3]},
            {"counts": [83, 90, 129, 70], "totals": [86, 93, 136, 82], "scores": [1, 2, 3, 4]},
            {"counts": [0, 1, 0, 5], "totals": [7, 9, 4, 6], "scores": [0, 1, 4, 10]},
            {"counts": [5, 7], "totals": [14, 24], "scores": [1, 2]},
            {"counts": [3, 2, 3], "totals": [8, 9, 8], "scores": [1, 2, 3]},
        ],
        "p_values": [[0.01, 0.04, 0.03, 0.005, 0.5], [0.05, 0.05, 0.05], [1.0], [0.9, 0.001, 0.6]],
        "power": [[0.3, 10, 0.7, 12], [0.5, 15, 0.5, 9], [0.1, 20, 0.5, 8], [0.0, 6, 1.0, 6]],
        "samples": [[1, 2, 3, 4], [5], [2.5, -1, 7, 7, 30], rng.normal(size=31).round(4).tolist()],
    }


def _case(durations, events, *, entry=None, groups=None):
    case = {"durations": _list(durations), "events": [int(e) for e in events]}
    top = max(case["durations"])
    case["times"] = [0.0, *[round(top * share, 3) for share in (0.1, 0.25, 0.5, 0.9, 1.0)], top]
    if entry is not None:
        case["entry"] = _list(entry)
    if groups is not None:
        case["groups"] = [str(g) for g in groups]
    return case


def _cox(durations, events, **columns):
    return {
        "durations": _list(durations),
        "events": [int(e) for e in events],
        "columns": {name: np.asarray(values).tolist() for name, values in columns.items()},
    }


def _rank(durations, events, groups, strata, entry=None):
    case = {
        "durations": _list(durations),
        "events": [int(e) for e in events],
        "groups": [str(g) for g in groups],
        "strata": [str(s) for s in strata],
    }
    return case if entry is None else {**case, "entry": _list(entry)}


def _list(values):
    return [float(v) for v in values]
