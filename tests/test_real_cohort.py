"""The real second-line cohort, read from the open tables, against R's survival package."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from helpers.analyses import comparison, survival
from helpers.analyses.groups import slug
from helpers.ledger import Ledger, RowMaker
from helpers.review.verification import verify_study
from helpers.study import load_study, read_cohort

ROOT = Path(__file__).parents[1]
SOURCE = ROOT.parent / "shared" / "data" / "commpass"

pytestmark = [
    pytest.mark.skipif(not SOURCE.is_dir(), reason="the open CoMmpass tables are not here"),
]

SCRIPT = """
library(survival)
frame <- read.csv(commandArgs(TRUE)[1])
points <- as.numeric(strsplit(commandArgs(TRUE)[2], ",")[[1]])
fit <- survfit(Surv(months, event) ~ 1, data = frame, conf.type = "log-log")
middle <- summary(fit)$table
at <- summary(fit, times = points)
test <- survdiff(Surv(months, event) ~ group, data = frame)
cox <- coxph(Surv(months, event) ~ group, data = frame, ties = "efron")
out <- c(middle["median"], middle["0.95LCL"], middle["0.95UCL"], at$surv, at$lower, at$upper,
         pchisq(test$chisq, 1, lower.tail = FALSE), exp(coef(cox)), exp(confint(cox)))
cat(paste(format(out, digits = 15), collapse = ","))
"""


@pytest.fixture(scope="module")
def cohort():
    return read_cohort(ROOT, load_study(ROOT, "commpass"), source=SOURCE)


def test_the_cohort_is_second_line_and_its_flow_reconciles(cohort):
    reached = [step.remaining for step in cohort.flow]
    assert reached[0] == 995
    assert 254 in reached
    assert reached[-1] == len(cohort.patients)
    for before, step in zip(cohort.flow, cohort.flow[1:], strict=False):
        assert before.remaining - step.excluded == step.remaining
    assert cohort.patients.index.is_unique


def test_no_time_is_negative_and_none_is_missing(cohort):
    for endpoint in ("os", "ttnt"):
        times = cohort.times[endpoint]
        assert len(times) == len(cohort.patients)
        assert (times["months"] > 0).all()
        assert times["event"].notna().all()


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
@pytest.mark.parametrize("endpoint", ["os", "ttnt"])
def test_estimates_agree_with_r(cohort, endpoint, tmp_path):
    study, group = cohort.study, "functional_high_risk"
    found = survival.overall(cohort, endpoint)
    contrast = comparison.compare(cohort, endpoint, group)
    ledger = Ledger("test", lambda: "cell")
    make = RowMaker(study.style, "survival", "treated")
    ledger.record(survival.estimate_rows(found, make, f"survival.{endpoint}", endpoint))
    ledger.record(comparison.rows(contrast, make, "survival.by", endpoint))
    frame = survival.times(cohort, endpoint).copy()
    frame["group"] = cohort.patients.loc[frame.index, group].eq("yes").astype(int)
    frame = frame.assign(event=frame["event"].astype(int))
    frame.to_csv(tmp_path / "times.csv", index=False)
    (tmp_path / "fit.R").write_text(SCRIPT)
    points = study.settings.timepoint_months
    printed = subprocess.run(
        ["Rscript", tmp_path / "fit.R", tmp_path / "times.csv", ",".join(map(str, points))],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    theirs = [None if part.strip() == "NA" else float(part) for part in printed.split(",")]
    middle = ledger[f"survival.{endpoint}.median"]
    rates = [ledger[f"survival.{endpoint}.rate_{slug(point)}"] for point in points]
    ours = [
        middle.value,
        middle.low,
        middle.high,
        *(row.value / 100 for row in rates),
        *(row.low / 100 for row in rates),
        *(row.high / 100 for row in rates),
        ledger[f"survival.by.{group}.logrank"].value,
    ]
    for mine, other in zip(ours, theirs, strict=False):
        assert (mine is None) == (other is None)
        if mine is not None:
            assert np.isclose(mine, other, rtol=1e-6, atol=0)


def test_no_row_of_the_real_study_is_in_the_tree():
    listed = subprocess.run(
        ["git", "ls-files", "data/commpass", "outputs/commpass"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    twin = {f"data/commpass/twin/{name}.csv" for name in ("gdc_clinical", "gdc_treatments")}
    about = {"data/commpass/README.md", "data/commpass/study.yml"}
    hashes = {"data/commpass/twin/hashes.json", "outputs/commpass/hashes.json"}
    assert set(listed) == about | hashes | twin
    for name in twin:
        real = (SOURCE / Path(name).name).read_text(encoding="utf-8").splitlines()
        synthetic = (ROOT / name).read_text(encoding="utf-8").splitlines()
        ids = [{line.split(",")[0].strip('"') for line in lines[1:]} for lines in (real, synthetic)]
        assert ids[0] and ids[1] and not ids[0] & ids[1]


def test_the_holder_of_the_tables_verifies_the_published_hashes(tmp_path):
    shutil.copy(ROOT / "outputs" / "commpass" / "hashes.json", tmp_path)
    found = verify_study(ROOT, "commpass", record=tmp_path, source=SOURCE)
    assert found.mode == "data"
    assert found.holds, found.headline
    assert {one.kind: one.of for one in found.totals}["hash"] > 200
