"""Forked kernels: the same results as ordinary ones, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import gone, wait_for

from helpers import scratch
from helpers.errors import ManuscriptError
from helpers.pipeline import build_study, run_notebooks
from helpers.pipeline.environment import kernel_environment
from helpers.pipeline.forks import WITHOUT, ForkServer, available, load_server, modules_of, resident
from helpers.scratch import scratch_folder

pytestmark = pytest.mark.skipif(not available(), reason="this system forks no kernels")

#: What would differ if a forked kernel were not what a fresh one is.
TELLING = """
#| label: telling
import locale, os, sys
import matplotlib, pandas
print(os.getcwd() == os.environ["MANUSCRIPT_ROOT"], sys.argv[0].rsplit("/")[-1])
print([place for place in sys.path if "python" not in place and "src" not in place])
print(matplotlib.get_backend(), pandas.get_option("display.width"), locale.getpreferredencoding())
print(sorted(name for name in os.environ if name.startswith(("OMP", "TZ", "MANUSCRIPT_R"))))
print(pandas.DataFrame({f"a long name {n}": [n] * 3 for n in range(12)}))
"""
PLOT = """
#| label: plot
import matplotlib.pyplot as plt
plt.plot([1, 3, 2])
plt.title("α ≥ β")
plt.show()
"""
WHO = """
#| label: who
import os, random
from pathlib import Path
import numpy
parent = Path(f"/proc/{os.getppid()}/cmdline").read_text()
said = f"{'fork_server' in parent} {random.random()} {numpy.random.random()} {os.getpid()}"
length = Path(os.environ["TOLD"], name).write_text(said)
"""


def told(folder: Path) -> dict[str, list[str]]:
    return {path.name: path.read_text().split() for path in sorted(folder.iterdir())}


@pytest.fixture
def telling(toy, tmp_path, monkeypatch):
    """The toy project, whose notebooks show their surroundings and tell who their parent is."""
    for name in ("01-cleaning", "02-response", "04-safety"):
        toy.write_usual(name, TELLING, PLOT, WHO)
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))
    (tmp_path / "told").mkdir()
    return toy


def test_forked_and_ordinary_kernels_leave_the_same_bytes(telling, tmp_path, monkeypatch):
    build_study(telling.root, telling.study, render=False)
    forked, by = telling.contents(), told(tmp_path / "told")
    assert by["02-response"][0] == by["04-safety"][0] == "True"
    outputs = json.loads(forked["02-response.ipynb"])["cells"][-2]["outputs"]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    monkeypatch.setenv(WITHOUT, "1")
    build_study(telling.root, telling.study, render=False, force=True)
    assert {told(tmp_path / "told")[name][0] for name in by} == {"False"}
    assert telling.contents() == forked


def test_forked_kernels_share_neither_process_nor_random_numbers(telling, tmp_path):
    build_study(telling.root, telling.study, render=False)
    said = told(tmp_path / "told")
    for part in (1, 2, 3):
        assert said["02-response"][part] != said["04-safety"][part]


def test_a_resident_server_serves_every_notebook_of_the_next_build(telling, tmp_path):
    server = load_server(sorted((telling.root / "notebooks").glob("*.ipynb")), telling.root)
    try:
        assert server.ready(wait=True)
        build_study(telling.root, telling.study, render=False, forks=server)
    finally:
        server.close()
    assert {name: words[0] for name, words in told(tmp_path / "told").items()} == dict.fromkeys(
        ("01-cleaning", "02-response", "04-safety"), "True"
    )


def test_a_resident_server_serves_one_run_after_another(telling, tmp_path):
    with resident(telling.root) as server:
        assert server is not None
        assert server.ready(wait=True)
        for name in ("one", "two"):
            run_notebooks(telling.root, telling.study, tmp_path / name, forks=server)
            assert {words[0] for words in told(tmp_path / "told").values()} == {"True"}
    assert (tmp_path / "one/ledger.json").read_bytes() == (
        tmp_path / "two/ledger.json"
    ).read_bytes()
    assert gone(server.pid)


def test_there_is_no_resident_server_where_kernels_are_not_forked(toy, monkeypatch):
    monkeypatch.setenv(WITHOUT, "1")
    with resident(toy.root) as server:
        assert server is None


def test_one_stale_notebook_does_not_wait_for_a_server(telling, tmp_path):
    build_study(telling.root, telling.study, render=False)
    telling.write_usual("04-safety", WHO, "#| label: more\nprint('more')")
    build_study(telling.root, telling.study, render=False)
    assert told(tmp_path / "told")["04-safety"][0] == "False"


def test_modules_are_those_that_notebooks_import(toy):
    toy.write_notebook("02-response", "import json as j\nfrom os import path\nthis is no code")
    toy.write_notebook("03-survival", "import json as j\nfrom helpers.analyses import survival")
    found = modules_of([toy.notebook("02-response"), toy.notebook("03-survival")])
    assert found == ("helpers.analyses", "helpers.analyses.survival", "json")


def test_a_library_that_starts_a_thread_is_not_forked(toy, tmp_path, monkeypatch):
    thread = "threading.Thread(target=time.sleep, args=[60], daemon=True)"
    (tmp_path / "threaded.py").write_text(f"import threading, time\n{thread}.start()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    toy.write_usual("02-response", "import threaded")
    server = load_server([toy.notebook("02-response")], toy.root)
    try:
        assert not server.ready(wait=True)
        assert server.problem == "it has 2 threads"
        build_study(toy.root, toy.study, render=False, forks=server)
    finally:
        server.close()
    assert "ledger.json" in toy.contents()


def test_a_module_that_cannot_be_imported_is_its_notebooks_own_error(toy):
    toy.write_usual("02-response", "#| label: broken\nimport nowhere_to_be_found")
    with pytest.raises(ManuscriptError, match="nowhere_to_be_found") as caught:
        build_study(toy.root, toy.study, render=False)
    assert caught.value.where == "02-response.ipynb, broken"


def test_a_server_that_ended_leaves_ordinary_kernels(toy):
    server = ForkServer(["json"], kernel_environment({}), toy.root)
    os.kill(server.pid, signal.SIGKILL)
    assert not server.ready(wait=True)
    assert server.problem == "it ended"
    build_study(toy.root, toy.study, render=False, forks=server)
    server.close()
    assert "ledger.json" in toy.contents()


def test_a_server_that_ends_while_it_is_needed_is_one_clear_error(built):
    before = built.contents()
    server = ForkServer(["json"], kernel_environment({}), built.root)
    assert server.ready(wait=True)
    os.kill(server.pid, signal.SIGKILL)
    with pytest.raises(ManuscriptError, match="does not answer") as caught:
        build_study(built.root, built.study, render=False, forks=server, force=True)
    server.close()
    assert WITHOUT in caught.value.remedy
    assert built.contents() == before


def test_a_killed_build_leaves_neither_server_nor_kernel(telling, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(scratch.tempfile, "tempdir", None)
    telling.write_usual("02-response", WHO, "import time; time.sleep(600)")
    code = "from helpers.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "run", telling.study],
        cwd=telling.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    say = tmp_path / "told" / "02-response"
    said = wait_for(lambda: say.is_file() and say.read_text(), "word from the kernel")
    forked, *_, kernel = said.split()
    assert forked == "True"
    server = int(Path(f"/proc/{kernel}/stat").read_text().rsplit(")", 1)[1].split()[1])
    process.kill()
    process.wait()
    wait_for(lambda: gone(int(kernel)) and gone(server), "end of kernel and server")
    assert [path.name for path in temporary.glob("manuscript-kernel-*")]
    scratch.clear_abandoned.cache_clear()
    with scratch_folder("next") as folder:
        assert list(temporary.glob("manuscript-*")) == [folder.parent]
