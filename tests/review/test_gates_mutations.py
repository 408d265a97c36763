"""Every gate is given errors one at a time and has to name them; a part of them, of each kind.

All of them: ``python tests/review/gate_mutations.py``.
"""

from __future__ import annotations

import shutil
from itertools import islice

import pytest
from gate_mutations import CLAIMS, FAIR, GATES
from planted import SEEDS, context_of, with_document, with_text

from helpers.pipeline import build_study
from helpers.review.gates import stale, wording
from helpers.review.gates.context import Context
from helpers.review.gates.settings import Settings

#: One of how many planted errors the test looks at.
STEP = {"keys": 20, "unreported": 12, "limits": 1, "wording": 9, "checklist": 1}


@pytest.mark.parametrize("study", SEEDS)
@pytest.mark.parametrize("gate", GATES)
def test_what_is_planted_is_caught(study, gate):
    found = [make() for make in islice(GATES[gate](study), 0, None, STEP[gate])]
    missed = [one.what for one in found if not one.caught]
    assert len(found) >= 9
    assert missed == [], f"caught {len(found) - len(missed)} of {len(found)} planted"


def said_of(text: str) -> list[str]:
    context = context_of("fhrmm")
    changed = with_document(context, with_text(context.documents[1], text))
    vars(changed)["settings"] = Settings("checks.yml")
    return [one.what.partition("” in “")[0] for one in wording.check(changed).findings]


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_that_a_cohort_cannot_show_is_found(claim):
    assert any(CLAIMS[claim] in what for what in said_of(claim))


@pytest.mark.parametrize("sentence", FAIR)
def test_a_fair_sentence_is_left_alone(sentence):
    assert said_of(sentence) == []


def test_a_negation_excuses_what_follows_it_in_its_clause_only():
    assert said_of("This does not show that transplant improved survival.") == []
    assert said_of("Transplant improved survival but not response.") == ["“improved"]
    assert said_of("Age was not recorded, and transplant improved survival.") == ["“improved"]


@pytest.fixture
def rendered(built):
    """The toy project, built and rendered."""
    build_study(built.root, built.study, formats=("html",), renderer="embedded")
    return built


def test_every_file_that_a_record_is_made_from_or_of_makes_it_stale(rendered):
    context = Context(rendered.root, rendered.study)
    assert not stale.check(context).findings
    ours = ("notebooks", "data", "manuscripts", "outputs", "_quarto.yml")
    files = [
        path
        for path in sorted(rendered.root.rglob("*"))
        if path.is_file() and path.relative_to(rendered.root).parts[0] in ours
    ]
    missed = [path for path in files if not _stale_with_another(path, context)]
    print(f"caught {len(files) - len(missed)} of {len(files)} planted")
    assert len(files) > 15
    assert missed == [], f"caught {len(files) - len(missed)} of {len(files)} planted"
    assert not stale.check(context).findings


def _stale_with_another(path, context) -> bool:
    kept = path.with_name(f"{path.name}.kept")
    shutil.copy2(path, kept)
    path.write_text(_changed(path), encoding="utf-8")
    try:
        return bool(stale.check(Context(context.root, context.study_id)).errors)
    finally:
        kept.replace(path)


def _changed(path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        return text.replace("label: ", "label: x", 1)
    return f"{text}# one line more\n" if path.suffix != ".json" else text.replace("}", " }", 1)
