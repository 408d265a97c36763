"""Builds cohorts from 62 to a million patients, and prints time and memory per stage.

``python benchmarks/scale.py [--sizes N ...] [--into FOLDER] [--formats html,pdf]`` draws, for
every size, a registry of the shape of the first seed study with ten adverse events a patient,
writes it as CSV into a project of its own, and runs the real ``manuscript build`` there. The study
asks for more than the seed does: a time-dependent group and multiple imputation are analysed as
well. Run it on an idle machine. Nothing is asserted.

Memory is looked at ten times a second, of the build and of all processes below it. Pages that
forked kernels share count once (proportional set size). A stage's peak is that of its own process;
"all" is the peak of everything together.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).parents[1]
STUDY = "aponermin"
SIZES = (62, 1_000, 10_000, 100_000, 1_000_000)
EVENTS = 10
SEED = 20250731
OFTEN = 0.1
SHARED = ("notebooks", "manuscripts/_shared", f"manuscripts/{STUDY}", "_quarto.yml")
SHARED_FILES = (*SHARED, f"data/{STUDY}/claims.yml", "requirements.lock")
#: What the study asks for beside what the seed asks for.
RESPONDER = {
    "label": "Response to therapy",
    "known_at": "on-treatment",
    "recode": {
        "source": "best_response",
        "levels": {"no_response": "No response", "response": "Response"},
        "map": {
            "no_response": ["MR", "SD", "PD", "NE"],
            "response": ["sCR", "CR", "VGPR", "PR"],
        },
    },
}
IMPUTATIONS = 2
STAGE = re.compile(r"^  (\S+) +([0-9.]+) s$", re.MULTILINE)
BUILD, ALL = "build itself", "all"
KERNEL = re.compile(r"/failed/([0-9]{2}-[a-z]+)\.log$")
Text = np.ndarray[Any, np.dtype[np.object_]]
Numbers = np.ndarray[Any, np.dtype[Any]]


class Registry:
    """Draws the tables of one cohort, deterministically.

    Args:
        study: The study's definition, as read from its file.
        n: Patients.
    """

    def __init__(self, study: dict[str, Any], n: int) -> None:
        self._study = study
        self._n = n
        self._draw = np.random.default_rng([SEED, n])
        self._id = np.array([f"R{number:07d}" for number in range(n)], dtype=object)
        self._course = self._times()

    def patients(self) -> pd.DataFrame:
        """Return one row a patient, with the source's column names, as text."""
        table = {self._study["tables"]["patients"]["id"]: self._id}
        for name, variable in self._study["variables"].items():
            table[variable["column"]] = self._column(name, variable)
        return pd.DataFrame(table)

    def adverse_events(self) -> pd.DataFrame:
        """Return ten rows a patient, in no order of patients, as text."""
        source = self._study["tables"]["adverse_events"]
        size = self._n * EVENTS
        classes = self._study["adverse_events"]["classes"].values()
        spellings = [
            word
            for group in classes
            for label, words in group["terms"].items()
            for word in (label, *words[:1])
        ]
        who = self._draw.permutation(np.repeat(np.arange(self._n), EVENTS))
        onset = self._course["start"][who] + self._draw.integers(0, 60, size)
        onset = np.minimum(onset, self._course["last"][who])
        grade = self._draw.choice(["1", "2", "3", "4", "5"], size, p=[0.4, 0.3, 0.2, 0.09, 0.01])
        return pd.DataFrame(
            {
                source["id"]: self._id[who],
                source["columns"]["term"]: self._draw.choice(spellings, size),
                source["columns"]["grade"]: grade,
                source["columns"]["start"]: _dates(onset),
            }
        )

    def _times(self) -> dict[str, Numbers]:
        """Return days since 1970 of everybody's course: an illness-death model."""
        draw, n = self._draw, self._n
        first = int(np.datetime64("2014-01-01").astype("datetime64[D]").astype(int))
        cut = int(np.datetime64(self._study["data_cut"]).astype("datetime64[D]").astype(int))
        start = first + draw.integers(0, cut - first - 400, n)
        last = np.minimum(cut, start + 200 + draw.exponential(1500, n).astype(int))
        progression = start + 20 + draw.exponential(500, n).astype(int)
        death = progression + draw.exponential(500, n).astype(int)
        early = draw.random(n) < 0.1
        death = np.where(early, start + 5 + draw.exponential(300, n).astype(int), death)
        progression = np.where(early | (progression >= last), -1, progression)
        following = np.where(progression >= 0, progression + 14, -1)
        following = np.where((following >= death) | (following >= last), -1, following)
        died = death <= last
        last = np.where(died, death, last)
        death = np.where(died, death, -1)
        response = start + 20 + draw.integers(0, 60, n)
        limit = np.where(progression >= 0, progression, last)
        answered = (draw.random(n) < 0.6) & (response < limit)
        return {
            "start": start,
            "diagnosis": start - 200 - draw.integers(0, 2500, n),
            "answered": answered,
            "response": np.where(answered, response, -1),
            "progression": progression,
            "following": following,
            "death": death,
            "last": last,
        }

    def _column(self, name: str, variable: dict[str, Any]) -> Text:
        course = {
            "diagnosis_date": "diagnosis",
            "therapy_start": "start",
            "first_response_date": "response",
            "progression_date": "progression",
            "next_therapy_date": "following",
            "death_date": "death",
            "last_contact": "last",
        }
        if name in course:
            return _dates(self._course[course[name]])
        if variable["type"] == "response":
            better = self._draw.choice(["CR", "VGPR", "PR"], self._n)
            return np.where(
                self._course["answered"],
                better,
                self._draw.choice(["MR", "SD", "PD", "NE", ""], self._n),
            ).astype(object)
        if variable["type"] == "yes_no":
            values = self._draw.choice(["yes", "no"], self._n, p=[0.3, 0.7])
        elif variable["type"] == "category":
            words = [variable["codes"][level][0] for level in variable["levels"]]
            values = self._draw.choice(words, self._n)
            odd = self._draw.random(self._n) < 0.05
            values = np.where(odd, np.char.upper(values.astype(str)), values)
        elif variable["type"] == "integer":
            low, high = int(variable["minimum"]), int(variable["maximum"])
            values = self._draw.integers(max(low, 1), high, self._n, endpoint=True).astype(str)
        else:
            least = float(variable["minimum"])
            values = np.char.mod("%.1f", least + self._draw.gamma(2.0, 2.0, self._n))
        values = values.astype(object)
        if not variable.get("required"):
            values[self._draw.random(self._n) < 0.03] = ""
        return values


def _dates(days: Numbers) -> Text:
    """Return days since 1970 as ISO dates; blank where negative."""
    distinct, place = np.unique(days, return_inverse=True)
    words = distinct.astype("datetime64[D]").astype(str).astype(object)
    words[distinct < 0] = ""
    return np.asarray(words[place])


def definition() -> dict[str, Any]:
    """Return the seed's definition with a time-dependent group and multiple imputation added."""
    text = (ROOT / "data" / STUDY / "study.yml").read_text(encoding="utf-8")
    study: dict[str, Any] = yaml.load(text, yaml.BaseLoader)
    study["derived"]["responder"] = RESPONDER
    study["survival"]["curves"].append({"variable": "responder", "since": "first_response_date"})
    study["survival"]["imputations"] = IMPUTATIONS
    return study


def write_project(root: Path, n: int) -> None:
    """Write a project with one study of n patients."""
    for name in SHARED_FILES:
        source, target = ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    study = definition()
    registry = Registry(study, n)
    folder = root / "data" / STUDY
    (folder / "raw").mkdir()
    text = yaml.safe_dump(study, allow_unicode=True, sort_keys=False)
    (folder / "study.yml").write_text(text, encoding="utf-8")
    registry.patients().to_csv(folder / study["tables"]["patients"]["file"], index=False)
    registry.adverse_events().to_csv(
        folder / study["tables"]["adverse_events"]["file"], index=False
    )
    paper = root / "manuscripts" / STUDY / "paper.qmd"
    lines = paper.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if "fig-swimmer" not in line]
    paper.write_text("\n".join(kept) + "\n", encoding="utf-8")


@dataclass
class Memory:
    """What was seen of a build's processes while it ran: bytes at their peak, processor seconds.

    Attributes:
        peaks: Peak of each notebook's kernel and of the build itself, which renders the
            documents; pages that processes share are counted in part.
        busy: Processor seconds of the same.
        together: Peak of all processes at one time.
    """

    peaks: dict[str, int] = field(default_factory=dict)
    busy: dict[str, float] = field(default_factory=dict)
    together: int = 0

    def watch(self, process: subprocess.Popen[str], done: threading.Event) -> None:
        """Look at the processes until the build is done."""
        while not done.wait(OFTEN):
            found = {pid: _proportional(pid) for pid in _below(process.pid)}
            self.together = max(self.together, sum(found.values()))
            for pid, size in found.items():
                stage = BUILD if pid == process.pid else _stage_of(pid)
                if stage:
                    self.peaks[stage] = max(self.peaks.get(stage, 0), size)
                    self.busy[stage] = max(self.busy.get(stage, 0.0), _busy(pid))


def _below(pid: int) -> Iterator[int]:
    """Yield a process and all processes that it started, directly or not."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _below(int(child))


def _proportional(pid: int) -> int:
    with suppress(OSError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _busy(pid: int) -> float:
    """Return the processor seconds of a process so far."""
    with suppress(OSError, ProcessLookupError):
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _stage_of(pid: int) -> str | None:
    """Return the notebook that a process is the kernel of: it holds that one's log open."""
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            found = KERNEL.search(str(descriptor.readlink()))
            if found:
                return found.group(1)
    return None


@dataclass(frozen=True)
class Measured:
    """What one build took: seconds by stage and in all, and memory."""

    n: int
    seconds: dict[str, float]
    total: float
    memory: Memory


def build(root: Path, n: int, formats: str) -> Measured:
    """Run ``manuscript build`` in a project and measure it."""
    command = [sys.executable, "-c", "from helpers.cli import main; main()", "build", STUDY]
    command += ["--formats", formats]
    environment = {**os.environ, "MANUSCRIPT_ROOT": str(root)}
    memory, done = Memory(), threading.Event()
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watcher = threading.Thread(target=memory.watch, args=(process, done))
    watcher.start()
    said, _ = process.communicate()
    total = time.perf_counter() - began
    done.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"the build of {n} patients failed:\n{said}")
    seconds = {name: float(value) for name, value in STAGE.findall(said)}
    return Measured(n, seconds, total, memory)


def report(one: Measured) -> None:
    """Print a build's stages, with seconds and peak memory."""
    print(f"\n{one.n:,} patients, {one.n * EVENTS:,} adverse events\n")
    print("| stage | clock, s | processor, s | memory, GB |\n|---|--:|--:|--:|")
    for stage in dict.fromkeys([*one.seconds, *sorted(one.memory.peaks), ALL]):
        clock = one.total if stage == ALL else one.seconds.get(stage)
        held = one.memory.together if stage == ALL else one.memory.peaks.get(stage)
        _line(stage, clock, one.memory.busy.get(stage), held and held / 1e9)


def exponents(runs: list[Measured]) -> None:
    """Print by which power of the patients time and memory grow, from each size to the next."""
    for before, after in itertools.pairwise(runs):
        print(f"\nexponents from {before.n:,} to {after.n:,} patients\n")
        print("| stage | clock | processor | memory |\n|---|--:|--:|--:|")
        for stage in dict.fromkeys([*after.seconds, *sorted(after.memory.peaks)]):
            clock = _power(before, after, before.seconds.get(stage), after.seconds.get(stage))
            busy = _power(before, after, *(run.memory.busy.get(stage) for run in (before, after)))
            held = _power(before, after, *(run.memory.peaks.get(stage) for run in (before, after)))
            _line(stage, clock, busy, held)
        clock = _power(before, after, before.total, after.total)
        _line(
            ALL, clock, None, _power(before, after, *(r.memory.together for r in (before, after)))
        )


def _line(stage: str, *values: float | None) -> None:
    cells = ("" if value is None else f"{value:.2f}" for value in values)
    print(f"| {stage} | {' | '.join(cells)} |", flush=True)


def _power(
    before: Measured, after: Measured, first: float | None, second: float | None
) -> float | None:
    if not first or not second:
        return None
    return math.log(second / first) / math.log(after.n / before.n)


def main() -> None:
    """Build every size and print what it took."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    arguments.add_argument("--into", type=Path, help="keep the projects below this folder")
    arguments.add_argument("--formats", default="html,docx,pdf,jats")
    given = arguments.parse_args()
    runs = []
    with tempfile.TemporaryDirectory(prefix="scale-") as scratch:
        for n in sorted(given.sizes):
            root = (given.into or Path(scratch)).resolve() / str(n)
            shutil.rmtree(root, ignore_errors=True)
            write_project(root, n)
            runs.append(build(root, n, given.formats))
            report(runs[-1])
            if given.into is None:
                shutil.rmtree(root)
    exponents(runs)


if __name__ == "__main__":
    main()
