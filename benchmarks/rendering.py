"""Measures the embedded engine: all formats of a paper against one pandoc call for its HTML.

Run it on an idle machine: ``python benchmarks/rendering.py [STUDY ...]``. It prints the median
seconds on the clock and of the processors, and the ratio to one pandoc call, which is what can be
compared between machines; nothing is asserted. Every rendering is the first one of a process of its
own, because typst remembers what it laid out before; its imports are not counted. "long" is a
paper made from the first study's by giving its body again until it has 25 pages or more.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from helpers.manuscript.embedded import PANDOC_VARIABLE, READER, find_pandoc, write_inputs
from helpers.manuscript.prepass import prepare
from helpers.manuscript.sources import read_project, read_source

ROOT = Path(__file__).parents[1]
FORMATS = ("html", "docx", "pdf", "jats")
REPEATS = 5
PAGE = re.compile(rb"/Type\s*/Page\b")


RENDER = """
import os, sys, time
from pathlib import Path
from helpers.manuscript import render_study
clock, before = time.perf_counter(), sum(os.times()[:4])
root, study, output = sys.argv[1:]
render_study(
    Path(root), study, documents=("paper",), renderer="embedded", output=Path(output)
)
print(time.perf_counter() - clock, sum(os.times()[:4]) - before)
"""


@dataclass(frozen=True)
class Spent:
    """Median seconds of a task: on the clock, and of all processors together."""

    clock: float
    processors: float


def rendering(root: Path, study: str, output: Path) -> Spent:
    """Return what all formats of a paper take, each time in a fresh process."""
    command = [sys.executable, "-c", RENDER, str(root), study, str(output)]
    runs = []
    for _ in range(REPEATS + 1):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        clock, processors = done.stdout.split()
        runs.append((float(clock), float(processors)))
    clocks, processors_used = zip(*runs[1:], strict=True)  # the first one warms the disk
    return Spent(statistics.median(clocks), statistics.median(processors_used))


def seconds(task: Callable[[], object]) -> float:
    """Return the median wall-clock seconds of a task, after one run that warms the disk."""
    task()
    spent = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        task()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def one_pandoc_call(root: Path, study: str, folder: Path) -> Callable[[], object]:
    """Return a task that has pandoc read the prepared Markdown and write HTML, and no more."""
    source = read_source(read_project(root), study, "paper")
    prepared = prepare(source, folder)

    def table(match: re.Match[str]) -> str:
        return f"```{{=html}}\n{prepared.tables[int(match[1]) - 1]}\n```"

    whole = re.sub(r"```\{=table\}\n(\d+)\n```", table, prepared.markdown)
    write_inputs(replace(prepared, markdown=whole), folder)
    command = [*find_pandoc(os.environ.get(PANDOC_VARIABLE)).command, "document.md"]
    command += [f"--from={READER}", "--to=html5", "--output=plain.html"]
    return lambda: subprocess.run(command, cwd=folder, check=True)


def lengthened(study: str, root: Path, times: int) -> None:
    """Copy a study into a project of its own, with its body given several times."""
    shutil.copyfile(ROOT / "_quarto.yml", root / "_quarto.yml")
    for folder in ("manuscripts/_shared", f"manuscripts/{study}", f"outputs/{study}"):
        shutil.copytree(ROOT / folder, root / folder)
    path = root / "manuscripts" / study / "paper.qmd"
    head, mark, rest = path.read_text("utf-8").partition("\n# Introduction")
    body, end, tail = rest.partition("\n# Declarations")
    prose = re.sub(r"\{\{< embed [^>]*>\}\}|\{#[\w-]+\}|^::: .*$|^:::$", "", body, flags=re.M)
    more = "".join(f"\n# Introduction, part {n}\n{prose}" for n in range(2, times + 1))
    path.write_text(head + mark + body + more + end + tail, encoding="utf-8")


def measure(name: str, root: Path, study: str, folder: Path) -> None:
    """Print one line: pages, seconds of both tasks, and their ratio."""
    ours = rendering(root, study, folder / "documents")
    theirs = seconds(one_pandoc_call(root, study, folder / "plain"))
    pages = len(PAGE.findall((folder / "documents" / "paper.pdf").read_bytes()))
    print(f"{name:<12}{pages:>3} pages  {len(FORMATS)} formats {ours.clock:5.2f} s", end=" ")
    print(f"({ours.processors:5.2f} s of processors)", end="  ")
    print(f"one pandoc call {theirs:5.2f} s  ratio {ours.clock / theirs:5.1f}", flush=True)


def main() -> None:
    """Measure the named studies, or both seed studies, and the long paper."""
    studies = sys.argv[1:] or ["aponermin", "fhrmm"]
    with tempfile.TemporaryDirectory() as scratch:
        for study in studies:
            measure(study, ROOT, study, Path(scratch) / study)
        root = Path(scratch) / "project"
        root.mkdir()
        lengthened(studies[0], root, 3)
        measure("long", root, studies[0], Path(scratch) / "long")


if __name__ == "__main__":
    main()
