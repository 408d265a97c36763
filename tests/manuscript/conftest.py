"""The fixture project of the rendering tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fixture_project import write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The fixture project, to be changed by one test."""
    return write_project(tmp_path)


@pytest.fixture
def edit(project: Path) -> Callable[[str, str], None]:
    """Replace a piece of the fixture's paper; the piece must be there."""

    def replace(old: str, new: str) -> None:
        path = project / "manuscripts" / "demo" / "paper.qmd"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace
