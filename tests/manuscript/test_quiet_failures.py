"""Whatever Quarto lets pass quietly is an error of `render_study`, under either engine."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fixture_project import TABLE, cell, shows, write_notebook

from helpers.errors import ManuscriptError
from helpers.manuscript import render_study

ANCHOR = "# Declarations {.unnumbered}"
ERROR = {"output_type": "error", "ename": "E", "evalue": "x", "traceback": ["Traceback"]}
# One entry for each line of the table of quiet failures: text of the paper, value of the record,
# outputs of a cell; and what the error says.
ROWS: dict[str, tuple[str, str, list[dict[str, object]] | None, str]] = {
    "unknown meta key": ("{{< meta n.nothing >}}", "", None, "unknown meta key"),
    "unknown var key": ("{{< var nothing >}}", "", None, "unknown var key"),
    "null as value": ("", "null", None, "has no value"),
    "mapping as value": ("{{< meta n.response >}}", "", None, "is a group"),
    "value in math": ("$p = {{< meta n.response.orr.pct >}}$", "", None, "inside .math"),
    "unknown figure": ("See @fig-x.", "", None, "unknown cross-reference @fig-x"),
    "cell without output": ("", "", [], "has no output"),
    "cell with a traceback": ("", "", [ERROR], "ended in an error"),
    "unknown citation": ("See [@nobody2020].", "", None, "unknown citation @nobody2020"),
    "notebook outside": (
        "{{< embed ../../../elsewhere.ipynb#fig-x >}}",
        "",
        None,
        "outside the project",
    ),
}


@pytest.mark.parametrize("renderer", ["embedded", "quarto"])
@pytest.mark.parametrize("row", list(ROWS))
def test_a_quiet_failure_is_an_error_before_an_engine_runs(
    project: Path,
    edit: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    row: str,
    renderer: str,
) -> None:
    binary = tmp_path_factory.mktemp("engine") / "quarto"
    binary.write_text(
        f"#!{sys.executable}\nimport pathlib\npathlib.Path(__file__ + '.ran').touch()"
    )
    binary.chmod(0o755)
    monkeypatch.setenv("MANUSCRIPT_QUARTO", str(binary))
    text, value, outputs, message = ROWS[row]
    record = project / "outputs" / "demo"
    edit(ANCHOR, f"{text}\n\n{ANCHOR}")
    if value:
        numbers = record / "numbers.yml"
        changed = re.sub(r"pct: '.*'", f"pct: {value}", numbers.read_text("utf-8"))
        numbers.write_text(changed, encoding="utf-8")
    if outputs is not None:
        cells = [
            cell('label: tbl-one\ntbl-cap: "T"', outputs),
            cell("label: more", [shows("text/html", TABLE)]),
        ]
        write_notebook(record / "02-response.ipynb", cells)
    before = sorted(project.rglob("*"))
    with pytest.raises(ManuscriptError, match=message):
        render_study(project, "demo", renderer=renderer)  # type: ignore[arg-type]
    assert not Path(f"{binary}.ran").exists()
    assert sorted(project.rglob("*")) == before
