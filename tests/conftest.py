"""A tiny project in ``tmp_path``: one study of four patients, four notebooks, two documents."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import helpers

SOURCES = Path(helpers.__file__).parent
STUDY_YML = """
id: {study}
title: A toy study
provenance: synthetic
provenance_note: These patients were invented for a test.
data_source: nowhere
data_cut: 2024-01-01
tables:
  patients: {{file: raw/patients.csv, id: id}}
variables:
  sex: {{column: sex, type: yes_no, label: Sex}}
  start: {{column: start, type: date, label: Start of treatment}}
  death: {{column: death, type: date, label: Death, known_at: on-treatment}}
  last: {{column: last, type: date, label: Last contact, known_at: on-treatment}}
eligibility: []
populations:
  treated: {{label: Treated, description: All patients who were treated.}}
endpoints:
  os:
    label: Overall survival
    short: OS
    kind: os
    start: start
    events: [death]
    censor: last
    start_words: start of treatment
    event_words: death of any cause
    censor_words: last contact
survival: {{endpoint: os}}
"""

PATIENTS = """id,sex,start,death,last
a,yes,2020-01-01,2020-06-01,2020-06-01
b,no,2020-01-01,,2021-01-01
c,yes,2020-01-01,,2021-01-01
d,no,2020-01-01,2020-09-01,2020-09-01
"""

PARAMETERS = 'study = "toy"\nconfidence_level = None'

READ = """
#| label: read
import os
from pathlib import Path

rows = Path(os.environ["MANUSCRIPT_ROOT"], "data", study, "raw", "patients.csv").read_text()
Path(os.environ["MANUSCRIPT_WORK"]).mkdir(exist_ok=True)
Path(os.environ["MANUSCRIPT_WORK"], "cohort.txt").write_text(rows)
print(len(rows.splitlines()) - 1, "patients")
"""

USE = """
#| label: use
import os
from pathlib import Path

rows = Path(os.environ["MANUSCRIPT_WORK"], "cohort.txt").read_text().splitlines()[1:]
print(len(rows), "patients,", rows[0].count("-"), "dashes")
"""

LEAVE = """
#| label: leave
import json
from helpers.ledger import Row

name = "{name}"
key = name[3:] + ".patients"
found = {{"value": {value}, "display": str({value}), "notebook": name, "cell": "leave"}}
row = Row(key=key, population="treated", statistic="count", **found)
part = {{"notebook": name, "study": study, "data_hash": "0" * 16, "rows": [row.as_dict()]}}
record = Path(os.environ["MANUSCRIPT_RECORD"])
(record / "parts").mkdir(exist_ok=True)
(record / "parts" / (name + ".json")).write_text(json.dumps(part))
(record / "tables").mkdir(exist_ok=True)
table = f"patients,level\\n{{{value}}},{{confidence_level}}\\n"
(record / "tables" / (name + ".csv")).write_text(table)
"""

DOCUMENT = """---
title: The DOCUMENT
metadata-files: [../../outputs/toy/numbers.yml]
---

::: {.callout-important}
{{< meta n.meta.notice >}}
:::

{{< meta n.response.patients.value >}} toys were studied.

{{< meta colophon.engine >}}, {{< meta colophon.commit >}}, {{< meta n.meta.data_hash >}}
"""

NAMES = ("01-cleaning", "02-response", "03-survival", "04-safety")


@dataclass(frozen=True)
class Toy:
    """The project, and how a test changes it.

    Attributes:
        root: Its folder.
        study: The study's id.
    """

    root: Path
    study: str = "toy"

    @property
    def outputs(self) -> Path:
        return self.root / "outputs" / self.study

    @property
    def raw(self) -> Path:
        return self.root / "data" / self.study / "raw" / "patients.csv"

    def notebook(self, name: str) -> Path:
        return self.root / "notebooks" / f"{name}.ipynb"

    def write_notebook(self, name: str, *cells: str) -> None:
        """Write a notebook source with a parameters cell and code cells."""
        nodes = [_cell("parameters", PARAMETERS, ["parameters"])]
        nodes += [_cell(f"c{n}", textwrap.dedent(cell).strip()) for n, cell in enumerate(cells)]
        body = {"cells": nodes, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        self.notebook(name).write_text(json.dumps(body))

    def write_usual(self, name: str, *extra: str) -> None:
        """Write the notebook as the fixture does, with further cells at its end."""
        first = READ if name.startswith("01") else USE
        value = "len(rows.splitlines()) - 1" if name.startswith("01") else "len(rows)"
        self.write_notebook(name, first, LEAVE.format(name=name, value=value), *extra)

    def contents(self) -> dict[str, bytes]:
        """Every file below outputs/<study>, by relative path."""
        found = sorted(path for path in self.outputs.rglob("*") if path.is_file())
        return {path.relative_to(self.outputs).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="session")
def toy_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("template") / "project"
    toy = Toy(root)
    for folder in ("notebooks", "data/toy/raw", "manuscripts/toy", "outputs"):
        (root / folder).mkdir(parents=True)
    (root / "_quarto.yml").write_text(
        "project: {type: default}\ncolophon: {engine: none, commit: none}\n"
    )
    (root / "data" / "toy" / "study.yml").write_text(STUDY_YML.format(study="toy"))
    toy.raw.write_text(PATIENTS)
    for document in ("abstract", "paper"):
        source = root / "manuscripts" / "toy" / f"{document}.qmd"
        source.write_text(DOCUMENT.replace("DOCUMENT", document))
    for name in NAMES:
        toy.write_usual(name)
    return root


@pytest.fixture
def toy(tmp_path: Path, toy_template: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """A fresh copy of the toy project, with the working folder inside it."""
    return _copied(toy_template, tmp_path / "project", monkeypatch)


@pytest.fixture(scope="session")
def built_template(toy_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from helpers.pipeline import build_study

    root = tmp_path_factory.mktemp("built") / "project"
    shutil.copytree(toy_template, root)
    build_study(root, "toy", render=False)
    return root


@pytest.fixture
def manuscript(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run the command in this process; return its exit status and what it said."""
    from helpers import cli

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["manuscript", *words])
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code
        return code, *capsys.readouterr()

    return command


@pytest.fixture(scope="session")
def refused():
    """Expect a ValueError of a check of our own, not of a library that chokes on the nonsense."""

    @contextmanager
    def refusal() -> Iterator[pytest.ExceptionInfo[ValueError]]:
        with pytest.raises(ValueError, match=r".+") as caught:
            yield caught
        assert SOURCES in Path(caught.traceback[-1].path).parents, str(caught.value)

    return refusal


@pytest.fixture
def built(tmp_path: Path, built_template: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """The toy project with its record built, documents not yet."""
    return _copied(built_template, tmp_path / "project", monkeypatch)


def _copied(template: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    shutil.copytree(template, root)
    monkeypatch.chdir(root)
    return Toy(root)


def _cell(cell_id: str, source: str, tags: list[str] | None = None) -> dict:
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": {"tags": tags} if tags else {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
