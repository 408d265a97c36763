"""Folders for a moment: gone at the end, and gone with the next command where there was no end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from filelock import FileLock

from helpers import scratch
from helpers.scratch import OWNER, UNCLAIMED_SECONDS, scratch_folder

HOLDS = """
import sys, time
from helpers.scratch import scratch_folder
with scratch_folder("test") as folder:
    (folder / "rows.csv").write_text("1")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch) -> Path:
    """A temporary folder of the test's own, looked through as by a fresh process."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(scratch.tempfile, "tempdir", None)
    scratch.clear_abandoned.cache_clear()
    return tmp_path


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_private_and_goes_at_the_end(temporary):
    with scratch_folder("test") as folder:
        assert list(folder.iterdir()) == []
        (folder / "rows.csv").write_text("1")
        assert folder.parent.parent == temporary
        if os.name != "nt":
            assert folder.parent.stat().st_mode & 0o077 == 0
    assert left(temporary) == []


def test_it_goes_when_something_is_raised(temporary):
    with pytest.raises(ValueError, match="no"), scratch_folder("test"):
        raise ValueError("no")
    assert left(temporary) == []


def test_what_a_killed_process_left_goes_with_the_next(temporary):
    with subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, text=True) as held:
        assert held.stdout is not None
        folder = Path(held.stdout.readline().strip())
        with scratch_folder("other"):
            assert (folder / "rows.csv").is_file(), "a folder that is in use was removed"
        held.kill()
    assert (folder / "rows.csv").is_file()
    scratch.clear_abandoned.cache_clear()
    with scratch_folder("other"):
        assert not folder.parent.exists()
    assert left(temporary) == []


def test_what_cannot_be_removed_yet_is_found_again(temporary, monkeypatch):
    really = scratch.shutil.rmtree

    def busy(folder: Path, **given: bool) -> None:
        if folder.name != "in":
            really(folder, **given)

    monkeypatch.setattr(scratch.shutil, "rmtree", busy)
    with scratch_folder("test") as folder:
        pass
    assert folder.is_dir()
    monkeypatch.setattr(scratch.shutil, "rmtree", really)
    scratch.clear_abandoned.cache_clear()
    scratch.clear_abandoned()
    assert left(temporary) == []


def test_the_files_of_others_stay(temporary):
    notes = temporary / "manuscript-notes"
    notes.mkdir()
    (notes / "idea.md").write_text("an idea")
    new, old = temporary / "manuscript-new", temporary / "manuscript-old"
    for folder in (new, old):
        folder.mkdir()
    before = time.time() - UNCLAIMED_SECONDS - 1
    for folder in (notes, old):
        os.utime(folder, (before, before))
    (temporary / "manuscript-link").symlink_to(notes)
    (temporary / "manuscript-file").write_text("")
    with scratch_folder("test"):
        pass
    assert left(temporary) == [
        "manuscript-file",
        "manuscript-link",
        "manuscript-new",
        "manuscript-notes",
    ]
    assert (notes / "idea.md").is_file()


def test_a_folder_that_another_process_clears_away_is_made_anew(temporary, monkeypatch):
    made: list[Path] = []
    really = scratch.tempfile.mkdtemp
    clearing = ExitStack()

    def taken_once(**given: str) -> str:
        made.append(Path(really(**given)))
        if len(made) == 1:
            clearing.enter_context(FileLock(made[0] / OWNER).acquire(timeout=0))
        return str(made[-1])

    monkeypatch.setattr(scratch.tempfile, "mkdtemp", taken_once)
    with clearing, scratch_folder("test") as folder:
        assert folder.parent == made[1]
        assert (made[1] / OWNER).is_file()


def test_a_session_of_a_build_takes_none_and_one_by_hand_lets_its_own_go(temporary, monkeypatch):
    from helpers.session import begin

    root = Path(__file__).parents[1]
    monkeypatch.chdir(root)
    for name in ("MANUSCRIPT_RECORD", "MANUSCRIPT_WORK"):
        monkeypatch.delenv(name, raising=False)
    by_hand = begin("01-cleaning", "fhrmm")
    assert [name.startswith("manuscript-scratch-") for name in left(temporary)] == [True]
    by_hand.close()
    assert left(temporary) == []
    for name in ("MANUSCRIPT_RECORD", "MANUSCRIPT_WORK"):
        monkeypatch.setenv(name, str(temporary / "build"))
    begin("01-cleaning", "fhrmm")
    assert left(temporary) == []
