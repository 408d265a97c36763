"""A study's notebooks by this project, by one plain script and by three tools of the trade.

    python benchmarks/tools.py                              installs the others' tools for the run
    python benchmarks/tools.py --rivals VENV/bin/python     where snakemake and jupyter-cache are
    python benchmarks/tools.py --write                      and puts the table into the README

Everybody runs the same notebooks on the same tables, with this interpreter and its libraries, in a
copy of the project. Whatever one leaves is held, byte for byte, to what the plain script left. The
repetitions are interleaved, so that a busy moment meets all; the table shows medians.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from helpers.pipeline.environment import kernel_environment
from helpers.scratch import scratch_folder

ROOT = Path(__file__).parents[1]
README = ROOT / "benchmarks/README.md"
MARK = "<!-- tools -->\n"
COPIED = ("data", "notebooks", "manuscripts", "_quarto.yml", "requirements.lock")
#: The one that the notebooks name themselves: jupyter-cache gives them no parameters.
STUDY = "aponermin"
CORES = 2
RIVALS = ("snakemake>=9,<10", "jupyter-cache>=1,<2", "ipykernel")
KEPT = ("parts", "figures", "tables")
PLAIN = "one plain script"
SNAKEFILE = """
NAMES = {names!r}
NOTEBOOKS = {notebooks!r}
PAPERMILL = {papermill!r}
rule all:
    input: expand("{{name}}.ipynb", name=NAMES)
rule first:
    input: NOTEBOOKS + "/" + NAMES[0] + ".ipynb"
    output: NAMES[0] + ".ipynb"
    shell: PAPERMILL + " {{input}} {{output}}"
rule middle:
    input: NOTEBOOKS + "/{{name}}.ipynb", NAMES[0] + ".ipynb"
    output: "{{name}}.ipynb"
    wildcard_constraints: name="|".join(NAMES[1:-1])
    shell: PAPERMILL + " {{input[0]}} {{output}}"
rule last:
    input: NOTEBOOKS + "/" + NAMES[-1] + ".ipynb", expand("{{name}}.ipynb", name=NAMES[:-1])
    output: NAMES[-1] + ".ipynb"
    shell: PAPERMILL + " {{input[0]}} {{output}}"
"""
#: Prints how long the first and the second run of one process take, as the preview has them.
TWICE = """
import sys, time
from pathlib import Path
from helpers.pipeline import run_notebooks
from helpers.pipeline.forks import resident

root, study, into = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
with resident(root) as forks:
    assert forks is None or forks.ready(wait=True)
    run_notebooks(root, study, into, forks=forks)
    began = time.perf_counter()
    run_notebooks(root, study, into, forks=forks)
    print(time.perf_counter() - began)
"""


@dataclass(frozen=True)
class Bench:
    """What all have in common.

    Attributes:
        root: The copy of the project.
        folder: Where everybody works.
        rivals: The interpreter beside which the others' tools are installed.
    """

    root: Path
    folder: Path
    rivals: Path

    @property
    def notebooks(self) -> list[Path]:
        """The notebooks in their order."""
        return sorted((self.root / "notebooks").glob("[0-9][0-9]-*.ipynb"))

    def fresh(self, name: str) -> Path:
        """Return an empty folder of somebody's."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "record/parts").mkdir(parents=True)
        return folder

    def run(self, folder: Path, *command: str | Path) -> float:
        """Return how long a command takes, in the environment that a build gives its kernels."""
        given = {
            "MANUSCRIPT_ROOT": str(self.root),
            "MANUSCRIPT_RECORD": str(folder / "record"),
            "MANUSCRIPT_WORK": str(folder / "record/work"),
            "JUPYTER_PATH": str(self.folder / "jupyter"),
            "PYTHONPATH": str(ROOT / "src"),
        }
        began = time.perf_counter()
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env=kernel_environment(given),
            capture_output=True,
            text=True,
            input="y\n",  # jupyter-cache asks whether to make its folder
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return seconds

    def papermill(self) -> list[str]:
        """The command with which papermill runs a notebook in this interpreter's kernel."""
        own = Path(sys.executable).with_name("papermill")
        return [str(own), "-k", "python3", "-p", "study", STUDY]

    def manuscript(self, *words: str) -> float:
        """Return how long one of this project's commands takes in the copy."""
        own = "from helpers.cli import main; main()"
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", own, *words],
            cwd=self.root,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.perf_counter() - began


def plain(bench: Bench) -> float:
    """One script that calls the same functions in the same order."""
    folder = bench.fresh("plain")
    shutil.rmtree(folder / "record")
    script = ROOT / "benchmarks/plain_script.py"
    return bench.run(folder, sys.executable, script, STUDY, folder / "record")


def cold(bench: Bench) -> float:
    """This project, of which nothing was built before."""
    shutil.rmtree(bench.root / ".manuscript", ignore_errors=True)
    shutil.rmtree(bench.root / "outputs", ignore_errors=True)
    seconds = bench.manuscript("run", STUDY)
    left = bench.fresh("cold") / "record"
    for stage in sorted((bench.root / ".manuscript" / STUDY / "stages").iterdir()):
        shutil.copytree(stage / "record", left, dirs_exist_ok=True)
    return seconds


def nothing(bench: Bench) -> float:
    """This project with all built, documents too."""
    bench.manuscript("build", STUDY)
    return statistics.median(bench.manuscript("build", STUDY) for _ in range(5))


def warm(bench: Bench) -> float:
    """This project in a process that has run the notebooks before, as the preview and a sweep."""
    folder = bench.fresh("warm")
    done = subprocess.run(
        [sys.executable, "-c", TWICE, str(bench.root), STUDY, str(folder / "record")],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def papermill(bench: Bench) -> float:
    """Papermill's command, once for each notebook."""
    folder = bench.fresh("papermill")
    return sum(
        bench.run(folder, *bench.papermill(), notebook, folder / notebook.name)
        for notebook in bench.notebooks
    )


def snakemake(bench: Bench) -> float:
    """Snakemake with a rule for each notebook, and papermill."""
    folder = bench.fresh("snakemake")
    rules = SNAKEFILE.format(
        names=[notebook.stem for notebook in bench.notebooks],
        notebooks=str(bench.root / "notebooks"),
        papermill=" ".join(bench.papermill()),
    )
    (folder / "Snakefile").write_text(rules, encoding="utf-8")
    return snakemake_again(bench)


def snakemake_again(bench: Bench) -> float:
    """Snakemake where it stands."""
    command = bench.rivals.with_name("snakemake")
    return bench.run(bench.folder / "snakemake", command, "--cores", str(CORES), "--quiet", "all")


def jupyter_cache(bench: Bench) -> float:
    """jupyter-cache, one notebook after the other, in their order."""
    folder = bench.fresh("jupyter-cache")
    command, cache = bench.rivals.with_name("jcache"), folder / "cache"
    added = bench.run(folder, command, "notebook", "-p", cache, "add", *bench.notebooks)
    return added + jupyter_cache_again(bench)


def jupyter_cache_again(bench: Bench) -> float:
    """jupyter-cache where it stands."""
    folder, command = bench.folder / "jupyter-cache", bench.rivals.with_name("jcache")
    words = ("project", "-p", folder / "cache", "execute", "-e", "local-serial", "-t", "600")
    return bench.run(folder, command, *words)


@dataclass(frozen=True)
class Tool:
    """One who runs the notebooks.

    Attributes:
        name: What it is called in the table.
        leaves: The folder of what it left, below the bench's.
        all: Runs everything and returns the seconds.
        again: Returns the seconds of a run with nothing to do; None where it knows none.
    """

    name: str
    leaves: str
    all: Callable[[Bench], float]
    again: Callable[[Bench], float] | None = None


TOOLS = (
    Tool(PLAIN, "plain", plain),
    Tool("this project, cold", "cold", cold, nothing),
    Tool("this project, warm", "warm", warm),
    Tool("papermill, a command for each notebook", "papermill", papermill),
    Tool("snakemake and papermill", "snakemake", snakemake, snakemake_again),
    Tool("jupyter-cache", "jupyter-cache", jupyter_cache, jupyter_cache_again),
)


def differing(folder: Path, floor: Path) -> list[str]:
    """Return the files below a folder that are not, byte for byte, those of another."""
    found = []
    for kept in KEPT:
        names = {path.name for place in (folder, floor) for path in (place / kept).glob("*")}
        assert names, f"{kept} holds nothing to compare"
        for name in sorted(names):
            one, other = folder / kept / name, floor / kept / name
            same = one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()
            found += [] if same else [f"{kept}/{name}"]
    return found


def measure(bench: Bench, repeats: int) -> dict[str, tuple[float, float | None]]:
    """Return for each tool the median seconds of everything, and of nothing to do."""
    times: dict[str, list[float]] = {tool.name: [] for tool in TOOLS}
    for _ in range(repeats):
        for tool in TOOLS:
            times[tool.name].append(tool.all(bench))
            print(f"{times[tool.name][-1]:6.1f} s  {tool.name}", file=sys.stderr, flush=True)
    floor = bench.folder / "plain/record"
    for tool in TOOLS[1:]:
        if tool.leaves != "warm":
            found = differing(bench.folder / tool.leaves / "record", floor)
            assert not found, f"{tool.name} left other bytes: {', '.join(found)}"
    again = {tool.name: tool.again(bench) if tool.again else None for tool in TOOLS}
    return {name: (statistics.median(took), again[name]) for name, took in times.items()}


def table(found: dict[str, tuple[float, float | None]]) -> Iterable[str]:
    """Yield the lines of the table."""
    floor = found[PLAIN][0]
    yield "| | seconds | of the plain script | nothing to do, s |"
    yield "|---|--:|--:|--:|"
    for name, (seconds, again) in found.items():
        shown = "" if again is None else f"{again:.2f}"
        yield f"| {name} | {seconds:.1f} | {seconds / floor:.2f} | {shown} |"


def machine() -> str:
    """Say where it was measured, without a name."""
    load = f"load average {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} processors, Python {platform.python_version()}, {load}"


def copy_project(root: Path) -> None:
    """Copy what a build reads, without the record."""
    root.mkdir()
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, root / name)
    (root / "src").symlink_to(ROOT / "src")


def kernel(folder: Path) -> None:
    """Let everybody's kernel be this interpreter's."""
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
    }
    place = folder / "jupyter/kernels/python3"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def installed(folder: Path) -> Path:
    """Install the others' tools into an environment of their own; return its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin/python"
    command = [python, "-m", "pip", "install", "-q", *RIVALS]
    subprocess.run(command, check=True)
    return python


def main() -> None:
    """Measure and print, and write into the README where asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rivals", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with scratch_folder("tools") as folder:
        rivals = given.rivals.absolute() if given.rivals else installed(folder / "rivals")
        copy_project(folder / "project")
        kernel(folder)
        found = measure(Bench(folder / "project", folder, rivals), given.repeats)
    lines = [*table(found), "", f"Medians of {given.repeats}; {machine()}.", ""]
    text = "\n".join(lines)
    print(text)
    if given.write:
        before, _, after = README.read_text(encoding="utf-8").split(MARK)
        README.write_text(f"{before}{MARK}{text}{MARK}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
