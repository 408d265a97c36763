"""The seed cohort as it is committed, and a ledger that stands outside any notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.ledger import Ledger
from helpers.study import load_study, read_cohort
from helpers.study.schema.derived import Derived, Recode

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def cohort():
    return read_cohort(ROOT, load_study(ROOT, "aponermin"))


@pytest.fixture
def ledger():
    return Ledger("test", lambda: "cell")


@pytest.fixture(scope="session")
def responders():
    """The seed cohort with a grouping that forms on a known day: response."""
    study = load_study(ROOT, "aponermin")
    responder = Derived(
        label="Response to therapy",
        known_at="on-treatment",
        recode=Recode(
            source="best_response",
            levels={"no_response": "No response", "response": "Response"},
            map={
                "no_response": ["MR", "SD", "PD", "NE"],
                "response": ["sCR", "CR", "VGPR", "PR"],
            },
        ),
    )
    derived = {**study.derived, "responder": responder}
    return read_cohort(ROOT, study.model_copy(update={"derived": derived}))
