import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_cases import R, factors, numbers, same_as_r
from scipy.optimize import brentq
from scipy.stats import chi2, norm

from helpers.statistics.regression import Factor, cox


def test_cox_equals_r(oracle, agree):
    for name, case in oracle["inputs"]["cox"].items():
        model = cox(case["durations"], case["events"], factors(case), firth=False)
        r = oracle["cox"]["cox"][name]
        same_as_r(agree, model, r, name)
        agree([model.concordance], r["concordance"], 1e-9, name)
        assert (model.method, model.ties, model.n_events) == (
            "Cox regression",
            "Efron",
            r["n_events"][0],
        )


def test_proportional_hazards_equal_cox_zph(oracle, agree):
    compared = 0
    for name, case in oracle["inputs"]["cox"].items():
        r = oracle["cox"]["cox"][name]["zph"]
        if not r:
            continue
        model = cox(case["durations"], case["events"], factors(case), firth=False)
        tests = {t.factor: t for t in model.proportional_hazards}
        assert list(tests)[-1] == "GLOBAL"
        for row, statistic, df, p in zip(r["rows"], r["statistic"], r["df"], r["p"], strict=True):
            t = tests[row]
            if name == "all events at once":
                assert t.statistic is None
                continue
            agree([t.statistic, t.df, t.p], [statistic, df, p], R, f"{name} {row}")
            compared += 1
    assert compared >= 15


def test_firth_equals_a_numerical_maximum_in_r(oracle, agree):
    for name, case in oracle["inputs"]["firth"].items():
        model = cox(case["durations"], case["events"], factors(case), firth=True)
        r = oracle["cox"]["firth"][name]
        assert model.ties == "Breslow"
        same_as_r(agree, model, r, name)


def test_firth_by_hand():
    """One event, in the exposed, among 2 exposed and 3 unexposed.

    The penalised log-likelihood is 3/2 b - 2 log(2 e^b + 3) + constant; its derivative is zero
    where 2 e^b / (2 e^b + 3) = 3/4, so e^b = 9/2. Its profile bounds solve a scalar equation.
    """

    def value(b):
        return 1.5 * b - 2 * np.log(2 * np.exp(b) + 3)

    top = np.log(4.5)
    gap = lambda b: value(top) - value(b) - chi2.ppf(0.95, 1) / 2  # noqa: E731
    low, high = np.exp(brentq(gap, top - 20, top)), np.exp(brentq(gap, top, top + 20))
    group = Factor("group", "Group", [1, 1, 0, 0, 0])
    term = cox([1, 2, 3, 4, 5], [1, 0, 0, 0, 0], [group]).terms[0]
    assert term.estimate == pytest.approx(4.5, rel=1e-6)
    assert (term.low, term.high) == pytest.approx((low, high), rel=1e-5)
    assert term.p == pytest.approx(chi2.sf(2 * (value(top) - value(0)), 1), rel=1e-6)


def test_firth_with_wald_intervals_by_hand():
    """The same data: at e^b = 9/2 a share of 3/4 is exposed, so the information is 3/16."""
    group = Factor("group", "Group", [1, 1, 0, 0, 0])
    model = cox([1, 2, 3, 4, 5], [1, 0, 0, 0, 0], [group], profile=False)
    error = 4 / np.sqrt(3)
    half = norm.isf(0.025) * error
    (term,) = model.terms
    assert model.method == "Firth-penalized Cox regression, Wald interval"
    assert (term.low, term.estimate, term.high) == pytest.approx(
        (4.5 * np.exp(-half), 4.5, 4.5 * np.exp(half)), rel=1e-6
    )
    assert term.p == pytest.approx(2 * norm.sf(np.log(4.5) / error), rel=1e-6)


@pytest.fixture
def cohort():
    rng = np.random.default_rng(7)
    n = 80
    return {
        "time": rng.exponential(10, n).round(2) + 0.01,
        "event": rng.random(n) < 0.8,
        "age": rng.normal(60, 8, n),
        "arm": rng.choice(["no", "yes"], n),
    }


def arm(values):
    return Factor("arm", "Arm", values, ("no", "yes"))


def test_separation_switches_to_firth_and_says_so(cohort):
    event = cohort["event"] & (cohort["arm"] == "no")
    model = cox(cohort["time"], event, [arm(cohort["arm"])])
    assert model.method.startswith("Firth")
    assert "no event in Arm: yes" in model.notes[0]
    term = model.terms[0]
    assert 0 < term.low < term.estimate < term.high < 1
    assert term.events == 0


def test_reference_without_events_switches_to_firth(cohort):
    event = cohort["event"] & (cohort["arm"] == "yes")
    model = cox(cohort["time"], event, [arm(cohort["arm"])])
    assert "no finite maximum" in model.notes[0]
    assert 1 < model.terms[0].low < model.terms[0].estimate < model.terms[0].high


def test_without_firth_a_separated_factor_has_no_estimate(cohort):
    event = cohort["event"] & (cohort["arm"] == "no")
    model = cox(cohort["time"], event, [arm(cohort["arm"])], firth=False)
    term = model.terms[0]
    assert (term.estimate, term.low, term.high, term.p) == (None,) * 4
    assert term.reason == model.reason == "no finite estimate was found"
    assert model.proportional_hazards == ()


def test_few_events_switch_to_firth(cohort):
    event = np.zeros(80, dtype=bool)
    event[:8] = True
    both = [Factor("age", "Age", cohort["age"]), arm(cohort["arm"])]
    model = cox(cohort["time"], event, both)
    assert model.events_per_variable == 4
    assert model.method.startswith("Firth")
    assert "4.0 events per coefficient" in model.notes[0]
    assert cox(cohort["time"], cohort["event"], both).method == "Cox regression"


def test_one_level_factor_leaves_the_rest_untouched(cohort):
    age = Factor("age", "Age", cohort["age"])
    alone = cox(cohort["time"], cohort["event"], [age])
    with_flat = cox(cohort["time"], cohort["event"], [arm(["no"] * 80), age])
    flat, kept = with_flat.terms
    assert flat.estimate is None
    assert flat.reason == "all patients have the level 'no'"
    assert kept == alone.terms[0]


def test_collinear_and_absent_levels_are_named(cohort):
    age = Factor("age", "Age", cohort["age"])
    twice = Factor("months", "Age in months", cohort["age"] * 12)
    three = Factor("arm", "Arm", cohort["arm"], ("never", "no", "yes"))
    model = cox(cohort["time"], cohort["event"], [age, twice, three])
    assert model.terms[1].reason == "it is determined by the factors before it"
    assert [t.reference for t in model.terms[2:]] == ["no", "no"]
    assert model.terms[2].reason == "no patient has the level 'never'"
    assert model.terms[3].estimate is not None
    assert "no patient has the reference level 'never'" in model.notes[0]


def test_complete_cases_are_counted(cohort):
    values = cohort["age"].copy()
    values[:5] = np.nan
    labels = cohort["arm"].astype(object)
    labels[4:7] = None
    model = cox(cohort["time"], cohort["event"], [Factor("age", "Age", values), arm(labels)])
    assert (model.n, model.n_total, model.terms[0].n) == (73, 80, 73)
    rest = cox(
        cohort["time"][7:],
        cohort["event"][7:],
        [Factor("age", "Age", cohort["age"][7:]), arm(cohort["arm"][7:])],
    )
    assert model.terms == rest.terms


def test_per_scales_the_hazard_ratio(cohort):
    one = cox(cohort["time"], cohort["event"], [Factor("age", "Age", cohort["age"])]).terms[0]
    ten = Factor("age", "Age", cohort["age"], unit="years", per=10)
    scaled = cox(cohort["time"], cohort["event"], [ten]).terms[0]
    assert scaled.level == "per 10 years"
    assert scaled.estimate == pytest.approx(one.estimate**10)
    assert scaled.p == pytest.approx(one.p)


@pytest.mark.parametrize(
    ("time", "event", "values", "reason"),
    [
        ([1, 2, 3], [0, 0, 0], ["no", "yes", "no"], "no events"),
        ([1, 2], [1, 1], ["no", "no"], "no factor varies between patients"),
        ([1, 2], [1, 1], [None, None], "no patient is complete in every factor"),
        ([], [], [], "no patient is complete in every factor"),
    ],
)
def test_thin_data_is_no_error(time, event, values, reason):
    model = cox(time, event, [arm(values)])
    assert model.reason == reason
    assert model.terms[0].estimate is None
    assert model.terms[0].reason


def test_order_of_rows_changes_nothing(cohort):
    order = np.random.default_rng(1).permutation(80)
    both = [Factor("age", "Age", cohort["age"]), arm(cohort["arm"])]
    shuffled = [Factor("age", "Age", cohort["age"][order]), arm(cohort["arm"][order])]
    one = cox(cohort["time"], cohort["event"], both)
    other = cox(cohort["time"][order], cohort["event"][order], shuffled)
    assert numbers(one, "estimate") == pytest.approx(numbers(other, "estimate"), rel=1e-9)


@pytest.mark.parametrize(
    "factor",
    [
        Factor("arm", "Arm", ["no", "maybe"], ("no", "yes")),
        Factor("arm", "Arm", ["no"], ("no", "yes")),
        Factor("arm", "Arm", ["no", "yes"], ("no", "no")),
        Factor("age", "Age", [1, np.inf]),
        Factor("age", "Age", [1, "x"]),
        Factor("age", "Age", [1, 2], per=0),
    ],
)
def test_nonsense_is_refused(factor, refused):
    with refused() as caught:
        cox([1, 2], [1, 0], [factor])
    assert "maybe" not in str(caught.value)


def public_numbers(model):
    yield from (model.concordance, model.events_per_variable)
    for term in model.terms:
        yield from (term.estimate, term.low, term.high, term.p)
    for test in model.proportional_hazards:
        yield from (test.statistic, test.p)


row = st.tuples(
    st.integers(0, 6), st.booleans(), st.sampled_from("abc"), st.integers(-2, 2), st.booleans()
)


@given(st.lists(row, max_size=14), st.sampled_from([None, True, False]))
@settings(max_examples=30)
def test_thin_data_never_raises_nor_gives_a_number_that_is_none(rows, firth):
    time, event, letter, number, flag = zip(*rows, strict=True) if rows else [()] * 5
    declared = [
        Factor("letter", "Letter", letter, ("a", "b", "c")),
        Factor("number", "Number", number),
        Factor("flag", "Flag", [str(f) for f in flag], ("False", "True")),
    ]
    model = cox(time, event, declared, firth=firth)
    assert all(value is None or np.isfinite(value) for value in public_numbers(model))
    for term in model.terms:
        complete = None not in (term.estimate, term.low, term.high, term.p)
        assert complete == (term.reason is None)
        if complete:
            assert term.low <= term.estimate <= term.high
            assert 0 <= term.p <= 1


def test_a_level_counts_its_reference_and_a_number_has_none():
    """By hand: of six, two miss the group; of the four left, one of two has the event in each."""
    group = ["a", "b", "a", "b", None, None]
    factors = [
        Factor("group", "Group", group, levels=("a", "b")),
        Factor("age", "Age", [50, 61, 70, 58, 44, 66]),
    ]
    terms = cox([1, 2, 3, 4, 5, 6], [1, 0, 0, 1, 1, 1], factors).terms
    assert [(term.n, term.events, term.compared) for term in terms] == [
        (2, 1, (2, 1)),
        (4, 2, None),
    ]
