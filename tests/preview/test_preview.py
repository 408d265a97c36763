"""``manuscript preview``: what a page shows while its sources are saved, through the command."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from helpers.cli import main
from helpers.pipeline.forks import available
from helpers.preview.page import with_client


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def paper(built) -> Path:
    return built.root / "manuscripts" / "toy" / "paper.qmd"


def processes_below(pid: int) -> list[psutil.Process]:
    """The processes that a process has started and that still run."""
    return psutil.Process(pid).children(recursive=True)


def test_a_page_follows_its_source(built, paper, preview):
    running = preview()
    first = running.until_built()
    assert "toys were studied" in running.page()
    assert sorted(path.suffix for path in built.outputs.glob("paper.*")) == [".html"]
    edit(paper, "were studied", "were looked at")
    running.until_built(first)
    assert "toys were looked at" in running.page()


def test_numbers_answer_in_the_preview_and_follow_their_source(built, paper, preview):
    running = preview()
    first = running.until_built()
    page = running.page("site/paper")
    assert 'id="walk-facts"' in page and f'data-version="{first["version"]}"' in page
    assert "walk-bar" in page
    for name in ("assets/walk.js", "assets/walk.css", "notebooks/02-response.html", "ledger.html"):
        assert running.ask(f"/site/{name}")[0] == 200
    edit(paper, "were studied", "were looked at")
    running.until_built(first)
    assert "toys were looked at" in running.page("site/paper")


def test_the_script_is_served_and_never_written(built, preview):
    running = preview()
    version = running.until_built()["version"]
    tag = f'<script src="/.preview/client.js" data-version="{version}"></script>'
    file = (built.outputs / "paper.html").read_text()
    assert running.page() == file.replace("</body>", f"{tag}</body>")
    assert ".preview" not in file
    assert "EventSource" in running.ask("/.preview/client.js")[1]


def test_a_broken_source_is_shown_over_the_last_good_page(built, paper, preview):
    running = preview()
    good = running.until_built()
    page, text = running.page(), paper.read_text()
    paper.write_text(text.replace("n.response.patients.value", "n.response.patiens.value"))
    bad = running.until("problem", lambda state: state["problem"])
    assert bad["version"] == good["version"]
    assert "patiens" in bad["problem"]["what"]
    assert "paper.qmd" in bad["problem"]["where"]
    assert "n.response.patients" in bad["problem"]["remedy"]
    running.until_said("the last good page stands")
    for part in bad["problem"].values():
        assert part in running.output
    assert running.page() == page
    paper.write_text(text.replace("were studied", "were mended"))
    running.until_built(good)
    assert "toys were mended" in running.page()


def test_taking_a_mistake_back_clears_it_without_a_new_version(built, paper, preview):
    running = preview()
    good = running.until_built()
    text = paper.read_text()
    paper.write_text(text.replace("n.response", "n.nothing"))
    running.until("problem", lambda state: state["problem"])
    paper.write_text(text)
    running.until("all clear", lambda state: not state["problem"] and not state["building"])
    assert running.states[-1]["version"] == good["version"]


def test_a_saved_notebook_runs_alone(built, preview):
    running = preview()
    first = running.until_built()
    built.write_usual("03-survival", "#| label: extra\nprint('further')")
    running.until_built(first)
    ran = re.findall(r"^toy: ([\w-]+) +ran", running.output, re.MULTILINE)
    assert ran == ["documents", "site", "03-survival", "record", "documents", "site"]


@pytest.mark.skipif(not available(), reason="this system forks no kernels")
def test_a_saved_notebook_runs_on_a_forked_kernel(built, preview):
    running = preview()
    first = running.until_built()
    parent = built.root / "parent"
    tell = f"Path({str(parent)!r}).write_text(Path(f'/proc/{{os.getppid()}}/cmdline').read_text())"
    built.write_usual("04-safety", f"#| label: tell\nnumber = {tell}")
    running.until_built(first)
    assert "fork_server" in parent.read_text()


def test_a_failing_notebook_and_a_table(built, preview):
    running = preview()
    first = running.until_built()
    built.write_usual("04-safety", "#| label: tbl-wrong\n1 / 0")
    problem = running.until("problem", lambda state: state["problem"])["problem"]
    assert problem["what"] == "ZeroDivisionError: division by zero"
    assert problem["where"] == "04-safety.ipynb, tbl-wrong"
    built.write_usual("04-safety")
    built.raw.write_text(built.raw.read_text() + "e,no,2020-01-01,,2021-01-01\n")
    running.until_built(first)
    assert ">5</span> toys were studied" in running.page()


def test_a_mistake_in_study_yml(built, preview):
    running = preview()
    first = running.until_built()
    path = built.root / "data" / "toy" / "study.yml"
    edit(path, "provenance: synthetic", "provenence: synthetic")
    problem = running.until("problem", lambda state: state["problem"])["problem"]
    assert "provenence" in f"{problem}"
    edit(path, "provenence: synthetic", "provenance: synthetic")
    running.until("all clear", lambda state: not state["problem"] and not state["building"])
    assert running.states[-1]["version"] == first["version"]


def test_tables_that_lie_elsewhere_are_watched(built, preview, tmp_path):
    table = tmp_path / "elsewhere" / "raw" / "patients.csv"
    table.parent.mkdir(parents=True)
    shutil.copy(built.raw, table)
    running = preview("--source", str(tmp_path / "elsewhere"))
    first = running.until_built()
    table.write_text(table.read_text() + "e,no,2020-01-01,,2021-01-01\n")
    running.until_built(first)
    assert running.output.count("01-cleaning") == 2


def test_quick_saves_are_one_build(built, paper, preview):
    running = preview()
    first = running.until_built()
    text = paper.read_text()
    for number in range(20):
        paper.write_text(text.replace("were studied", f"were studied {number} times"))
    running.until_built(first)
    assert "19 times" in running.page()
    assert running.output.count("toy: built in") == 2


def test_a_save_that_changes_nothing_reloads_nothing(built, paper, preview):
    running = preview()
    first = running.until_built()
    paper.write_text(paper.read_text())
    running.until_said("toy: up to date")
    assert {state["version"] for state in running.states if not state["building"]} == {
        first["version"]
    }


def test_a_save_while_a_notebook_never_ends(built, preview):
    running = preview()
    first = running.until_built()
    begun = built.root / "begun"
    endless = f"#| label: endless\nopen({str(begun)!r}, 'w').close()\nwhile True: pass"
    built.write_usual("03-survival", endless)
    running.until_there(begun)
    built.write_usual("03-survival", "print('mended')")
    running.until_built(first)


def test_a_saved_module_takes_effect(built, package, preview):
    running = preview()
    first = running.until_built()
    module = package / "manuscript" / "__init__.py"
    text = module.read_text()
    module.write_text(f"{text}\nthis is no Python\n")
    problem = running.until("problem", lambda state: state["problem"])["problem"]
    assert "SyntaxError" in problem["what"]
    line = len(text.splitlines()) + 2
    assert problem["where"] == f"src/helpers/manuscript/__init__.py, line {line}"
    assert "toys were studied" in running.page()
    module.write_text(
        f'{text}\nADDED = str("counts, since it is made when the module is imported")\n'
    )
    running.until_built(first)


def test_a_package_that_cannot_even_be_imported(built, package, preview):
    running = preview()
    running.until_built()
    module = package / "errors.py"
    text = module.read_text()
    module.write_text("1 / 0\n")
    problem = running.until("problem", lambda state: state["problem"])["problem"]
    assert problem["what"] == "ZeroDivisionError: division by zero"
    assert "errors.py" in problem["where"]
    assert "toys were studied" in running.page()
    module.write_text(text)
    running.until("all clear", lambda state: not state["problem"] and not state["building"])


def test_a_building_process_that_is_killed(built, paper, preview):
    running = preview()
    first = running.until_built()
    for process in processes_below(running.process.pid):
        process.kill()
    running.until("problem", lambda state: state["problem"])
    edit(paper, "were studied", "were looked at")
    running.until_built(first)


def test_ctrl_c_ends_it_with_nothing_left(built, preview):
    running = preview()
    running.until_built()
    left = processes_below(running.process.pid)
    assert left
    assert running.end() == 0
    assert not any(process.is_running() for process in left)
    assert "Traceback" not in running.output
    assert running.output.endswith("toy: the preview has ended\n")


def test_ctrl_c_in_the_middle_of_a_build(built, preview):
    begun = built.root / "begun"
    endless = f"#| label: endless\nopen({str(begun)!r}, 'w').close()\nwhile True: pass"
    built.write_usual("03-survival", endless)
    before = built.contents()
    running = preview()
    running.until_there(begun)
    left = processes_below(running.process.pid)
    assert running.end() == 0
    assert not any(process.is_running() for process in left)
    assert "Traceback" not in running.output
    assert built.contents() == before


def test_a_preview_that_is_killed_leaves_nothing_at_work(built, preview):
    begun = built.root / "begun"
    endless = f"#| label: endless\nopen({str(begun)!r}, 'w').close()\nwhile True: pass"
    built.write_usual("03-survival", endless)
    running = preview()
    running.until_there(begun)
    left = processes_below(running.process.pid)
    assert left
    running.process.kill()
    assert psutil.wait_procs(left, timeout=30)[1] == []


def test_nothing_built_yet(toy, preview):
    edit(toy.root / "data" / "toy" / "study.yml", "title:", "titel:")
    running = preview()
    running.until("problem", lambda state: state["problem"])
    assert "No document has been built yet" in running.ask("/")[1]
    assert running.ask("/paper.html")[0] == 404
    edit(toy.root / "data" / "toy" / "study.yml", "titel:", "title:")
    running.until_built(running.states[0])
    assert '<a href="/site/paper.html">paper.html</a>' in running.ask("/")[1]
    assert "toys were studied" in running.page()


OUTSIDE = [
    "/../../_quarto.yml",
    "/%2e%2e/%2e%2e/_quarto.yml",
    "/..%2f..%2f_quarto.yml",
    "/figures/../../../_quarto.yml",
    "//../../_quarto.yml",
    "/..%5c..%5c_quarto.yml",
    "/%2e%2e%2f%2e%2e%2fdata/toy/raw/patients.csv",
    "/leading-out/raw/patients.csv",
    "/..",
]


def test_what_is_refused(built, preview):
    (built.outputs / "leading-out").symlink_to(built.root / "data" / "toy")
    running = preview()
    running.until_built()
    (built.outputs / "leading-out").unlink(missing_ok=True)
    (built.outputs / "leading-out").symlink_to(built.root / "data" / "toy")
    for path in OUTSIDE:
        status, body, _ = running.ask(path)
        assert status == 403, path
        assert "a,yes" not in body and "colophon" not in body
    for path in ("/nothing.html", "/figures", "/%00", "/" + 5000 * "a", "/%ff"):
        assert running.ask(path)[0] in (400, 404), path
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        status, _, headers = running.ask("/paper.html", method)
        assert (status, headers["Allow"]) == (405, "GET, HEAD")
    for host in ("example.org", f"example.org:{running.port}", "127.0.0.1", ""):
        assert running.ask("/paper.html", Host=host)[0] == 403
    assert running.ask("/paper.html", Host=f"localhost:{running.port}")[0] == 200


def test_head_and_other_files(built, preview):
    running = preview()
    running.until_built()
    status, body, headers = running.ask("/paper.html", "HEAD")
    assert (status, body) == (200, "")
    assert int(headers["Content-Length"]) == len(running.page().encode())
    assert headers["Cache-Control"] == "no-store"
    assert running.ask("/.preview/events", "HEAD")[0] == 200
    assert json.loads(running.ask("/ledger.json")[1])


def test_no_other_address_answers(built, preview):
    running = preview()
    table = Path("/proc/net/tcp")
    if not table.is_file():
        pytest.skip("there is no /proc/net/tcp here to look the addresses up in")
    listening = [
        line.split()[1].split(":")
        for file in (table, Path("/proc/net/tcp6"))
        if file.is_file()
        for line in file.read_text().splitlines()[1:]
        if line.split()[3] == "0A"
    ]
    ours = [address for address, port in listening if int(port, 16) == running.port]
    assert ours == ["0100007F"]


def test_a_port_that_is_taken(built, preview):
    running = preview()
    words = ["preview", "toy", "--no-browser", "--port", str(running.port)]
    done = subprocess.run(
        [sys.executable, "-c", "from helpers.cli import main; main()", *words],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert f"error: port {running.port} cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_page_without_an_end_gets_the_script_too():
    assert with_client(b"<p>x", "v").startswith(b"<p>x<script")
    twice = with_client(b"<body></body><!-- </body> --></body>", "v")
    assert twice.endswith(b"</script></body>")
    assert twice.count(b"<script") == 1


def test_an_open_page_reloads_itself(built, paper, preview, browser):
    running = preview()
    running.until_built()
    page = browser(f"http://127.0.0.1:{running.port}/paper.html")
    page.until_shows("The paper")
    edit(paper, "The paper", "The other paper")
    page.until_shows("The other paper")


def test_an_open_page_survives_a_mistake(built, paper, preview, browser):
    """The script is still at work after a problem: what mends it reaches the page."""
    running = preview()
    running.until_built()
    page = browser(f"http://127.0.0.1:{running.port}/paper.html")
    page.until_shows("The paper")
    edit(paper, "n.response", "n.nothing")
    running.until("problem", lambda state: state["problem"])
    page.until_shows("The paper")
    edit(paper, "n.nothing", "n.response")
    edit(paper, "The paper", "The mended paper")
    page.until_shows("The mended paper")


def test_the_problem_lies_over_the_page(built, paper, preview, shown):
    running = preview()
    running.until_built()
    edit(paper, "n.response", "n.nothing")
    running.until("problem", lambda state: state["problem"])
    shown(f"http://127.0.0.1:{running.port}/paper.html", "manuscript-preview")
    assert "<manuscript-preview" not in running.page()


def test_a_study_that_there_is_not(built, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["manuscript", "preview", "toi", "--no-browser"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert "did you mean 'toy'" in capsys.readouterr().err
