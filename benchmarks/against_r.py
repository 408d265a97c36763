"""Measures helpers.statistics against R's survival and lifelines, side by side on this machine.

    python benchmarks/against_r.py                    # a million rows, both regimes
    python benchmarks/against_r.py km logrank         # some tasks only
    python benchmarks/against_r.py --rows 100000      # fewer rows
    python benchmarks/against_r.py --lifelines all    # lifelines' slow methods too, or ``none``
    python benchmarks/against_r.py --cpu              # processor time, for a machine in use

Every figure comes from a process of its own: seconds are the median of ``--repeats`` runs (3) of
the public function alone, data in memory beforehand; megabytes are the largest resident set of the
process, interpreter and data included. R reads the same numbers as binary doubles. Times are in
whole days with many ties, or continuous. What counts is the ratio; seconds depend on the machine.
Needs Debian's r-base-core and r-cran-survival.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

REGIMES = ("days", "continuous")
COVARIATES = 6
SEED = 20250901
Task = Callable[[], object]


@dataclass(frozen=True)
class Benchmark:
    """One thing that is measured.

    Attributes:
        title: What it is.
        share: Rows used, as a share of those asked for.
        target: Our time over R's may be at most this.
        r: R expression; ``d`` is the list of columns.
        slow: lifelines takes a minute or more.
    """

    title: str
    share: float
    target: float
    r: str
    slow: bool = False


_COX = "Surv(time, event) ~ x1 + x2 + x3 + x4 + x5 + x6"
BENCHMARKS = {
    "km": Benchmark(
        "Kaplan–Meier with median",
        1.0,
        0.2,
        'quantile(survfit(Surv(time, event) ~ 1, d, conf.type = "log-log"), 0.5)',
    ),
    "quartiles": Benchmark(
        "Kaplan–Meier with quartiles and five rates",
        1.0,
        0.2,
        'f <- survfit(Surv(time, event) ~ 1, d, conf.type = "log-log"); '
        "quantile(f, c(.25, .5, .75)); summary(f, times = c(100, 200, 300, 400, 500))",
    ),
    "logrank": Benchmark(
        "log-rank, three groups", 1.0, 0.2, "survdiff(Surv(time, event) ~ group, d)"
    ),
    "logrank_text": Benchmark(
        "log-rank, groups named by text", 1.0, 0.2, "survdiff(Surv(time, event) ~ name, d)"
    ),
    "cox": Benchmark("Cox, Efron, six covariates", 1.0, 0.6, f"summary(coxph({_COX}, d))", True),
    "concordance": Benchmark(
        "concordance", 1.0, 0.5, "concordance(Surv(time, event) ~ score, d, reverse = TRUE)"
    ),
    "zph": Benchmark(
        "proportional-hazards test",
        0.1,
        1.0,
        'cox.zph(fit, transform = "km")',
        True,
    ),
    "varying": Benchmark(
        "time-varying Cox, six covariates",
        0.1,
        1.0,
        "summary(coxph(Surv(start, time, event) ~ state + x1 + x2 + x3 + x4 + x5, d))",
        True,
    ),
}


# ----------------------------------------------------------------------------- data


def write_data(folder: Path, rows: int, regime: str) -> None:
    """Write columns as little-endian doubles, one file each; the same seed for both regimes."""
    random = np.random.default_rng(SEED)
    x = np.column_stack(
        [
            random.normal(size=(rows, 3)),
            (random.random((rows, 2)) < (0.3, 0.5)).astype(float),
            random.integers(0, 3, rows),
        ]
    )
    score = x @ np.array([0.3, -0.2, 0.1, 0.4, -0.3, 0.2])
    time = 600 * random.exponential(np.exp(-score))
    censored = random.uniform(100, 2000, rows)
    event = time <= censored
    time = np.minimum(time, censored)
    start, state = np.zeros(rows), np.zeros(rows)
    late = random.random(rows) < 0.5  # the second interval of a patient whose first one ended
    start[late] = time[late] * random.random(late.sum())
    state[late] = 1
    if regime == "days":
        time, start = np.ceil(time), np.floor(start)
    columns = {
        "time": time,
        "event": event,
        "group": random.integers(0, 3, rows),
        "score": np.round(score, 3),
        "start": start,
        "state": state,
        **{f"x{i + 1}": column for i, column in enumerate(x.T)},
    }
    for name, column in columns.items():
        column.astype("<f8").tofile(folder / f"{name}.bin")


def read_data(folder: Path, rows: int) -> dict[str, Any]:
    """Read the columns back; groups also as text."""
    data: dict[str, Any] = {
        path.stem: np.fromfile(path, "<f8", count=rows) for path in sorted(folder.glob("*.bin"))
    }
    data["name"] = np.array(["alpha", "beta", "gamma"], dtype=object)[data["group"].astype(int)]
    data["event"] = data["event"].astype(bool)
    return data


# ----------------------------------------------------------------------------- our side


def our_task(name: str, d: dict[str, Any]) -> Task:
    """Return the call of helpers.statistics that is timed."""
    from helpers.statistics import time_to_event as survival
    from helpers.statistics.concordance import concordance

    if name == "km":
        return lambda: survival.median(survival.kaplan_meier(d["time"], d["event"]))
    if name == "quartiles":
        return lambda: _quartiles(d)
    if name == "logrank":
        return lambda: survival.logrank(d["time"], d["event"], d["group"])
    if name == "logrank_text":
        return lambda: survival.logrank(d["time"], d["event"], d["name"])
    if name == "concordance":
        return lambda: concordance(d["time"], d["event"], d["score"])
    return _our_model(name, d)


def _quartiles(d: dict[str, Any]) -> object:
    from helpers.statistics import time_to_event as survival

    curve = survival.kaplan_meier(d["time"], d["event"])
    found = [survival.quantile(curve, share) for share in (0.25, 0.5, 0.75)]
    return found, survival.survival_at(curve, [100, 200, 300, 400, 500])


def _our_model(name: str, d: dict[str, Any]) -> Task:
    from helpers.statistics.partial_likelihood import fit
    from helpers.statistics.proportional_hazards import score_tests
    from helpers.statistics.regression import Factor, cox
    from helpers.statistics.risk_sets import risk_sets

    if name == "varying":
        keys = ("state", "x1", "x2", "x3", "x4", "x5")
        varying = [Factor(key, key, d[key]) for key in keys]
        return lambda: cox(d["time"], d["event"], varying, entry=d["start"])
    names = tuple(f"x{i + 1}" for i in range(COVARIATES))
    if name == "cox":
        factors = [Factor(key, key, d[key]) for key in names]
        return lambda: cox(d["time"], d["event"], factors)
    sets = risk_sets(d["time"], d["event"], np.column_stack([d[key] for key in names]))
    beta = fit(sets).beta
    return lambda: score_tests(sets, beta, [[i] for i in range(COVARIATES)])


# ----------------------------------------------------------------------------- lifelines


def lifelines_task(name: str, d: dict[str, Any]) -> Task | None:
    """Return lifelines' call, or None where it has no such method."""
    import lifelines
    import lifelines.statistics
    import lifelines.utils
    import pandas as pd

    if name == "km":

        def median() -> object:
            fitter = lifelines.KaplanMeierFitter().fit(d["time"], d["event"])
            return fitter.median_survival_time_

        return median
    if name in ("logrank", "logrank_text"):
        group = d["group" if name == "logrank" else "name"]
        test = lifelines.statistics.multivariate_logrank_test
        return lambda: test(d["time"], group, d["event"])
    if name == "concordance":
        return lambda: lifelines.utils.concordance_index(d["time"], -d["score"], d["event"])
    names = [f"x{i + 1}" for i in range(COVARIATES)]
    if name in ("cox", "zph"):
        frame = pd.DataFrame({key: d[key] for key in ("time", "event", *names)})

        def fit() -> Any:
            return lifelines.CoxPHFitter().fit(frame, "time", "event")

        if name == "cox":
            return lambda: fit().summary
        model = fit()
        return lambda: lifelines.statistics.proportional_hazard_test(model, frame)
    if name == "varying":
        keys = ("start", "time", "event", "state", *names[:5])
        frame = pd.DataFrame({key: d[key] for key in keys}).assign(id=np.arange(d["time"].size))
        return lambda: lifelines.CoxTimeVaryingFitter().fit(
            frame, id_col="id", event_col="event", start_col="start", stop_col="time"
        )
    return None


# ----------------------------------------------------------------------------- measuring


R_SCRIPT = """suppressPackageStartupMessages(library(survival))
read <- function(name) readBin(file.path("{folder}", paste0(name, ".bin")), "double", {rows},
                               size = 8, endian = "little")
d <- data.frame(sapply(c({columns}), read, simplify = FALSE))
d$name <- c("alpha", "beta", "gamma")[d$group + 1]
{before}
seconds <- sapply(1:{repeats}, function(i) {{
  gc(); began <- {clock}; {{ {expression} }}; {clock} - began
}})
cat("seconds", median(seconds), "\\n")
"""
COLUMNS = {
    "km": ("time", "event"),
    "quartiles": ("time", "event"),
    "logrank": ("time", "event", "group"),
    "logrank_text": ("time", "event", "group"),
    "concordance": ("time", "event", "score"),
    "cox": ("time", "event", "x1", "x2", "x3", "x4", "x5", "x6"),
    "zph": ("time", "event", "x1", "x2", "x3", "x4", "x5", "x6"),
    "varying": ("start", "time", "event", "state", "x1", "x2", "x3", "x4", "x5"),
}


def r_command(name: str, folder: Path, rows: int, given: argparse.Namespace) -> list[str]:
    """Write the R script of a task and return the command that runs it."""
    text = R_SCRIPT.format(
        folder=folder,
        rows=rows,
        columns=", ".join(f'"{column}"' for column in COLUMNS[name]),
        before=f"fit <- coxph({_COX}, d)" if name == "zph" else "",
        repeats=given.repeats,
        expression=BENCHMARKS[name].r,
        clock="sum(proc.time()[1:2])" if given.cpu else 'proc.time()[["elapsed"]]',
    )
    if name != "logrank_text":
        text = "\n".join(line for line in text.splitlines() if not line.startswith("d$name"))
    script = folder / f"{name}.R"
    script.write_text(text, encoding="utf-8")
    return ["Rscript", "--vanilla", str(script)]


def measured(command: list[str]) -> tuple[float, float] | None:
    """Run a process; return the seconds it reports and its largest resident set in megabytes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
    words = printed.split()
    if "seconds" not in words:
        return None
    return float(words[words.index("seconds") + 1]), usage.ru_maxrss / 1024


def work(who: str, name: str, folder: Path, rows: int, given: argparse.Namespace) -> None:
    """Time one task in this process and print the median."""
    data = read_data(folder, rows)
    keep = (*COLUMNS[name], "name") if name == "logrank_text" else COLUMNS[name]
    data = {key: data[key] for key in keep}
    task = our_task(name, data) if who == "ours" else lifelines_task(name, data)
    if task is None:
        return
    spent, clock = [], time.process_time if given.cpu else time.perf_counter
    for _ in range(given.repeats):
        gc.collect()
        began = clock()
        task()
        spent.append(clock() - began)
    print("seconds", sorted(spent)[len(spent) // 2])


def line(name: str, regime: str, folder: Path, given: argparse.Namespace) -> str:
    """Measure one task in one regime and return its line of the table."""
    benchmark, n = BENCHMARKS[name], round(given.rows * BENCHMARKS[name].share)
    worker = [sys.executable, __file__, "--worker", name, "--folder", str(folder), "--rows", str(n)]
    worker += ["--repeats", str(given.repeats), *(["--cpu"] if given.cpu else [])]
    ours, theirs = measured([*worker, "--who", "ours"]), measured(r_command(name, folder, n, given))
    assert ours is not None and theirs is not None
    other = None
    if given.lifelines == "all" or (given.lifelines == "fast" and not benchmark.slow):
        other = measured([*worker, "--who", "lifelines"])
    ratio = ours[0] / theirs[0]
    holds = ratio <= benchmark.target and ours[1] < theirs[1]
    cells = (
        benchmark.title,
        f"{n:,}",
        regime,
        f"{ours[0]:.2f}",
        f"{theirs[0]:.2f}",
        f"{ratio:.2f}",
        f"≤ {benchmark.target:g}",
        f"{ours[1]:,.0f}",
        f"{theirs[1]:,.0f}",
        "yes" if holds else "NO",
        "–" if other is None else f"{other[0]:.2f}",
    )
    return "| " + " | ".join(cells) + " |"


def main() -> int:
    """Print the table; 1 where R is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", choices=[[], *BENCHMARKS], metavar="TASK")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--lifelines", choices=("none", "fast", "all"), default="fast")
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--who", default="ours", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work(given.who, given.worker, given.folder, given.rows, given)
        return 0
    if shutil.which("Rscript") is None:
        print("Rscript is not installed: apt install r-base-core r-cran-survival", file=sys.stderr)
        return 1
    print(
        "| task | rows | times | ours, s | R, s | ratio | target | ours, MB | R, MB | holds |",
        end="",
    )
    print(" lifelines, s |\n|---|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for regime in REGIMES:
            write_data(Path(folder), given.rows, regime)
            for name in given.tasks or BENCHMARKS:
                print(line(name, regime, Path(folder), given), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
