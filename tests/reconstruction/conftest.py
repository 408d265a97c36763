"""Both reconstructed cohorts, drawn once, and their transcripts as plain mappings to bend."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from helpers.reconstruction import Transcript, draw_cohort

ROOT = Path(__file__).parents[2]
RECONSTRUCTED = ("aponermin", "fhrmm")


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def drawn():
    """Every reconstructed cohort by study."""
    return {study: draw_cohort(ROOT, study) for study in RECONSTRUCTED}


@pytest.fixture
def bent():
    """Return a transcript with some figures changed: ``bent(study, claim_id=value)``."""
    read = {
        study: yaml.safe_load((ROOT / "data" / study / "claims.yml").read_text(encoding="utf-8"))
        for study in RECONSTRUCTED
    }

    def change(study: str, **values: str) -> Transcript:
        raw = copy.deepcopy(read[study])
        for name, value in values.items():
            next(c for c in raw["claims"] if c["id"] == name)["value"] = value
        return Transcript.model_validate(raw)

    return change
