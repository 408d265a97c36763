"""Abstracts written without a look at the audit: drafted, finished by hand, and audited both ways.

``unseen/clean_*.txt`` are true of the cohorts that ``unseen_clean`` draws; in each of
``unseen/planted_*.txt`` one figure was changed so that it cannot be true. The ``.claims.yml``
beside each text is its draft, finished by hand with docs/claims.md.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from unseen_clean import CLEAN
from unseen_planted import PLANTED

from helpers.audit.audit import Audit, audit
from helpers.claims import Claims, load_claims
from helpers.claims.drafting import draft_claims
from helpers.claims.loading import read_claims

FOLDER = Path(__file__).parent / "unseen"
TEXTS = {
    f"{kind}_{write.__name__}": write
    for kind, all_of in (("clean", CLEAN), ("planted", PLANTED))
    for write in all_of
}
CLEAN_NAMES = [name for name in TEXTS if name.startswith("clean")]
#: Planted abstract to the claims that were changed, with the figures that are true of the cohort.
TRUE: dict[str, dict[str, dict[str, str]]] = {
    "no_fraction": {"vgpr_or_better": {"value": "39.0"}},
    "more_than_all": {"female": {"value": "26"}},
    "wrong_share": {"renal_response": {"value": "76.3"}},
    "ratio_and_p": {"hr_emd": {"p": "=0.001"}},
    "wrong_p": {"orr_p": {"p": "=0.001"}},
    "free_of_progression_dead": {
        "os_24_months": {"value": "71.5", "low": "54.6", "high": "83.0"},
        "pfs_24_months": {"value": "36.9", "low": "22.6", "high": "51.2"},
    },
    "median_outside": {"age_median": {"value": "67"}},
    "rising_survival": {"os_12_months": {"value": "91"}, "os_24_months": {"value": "78"}},
    "deeper_than_response": {
        "orr": {"value": "69", "count": "51"},
        "cr_or_better": {"value": "26", "count": "19"},
    },
    "severer_than_any": {
        "infections": {"value": "57.7", "count": "30"},
        "infections_of_grade_3_or_higher": {"value": "25.0", "count": "13"},
    },
    "two_sizes": {"orr_high": {"value": "52.9", "of": "51"}},
    "half_a_year": {"age_median": {"value": "62"}},
    "parts_and_whole": {"orr": {"value": "67.6", "count": "46"}},
    "interval_of_share": {"orr": {"low": "47.7"}},
}
#: Planted abstracts whose contradiction stands in figures printed side by side: a draft shows it.
FOUND_IN_DRAFTS = {"wrong_share", "ratio_and_p", "median_outside", "interval_of_share"}


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def finished(name: str) -> Claims:
    return load_claims(FOLDER / f"{name}.claims.yml")


def blamed(result: Audit) -> set[str]:
    """Return the claims that are called impossible, or stand in the conflict of one that is."""
    impossible = [v for v in result.claims if v.verdict == "impossible"]
    return {v.claim for v in impossible} | {other for v in impossible for other in v.conflict}


@pytest.mark.parametrize(("name", "write"), TEXTS.items(), ids=TEXTS)
def test_the_text_is_the_one_written_from_its_cohort(name: str, write: Callable[[], str]):
    assert text_of(name) == write()


def test_every_text_has_its_transcript_and_every_plant_its_truth():
    assert {p.name.removesuffix(".txt") for p in FOLDER.glob("*.txt")} == set(TEXTS)
    assert {p.name.removesuffix(".claims.yml") for p in FOLDER.glob("*.yml")} == set(TEXTS)
    assert {f"planted_{name}" for name in TRUE} | set(CLEAN_NAMES) == set(TEXTS)


@pytest.mark.parametrize("name", TEXTS)
def test_a_transcript_quotes_its_text(name: str):
    flat = " ".join(text_of(name).split())
    claims = finished(name)
    assert claims.marks == 0 and not claims.unfinished
    assert all(" ".join(claim.text.split()) in flat for claim in claims.claims)


@pytest.mark.parametrize("name", CLEAN_NAMES)
def test_a_clean_abstract_has_no_impossible_claim(name: str):
    result = audit(finished(name))
    assert result.possible and blamed(result) == set()
    verdicts = [claim.verdict for claim in result.claims]
    assert verdicts.count("consistent") > len(verdicts) / 2


@pytest.mark.parametrize("name", TRUE)
def test_a_planted_contradiction_is_found_and_blamed_on_a_set_that_holds_it(name: str):
    result = audit(finished(f"planted_{name}"))
    assert not result.possible
    assert blamed(result) & set(TRUE[name]), blamed(result)


@pytest.mark.parametrize("name", TRUE)
def test_with_the_true_figures_back_nothing_is_impossible(name: str):
    tree: dict[str, Any] = yaml.safe_load(
        (FOLDER / f"planted_{name}.claims.yml").read_text(encoding="utf-8")
    )
    claims = {claim["id"]: claim for claim in tree["claims"]}
    for changed, figures in TRUE[name].items():
        claims[changed].update(figures)
    repaired = read_claims(Claims, yaml.safe_dump(tree, allow_unicode=True), where=name)
    assert blamed(audit(repaired)) == set()


@pytest.mark.parametrize("name", TEXTS)
def test_a_draft_as_it_came_is_blamed_only_where_figures_side_by_side_contradict(name: str):
    result = audit(draft_claims(text_of(name)).claims)
    assert result.possible == (name.removeprefix("planted_") not in FOUND_IN_DRAFTS)
    if not result.possible:
        claim = next(iter(TRUE[name.removeprefix("planted_")]))
        quoted = next(c.text for c in finished(name).claims if c.id == claim)
        assert {c.text for c in result.claims if c.verdict == "impossible"} == {quoted}


def test_drafts_hold_most_of_what_was_finished():
    """Kind and all figures agree in at least 9 of 10 claims; docs/claims.md has the figures."""
    wanted, drafted, right = read_in_drafts()
    assert right / wanted > 0.93 and right / drafted > 0.96


def read_in_drafts() -> tuple[int, int, int]:
    """Return the numbers of finished claims, of drafted ones, and of those that agree."""
    wanted = drafted = right = 0
    for name in TEXTS:
        left = figures_of(finished(name))
        found = figures_of(draft_claims(text_of(name)).claims)
        wanted, drafted = wanted + len(left), drafted + len(found)
        for claim in found:
            if claim in left:
                left.remove(claim)
                right += 1
    return wanted, drafted, right


def figures_of(claims: Claims) -> list[tuple[str, ...]]:
    keys = ("value", "count", "of", "low", "high", "minimum", "maximum", "q1", "q3", "sd", "p")
    return [
        (claim.kind, *(f"{key}={getattr(claim, key)}" for key in keys))
        for claim in claims.claims
        if claim.kind != "statement"
    ]
