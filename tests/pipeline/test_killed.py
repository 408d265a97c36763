"""A build that is killed at any instant: the last good record stands, and the next finishes.

The build runs in a process of its own and kills its whole group when it comes to a given one of
its steps on the file system: every rename, removal, copy and opening for writing is an instant
at which the power may fail. The cells run within that process, without a kernel, so that many
instants take little time; test_failures kills a build with its kernels.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.pipeline.layout import owned

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kills a process group")

#: Forks a process for every build that it is asked for: its libraries are loaded once. Each one
#: counts what it is about to do to files below the project, and dies at the step asked for.
BUILDS = """
import json, os, signal, sys, types
from pathlib import Path

import nbformat

CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "shutil.copytree"}

def watch(root, at, log):
    steps = 0

    def hook(event, args):
        nonlocal steps
        if event == "open":
            path, mode, _ = args
            if not (isinstance(mode, str) and set(mode) & set("wax+")):
                return
        elif event == "ctypes.dlsym" or event in CHANGES:
            path = args[0]
        else:
            return
        path = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else root
        if not os.path.abspath(path).startswith(root):
            return
        steps += 1
        log.write(f"{steps} {event} {os.path.relpath(path, root)}\\n")
        log.flush()
        if steps == at:
            os.killpg(0, signal.SIGKILL)

    sys.addaudithook(hook)

def execute(notebook, parameters, launch):
    found = nbformat.read(notebook, as_version=4)
    os.environ.update(launch.environment)
    names = {}
    for count, cell in enumerate(found.cells, start=1):
        exec(cell.source, names)
        names.update(parameters)
        cell.execution_count = count
    return found

plain = types.ModuleType("helpers.pipeline.execution")
plain.Launch, plain.OnCell, plain.execute = types.SimpleNamespace, None, execute
sys.modules[plain.__name__] = plain
os.environ["MANUSCRIPT_NO_FORK"] = "1"
import helpers.cli.build, helpers.ledger, helpers.manuscript, helpers.pipeline.stages
import helpers.pipeline.notebooks, helpers.study
from helpers.cli import main

for line in sys.stdin:
    root, at, log = json.loads(line)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.chdir(root)
        watch(root, at, open(log, "w"))
        sys.argv = ["manuscript", *"build toy -q --renderer embedded --formats html".split()]
        main()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
KILLS = 12
DOCUMENT = re.compile(r"outputs/.*(?:abstract|paper)")
KINDS = ("record", "documents", "site")


def contents(outputs: Path, *, hidden: bool = False) -> dict[str, bytes]:
    """The files below a folder; those that a reader does not see only where they are asked for."""
    found = [path for path in sorted(outputs.rglob("*")) if path.is_file()]
    names = {path.relative_to(outputs).as_posix(): path for path in found}
    return {
        name: path.read_bytes()
        for name, path in names.items()
        if hidden or not name.startswith(".")
    }


def split(found: dict[str, bytes]) -> list[dict[str, bytes]]:
    """The record, the documents and the site: each stands as a whole."""
    parts: list[dict[str, bytes]] = [{} for _ in KINDS]
    for name, body in found.items():
        parts[0 if owned(name) else 2 if name.startswith("site/") else 1][name] = body
    return parts


class Killed:
    """A project in its last good state, and what a build of its changed sources leaves."""

    def __init__(self, folder: Path, template: Path, builds: subprocess.Popen[str]) -> None:
        self.folder = folder
        self.builds = builds
        self.start = folder / "start"
        shutil.copytree(template, self.start)
        for name in ("03-survival", "04-safety"):
            (self.start / f"notebooks/{name}.ipynb").unlink()
        self.build(self.start)
        self.before = contents(self.start / "outputs/toy")
        table = self.start / "data/toy/raw/patients.csv"
        table.write_text(table.read_text() + "e,yes,2020-01-01,,2021-01-01\n")
        clean = folder / "clean"
        shutil.copytree(self.start, clean)
        self.steps = self.build(clean)
        self.after = contents(clean / "outputs/toy")

    def build(self, root: Path, *, die: int = 0) -> list[str]:
        """Build in a process that dies at a step; return the steps that it came to."""
        log = self.folder / "log"
        assert self.builds.stdin is not None
        assert self.builds.stdout is not None
        print(json.dumps([str(root), die, str(log)]), file=self.builds.stdin, flush=True)
        assert int(self.builds.stdout.readline()) == (-signal.SIGKILL if die else 0)
        return log.read_text().splitlines()

    def at(self, step: int) -> None:
        """Kill a build at a step; look at what stands; build again."""
        root = self.folder / "killed"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.start, root)
        reached = self.build(root, die=step)
        outputs = root / "outputs/toy"
        found, place = contents(outputs), reached[-1]
        kinds = zip(split(found), split(self.before), split(self.after), strict=True)
        for kind, (here, old, new) in zip(KINDS, kinds, strict=True):
            assert here in (old, new), f"{kind}, {place}"
        self.build(root)
        assert contents(outputs, hidden=True) == self.after, place
        assert [path.name for path in outputs.parent.iterdir()] == ["toy"], place


@pytest.fixture(scope="module")
def killed(tmp_path_factory, toy_template) -> Iterator[Killed]:
    builds = subprocess.Popen(
        [sys.executable, "-c", BUILDS], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with builds:
        yield Killed(tmp_path_factory.mktemp("killed"), toy_template, builds)


def instants(taken: list[str]) -> list[int]:
    """Every step that places a document, some of those that touch outputs or put a stage in
    place, and some of all the others."""
    numbers = {int(line.split()[0]): line for line in taken}
    decisive = [n for n, line in numbers.items() if "outputs" in line or "dlsym" in line]
    spread = [round(n * len(numbers) / KILLS) or 1 for n in range(KILLS)]
    thinned = decisive[:: max(1, len(decisive) // KILLS)]
    documents = [n for n, line in numbers.items() if DOCUMENT.search(line)]
    assert documents
    return sorted({*spread, *thinned, *documents})


def test_the_steps_are_seen(killed):
    """A test that looked at nothing would pass as well."""
    assert killed.before != killed.after
    seen = "\n".join(killed.steps)
    for word in ("stages/.01-cleaning.new", "outputs/.toy.new", "gathered", "os.rename"):
        assert word in seen


def test_killed_anywhere(killed):
    looked_at = instants(killed.steps)
    assert len(looked_at) >= KILLS
    for step in looked_at:
        killed.at(step)
