"""What plain `quarto render` runs afterwards: the documents reach outputs/<study>/ complete."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from pathlib import Path

import pytest
from fixture_project import TRACES, TRACES_KEPT, png

from helpers.manuscript.embedded import PANDOC_VARIABLE, find_pandoc

SCRIPT = "manuscripts/_shared/place.lua"
FOLDER = "_rendered/manuscripts/demo"


def place(project: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """Run the script as `quarto render` runs a Lua script: as a filter, in the project's folder."""
    pandoc = find_pandoc(os.environ.get(PANDOC_VARIABLE)).command
    listed = "\n".join(f"{FOLDER}/{name}" for name in files)
    return subprocess.run(
        [*pandoc, "--from", "markdown", "--to", "plain", "--lua-filter", SCRIPT],
        cwd=project,
        env={**os.environ, "QUARTO_PROJECT_OUTPUT_FILES": listed},
        input="",
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def rendered(project: Path) -> Path:
    folder = project / FOLDER
    (folder / "paper_files").mkdir(parents=True)
    (folder / "paper.html").write_bytes("<p>ä</p>\r\n".encode())
    return folder


def test_documents_are_copied_as_they_are(project: Path, rendered: Path) -> None:
    done = place(project, "paper.html")
    assert done.returncode == 0, done.stderr
    placed = project / "outputs" / "demo" / "paper.html"
    assert placed.read_bytes() == (rendered / "paper.html").read_bytes()


def test_a_page_is_placed_without_the_traces_of_notebooks(project: Path, rendered: Path) -> None:
    (rendered / "paper.html").write_text(f"{TRACES}{TRACES}")
    done = place(project, "paper.html")
    assert done.returncode == 0, done.stderr
    placed = (project / "outputs" / "demo" / "paper.html").read_text()
    assert placed == f"{TRACES_KEPT}{TRACES_KEPT}"


@pytest.mark.parametrize("size", [500, 501, 502])
def test_jats_is_placed_with_its_pictures(project: Path, rendered: Path, size: int) -> None:
    (rendered / "paper_files" / "1.png").write_bytes(png(900, 500))
    elsewhere = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2 + b"x" * (size - 500)
    (project / "manuscripts" / "demo" / "own.png").write_bytes(elsewhere)
    (rendered / "paper.xml").write_text(
        '<graphic xlink:href="paper_files/1.png"/><graphic xlink:href="own.png"/>'
        '<uri xlink:href="https://example.org/x.png"/>'
    )
    done = place(project, "paper.xml")
    assert done.returncode == 0, done.stderr
    text = (project / "outputs" / "demo" / "paper.xml").read_text()
    first, second, third = re.findall(r'xlink:href="([^"]+)"', text)
    assert first == "figures/flow.png", "the record holds the same bytes"
    assert base64.b64decode(second.removeprefix("data:image/png;base64,")) == elsewhere
    assert third == "https://example.org/x.png"


def test_a_picture_that_is_not_there_is_an_error(project: Path, rendered: Path) -> None:
    (rendered / "paper.xml").write_text('<graphic xlink:href="paper_files/2.png"/>')
    done = place(project, "paper.xml")
    assert done.returncode != 0
    assert "paper_files/2.png" in done.stderr
    assert not (project / "outputs" / "demo" / "paper.xml").exists()
