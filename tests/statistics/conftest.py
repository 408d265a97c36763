"""The committed results of R (see tests/reference) and a comparison that knows null."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


@pytest.fixture(scope="session")
def oracle():
    """inputs and R's results, by name of the file."""
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(REFERENCE.glob("*.json"))
    }
    empty = [f"{name}/{key}" for name, part in found.items() for key in part if not part[key]]
    assert found and not empty, f"a test over these would compare nothing: {empty}"
    return found


@pytest.fixture(scope="session")
def agree():
    """Compare sequences in which None stands for what does not exist."""

    def compare(ours, theirs, rel, place=""):
        ours = [np.nan if v is None else v for v in ours]
        theirs = [np.nan if v in (None, "NA") else v for v in theirs]
        np.testing.assert_allclose(
            ours, theirs, rtol=rel, atol=1e-13, equal_nan=True, err_msg=place
        )

    return compare
