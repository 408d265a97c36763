"""The files of a new study."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import yaml

from helpers.errors import ManuscriptError
from helpers.scaffold import scaffold
from helpers.scaffold.definition import About, endpoints, words
from helpers.scaffold.documents import documents
from helpers.study import list_studies, load_study, read_cohort

FILES = [
    "data/alpha/study.yml",
    "manuscripts/alpha/abstract.qmd",
    "manuscripts/alpha/paper.qmd",
    "manuscripts/alpha/checks.yml",
    "manuscripts/alpha/checklist.yml",
    "manuscripts/alpha/_checklist.qmd",
]


def about(**given):
    usual = {"id": "alpha", "title": "A cohort: first", "provenance": "real"}
    return About(**(usual | {"data_cut": dt.date(2025, 1, 31)} | given))


def contents(root):
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_study_without_a_table_is_valid_and_says_where_the_table_goes(project):
    made = scaffold(project, about())
    assert [path.relative_to(project).as_posix() for path in made.files] == FILES
    study = load_study(project, "alpha")
    assert study == made.study
    assert (study.title, study.data_cut) == ("A cohort: first", dt.date(2025, 1, 31))
    with pytest.raises(ManuscriptError, match=r"data/alpha/raw/patients\.csv"):
        read_cohort(project, study)


def test_the_definition_reads_the_table_it_was_made_from(project, write, cohort):
    made = scaffold(project, about(), table=write("cohort.xlsx", cohort))
    assert made.table == project / "data/alpha/raw/cohort.xlsx"
    found = read_cohort(project, load_study(project, "alpha"))
    assert found.populations["treated"].sum() == 12


def test_a_real_table_is_kept_out_of_git_before_it_is_copied(project, write, cohort):
    (project / ".gitignore").write_text("*.pyc\n/outputs/alpha/")
    made = scaffold(project, about(), table=write("cohort.csv", cohort))
    lines = (project / ".gitignore").read_text().splitlines()
    assert made.ignored == ("/data/alpha/raw/",)
    assert [line for line in lines if not line.startswith("#")] == [
        "*.pyc",
        "/outputs/alpha/",
        "/data/alpha/raw/",
    ]


def test_a_synthetic_study_says_so_in_both_documents_and_stays_in_git(project, write, cohort):
    made = scaffold(project, about(provenance="synthetic"), table=write("cohort.csv", cohort))
    assert made.study.synthetic and not (project / ".gitignore").exists()
    for path in made.files[1:3]:
        assert "{{< meta n.meta.notice >}}" in path.read_text()


@pytest.mark.parametrize("name", [*FILES, "data/alpha/raw/cohort.csv"])
def test_nothing_is_overwritten_and_nothing_is_written_beside_it(project, write, cohort, name):
    table = write("cohort.csv", cohort)
    (project / name).parent.mkdir(parents=True)
    (project / name).write_text("mine")
    before = contents(project)
    with pytest.raises(ManuscriptError, match=re.escape(name)):
        scaffold(project, about(), table=table)
    assert contents(project) == before


def test_a_table_that_lies_in_its_place_already_stays_there(project, write, cohort):
    place = project / "data/alpha/raw/cohort.csv"
    place.parent.mkdir(parents=True)
    write("cohort.csv", cohort).rename(place)
    assert scaffold(project, about(), table=place).table == place


def test_a_category_that_is_the_same_in_everybody_is_no_factor(project, write, cohort):
    assert (
        "iss" in scaffold(project, about(), table=write("a.csv", cohort)).study.survival.univariable
    )
    for row in cohort[1:]:
        row[3] = "II"
    made = scaffold(project, about(id="beta"), table=write("b.csv", cohort))
    assert "iss" in made.study.variables
    assert made.study.survival.univariable == ["age_group"]


@pytest.mark.parametrize("study", ["Alpha", "1st", "al-pha", "../alpha", ""])
def test_an_id_that_is_none_is_refused(project, study):
    with pytest.raises(ManuscriptError, match="cannot be the id"):
        scaffold(project, about(id=study))
    assert list_studies(project) == ()


def test_no_value_of_a_table_is_written_anywhere(project, write, cohort):
    """Words, numbers and days that only the table has come back in no file."""
    head = [*cohort[0], "Remarks", "Best response", "Light chain", "Creatinine", "Zeta"]
    rows = [
        [
            f"Qz{n}",
            *row[1:],
            f"Qzremark {n}",
            ("CR", "Qzpr")[n % 2],
            "κ" if n % 5 else "Qzchain",
            n,
            n,
        ]
        for n, row in enumerate(cohort[1:], 70_001)
    ]
    made = scaffold(project, about(), table=write("cohort.csv", [head, *rows]))
    assert {"best_response", "zeta"} <= made.proposal.names
    assert "light_chain" not in made.proposal.names
    assert made.proposal.left_out == ("Remarks",)
    for path in made.files:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"Qz|qz|700\d\d|202[34]-", text), path.name


def test_a_column_with_cells_that_are_not_understood_waits_in_a_comment(project, write, cohort):
    """The build goes through without it; without the marks of comment the file is valid too."""
    cohort[3][1] = "sixty"
    made = scaffold(project, about(), table=write("cohort.csv", cohort))
    assert "age" not in made.study.variables and not made.study.derived
    assert read_cohort(project, made.study).populations["treated"].sum() == 12
    path = made.files[0]
    path.write_text(re.sub(r"^  # (  )?(age:|[a-z_]+: )", r"  \1\2", path.read_text(), flags=re.M))
    with pytest.raises(ManuscriptError, match=r"4 +Age +not a number"):
        read_cohort(project, load_study(project, "alpha"))


def test_a_date_of_the_course_that_is_not_understood_stops_the_build(project, write, cohort):
    cohort[2][5] = "soon"
    made = scaffold(project, about(), table=write("cohort.csv", cohort))
    with pytest.raises(ManuscriptError, match=r"3 +Progression +no date"):
        read_cohort(project, made.study)


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ({"death"}, ["os"]),
        ({"progression"}, ["pfs"]),
        ({"progression", "death"}, ["pfs", "os"]),
        ({"progression", "death", "best_response"}, ["pfs", "os"]),
        (
            {"progression", "death", "best_response", "response_date", "next_therapy"},
            ["pfs", "os", "dor", "ttnt"],
        ),
    ],
)
def test_endpoints_are_those_that_the_dates_allow(given, kinds):
    assert [endpoint.name for endpoint in endpoints(given)] == kinds


def test_documents_say_that_follow_up_was_censored_only_where_it_was(project, write, cohort):
    study = scaffold(project, about(), table=write("cohort.xlsx", cohort)).study
    said = "Follow-up was censored at the data cut"
    counts = ("n.data_cut.censored.n", "n.data_cut.undated.n")
    kept, cut = (
        documents(study.model_copy(update={"after_data_cut": how})) for how in ("keep", "censor")
    )
    assert not any(word in text for text in kept.values() for word in (said, *counts))
    assert (cut["abstract.qmd"].count(said), cut["paper.qmd"].count(said)) == (1, 1)
    assert all(cut["paper.qmd"].count(count) == 1 for count in counts)


@pytest.mark.parametrize(
    "text",
    [
        "plain words",
        "R-ISS",
        "n. b.",
        "yes",
        "No",
        "a: b",
        "#1",
        "a, b",
        "'",
        '"',
        "<65",
        "≥2 %",
        "1",
    ],
)
def test_words_come_back_from_yaml_as_they_were(text):
    assert yaml.safe_load(f"[{words(text)}]") == [text]
