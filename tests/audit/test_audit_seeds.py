"""The two seed abstracts get the verdicts that a hand computation gives them."""

from pathlib import Path

import pytest

from helpers.audit import as_json, audit
from helpers.claims import load_claims

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def relapsed():
    return audit(load_claims(ROOT / "data" / "aponermin" / "claims.yml"))


@pytest.fixture(scope="module")
def high_risk():
    return audit(load_claims(ROOT / "data" / "fhrmm" / "claims.yml"))


def by_verdict(found, verdict):
    return {one.claim for one in found.claims if one.verdict == verdict}


def test_what_fits_no_count_and_what_was_cut_off(relapsed):
    assert by_verdict(relapsed, "impossible") == {"orr_tp53_no", "orr_1q21_no"}
    assert by_verdict(relapsed, "rounding only") == {"orr_extramedullary_no"}
    assert relapsed.together.smallest == (("orr_tp53_no", "orr_1q21_no"),)
    assert relapsed.summary.startswith("2 of 48 claims are impossible")


def test_the_comparison_by_age_depends_on_the_test(relapsed):
    found = next(one for one in relapsed.claims if one.claim == "orr_age_contrast")
    assert found.verdict == "test-dependent"
    assert found.evidence == (
        "p <0.05 holds under chi-square, Fisher mid-p and Boschloo and fails under chi-square with "
        "Yates' correction and Fisher."
    )
    assert "13/18 versus 8/20: chi-square 0.046" in found.arithmetic
    assert "correction 0.095, Fisher 0.058" in found.arithmetic


def test_groups_by_cycles_are_immortal_time(relapsed):
    late = {"pfs_cycles_ge_3", "pfs_cycles_lt_3", "pfs_cycles_p"}
    assert late <= by_verdict(relapsed, "design")


def test_adverse_events_fit_39_and_not_38(relapsed):
    near = dict(next(fit for fit in relapsed.sizes if fit.population == "treated").near)
    assert near[39] == ()
    assert len(near[38]) == 5


def test_six_factors_on_fewer_than_31_events(high_risk):
    assert by_verdict(high_risk, "impossible") == set()
    factors = [one for one in high_risk.claims if one.problem == "P08"]
    assert len(factors) == 6
    assert "30/6" in factors[0].arithmetic


def test_the_same_transcript_gives_the_same_bytes(high_risk):
    again = audit(load_claims(ROOT / "data" / "fhrmm" / "claims.yml"))
    assert as_json(again) == as_json(high_risk)


def test_the_comparisons_of_an_abstract_are_adjusted_for_their_number(relapsed):
    # The smallest of four: 0.058 × 4 = 0.233, by Holm and by Benjamini–Hochberg.
    adjusted = {one.claim: one for one in relapsed.multiplicity}
    by_age = adjusted["orr_age_contrast"]
    assert len(adjusted) == 4
    assert by_age.holm == pytest.approx(4 * by_age.fisher)
    assert max(one.benjamini_hochberg for one in adjusted.values()) <= 1
    assert by_age.benjamini_hochberg == pytest.approx(4 * by_age.fisher)
    remarks = next(one for one in relapsed.claims if one.claim == "orr_age_contrast").remarks
    assert "P06: Not significant after Holm's adjustment for 4 comparisons (p = 0.23)." in remarks
