"""Registries: what grows with the patients, counted without a clock, and one of 10,000 built."""

from __future__ import annotations

import cProfile
import importlib.util
import json
import math
import os
import pstats
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from helpers.analyses import comparison, competing, regression, safety, safety_rates, survival
from helpers.exhibits.thinning import RESOLUTION
from helpers.study import load_study, read_cohort

ROOT = Path(__file__).parents[1]
SMALL, LARGE = 1_000, 10_000
MANUSCRIPT = "from helpers.cli import main; main()"


@pytest.fixture(scope="module")
def scale() -> ModuleType:
    """The benchmark that makes registries."""
    spec = importlib.util.spec_from_file_location("scale", ROOT / "benchmarks" / "scale.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["scale"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def registries(scale, tmp_path_factory) -> dict[int, Path]:
    found = {n: tmp_path_factory.mktemp("registry") / str(n) for n in (SMALL, LARGE)}
    for n, root in found.items():
        scale.write_project(root, n)
    return found


def read(root: Path) -> Any:
    return read_cohort(root, load_study(root, "aponermin"))


def calls(work: Callable[[], object]) -> int:
    """How many functions a piece of work calls."""
    watch = cProfile.Profile()
    watch.runcall(work)
    return int(pstats.Stats(watch).total_calls)  # type: ignore[attr-defined]


def peak(work: Callable[[], object]) -> int:
    """How many bytes a piece of work holds at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def power(small: float, large: float) -> float:
    return math.log(large / small) / math.log(LARGE / SMALL)


def test_reading_calls_and_holds_no_more_than_in_proportion(registries):
    read(registries[SMALL])  # what is called once a process
    for measure in (calls, peak):
        small, large = (measure(lambda n=n: read(registries[n])) for n in (SMALL, LARGE))
        assert power(small, large) <= 1.1, measure.__name__


def test_what_is_held_of_an_adverse_event_is_a_few_numbers(registries):
    events = read(registries[LARGE]).adverse_events
    assert len(events) > 0.9 * 10 * LARGE
    assert events.memory_usage(index=False, deep=True)["patient"] < 16 * len(events)
    assert events[["event_class", "term"]].memory_usage(deep=True).sum() < 3 * len(events)


def test_repairs_are_held_as_row_numbers(registries):
    repairs = read(registries[LARGE]).repairs
    assert len(repairs) == sum(repairs.counts().values()) > LARGE
    assert sum(rows.nbytes for parts in repairs.blocks.values() for rows in parts) == 8 * len(
        repairs
    )


def test_analyses_call_as_many_functions_for_ten_times_the_patients(registries):
    def analyse(cohort: Any) -> None:
        for endpoint in cohort.study.endpoints:
            survival.overall(cohort, endpoint)
        comparison.by_baseline_groups(cohort, "pfs")
        competing.analyse(cohort)
        regression.fit(cohort)
        safety.worst_grades(cohort)
        safety_rates.rates(cohort)

    cohorts = [read(registries[n]) for n in (SMALL, LARGE)]
    analyse(cohorts[0])
    small, large = (calls(lambda one=one: analyse(one)) for one in cohorts)
    assert power(small, large) < 0.1


def test_a_registry_of_ten_thousand_builds(scale, tmp_path):
    """Through the real command: whole numbers, thinned curves, no course of a single patient."""
    root = tmp_path / "project"
    scale.write_project(root, 10_000)
    done = subprocess.run(
        [sys.executable, "-c", MANUSCRIPT, "build", "aponermin", "--formats", "html"],
        cwd=root,
        env={**os.environ, "MANUSCRIPT_ROOT": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outputs = root / "outputs" / "aponermin"
    rows = {row["key"]: row for row in json.loads((outputs / "ledger.json").read_text())["rows"]}
    assert rows["population.treated"]["value"] == 10_000
    assert not (outputs / "figures" / "fig-swimmer.csv").exists()
    steps = pd.read_csv(outputs / "figures" / "fig-km-os.csv")
    assert len(steps) > RESOLUTION
    assert steps["events"].sum() + steps["censored"].sum() == 10_000
    drawn = (outputs / "figures" / "fig-km-os.svg").read_text().count("<use ")  # letters too
    assert drawn < (steps["censored"] > 0).sum()
    assert (outputs / "paper.html").is_file()
