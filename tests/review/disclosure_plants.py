"""A small record that tells of nobody, and everything that can be planted in it.

Run as a program it plants every kind of disclosure in every place and prints how many of them
the gate finds: the figures of docs/checks.md.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import carriers

from helpers.ledger.row import Row
from helpers.review.findings import GateReport
from helpers.review.gates import disclosure
from helpers.review.gates.coherence import View
from helpers.review.gates.disclosure import identity
from helpers.review.gates.disclosure.identity import Registry, read_registry
from helpers.review.gates.disclosure.material import material_of, read_file, read_material
from helpers.review.gates.disclosure.parts import Parts
from helpers.study import load_study
from helpers.study.definition import Study
from helpers.study.schema import Disclosure

ROOT = Path(__file__).parents[2]
STUDY = "aponermin"
FREE_TEXT = "rash on both forearms after dose two"
IDENTIFIER = "AP-017"
#: A name as a column of names has it.
PERSON = "Muster, Erika"
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


def as_bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


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
        "paper.docx": carriers.docx(),
        "paper.pdf": carriers.pdf(WORDS),
        "figures/fig-flow.png": carriers.png(),
    }
    for name, text in files.items():
        (folder / name).write_bytes(as_bytes(text))
    return folder


def real_study(**limits: Any) -> Study:
    """The study as if its patients were real."""
    study = load_study(ROOT, STUDY)
    return study.model_copy(update={"provenance": "real", "disclosure": Disclosure(**limits)})


def registry_of(study: Study) -> Registry:
    """What the study's registry holds, with a free text and a name as it might have."""
    found = read_registry(ROOT, study, None)
    names = {identity.digest(PERSON): True}
    return replace(found, texts=(FREE_TEXT,), identifiers={**found.identifiers, **names}, words=2)


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
    "identifier, with a space": IDENTIFIER.replace("-", " "),
    "identifier, undivided": IDENTIFIER.replace("-", "").lower(),
    "identifier, another hyphen": IDENTIFIER.replace("-", "\u2011"),
    "identifier, a name": PERSON,
    "date of a patient": "".join(DAY),
    "date of a patient, short": "7.9.24",
    "date": "14.03.2023",
    "date, in ISO": "2023-03-14T00:00:00",
    "date, in words": "14 March 2023",
    "date, in more words": "14th of March 2023",
    "date, German": "14. Dez. 2023",
    "date, short": "14-Mar-23",
    "date, American": "March 14, 2023",
    "date, Chinese": "2023年3月14日",
    "e-mail address": "someone@hospital.example",
    "telephone number": "+49 30 1234 5678",
    "record number": "MRN 0045123",
    "name": "Patient name: Muster",
    "free text": FREE_TEXT,
    "small cell": "3 (0.8%)",
    "small cell, as a ratio": "3/400",
    "small cell by subtraction": "398/400",
}


def in_ledger(text: str) -> str:
    rows = [row.as_dict() for row in ROWS]
    return json.dumps({"rows": [{**rows[0], "method": f"seen {text}"}, *rows[1:]]})


def in_notebook_source(text: str) -> str:
    cell = {"cell_type": "markdown", "source": [f"We saw {text} there."]}
    return json.dumps({"cells": [cell]})


@dataclass(frozen=True)
class Place:
    """Where something may stand.

    Attributes:
        file: The file, relative to the record.
        make: Makes the file with a text in it.
        counts: Whether its numbers count patients.
        ascii: Whether it takes no other letters: the fonts of the PDF have no Chinese.
    """

    file: str
    make: Callable[[str], str | bytes]
    counts: bool = False
    ascii: bool = False


PLACES: dict[str, Place] = {
    "printed by a notebook": Place(
        "01-cleaning.ipynb", lambda text: notebook(text=f"{WORDS}\nseen {text} here"), counts=True
    ),
    "shown by a notebook": Place(
        "01-cleaning.ipynb",
        lambda text: notebook(html=f"<table><tr><td>{text}</td></tr></table>"),
        counts=True,
    ),
    "source of a notebook": Place("01-cleaning.ipynb", in_notebook_source, counts=True),
    "picture of a notebook": Place("01-cleaning.ipynb", carriers.notebook_with_picture),
    "data of a notebook": Place("01-cleaning.ipynb", carriers.notebook_with_data),
    "attachment of a notebook": Place("01-cleaning.ipynb", carriers.notebook_with_attachment),
    "metadata of a notebook": Place("01-cleaning.ipynb", carriers.notebook_with_metadata),
    "error of a notebook": Place("01-cleaning.ipynb", carriers.notebook_with_error, counts=True),
    "table": Place("tables/tbl-baseline.csv", lambda text: f'{TABLE}Seen,"{text}"\n', counts=True),
    "data of a figure": Place(
        "figures/fig-flow.csv", lambda text: f'{FIGURE}seen,"{text}",20,300\n', counts=True
    ),
    "comment of an SVG": Place(
        "figures/fig-flow.svg", lambda text: f"<svg><!-- {text} --><path/></svg>", counts=True
    ),
    "text of an SVG": Place(
        "figures/fig-flow.svg", lambda text: f"<svg><text>{text}</text></svg>", counts=True
    ),
    "title of an SVG": Place(
        "figures/fig-flow.svg", lambda text: f"<svg><title>{text}</title></svg>", counts=True
    ),
    "text of a PNG": Place("figures/fig-flow.png", carriers.png_itxt),
    "packed text of a PNG": Place("figures/fig-flow.png", carriers.png_packed_itxt),
    "zTXt of a PNG": Place("figures/fig-flow.png", carriers.png_ztxt, ascii=True),
    "tEXt of a PNG": Place("figures/fig-flow.png", carriers.png_text, ascii=True),
    "behind a PNG": Place("figures/fig-flow.png", carriers.png_behind),
    "ledger": Place("ledger.json", in_ledger),
    "numbers": Place("numbers.yml", lambda text: f'n:\n  a: "seen {text} here"\n'),
    "HTML": Place("paper.html", lambda text: PAGE.format(f"Seen: {text}, once."), counts=True),
    "attribute of HTML": Place("paper.html", carriers.page_with_attribute),
    "comment of HTML": Place("paper.html", carriers.page_with_comment),
    "script of HTML": Place("paper.html", carriers.page_with_script),
    "picture of HTML": Place("paper.html", carriers.page_with_picture),
    "JATS": Place(
        "paper.xml", lambda text: f"<article><p>Seen: {text}, once.</p></article>", counts=True
    ),
    "comment of JATS": Place("paper.xml", lambda text: f"<article><!-- {text} --></article>"),
    "attribute of JATS": Place("paper.xml", lambda text: f'<article a="{text}"/>'),
    "DOCX": Place("paper.docx", carriers.docx, counts=True),
    "table of DOCX": Place("paper.docx", carriers.docx_cell, counts=True),
    "comment of DOCX": Place("paper.docx", carriers.docx_comment, counts=True),
    "author of a comment": Place("paper.docx", carriers.docx_author),
    "header of DOCX": Place("paper.docx", carriers.docx_header, counts=True),
    "properties of DOCX": Place("paper.docx", carriers.docx_properties),
    "alternative text of DOCX": Place("paper.docx", carriers.docx_alt_text),
    "picture of DOCX": Place("paper.docx", carriers.docx_picture),
    "custom XML of DOCX": Place("paper.docx", carriers.docx_custom_xml),
    "PDF": Place(
        "paper.pdf", lambda text: carriers.pdf(f"Seen: {text}, once."), counts=True, ascii=True
    ),
    "title of PDF": Place("paper.pdf", carriers.pdf_title),
    "keywords of PDF": Place("paper.pdf", carriers.pdf_keywords),
    "note on PDF": Place("paper.pdf", carriers.pdf_note),
    "file attached to PDF": Place("paper.pdf", carriers.pdf_attachment),
    "plain text": Place("abstract.txt", lambda text: f"Seen: {text}, once.\n", counts=True),
    "text in UTF-16": Place("notes.txt", lambda text: f"Seen: {text}, once.".encode("utf-16")),
    "packed text": Place("notes.txt.gz", lambda text: gzip.compress(f"seen {text}".encode())),
    "log": Place("build.log", lambda text: f"INFO seen {text} here\n", counts=True),
    "page of the site": Place("site/ledger.html", lambda text: PAGE.format(text), counts=True),
    "script of the site": Place("site/assets/a.js", lambda text: f'const seen = "{text}";\n'),
    "photograph": Place("figures/photo.jpg", carriers.jpeg, ascii=True),
}
#: The ledger's words hold no counts: a small cell there is a row, planted by ``DERIVED``.
CELLS = frozenset(name for name in PLANTED if name.startswith("small cell"))


def applies(kind: str, place: Place) -> bool:
    return (place.counts or kind not in CELLS) and (PLANTED[kind].isascii() or not place.ascii)


ROWS_OF_PATIENTS = carriers.patients()
#: Places that can hold a row a patient.
ROW_PLACES: dict[str, Place] = {
    "table": Place("tables/tbl-baseline.csv", lambda _: carriers.as_csv(ROWS_OF_PATIENTS)),
    "data of a figure": Place("figures/fig-flow.csv", lambda _: carriers.as_csv(ROWS_OF_PATIENTS)),
    "table of the site": Place("site/tables/a.csv", lambda _: carriers.as_csv(ROWS_OF_PATIENTS)),
    "printed by a notebook": Place(
        "01-cleaning.ipynb", lambda _: notebook(text=carriers.as_text(ROWS_OF_PATIENTS))
    ),
    "HTML": Place("paper.html", lambda _: PAGE.format(carriers.as_html(ROWS_OF_PATIENTS))),
    "page of the site": Place(
        "site/ledger.html", lambda _: PAGE.format(carriers.as_html(ROWS_OF_PATIENTS))
    ),
    "JATS": Place("paper.xml", lambda _: carriers.as_jats(ROWS_OF_PATIENTS)),
    "DOCX": Place("paper.docx", lambda _: carriers.docx(rows=ROWS_OF_PATIENTS)),
    "PDF": Place("paper.pdf", lambda _: carriers.pdf(rows=ROWS_OF_PATIENTS)),
    "plain text": Place("abstract.txt", lambda _: carriers.as_text(ROWS_OF_PATIENTS)),
    "log": Place("build.log", lambda _: carriers.as_text(ROWS_OF_PATIENTS)),
}


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
    """Where plants are made: the record, read once, the study and its registry."""

    folder: Path
    study: Study
    registry: Registry

    @cached_property
    def parts(self) -> dict[str, Parts]:
        """What was read of each file of the record."""
        files = [path for path in sorted(self.folder.rglob("*")) if path.is_file()]
        names = {path.relative_to(self.folder).as_posix(): path for path in files}
        return {name: read_file(path.read_bytes(), name) for name, path in names.items()}

    def found(self, text: str, place: Place) -> GateReport:
        """Look at the record with one of its files in which a text was planted."""
        planted = read_file(as_bytes(place.make(text)), place.file)
        material = material_of([*{**self.parts, place.file: planted}.values()])
        return disclosure.report(View(ROWS, self.study), material, self.registry)


def named(report: GateReport, kind: str, file: str) -> bool:
    """Whether an error of a kind stands in a file."""
    word = kind.partition(",")[0]
    return any(
        one.what.partition(",")[0] == word and re.match(rf"{re.escape(file)}\b", one.where)
        for one in report.errors
    )


def plant_all(plants: Plants) -> Iterator[tuple[str, bool]]:
    """Plant everything everywhere, one at a time, and tell whether its file was named."""
    for kind, text in PLANTED.items():
        for name, place in PLACES.items():
            if applies(kind, place):
                yield f"{kind}, {name}", named(plants.found(text, place), kind, place.file)
    for name, place in ROW_PLACES.items():
        hit = named(plants.found("", place), "row-level output", place.file)
        yield f"rows of patients, {name}", hit
    for what, (kind, changed) in DERIVED.items():
        report = look(plants.folder, plants.study, None, with_rows(changed))
        yield what, named(report, kind, "ledger.json")


def main() -> None:
    """Print what was found of what was planted."""
    with tempfile.TemporaryDirectory() as folder:
        study = real_study()
        plants = Plants(write_record(Path(folder) / "record"), study, registry_of(study))
        found = dict(plant_all(plants))
    for what, hit in found.items():
        if not hit:
            print(f"not found: {what}")
    print(f"found {sum(found.values())} of {len(found)} planted")


if __name__ == "__main__":
    sys.exit(main())
