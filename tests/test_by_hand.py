"""The notebooks by hand, as docs/verification.md says: papermill with a file, and nbval."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## By hand") : PAGE.index("## The archive")]
PARAMETERS = re.search(r"^```yaml parameters.yml\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\.venv/bin/(papermill|python) (.*)$", re.MULTILINE)


def command_of_the_page(program: str) -> list[str]:
    """The words that the page writes behind a program."""
    (words,) = (rest for name, rest in COMMAND.findall(SECTION) if name == program)
    return shlex.split(words)


def run(words: list[str], **added: str) -> subprocess.CompletedProcess[str]:
    """Run a module of this interpreter inside the project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=kept | added,
        capture_output=True,
        text=True,
        check=False,
    )


def test_papermill_runs_a_notebook_with_a_file_of_parameters_and_leaves_the_record(tmp_path):
    assert PARAMETERS is not None
    given, shown = tmp_path / "parameters.yml", tmp_path / "response.ipynb"
    given.write_text(PARAMETERS[1], encoding="utf-8")
    names = {"parameters.yml": str(given), "response.ipynb": str(shown)}
    words = [names.get(word, word) for word in command_of_the_page("papermill")]
    record = ROOT / "outputs" / "fhrmm"
    before = {path: path.stat().st_mtime_ns for path in record.rglob("*") if path.is_file()}
    kept = tmp_path / "kept"
    done = run(["papermill", *words], MANUSCRIPT_RECORD=str(kept))
    assert done.returncode == 0, done.stderr
    after = {path: path.stat().st_mtime_ns for path in record.rglob("*") if path.is_file()}
    assert after == before
    (part,) = (kept / "parts").glob("*.json")
    rows = {row["key"]: row for row in json.loads(part.read_text(encoding="utf-8"))["rows"]}
    assert rows["response.orr"]["level"] == 0.9
    assert rows["response.orr"]["interval"] in shown.read_text(encoding="utf-8")


def test_nbval_agrees_with_the_record(tmp_path):
    module, *words = command_of_the_page("python")[1:]
    done = run([module, *words, "-p", "no:cacheprovider", "-p", "no:xdist"], TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\d+ passed", done.stdout.splitlines()[-1].strip("= "))
