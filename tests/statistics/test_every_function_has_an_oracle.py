"""Count the public functions of helpers.statistics that nothing outside it vouches for."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import helpers.statistics

HERE = Path(__file__).resolve().parent

#: Public function -> the test that holds it to R, to published figures or to a hand-worked table.
ORACLES = {
    "proportions.proportion": "test_intervals_equal_r",
    "proportions.proportion_difference": "test_difference_equals_newcombes_table",
    "contingency.fisher_exact": "test_tables_equal_r",
    "contingency.fisher_two_by_two": "test_tables_equal_r",
    "contingency.two_sided": "test_tables_equal_r",
    "contingency.hypergeometric": "test_mid_p_equals_r",
    "contingency.log_choose": "test_power_equals_enumeration_in_r",
    "contingency.two_by_two": "test_one_level_is_no_error",
    "contingency.occupied": "test_one_level_is_no_error",
    "contingency.fisher_mid_p": "test_mid_p_equals_r",
    "contingency.cochran_armitage": "test_trend_equals_r",
    "contingency.chi_square": "test_tables_equal_r",
    "contingency.odds_ratio": "test_tables_equal_r",
    "unconditional.boschloo": "test_boschloo_equals_a_maximum_in_r",
    "unconditional.power_two_proportions": "test_power_equals_enumeration_in_r",
    "proportions.adjust": "test_adjust_equals_r",
    "descriptive.summarize": "test_summary_equals_r",
    "time_to_event.kaplan_meier": "test_curve_equals_r",
    "time_to_event.cumulative_hazard": "test_cumulative_hazard_equals_r",
    "time_to_event.median": "test_median_and_quartiles_equal_r",
    "time_to_event.quantile": "test_median_and_quartiles_equal_r",
    "time_to_event.survival_at": "test_survival_at_equals_r",
    "time_to_event.risk_table": "test_risk_table_equals_a_plain_count_in_r",
    "time_to_event.reverse_kaplan_meier": "test_reverse_curve_equals_r",
    "time_to_event.logrank": "test_logrank_equals_r",
    "time_to_event.landmark": "test_landmark_by_hand",
    "time_to_event.require_known_at_baseline": "test_immortal_time_is_refused_with_its_remedies",
    "restricted_mean.restricted_mean": "test_restricted_mean_equals_r",
    "restricted_mean.restricted_mean_difference": "test_difference_by_hand",
    "conditional.conditional_survival": "test_conditional_survival_equals_r",
    "rank_tests.rank_test": "test_rank_tests_equal_r",
    "imputation.impute": "test_what_is_drawn_follows_what_predicts_it",
    "imputed_model.imputed_cox": "test_missing_completely_at_random_comes_near_the_full_data",
    "pooling.pool": "test_pooling_equals_rubins_rules_in_r",
    "pooling.degrees_of_freedom": "test_degrees_of_freedom_equal_rubins_rules_in_r",
    "regression.cox": "test_cox_equals_r",
    "firth.firth_cox": "test_firth_equals_a_numerical_maximum_in_r",
    "firth.why_penalised": "test_few_events_switch_to_firth",
    "firth.penalty_notes": "test_separation_switches_to_firth_and_says_so",
    "ratios.wald_ratios": "test_cox_equals_r",
    "ratios.firth_ratios": "test_firth_equals_a_numerical_maximum_in_r",
    "firth.firth_logistic": "test_firth_logistic_equals_a_numerical_maximum_in_r",
    "logistic.logistic": "test_logistic_equals_glm",
    "concordance.concordance": "test_cox_equals_r",
    "robust.score_residuals": "test_likelihood_and_score_residuals_equal_r",
    "robust.sandwich": "test_robust_variance_equals_r",
    "proportional_hazards.score_tests": "test_proportional_hazards_equal_cox_zph",
    "risk_sets.risk_sets": "test_likelihood_equals_r",
    "risk_sets.at_risk": "test_likelihood_equals_r",
    "risk_sets.lived": "test_cox_equals_r",
    "partial_likelihood.log_likelihood": "test_likelihood_equals_r",
    "partial_likelihood.moments": "test_cox_equals_r",
    "partial_likelihood.hazards": "test_cox_equals_r",
    "partial_likelihood.information": "test_cox_equals_r",
    "partial_likelihood.fit": "test_likelihood_equals_r",
    "step_curves.at_risk_of_exits": "test_curve_equals_r",
    "step_curves.at_risk_at": "test_risk_table_equals_a_plain_count_in_r",
    "step_curves.pointwise_band": "test_curve_equals_r",
    "competing_risks.cumulative_incidence": "test_incidence_equals_r",
    "competing_risks.incidence_at": "test_incidence_equals_r",
    "competing_risks.incidence_table": "test_counts_by_hand",
    "competing_risks.cause_specific_cox": "test_cause_specific_cox_equals_r",
    "competing_risks.checked_causes": "test_checked_causes_by_hand",
    "gray.grays_test": "test_grays_test_equals_r",
    "time_dependent.mantel_byar": "test_mantel_byar_equals_r",
    "time_dependent.simon_makuch": "test_simon_makuch_equals_r",
    "time_dependent.time_dependent_cox": "test_time_dependent_cox_equals_r",
    "adverse_events.worst_grade": "test_worst_grade_by_hand",
    "adverse_events.coded_events": "test_worst_grade_by_hand",
    "exposure.incidence_rate": "test_rates_equal_poisson_test",
    "exposure.exposure_rates": "test_exposure_rates_equal_a_plain_count_in_r",
    "exposure.treatment_emergent": "test_the_window_by_hand",
    "person_time.require_own_intervals": "test_intervals_that_overlap_are_refused",
    "person_time.split_at_change": "test_split_by_hand",
    "best_response.best_response": "test_courses_by_hand",
    "best_response.agreement": "test_agreement_by_hand",
    "response.response_rates": "test_rates_by_hand",
    "response.is_responder": "test_responders",
    "therapy_lines.assign_lines": "test_rules_equal_the_table_worked_by_hand",
    "therapy_lines.therapy_lines": "test_lines_by_hand",
}
#: Conversion of what the caller gives: nothing is estimated there.
NO_ESTIMATE = ("arrays", "design")


def public_functions():
    for module in pkgutil.iter_modules(helpers.statistics.__path__):
        if module.name in NO_ESTIMATE:
            continue
        loaded = importlib.import_module(f"helpers.statistics.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if function.__module__ == loaded.__name__ and not name.startswith("_"):
                yield f"{module.name}.{name}"


def test_no_function_is_without_an_oracle():
    without = sorted(set(public_functions()) - set(ORACLES))
    assert (len(without), without) == (0, [])


def test_every_function_stands_in_the_docs():
    page = (HERE.parents[1] / "docs" / "statistics.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", page))
    public = set(public_functions())
    assert sorted(public - named) == []
    modules = {name.split(".")[0] for name in public}
    stale = {name for name in named if name.split(".")[0] in modules} - public
    assert sorted(stale) == []


def test_every_named_oracle_exists():
    written = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    absent = [test for test in ORACLES.values() if f"def {test}(" not in written]
    assert absent == []
    assert sorted(set(ORACLES) - set(public_functions())) == []
