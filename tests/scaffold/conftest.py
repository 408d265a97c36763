"""Tables of made-up patients, as hospitals export them, and a project to begin a study in."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

Rows = list[list[object]]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write rows, the first being the header, as a table of the suffix of its name."""

    def written(name: str, rows: Rows, *, separator: str = ",", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        if path.suffix == ".xlsx":
            book = openpyxl.Workbook()
            for row in rows:
                book.active.append(row)
            book.save(path)
            return path
        with path.open("w", newline="", encoding=encoding) as file:
            csv.writer(file, delimiter=separator).writerows(rows)
        return path

    return written


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "_quarto.yml").write_text("project: {type: default}\n")
    return root


@pytest.fixture
def cohort() -> Rows:
    """Twelve patients with English headings."""
    head = ["Patient ID", "Age", "Sex", "ISS", "Treatment start", "Progression", "Last follow-up"]
    start = dt.date(2023, 1, 2)
    rows = [
        [
            f"P{number:02d}",
            50 + number,
            "MF"[number % 2],
            ["I", "II", "III"][number % 3],
            str(start + dt.timedelta(days=7 * number)),
            str(start + dt.timedelta(days=200 + 9 * number)) if number % 2 else "",
            str(start + dt.timedelta(days=420)),
        ]
        for number in range(12)
    ]
    return [head, *rows]
