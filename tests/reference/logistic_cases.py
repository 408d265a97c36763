"""Inputs of logistic.R: ordinary data, and data that separate or have few events."""

import numpy as np

SEED = 20250903


def case(outcomes, **columns):
    return {
        "outcomes": [int(o) for o in outcomes],
        "columns": {name: np.asarray(values).tolist() for name, values in columns.items()},
    }


def ordinary(rng):
    n = 150
    age = rng.normal(60, 10, n).round(1)
    flag = (rng.random(n) < 0.4).astype(int)
    stage = rng.choice(["I", "II", "III"], n)
    chance = 1 / (1 + np.exp(-(0.03 * (age - 60) + 0.8 * flag - 0.5 * (stage == "III"))))
    seen = rng.random(n) < chance
    return {
        "one numeric": case(seen, age=age),
        "one binary": case(seen[:40], flag=flag[:40]),
        "three levels": case(seen, stage=stage),
        "several": case(seen, age=age, flag=flag, stage=stage),
        "large scale": case(seen, age=age * 1e5, flag=flag),
        "rare": case(seen & (rng.random(n) < 0.2), age=age, flag=flag),
    }


def penalized(rng):
    n = 26
    age = rng.normal(60, 10, n).round(1)
    group = (rng.random(n) < 0.4).astype(int)
    seen = rng.random(n) < 0.5
    return {
        "no event in one level": case(seen & (group == 0), group=group, age=age),
        "everybody in one level": case(seen | (group == 1), group=group, age=age),
        "few events": case(seen & (np.arange(n) < 9), group=group, age=age),
        "complete separation": case([1] * 6 + [0] * 7, group=[1] * 6 + [0] * 7),
        "complete separation by a number": case(age > 62, age=np.round(age + 9 * (age > 62))),
        "one of each": case([1, 0, 0, 0], group=[1, 0, 0, 1]),
    }


def inputs():
    rng = np.random.default_rng(SEED)
    return {"ordinary": ordinary(rng), "penalized": penalized(rng)}
