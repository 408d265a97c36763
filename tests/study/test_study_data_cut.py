"""Censoring at the data cut: the cohort is that of a registry frozen on that day."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.errors import ManuscriptError
from helpers.study import InvalidTables
from helpers.study.cohort import Cohort
from helpers.study.data_cut import AFTER_CUT

Rows = list[dict[str, str]]
FIRST = dt.date(2022, 1, 1)
CUTS = ["2022-09-30", "2023-06-30", "2024-02-15"]
DATES = ("start", "first_response", "progression", "death", "last", "dose")
DRUGS = ("Lenalidomide", "Carfilzomib", "Bortezomib", "Daratumumab")


def censored(project: Any, cut: str) -> Any:
    project.definition |= {"data_cut": cut, "after_data_cut": "censor"}
    return project


def changes(cohort: Cohort) -> list[tuple[str, int | None, str, str]]:
    assert cohort.censoring is not None
    return sorted((f.table, f.row, f.column, f.rule) for f in cohort.censoring.changed)


def undated(cohort: Cohort) -> list[tuple[str, int | None, str]]:
    assert cohort.censoring is not None
    return sorted((f.table, f.row, f.column) for f in cohort.censoring.undated)


# -- single rules, on the tiny study ---------------------------------------------------------


def test_nothing_is_censored_unless_it_is_said(project: Any) -> None:
    project.definition["data_cut"] = "2024-03-15"
    cohort = project.read()
    assert cohort.censoring is None
    assert [step.id for step in cohort.flow] == ["source", "treated"]
    assert list(cohort.times["pfs"]["event"]) == [True, True, False, False]


def test_the_table_is_that_of_the_day(project: Any) -> None:
    cohort = censored(project, "2024-02-05").read()
    assert [(s.id, s.label, s.excluded, s.remaining) for s in cohort.flow] == [
        ("source", "Patients in the registry table", 0, 4),
        ("after_data_cut", "Data cut before start", 1, 3),
        ("treated", "Not treated", 0, 3),
    ]
    cut = pd.Timestamp("2024-02-05")
    assert list(cohort.patients["last"]) == [cut] * 3
    assert cohort.patients[["progression", "death"]].isna().all(axis=None)
    assert list(cohort.patients["response"]) == ["VGPR", "SD", "NE"]
    assert cohort.patients["first_response"].notna().tolist() == [True, False, False]
    pfs = cohort.times["pfs"]
    assert not pfs["event"].any()
    assert list(pfs["months"]) == pytest.approx([days / 30.4375 for days in (35, 21, 4)])
    assert list(cohort.times["dor"].index) == ["P1"]
    assert list(cohort.lines["patient"]) == ["P1", "P1", "P2", "P2", "P3"]
    second = cohort.lines[cohort.lines["patient"].eq("P1") & cohort.lines["line"].eq(2)]
    assert second["agents"].item() == ("carfilzomib", "lenalidomide")
    assert second["end"].isna().all()


def test_the_day_of_the_cut_itself_is_known(project: Any) -> None:
    cohort = censored(project, "2024-03-01").read()
    assert list(cohort.times["pfs"]["event"]) == [False, True, False, False]
    assert cohort.patients.loc["P3", "response"] == "PR"


def test_every_change_is_listed_by_row_and_column_and_counted(project: Any) -> None:
    cohort = censored(project, "2024-03-15").read()
    assert changes(cohort) == [
        ("patients", 2, "last", "after the data cut: becomes the data cut"),
        ("patients", 2, "progression", "after the data cut: not yet known"),
        ("patients", 3, "death", "after the data cut: not yet known"),
        ("patients", 3, "last", "after the data cut: becomes the data cut"),
        ("patients", 4, "last", "after the data cut: becomes the data cut"),
        ("patients", 5, "last", "after the data cut: becomes the data cut"),
        ("treatments", 5, "to", "ends after the data cut: open"),
        ("treatments", 6, "to", "ends after the data cut: open"),
        ("treatments", 7, "from", "starts after the data cut: left out"),
    ]
    assert cohort.censoring is not None
    assert cohort.censoring.changed_patients == 4
    assert not any("2024" in f.rule for f in cohort.censoring.changed)


def test_a_response_of_an_unknown_day_stays_and_is_named(project: Any) -> None:
    """P1 may have deepened since, P2 had progressed, P3's best is what it was, P4 has none."""
    cohort = censored(project, "2024-03-15").read()
    assert [place for place in undated(cohort) if place[2] == "response"] == [
        ("patients", 2, "response")
    ]
    assert list(cohort.patients["response"]) == ["VGPR", "SD", "PR", "NE"]


def test_progressive_disease_is_not_the_response_of_one_who_progressed_later(project: Any) -> None:
    project.edit("patients.csv", "SD,,2024-03-01", "PD,,2024-03-01")
    assert censored(project, "2024-02-28").read().patients.loc["P2", "response"] == "NE"
    assert censored(project, "2024-03-01").read().patients.loc["P2", "response"] == "PD"


def test_what_is_known_only_later_and_has_no_day_is_named(project: Any) -> None:
    project.definition["variables"]["crp"]["known_at"] = "on-treatment"
    cohort = censored(project, "2024-05-31").read()
    crp = [row for table, row, column in undated(cohort) if column == "crp"]
    assert crp == [2, 3]  # P3's is missing, P4 was last seen before
    assert ("adverse_events", 4, "term") in undated(cohort)  # P3's, in a table without days
    assert cohort.censoring is not None
    assert cohort.censoring.undated_patients == 3
    assert list(cohort.patients["crp"])[:2] == [1.5, 2.5]


def test_a_grouping_with_a_day_is_what_it_was(project: Any) -> None:
    project.definition["variables"]["emd"]["known_at"] = "on-treatment"
    project.definition["survival"]["curves"] = [{"variable": "emd", "since": "progression"}]
    cohort = censored(project, "2024-03-15").read()
    assert cohort.patients.loc["P1", "emd"] == "no"
    assert ("patients", 2, "emd", "changed after the data cut: as it was before") in changes(cohort)
    assert not [place for place in undated(cohort) if place[2] == "emd"]


def test_a_blank_last_contact_before_a_later_death_is_the_cut(project: Any) -> None:
    project.edit("patients.csv", "2024-06-01,2024-06-01", "2024-06-01,")
    cohort = censored(project, "2024-02-15").read()
    assert cohort.times["pfs"].loc["P2", "months"] == pytest.approx(31 / 30.4375)
    assert not cohort.times["pfs"].loc["P2", "event"]
    assert cohort.patients.loc["P2", "last"] == pd.Timestamp("2024-02-15")


def test_a_drug_without_a_start_goes_with_a_line_that_starts_later(project: Any) -> None:
    """P1's fourth line starts in May; a drug of it and one of the second have no start."""
    project.files["treatments.csv"] += "P1,Velcade,4,,,\nP1,Velcade,Second line,,,\n"
    project.files["treatments.csv"] += "P1,Velcade,First line,,2023-06-01,\n"  # it had ended
    cohort = censored(project, "2024-04-15").read()
    own = cohort.lines[cohort.lines["patient"].eq("P1")]
    assert list(own["line"]) == [1, 2]
    assert "bortezomib" in own["agents"].iloc[1]
    rule = "of a line that starts after the data cut: left out"
    assert ("treatments", 11, "line", rule) in changes(cohort)
    assert [place for place in undated(cohort) if place[0] == "treatments"] == [
        ("treatments", 12, "from")
    ]


@pytest.mark.parametrize(("missing_end", "lines"), [("ongoing", 1), ("start", 1)])
def test_a_drug_that_goes_on_beyond_the_cut_makes_no_gap(
    project: Any, missing_end: str, lines: int
) -> None:
    project.files["treatments.csv"] = (
        "id,drug,line,from,to,type\n"
        "P1,Carfilzomib,,2024-01-01,2024-09-01,\n"
        "P1,Carfilzomib,,2024-05-01,2024-05-02,\n"
    )
    project.definition["lines"]["rules"] = {
        "overlap_days": 28,
        "gap_days": 60,
        "missing_end": missing_end,
    }
    project.files["treatments.csv"] += "P1,Velcade,,,,\n"
    cohort = censored(project, "2024-06-30").read()
    assert len(cohort.lines) == lines
    assert not [place for place in undated(cohort) if place[0] == "treatments"]
    assert [f.row for f in cohort.unmapped if f.table == "treatments"] == [4]


def dated_events(project: Any, rows: str) -> Any:
    project.files["events.csv"] = "id,term,grade,on\n" + rows
    project.definition["tables"]["adverse_events"]["columns"]["start"] = "on"
    return project


def test_adverse_events_of_later_days_go_and_undated_ones_are_named(project: Any) -> None:
    rows = "P1,anemia,3,2024-02-01\nP1,anemia,2,2024-04-01\nP2,anemia,1,\nP4,anemia,1,\n"
    cohort = censored(dated_events(project, rows), "2024-05-31").read()
    assert len(cohort.adverse_events) == 4
    cohort = censored(project, "2024-03-15").read()
    assert list(cohort.adverse_events["patient"]) == ["P1", "P2", "P4"]
    assert [p for p in undated(cohort) if p[0] == "adverse_events"] == [
        ("adverse_events", 4, "on"),
        ("adverse_events", 5, "on"),
    ]
    window = {"start": "start", "until": ["last"], "undated": "left_out"}
    project.definition["adverse_events"]["window"] = window
    assert not [p for p in undated(project.read()) if p[0] == "adverse_events"]


def test_a_fatal_event_of_somebody_who_was_alive_is_an_error(project: Any) -> None:
    dated_events(project, "P2,anemia,5,2024-02-01\n")
    project.definition["endpoints"]["os"] = {
        **project.definition["endpoints"]["pfs"],
        "kind": "os",
        "events": ["death"],
    }
    assert len(censored(project, "2024-06-01").read().adverse_events) == 1
    with pytest.raises(InvalidTables) as caught:
        censored(project, "2024-05-31").read()
    (failure,) = caught.value.failures
    assert (failure.table, failure.row, failure.column) == ("adverse_events", 2, "grade")
    assert "take the event out" in failure.rule
    project.definition["endpoints"].pop("os")
    assert len(project.read().adverse_events) == 1
    project.definition["response"]["assessments"] = {"start": "start", "death": "death"}
    project.files["responses.csv"] = "id,day,imwg\n"
    project.definition["tables"]["responses"] = {
        "file": "responses.csv",
        "id": "id",
        "columns": {"date": "day", "response": "imwg"},
    }
    with pytest.raises(InvalidTables, match="grade 5 of a patient who died after the data cut"):
        project.read()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda d: d["endpoints"]["pfs"].update(censor="seen"),
            "a recorded day; 'seen' is derived",
        ),
        (lambda d: d["endpoints"]["pfs"].update(events=["last"]), "may not be an event as well"),
        (lambda d: d["eligibility"][0].update(id="after_data_cut"), "is taken"),
        (lambda d: d.update(after_data_cut="drop"), "'keep' or 'censor'"),
    ],
)
def test_what_cannot_be_censored_is_refused(project: Any, change: Any, words: str) -> None:
    project.definition["derived"]["seen"] = {
        "label": "Seen",
        "line": {"quantity": "start", "line": 1},
    }
    censored(project, "2024-03-15").load()
    change(project.definition)
    with pytest.raises(ManuscriptError) as caught:
        project.load()
    assert words in str(caught.value)


def test_days_from_an_origin_cannot_be_compared_with_the_cut(project: Any) -> None:
    project.only_patients()
    for name in ("start", "first_response", "progression", "death", "last"):
        project.definition["variables"][name]["type"] = "day"
    with pytest.raises(ManuscriptError, match="needs calendar dates"):
        censored(project, "2024-03-15").load()


def test_what_is_kept_is_listed_of_every_table_and_of_who_is_analyzed_only(project: Any) -> None:
    dated_events(project, "P1,anemia,3,2024-02-01\nP1,anemia,2,2024-04-01\nP4,anemia,1,\n")
    project.definition["data_cut"] = "2024-03-15"
    cohort = project.read()
    listed = sorted((f.table, f.row, f.column) for f in cohort.unmapped if f.rule == AFTER_CUT)
    assert listed == [
        ("adverse_events", 3, "on"),
        *[("patients", 2, "last"), ("patients", 2, "progression")],
        *[("patients", 3, "death"), ("patients", 3, "last")],
        *[("patients", 4, "last"), ("patients", 5, "last")],
        *[("treatments", 5, "to"), ("treatments", 6, "to"), ("treatments", 7, "from")],
    ]
    alive = {"variable": "progression", "known": False}
    project.definition["eligibility"] += [{"id": "free", "label": "Worse", "keep": [alive]}]
    own = {("patients", 2), ("patients", 3), *(("treatments", row) for row in (5, 6, 7))}
    less = {(f.table, f.row) for f in project.read().unmapped if f.rule == AFTER_CUT}
    assert less == {place[:2] for place in listed} - own - {("adverse_events", 3)}


# -- a longer cohort, and the same tables truncated by hand -----------------------------------


def cohort_of(seed: int, patients: int = 30) -> dict[str, Rows]:
    """Four tables of made-up patients who start within two years and are followed for three."""
    draw = random.Random(seed)
    tables: dict[str, Rows] = {"patients": [], "treatments": [], "responses": [], "events": []}

    def day(begun: dt.date, after: float | None) -> str:
        return "" if after is None else (begun + dt.timedelta(days=after)).isoformat()

    for number in range(patients):
        key = f"P{number}"
        begun = FIRST + dt.timedelta(days=draw.randrange(700))
        end = draw.randrange(60, 1000)
        died = draw.random() < 0.4
        progressed = draw.randrange(20, end) if draw.random() < 0.6 else None
        best = draw.choice(["CR", "VGPR", "PR", "SD", "PD", "NE"])
        if best == "PD" and progressed is None:
            progressed = end // 2
        limit = progressed or end
        responded = draw.randrange(10, limit) if best in ("CR", "VGPR", "PR") else None
        tables["patients"].append(
            {
                "id": key,
                "age": str(draw.randrange(40, 85)),
                "sex": draw.choice("MF"),
                "start": day(begun, 0),
                "response": best,
                "first_response": day(begun, responded),
                "progression": day(begun, progressed),
                "death": day(begun, end if died else None),
                "last": day(begun, end),
                "dose": day(begun, draw.randrange(1, limit)),
            }
        )
        for line in range(draw.randrange(1, 4)):
            for drug in draw.sample(DRUGS, 2):
                from_ = 300 * line + draw.randrange(20)
                to = from_ + draw.randrange(30, 330) if draw.random() < 0.8 else None
                row = {"id": key, "drug": drug, "from": day(begun, from_), "to": day(begun, to)}
                tables["treatments"].append({**row, "line": ""})
        for at in sorted(draw.sample(range(20, 1000), 4)):
            if at <= end:
                grade = draw.choice(["CR", "VGPR", "PR", "SD", "PD"])
                row = {"id": key, "day": day(begun, at), "imwg": grade}
                tables["responses"].append(row)
        for _ in range(draw.randrange(3)):
            at, grade = draw.randrange(end), str(draw.randrange(1, 5))
            row = {"id": key, "term": "anemia", "grade": grade, "on": day(begun, at)}
            tables["events"].append(row)
    return tables


def frozen(tables: dict[str, Rows], cut: str) -> dict[str, Rows]:
    """The tables by hand as a registry of that day would hold them; ISO days sort as text."""

    def until(text: str) -> str:
        return "" if text > cut else text

    patients = []
    for row in tables["patients"]:
        if row["start"] > cut:
            continue
        new = {**row, **{name: until(row[name]) for name in DATES}}
        new["last"] = min(row["last"], cut)
        ended = min((d for d in (row["progression"], row["death"]) if d), default="")
        if row["first_response"] > cut or (row["response"] == "PD" and ended > cut):
            new["response"] = "NE"
        patients.append(new)
    stay = {row["id"] for row in patients}

    def known(name: str, date: str) -> Rows:
        return [row for row in tables[name] if row["id"] in stay and row[date] <= cut]

    return {
        "patients": patients,
        "treatments": [{**row, "to": until(row["to"])} for row in known("treatments", "from")],
        "responses": known("responses", "day"),
        "events": known("events", "on"),
    }


def as_csv(rows: Rows, columns: tuple[str, ...]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


COLUMNS = {
    "patients": ("id", "age", "sex", *DATES, "response"),
    "treatments": ("id", "drug", "from", "to", "line"),
    "responses": ("id", "day", "imwg"),
    "events": ("id", "term", "grade", "on"),
}


TABLES = {
    "patients": {"file": "patients.csv", "id": "id"},
    "treatments": {
        "file": "treatments.csv",
        "id": "id",
        "columns": {"agent": "drug", "start": "from", "end": "to"},
    },
    "responses": {
        "file": "responses.csv",
        "id": "id",
        "columns": {"date": "day", "response": "imwg"},
    },
    "adverse_events": {
        "file": "events.csv",
        "id": "id",
        "columns": {"term": "term", "grade": "grade", "start": "on"},
    },
}


def define(project: Any, *, by_line: bool) -> None:
    """Give the tiny study everything that can follow from a date."""
    definition = project.definition
    definition["tables"] = TABLES
    for name in ("emd", "crp"):
        definition["variables"].pop(name)
    definition["variables"]["dose"] = {"column": "dose", "type": "date", "label": "Last dose"}
    definition["lines"]["procedures"] = {}
    definition["lines"]["rules"] = {"overlap_days": 28, "gap_days": 60}
    later = {"known_at": "on-treatment"}
    definition["derived"] |= {
        "begun": {"label": "Begun", "line": {"quantity": "start", "line": 1}},
        "next": {"label": "Next", **later, "line": {"quantity": "next_start", "line": 1}},
        "lines": {"label": "Lines", **later, "line": {"quantity": "count"}},
        "regimen": {"label": "Regimen", "line": {"quantity": "regimen", "line": 1}},
        "to_next": {
            "label": "To next",
            **later,
            "months_between": {"start": "start", "end": "next"},
        },
        "best": {"label": "Best", **later, "response": {"quantity": "best"}},
        "seen": {"label": "Seen", **later, "response": {"quantity": "first_response"}},
        "worse": {"label": "Worse", **later, "response": {"quantity": "progression"}},
    }
    definition["response"] = {
        "best": "best",
        "date": "seen",
        "recorded": "response",
        "assessments": {
            "start": "start",
            "progression": "progression",
            "next_therapy": "next",
            "death": "death",
        },
    }
    if not by_line:
        definition["response"] = {"best": "response", "date": "first_response"}
        definition["response"]["assessments"] = {"start": "start"}
    definition["endpoints"]["dor"]["start"] = definition["response"]["date"]
    pfs = definition["endpoints"]["pfs"]
    if by_line:
        pfs["start"] = "begun"
    definition["endpoints"]["ttnt"] = {**pfs, "kind": "ttnt", "events": ["next", "death"]}
    definition["endpoints"]["os"] = {**pfs, "kind": "os", "events": ["death"]}
    window = {"start": "start", "end": "dose", "until": ["last"]}
    definition["adverse_events"]["window"] = window


def written(project: Any, tables: dict[str, Rows], *, by_line: bool) -> Any:
    define(project, by_line=by_line)
    if by_line:  # the recorded grade is compared with the derived one, whose day differs
        for row in tables["patients"]:
            row["response"] = "NE"
            row["start"] = min(r["from"] for r in tables["treatments"] if r["id"] == row["id"])
    project.files = {f"{name}.csv": as_csv(rows, COLUMNS[name]) for name, rows in tables.items()}
    return project


def assert_same(one: Cohort, other: Cohort) -> None:
    """Both are the same in all that an analysis reads."""
    pd.testing.assert_frame_equal(one.patients, other.patients)
    for name in ("adverse_events", "lines", "responses", "course", "windows"):
        left, right = getattr(one, name), getattr(other, name)
        if name in ("adverse_events", "responses"):
            left, right = (frame.astype({"patient": object}) for frame in (left, right))
        pd.testing.assert_frame_equal(left, right, check_like=False)
    assert one.months_to_response is not None and other.months_to_response is not None
    pd.testing.assert_series_equal(one.months_to_response, other.months_to_response)
    for key, times in one.times.items():
        pd.testing.assert_frame_equal(times, other.times[key])
    for key, member in one.populations.items():
        pd.testing.assert_series_equal(member, other.populations[key])


@pytest.mark.parametrize("by_line", [False, True])
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_the_cohort_of_tables_truncated_by_hand(
    tmp_path: Path, new_project: Any, seed: int, cut: str, by_line: bool
) -> None:
    whole = written(new_project(tmp_path / "whole"), cohort_of(seed), by_line=by_line)
    tables = cohort_of(seed)
    if by_line:
        written(new_project(tmp_path / "unused"), tables, by_line=True)
    hand = written(new_project(tmp_path / "hand"), frozen(tables, cut), by_line=by_line)
    hand.definition["data_cut"] = cut
    found, expected = censored(whole, cut).read(), hand.read()
    assert_same(found, expected)
    left = len(tables["patients"]) - len(frozen(tables, cut)["patients"])
    assert found.flow[1].excluded == left
    assert (left > 0) == (cut != CUTS[-1])
    assert [(s.id, s.excluded, s.remaining) for s in found.flow[2:]] == [
        (s.id, s.excluded, s.remaining) for s in expected.flow[1:]
    ]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), after=st.integers(0, 1800))
def test_nothing_is_later_than_the_cut_and_events_only_fall(
    new_project: Any, seed: int, after: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = written(new_project(Path(folder)), cohort_of(seed, 12), by_line=False)
        cut = FIRST + dt.timedelta(days=after)
        project.definition["data_cut"] = "2030-01-01"
        kept = project.read()
        first = min(kept.patients["start"])
        if pd.Timestamp(cut) < first:
            with pytest.raises(ManuscriptError, match="nobody is eligible"):
                censored(project, cut.isoformat()).read()
            return
        found = censored(project, cut.isoformat()).read()
    day = pd.Timestamp(cut)
    frames = [found.patients, found.lines, found.responses, found.adverse_events, found.windows]
    for frame in frames:
        for name, column in frame.items():
            if pd.api.types.is_datetime64_any_dtype(column):
                assert not (column > day).any(), name
    for name, times in found.times.items():
        start = found.patients.loc[times.index, found.study.endpoints[name].start]
        assert (times["months"] * 30.4375 <= (day - start).dt.days + 1e-9).all()
        before = kept.times[name].reindex(times.index)
        assert (times["months"] <= before["months"] + 1e-9).all()
        assert not (times["event"] & ~before["event"].astype(bool)).any()
    assert found.flow[0].remaining == kept.flow[0].remaining
    for one, other in zip(found.flow, found.flow[1:], strict=False):
        assert one.remaining - other.excluded == other.remaining


@pytest.mark.parametrize("by_line", [False, True])
def test_a_cut_after_every_date_changes_nothing(
    tmp_path: Path, new_project: Any, by_line: bool
) -> None:
    project = written(new_project(tmp_path), cohort_of(3), by_line=by_line)
    project.definition["data_cut"] = "2030-01-01"
    kept, found = project.read(), censored(project, "2030-01-01").read()
    assert_same(found, kept)
    assert found.unmapped == kept.unmapped
    assert found.repairs == kept.repairs
    assert found.censoring is not None
    assert [*found.censoring.changed, *found.censoring.undated] == []
    assert found.flow[1].excluded == 0
