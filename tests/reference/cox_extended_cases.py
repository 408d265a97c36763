"""Inputs of cox_extended.R: strata, late entry, clusters, covariates that change in time."""

from itertools import pairwise

import numpy as np

SEED = 20250902


def case(durations, events, *, entry=None, strata=None, clusters=None, patients=None, **columns):
    """One model: its rows, and what they are grouped by."""
    made = {"durations": floats(durations), "events": [int(e) for e in events]}
    for name, values in (("strata", strata), ("clusters", clusters), ("patients", patients)):
        if values is not None:
            made[name] = [str(value) for value in values]
    if entry is not None:
        made["entry"] = floats(entry)
    made["columns"] = {name: np.asarray(values).tolist() for name, values in columns.items()}
    return made


def floats(values):
    return [float(v) for v in values]


def cox_cases(rng):
    """Every way to group rows, alone and together, with and without ties."""
    n = 180
    age = rng.normal(60, 10, n).round(1)
    flag = (rng.random(n) < 0.4).astype(int)
    stage = rng.choice(["I", "II", "III"], n)
    stratum = rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    center = rng.choice([f"c{i}" for i in range(12)], n)
    hazard = np.exp(0.03 * (age - 60) + 0.5 * flag + 0.4 * (stage == "III"))
    time = rng.exponential(12 / hazard)
    entry = np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0, 9, n))
    seen = rng.random(n) < 0.7
    tied, begun = np.ceil(time / 2), np.floor(entry / 2)
    three = {"age": age, "flag": flag, "stage": stage}
    quiet = seen & (stratum != "b")
    one = np.arange(n) == int(np.argsort(time)[n // 3])
    return {
        "strata": case(time, seen, strata=stratum, **three),
        "strata, tied": case(tied, seen, strata=stratum, **three),
        "one stratum": case(tied, seen, strata=["a"] * n, **three),
        "a stratum without events": case(tied, quiet, strata=stratum, **three),
        "a stratum of one": case(tied, seen, strata=["z", *stratum[1:]], **three),
        "late entry": case(entry + time, seen, entry=entry, **three),
        "late entry, tied": case(begun + tied, seen, entry=begun, **three),
        "late entry, strata, tied": case(begun + tied, seen, entry=begun, strata=stratum, **three),
        "late entry, strata": case(entry + time, seen, entry=entry, strata=stratum, **three),
        "clusters": case(time, seen, clusters=center, **three),
        "clusters, tied": case(tied, seen, clusters=center, **three),
        "clusters, strata, late entry, tied": case(
            begun + tied, seen, entry=begun, strata=stratum, clusters=center, **three
        ),
        "clusters of one": case(tied, seen, clusters=range(n), **three),
        "two clusters": case(tied, seen, clusters=flag, age=age),
        "one event": case(time, one, strata=stratum, age=age),
        "events at one time": case([4] * 6 + [9] * 6, [1] * 6 + [0] * 6, strata="aabbab" * 2,
                                   age=age[:12]),
        "in days": case(
            np.ceil(time * 30), seen, strata=stratum, clusters=center, age=age, flag=flag
        ),
        **changing(rng),
    }  # fmt: skip


def changing(rng):
    """Several rows a patient: a state that begins, and a marker that is measured again."""
    rows = []
    for patient in range(70):
        end, event = 1 + rng.exponential(14), rng.random() < 0.75
        visits = np.sort(rng.uniform(0, end, rng.integers(0, 4)))
        edges = [0.0, *visits, end]
        state_from = rng.integers(0, 5)
        for index, (start, stop) in enumerate(pairwise(edges)):
            last = index == len(edges) - 2
            marker = round(float(rng.normal(3 + 0.3 * index, 1)), 2)
            rows.append((patient, start, stop, last and event, int(index >= state_from), marker))
    patient, start, stop, event, state, marker = zip(*rows, strict=True)
    grid_start, grid_stop = on_grid(patient, np.array(start), np.array(stop))
    both = {"state": state, "marker": marker}
    arm = [f"arm{p % 2}" for p in patient]
    return {
        "changing": case(stop, event, entry=start, patients=patient, **both),
        "changing, tied": case(grid_stop, event, entry=grid_start, patients=patient, **both),
        "changing, tied, strata, clusters": case(
            grid_stop, event, entry=grid_start, patients=patient, strata=arm, clusters=patient,
            **both,
        ),
    }  # fmt: skip


def on_grid(patient, start, stop):
    """Whole times, every interval at least one long, a patient's still end to end."""
    begun, ended = np.zeros_like(start), np.zeros_like(stop)
    for row in range(start.size):
        first = row == 0 or patient[row] != patient[row - 1]
        begun[row] = 0 if first else ended[row - 1]
        ended[row] = begun[row] + max(1, round((stop[row] - start[row]) / 3))
    return begun, ended


def firth_cases(rng):
    """Few events or a level without events, with strata and late entry."""
    n = 30
    time = np.round(rng.exponential(10, n), 3) + np.arange(n) * 1e-3 + 0.01
    seen = rng.random(n) < 0.5
    age = rng.normal(60, 10, n).round(1)
    group = (rng.random(n) < 0.5).astype(int)
    stratum = rng.choice(["a", "b"], n)
    entry = np.round(rng.uniform(0, 5, n), 2)
    both = {"group": group, "age": age}
    none = seen & (group == 0)
    return {
        "strata": case(time, none, strata=stratum, **both),
        "late entry": case(entry + time, none, entry=entry, **both),
        "late entry, strata, tied": case(
            np.floor(entry) + np.ceil(time / 4), seen, entry=np.floor(entry), strata=stratum, **both
        ),
    }


def inputs():
    rng = np.random.default_rng(SEED)
    return {"cox": cox_cases(rng), "firth": firth_cases(rng)}
