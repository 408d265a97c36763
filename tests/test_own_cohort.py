"""An author's own cohort, step by step as docs/own-cohort.md says, through the real command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docx import Document
from pypdf import PdfReader
from small_cohort import (
    COLUMNS,
    PATIENTS,
    STUDY,
    Project,
    files_of_the_guide,
    patients,
    shown_in_the_guide,
)

DOCUMENTS = [f"{name}.{kind}" for name in ("abstract", "paper") for kind in ("html", "docx", "pdf")]
BROKEN = re.compile(
    r"\b(nan|inf|none|nat)\b|\?meta|\?\?|\{\{<|\bn\.[a-z_]+\.[a-z_]+\.", re.IGNORECASE
)
BOUND = re.compile(r"\{\{< meta n\.(\S+)\.(\w+) >\}\}")
ODD = {
    "Kappa (κ)": "κ & *kappa_1* | <light> chain",
    "Lambda (λ)": 'λ ≥2 "100 %" [L] $x$',
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project of the guide, with level names that every format could stumble over."""
    project = Project.create(tmp_path_factory.mktemp("own") / "project")
    for label, name in ODD.items():
        project.edit(f"data/{STUDY}/study.yml", label, f"'{name}'")
    return project


@pytest.fixture(scope="module")
def built(odd: Project) -> Project:
    done = odd.run("build", STUDY, "--renderer", "embedded")
    assert (done.returncode, done.stderr) == (0, "")
    for name in DOCUMENTS:
        assert f"outputs/{STUDY}/{name}\n" in done.stdout
    return odd


def text_of(path: Path) -> str:
    """The text that a reader sees."""
    if path.suffix == ".html":
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for hidden in page(["style", "script"]):
            hidden.decompose()
        return page.get_text()
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(path).pages)
    document = Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_there_and_shows_nothing_broken(built, name):
    text = text_of(built.outputs / name)
    assert "Adverse events were not collected." in " ".join(text.split())
    assert not BROKEN.findall(text)


@pytest.mark.parametrize("text", ["a nan b", "CI inf", "None", "?meta:n.x", "Table ??"])
def test_what_is_broken_would_be_found(text):
    assert BROKEN.search(text)


@pytest.mark.parametrize("name", ["abstract", "paper"])
def test_the_page_shows_the_numbers_of_the_ledger(built, name):
    """Each bound number stands in the page, in the words of its row."""
    source = (built.root / f"manuscripts/{STUDY}/{name}.qmd").read_text(encoding="utf-8")
    page = BeautifulSoup(
        (built.outputs / f"{name}.html").read_text(encoding="utf-8"), "html.parser"
    )
    rows = built.ledger()
    bound = [found for found in BOUND.findall(source) if not found[0].startswith("meta")]
    assert len(bound) >= 5
    for key, form in bound:
        shown = {node.get_text() for node in page.find_all(attrs={"data-key": key})}
        row = rows[key]
        assert any(row["display"] in text for text in shown) or str(row["n"]) in shown
        assert form in {"text", "value", "n", "p"}


def test_the_cohort_is_the_one_in_the_workbook(built):
    rows = built.ledger()
    assert rows["flow.source.remaining"]["value"] == PATIENTS + 1
    assert rows["flow.relapsed.excluded"]["value"] == 1
    assert rows["population.treated"]["value"] == PATIENTS
    assert rows["response.orr"]["denominator"] == PATIENTS
    repairs = (built.outputs / "tables/tbl-repairs.csv").read_text(encoding="utf-8")
    assert "row repeats an earlier one: kept once (1)" in repairs
    assert "spelling made uniform" in repairs
    assert "date in another format (4)" in repairs


def test_the_numbers_that_the_guide_shows_are_those_of_the_build(built):
    lines = shown_in_the_guide("    'orr':").splitlines()
    numbers = (built.outputs / "numbers.yml").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    assert set(lines) <= set(numbers)


@pytest.mark.parametrize("name", ["paper.html", "paper.docx", "paper.pdf"])
def test_odd_level_names_are_printed_as_they_are(built, name):
    text = " ".join(text_of(built.outputs / name).split())
    for label in ODD.values():
        assert label in text


def test_what_was_not_collected_says_so(built):
    safety = (built.outputs / "04-safety.ipynb").read_text(encoding="utf-8")
    assert safety.count("Not collected in this study.") == 2
    assert not [key for key in built.ledger() if key.startswith("safety.")]
    assert not (built.outputs / "tables/tbl-safety.csv").exists()


def test_the_gates_let_the_documents_of_the_guide_be_printed(built):
    """Every gate but that of staleness, since this build asked for one renderer."""
    gates = ("keys", "prose", "coherence", "unreported", "limits", "wording", "checklist")
    done = built.run("check", STUDY, *(word for name in gates for word in ("--gate", name)))
    assert done.returncode == 0, done.stdout
    assert re.search(r"^prose +ok +0 of [1-9]", done.stdout, re.MULTILINE)
    assert f"{len(gates)} gates: 0 errors" in done.stdout


def test_a_second_build_runs_no_notebook(built):
    before = built.contents()
    done = built.run("build", STUDY, "--renderer", "embedded")
    assert done.returncode == 0
    assert done.stdout.startswith(f"{STUDY}: everything is up to date\n")
    assert "ran" not in done.stdout
    assert built.contents() == before


def test_one_raw_value_changes_only_what_depends_on_it(built, tmp_path):
    """One patient's light chain is corrected: what does not look at light chains stays."""
    project = built.copy(tmp_path / "project")
    chains = [row[COLUMNS.index("Leichtkette")] for row in patients()]
    project.change(chains.index("lambda") + 2, "Leichtkette", "κ")
    assert project.run("run", STUDY, "--quiet").returncode == 0
    before, after = built.ledger(), project.ledger()
    assert set(before) == set(after)
    changed = {key for key in before if before[key] != after[key]}
    assert {"baseline.light_chain.kappa", "response.by.light_chain.kappa"} <= changed
    together = ("cox.pfs.multi.", "response.by.age_group.fisher_holm")
    strangers = [key for key in changed if "light_chain" not in key]
    assert [key for key in strangers if not key.startswith(together)] == []
    files, again = built.contents(), project.contents()
    assert files["figures/fig-groups.csv"] != again["figures/fig-groups.csv"]
    for name in ("figures/fig-km-pfs.png", "tables/tbl-survival.csv", "04-safety.ipynb"):
        assert files[name] == again[name]


def test_two_builds_from_scratch_give_the_same_bytes(built, tmp_path):
    other = Project.create(tmp_path / "elsewhere")
    for name in files_of_the_guide():
        text = (built.root / name).read_text(encoding="utf-8")
        (other.root / name).write_text(text, encoding="utf-8")
    other.workbook.write_bytes(built.workbook.read_bytes())
    assert other.run("build", STUDY, "--renderer", "embedded", "--quiet").returncode == 0
    first, second = built.contents(), other.contents()
    assert set(first) == set(second)
    assert [name for name in first if first[name] != second[name]] == []
