import math

import pytest

from helpers.statistics.pooling import degrees_of_freedom, pool

FIELDS = (
    "estimate",
    "error",
    "low",
    "high",
    "p",
    "df",
    "within",
    "between",
    "due_to_missing",
    "fraction_missing",
)


def test_pooling_equals_rubins_rules_in_r(oracle, agree):
    for name, case in oracle["imputation_inputs"].items():
        found = pool(
            case["estimates"],
            case["errors"],
            complete_df=case["complete_df"],
            level=case["level"],
        )
        r = oracle["imputation"][name]
        agree([getattr(found, f) for f in FIELDS], [r[f] for f in FIELDS], 1e-9, name)
        assert found.data_sets == len(case["estimates"])


def test_degrees_of_freedom_equal_rubins_rules_in_r(oracle, agree):
    """From R's own shares: its data sets, its share of the variance, its complete degrees."""
    for name, case in oracle["imputation_inputs"].items():
        r = oracle["imputation"][name]
        found = degrees_of_freedom(len(case["estimates"]), r["due_to_missing"], case["complete_df"])
        agree([found], [r["df"]], 1e-9, name)


def test_pooling_by_hand():
    """Estimates 1 and 3 with standard error 2: W = 4, B = 2, T = 4 + 1.5 * 2 = 7.

    l = 3/7, so v = 1 / (3/7)^2 = 49/9; r = 3/4.
    """
    found = pool([1, 3], [2, 2])
    assert (found.estimate, found.within, found.between) == (2.0, 4.0, 2.0)
    assert found.error == pytest.approx(math.sqrt(7))
    assert found.df == pytest.approx(49 / 9)
    assert found.due_to_missing == pytest.approx(3 / 7)
    assert found.fraction_missing == pytest.approx((3 / 4 + 2 / (49 / 9 + 3)) / (7 / 4))


def test_equal_estimates_keep_the_error_of_one():
    found = pool([0.5] * 4, [0.2] * 4)
    assert (found.df, found.fraction_missing) == (None, 0.0)
    assert found.high == pytest.approx(0.5 + 1.959963985 * 0.2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: pool([1], [1]),
        lambda: pool([1, 2], [1]),
        lambda: pool([1, 2], [1, 0]),
        lambda: pool([1, float("nan")], [1, 1]),
        lambda: pool([1, 2], [1, 1], complete_df=0),
        lambda: pool([1, 2], [1, 1], level=95),
    ],
)
def test_nonsense_is_refused(call, refused):
    with refused():
        call()
