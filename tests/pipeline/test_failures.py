"""Whatever goes wrong in a build, the last good record stands and one message says what."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpec
from waiting import gone, wait_for

from helpers.errors import ManuscriptError
from helpers.pipeline import build_study, exchange, manager, record
from helpers.pipeline.forks import WITHOUT

PID = "Path(os.environ['MANUSCRIPT_ROOT'], 'kernel.pid').write_text(str(os.getpid()))"


@pytest.fixture
def refused(built):
    """Build, expect a refusal, return its message; outputs must be as before."""

    def build() -> str:
        before = built.contents()
        with pytest.raises(ManuscriptError) as caught:
            build_study(built.root, built.study, render=False)
        assert built.contents() == before
        return str(caught.value)

    return build


def test_a_cell_that_raises(built, refused):
    built.write_usual("03-survival", "#| label: tbl-cox\n1 / 0")
    message = refused()
    assert "ZeroDivisionError: division by zero" in message
    assert "03-survival.ipynb, tbl-cox" in message
    half_run = built.root / ".manuscript/toy/failed/03-survival.ipynb"
    assert str(half_run.relative_to(built.root)) in message
    assert "ZeroDivisionError" in half_run.read_text()


def test_a_cell_without_a_label_is_named_by_its_number(built, refused):
    built.write_usual("04-safety", "raise ValueError")
    assert "04-safety.ipynb, cell 5" in refused()


def test_an_error_of_this_project_keeps_its_three_parts(built, refused):
    built.write_usual(
        "02-response",
        """
        #| label: check
        from helpers.errors import ManuscriptError
        raise ManuscriptError("a column is missing", where="patients.csv", remedy="add it")
        """,
    )
    message = refused().splitlines()
    assert message[0] == "a column is missing"
    assert message[1] == "  where: patients.csv (02-response.ipynb, check)"
    assert message[2].startswith("  mend:  add it; the half-run notebook is .manuscript/toy/")


def test_an_error_derived_from_this_projects_own_keeps_its_parts(built, refused):
    built.write_usual(
        "02-response",
        """
        #| label: check
        from helpers.errors import ManuscriptError
        class Invalid(ManuscriptError): ...
        raise Invalid("two rows are wrong", where="patients.csv", remedy="mend them")
        """,
    )
    message = refused().splitlines()
    assert message[0] == "two rows are wrong"
    assert message[1] == "  where: patients.csv (02-response.ipynb, check)"


def test_the_mended_notebook_leaves_no_trace_of_its_failure(built, refused):
    built.write_usual("03-survival", "1 / 0")
    refused()
    built.write_usual("03-survival", "print(1)")
    build_study(built.root, built.study, render=False)
    assert not list((built.root / ".manuscript/toy/failed").iterdir())


def test_a_kernel_that_dies(built, refused):
    built.write_usual("03-survival", "os._exit(1)")
    message = refused()
    assert "the kernel died" in message
    assert "03-survival.ipynb" in message
    assert (built.root / ".manuscript/toy/failed/03-survival.ipynb").is_file()


def test_a_kernel_that_never_starts(built, refused, monkeypatch):
    spec = KernelSpec(argv=[sys.executable, "-c", "raise SystemExit(3)"], language="python")
    monkeypatch.setattr(manager.ThisInterpreter, "get_kernel_spec", lambda *_: spec)
    monkeypatch.setenv(WITHOUT, "1")
    built.write_usual("04-safety", "#| label: more\nprint('more')")
    message = refused()
    assert message.startswith("the kernel did not start")
    assert "04-safety.ipynb" in message


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("print(record)", "a path of this machine"),
        ("import sys; print(sys.prefix)", "a path of this machine"),
        ("from IPython.display import HTML; HTML(f'<p>{record}</p>')", "a path of this machine"),
        ("object()", "an address in memory"),
    ],
)
def test_what_varies_between_machines_is_refused(built, refused, cell, what):
    built.write_usual("04-safety", f"#| label: leak\n{cell}")
    message = refused()
    assert what in message
    assert "leak" in message


def test_an_invalid_definition_is_refused_before_any_kernel_starts(built, refused, monkeypatch):
    monkeypatch.setattr("helpers.pipeline.notebooks.execute", pytest.fail)
    definition = built.root / "data/toy/study.yml"
    definition.write_text(definition.read_text().replace("variables:", "varables:"))
    assert "variables" in refused()


def test_a_file_in_the_place_of_outputs(toy, monkeypatch):
    monkeypatch.setattr("helpers.pipeline.notebooks.execute", pytest.fail)
    toy.outputs.parent.rmdir()
    toy.outputs.parent.write_text("in the way")
    with pytest.raises(ManuscriptError, match=r"cannot be written(.|\n)*outputs"):
        build_study(toy.root, toy.study, render=False)


@pytest.mark.parametrize("folder", ["outputs", "outputs/toy", ".manuscript/toy"])
def test_a_read_only_folder(built, refused, monkeypatch, folder):
    """Root may write anywhere, so the refusal of the system is put on here."""
    monkeypatch.setattr("helpers.pipeline.notebooks.execute", pytest.fail)
    write_text = Path.write_text

    def refuse(path, *given, **options):
        if path.parent == built.root / folder:
            raise PermissionError(13, "Permission denied")
        return write_text(path, *given, **options)

    built.write_usual("04-safety", "print(1)")
    monkeypatch.setattr(Path, "write_text", refuse)
    message = refused()
    assert "the results cannot be written: Permission denied" in message
    assert f"{folder}/" in message


def test_a_full_disk_at_the_last_step(built, refused, monkeypatch):
    def refuse(*given, **options):
        raise OSError(28, "No space left on device")

    built.write_usual("04-safety", "print(1)")
    monkeypatch.setattr(record.shutil, "copytree", refuse)
    assert "No space left on device" in refused()


def test_a_link_beside_the_record_stays_a_link(built):
    (built.outputs / "kept").symlink_to(built.root / "data" / built.study)
    built.write_usual("04-safety", "print(1)")
    build_study(built.root, built.study, formats=("html",))
    assert (built.outputs / "kept").is_symlink()
    assert (built.outputs / "paper.html").is_file()


def test_a_kernelspec_of_the_machine_is_not_used(toy, tmp_path, monkeypatch):
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(
        json.dumps({"argv": ["/nonexistent"], "display_name": "wrong", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    build_study(toy.root, toy.study, render=False)
    assert b"wrong" not in toy.contents()["01-cleaning.ipynb"]


def test_a_project_in_a_folder_with_braces(toy, tmp_path):
    root = tmp_path / "{odd} name"
    toy.root.rename(root)
    build_study(root, toy.study, render=False)
    assert (root / "outputs/toy/ledger.json").is_file()


@pytest.fixture
def start():
    """Start a build in a process of its own; give it and its kernel's process id."""
    processes = []

    def begin(toy, *, cell: str) -> tuple[subprocess.Popen[str], int]:
        toy.write_usual("01-cleaning", f"{PID}\n{cell}")
        code = "from helpers.cli import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, "run", toy.study],
            cwd=toy.root,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        processes.append(process)
        pid = toy.root / "kernel.pid"
        said = wait_for(lambda: pid.is_file() and pid.read_text(), "process id of the kernel")
        return process, int(said)

    yield begin
    for process in processes:  # of a test that failed; its kernel ends with it
        process.kill()
        process.wait()


@pytest.mark.skipif(os.name == "nt", reason="signals are sent to a process group")
class TestStopped:
    @pytest.mark.parametrize(
        ("name", "end"), [("SIGINT", os.killpg), ("SIGTERM", os.kill), ("SIGHUP", os.kill)]
    )
    def test_ctrl_c_a_system_or_a_closed_terminal(
        self, built, start, tmp_path, monkeypatch, name, end
    ):
        """The last good results stay, and no scratch folder does."""
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        monkeypatch.setenv("TMPDIR", str(temporary))
        before = built.contents()
        process, kernel = start(built, cell="import time; time.sleep(600)")
        assert list(temporary.glob("manuscript-*"))
        end(process.pid, getattr(signal, name))
        _, said = process.communicate(timeout=60)
        assert list(temporary.glob("manuscript-*")) == []
        assert process.returncode == 1
        assert said.strip() == "stopped; the last results are as they were"
        assert gone(kernel)
        assert built.contents() == before

    def test_killed_and_built_again(self, built, start):
        before = built.contents()
        process, kernel = start(built, cell="import time; time.sleep(600)")
        process.kill()
        process.communicate(timeout=60)
        assert built.contents() == before
        wait_for(lambda: gone(kernel), "end of the kernel")
        built.write_usual("01-cleaning")
        build_study(built.root, built.study, render=False)
        assert built.contents() == before


def test_killed_between_two_renames(built):
    """Where folders cannot be exchanged in one step, the next build mends what was left."""
    before = built.contents()
    outputs = built.outputs
    (outputs.parent / ".toy.new").mkdir()
    outputs.rename(outputs.with_name(".toy.previous"))
    build_study(built.root, built.study, render=False)
    assert built.contents() == before
    assert [path.name for path in outputs.parent.iterdir()] == ["toy"]


def test_folders_change_places_where_the_system_cannot_exchange_them(built, monkeypatch):
    monkeypatch.setattr(exchange.sys, "platform", "darwin")
    built.write_usual("04-safety", "print(1)")
    build_study(built.root, built.study, render=False)
    assert b"print(1)" in built.contents()["04-safety.ipynb"]
    assert [path.name for path in built.outputs.parent.iterdir()] == ["toy"]
