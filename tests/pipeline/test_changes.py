"""What a change makes run, and in which words status says why."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from helpers.pipeline import build_study, inputs, status
from helpers.pipeline.inputs import PACKAGE

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ["01-cleaning", "02-response", "03-survival", "04-safety"]


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """A copy of the package, in whose place status looks at it."""
    folder = tmp_path / "package" / "helpers"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder, ignore=ignore)
    monkeypatch.setattr(inputs, "PACKAGE", folder)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def stale(toy, **options) -> list[str]:
    return [stage.name for stage in status(toy.root, toy.study, **options) if stage.stale]


def reasons(toy, name: str, **options) -> tuple[str, ...]:
    stages = {stage.name: stage for stage in status(toy.root, toy.study, **options)}
    return stages[name].reasons


@pytest.fixture
def rendered(built, monkeypatch):
    """The toy project with its record and one format of its documents."""
    build_study(built.root, built.study, formats=("html",), renderer="embedded")
    return built


HTML = {"formats": ("html",), "renderer": "embedded"}


def test_nothing_is_stale_after_a_build(rendered):
    assert stale(rendered, **HTML) == []


def test_a_comment_in_the_package_makes_nothing_stale(rendered, package):
    for path in sorted(package.rglob("*.py")):
        path.write_text(f"# a comment\n{path.read_text()}\n\n\n# another\n")
    assert stale(rendered, **HTML) == []


def test_a_function_that_no_stage_reaches_makes_nothing_stale(rendered, package):
    edit(
        package / "statistics" / "proportions.py",
        "def proportion(",
        "def other(): ...\n\n\ndef proportion(",
    )
    edit(package / "statistics" / "proportions.py", "    return ", "    return None and ")
    assert stale(rendered, **HTML) == []


def test_a_function_that_notebooks_reach_is_named(rendered, package):
    edit(
        package / "ledger" / "row.py",
        "    def as_dict(self",
        "    def added(self): ...\n\n    def as_dict(self",
    )
    assert stale(rendered, **HTML) == [*NOTEBOOKS, "record", "documents"]
    assert reasons(rendered, "02-response", **HTML) == (
        "function helpers.ledger.row.Row.added is now used",
        "01-cleaning runs again",
    )


def test_a_function_that_renders_makes_the_documents_stale_alone(rendered, package):
    edit(package / "manuscript" / "embedded.py", "def _", "def _added(): ...\n\n\ndef _")
    assert stale(rendered, **HTML) == []
    edit(package / "manuscript" / "rendering.py", "root = root.resolve()", "root = root.absolute()")
    assert stale(rendered, **HTML) == ["documents"]
    assert reasons(rendered, "documents", **HTML) == (
        "function helpers.manuscript.rendering.render_study changed",
    )


def test_a_template_makes_the_documents_stale_alone(rendered, package):
    edit(package / "manuscript" / "templates" / "article.css", "{", "{ ")
    assert stale(rendered, **HTML) == ["documents"]
    assert reasons(rendered, "documents", **HTML) == (
        "src/helpers/manuscript/templates/article.css changed",
    )


def test_a_cell_is_named(rendered):
    edit(rendered.notebook("04-safety"), "dashes", "hyphens")
    assert stale(rendered, **HTML) == ["04-safety", "record", "documents"]
    assert reasons(rendered, "04-safety", **HTML) == ("cell use changed",)


def test_a_parameter_is_named(rendered):
    given = {"parameters": {"confidence_level": 0.9}}
    assert "parameter confidence_level is new" in reasons(rendered, "03-survival", **given)
    build_study(rendered.root, rendered.study, render=False, **given)
    other = {"parameters": {"confidence_level": 0.8}}
    assert "parameter confidence_level changed" in reasons(rendered, "03-survival", **other)


def test_a_parameter_that_no_cell_uses_runs_nothing(built):
    notebook = built.notebook("04-safety")
    edit(notebook, "confidence_level = None", "confidence_level = None\\nunused = 1")
    build_study(built.root, built.study, render=False)
    report = build_study(built.root, built.study, render=False, parameters={"unused": 2})
    ran = {stage.name: stage.status for stage in report.stages}
    assert ran["04-safety"] == "retold"
    assert ran["record"] == "ran"
    assert b"unused = 2" in built.contents()["04-safety.ipynb"]


def test_tables_that_study_yml_does_not_name_do_not_count(rendered):
    (rendered.root / "data/toy/raw/notes.txt").write_text("not a table")
    (rendered.root / "data/toy/claims.yml").write_text("claims: []")
    assert stale(rendered, **HTML) == []


def test_the_transcript_of_the_abstract_counts_for_the_audit_alone(built):
    built.write_notebook("05-audit", "x = 1")
    build_study(built.root, built.study, render=False)
    (built.root / "data/toy/claims.yml").write_text("claims: []")
    assert stale(built)[:1] == ["05-audit"]
    assert reasons(built, "05-audit") == ("data/toy/claims.yml is new",)


def test_the_lock_counts_for_everything(rendered):
    (rendered.root / "requirements.lock").write_text("numpy==0\n")
    assert stale(rendered, **HTML) == [*NOTEBOOKS, "record", "documents"]
    assert "requirements.lock is new" in reasons(rendered, "01-cleaning", **HTML)


def test_a_sentence_of_a_document_runs_no_notebook(rendered):
    edit(rendered.root / "manuscripts/toy/paper.qmd", "were studied", "were looked at")
    report = build_study(rendered.root, rendered.study, **HTML)
    assert [stage.name for stage in report.stages if stage.status != "up to date"] == ["documents"]


NARRATIVE = {"cell_type": "markdown", "id": "told", "metadata": {}, "source": "Told afterwards."}


def test_new_text_is_put_around_results_that_stand(built, monkeypatch):
    """Byte for byte what a run would leave, without one."""
    notebook = built.notebook("04-safety")
    source = json.loads(notebook.read_text())
    source["cells"].insert(1, NARRATIVE)
    source["cells"][2]["source"] += "\n# a comment"
    source["cells"][3]["source"] = source["cells"][3]["source"].replace("name = ", "name   =  ")
    notebook.write_text(json.dumps(source))
    assert reasons(built, "04-safety") == (
        "its text changed, and none of its code: no kernel is needed",
    )
    monkeypatch.setattr("helpers.pipeline.notebooks.execute", pytest.fail)
    report = build_study(built.root, built.study, render=False)
    assert {stage.name: stage.status for stage in report.stages} == {
        **dict.fromkeys(NOTEBOOKS, "up to date"),
        "04-safety": "retold",
        "record": "ran",
    }
    retold = built.contents()
    assert b"Told afterwards." in retold["04-safety.ipynb"]
    assert build_study(built.root, built.study, render=False).up_to_date
    monkeypatch.undo()
    build_study(built.root, built.study, render=False, force=True)
    assert built.contents() == retold


def test_new_text_does_not_reach_the_audit(built):
    built.write_notebook("05-audit", "x = 1")
    build_study(built.root, built.study, render=False)
    notebook = built.notebook("04-safety")
    source = json.loads(notebook.read_text())
    source["cells"].append(NARRATIVE)
    notebook.write_text(json.dumps(source))
    report = build_study(built.root, built.study, render=False)
    ran = {stage.name: stage.status for stage in report.stages}
    assert (ran["04-safety"], ran["05-audit"]) == ("retold", "up to date")


@pytest.mark.parametrize("harm", ["record/04-safety.ipynb", "record/parts/04-safety.json"])
def test_new_text_around_harmed_results_runs_the_notebook(built, harm):
    (built.root / ".manuscript/toy/stages/04-safety" / harm).unlink()
    edit(built.notebook("04-safety"), "import json", "import json # to write")
    report = build_study(built.root, built.study, render=False)
    assert {stage.name: stage.status for stage in report.stages}["04-safety"] == "ran"


@pytest.mark.parametrize("name", ["contents.json", "sources.json", "units.json"])
@pytest.mark.parametrize("harm", ["delete", "damage"])
def test_notes_decide_nothing(rendered, name, harm):
    path = rendered.root / ".manuscript/toy" / name
    path.unlink() if harm == "delete" else path.write_text('{"maker": 1')
    assert stale(rendered, **HTML) == []
