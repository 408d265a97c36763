"""``build_study``: what runs, what does not, and what stands in outputs afterwards."""

from __future__ import annotations

import os
import shutil
import threading

import pytest

from helpers.errors import ManuscriptError
from helpers.pipeline import build_study, run_notebooks, status

ALL = ["01-cleaning", "02-response", "03-survival", "04-safety", "record"]


def run(toy, **options):
    return build_study(toy.root, toy.study, render=False, **options)


def ran(toy, **options) -> list[str]:
    return [stage.name for stage in run(toy, **options).stages if stage.status == "ran"]


def test_a_first_build_makes_the_whole_record(toy):
    assert ran(toy) == ALL
    made = toy.contents()
    assert {f"{name}.ipynb" for name in ALL[:-1]} < set(made)
    assert {"ledger.json", "numbers.yml", "tables/04-safety.csv"} < set(made)
    assert not [name for name in made if name.startswith("parts/")]


def test_a_second_build_runs_nothing(built):
    before = built.contents()
    assert run(built).up_to_date
    assert built.contents() == before


def test_running_everything_again_changes_no_byte(built):
    before = built.contents()
    assert ran(built, force=True) == ALL
    assert built.contents() == before


def test_a_changed_notebook_runs_alone(built):
    before = built.contents()
    built.write_usual("04-safety", "#| label: more\nprint('more')")
    assert ran(built) == ["04-safety", "record"]
    changed = {name for name, body in built.contents().items() if before.get(name) != body}
    assert changed == {"04-safety.ipynb"}


def test_a_changed_table_reaches_every_notebook(built):
    built.raw.write_text(built.raw.read_text() + "e,yes,2020-01-01,,2021-01-01\n")
    assert ran(built) == ALL
    assert b"5,None" in built.contents()["tables/03-survival.csv"]


def test_a_parameter_counts_and_without_it_the_default_returns(built):
    before = built.contents()
    assert ran(built, parameters={"confidence_level": 0.9}) == ALL
    assert b"4,0.9" in built.contents()["tables/02-response.csv"]
    assert b'"confidence_level": 0.9' in built.contents()["ledger.json"]
    assert run(built, parameters={"confidence_level": 0.9}).up_to_date
    assert ran(built) == ALL
    assert built.contents() == before


def test_an_unknown_parameter_is_an_error_with_the_nearest_name(built):
    with pytest.raises(ManuscriptError, match="did you mean 'confidence_level'"):
        run(built, parameters={"confidense_level": 0.9})


def test_a_parameter_goes_to_the_notebooks_that_have_it(toy):
    source = toy.notebook("04-safety").read_text()
    toy.notebook("04-safety").write_text(source.replace("None", "None\\nworst_grade = 3", 1))
    run(toy, parameters={"worst_grade": 4})
    assert b"worst_grade = 4" in toy.contents()["04-safety.ipynb"]
    assert b"worst_grade" not in toy.contents()["03-survival.ipynb"]


@pytest.mark.parametrize("name", ["ledger.json", "tables/02-response.csv", "03-survival.ipynb"])
@pytest.mark.parametrize("harm", ["alter", "delete"])
def test_a_harmed_output_is_put_right_without_running_a_notebook(built, name, harm):
    before = built.contents()
    path = built.outputs / name
    path.write_text("harm") if harm == "alter" else path.unlink()
    assert ran(built) == ["record"]
    assert built.contents() == before


def test_files_no_longer_written_go_and_documents_stay(built):
    (built.outputs / "paper.html").write_text("a document")
    (built.outputs / "figures").mkdir()
    (built.outputs / "figures" / "old.png").write_text("an old figure")
    built.write_usual(
        "04-safety", "#| label: more\n(record / 'tables' / 'new.csv').write_text('x')"
    )
    run(built)
    assert {"paper.html", "tables/new.csv"} < set(built.contents())
    assert "figures/old.png" not in built.contents()
    built.write_usual("04-safety")
    run(built)
    assert "tables/new.csv" not in built.contents()
    assert "paper.html" in built.contents()


def test_two_notebooks_that_write_one_file_are_refused(built):
    before = built.contents()
    built.write_usual("04-safety", "(record / 'tables' / '02-response.csv').write_text('x')")
    with pytest.raises(ManuscriptError, match=r"two notebooks write tables/02-response\.csv"):
        run(built)
    assert built.contents() == before


def test_status_names_the_input(built):
    built.write_usual("03-survival", "print(1)")
    (built.outputs / "numbers.yml").unlink()
    stages = {stage.name: stage for stage in status(built.root, built.study)}
    assert not stages["01-cleaning"].stale
    assert stages["03-survival"].reasons == ("cell 4 is new",)
    assert stages["record"].reasons == ("numbers.yml was deleted", "03-survival runs again")
    assert stages["documents"].stale


def test_status_of_a_study_never_built(toy):
    stages = {stage.name: stage.stale for stage in status(toy.root, toy.study)}
    assert stages == dict.fromkeys([*ALL, "documents"], True)


def test_an_unknown_study_is_an_error_with_the_nearest_name(toy):
    with pytest.raises(ManuscriptError, match="did you mean 'toy'"):
        build_study(toy.root, "toi")


def test_tables_from_another_folder(toy, tmp_path):
    source = tmp_path / "elsewhere"
    (source / "raw").mkdir(parents=True)
    toy.raw.rename(source / "raw" / "patients.csv")
    cell = toy.notebook("01-cleaning").read_text()
    moved = cell.replace(
        'Path(os.environ[\\"MANUSCRIPT_ROOT\\"], \\"data\\", study, ',
        'Path(os.environ[\\"MANUSCRIPT_SOURCE\\"], ',
    )
    assert moved != cell
    toy.notebook("01-cleaning").write_text(moved)
    assert ran(toy, source=source) == ALL
    assert run(toy, source=source).up_to_date
    (source / "raw" / "patients.csv").write_text("id\na\n")
    assert "01-cleaning" in ran(toy, source=source)


def test_notebooks_run_into_a_folder_of_their_own(built, tmp_path):
    before = built.contents()
    run_notebooks(built.root, built.study, tmp_path / "fresh")
    fresh = {
        path.relative_to(tmp_path / "fresh").as_posix(): path.read_bytes()
        for path in (tmp_path / "fresh").rglob("*")
        if path.is_file()
    }
    assert fresh == before == built.contents()


def test_a_second_build_waits_for_the_first_and_finds_its_work_done(toy):
    states, reports = [], []
    started = threading.Event()

    def first(event):
        started.set()

    def second(event):
        states.append(event.state)

    one = threading.Thread(target=lambda: reports.append(run(toy, on_event=first)))
    one.start()
    assert started.wait(60)
    other = run(toy, on_event=second)
    one.join()
    assert states[0] == "waiting"
    assert "ran" not in states
    assert other.up_to_date
    assert not reports[0].up_to_date


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_patient_level_rows_stay_private(built):
    """What the first notebook leaves for the others is nobody else's to read."""
    shutil.rmtree(built.root / ".manuscript")
    run(built)
    assert (built.root / ".manuscript").stat().st_mode & 0o077 == 0
    assert (built.root / ".manuscript/toy/stages/01-cleaning/work/cohort.txt").is_file()
    assert not [name for name in built.contents() if "cohort" in name]


AUDIT = """
import json, os
from pathlib import Path
parts = Path(os.environ["MANUSCRIPT_RECORD"], "parts")
rows = [row for part in parts.glob("*.json") for row in json.loads(part.read_text())["rows"]]
print(sorted((row["key"], row["value"]) for row in rows))
"""


def test_the_audit_runs_last_and_sees_the_results_of_the_others(built):
    before = set(built.contents())
    built.write_notebook("05-audit", AUDIT)
    assert ran(built) == ["05-audit", "record"]
    assert b"('safety.patients', 4)" in built.contents()["05-audit.ipynb"]
    assert set(built.contents()) == {*before, "05-audit.ipynb"}
    assert run(built).up_to_date


def test_the_audit_runs_again_when_a_result_changes(built):
    built.write_notebook("05-audit", AUDIT)
    run(built)
    built.write_usual(
        "04-safety",
        """
        part["rows"][0]["value"] = 3
        (record / "parts" / (name + ".json")).write_text(json.dumps(part))
        """,
    )
    assert ran(built) == ["04-safety", "05-audit", "record"]
    assert b"('safety.patients', 3)" in built.contents()["05-audit.ipynb"]


def test_when_one_notebook_fails_the_others_are_stopped(built):
    told = {}
    built.write_usual("02-response", "import time; time.sleep(1)\n1 / 0")
    built.write_usual("03-survival", "import time; time.sleep(600)")
    with pytest.raises(ManuscriptError, match="ZeroDivisionError"):
        run(built, on_event=lambda event: told.update({event.stage: event.state}))
    assert told["02-response"] == "failed"
    assert told["03-survival"] == "stopped"


@pytest.mark.parametrize(("large", "at_once"), [(1 << 28, 3), (10, 1)])
def test_notebooks_run_one_by_one_where_the_tables_are_large(toy, monkeypatch, large, at_once):
    given = []

    def run(self, names, workers):
        given.append(workers)
        return []

    monkeypatch.setattr("helpers.pipeline.build.LARGE", large)
    monkeypatch.setattr("helpers.pipeline.stages.Stages.run", run)
    build_study(toy.root, "toy", render=False, workers=3)
    assert given == [at_once]
