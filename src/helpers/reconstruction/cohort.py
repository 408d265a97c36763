"""The whole reconstruction of one study: transcript in, raw tables out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import ManuscriptError
from helpers.reconstruction import course
from helpers.reconstruction.agreement import check_agreement
from helpers.reconstruction.chosen import (
    CategoryDraw,
    Chosen,
    DateDraw,
    Ineligible,
    NumberDraw,
    Roles,
)
from helpers.reconstruction.export import Writer, to_bytes
from helpers.reconstruction.outcome import Judge, Outcome
from helpers.reconstruction.patients import (
    draw_attributes,
    draw_category,
    draw_date,
    draw_known,
    draw_number,
    in_population,
    stream,
)
from helpers.reconstruction.program import Solution, solve
from helpers.reconstruction.survival import SurvivalChecker, Times, draw_times
from helpers.reconstruction.transcript import Transcript, load_transcript
from helpers.study import load_study
from helpers.study.definition import Study

Values = dict[str, np.ndarray]


@dataclass(frozen=True)
class Reconstruction:
    """What a reconstruction wrote, and what could not be met.

    Attributes:
        study: The study's id.
        files: Files written, below the project's root.
        counts: Population or table to its number of patients or rows.
        outcomes: One per claim of the transcript.
        seed: The seed of every draw.
    """

    study: str
    files: tuple[Path, ...]
    counts: dict[str, int]
    outcomes: tuple[Outcome, ...]
    seed: int

    @property
    def given_way(self) -> tuple[Outcome, ...]:
        """Claims that no patients drawn here satisfy, each with its figures."""
        return tuple(o for o in self.outcomes if o.verdict == "gives way")

    @property
    def remarks(self) -> tuple[Outcome, ...]:
        """Claims that hold only when truncated, or only under some of the usual tests."""
        return tuple(o for o in self.outcomes if o.verdict in {"rounding only", "test-dependent"})


@dataclass(frozen=True)
class DrawnCohort:
    """The patients of a study before they are written in the hospitals' way.

    Attributes:
        study: The study.
        claims: Its transcript.
        solution: Counts from the integer program.
        attributes: Levels of every patient.
        values: Study variables of every patient (see :mod:`.patients` for the coding).
        times: What happened when.
        events: Adverse events, or None.
        outcomes: What became of every claim.
    """

    study: Study
    claims: Transcript
    solution: Solution
    attributes: pd.DataFrame
    values: Values
    times: Times
    events: pd.DataFrame | None
    outcomes: tuple[Outcome, ...]


def reconstruct(root: Path, study_id: str) -> Reconstruction:
    """Write ``data/<study>/raw/*.csv`` so that the tables explain the published abstract.

    Args:
        root: The project's root.
        study_id: The study.

    Returns:
        What was written, and the claims that had to give way. Same seed, same bytes.

    Raises:
        ManuscriptError: The transcript is missing or faulty, its chosen part contradicts
            itself, or no draw met the survival claims.
    """
    drawn = draw_cohort(root, study_id)
    chosen = chosen_part(drawn.claims, study_id)
    folder = root / "data" / study_id
    tables = write_tables(drawn)
    files = []
    for name, content in tables.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        files.append(path.relative_to(root))
    counts = {
        key: int(in_population(drawn.claims, key, drawn.attributes).sum())
        for key in drawn.claims.populations
    }
    return Reconstruction(study_id, tuple(files), counts, drawn.outcomes, chosen.seed.value)


def draw_cohort(root: Path, study_id: str) -> DrawnCohort:
    """Draw the patients of a study without writing anything.

    Raises:
        ManuscriptError: See :func:`reconstruct`.
    """
    study = load_study(root, study_id)
    where = f"data/{study_id}/claims.yml"
    claims = load_transcript(root / "data" / study_id / "claims.yml", where=where)
    chosen = chosen_part(claims, study_id)
    check_agreement(claims, chosen, study)
    seed = chosen.seed.value
    solution = solve(claims)
    attributes = draw_attributes(claims, solution, seed)
    kinds = {key: endpoint.kind for key, endpoint in study.endpoints.items()}
    values = _undated(claims, chosen, attributes)
    courses = (
        values[chosen.courses.variable] if chosen.courses else np.full(len(attributes), np.nan)
    )
    times = draw_times(claims, chosen, study.style, kinds, attributes, courses)
    values |= _dated(chosen, attributes, times)
    missing = [name for name in study.variables if name not in values]
    for name in missing:
        values[name] = draw_known(claims, name, attributes)
    events = None
    if study.tables.adverse_events is not None:
        events = course.draw_adverse_events(claims, chosen, attributes, times, seed)
    checker = SurvivalChecker(claims, study.style, kinds, attributes)
    outcomes = Judge(claims, attributes, values, times, checker).outcomes()
    return DrawnCohort(study, claims, solution, attributes, values, times, events, outcomes)


def chosen_part(claims: Transcript, study_id: str) -> Chosen:
    """Return the chosen part of a transcript.

    Raises:
        ManuscriptError: There is none, so that nothing can be reconstructed.
    """
    if claims.chosen is None:
        raise ManuscriptError(
            "the transcript has no `chosen` part",
            where=f"data/{study_id}/claims.yml",
            remedy="say there what the abstract does not, each with its reason",
        )
    return claims.chosen


def _undated(claims: Transcript, chosen: Chosen, attributes: pd.DataFrame) -> Values:
    """Draw the variables that are no dates."""
    values: Values = {}
    for name, spec in chosen.variables.items():
        if isinstance(spec, NumberDraw):
            values[name] = draw_number(claims, name, spec, attributes, chosen.seed.value)
        elif isinstance(spec, CategoryDraw):
            values[name] = draw_category(claims, name, spec, attributes, chosen.seed.value)
    return values


def _dated(chosen: Chosen, attributes: pd.DataFrame, times: Times) -> Values:
    """Return the dates (ordinals) and the best response."""
    roles, seed = chosen.roles, chosen.seed.value
    first = course.draw_first_response(chosen.response, attributes, times, seed)
    values: Values = {
        roles.start: times.start,
        roles.progression: times.start + times.progression,
        roles.death: times.start + times.death,
        roles.last_contact: times.start + times.last_contact,
        roles.first_response: times.start + first,
        roles.best_response: course.draw_best_response(chosen, attributes, times, seed),
    }
    if roles.next_therapy is not None:
        values[roles.next_therapy] = times.start + course.draw_next_therapy(chosen, times, seed)
    for name, spec in chosen.variables.items():
        if isinstance(spec, DateDraw):
            values[name] = draw_date(name, spec, attributes, values, seed)
    return values


def write_tables(drawn: DrawnCohort) -> dict[str, bytes]:
    """Return the raw tables, path below the study's folder to bytes.

    Patients stand by centre and start; those who do not qualify stand among them.
    """
    study, chosen = drawn.study, chosen_part(drawn.claims, drawn.study.id)
    values = dict(drawn.values)
    for number, how in enumerate(chosen.ineligible):
        rng = stream(chosen.seed.value, "ineligible", number)
        values = _with_ineligible(study, chosen.roles, values, how, rng)
    centers = values[chosen.export.center]
    known = list(study.levels(chosen.export.center))
    rank = np.array([known.index(str(center)) for center in centers])
    order = np.lexsort((values[chosen.roles.start], rank))
    ids = np.empty(len(order), dtype=object)
    ids[order] = [f"{chosen.export.id_prefix}{i:03d}" for i in range(1, len(order) + 1)]
    writer = Writer(study, chosen.export, chosen.seed.value)
    table = writer.patients({n: v[order] for n, v in values.items()}, list(ids[order]))
    mark = chosen.export.byte_order_mark
    source = study.tables.patients
    written = {source.file: to_bytes(writer.with_duplicates(table), source, byte_order_mark=mark)}
    if drawn.events is not None and study.tables.adverse_events is not None:
        events = _with_events_of_ineligible(drawn.events, len(drawn.attributes), len(ids))
        events = events.iloc[np.lexsort((events["day"], ids[events["patient"].to_numpy()]))]
        text = writer.adverse_events(events, list(ids), list(centers))
        source = study.tables.adverse_events
        written[source.file] = to_bytes(text, source, byte_order_mark=mark)
    return written


def _with_ineligible(
    study: Study,
    roles: Roles,
    values: Mapping[str, np.ndarray],
    how: Ineligible,
    rng: np.random.Generator,
) -> Values:
    """Add a patient who does not qualify: borrowed from two patients, then changed.

    One lends baseline values, the other everything dated and the course, a week earlier.
    """
    dated = {n for n, v in study.variables.items() if v.type == "date" or v.known_at != "baseline"}
    dated.add(roles.best_response)
    n = len(values[roles.start])
    lender, course_lender = rng.choice(n, size=2, replace=False)
    added: dict[str, Any] = {}
    for name, column in values.items():
        value = column[course_lender if name in dated else lender]
        if study.variables[name].type == "date":
            value = value - 7
        added[name] = value
    added |= how.values
    for name, (origin, days) in how.dates.items():
        added[name] = added[origin] + days
    return {name: np.append(column, [added[name]]) for name, column in values.items()}


def _with_events_of_ineligible(events: pd.DataFrame, eligible: int, everybody: int) -> pd.DataFrame:
    """Give each patient who does not qualify one adverse event, which must not be counted."""
    extra = events.iloc[: everybody - eligible].copy()
    extra["patient"] = range(eligible, everybody)
    return pd.concat([events, extra], ignore_index=True)
