import math

import numpy as np
import pytest

from helpers.statistics.imputation import impute
from helpers.statistics.imputed_model import imputed_cox
from helpers.statistics.pooling import pool
from helpers.statistics.regression import Factor, cox

Z = 1.959963984540054


@pytest.fixture(scope="module")
def case():
    """400 rows, and the same rows with a fifth of each factor missing completely at random."""
    rng = np.random.default_rng(11)
    n = 400
    age = rng.normal(60, 10, n)
    flag = np.where(rng.random(n) < 0.4, "yes", "no").astype(object)
    hazard = np.exp(0.04 * (age - 60) + 0.7 * (flag == "yes"))
    time, censored = rng.exponential(12 / hazard), rng.exponential(20, n)
    full = [Factor("age", "Age", age, per=10), Factor("flag", "Flag", flag, ("no", "yes"))]
    gappy = [
        Factor("age", "Age", np.where(rng.random(n) < 0.2, np.nan, age), per=10),
        Factor("flag", "Flag", np.where(rng.random(n) < 0.2, None, flag), ("no", "yes")),
    ]
    return np.minimum(time, censored), time <= censored, full, gappy


def test_pooled_model_is_the_pool_of_its_data_sets(case):
    time, event, _, gappy = case
    found = imputed_cox(time, event, gappy, imputations=5, seed=2, cycles=3)
    models = [
        cox(time, event, d) for d in impute(time, event, gappy, imputations=5, seed=2, cycles=3)
    ]
    df = models[0].n_events - 2
    for i, term in enumerate(found.terms):
        one = [model.terms[i] for model in models]
        logs = [math.log(t.estimate) for t in one]
        errors = [(math.log(t.high) - math.log(t.low)) / (2 * Z) for t in one]
        pooled = pool(logs, errors, complete_df=df)
        assert math.log(term.estimate) == pytest.approx(pooled.estimate, rel=1e-9)
        assert math.log(term.high) == pytest.approx(pooled.high, rel=1e-9)
        assert (term.p, term.df) == (pytest.approx(pooled.p), pytest.approx(pooled.df))


def test_missing_completely_at_random_comes_near_the_full_data(case):
    time, event, full, gappy = case
    whole, found = cox(time, event, full), imputed_cox(time, event, gappy, seed=7)
    complete = cox(time, event, gappy)
    for truth, term, case_wise in zip(whole.terms, found.terms, complete.terms, strict=True):
        error = (math.log(truth.high) - math.log(truth.low)) / (2 * Z)
        assert abs(math.log(term.estimate) - math.log(truth.estimate)) < error
        # imputed data say more than complete cases and less than the full data
        widths = [math.log(t.high / t.low) for t in (truth, term, case_wise)]
        assert widths == sorted(widths)
        assert 0 < term.due_to_missing < 0.5
    assert (found.n, found.n_complete, found.data_sets) == (400, complete.n, 20)
    assert set(found.missing) == {"age", "flag"}


def test_nothing_missing_is_the_complete_case_model(case):
    time, event, full, _ = case
    found, whole = imputed_cox(time, event, full, seed=7), cox(time, event, full)
    for term, same in zip(found.terms, whole.terms, strict=True):
        assert (term.estimate, term.low, term.high, term.p) == (
            same.estimate,
            same.low,
            same.high,
            same.p,
        )
    assert (found.data_sets, found.missing) == (0, {})
    assert "nothing was imputed" in found.notes[0]


def test_the_same_seed_gives_the_same_model(case):
    time, event, _, gappy = case
    first, second, third = (
        imputed_cox(time, event, gappy, imputations=2, cycles=2, seed=seed) for seed in (1, 1, 2)
    )
    assert first == second
    assert first.terms != third.terms


def test_few_events_are_penalised_in_every_data_set():
    rng = np.random.default_rng(3)
    time, event = rng.exponential(10, 30), np.arange(30) < 8
    gappy = [
        Factor("x", "X", rng.normal(size=30)),
        Factor("g", "G", rng.choice(["a", "b", None], 30), ("a", "b")),
    ]
    found = imputed_cox(time, event, gappy, imputations=3, seed=1)
    assert "Firth" in found.method
    assert "every imputed data set" in found.notes[0]
    assert all(term.low < term.estimate < term.high for term in found.terms)


def test_an_auxiliary_factor_helps_and_is_no_term(case):
    time, event, full, gappy = case
    twin = Factor("twin", "Twin", full[0].values + 0.1)
    found = imputed_cox(time, event, [gappy[0]], auxiliary=[twin], imputations=5, seed=1)
    alone = imputed_cox(time, event, [gappy[0]], imputations=5, seed=1)
    assert [term.factor for term in found.terms] == ["age"]
    assert found.terms[0].due_to_missing < 0.02 < alone.terms[0].due_to_missing


def test_what_cannot_be_estimated_is_said():
    gone = Factor("g", "Grade", [None, None, None], ("a", "b"))
    found = imputed_cox([1, 2, 3], [1, 1, 0], [gone], seed=1)
    assert (found.reason, found.data_sets) == ("no value of Grade was observed", 0)
    one = Factor("h", "H", ["a", "a", None, "a"], ("a", "b"))
    (term,) = imputed_cox([1, 2, 3, 4], [1, 1, 0, 1], [one], seed=1).terms
    assert (term.estimate, term.df) == (None, None)
    assert "20 of 20 data sets" in term.reason
    none = Factor("x", "X", [1.0, np.nan, 3.0])
    (term,) = imputed_cox([1, 2, 3], [0, 0, 0], [none], seed=1).terms
    assert "no events" in term.reason


def test_one_data_set_is_refused(case):
    time, event, _, gappy = case
    with pytest.raises(ValueError, match="two data sets"):
        imputed_cox(time, event, gappy, imputations=1, seed=1)
