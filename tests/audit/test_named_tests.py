"""A test that was named: which p-values its words allow."""

from __future__ import annotations

import pytest

from helpers.audit.audit import audit
from helpers.audit.verdict import Judged
from helpers.claims import Claims
from helpers.claims.loading import read_claims

#: 13 of 18 and 8 of 20: chi-square .0461, with Yates' correction .0953, Fisher .0585,
#: mid-p .0397, by scipy.
TEMPLATE = """
source: Written for the tests.
populations: {{all: 38}}
{tests}
claims:
  - {{text: x, kind: proportion, event: ORR, group: {{sex: m}}, value: 72.2, count: 13, of: 18}}
  - {{text: x, kind: proportion, event: ORR, group: {{sex: f}}, value: 40.0, count: 8, of: 20}}
  - text: x
    kind: contrast
    event: ORR
    groups: [{{sex: m}}, {{sex: f}}]
    p: "{p}"
    {test}
"""


def judged(p: str, test: str = "", tests: str = "") -> Judged:
    words = f'test: "{test}"' if test else ""
    text = TEMPLATE.format(p=p, test=words, tests=tests)
    return audit(read_claims(Claims, text, where="test")).claims[2]


@pytest.mark.parametrize(
    ("p", "test", "verdict"),
    [
        ("0.046", "chi-square test", "consistent"),
        ("0.095", "chi-square test", "consistent"),  # as R prints it by default
        ("0.095", "χ2 test", "consistent"),
        ("0.058", "chi-square test", "impossible"),
        ("0.095", "chi-square test without continuity correction", "impossible"),
        ("0.046", "chi-square test without continuity correction", "consistent"),
        ("0.046", "chi-square test with Yates' correction", "impossible"),
        ("0.095", "continuity-corrected chi-square test", "consistent"),
        ("0.058", "Fisher's exact test", "consistent"),
        ("0.046", "Fisher's exact test", "impossible"),
        ("0.040", "Fisher's exact test with mid-p correction", "consistent"),
        ("0.058", "Fisher's exact test with mid-p correction", "impossible"),
        ("0.046", "chi-square or Fisher's exact test, as appropriate", "consistent"),
        ("0.058", "chi-square or Fisher's exact test, as appropriate", "consistent"),
        ("0.31", "chi-square or Fisher's exact test, as appropriate", "impossible"),
        ("<0.05", "chi-square test", "consistent"),
        ("<0.05", "Fisher's exact test", "impossible"),
        ("<0.05", "", "test-dependent"),
        ("0.029", "one-sided Fisher's exact test", "cannot be checked"),
        ("0.031", "Mann-Whitney test", "impossible"),
    ],
)
def test_the_words_for_a_test_allow_what_programs_print_under_them(p: str, test: str, verdict: str):
    assert judged(p, test).verdict == verdict


def test_the_only_test_of_the_abstract_counts_for_its_comparisons():
    assert judged("0.046", tests="tests: {named: [Fisher's exact test]}").verdict == "impossible"
    several = "tests: {named: [Fisher's exact test, log-rank test]}"
    assert judged("0.046", tests=several).verdict == "consistent"


def test_the_message_names_the_test_that_holds():
    assert judged("0.095", "chi-square test").evidence == (
        "p = 0.095 holds under the chi-square with Yates' correction test, which was named."
    )


@pytest.mark.parametrize("p", ["0.044", "0.051", "0.034"])
def test_a_likelihood_or_wald_test_explains_a_p_value_that_was_given_no_test(p: str):
    """Likelihood ratio .0437, Wald .0507, unpooled z .0342, by R's anova, glm and hand."""
    found = judged(p)
    assert found.verdict == "test-dependent"
    assert "likelihood or Wald" in found.evidence
    assert judged(p, "chi-square test without continuity correction").verdict == "impossible"


def test_counts_that_other_claims_rule_out_explain_no_p_value():
    """40.0% may be 2 of 5 (Fisher .297) or 8 of 20 (.058); with 15 responders in all, only 2."""
    arms = TEMPLATE.replace(", count: 13, of: 18", "").replace(", count: 8, of: 20", "")
    counted = arms + "  - {{text: x, kind: count, event: ORR, value: 15}}\n"
    levels = "attributes: {sex: {levels: [m, f, not recorded]}}"

    def verdict(template: str, p: str) -> str:
        text = template.format(p=p, test='test: "Fisher"', tests=levels)
        return audit(read_claims(Claims, text, where="test")).claims[2].verdict

    assert [verdict(arms, p) for p in ("0.297", "0.058")] == ["consistent", "consistent"]
    assert [verdict(counted, p) for p in ("0.297", "0.058")] == ["consistent", "impossible"]
