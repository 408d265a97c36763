import numpy as np
import pandas as pd
import pytest

from helpers.statistics.imputation import impute
from helpers.statistics.regression import Factor

N = 300


def follow_up_of(n=N, seed=5):
    """Age, stage and a flag that act on the hazard, with follow-up."""
    rng = np.random.default_rng(seed)
    age = rng.normal(60, 10, n).round(1)
    stage = rng.choice(["I", "II", "III"], n).astype(object)
    flag = np.where(rng.random(n) < 1 / (1 + np.exp((60 - age) / 5)), "yes", "no").astype(object)
    hazard = np.exp(0.05 * (age - 60) + 0.7 * (flag == "yes") + 0.8 * (stage == "III"))
    time, censored = rng.exponential(12 / hazard), rng.exponential(25, n)
    return np.minimum(time, censored), time <= censored, age, stage, flag


def holes(values, share, seed):
    gone = np.random.default_rng(seed).random(len(values)) < share
    numeric = values.dtype.kind == "f"
    return np.where(gone, np.nan if numeric else None, values)


def factors_of(age, stage, flag):
    return [
        Factor("age", "Age", age, per=10),
        Factor("stage", "Stage", stage, ("I", "II", "III", "IV")),
        Factor("flag", "Flag", flag, ("no", "yes")),
    ]


@pytest.fixture(scope="module")
def case():
    """Follow-up, complete factors, and the same factors with a quarter of each missing."""
    time, event, *values = follow_up_of()
    gappy = [holes(column, 0.25, seed) for seed, column in enumerate(values)]
    return time, event, factors_of(*values), factors_of(*gappy)


def test_observed_values_never_change_and_none_is_missing(case):
    time, event, _, gappy = case
    for data_set in impute(time, event, gappy, imputations=3, seed=1, cycles=3):
        for before, after in zip(gappy, data_set, strict=True):
            known = ~pd.isna(pd.Series(before.values)).to_numpy()
            assert not known.all()
            assert not pd.isna(pd.Series(after.values)).any()
            assert (np.asarray(after.values)[known] == np.asarray(before.values)[known]).all()
            assert (after.name, after.levels, after.per) == (
                before.name,
                before.levels,
                before.per,
            )


def test_values_drawn_are_values_that_were_observed(case):
    time, event, _, gappy = case
    (data_set,) = impute(time, event, gappy, imputations=1, seed=1, cycles=2)
    assert set(data_set[0].values) <= set(np.asarray(gappy[0].values)[~np.isnan(gappy[0].values)])
    assert set(data_set[1].values) == {"I", "II", "III"}


def test_the_same_seed_gives_the_same_values(case):
    time, event, _, gappy = case

    def drawn(seed):
        (data_set,) = impute(time, event, gappy, imputations=1, seed=seed, cycles=2)
        return [list(factor.values) for factor in data_set]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_data_sets_do_not_depend_on_how_many_follow(case):
    time, event, _, gappy = case
    one, _ = impute(time, event, gappy, imputations=2, seed=1, cycles=2)
    (alone,) = impute(time, event, gappy, imputations=1, seed=1, cycles=2)
    assert list(one[1].values) == list(alone[1].values)


def test_what_is_drawn_follows_what_predicts_it():
    """The flag is nearly age above 60, and stage III lives a tenth as long as the others."""
    rng = np.random.default_rng(2)
    age, stage = rng.normal(60, 10, 600), rng.choice(["I", "III"], 600).astype(object)
    flag = np.where(age > 60, "yes", "no").astype(object)
    time = rng.exponential(np.where(stage == "III", 1.0, 10.0))
    gone = np.arange(600) % 3 == 0
    gappy = [
        Factor("age", "Age", age),
        Factor("stage", "Stage", np.where(gone, None, stage), ("I", "III")),
        Factor("flag", "Flag", np.where(gone, None, flag), ("no", "yes")),
    ]
    (data_set,) = impute(time, np.ones(600), gappy, imputations=1, seed=3, cycles=5)
    assert np.mean(data_set[2].values[gone] == flag[gone]) > 0.9
    right = np.mean(data_set[1].values[gone] == stage[gone])
    assert right > 0.6  # half would be right if the outcome did not predict it


def test_numeric_draws_keep_the_regression_on_a_predictor():
    rng = np.random.default_rng(4)
    x = rng.normal(size=2000)
    y = x + rng.normal(scale=0.5, size=2000)
    gone = rng.random(2000) < 0.4
    gappy = [Factor("x", "x", x), Factor("y", "y", np.where(gone, np.nan, y))]
    time = rng.exponential(1.0, 2000)
    (data_set,) = impute(time, np.ones(2000), gappy, imputations=1, seed=3, cycles=2)
    drawn = data_set[1].values[gone]
    slope, offset = np.polyfit(x[gone], drawn, 1)
    assert (slope, offset) == (pytest.approx(1, abs=0.05), pytest.approx(0, abs=0.05))
    spread = np.std(drawn - slope * x[gone] - offset)
    assert spread == pytest.approx(0.5, abs=0.05)


def test_a_level_that_separates_is_drawn_without_running_away():
    flag = np.array(["yes"] * 10 + ["no"] * 10 + [None, None], dtype=object)
    x = np.array([5.0] * 10 + [0.0] * 10 + [5.0, 0.0])
    gappy = [Factor("flag", "Flag", flag, ("no", "yes")), Factor("x", "x", x)]
    time = np.arange(1.0, 23.0)
    data_sets = impute(time, np.ones(22), gappy, imputations=20, seed=1, cycles=2)
    drawn = np.array([[d[0].values[20], d[0].values[21]] for d in data_sets])
    assert np.mean(drawn[:, 0] == "yes") > 0.7
    assert np.mean(drawn[:, 1] == "no") > 0.7


def test_edge_cases_are_drawn():
    same = Factor("same", "Same", ["a", "a", None, "a"], ("a", "b"))
    constant = Factor("c", "c", [2.0, 2.0, 2.0, np.nan])
    data_sets = impute([1, 2, 3, 4], [0, 0, 0, 0], [same, constant], imputations=2, seed=1)
    for first, second in data_sets:
        assert list(first.values) == ["a"] * 4
        assert list(second.values) == [2.0] * 4


FLAG = Factor("f", "F", ["a", None], ("a", "b"))


@pytest.mark.parametrize(
    "call",
    [
        lambda: impute([1, 2], [1, 0], [FLAG], imputations=0, seed=1),
        lambda: impute([1, 2], [1, 0], [FLAG], imputations=1, seed=1, cycles=0),
        lambda: impute([1, 2, 3], [1, 0, 1], [FLAG], imputations=1, seed=1),
        lambda: impute([1, np.nan], [1, 0], [FLAG], imputations=1, seed=1),
        lambda: impute([1], [1], [Factor("f", "F", [None], ("a",))], imputations=1, seed=1),
        lambda: impute([1], [1], [Factor("f", "F", ["c"], ("a",))], imputations=1, seed=1),
        lambda: impute([1], [1], [Factor("x", "X", [np.inf])], imputations=1, seed=1),
    ],
)
def test_nonsense_is_refused(call, refused):
    with refused():
        call()
