"""Content decides; what the system says of a file only saves reading it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helpers.pipeline import contents as module
from helpers.pipeline.contents import MISSING, Contents, file_hash, files_below


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "contents.json"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.txt"
    path.write_text("one")
    return path


def looked_at(kept: Path, path: Path) -> str:
    """The hash as a process of its own would find it."""
    contents = Contents(kept)
    digest = contents.hash(path)
    contents.save()
    return digest


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """Every file that is read to hash it."""
    found: list[str] = []

    def read(path):
        found.append(Path(path).name)
        return file_hash(path)

    monkeypatch.setattr(module, "file_hash", read)
    return found


def rest(monkeypatch) -> None:
    """Let every file have been written long ago."""
    monkeypatch.setattr(module, "REST_NS", -1)


def test_a_file_at_rest_is_read_once(kept, file, reads, monkeypatch):
    rest(monkeypatch)
    assert looked_at(kept, file) == looked_at(kept, file) == file_hash(file)
    assert reads == ["file.txt"]


def test_a_file_just_written_is_read_again(kept, file, reads):
    """It may be written once more within the same tick of the clock, to the same length."""
    looked_at(kept, file)
    looked_at(kept, file)
    assert reads == ["file.txt"] * 2


@pytest.mark.parametrize("text", ["two", "longer"])
def test_another_content_is_seen_even_under_the_same_time(kept, file, text, monkeypatch):
    rest(monkeypatch)
    before, about = looked_at(kept, file), file.stat()
    file.write_text(text)
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert looked_at(kept, file) == file_hash(file) != before


def test_a_file_that_takes_its_place_is_seen(kept, file, tmp_path, monkeypatch):
    rest(monkeypatch)
    looked_at(kept, file)
    other = tmp_path / "other"
    other.write_text("two")
    other.replace(file)
    assert looked_at(kept, file) == file_hash(file)


def test_a_missing_file(kept, file):
    file.unlink()
    assert looked_at(kept, file) == MISSING


@pytest.mark.parametrize("harm", ["", "[]", "{", '{"a": 1}', '{"a": [1]}'])
def test_damaged_notes_are_no_notes(kept, file, harm):
    kept.write_text(harm)
    assert looked_at(kept, file) == file_hash(file)


def test_notes_that_cannot_be_written_are_done_without(tmp_path, file, monkeypatch):
    rest(monkeypatch)
    (tmp_path / "in the way").write_text("")
    assert looked_at(tmp_path / "in the way" / "contents.json", file) == file_hash(file)


def test_files_below(tmp_path):
    for name in ("b/two.txt", "a.txt", ".hidden", "__pycache__/c.pyc", ".git/d", "b/.e"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert files_below(tmp_path / "tree") == ["a.txt", "b/two.txt"]
    assert files_below(tmp_path / "nowhere") == []
