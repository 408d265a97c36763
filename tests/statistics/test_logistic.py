import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_cases import factors, same_as_r

from helpers.statistics.design import Factor
from helpers.statistics.logistic import logistic


def test_logistic_equals_glm(oracle, agree):
    for name, case in oracle["logistic_inputs"]["ordinary"].items():
        model = logistic(case["outcomes"], factors(case), firth=False)
        same_as_r(agree, model, oracle["logistic"]["ordinary"][name], name, "or")
        assert model.method == "Logistic regression"
        assert model.n_events == sum(case["outcomes"])


def test_firth_logistic_equals_a_numerical_maximum_in_r(oracle, agree):
    for name, case in oracle["logistic_inputs"]["penalized"].items():
        model = logistic(case["outcomes"], factors(case))
        same_as_r(agree, model, oracle["logistic"]["penalized"][name], name, "or")
        assert model.method.startswith("Firth"), name


def test_one_binary_factor_is_the_odds_ratio_of_its_table():
    """13 of 18 against 8 of 20: odds ratio (13 * 12) / (5 * 8), Woolf's interval."""
    outcomes = [1] * 13 + [0] * 5 + [1] * 8 + [0] * 12
    model = logistic(outcomes, [Factor("g", "G", ["yes"] * 18 + ["no"] * 20, ("no", "yes"))])
    term = model.terms[0]
    error = np.sqrt(1 / 13 + 1 / 5 + 1 / 8 + 1 / 12)
    assert term.estimate == pytest.approx(13 * 12 / (5 * 8), rel=1e-9)
    assert term.high / term.low == pytest.approx(np.exp(2 * 1.959963984540054 * error), rel=1e-9)
    assert (term.n, term.events, model.events_per_variable) == (18, 13, 17)


def test_firth_of_a_two_by_two_table_adds_one_half_to_each_cell():
    """The saturated model's penalty is half an observation a cell (Jeffreys' prior)."""
    outcomes = [0] * 9 + [1] * 5 + [0] * 6
    model = logistic(outcomes, [Factor("g", "G", ["yes"] * 9 + ["no"] * 11, ("no", "yes"))])
    assert model.terms[0].estimate == pytest.approx((0.5 * 6.5) / (9.5 * 5.5), rel=1e-6)
    assert "there is no event in G: yes" in model.notes[0]


@pytest.mark.parametrize(
    ("outcomes", "values", "words"),
    [
        ([1] * 6 + [0, 1] * 8, ["yes"] * 6 + ["no"] * 16, "everybody has the event in Arm: yes"),
        ([0, 1] * 8 + [0] * 6, ["yes"] * 16 + ["no"] * 6, "no finite maximum"),
        ([1, 0, 0, 0, 0] * 4, ["yes", "yes", "no", "no", "no"] * 4, "no finite maximum"),
        ([1, 0, 1, 0, 0, 0, 0, 0, 0, 0], ["yes", "yes", "no", "no", "no"] * 2, "2.0 events per"),
    ],
)
def test_the_switch_to_firth_is_said(outcomes, values, words):
    arm = Factor("arm", "Arm", values, ("no", "yes"))
    model = logistic(outcomes, [arm])
    assert words in model.notes[0]
    assert model.method.startswith("Firth")
    assert 0 < model.terms[0].low < model.terms[0].estimate < model.terms[0].high
    without = logistic(outcomes, [arm], firth=False)
    assert "was not used, though" in without.notes[0]
    if "2.0 events" not in words:
        assert without.terms[0].reason == without.reason == "no finite estimate was found"


def test_complete_cases_are_counted():
    age = Factor("age", "Age", [50, None, 61, 64, 58, 70, 55, np.nan])
    model = logistic([1, 0, 1, 0, 0, 1, 1, 0], [age])
    assert (model.n, model.n_total, model.n_events) == (6, 8, 4)
    assert (model.terms[0].n, model.terms[0].level) == (6, "per 1")


@pytest.mark.parametrize(
    ("outcomes", "values", "reason"),
    [
        ([0, 0, 0], ["no", "yes", "no"], "no events"),
        ([1, 1], ["no", "yes"], "every patient has the event"),
        ([1, 0], ["no", "no"], "no factor varies between patients"),
        ([1, 0], [None, None], "no patient is complete in every factor"),
        ([], [], "no patient is complete in every factor"),
    ],
)
def test_thin_data_is_no_error(outcomes, values, reason):
    model = logistic(outcomes, [Factor("arm", "Arm", values, ("no", "yes"))])
    assert model.reason == reason
    assert model.terms[0].estimate is None
    assert model.terms[0].reason


def test_nonsense_is_refused(refused):
    for outcomes, ages in (([1, 2], [1, 2]), ([1, None], [1, 2]), ([1, 0, 1], [1, 2])):
        with refused():
            logistic(outcomes, [Factor("age", "Age", ages)])
    with pytest.raises(ValueError, match="confidence level"):
        logistic([1, 0], [Factor("age", "Age", [1, 2])], level=95)


row = st.tuples(st.booleans(), st.sampled_from("abc"), st.integers(-2, 2))


@given(st.lists(row, max_size=14), st.sampled_from([None, True, False]), st.randoms())
@settings(max_examples=40)
def test_thin_data_never_raises_and_order_changes_nothing(rows, firth, random):
    def model(rows):
        outcomes, letter, number = zip(*rows, strict=True) if rows else [()] * 3
        declared = [
            Factor("letter", "Letter", letter, ("a", "b", "c")),
            Factor("number", "Number", number),
        ]
        return logistic(outcomes, declared, firth=firth)

    fitted, shuffled = model(rows), model(random.sample(rows, len(rows)))
    for term, other in zip(fitted.terms, shuffled.terms, strict=True):
        values = (term.estimate, term.low, term.high, term.p)
        assert (None not in values) == (term.reason is None)
        if term.reason is None:
            assert np.isfinite(values).all()
            assert term.low <= term.estimate <= term.high
            assert other.estimate == pytest.approx(term.estimate, rel=1e-5)
