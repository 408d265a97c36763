"""Every claim of a transcript beside the ledger: the verdict follows the figures."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from helpers.analyses import published
from helpers.errors import ManuscriptError
from helpers.ledger import Row, read_ledger
from helpers.study import load_study

ROOT = Path(__file__).parents[2]
STUDIES = ("aponermin", "fhrmm")


def rows_of(study):
    rows = read_ledger(ROOT / "outputs" / study / "ledger.json")
    return {row.key: row for row in rows if row.notebook != "05-audit"}


def compared_with(rows, study, cohort):
    return {one.claim.id: one for one in published.compare(ROOT / "data" / study, cohort, rows)}


@pytest.fixture(scope="session")
def study(cohort):
    return cohort.study


def test_the_seed_abstract_is_met_but_for_what_no_cohort_can_give(study):
    found = compared_with(rows_of("aponermin"), "aponermin", study)
    apart = {name: one.verdict for name, one in found.items() if one.verdict != "reproduced"}
    assert apart == {
        "orr_age_contrast": "test-dependent",
        "orr_extramedullary_no": "rounding only",
        "orr_tp53_no": "impossible",
        "orr_1q21_no": "impossible",
    }


def test_every_figure_that_differs_is_explained(study):
    found = compared_with(rows_of("aponermin"), "aponermin", study)
    assert "60.1% is not k/n" in found["orr_tp53_no"].explanation
    assert "42.857 was cut off to 42.8" in found["orr_extramedullary_no"].explanation
    assert (
        found["orr_age_contrast"].explanation
        == "Holds under chi-square, fails under Fisher and Yates."
    )
    assert all(bool(o.explanation) == (o.verdict != "reproduced") for o in found.values())


def test_impossible_is_what_the_audit_says(study):
    from helpers.analyses.audit import audit_study

    rows = rows_of("aponermin")
    audited = audit_study(ROOT / "data" / "aponermin", study, rows)
    said = {one.claim for one in audited.claims if one.verdict == "impossible"}
    found = compared_with(rows, "aponermin", study)
    assert {name for name, one in found.items() if one.verdict == "impossible"} == said


def test_a_changed_figure_is_found(study):
    rows = rows_of("aponermin")
    for key, change in {
        "response.orr": {"value": 100 * 22 / 38, "n": 22},
        "survival.pfs.naive.cycles_group.ge_3.median": {"value": 4.44},
        "safety.class.liver.any": {"value": 100 * 8 / 39},
    }.items():
        bent = {**rows, key: replace(rows[key], **change)}
        verdicts = compared_with(bent, "aponermin", study).values()
        assert [one.verdict for one in verdicts if one.key == key] == ["differs"]


def test_every_linked_figure_that_is_bent_is_found(study):
    rows = rows_of("aponermin")
    sound = compared_with(rows, "aponermin", study)
    planted = caught = 0
    for name, one in sound.items():
        if one.key is None or one.verdict not in {"reproduced", "rounding only"}:
            continue
        if one.claim.p is not None or one.claim.direction is not None:
            continue
        row = rows[one.key]
        bent = replace(row, value=(row.value or 0) + 1, n=(row.n or 0) + 1, display="x")
        after = compared_with({**rows, one.key: bent}, "aponermin", study)[name]
        planted += 1
        caught += after.verdict == "differs"
    assert planted > 25
    assert caught == planted


def test_a_claim_that_names_no_row_is_an_error_with_the_nearest_key(study):
    rows = rows_of("aponermin")
    rows["response.orrr"] = rows.pop("response.orr")
    with pytest.raises(ManuscriptError, match=r"did you mean 'response\.orrr'"):
        published.compare(ROOT / "data" / "aponermin", study, rows)


def test_a_study_without_a_transcript_has_nothing_to_compare(study, tmp_path):
    assert published.compare(tmp_path, study, {}) is None
    assert published.table(None) is None
    assert list(published.rows(None, None)) == []


def test_an_inequality_that_fails_under_every_test_differs(study):
    rows = rows_of("aponermin")
    for name in ("fisher", "chi_square", "chi_square_yates"):
        key = f"response.by.prior_car_t.{name}"
        rows[key] = replace(rows[key], value=0.01, display="0.010")
    found = compared_with(rows, "aponermin", study)
    assert found["orr_car_t_contrast"].verdict == "differs"


@pytest.mark.parametrize("study_id", STUDIES)
def test_every_claim_quotes_words_and_a_figure_as_a_string(study_id):
    claims = yaml.safe_load((ROOT / "data" / study_id / "claims.yml").read_text())["claims"]
    assert len(claims) > 10
    assert all(claim["text"].strip() for claim in claims)
    assert all(isinstance(claim.get("value", ""), str) for claim in claims)


def test_rows_count_claims_by_verdict(study):
    from helpers.ledger import RowMaker

    found = published.compare(ROOT / "data" / "aponermin", study, rows_of("aponermin"))
    rows: dict[str, Row] = {
        row.key: row for row in published.rows(found, RowMaker(study.style, "published", "treated"))
    }
    total = rows["published.claims"].n
    parts = [row.n for key, row in rows.items() if key != "published.claims"]
    assert sum(parts) == total == len(found)
    assert rows["published.impossible"].n == 2


def test_a_label_names_the_variable_of_a_level_once_and_stays_a_sentence(study):
    found = compared_with(rows_of("aponermin"), "aponermin", study)
    assert found["orr_age_contrast"].label == "ORR, age group: <63 years versus ≥63 years"
    words = "ORR, extramedullary disease versus no extramedullary disease"
    assert found["orr_extramedullary_contrast"].label == words
    assert found["orr_tp53_no"].label == "ORR, no TP53 deletion or mutation"


def test_the_levels_of_a_scale_are_not_left_without_its_name():
    labels = {
        one.label
        for one in published.compare(
            ROOT / "data" / "fhrmm", load_study(ROOT, "fhrmm"), rows_of("fhrmm")
        )
    }
    assert "PFS, ECOG performance status: ≥2 versus 0–1" in labels


def test_the_table_explains_only_what_there_is_to_explain():
    fhrmm = load_study(ROOT, "fhrmm")
    folder = ROOT / "data" / "fhrmm"
    text = published.table(published.compare(folder, fhrmm, rows_of("fhrmm"))).to_text()
    assert "Reproduced: equal to the last printed digit" in text
    assert "Explanation" not in text
    assert "Impossible" not in text


def test_a_verdict_that_is_met_is_explained(study):
    folder = ROOT / "data" / "aponermin"
    text = published.table(published.compare(folder, study, rows_of("aponermin"))).to_text()
    assert "Explanation" in text
    assert "Impossible: no cohort of the stated size" in text
    assert "Not regenerated" not in text
