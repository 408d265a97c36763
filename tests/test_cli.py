"""The command ``manuscript``: what it prints and how it exits."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile

import pytest

from helpers.pipeline.forks import WITHOUT, available

HEAVY = {"pandas", "numpy", "pydantic", "papermill", "nbformat", "matplotlib", "rich"}


def test_build_ends_with_the_documents_and_the_seconds_of_each_stage(built, manuscript):
    status, out, err = manuscript("build", "toy")
    assert (status, err) == (0, "")
    assert re.search(r"documents +\d+\.\d s", out)
    assert re.search(r"01-cleaning +up to date", out)
    for document in ("abstract", "paper"):
        for suffix in ("html", "docx", "pdf"):
            name = f"outputs/toy/{document}.{suffix}"
            assert f"  {name}\n" in out
            assert (built.root / name).stat().st_size


def test_build_again_says_that_everything_is_up_to_date(built, manuscript):
    manuscript("build", "toy", "--formats", "html")
    status, out, _ = manuscript("build", "toy", "--formats", "html")
    assert status == 0
    assert out.splitlines() == [
        "toy: everything is up to date",
        "  outputs/toy/abstract.html",
        "  outputs/toy/paper.html",
        "  outputs/toy/site/index.html",
    ]


def test_a_build_with_nothing_to_do_imports_nothing_heavy(built):
    code = (
        "import sys\nfrom helpers.cli import main\ntry:\n    main()\n"
        "finally:\n    print(*sorted(name.split('.')[0] for name in sys.modules))"
    )
    words = ["run", "toy"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    assert "everything is up to date" in done.stdout
    assert not HEAVY & set(done.stdout.splitlines()[-1].split())


def test_an_edited_sentence_renders_and_runs_no_notebook(built, manuscript):
    manuscript("build", "toy", "--formats", "html")
    source = built.root / "manuscripts/toy/paper.qmd"
    source.write_text(source.read_text().replace("studied", "looked at"))
    status, out, _ = manuscript("build", "toy", "--formats", "html")
    assert status == 0
    assert re.search(r"04-safety +up to date", out)
    assert re.search(r"documents +\d+\.\d s", out)
    assert "looked at" in (built.outputs / "paper.html").read_text()


def test_render_alone(built, manuscript):
    status, out, _ = manuscript("render", "toy", "--formats", "html")
    assert status == 0
    assert "outputs/toy/paper.html" in out


def test_the_abstract_as_plain_text(built, manuscript):
    status, out, err = manuscript("render", "toy", "--style", "ash-abstract")
    assert (status, err) == (0, "")
    text = (built.outputs / "abstract.txt").read_text(encoding="utf-8")
    counted = text.split("\n\n", 1)[1].rstrip("\n")
    assert out.splitlines() == [
        f"toy: {len(counted)} of 3,800 characters with spaces, "
        f"{len(''.join(counted.split()))} without (the title is not counted)",
        "  outputs/toy/abstract.txt",
    ]


def test_an_abstract_over_the_limit_exits_1(built, manuscript):
    source = built.root / "manuscripts" / "toy" / "abstract.qmd"
    good = source.read_text(encoding="utf-8")
    source.write_text(f"{good}\n{'word ' * 800}\n", encoding="utf-8")
    status, out, err = manuscript("render", "toy", "--style", "ash-abstract")
    assert (status, out) == (1, "")
    assert "ash-abstract takes 3,800" in err
    assert "shorten it by" in err


def test_line_numbers_are_asked_for_and_known(built, manuscript):
    assert manuscript("render", "toy", "--formats", "docx", "--line-numbers")[0] == 0
    with zipfile.ZipFile(built.outputs / "paper.docx") as archive:
        assert b"<w:lnNumType" in archive.read("word/document.xml")
    asked = ("status", "toy", "--formats", "docx")
    assert "documents       up to date" in manuscript(*asked, "--line-numbers")[1]
    assert "documents       stale" in manuscript(*asked)[1]


def test_render_without_a_record(toy, manuscript):
    status, _, err = manuscript("render", "toy")
    assert status == 1
    assert "manuscript build toy" in err


def test_status(built, manuscript):
    built.write_usual("03-survival", "print(1)")
    status, out, _ = manuscript("status", "toy")
    assert status == 1
    assert re.search(r"01-cleaning +up to date", out)
    assert re.search(r"03-survival +stale", out)
    assert "is new" not in out
    _, out, _ = manuscript("status", "toy", "--why")
    assert re.search(r"03-survival +stale\n  cell 4 is new\n", out)


def test_status_of_what_is_up_to_date(built, manuscript):
    manuscript("build", "toy")
    assert manuscript("status", "toy")[0] == 0


def test_a_failing_cell(built, manuscript):
    before = built.contents()
    built.write_usual("03-survival", "#| label: tbl-cox\n1 / 0")
    status, _, err = manuscript("run", "toy")
    assert status == 1
    assert "error: ZeroDivisionError: division by zero" in err
    assert "03-survival.ipynb, tbl-cox" in err
    assert ".manuscript/toy/failed/03-survival.ipynb" in err
    assert "Traceback" not in err
    assert built.contents() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["build", "toi"], "did you mean 'toy'"),
        (["status", "toi"], "did you mean 'toy'"),
        (["render", "toi"], "did you mean 'toy'"),
        (["run", "toy", "-p", "confidence_levl=0.9"], "did you mean 'confidence_level'"),
        (["run", "toy", "-p", "confidence_level"], "write -p name=value"),
        (["run", "toy", "-p", "confidence_level=[1"], "is not YAML"),
        (["run", "toy", "-p", "study=other"], "name it after the command"),
        (["build", "toy", "--source", "nowhere"], "name the folder that holds the registry tables"),
        (["verify", "toy", "--record", "nowhere"], "name the folder that holds the record"),
    ],
)
def test_bad_input_exits_1(built, manuscript, words, said):
    status, out, err = manuscript(*words)
    assert (status, out) == (1, "")
    assert said in err


@pytest.mark.parametrize(
    "words",
    [
        ["build"],
        ["bild", "toy"],
        ["build", "toy", "--formats", "html,odt"],
        ["build", "toy", "--renderer", "latex"],
        ["status", "toy", "--wy"],
        ["render", "toy", "--style", "ash"],
        ["render", "toy", "--style", "ash-abstract", "--formats", "html"],
    ],
)
def test_a_wrong_call_exits_2(built, manuscript, words):
    assert manuscript(*words)[0] == 2


def test_outside_a_project(tmp_path, monkeypatch, manuscript):
    monkeypatch.chdir(tmp_path)
    status, _, err = manuscript("build", "toy")
    assert status == 1
    assert "_quarto.yml" in err


def test_run_lists_no_document_that_may_be_old(built, manuscript):
    manuscript("build", "toy", "--formats", "html")
    built.write_usual("04-safety", "print(1)")
    assert "paper.html" not in manuscript("run", "toy")[1]


def test_quiet(built, manuscript):
    built.write_usual("04-safety", "print(1)")
    assert manuscript("run", "toy", "--quiet") == (0, "", "")


def test_a_line_for_each_stage_that_runs(built, manuscript):
    built.write_usual("04-safety", "print(1)")
    _, out, _ = manuscript("run", "toy")
    lines = [line for line in out.splitlines() if line.startswith("toy: ")]
    assert [re.sub(r" +", " ", line).rsplit(" ", 2)[0] for line in lines] == [
        "toy: 04-safety ran",
        "toy: record ran",
        "toy: done in",
    ]


def test_list(built, manuscript):
    status, out, _ = manuscript("list")
    assert status == 0
    assert re.search(r"^toy +synthetic +A toy study$", out, re.MULTILINE)


def test_doctor(built, manuscript):
    status, out, _ = manuscript("doctor")
    assert status == 0
    assert re.search(r"^ok +Python +3\.", out, re.MULTILINE)
    assert re.search(r"^ok +embedded engine +.*pandoc 3", out, re.MULTILINE)


def test_doctor_says_how_kernels_are_started(built, manuscript, monkeypatch):
    forked = available()
    _, out, _ = manuscript("doctor")
    assert bool(re.search(r"^ok +kernels +forked from", out, re.MULTILINE)) == forked
    monkeypatch.setenv(WITHOUT, "1")
    _, out, _ = manuscript("doctor")
    assert re.search(rf"^note +kernels +started one by one.*{WITHOUT} is set", out, re.MULTILINE)


def test_doctor_finds_what_is_broken(built, manuscript, monkeypatch):
    monkeypatch.setenv("MANUSCRIPT_QUARTO", "/nonexistent/quarto")
    status, out, _ = manuscript("doctor")
    assert status == 1
    assert re.search(r"^broken +Quarto ", out, re.MULTILINE)


def test_doctor_compares_versions_with_the_lock(built, manuscript):
    (built.root / "requirements.lock").write_text("click==0.0.1 \\\n")
    _, out, _ = manuscript("doctor")
    assert re.search(r"^note +click +.* instead of 0\.0\.1", out, re.MULTILINE)
