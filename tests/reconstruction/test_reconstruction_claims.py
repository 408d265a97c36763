"""The transcript's schema: whatever is wrong is named, with its place."""

from __future__ import annotations

import copy

import pytest
import yaml

from helpers.errors import ManuscriptError
from helpers.reconstruction import load_transcript
from helpers.reconstruction.display import rounding_that_fits, same_display, truncates_to


@pytest.fixture
def written(tmp_path, root):
    raw = yaml.safe_load((root / "data/aponermin/claims.yml").read_text(encoding="utf-8"))

    def write(change):
        bent = copy.deepcopy(raw)
        change(bent)
        path = tmp_path / "claims.yml"
        path.write_text(yaml.safe_dump(bent, allow_unicode=True), encoding="utf-8")
        return path

    return write


def claim(raw, name):
    return next(c for c in raw["claims"] if c["id"] == name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw.update(claim=[]), "claim"),
        (lambda raw: claim(raw, "orr").update(colour="red"), "colour"),
        (lambda raw: raw["attributes"]["sex"].update(levels=["male", "female"]), "either `is_in`"),
        (lambda raw: claim(raw, "orr").update(value="about half"), "as printed"),
        (lambda raw: claim(raw, "orr").pop("value"), "`value` (or `count`"),
        (lambda raw: claim(raw, "orr").update(event={"respons": ["responder"]}), "'response'"),
        (lambda raw: claim(raw, "orr").update(event={"response": ["responders"]}), "'responder'"),
        (lambda raw: claim(raw, "orr").update(population="evaluabel"), "'evaluable'"),
        (lambda raw: claim(raw, "orr_age_contrast").update(groups=[]), "two `groups`"),
        (
            lambda raw: claim(raw, "orr_age_contrast").update(p="small"),
            "[orr_age_contrast].p: `p` is",
        ),
        (lambda raw: claim(raw, "tp53").update(id="orr"), "stand twice: orr"),
        (lambda raw: raw["chosen"]["seed"].pop("reason"), "chosen.seed.reason"),
        (lambda raw: raw["chosen"]["shares"]["tp53"]["value"].update(maybe=0.1), "maybe"),
        (lambda raw: raw["chosen"]["variables"]["age"].update(draw="dice"), "chosen.variables.age"),
    ],
)
def test_a_faulty_transcript_is_refused_by_name(written, change, message):
    with pytest.raises(ManuscriptError) as caught:
        load_transcript(written(change), where="data/toy/claims.yml")
    assert message in str(caught.value)
    assert caught.value.where.startswith("data/toy/claims.yml:")


def test_a_missing_or_broken_file_is_said(tmp_path):
    with pytest.raises(ManuscriptError, match="no transcript"):
        load_transcript(tmp_path / "claims.yml")
    (tmp_path / "claims.yml").write_text("claims: [", encoding="utf-8")
    with pytest.raises(ManuscriptError, match="not valid YAML"):
        load_transcript(tmp_path / "claims.yml")


def test_everything_chosen_has_a_reason(root):
    for study in ("aponermin", "fhrmm"):
        chosen = load_transcript(root / "data" / study / "claims.yml").chosen
        assert chosen is not None
        reasons = [r for r in _reasons(chosen.model_dump()) if isinstance(r, str)]
        assert len(reasons) > 15 and all(len(r.split()) > 3 for r in reasons)


def _reasons(node):
    if isinstance(node, dict):
        yield from [node["reason"]] if "reason" in node else []
        for value in node.values():
            yield from _reasons(value)
    elif isinstance(node, list):
        for value in node:
            yield from _reasons(value)


@pytest.mark.parametrize(
    ("k", "n", "printed", "fits"),
    [
        (6, 14, "42.9", "half-up"),
        (6, 14, "42.8", "truncated"),
        (6, 14, "43.0", None),
        (1, 16, "6.3", "half-up"),
        (1, 16, "6.2", "truncated"),
        (21, 38, "55.3", "half-up"),
        (38, 62, "61", "half-up"),
        (0, 5, "0.0", "half-up"),
        (0, 0, "0.0", None),
    ],
)
def test_how_a_percentage_was_rounded(k, n, printed, fits):
    assert rounding_that_fits(k, n, printed) == fits


def test_figures_are_compared_at_the_digits_of_the_study():
    assert same_display(2.04, "2", 1)
    assert not same_display(2.06, "2", 1)
    assert same_display(4.45, "4.5", 1)
    assert truncates_to(42.857, "42.8") and not truncates_to(42.857, "42.9")
