"""A small record that tells of nobody, and everything that can be planted in it.

Run as a program it plants every kind of disclosure in every place and prints how many of them
the gate finds: the figures of docs/checks.md.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from helpers.ledger.row import Row
from helpers.review.findings import GateReport
from helpers.review.gates import disclosure
from helpers.review.gates.coherence import View
from helpers.review.gates.disclosure.identity import Registry, read_registry
from helpers.review.gates.disclosure.material import read_material
from helpers.study import load_study
from helpers.study.definition import Study
from helpers.study.schema import Disclosure

ROOT = Path(__file__).parents[2]
STUDY = "aponermin"
FREE_TEXT = "rash on both forearms after dose two"
IDENTIFIER = "AP-017"
#: A day that a patient of the study's table has.
DAY = ("2024", "09", "07")


def share(key: str, n: int, of: int = 400, **given: Any) -> Row:
    given = {"population": "treated", "statistic": "percent", "unit": "%", **given}
    value = 100 * n / of
    return Row(key=key, value=value, display=f"{value:.1f}%", n=n, denominator=of, **given)


def count(key: str, n: int, of: int | None = None, **given: Any) -> Row:
    given = {"population": "treated", "statistic": "count", **given}
    return Row(key=key, value=n, display=str(n), n=n, denominator=of, **given)


ROWS = (
    count("population.treated", 400, 420),
    count("population.evaluable", 380, 420, population="evaluable"),
    share("baseline.sex.male", 200, variable="sex", group="sex=male"),
    share("baseline.sex.female", 190, variable="sex", group="sex=female"),
    share("baseline.sex.missing", 10, variable="sex"),
    share("response.cbr", 300),
    share("response.orr", 280),
    share("response.vgpr_or_better", 120),
    share("response.cr_or_better", 60),
    count("survival.pfs.patients", 400),
    count("survival.pfs.events", 200, 400),
    share("survival.pfs.rate_6_months", 300, statistic="survival_rate"),
    share("survival.pfs.rate_12_months", 200, statistic="survival_rate"),
    count("survival.pfs.by.sex.male.patients", 205),
    count("survival.pfs.by.sex.male.events", 100, 205),
    count("survival.pfs.by.sex.female.patients", 195),
    count("survival.pfs.by.sex.female.events", 100, 195),
    share("safety.all.any", 300, context="safety"),
    share("safety.all.grade_3", 200, context="safety"),
    share("safety.all.grade_5", 20, context="safety"),
)
TABLE = "Characteristic,Treated patients (N = 400)\nMale,200 (50.0%)\nEvents,200/400\nUnknown,10\n"
FIGURE = "step,label,excluded,remaining\nsource,Registry,0,420\ntreated,Not treated,20,400\n"
PAGE = "<html><head><style>p{{}}</style></head><body><p>{}</p></body></html>"
WORDS = "Of 400 patients 280 (70.0%) responded, 280/400."


def notebook(text: str = WORDS, html: str = "<table><tr><td>280 (70.0%)</td></tr></table>") -> str:
    """An executed notebook of one cell, which printed a text and showed some HTML."""
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": [text]},
        {"output_type": "display_data", "data": {"text/html": html, "text/plain": "x"}},
    ]
    cell = {"cell_type": "code", "source": ["show()"], "outputs": outputs}
    return json.dumps({"cells": [cell]})


def write_record(folder: Path, rows: tuple[Row, ...] = ROWS) -> Path:
    """Write the record that tells of nobody."""
    for name in ("tables", "figures"):
        (folder / name).mkdir(parents=True)
    files = {
        "01-cleaning.ipynb": notebook(),
        "tables/tbl-baseline.csv": TABLE,
        "figures/fig-flow.csv": FIGURE,
        "figures/fig-flow.svg": "<svg><!-- Registry --><text>(n = 420)</text></svg>",
        "ledger.json": json.dumps({"rows": [row.as_dict() for row in rows]}),
        "paper.html": PAGE.format(WORDS),
        "paper.xml": f"<article><p>{WORDS}</p></article>",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def real_study(**limits: Any) -> Study:
    """The study as if its patients were real."""
    study = load_study(ROOT, STUDY)
    return study.model_copy(update={"provenance": "real", "disclosure": Disclosure(**limits)})


def registry_of(study: Study) -> Registry:
    """What the study's registry holds, with a free text as it might have."""
    return replace(read_registry(ROOT, study, None), texts=(FREE_TEXT,))


def look(
    folder: Path,
    study: Study,
    registry: Registry | None,
    rows: tuple[Row, ...] = ROWS,
    sources: tuple[Path, ...] = (),
) -> GateReport:
    """Let the gate look at a record."""
    return disclosure.report(View(rows, study), read_material(folder, sources), registry)


#: Kind of trace to what is planted for it.
PLANTED = {
    "identifier": IDENTIFIER,
    "date of a patient": "".join(DAY),
    "date": "14.03.2023",
    "date, in ISO": "2023-03-14T00:00:00",
    "date, in words": "14 March 2023",
    "date, American": "March 14, 2023",
    "date, Chinese": "2023年3月14日",
    "e-mail address": "someone@hospital.example",
    "telephone number": "+49 30 1234 5678",
    "record number": "MRN 0045123",
    "free text": FREE_TEXT,
    "small cell": "3 (0.8%)",
    "small cell, as a ratio": "3/400",
    "small cell by subtraction": "398/400",
}


def in_notebook_print(text: str) -> tuple[str, str]:
    return "01-cleaning.ipynb", notebook(text=f"{WORDS}\nseen {text} here")


def in_notebook_html(text: str) -> tuple[str, str]:
    return "01-cleaning.ipynb", notebook(html=f"<table><tr><td>{text}</td></tr></table>")


def in_notebook_source(text: str) -> tuple[str, str]:
    cell = {"cell_type": "markdown", "source": [f"We saw {text} there."]}
    return "01-cleaning.ipynb", json.dumps({"cells": [cell]})


def in_table(text: str) -> tuple[str, str]:
    return "tables/tbl-baseline.csv", f'{TABLE}Seen,"{text}"\n'


def in_figure_data(text: str) -> tuple[str, str]:
    return "figures/fig-flow.csv", f'{FIGURE}seen,"{text}",20,300\n'


def in_figure_words(text: str) -> tuple[str, str]:
    return "figures/fig-flow.svg", f"<svg><!-- {text} --><path d='M 1 2'/></svg>"


def in_html(text: str) -> tuple[str, str]:
    return "paper.html", PAGE.format(f"{WORDS} Seen: {text}, once.")


def in_jats(text: str) -> tuple[str, str]:
    return "paper.xml", f"<article><p>{WORDS}</p><p>Seen: {text}, once.</p></article>"


def in_ledger(text: str) -> tuple[str, str]:
    rows = [row.as_dict() for row in ROWS]
    return "ledger.json", json.dumps({"rows": [{**rows[0], "method": f"seen {text}"}, *rows[1:]]})


PLACES: tuple[Callable[[str], tuple[str, str]], ...] = (
    in_notebook_print,
    in_notebook_html,
    in_notebook_source,
    in_table,
    in_figure_data,
    in_figure_words,
    in_html,
    in_jats,
    in_ledger,
)
#: The ledger's words hold no counts: a small cell there is a row, planted by ``DERIVED``.
CELLS = frozenset(name for name in PLANTED if name.startswith("small cell"))


def applies(kind: str, place: Callable[[str], tuple[str, str]]) -> bool:
    return not (kind in CELLS and place is in_ledger)


#: Small cells of the ledger: what is planted, and rows that put it there.
DERIVED: dict[str, tuple[str, tuple[Row, ...]]] = {
    "a numerator": ("small cell", (share("response.orr", 3),)),
    "a denominator": ("small cell", (share("response.by.sex.male", 0, 4),)),
    "a complement": ("small cell by subtraction", (share("response.orr", 397),)),
    "a level that is not shown": (
        "small cell by subtraction",
        (share("baseline.sex.missing", 7, variable="sex"),),
    ),
    "a group that is not shown": (
        "small cell by subtraction",
        (count("survival.pfs.by.sex.female.patients", 192),),
    ),
    "events of a group that is not shown": (
        "small cell by subtraction",
        (count("survival.pfs.by.sex.female.events", 98, 195),),
    ),
    "those who left between two times": (
        "small cell by subtraction",
        (share("survival.pfs.rate_12_months", 298, statistic="survival_rate"),),
    ),
    "those who left before the first time": (
        "small cell by subtraction",
        (share("survival.pfs.rate_6_months", 398, statistic="survival_rate"),),
    ),
    "those between two grades": (
        "small cell by subtraction",
        (share("safety.all.grade_3", 298, context="safety"),),
    ),
    "those between two rates of response": (
        "small cell by subtraction",
        (share("response.orr", 297),),
    ),
    "those of one population only": (
        "small cell by subtraction",
        (count("population.evaluable", 398, 420, population="evaluable"),),
    ),
    "a few at risk": (
        "small cell",
        (share("survival.pfs.rate_12_months", 2, statistic="survival_rate"),),
    ),
}


def with_rows(changed: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows of the record, some of them in place of those with the same key."""
    new = {row.key: row for row in changed}
    return (*(new.pop(row.key, row) for row in ROWS), *new.values())


@dataclass(frozen=True)
class Plants:
    """Where plants are made: the record, the study and its registry."""

    folder: Path
    study: Study
    registry: Registry

    def found(self, kind: str, place: Callable[[str], tuple[str, str]]) -> GateReport:
        """Plant a text in one place, look, and put the file back."""
        name, text = place(PLANTED[kind])
        path = self.folder / name
        before = path.read_text(encoding="utf-8")
        path.write_text(text, encoding="utf-8")
        try:
            return look(self.folder, self.study, self.registry)
        finally:
            path.write_text(before, encoding="utf-8")


def named(report: GateReport, kind: str, file: str) -> bool:
    """Whether an error of a kind stands in a file."""
    word = kind.partition(",")[0]
    return any(
        one.what.partition(",")[0] == word and one.where.startswith(f"{file}:")
        for one in report.errors
    )


def main() -> None:
    """Print what was found of what was planted."""
    folder = Path(tempfile.mkdtemp())
    study = real_study()
    plants = Plants(write_record(folder / "record"), study, registry_of(study))
    tally: Counter[bool] = Counter()
    for kind in PLANTED:
        for place in PLACES:
            if applies(kind, place):
                hit = named(plants.found(kind, place), kind, place("")[0])
                tally[hit] += 1
                if not hit:
                    print(f"not found: {kind}, {place.__name__}")
    for what, (kind, changed) in DERIVED.items():
        hit = named(look(plants.folder, study, None, with_rows(changed)), kind, "ledger.json")
        tally[hit] += 1
        if not hit:
            print(f"not found: {what}")
    print(f"found {tally[True]} of {sum(tally.values())} planted")
    shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
