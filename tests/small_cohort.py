"""An author's own cohort, as docs/own-cohort.md walks through it: a workbook of made-up patients.

The study's definition and the two documents are the code blocks of that page, so that what it
shows is what these tests run.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "own-cohort.md"
STUDY = "mycohort"
SHARED = ("notebooks", "manuscripts/_shared", "_quarto.yml", "requirements.lock")
FILE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COLUMNS = (
    "Pat.-Nr.",
    "Alter",
    "Geschlecht",
    "Leichtkette",
    "R-ISS",
    "Vortherapien",
    "Therapiebeginn",
    "Bestes Ansprechen",
    "Progress am",
    "Verstorben am",
    "Letzter Kontakt",
)
MANUSCRIPT = "from helpers.cli import main; main()"
SEED = 20250607
PATIENTS = 25
Value = str | int | dt.datetime | None


def files_of_the_guide() -> dict[str, str]:
    """The files that the guide shows, by their path in the project."""
    return dict(FILE.findall(GUIDE.read_text(encoding="utf-8")))


def shown_in_the_guide(beginning: str) -> str:
    """The text block of the guide that begins with these words."""
    page = GUIDE.read_text(encoding="utf-8")
    start = page.index(f"```\n{beginning}") + len("```\n")
    return page[start : page.index("```", start)]


def patients() -> list[list[Value]]:
    """Made-up rows: 25 patients, one of them twice, and one who does not qualify."""
    draw = random.Random(SEED)
    rows = [_patient(number, draw) for number in range(1, PATIENTS + 1)]
    newly_diagnosed = _patient(PATIENTS + 1, draw)
    newly_diagnosed[COLUMNS.index("Vortherapien")] = 0
    return [*rows[:10], newly_diagnosed, *rows[10:], list(rows[3])]


def _patient(number: int, draw: random.Random) -> list[Value]:
    start = dt.datetime(2022, 1, 10) + dt.timedelta(days=draw.randrange(600))
    progression = draw.choice(range(40, 700, 30)) if draw.random() < 0.7 else None
    death = progression + 60 if progression and draw.random() < 0.5 else None
    last = death or (progression or 0) + draw.randrange(200, 500)

    def day(after: int | None) -> dt.datetime | None:
        return None if after is None else start + dt.timedelta(days=after)

    begun: Value = start if number % 6 else start.strftime("%d.%m.%Y")
    return [
        f"P-{number:02d}",
        draw.randrange(45, 83),
        draw.choice(["m", "w"]),
        draw.choice(["kappa", "κ", "lambda", "lambda", "n. b."]),
        draw.choice(["I", "II", "II", "III", None]),
        draw.randrange(1, 6),
        begun,
        draw.choice(["CR", "VGPR", "VGPR", "PR", "PR", "MR", "SD", "PD", "n. b."]),
        day(progression),
        day(death),
        day(last),
    ]


@dataclass(frozen=True)
class Project:
    """A project in a temporary folder, with the cohort of the guide and no other.

    Attributes:
        root: Its folder.
    """

    root: Path

    @property
    def outputs(self) -> Path:
        return self.root / "outputs" / STUDY

    @property
    def definition(self) -> Path:
        return self.root / "data" / STUDY / "study.yml"

    @property
    def workbook(self) -> Path:
        return self.root / "data" / STUDY / "raw" / "cohort.xlsx"

    @classmethod
    def bare(cls, root: Path) -> Project:
        """Make a project without a study."""
        for name in SHARED:
            source, target = ROOT / name, root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*"))
            else:
                shutil.copyfile(source, target)
        return cls(root)

    @classmethod
    def create(cls, root: Path) -> Project:
        """Follow the guide in an empty folder, up to where it runs the first command."""
        project = cls.bare(root)
        for name, text in files_of_the_guide().items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        project.write_patients(patients())
        return project

    def copy(self, root: Path) -> Project:
        """Copy the project with all that it has built."""
        shutil.copytree(self.root, root)
        return Project(root)

    def write_patients(self, rows: list[list[Value]], to: Path | None = None) -> None:
        """Write the workbook: a sheet of explanations, and one with the patients.

        Args:
            rows: The patients.
            to: Where to write it; its place in the project where none is named.
        """
        book = openpyxl.Workbook()
        book.active.title = "Legende"
        book.active.append(["n. b. = nicht bekannt"])
        sheet = book.create_sheet("Patienten")
        for row in ([*COLUMNS], *rows):
            sheet.append(row)
        book.properties.created = book.properties.modified = dt.datetime(2025, 1, 1)
        place = to or self.workbook
        place.parent.mkdir(parents=True, exist_ok=True)
        book.save(place)

    def change(self, row: int, column: str, value: Value) -> None:
        """Change one cell of the workbook; rows as Excel counts them, the header being 1."""
        rows = patients()
        rows[row - 2][COLUMNS.index(column)] = value
        self.write_patients(rows)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that a file holds, once."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def start(
        self, *words: str, command: list[str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        """Start the real command, or another one, in a process group of its own.

        Args:
            words: What stands after ``manuscript``.
            command: Another command line in its place.
            options: For Popen; ``environment`` is added to that of this process.
        """
        added = options.pop("environment", {})
        return subprocess.Popen(
            command or [sys.executable, "-c", MANUSCRIPT, *words],
            cwd=self.root,
            env={**os.environ, "PYTHONUTF8": "1", **added},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            **options,
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the real command in this project."""
        process = self.start(*words)
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def contents(self) -> dict[str, bytes]:
        """Every file below outputs/<study>, by relative path."""
        found = sorted(path for path in self.outputs.rglob("*") if path.is_file())
        return {path.relative_to(self.outputs).as_posix(): path.read_bytes() for path in found}

    def ledger(self) -> dict[str, dict[str, Any]]:
        """The rows of the ledger, by key."""
        rows = json.loads((self.outputs / "ledger.json").read_text(encoding="utf-8"))["rows"]
        return {row["key"]: row for row in rows}
