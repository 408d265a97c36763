"""The ledger of a seed study censored at an early cut is that of tables truncated by hand."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helpers.analyses import population, survival
from helpers.ledger import Ledger, RowMaker
from helpers.pipeline.environment import kernel_environment
from helpers.study import load_study, read_cohort

ROOT = Path(__file__).parents[2]
FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y年%m月%d日")
RESPONSES = ("sCR", "CR", "VGPR", "PR")
#: What is of the table and not of the patients who are analyzed.
OF_THE_TABLE = re.compile(r"(cleaning|data_cut|flow\.(source|after_data_cut))\..*")
SCRIPT = """
suppressPackageStartupMessages(library(survival))
args <- commandArgs(trailingOnly = TRUE); cut <- as.Date(args[2])
d <- unique(read.csv(args[1], colClasses = "character", na.strings = ""))
for (name in names(d)[-1]) d[[name]] <- as.Date(d[[name]])
d <- d[!is.na(d$start) & d$start <= cut, ]
event <- pmin(d$progression, d$death, na.rm = TRUE); known <- !is.na(event) & event <= cut
end <- as.Date(ifelse(known, event, pmin(d$last, cut)), origin = "1970-01-01")
fit <- survfit(Surv(as.numeric(end - d$start) / 30.4375, known) ~ 1, conf.type = "log-log")
s <- summary(fit, times = 6)
cat(fit$n, sum(known), s$surv, s$lower, s$upper, s$n.risk, sep = ",")
"""


@dataclass(frozen=True)
class Seed:
    """A seed study, an early cut, and where its tables hold what a date decides."""

    study: str
    cut: dt.date
    file: str
    encoding: str
    separator: str
    start: str
    first: str
    response: str
    progression: str
    death: str
    other: str
    last: str
    events: tuple[str, str] | None = None


SEEDS = (
    Seed(
        study="fhrmm",
        cut=dt.date(2024, 6, 30),
        file="raw/pazienti.csv",
        encoding="cp1252",
        separator=";",
        start="Inizio seconda linea",
        first="Data prima risposta",
        response="Miglior risposta",
        progression="Data progressione",
        death="Data decesso",
        other="Inizio terza linea",
        last="Ultimo contatto",
    ),
    Seed(
        study="aponermin",
        cut=dt.date(2025, 3, 31),
        file="raw/patients.csv",
        encoding="utf-8-sig",
        separator=",",
        start="首次用药日期",
        first="首次缓解日期",
        response="最佳疗效",
        progression="进展日期",
        death="死亡日期",
        other="后续治疗开始日期",
        last="末次随访日期",
        events=("raw/adverse_events.csv", "发生日期"),
    ),
)


def day(text: str) -> dt.date | None:
    """The day that a cell of the seeds' tables holds; None where it holds none."""
    for form in FORMATS:
        try:
            return dt.datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


def read(path: Path, seed: Seed, encoding: str) -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        separator = seed.separator if path.name == Path(seed.file).name else ","
        return list(csv.DictReader(file, delimiter=separator))


def patients_of_the_day(seed: Seed, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The patients table as it stood on the day of the cut, cell by cell."""
    kept = []
    for row in rows:
        started = day(row[seed.start])
        if started is not None and started > seed.cut:
            continue
        events = [day(row[name]) for name in (seed.progression, seed.death)]
        ended = min((event for event in events if event), default=None)
        answered, best = day(row[seed.first]), row[seed.response].strip()
        new = dict(row)
        late_answer = best in RESPONSES and answered is not None and answered > seed.cut
        if late_answer or (best == "PD" and ended is not None and ended > seed.cut):
            new[seed.response] = "NE"
        for name in (seed.first, seed.progression, seed.death, seed.other):
            found = day(row[name])
            new[name] = "" if found is not None and found > seed.cut else row[name]
        seen = day(row[seed.last])
        if seen is not None and seen > seed.cut:
            new[seed.last] = seed.cut.isoformat()
        kept.append(new)
    return kept


def lay_out(root: Path, seed: Seed, *, by_hand: bool) -> None:
    """Make a project with the study: censored at the cut, or with tables truncated by hand."""
    own = root / "data" / seed.study
    shutil.copytree(ROOT / "data" / seed.study, own)
    for name in ("notebooks", "benchmarks"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns(".*"))
    (root / "_quarto.yml").write_text("project: {type: default}\n")
    definition = (own / "study.yml").read_text(encoding="utf-8")
    says = f"data_cut: {seed.cut}" + ("" if by_hand else "\nafter_data_cut: censor")
    definition = re.sub(r"(?m)^data_cut: .*$", says, definition)
    (own / "study.yml").write_text(definition, encoding="utf-8")
    if not by_hand:
        return
    rows = patients_of_the_day(seed, read(own / seed.file, seed, seed.encoding))
    write(own / seed.file, rows, seed.separator, seed.encoding)
    if seed.events is not None:
        file, onset = seed.events
        ids = next(iter(rows[0]))
        here = {row[ids].strip() for row in rows}
        found = read(own / file, seed, "utf-8-sig")
        known = [row for row in found if not ((begun := day(row[onset])) and begun > seed.cut)]
        write(own / file, [row for row in known if row[ids].strip() in here], ",", "utf-8-sig")


def write(path: Path, rows: list[dict[str, str]], separator: str, encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)


def ledger_of(folder: Path) -> dict[str, dict[str, Any]]:
    parts = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("parts/*.json")]
    rows = {row["key"]: row for part in parts for row in part["rows"]}
    return {key: row for key, row in rows.items() if not OF_THE_TABLE.fullmatch(key)}


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.study)
def test_every_number_is_that_of_tables_truncated_by_hand(seed, tmp_path):
    running = []
    for by_hand in (False, True):
        root = tmp_path / f"{by_hand}"
        root.mkdir()
        lay_out(root, seed, by_hand=by_hand)
        command = [sys.executable, root / "benchmarks/plain_script.py", seed.study, root / "made"]
        running.append(subprocess.Popen(command, cwd=root, env=kernel_environment({})))
    assert [process.wait() for process in running] == [0, 0]
    found, expected = (ledger_of(tmp_path / f"{by_hand}" / "made") for by_hand in (False, True))
    assert len(expected) > 300
    assert found == expected


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.study)
def test_r_estimates_the_same_from_dates_that_it_truncates_itself(seed, tmp_path):
    """R sees the untouched dates of the patients who are analyzed, and makes the cut."""
    study = load_study(ROOT, seed.study)
    changed = study.model_copy(update={"data_cut": seed.cut, "after_data_cut": "censor"})
    cohort = read_cohort(ROOT, changed)
    rows = read(ROOT / "data" / seed.study / seed.file, seed, seed.encoding)
    names = {n: getattr(seed, n) for n in ("start", "progression", "death", "last")}
    with (tmp_path / "dates.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *names])
        for row in rows:
            patient = next(iter(row.values())).strip()
            if patient in cohort.patients.index:
                writer.writerow([patient, *(day(row[name]) or "" for name in names.values())])
    (tmp_path / "fit.R").write_text(SCRIPT)
    command = ["Rscript", tmp_path / "fit.R", tmp_path / "dates.csv", seed.cut.isoformat()]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    theirs = [float(part) for part in printed.split(",")]
    ledger = Ledger("test", lambda: "cell")
    make = RowMaker(study.style, "survival", "treated")
    found = survival.overall(cohort, "pfs")
    ledger.record(survival.estimate_rows(found, make, "survival.pfs", "pfs"))
    rate = ledger["survival.pfs.rate_6_months"]
    ours = [len(cohort.times["pfs"]), ledger["survival.pfs.events"].n]
    ours += [rate.value / 100, rate.low / 100, rate.high / 100, rate.n]
    assert ours == pytest.approx(theirs, rel=1e-6)
    assert 0 < theirs[1] < read_cohort(ROOT, study).times["pfs"]["event"].sum()


def test_the_ledger_says_how_much_was_censored_only_where_it_was():
    study = load_study(ROOT, "aponermin")
    make = RowMaker(study.style, "population", "eligible")
    kept = {row.key for row in population.rows(read_cohort(ROOT, study), make)}
    early = study.model_copy(update={"data_cut": SEEDS[1].cut, "after_data_cut": "censor"})
    cohort = read_cohort(ROOT, early)
    rows = {row.key: row for row in population.rows(cohort, make)}
    new = {"data_cut.censored", "data_cut.undated", "cleaning.censored", "cleaning.undated"}
    steps = {"flow.after_data_cut.remaining", "flow.after_data_cut.excluded"}
    assert set(rows) - kept == new | steps
    assert rows["data_cut.censored"].denominator == len(cohort.patients)
    assert rows["cleaning.censored"].n == len(cohort.censoring.changed)
    said = population.repair_table(cohort).to_text()
    for rule in (
        "after the data cut: becomes the data cut – ",
        "starts after the data cut: left out – ",
        "without a day, of a patient followed beyond the data cut: kept as it stands – ",
    ):
        assert rule in said
    ledger = Ledger("test", lambda: "cell")
    ledger.record(rows.values())
    boxes = population.flow_boxes(cohort, ledger)
    assert f"Data cut before {study.endpoints['pfs'].start_words} (n = 6)" in boxes[1].side


def test_the_ledger_counts_later_dates_that_are_kept():
    study = load_study(ROOT, "fhrmm")
    make = RowMaker(study.style, "population", "eligible")
    kept = {row.key for row in population.rows(read_cohort(ROOT, study), make)}
    early = study.model_copy(update={"data_cut": SEEDS[0].cut})
    cohort = read_cohort(ROOT, early)
    rows = {row.key: row for row in population.rows(cohort, make)}
    assert set(rows) - kept == {"cleaning.after_data_cut"}
    dates = cohort.patients.select_dtypes("datetime")
    recorded = [name for name in dates if name in study.variables]
    later = (dates[recorded] > str(SEEDS[0].cut)).to_numpy().sum()
    assert rows["cleaning.after_data_cut"].n == later > 50
