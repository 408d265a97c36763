"""The seed cohort as it is committed, and a ledger that stands outside any notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.ledger import Ledger
from helpers.study import load_study, read_cohort

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def cohort():
    return read_cohort(ROOT, load_study(ROOT, "aponermin"))


@pytest.fixture
def ledger():
    return Ledger("test", lambda: "cell")
