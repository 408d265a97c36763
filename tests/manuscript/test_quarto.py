"""The Quarto engine, with a stand-in for Quarto, and with Quarto where there is one."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pypandoc
import pytest
import yaml
from fixture_project import ROOT, TRACES, TRACES_KEPT, write_project
from pypdf import PdfReader
from quarto_parity import disagreements, read_facts

from helpers.errors import ManuscriptError
from helpers.manuscript import Rendered, render_study
from helpers.manuscript.notebook import read_exhibit, read_notebook
from helpers.manuscript.shortcodes import plain
from helpers.review.gates.coherence.repeats import bound_numbers

Documents = dict[tuple[str, str, str], Rendered]

STAND_IN = f"""#!{sys.executable}
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
if sys.argv[1:] == ["--version"]:
    print("1.9.38")
    sys.exit(0)
with (here / "calls.jsonl").open("a") as log:
    config = pathlib.Path("_quarto.yml").read_text()
    notebook = pathlib.Path("outputs/demo/03-survival.ipynb").read_text()
    paper = pathlib.Path(sys.argv[2]).read_text()
    call = {{"argv": sys.argv[1:], "config": config, "notebook": notebook, "paper": paper}}
    log.write(json.dumps(call) + "\\n")
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
    if suffix == "xml":
        (out.parent / "paper_files").mkdir(exist_ok=True)
        figures = pathlib.Path("outputs/demo/figures")
        (out.parent / "paper_files" / "1.png").write_bytes((figures / "flow.png").read_bytes())
        out.write_text('<graphic xlink:href="paper_files/1.png"/>')
        sys.exit(0)
    out.write_text({TRACES!r})
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


def test_quarto_finds_no_shortcode_in_a_comment(project: Path, stand_in: Path) -> None:
    written = (project / "manuscripts" / "demo" / "paper.qmd").read_text("utf-8")
    assert "<!-- A comment with {{< meta nothing >}}" in written
    render_study(project, "demo", formats=("html",), renderer="quarto")
    given = str(calls(stand_in)[0]["paper"])
    assert given == written.replace("{{< meta nothing >}}", "{ {< meta nothing >}}")


def test_html_of_quarto_asks_for_nothing_and_names_no_folder(project: Path, stand_in: Path) -> None:
    made = render_study(project, "demo", formats=("html",), renderer="quarto")[0]
    assert made.path.read_text() == TRACES_KEPT


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
    assert config["format"]["html"]["format-links"] is False  # they would lead nowhere in a site
    for name in (config["csl"], config["format"]["docx"]["reference-doc"]):
        assert (ROOT / name).is_file()


def leaves(tree: object) -> list[str]:
    """Every text of a nested mapping."""
    if isinstance(tree, dict):
        return [text for inner in tree.values() for text in leaves(inner)]
    return [str(tree)]


def through_pandoc(text: str, reader: str) -> list[tuple[str, str]]:
    """Key and text of what carries a key on the page that pandoc, Quarto's too, makes of a text."""
    return bound_numbers(pypandoc.convert_text(text, "html", reader))


@pytest.mark.parametrize("study", ["aponermin", "fhrmm"])
def test_every_value_of_a_record_carries_its_key_to_the_page(study: str) -> None:
    numbers = yaml.safe_load((ROOT / "outputs" / study / "numbers.yml").read_text("utf-8"))
    values = [text for text in leaves(numbers) if "data-key=" in text]
    assert len(values) > 1000
    keys = [re.search(r'data-key="([^"]+)"', value) for value in values]
    expected = [(key[1], plain(value)) for key, value in zip(keys, values, strict=True) if key]
    found = through_pandoc("\n\n".join(values), "markdown")
    assert [(key, plain(text)) for key, text in found] == expected


@pytest.mark.parametrize("study", ["aponermin", "fhrmm"])
def test_every_number_of_a_table_stays_one_when_quarto_reads_the_table(study: str) -> None:
    """Quarto has pandoc read the HTML of a table, every heading as a cell that is marked as one."""
    notebooks = sorted((ROOT / "outputs" / study).glob("*.ipynb"))
    outputs = [
        output["data"]["text/html"]
        for path in notebooks
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    tables = "\n\n".join("".join(lines) for lines in outputs)
    headings = re.sub(r"<th(?=[\s>])", '<td data-quarto-table-cell-role="th"', tables)
    read = headings.replace("</th>", "</td>").replace(
        "<table>", '<table data-quarto-postprocess="true">'
    )
    assert through_pandoc(read, "html+raw_html") == bound_numbers(tables)
    assert len(bound_numbers(tables)) > 200


QUARTO = shutil.which(os.environ.get("MANUSCRIPT_QUARTO") or "quarto")


@pytest.mark.parametrize(
    ("study", "document"),
    [("demo", "paper"), *product(("aponermin", "fhrmm"), ("abstract", "paper"))],
)
@pytest.mark.skipif(
    QUARTO is None,
    reason="Quarto is neither on PATH nor in MANUSCRIPT_QUARTO: the two engines were NOT compared",
)
def test_the_two_engines_agree(
    documents: Documents,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    study: str,
    document: str,
) -> None:
    root = write_project(tmp_path_factory.mktemp("quarto")) if study == "demo" else ROOT
    made = {
        item.format: item.path
        for item in render_study(
            root, study, renderer="quarto", documents=(document,), output=tmp_path
        )
    }
    for name in ("html", "docx", "jats"):
        theirs, ours = read_facts(made[name]), read_facts(documents[study, document, name].path)
        assert disagreements(theirs, ours) == {}, name
    assert_pictures_of_the_notebooks(made, root, study, document)
    page = read_facts(made["html"])
    said = re.sub(
        r"[\s\u00ad‐-]+", "", " ".join(p.extract_text() for p in PdfReader(made["pdf"]).pages)
    )
    cells = [cell for table in page.tables for row in table for cell in row]
    wanted = [*page.headings, *page.captions, *page.references, *cells]
    lost = [text for text in wanted if re.sub(r"[\u00ad‐-]+", "", text)[:40] not in said]
    assert not lost, lost[:10]


def assert_pictures_of_the_notebooks(
    made: dict[str, Path], root: Path, study: str, document: str
) -> None:
    source = (root / "manuscripts" / study / f"{document}.qmd").read_text("utf-8")
    names = re.findall(r"embed (?:\.\./)*(outputs/\S+\.ipynb)#(\S+) >", source)
    exhibits = [read_exhibit(read_notebook(root / name, name), label) for name, label in names]
    drawn = {item.png for item in exhibits if item.png is not None}
    page = made["html"].read_text("utf-8")
    carried = {
        base64.b64decode(data) for data in re.findall(r"data:image/png;base64,([^\"]+)", page)
    }
    assert drawn <= carried
    with zipfile.ZipFile(made["docx"]) as archive:
        assert drawn <= {archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", ["html", "docx", "jats"])
@pytest.mark.parametrize("study", ["demo", "aponermin"])
def test_the_comparison_reads_the_same_facts_in_every_format(
    documents: Documents, study: str, name: str
) -> None:
    facts = read_facts(documents[study, "paper", name].path)
    page = read_facts(documents[study, "paper", "html"].path)
    assert facts.headings and facts.tables and facts.references and facts.pictures and facts.words
    found = disagreements(facts, page)
    # "Only in HTML." and "Not in HTML." of the fixture, footnote numbers and runs of equations.
    words = found.pop("words", {"missing": [], "more": []})
    assert found == {}
    assert len(words["missing"]) + len(words["more"]) <= (8 if study == "demo" else 0)


def test_the_comparison_finds_a_difference(documents: Documents) -> None:
    page, other = (read_facts(documents["demo", "paper", "html"].path) for _ in range(2))
    other.tables[0][3][1] = "64(30–83)"
    other.links[("fig-km", "Figure2")] += 1
    other.words["never"] += 1
    assert set(disagreements(other, page)) == {"tables", "links", "words"}
