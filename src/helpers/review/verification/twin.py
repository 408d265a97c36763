"""Synthetic tables in the shape of a study's own, made from ``study.yml`` alone.

No registry table is read: levels, ranges, orders of dates and names of agents are those that the
definition declares, and everything else is drawn with a fixed seed. The tables serve to run the
notebooks where the real ones may not be seen; no number from them means anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.errors import ManuscriptError
from helpers.imwg import CATEGORIES
from helpers.study.cohort import read_cohort
from helpers.study.definition import Study
from helpers.study.failures import InvalidTables
from helpers.study.schema import Lines, TableSource, Variable
from helpers.study.tables import declared

if TYPE_CHECKING:
    import pandas as pd
    from numpy.random import Generator

PATIENTS = 150
SEED = 20251121
ROUNDS = 20
#: Days from a patient's first to last date: least and most.
FOLLOWED = (120, 3000)
LATEST_ENTRY = 400
UNKNOWN = 0.05
EVENTS = 0.5
MOST_LINES = 3
MOST_ROWS = 4
#: Days of a variable that lies before the origin, such as birth: most and least.
BEFORE = (29000, 15000)
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
Line = dict[str, str]
Tables = dict[str, list[Line]]


@dataclass(frozen=True)
class Course:
    """The time line of one synthetic patient, in days.

    Attributes:
        start: The first day.
        days: Days from the first to the last.
        dead: Whether the last day is that of death.
    """

    start: int
    days: int
    dead: bool


def make_twin(
    root: Path, study: Study, folder: Path, *, patients: int = PATIENTS, seed: int = SEED
) -> tuple[Path, ...]:
    """Write synthetic tables that can be read as the study's own, and return their paths.

    Patients whose rows break a rule of the definition are drawn again, up to 20 times.

    Args:
        root: The project's folder.
        study: The study.
        folder: Where the tables go; made where it is not there.
        patients: How many patients.
        seed: Seed of the random numbers.

    Raises:
        ManuscriptError: A table is in a format that cannot be written, or the definition cannot
            be fulfilled by chance.
    """
    import numpy as np

    sources = declared(study)
    _require_writable(sources)
    stages = _stages(study)
    drawn = {
        number: _patient(study, stages, number, np.random.default_rng([seed, 0, number]))
        for number in range(1, patients + 1)
    }
    for again in range(1, ROUNDS + 1):
        paths, rows = _write(drawn, sources, folder)
        try:
            read_cohort(root, study, source=folder)
        except InvalidTables as broken:
            wrong = {rows[f.table][f.row - 2] for f in broken.failures if f.row is not None}
            if not wrong:
                raise
            for number in wrong:
                random = np.random.default_rng([seed, again, number])
                drawn[number] = _patient(study, stages, number, random)
        else:
            return paths
    raise ManuscriptError(
        f"no synthetic twin of {study.id} was found in {ROUNDS} rounds",
        where=f"data/{study.id}/study.yml",
        remedy="declare every order of dates in `date_order`, or write the tables yourself",
    )


def _require_writable(sources: dict[str, TableSource]) -> None:
    for name, source in sources.items():
        if Path(source.file).suffix.lower() not in SUFFIXES:
            raise ManuscriptError(
                f"a synthetic table {name!r} cannot be written in this format",
                where=source.file,
                remedy=f"the twin can be {', '.join(SUFFIXES)}; write it yourself",
            )
    files = [(source.file, source.sheet) for source in sources.values()]
    if len(set(files)) < len(files):
        raise ManuscriptError(
            "two tables lie in one file, which a synthetic twin cannot",
            where=files[0][0],
            remedy="write the tables yourself",
        )


def _stages(study: Study) -> dict[str, float]:
    """Return where on a patient's time line each dated variable lies, in 0..1.

    In the order that ``date_order`` and the endpoints ask for; a last contact lies at the end.
    """
    dated = [name for name, variable in study.variables.items() if variable.type in ("date", "day")]
    before: dict[str, set[str]] = {name: set() for name in dated}
    pairs = [(order.earlier, order.later) for order in study.date_order]
    for endpoint in study.endpoints.values():
        pairs += [(endpoint.start, name) for name in (*endpoint.events, endpoint.censor)]
        pairs += [(name, endpoint.censor) for name in endpoint.events]
    for earlier, later in pairs:
        if earlier in before and later in before:
            before[later].add(earlier)
    try:
        order = list(TopologicalSorter(before).static_order())
    except CycleError:
        order = dated
    last = {endpoint.censor for endpoint in study.endpoints.values()} | _deaths(study)
    number = {name: place / max(len(order), 1) for place, name in enumerate(order)}
    return {name: 1.0 if name in last else number[name] for name in dated}


def _deaths(study: Study) -> set[str]:
    return {name for e in study.endpoints.values() if e.kind == "os" for name in e.events}


def _patient(study: Study, stages: dict[str, float], number: int, random: Generator) -> Tables:
    """Draw the rows of one patient in every table."""
    days = int(random.integers(*FOLLOWED))
    entry = int(random.integers(0, LATEST_ENTRY))
    start = 0 if study.counts_days else -days - entry
    course = Course(start, days, bool(random.random() < EVENTS))
    name = f"T{number:04d}"
    made: Tables = {"patients": [{study.tables.patients.id: name}]}
    for key, variable in study.variables.items():
        text = _value(study, key, variable, stages, course, random)
        made["patients"][0].setdefault(variable.column, text)
    long = {
        "treatments": _treatments,
        "responses": _responses,
        "adverse_events": _adverse_events,
    }
    for table, draw in long.items():
        source = getattr(study.tables, table)
        if source is not None:
            made[table] = [{source.id: name, **row} for row in draw(study, source, course, random)]
    return made


def _value(
    study: Study,
    key: str,
    variable: Variable,
    stages: dict[str, float],
    course: Course,
    random: Generator,
) -> str:
    events = {name for endpoint in study.endpoints.values() for name in endpoint.events}
    if key in _deaths(study):
        return _day(study, course.start + course.days) if course.dead else ""
    if key in events and random.random() > EVENTS:
        return ""
    if key not in stages and not variable.required and random.random() < UNKNOWN:
        return ""
    if variable.type in ("date", "day"):
        if variable.maximum is not None and variable.maximum <= 0:
            return str(int(variable.maximum) - int(random.integers(BEFORE[1], BEFORE[0])))
        return _day(study, course.start + round(stages[key] * course.days))
    if variable.type in ("number", "integer"):
        return _number(variable, random)
    choices = {
        "yes_no": [study.yes_codes[0], study.no_codes[0]],
        "category": list(variable.levels),
        "response": [category for category in CATEGORIES if category != "NE"],
    }.get(variable.type, ["text"])
    return choices[int(random.integers(len(choices)))]


def _number(variable: Variable, random: Generator) -> str:
    low = variable.minimum if variable.minimum is not None else 1.0
    high = variable.maximum if variable.maximum is not None else low + 99.0
    value = (low + (high - low) * random.random()) / variable.scale
    return str(round(value)) if variable.type == "integer" else f"{value:.4g}"


def _day(study: Study, day: int) -> str:
    """Return a day as the study writes it; dates count back from the data cut."""
    if study.counts_days:
        return str(day)
    return (study.data_cut + dt.timedelta(days=day)).strftime(study.date_formats[0])


def _treatments(
    study: Study, source: TableSource, course: Course, random: Generator
) -> Iterator[Line]:
    if study.lines is None:
        return
    agents, procedures = list(study.lines.agents), list(study.lines.procedures)
    words = {number: spelled[0] for number, spelled in study.lines.words.items() if spelled}
    lines = int(random.integers(1, MOST_LINES + 1))
    step = max(round(course.days / (lines + 1) * random.uniform(0.3, 1)), 2)
    for line in range(1, lines + 1):
        first = course.start + (line - 1) * step
        rows = [{"agent": agent, "type": ""} for agent in _agents(study.lines, agents, random)]
        if procedures and random.random() < EVENTS:
            rows.append({"agent": "", "type": procedures[int(random.integers(len(procedures)))]})
        for row in rows:
            held = {
                **row,
                "line": words.get(line, str(line)),
                "start": _day(study, first),
                "end": _day(study, first + step // 2),
            }
            yield {source.columns[name]: held[name] for name in source.columns if name in held}


def _agents(lines: Lines, agents: list[str], random: Generator) -> list[str]:
    """Draw the agents of a line: those of a declared regimen, or any of them."""
    if lines.regimens and random.random() < EVENTS:
        regimen = lines.regimens[int(random.integers(len(lines.regimens)))]
        return [*regimen.all_of, *regimen.any_of[:1]]
    chosen = random.choice(
        len(agents), size=min(int(random.integers(1, 4)), len(agents)), replace=False
    )
    return [agents[int(place)] for place in chosen]


def _responses(
    study: Study, source: TableSource, course: Course, random: Generator
) -> Iterator[Line]:
    categories = [category for category in CATEGORIES if category != "NE"]
    for number in range(1, int(random.integers(1, MOST_ROWS + 1)) + 1):
        day = course.start + number * course.days // (MOST_ROWS + 2)
        held = {
            "date": _day(study, day),
            "response": categories[int(random.integers(len(categories)))],
        }
        yield {source.columns[name]: held[name] for name in source.columns if name in held}


def _adverse_events(
    study: Study, source: TableSource, course: Course, random: Generator
) -> Iterator[Line]:
    if study.adverse_events is None:
        return
    terms = [term for one in study.adverse_events.classes.values() for term in one.terms]
    for _ in range(int(random.integers(0, MOST_ROWS)) if terms else 0):
        held = {
            "term": terms[int(random.integers(len(terms)))],
            "grade": str(int(random.integers(1, 5))),
            "start": _day(study, course.start + int(random.integers(course.days))),
        }
        yield {source.columns[name]: held[name] for name in source.columns if name in held}


def _write(
    drawn: dict[int, Tables], sources: dict[str, TableSource], folder: Path
) -> tuple[tuple[Path, ...], dict[str, list[int]]]:
    """Write the tables; return their paths and, per table, the patient of every row."""
    import pandas as pd

    owners: dict[str, list[int]] = {}
    sheets: dict[str, dict[str, pd.DataFrame]] = {}
    for table, source in sources.items():
        rows = [(number, row) for number, made in drawn.items() for row in made.get(table, [])]
        owners[table] = [number for number, _ in rows]
        columns = list(dict.fromkeys(name for _, row in rows for name in row))
        frame = pd.DataFrame([row for _, row in rows], columns=columns or [source.id]).fillna("")
        if source.decimal == "," and source.separator != ",":
            numeric = frame.map(lambda text: text.replace(".", ",") if _plain(text) else text)
            frame = numeric
        sheets.setdefault(source.file, {})[source.sheet or "Sheet1"] = frame
    paths = []
    for name, frames in sheets.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        source = next(source for source in sources.values() if source.file == name)
        _write_file(path, frames, source)
        paths.append(path)
    return tuple(paths), owners


def _write_file(path: Path, frames: Mapping[str, pd.DataFrame], source: TableSource) -> None:
    import pandas as pd

    if path.suffix.lower() == ".xlsx":
        with pd.ExcelWriter(path, engine="openpyxl") as book:
            for sheet, frame in frames.items():
                frame.to_excel(book, sheet_name=sheet, index=False)
        return
    separator = "\t" if path.suffix.lower() == ".tsv" else source.separator
    (frame,) = frames.values()
    frame.to_csv(path, sep=separator, index=False, lineterminator="\n", encoding=source.encoding)


def _plain(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and "." in text
