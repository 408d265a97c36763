import pandas as pd
import pytest

from helpers.statistics.response import CATEGORIES, is_responder, response_rates

#: By hand: sCR 1, CR 2, VGPR 3, PR 4, MR 2, SD 3, PD 4, NE 1 = 20 patients.
RESPONSES = [
    *["sCR"] * 1, *["CR"] * 2, *["VGPR"] * 3, *["PR"] * 4,
    *["MR"] * 2, *["SD"] * 3, *["PD"] * 4, "NE",
]  # fmt: skip


def test_rates_by_hand():
    rates = response_rates(RESPONSES)
    assert rates.n == 20
    assert list(rates.counts) == list(CATEGORIES)
    assert list(rates.counts.values()) == [1, 2, 3, 4, 2, 3, 4, 1]
    found = (rates.cr_or_better, rates.vgpr_or_better, rates.orr, rates.cbr)
    assert [rate.count for rate in found] == [3, 6, 10, 12]
    assert {rate.total for rate in found} == {20}


def test_not_evaluable_stays_in_the_denominator():
    assert response_rates(["PR", "NE"]).orr.estimate == 0.5


def test_responders():
    assert is_responder(["PR", "MR", "sCR", "NE"]).tolist() == [True, False, True, False]
    assert int(is_responder(pd.Series(RESPONSES, index=range(5, 25))).sum()) == 10


def test_nobody_gives_none():
    rates = response_rates([])
    assert (rates.n, rates.orr.estimate) == (0, None)
    assert is_responder([]).tolist() == []


@pytest.mark.parametrize("responses", [["PR", "partial"], ["PR", None]])
def test_unknown_or_missing_responses_are_refused_without_their_value(responses, refused):
    with refused() as caught:
        response_rates(responses)
    assert "partial" not in str(caught.value)
