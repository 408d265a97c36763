"""Phrases that abstracts print figures in, one by one, and near ones that mean something else."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.claims import Claim
from helpers.claims.drafting import draft_claims

KEYS = ("value", "count", "of", "low", "high", "minimum", "maximum", "q1", "q3", "p", "time")


def drafted(text: str) -> list[Claim]:
    return [c for c in draft_claims(text).claims.claims if c.kind not in ("statement",)]


def figures(claim: Claim) -> dict[str, Any]:
    return {key: getattr(claim, key) for key in KEYS if getattr(claim, key) is not None}


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("ORR was 61,4 % (35/57; p = 0,04).", "proportion",
         {"value": "61.4", "count": "35", "of": "57"}),
        ("Median PFS was 4,5 months and ORR 61,4 %.", "survival_median", {"value": "4.5"}),
        ("We saw 1,204 patients.", "count", {"value": "1204"}),
        ("We saw 1,204 patients and ORR was 61,4 %.", "count", {"value": "1204"}),
        ("Fever occurred in 71 (46%) of 153 cases.", "proportion",
         {"value": "46", "count": "71", "of": "153"}),
        ("ORR was 62% (95% CI 48-74; 34 of 55).", "proportion",
         {"value": "62", "low": "48", "high": "74", "count": "34", "of": "55"}),
        ("Fever occurred in 14 of 34 patients with EMD (41.2%).", "proportion",
         {"value": "41.2", "count": "14", "of": "34"}),
        ("Data were available for 70 patients, of whom 25 (35.7%) had fever.", "proportion",
         {"value": "35.7", "count": "25", "of": "70"}),
        ("Infections occurred in 30 patients, of which 13 (25.0%) were severe.", "proportion",
         {"value": "25.0", "count": "13"}),
        ("Age, median (IQR): 63 (58-70) years.", "median", {"value": "63", "q1": "58", "q3": "70"}),
        ("OS, median (95% CI): 13.8 (9.9-NR) months.", "survival_median",
         {"value": "13.8", "low": "9.9", "high": "not reached"}),
        ("Median PFS (95% CI) was 12.4 (9.8-16.0) months.", "survival_median",
         {"value": "12.4", "low": "9.8", "high": "16.0"}),
        ("ISS III had shorter OS (HR: 2.4; CI95%: 1.2-4.8; p: 0.013).", "hazard_ratio",
         {"value": "2.4", "low": "1.2", "high": "4.8", "p": "=0.013"}),
        ("Grade 3/4 neutropenia occurred in 41 patients (44.6%).", "proportion",
         {"value": "44.6", "count": "41"}),
        ("VGPR\t7\t15.2\nPR\t11\t23.9", "proportion", {"value": "15.2", "count": "7"}),
        ("VGPR | 7/46 (15.2%)\nPR | 11/46 (23.9%)", "proportion",
         {"value": "15.2", "count": "7", "of": "46"}),
    ],
)  # fmt: skip
def test_the_first_figure_of_its_kind(text: str, kind: str, expected: dict[str, str]):
    first = next(claim for claim in drafted(text) if claim.kind == kind)
    assert figures(first) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("OS was 78% at 12, 70% at 24 and 63% at 36 months.",
         [("os", "78", 12), ("os", "70", 24), ("os", "63", 36)]),
        ("PFS was 63% (95% CI 56-70) at 1 year and OS was 80% at 2 years.",
         [("pfs", "63", 12), ("os", "80", 24)]),
        ("PFS was 63% at 12 and 39% at 24 months; the corresponding OS rates were 93% and 82%.",
         [("pfs", "63", 12), ("pfs", "39", 24), ("os", "93", 12), ("os", "82", 24)]),
        ("At 24 months, OS was 71% and PFS was 37%.", [("os", "71", 24), ("pfs", "37", 24)]),
    ],
)  # fmt: skip
def test_each_rate_has_its_own_time(text: str, expected: list[tuple[str, str, float]]):
    assert [(c.outcome, c.value, c.time) for c in drafted(text)] == expected


def test_a_percentage_at_a_time_that_is_no_survival_is_no_rate():
    kinds = {c.kind for c in drafted("Fatigue was reported by 20% at 12 months.")}
    assert kinds == {"proportion"}


def test_two_endpoints_are_no_two_groups():
    claims = drafted("Median PFS and OS were 3.1 and 11.7 months (p=0.02).")
    assert [(c.outcome, c.value) for c in claims[:2]] == [("pfs", "3.1"), ("os", "11.7")]
    assert not any(c.group for c in claims) and claims[-1].p == "=0.02"


@pytest.mark.parametrize(
    ("word", "adjusted"), [("unadjusted", False), ("adjusted", True), ("multivariable", True)]
)
def test_unadjusted_is_not_adjusted(word: str, adjusted: bool):
    (claim,) = drafted(f"Stage was related to OS ({word} HR 2.21, 95% CI 1.47-3.32).")
    assert claim.adjusted is adjusted


def test_stages_have_their_figures_in_order():
    claims = drafted("ISS I, II and III were found in 12 (30%), 18 (45%) and 10 (25%) patients.")
    assert [(c.event["iss"], c.count, c.value) for c in claims] == [
        (["I"], "12", "30"), (["II"], "18", "45"), (["III"], "10", "25"),
    ]  # fmt: skip


def test_stages_without_as_many_figures_are_left_to_other_rules():
    assert not any("iss" in c.event for c in drafted("ISS I, II and III: 12 (30%) and 18 (45%)."))


def test_a_denominator_of_nobody_is_marked():
    text = "Of 60 patients, ORR was 50% (30/60). ORR was 70% (14/20) after ASCT."
    whole, part = (claim for claim in drafted(text) if claim.kind == "proportion")
    assert whole.uncertain == []
    assert any(mark.startswith("group: its denominator") for mark in part.uncertain)


def test_the_size_of_a_named_population_may_stand_behind_it():
    text = "We analysed 92 patients. ORR was 78% in the evaluable population (n=88)."
    claims = draft_claims(text).claims
    assert claims.size("evaluable") == 88 and claims.size("all") == 92
    assert [c.population for c in claims.claims if c.kind == "proportion"] == ["evaluable"]
    assert claims.unread == []
