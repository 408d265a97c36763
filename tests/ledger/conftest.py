import datetime as dt
from types import SimpleNamespace

import pytest


@pytest.fixture
def study():
    """What the assembly needs to know of a study."""
    return SimpleNamespace(
        id="toy",
        title="A toy study",
        provenance="synthetic",
        provenance_note="Nobody is real.",
        synthetic=True,
        data_cut=dt.date(2025, 7, 31),
        sealed=None,
    )
