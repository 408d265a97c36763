"""The Quarto engine, with a stand-in for Quarto, and with Quarto where there is one."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from fixture_project import ROOT

from helpers.errors import ManuscriptError
from helpers.manuscript import render_study

STAND_IN = f"""#!{sys.executable}
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
if sys.argv[1:] == ["--version"]:
    print("1.9.38")
    sys.exit(0)
with (here / "calls.jsonl").open("a") as log:
    config = pathlib.Path("_quarto.yml").read_text()
    notebook = pathlib.Path("outputs/demo/03-survival.ipynb").read_text()
    log.write(json.dumps({{"argv": sys.argv[1:], "config": config, "notebook": notebook}}) + "\\n")
source = pathlib.Path(sys.argv[2])
suffix = {{"html": "html", "docx": "docx", "typst": "pdf", "jats": "xml"}}[sys.argv[4]]
said = (here / "says").read_text() if (here / "says").exists() else ""
print(said, file=sys.stderr)
if (here / "fails").exists():
    print("ERROR: it went wrong", file=sys.stderr)
    sys.exit(1)
if not (here / "lazy").exists():
    out = pathlib.Path("_rendered") / source.with_suffix("." + suffix)
    out.parent.mkdir(parents=True, exist_ok=True)
    cdn = "https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js"
    if suffix == "xml":
        (out.parent / "paper_files").mkdir(exist_ok=True)
        figures = pathlib.Path("outputs/demo/figures")
        (out.parent / "paper_files" / "1.png").write_bytes((figures / "flow.png").read_bytes())
        out.write_text('<graphic xlink:href="paper_files/1.png"/>')
        sys.exit(0)
    out.write_text(f'<script src="{{cdn}}" integrity="x"></script>\\n<p>{{suffix}}</p>')
"""


@pytest.fixture
def stand_in(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("quarto")
    binary = folder / "quarto"
    binary.write_text(STAND_IN)
    binary.chmod(0o755)
    monkeypatch.setenv("MANUSCRIPT_QUARTO", str(binary))
    return folder


def calls(stand_in: Path) -> list[dict[str, object]]:
    import json

    return [json.loads(line) for line in (stand_in / "calls.jsonl").read_text().splitlines()]


def test_quarto_is_called_once_for_each_format(project: Path, stand_in: Path) -> None:
    made = render_study(project, "demo", renderer="auto")
    assert [item.engine for item in made] == ["Quarto 1.9.38"] * 4
    assert [call["argv"] for call in calls(stand_in)] == [
        ["render", "manuscripts/demo/paper.qmd", "--to", target]
        for target in ("html", "docx", "typst", "jats")
    ]
    assert {item.path.name for item in made} == {
        *("paper.html", "paper.docx", "paper.pdf", "paper.xml")
    }
    assert all(item.path.parent == project / "outputs" / "demo" for item in made)


def test_quarto_gets_the_colophon_and_one_document(project: Path, stand_in: Path) -> None:
    render_study(project, "demo", formats=("html",), renderer="quarto")
    config = yaml.safe_load(str(calls(stand_in)[0]["config"]))
    assert config["colophon"] == {"engine": "Quarto 1.9.38", "commit": "(no git repository)"}
    assert config["project"]["render"] == ["manuscripts/demo/paper.qmd"]
    assert "post-render" not in config["project"]
    assert config["execute"] == {"enabled": False}


def test_quarto_gets_alternative_texts_as_text(project: Path, stand_in: Path) -> None:
    before = (project / "outputs" / "demo" / "03-survival.ipynb").read_bytes()
    render_study(project, "demo", formats=("html",), renderer="quarto")
    notebook = str(calls(stand_in)[0]["notebook"])
    assert "Curve that falls from 1.00 to 0.42, said ”half” at 4.5 months." in notebook
    assert "n.alt.km" not in notebook
    assert (project / "outputs" / "demo" / "03-survival.ipynb").read_bytes() == before


def test_html_of_quarto_asks_the_network_for_nothing(project: Path, stand_in: Path) -> None:
    made = render_study(project, "demo", formats=("html",), renderer="quarto")[0]
    assert made.path.read_text() == "<p>html</p>"


def test_jats_of_quarto_names_the_pictures_of_the_record(project: Path, stand_in: Path) -> None:
    made = render_study(project, "demo", formats=("jats",), renderer="quarto")[0]
    assert made.path.read_text() == '<graphic xlink:href="figures/flow.png"/>'


@pytest.mark.parametrize(
    "said",
    [
        "WARNING: Unable to resolve crossref @fig-x",
        "WARN: something",
        "[WARNING] Citeproc: citation x not found",
        "warning: unknown font family: none",
        "(W) WARNING (/x/meta.lua:10) Unknown meta key",
    ],
)
def test_a_warning_of_quarto_is_a_failure(project: Path, stand_in: Path, said: str) -> None:
    last_good = project / "outputs" / "demo" / "paper.html"
    last_good.write_text("last good")
    (stand_in / "says").write_text(said)
    with pytest.raises(ManuscriptError, match="Quarto warns"):
        render_study(project, "demo", formats=("html",), renderer="quarto")
    assert last_good.read_text() == "last good"


def test_the_two_warnings_about_unneeded_scripts_pass(project: Path, stand_in: Path) -> None:
    base = "https://cdnjs.cloudflare.com/ajax/libs"
    (stand_in / "says").write_text(
        f"[WARNING] Could not fetch resource {base}/require.js/2.3.6/require.min.js\n"
        f"[WARNING] Could not fetch resource {base}/jquery/3.5.1/jquery.min.js\n"
    )
    assert render_study(project, "demo", formats=("html",), renderer="quarto")
    (stand_in / "says").write_text("[WARNING] Could not fetch resource https://example.org/x.js")
    with pytest.raises(ManuscriptError, match="Quarto warns"):
        render_study(project, "demo", formats=("html",), renderer="quarto")


def test_a_failing_quarto_is_said_and_leaves_no_trace(project: Path, stand_in: Path) -> None:
    (stand_in / "fails").touch()
    before = sorted(path for path in project.rglob("*"))
    with pytest.raises(ManuscriptError, match="it went wrong"):
        render_study(project, "demo", renderer="quarto")
    assert sorted(path for path in project.rglob("*")) == before


def test_a_quarto_that_leaves_no_document_is_said(project: Path, stand_in: Path) -> None:
    (stand_in / "lazy").touch()
    with pytest.raises(ManuscriptError, match=r"left no paper\.html"):
        render_study(project, "demo", renderer="quarto")


def test_sources_are_checked_before_quarto_runs(
    project: Path, stand_in: Path, edit: Callable[[str, str], None]
) -> None:
    edit("@fig-km,", "@fig-kn,")
    with pytest.raises(ManuscriptError, match="unknown cross-reference @fig-kn"):
        render_study(project, "demo", renderer="quarto")
    assert not (stand_in / "calls.jsonl").exists()


def test_a_quarto_that_is_not_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANUSCRIPT_QUARTO", str(project / "none"))
    with pytest.raises(ManuscriptError, match="MANUSCRIPT_QUARTO"):
        render_study(project, "demo", renderer="auto")
    monkeypatch.delenv("MANUSCRIPT_QUARTO")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ManuscriptError, match="Quarto was not found"):
        render_study(project, "demo", renderer="quarto")
    made = render_study(project, "demo", formats=("html",), renderer="auto")
    assert made[0].engine.startswith("embedded engine")


def test_the_project_file_keeps_quarto_off_the_record() -> None:
    config = yaml.safe_load((ROOT / "_quarto.yml").read_text("utf-8"))
    assert config["execute"]["enabled"] is False
    assert not str(config["project"]["output-dir"]).startswith("outputs")
    assert "commpass" not in str(config["project"]["render"])
    assert config["crossref"]["title-delim"] == "."
    assert config["format"]["typst"]["citeproc"] is True
    assert config["format"]["html"]["embed-resources"] is True
    assert config["format"]["html"]["html-math-method"] == "mathml"
    for name in (config["csl"], config["format"]["docx"]["reference-doc"]):
        assert (ROOT / name).is_file()


@pytest.mark.skipif(
    shutil.which("quarto") is None,
    reason="Quarto is not on PATH: the two engines were NOT compared",
)
def test_the_two_engines_agree(project: Path, tmp_path: Path) -> None:
    texts, tables, pictures = [], [], []
    for renderer in ("quarto", "embedded"):
        made = render_study(
            project, "demo", formats=("html",), renderer=renderer, output=tmp_path / renderer
        )[0]
        page = BeautifulSoup(made.path.read_text("utf-8"), "html.parser")
        main = page.find("main") or page
        for colophon in main.find_all(class_="colophon"):
            colophon.decompose()
        words = re.findall(r"\w+", main.get_text())
        texts.append(sorted(words))
        grids = [
            [[re.sub(r"\s+", "", c.get_text()) for c in r.find_all(["th", "td"])] for r in rows]
            for rows in (table.find_all("tr") for table in main.find_all("table"))
        ]
        tables.append(grids)
        pictures.append(len(main.find_all("img")))
    assert tables[0] == tables[1]
    assert pictures[0] == pictures[1]
    missing = [word for word in texts[1] if word not in texts[0]]
    assert not missing
