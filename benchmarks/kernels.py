"""How many kernels die at their start, when many start at once.

    python benchmarks/kernels.py                     400 kernels, eight at a time
    python benchmarks/kernels.py --ports             through ports, as where there are no sockets
    python benchmarks/kernels.py --kernels 1600

Every kernel is forked, runs one cell and is killed, as a notebook's of one cell would be. One that
dies is not started again, and its log is printed.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from helpers.pipeline import execution, manager
from helpers.pipeline.environment import kernel_environment
from helpers.pipeline.forks import ForkServer
from helpers.pipeline.kernels import Kernels
from helpers.scratch import scratch_folder


def notebook(folder: Path) -> Path:
    """Write a notebook of one cell."""
    cell = nbformat.v4.new_code_cell("print(1)", id="one", metadata={"tags": []})
    kernel = {"name": "python3", "language": "python", "display_name": ""}
    path = folder / "one.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}), path)
    return path


def died(source: Path, number: int, forks: ForkServer) -> bool:
    """Run the notebook once; print what a kernel that died has said."""
    half_run = source.with_name(f"half{number}.ipynb")
    launch = execution.Launch(source.parent, {}, Kernels(), lambda *_: None, half_run, forks)
    try:
        execution._executed(source, {}, launch)
    except RuntimeError:
        print(launch.log.read_text(encoding="utf-8"), flush=True)
        return True
    return False


def main() -> None:
    """Start the kernels and say how many died."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernels", type=int, default=400)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--ports", action="store_true")
    given = parser.parse_args()
    if given.ports:
        manager.LONGEST = 0
    with scratch_folder("kernels") as folder:
        forks = ForkServer(["json"], kernel_environment({}), folder)
        assert forks.ready(wait=True), forks.problem
        source, began = notebook(folder), time.perf_counter()
        with ThreadPoolExecutor(given.at_once) as pool:
            found = list(pool.map(lambda n: died(source, n, forks), range(given.kernels)))
        forks.close()
    how = "ports" if given.ports else "sockets"
    took = time.perf_counter() - began
    print(f"{sum(found)} of {given.kernels} kernels died, through {how}, in {took:.0f} s")


if __name__ == "__main__":
    main()
