import math
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.statistics.proportions import (
    adjust,
    boschloo,
    chi_square,
    cochran_armitage,
    fisher_exact,
    fisher_mid_p,
    odds_ratio,
    power_two_proportions,
    proportion,
    proportion_difference,
)

CLOSED = 1e-9


def test_intervals_equal_r(oracle, agree):
    inputs, results = oracle["inputs"], oracle["proportions"]["proportions"]
    for (count, total), by_level in zip(inputs["proportions"], results, strict=True):
        for level, expected in zip(inputs["levels"], by_level, strict=True):
            exact = proportion(count, total, level=level)
            agree([exact.low, exact.high], expected["exact"], CLOSED, f"{count}/{total}")
            wilson = proportion(count, total, level=level, method="wilson")
            agree([wilson.low, wilson.high], expected["wilson"], CLOSED, f"{count}/{total}")


def test_seed_abstract_interval():
    orr = proportion(21, 38)
    assert (round(orr.estimate, 3), round(orr.low, 3), round(orr.high, 3)) == (0.553, 0.383, 0.714)
    assert orr.method == "Clopper–Pearson exact"


def test_difference_equals_r(oracle, agree):
    expected = oracle["proportions"]["differences"]
    for pair, values in zip(oracle["inputs"]["pairs"], expected, strict=True):
        d = proportion_difference(*pair)
        agree([d.estimate, d.low, d.high], values, CLOSED, str(pair))


#: Newcombe, Stat Med 1998;17:873-890, table II, method 10.
NEWCOMBE = [
    ((56, 70, 48, 80), 0.0524, 0.3339),
    ((9, 10, 3, 10), 0.1705, 0.8090),
    ((6, 7, 2, 7), 0.0582, 0.8062),
    ((5, 56, 0, 29), -0.0381, 0.1926),
    ((0, 10, 0, 20), -0.1611, 0.2775),
    ((0, 10, 0, 10), -0.2775, 0.2775),
    ((10, 10, 0, 20), 0.6791, 1.0),
    ((10, 10, 0, 10), 0.6075, 1.0),
]


@pytest.mark.parametrize(("counts", "low", "high"), NEWCOMBE)
def test_difference_equals_newcombes_table(counts, low, high):
    d = proportion_difference(*counts)
    assert (round(d.low, 4), round(d.high, 4)) == (low, high)


def test_tables_equal_r(oracle, agree):
    expected = oracle["proportions"]["tables"]
    for table, values in zip(oracle["inputs"]["tables"], expected, strict=True):
        agree([fisher_exact(table).p], values["fisher"], 1e-9, str(table))
        agree([fisher_exact(np.transpose(table)).p], values["fisher"], 1e-9, str(table))
        test = chi_square(table, correction=False)
        agree([test.statistic, test.df, test.p], values["chi_square"], CLOSED, str(table))
        if "odds" in values:
            test = chi_square(table, correction=True)
            agree([test.statistic, test.df, test.p], values["yates"], CLOSED, str(table))
            ratio = odds_ratio(table)
            agree([ratio.estimate, ratio.low, ratio.high], values["odds"], 1e-6, str(table))
            assert (ratio.reason is None) == (ratio.high is not None)


def test_mid_p_equals_r(oracle, agree):
    tables = zip(oracle["inputs"]["tables"], oracle["proportions"]["tables"], strict=True)
    compared = [(t, v["mid_p"]) for t, v in tables if "mid_p" in v]
    assert len(compared) >= 6
    for table, expected in compared:
        agree([fisher_mid_p(table).p], expected, CLOSED, str(table))
        assert fisher_mid_p(table).p < fisher_exact(table).p


def test_published_fisher_and_mid_p():
    """Survival 1/34 against 7/34, the example of Lydersen, Fagerland and Laake 2009."""
    table = [[1, 33], [7, 27]]
    found = fisher_exact(table).p, fisher_mid_p(table).p
    assert [round(p, 4) for p in found] == [0.0544, 0.0297]


def test_boschloo_equals_a_maximum_in_r(oracle, agree):
    tables = zip(oracle["inputs"]["tables"], oracle["proportions"]["tables"], strict=True)
    compared = [(t, v["boschloo"]) for t, v in tables if "boschloo" in v]
    assert len(compared) >= 6
    for table, expected in compared:
        agree([boschloo(table).p], expected, 1e-6, str(table))


def test_boschloo_by_hand():
    """One against one: every table has the Fisher p-value 1, so p is 1.

    Two against two: only (2, 0) and (0, 2) are extreme; the maximum of 2 q^2 (1 - q)^2 is 1/8.
    """
    assert boschloo([[1, 0], [0, 1]]).p == pytest.approx(1.0)
    assert boschloo([[2, 0], [0, 2]]).p == pytest.approx(1 / 8)


def test_trend_equals_r(oracle, agree):
    expected = oracle["proportions"]["trends"]
    for case, values in zip(oracle["inputs"]["trends"], expected, strict=True):
        test = cochran_armitage(case["counts"], case["totals"], case["scores"])
        agree([test.statistic, test.df, test.p], values, CLOSED, str(case))
        padded = cochran_armitage([0, *case["counts"]], [0, *case["totals"]], [-9, *case["scores"]])
        assert padded.p == pytest.approx(test.p, rel=1e-12)


def test_trend_without_scores_counts_groups_and_says_what_it_lacks():
    counts, totals = [2, 4, 9], [20, 18, 21]
    assert cochran_armitage(counts, totals) == cochran_armitage(counts, totals, [1, 2, 3])
    assert cochran_armitage([0, 0], [4, 5]).reason == "only one outcome occurs"
    assert cochran_armitage([1, 0], [4, 0]).reason == "fewer than two groups occur"


def test_enumeration_agrees_with_the_two_by_two_formula():
    # a third, empty-handed way to the same p: split one column into two equal hypotheses
    table = [[13, 8], [5, 12]]
    merged = fisher_exact(table).p
    assert fisher_exact([[13, 8, 0], [5, 12, 0]]).p == pytest.approx(merged, rel=1e-12)


def test_a_million_units_are_no_obstacle():
    """Margins far too large to walk through; Pearson's test is the measure of them."""
    table = [[250_400, 249_600], [250_000, 250_000]]
    pearson = chi_square(table, correction=False).p
    assert fisher_exact(table).p == pytest.approx(pearson, rel=5e-3)
    assert fisher_mid_p(table).p == pytest.approx(pearson, rel=5e-3)
    ratio = odds_ratio(table)
    assert ratio.estimate == pytest.approx(250_400 / 249_600, rel=1e-6)
    wald = 1.959964 * math.sqrt(sum(1 / cell for row in table for cell in row))
    assert math.log(ratio.high / ratio.low) == pytest.approx(2 * wald, rel=1e-2)
    assert "too large" in boschloo(table).reason
    assert "too large" in fisher_exact([[200_000] * 3, [100_000] * 3]).reason
    with pytest.raises(ValueError, match="too large"):
        power_two_proportions(0.5, 500_000, 0.51, 500_000)


def test_large_table_is_said_to_be_too_large():
    result = fisher_exact(np.full((6, 6), 12))
    assert result.p is None
    assert "too large" in result.reason


@pytest.mark.parametrize("table", [[[3, 4], [0, 0]], [[3, 0], [4, 0]], [[5, 2]]])
def test_one_level_is_no_error(table):
    square = [fisher_mid_p(table), boschloo(table)] if len(table) == 2 else []
    for result in (fisher_exact(table), chi_square(table, correction=False), *square):
        assert result.p is None
        assert "fewer than two" in result.reason


def test_seed_abstract_p_values_depend_on_the_test():
    table = [[13, 8], [5, 12]]
    found = (
        chi_square(table, correction=False).p,
        fisher_exact(table).p,
        chi_square(table, correction=True).p,
    )
    assert [round(p, 3) for p in found] == [0.046, 0.058, 0.095]


def test_adjust_equals_r(oracle, agree):
    inputs, results = oracle["inputs"]["p_values"], oracle["proportions"]
    for i, values in enumerate(inputs):
        agree(adjust(values, method="holm"), results["holm"][i], CLOSED)
        expected = results["benjamini_hochberg"][i]
        agree(adjust(values, method="benjamini-hochberg"), expected, CLOSED)


def test_adjust_leaves_absent_p_values_out_of_the_family():
    assert adjust([0.01, None, 0.04], method="holm") == (0.02, None, 0.04)
    assert adjust([], method="holm") == ()


def test_families_are_adjusted_apart(oracle, agree):
    inputs, results = oracle["inputs"]["p_values"], oracle["proportions"]
    # the families of R's oracle, shuffled into one list
    tests = [(p, i) for i, values in enumerate(inputs) for p in values]
    mixed = tests[::2] + tests[1::2]
    for method, key in (("holm", "holm"), ("benjamini-hochberg", "benjamini_hochberg")):
        found = adjust([p for p, _ in mixed], method=method, families=[i for _, i in mixed])
        place = {test: [] for test in mixed}
        for test, value in zip(mixed, found, strict=True):
            place[test].append(value)
        for test, value in zip(tests, chain.from_iterable(results[key]), strict=True):
            agree([place[test].pop()], [value], CLOSED, str(test))


def test_power_equals_enumeration_in_r(oracle, agree):
    for arguments, expected in zip(
        oracle["inputs"]["power"], oracle["proportions"]["power"], strict=True
    ):
        p_a, n_a, p_b, n_b = arguments
        agree([power_two_proportions(p_a, int(n_a), p_b, int(n_b))], expected, CLOSED)


def test_empty_groups_give_none():
    assert proportion(0, 0).estimate is None
    assert proportion_difference(0, 0, 1, 2).low is None
    assert odds_ratio([[0, 0], [3, 4]]).estimate is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: proportion(5, 4),
        lambda: proportion(-1, 4),
        lambda: proportion(1.5, 4),
        lambda: proportion(1, 4, level=95),
        lambda: proportion(1, 4, method="wald"),
        lambda: proportion_difference(1, 2, 3, 2),
        lambda: fisher_exact([[1, -1], [2, 3]]),
        lambda: fisher_exact([1, 2]),
        lambda: chi_square([[1.5, 1], [2, 3]], correction=False),
        lambda: odds_ratio([[1, 2, 3], [3, 4, 5]]),
        lambda: fisher_mid_p([[1, 2, 3], [3, 4, 5]]),
        lambda: boschloo([[1, 2]]),
        lambda: cochran_armitage([3, 1], [2, 4]),
        lambda: cochran_armitage([1, 1], [2, 4], [1]),
        lambda: cochran_armitage([1, 1], [2, 4], [1, None]),
        lambda: adjust([1.2], method="holm"),
        lambda: adjust([float("nan")], method="holm"),
        lambda: adjust([0.2], method="bonferroni"),
        lambda: adjust([0.2], method="holm", families=["a", "b"]),
        lambda: power_two_proportions(1.2, 3, 0.1, 3),
    ],
)
def test_nonsense_is_refused(call, refused):
    with refused():
        call()


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_estimate_lies_in_its_interval(counted):
    count, total = counted
    for method in ("clopper-pearson", "wilson"):
        p = proportion(count, total, method=method)
        assert 0 <= p.low <= p.estimate <= p.high <= 1
        mirror = proportion(total - count, total, method=method)
        assert math.isclose(1 - p.high, mirror.low, abs_tol=1e-9)


@given(st.lists(st.lists(st.integers(0, 7), min_size=3, max_size=3), min_size=2, max_size=3))
def test_fisher_does_not_depend_on_the_order_of_rows_and_columns(table):
    p = fisher_exact(table).p
    other = fisher_exact(np.array(table)[::-1, [2, 0, 1]]).p
    assert (p is None and other is None) or math.isclose(p, other, rel_tol=1e-9)
    assert p is None or 0 < p <= 1


@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=2, max_size=2))
@settings(max_examples=25)
def test_boschloo_never_exceeds_fisher(table):
    ours, fisher = boschloo(table).p, fisher_exact(table).p
    assert (ours is None) == (fisher is None)
    assert ours is None or 0 < ours <= fisher * (1 + 1e-9)
