"""From a workbook to a first abstract and paper by the two commands of docs/own-cohort.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pypdf import PdfReader
from small_cohort import COLUMNS, GUIDE, PATIENTS, STUDY, Project, patients

DOCUMENTS = [f"{name}.{kind}" for name in ("abstract", "paper") for kind in ("html", "docx", "pdf")]
BROKEN = re.compile(r"\b(?:nan|NaN|None|NaT)\b|\?meta|\?\?|\{\{<|<<|>>|<%")
COMMANDS = re.compile(r"^manuscript (new|build) .*$", re.MULTILINE)


def commands_of_the_guide() -> list[list[str]]:
    """The first two command lines of the guide: new, then build."""
    page = GUIDE.read_text(encoding="utf-8")
    return [line[0].split()[1:] for line in list(COMMANDS.finditer(page))[:2]]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """A project after `manuscript new` as the guide gives it, and what that printed."""
    project = Project.bare(tmp_path_factory.mktemp("new") / "project")
    new, _ = commands_of_the_guide()
    project.write_patients(patients(), project.root / new[new.index("--table") + 1])
    done = project.run(*new)
    assert (done.returncode, done.stderr) == (0, "")
    return project, done.stdout


@pytest.fixture(scope="module")
def built(begun: tuple[Project, str]) -> Project:
    project, _ = begun
    _, build = commands_of_the_guide()
    done = project.run(*build, "--renderer", "embedded")
    assert (done.returncode, done.stderr) == (0, "")
    return project


def text_of(path: Path) -> str:
    return " ".join("\n".join(p.extract_text() for p in PdfReader(path).pages).split())


def test_the_command_says_what_each_column_was_taken_for(begun):
    _, printed = begun
    for column in COLUMNS:
        assert re.search(rf"^{re.escape(column)} {{2,}}\S", printed, re.MULTILINE), column
    assert printed.rstrip().endswith(f"manuscript build {STUDY}")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_are_there(built, name):
    assert (built.outputs / name).stat().st_size > 2000


@pytest.mark.parametrize("name", ["abstract.pdf", "paper.pdf"])
def test_they_show_the_numbers_of_the_ledger_and_nothing_broken(built, name):
    text, rows = text_of(built.outputs / name), built.ledger()
    assert not BROKEN.findall(text)
    for key in ("response.orr", "survival.pfs.median", "survival.os.rate_12_months"):
        assert rows[key]["display"] in text, key
    assert "To write:" in text


def test_the_cohort_is_the_one_in_the_workbook(built):
    assert built.ledger()["population.treated"]["value"] == PATIENTS + 1


def test_no_gate_finds_an_error_but_what_the_author_owes_and_small_cells(built):
    """The prose is still to be written, and a real cohort of this size has small cells.

    One warning is no study's own: the checklist has sections for ESMO-GROW and no items.
    """
    gates = ("keys", "prose", "coherence", "unreported", "limits", "checklist")
    done = built.run("check", STUDY, *(word for name in gates for word in ("--gate", name)))
    assert done.returncode == 0, done.stdout
    assert f"{len(gates)} gates: 0 errors, 1 warning\n" in done.stdout
    assert done.stdout.count("warning: ") == done.stdout.count("warning: checklist: esmo-grow") == 1
    owed = built.run("check", STUDY, "--gate", "wording")
    assert owed.returncode == 1
    assert owed.stdout.count("error: wording: “To write:”") == owed.stdout.count("error: ") > 10


def test_a_second_new_refuses_and_changes_nothing(built):
    before = built.definition.read_bytes()
    new, _ = commands_of_the_guide()
    done = built.run(*new)
    assert done.returncode == 1
    assert f"there is already data/{STUDY}/study.yml" in done.stderr
    assert built.definition.read_bytes() == before


def test_a_single_row_that_is_not_understood_is_counted_in_the_singular(tmp_path):
    project = Project.bare(tmp_path / "project")
    rows = patients()
    rows[1][COLUMNS.index("Alter")] = "about 60"
    table = project.root / "cohort.xlsx"
    project.write_patients(rows, table)
    done = project.run("new", STUDY, "--table", str(table))
    assert re.search(r"^Alter .*not understood in 1 row: waits in a comment$", done.stdout, re.M)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--table", "nowhere.xlsx"), "there is no such table"),
        (("--column", "start"), "is not NAME=HEADING"),
        (("--data-cut", "31.01.2025"), "does not match the format"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(tmp_path, words, said):
    project = Project.bare(tmp_path / "project")
    done = project.run("new", "beta", *words)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert not (project.root / "data").exists()
