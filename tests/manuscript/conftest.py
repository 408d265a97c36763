"""The fixture project of the rendering tests, and the seed studies' documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fixture_project import ROOT, write_project

from helpers.manuscript import Rendered, render_study

Documents = dict[tuple[str, str, str], Rendered]


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


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """Every document in every format, by study, document and format.

    The seed studies are rendered from their committed record, "demo" is the fixture.
    """
    root = write_project(tmp_path_factory.mktemp("documents"))
    places = [(ROOT, "aponermin"), (ROOT, "fhrmm"), (root, "demo")]
    found: Documents = {}
    for place, study in places:
        output = tmp_path_factory.mktemp(study)
        for item in render_study(place, study, renderer="embedded", output=output):
            found[study, item.document, item.format] = item
    return found
