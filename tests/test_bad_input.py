"""Bad input ends in one clear message and exit 1, and the last good outputs stay as they were.

Everything here goes through the real command on the cohort of docs/own-cohort.md. Elsewhere, on a
toy project and also through the command: a notebook that raises and an unknown study
(``test_cli.py``), Ctrl-C while the first notebook runs and a build that was killed
(``pipeline/test_failures.py``). ``study/test_study_*.py`` hold every single rule of reading.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small_cohort import COLUMNS, STUDY, Project, patients, shown_in_the_guide
from waiting import wait_for

BUILD = ("build", STUDY, "--renderer", "embedded", "--formats", "html")
PATIENT = re.compile(r"\bP-\d\d\b|\b\d{4}-\d\d-\d\d\b|\b\d\d\.\d\d\.\d{4}\b")
SECRET = "ganz hervorragend"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The cohort, built once; tests work on copies."""
    project = Project.create(tmp_path_factory.mktemp("good") / "project")
    done = project.run(*BUILD)
    assert (done.returncode, done.stderr) == (0, "")
    return project


@pytest.fixture
def project(good: Project, tmp_path: Path) -> Project:
    return good.copy(tmp_path / "project")


def refused(project: Project, *words: str) -> str:
    """Build, expect the refusal that every bad input must end in, and return what it says."""
    before = project.contents()
    assert "paper.html" in before
    done = project.run(*(words or BUILD))
    assert done.returncode == 1
    assert_clear(done.stderr)
    assert "Traceback" not in done.stdout
    assert not PATIENT.search(done.stdout)
    assert project.contents() == before
    return done.stderr


def assert_clear(said: str) -> None:
    """One message: what, where, how to mend; no traceback, no patient."""
    lines = said.rstrip("\n").splitlines()
    assert lines[0].startswith("error: ")
    assert sum(line.startswith("error:") for line in lines) == 1
    assert [line[:9] for line in lines[-2:]] == ["  where: ", "  mend:  "]
    assert all(line.startswith("  ") for line in lines[1:])
    assert "Traceback" not in said
    assert "\x1b" not in said
    assert not PATIENT.search(said)
    assert SECRET not in said


GOOD = "error: what\n  more\n  where: here\n  mend:  so\n"


def test_a_message_that_is_not_clear_is_found():
    assert_clear(GOOD)
    for old, new in (
        ("error: ", ""),
        ("  more", "error: another"),
        ("  more", "Traceback (most recent call last):"),
        ("  more", "  row 3 of P-07"),
        ("  more", "  2024-05-17"),
        ("  more", f"  {SECRET}"),
        ("  where: here\n", ""),
        ("  mend:  so\n", ""),
    ):
        with pytest.raises(AssertionError):
            assert_clear(GOOD.replace(old, new))


def write_csv(project: Project, encoding: str) -> None:
    """Export the cohort as CSV and name the file in study.yml."""
    rows = [list(COLUMNS), *patients()]
    cells = [["" if cell is None else str(cell).split(" 00:")[0] for cell in row] for row in rows]
    text = "\n".join(";".join(row) for row in cells)
    path = project.workbook.with_suffix(".csv")
    path.write_bytes(text.encode(encoding))
    name = f"data/{STUDY}/study.yml"
    project.edit(name, "cohort.xlsx\n    sheet: Patienten", 'cohort.csv\n    separator: ";"')


def missing_table(project: Project) -> None:
    project.workbook.unlink()


def missing_column(project: Project) -> None:
    project.edit(f"data/{STUDY}/study.yml", "column: Leichtkette", "column: Leichtketten")


def unknown_response(project: Project) -> None:
    project.change(6, "Bestes Ansprechen", SECRET)


def impossible_order(project: Project) -> None:
    start = patients()[6][COLUMNS.index("Letzter Kontakt")]
    project.change(8, "Therapiebeginn", start.replace(year=start.year + 1))


def conflicting_ids(project: Project) -> None:
    project.change(9, "Pat.-Nr.", patients()[0][0])


def empty_cohort(project: Project) -> None:
    project.edit(f"data/{STUDY}/study.yml", "at_least: 1", "at_least: 20")


def unreadable_encoding(project: Project) -> None:
    write_csv(project, "utf-16")


def excel_as_csv(project: Project) -> None:
    write_csv(project, "utf-8")
    project.workbook.replace(project.workbook.with_suffix(".csv"))


CASES: dict[Callable[[Project], None], tuple[str, str, str]] = {
    missing_table: (
        "the table 'patients' of study 'mycohort' is missing",
        "data/mycohort/raw/cohort.xlsx",
        "--source",
    ),
    missing_column: (
        "the table 'patients' has no column 'Leichtketten'",
        "data/mycohort/raw/cohort.xlsx",
        "did you mean 'Leichtkette'",
    ),
    unknown_response: (
        "patients  6    Bestes Ansprechen  unknown category: add its spelling in study.yml",
        "study mycohort",
        "study.yml",
    ),
    impossible_order: (
        "patients  8    Therapiebeginn / Letzter Kontakt  impossible date order",
        "study mycohort",
        "correct the cells in the source",
    ),
    conflicting_ids: (
        "patients  9    Pat.-Nr.  the patient of row 2 again, with other values",
        "study mycohort",
        "correct the cells in the source",
    ),
    empty_cohort: (
        "nobody is eligible: of 26 patients none is left",
        "data/mycohort/raw/cohort.xlsx",
        "`eligibility`",
    ),
    unreadable_encoding: (
        "the file is not utf-8: byte 0 cannot be read",
        "data/mycohort/raw/cohort.csv",
        "it can be read as utf-16",
    ),
    excel_as_csv: (
        "the file is an Excel workbook, not CSV",
        "data/mycohort/raw/cohort.csv",
        "give it the suffix .xlsx",
    ),
}


@pytest.mark.parametrize("harm", CASES, ids=lambda harm: harm.__name__)
def test_bad_tables(project, harm):
    what, where, remedy = CASES[harm]
    harm(project)
    said = refused(project)
    *above, place, mend = said.splitlines()
    assert what in "\n".join(above)
    assert where in place
    assert "01-cleaning.ipynb, tbl-repairs" in place
    assert remedy in mend
    half_run = project.root / f".manuscript/{STUDY}/failed/01-cleaning.ipynb"
    assert SECRET not in half_run.read_text(encoding="utf-8")


def test_all_that_is_wrong_is_said_at_once_and_mending_it_gives_the_same_bytes(project):
    """The message is the one that the guide shows; the mended table makes the record it made."""
    before = project.contents()
    original = project.workbook.read_bytes()
    rows = patients()
    rows[5][COLUMNS.index("Bestes Ansprechen")] = SECRET
    rows[17][COLUMNS.index("Verstorben am")] = "Mitte Mai"
    project.write_patients(rows)
    assert refused(project).startswith(shown_in_the_guide("error: the registry tables"))
    project.workbook.write_bytes(original)
    assert project.run(*BUILD).returncode == 0
    assert project.contents() == before


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("subgroups:", "subgrups:", r"unknown key 'subgrups'; did you mean 'subgroups'"),
        ("events: [death]", "events: [deaht]", "unknown variable 'deaht'; did you mean 'death'"),
        ("title: A", "title: [A", "not valid YAML"),
    ],
)
def test_a_bad_definition_names_its_line(project, old, new, what):
    project.edit(f"data/{STUDY}/study.yml", old, new)
    said = refused(project)
    assert what in said
    assert re.search(rf"where: data/{STUDY}/study\.yml:\d+$", said, re.MULTILINE)


def test_an_unknown_study_and_an_unknown_parameter(project):
    assert f"did you mean '{STUDY}'" in refused(project, "build", "mycohrt")
    said = refused(project, *BUILD, "-p", "confidence_levl=0.9")
    assert "did you mean 'confidence_level'" in said
    said = refused(project, *BUILD, "-p", "confidence_level=95")
    assert "the parameter 'confidence_level' does not fit" in said


def test_a_notebook_that_raises(project):
    """The third of five: those beside it are stopped, and nothing of the run is kept."""
    project.edit("notebooks/03-survival.ipynb", "checks = [", "1 / 0\\nchecks = [")
    said = refused(project)
    assert "ZeroDivisionError" in said
    assert "03-survival.ipynb, tbl-crosscheck" in said
    assert f".manuscript/{STUDY}/failed/03-survival.ipynb" in said


def test_a_file_in_the_place_of_the_outputs(project):
    for path in sorted(project.outputs.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    project.outputs.rmdir()
    project.outputs.write_text("in the way", encoding="utf-8")
    project.change(5, "R-ISS", "I")
    done = project.run(*BUILD)
    assert done.returncode == 1
    assert_clear(done.stderr)
    assert "the results cannot be written" in done.stderr
    assert f"outputs/{STUDY}/" in done.stderr
    assert project.outputs.read_text(encoding="utf-8") == "in the way"


def permissions_count() -> None:
    """Take from this process, before it becomes the command, root's right to write anywhere."""
    drop_from_bounding_set = 24
    for capability in (1, 2) if sys.platform == "linux" else ():
        ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0)


def test_a_read_only_outputs_folder(project):
    project.change(5, "R-ISS", "I")
    before = project.contents()
    probe = "import sys, os; sys.exit(os.access(sys.argv[1], os.W_OK))"
    project.outputs.chmod(0o555)
    try:
        words = [sys.executable, "-c", probe, str(project.outputs)]
        if project.start(*BUILD, command=words, preexec_fn=permissions_count).wait():
            pytest.skip("root's right to write anywhere cannot be taken away on this machine")
        process = project.start(*BUILD, preexec_fn=permissions_count)
        _, said = process.communicate(timeout=120)
    finally:
        project.outputs.chmod(0o755)
    assert process.returncode == 1
    assert_clear(said)
    assert "the results cannot be written: Permission denied" in said
    assert project.contents() == before


@pytest.mark.skipif(os.name == "nt", reason="signals are sent to a process group")
class TestControlC:
    """Ctrl-C in the middle: of notebooks that run side by side, and of rendering."""

    def stopped(self, project: Project, begun: Callable[[], bool], **options) -> None:
        before = project.contents()
        process = project.start(*BUILD, **options)
        wait_for(begun, "beginning")
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert said.strip() == "stopped; the last results are as they were"
        assert project.contents() == before
        wait_for(lambda: not alive(process.pid), "end of the processes")

    def test_while_notebooks_run(self, project):
        project.change(5, "R-ISS", "I")
        beside = project.root / f".manuscript/{STUDY}/stages/.03-survival.new"
        self.stopped(project, beside.exists)

    def test_while_documents_are_rendered(self, project):
        before = project.contents()
        project.edit(f"manuscripts/{STUDY}/paper.qmd", "shows how", "tells how")
        begun = project.root / "begun"
        pandoc = project.root / "pandoc"
        pandoc.write_text(f"#!/bin/sh\ntouch '{begun}'\nexec sleep 600\n", encoding="utf-8")
        pandoc.chmod(0o755)
        self.stopped(project, begun.exists, environment={"MANUSCRIPT_PANDOC": str(pandoc)})
        assert project.run(*BUILD).returncode == 0
        after = project.contents()
        assert {name for name in before if before[name] != after[name]} == {
            "paper.html",
            "site/paper.html",
        }


def alive(group: int) -> bool:
    """Whether any process of a group is left, zombies aside."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            return True
    return False
