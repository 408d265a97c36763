"""The sites of the seed studies, made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from site_pages import STUDIES, seed_site


@pytest.fixture(scope="session")
def site_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the site of a seed study; it must stay as it is."""
    return cache(lambda study: seed_site(tmp_path_factory.mktemp(study), study))


@pytest.fixture(params=STUDIES)
def each_site(request: pytest.FixtureRequest, site_of: Callable[[str], Path]) -> Path:
    return site_of(request.param)


@pytest.fixture
def site(site_of: Callable[[str], Path]) -> Path:
    return site_of("fhrmm")
