"""When a save counts as a change, and which files are watched."""

from __future__ import annotations

import pytest

from helpers.pipeline.layout import layout_of
from helpers.preview import watch as module
from helpers.preview.watch import Change, Watch


@pytest.fixture
def watch(toy, tmp_path, monkeypatch) -> Watch:
    package = tmp_path / "package"
    package.mkdir()
    monkeypatch.setattr(module, "PACKAGE", package)
    return Watch(layout_of(toy.root, "toy"))


def test_a_change_is_told_once_and_only_when_the_saving_is_over(toy, watch):
    paper = toy.root / "manuscripts" / "toy" / "paper.qmd"
    assert watch.changed() is None
    for number in range(3):
        paper.write_text("saved" * (number + 1))
        assert watch.changed() is None
    assert watch.changed() == Change(code=False)
    assert watch.changed() is None


WATCHED = [
    "notebooks/06-more.ipynb",
    "data/toy/claims.yml",
    "data/toy/raw/other.csv",
    "manuscripts/toy/part.qmd",
    "manuscripts/_shared/references.bib",
    "_quarto.yml",
    "requirements.lock",
]


@pytest.mark.parametrize("name", WATCHED)
def test_what_is_watched(toy, watch, name):
    path = toy.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("new")
    assert (watch.changed(), watch.changed()) == (None, Change(code=False))
    path.unlink()
    assert (watch.changed(), watch.changed()) == (None, Change(code=False))


@pytest.mark.parametrize(
    "name",
    [
        "notebooks/.ipynb_checkpoints/01-cleaning.ipynb",
        "manuscripts/toy/.paper.qmd.swp",
        "data/other/study.yml",
        "outputs/toy/paper.html",
        ".manuscript/toy/record.json",
    ],
)
def test_what_is_not(toy, watch, name):
    path = toy.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("new")
    assert (watch.changed(), watch.changed()) == (None, None)


def test_the_package_is_told_apart(watch):
    (module.PACKAGE / "module.py").write_text("")
    (module.PACKAGE / "__pycache__").mkdir()
    (module.PACKAGE / "__pycache__" / "module.pyc").write_text("")
    assert (watch.changed(), watch.changed()) == (None, Change(code=True))
