"""The RO-Crate of a study: what it holds, what it leaves out, and that a reviewer can verify it."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from rocrate.rocrate import ROCrate

from helpers.errors import ManuscriptError
from helpers.review.archive import METADATA, archive_study, check_archive
from helpers.review.read_me import Contents, read_me

ROOT = Path(__file__).parents[2]
AUTHORS = """author:
  - name: {given: Anna, family: Bianchi}
    orcid: 0000-0002-1825-0097
  - Carlo Verdi
"""


def unpacked(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as packed:
        packed.extractall(folder)
    return folder


def graph(path: Path) -> dict[str, dict]:
    with zipfile.ZipFile(path) as packed:
        tree = json.loads(packed.read(METADATA))
    return {entity["@id"]: entity for entity in tree["@graph"]}


def rewritten(path: Path, target: Path, name: str, content: bytes | None) -> Path:
    """A copy of an archive in which one file has other content, or is not there."""
    with zipfile.ZipFile(path) as packed, zipfile.ZipFile(target, "w") as copy:
        for entry in packed.namelist():
            if entry != name:
                copy.writestr(entry, packed.read(entry))
        if content is not None:
            copy.writestr(name, content)
    return target


def test_an_unpacked_archive_with_data_verifies(built, tmp_path, manuscript, monkeypatch):
    code, out, _ = manuscript("archive", "toy", "--output", str(tmp_path / "a.zip"), "--with-data")
    assert code == 0
    assert "read back and valid" in out
    monkeypatch.chdir(unpacked(tmp_path / "a.zip", tmp_path / "reviewer"))
    code, out, _ = manuscript("verify", "toy")
    assert code == 0
    assert "Verified: " in out


def test_tables_are_left_out_and_it_is_said(built, tmp_path, manuscript, monkeypatch):
    (built.raw.parent / "notes.xlsx").write_text("a patient")
    made = archive_study(built.root, "toy", tmp_path / "a.zip")
    assert made.left_out == ("data/toy/raw/patients.csv",)
    folder = unpacked(made.path, tmp_path / "reviewer")
    assert not (folder / "data" / "toy" / "raw").exists()
    for path in folder.rglob("*"):
        assert not path.is_file() or b"2020-06-01" not in path.read_bytes(), path
    assert "patients.csv" in ROCrate(folder).description
    monkeypatch.chdir(folder)
    code, out, _ = manuscript("verify", "toy")
    assert code == 1
    assert "Not verified" in out


def commands_of(folder: Path) -> list[list[str]]:
    """The commands that the README of an unpacked archive tells a stranger to run."""
    block = (folder / "README.md").read_text(encoding="utf-8").split("```")[1]
    made, *lines = block.strip().splitlines()
    assert made == "make .venv" and "\n.venv:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    return [line.removeprefix(".venv/bin/manuscript ").split() for line in lines]


def test_the_readme_of_an_archive_with_data_can_be_followed(
    built, tmp_path, manuscript, monkeypatch
):
    (built.root / "README.md").write_text("the project")
    path = archive_study(built.root, "toy", tmp_path / "a.zip", with_data=True).path
    folder = unpacked(path, tmp_path / "reviewer")
    monkeypatch.chdir(folder)
    assert commands_of(folder) == [["verify", "toy"], ["build", "toy"]]
    assert manuscript(*commands_of(folder)[0])[0] == 0
    text = (folder / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([^)]+)\)", text)
    assert {"PROJECT.md", "outputs/toy/ledger.json"} <= set(linked)
    assert all((folder / name).is_file() for name in linked)
    assert (folder / "PROJECT.md").read_text() == "the project"


def test_the_readme_of_an_archive_without_data_promises_nothing(built, tmp_path):
    path = archive_study(built.root, "toy", tmp_path / "a.zip").path
    folder = unpacked(path, tmp_path / "reviewer")
    assert commands_of(folder) == [["verify", "toy", "--source", "DIR"]]
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "`data/toy/raw/patients.csv`" in text and "nothing can be computed again" in text


def test_the_archive_of_a_drawn_cohort_draws_its_tables_again(tmp_path, manuscript, monkeypatch):
    path = archive_study(ROOT, "fhrmm", tmp_path / "a.zip").path
    folder = unpacked(path, tmp_path / "reviewer")
    monkeypatch.chdir(folder)
    first, second, _ = commands_of(folder)
    assert (first, second) == (["reconstruct", "fhrmm"], ["verify", "fhrmm"])
    assert manuscript(*first)[0] == 0
    drawn = folder / "data/fhrmm/raw/pazienti.csv"
    assert drawn.read_bytes() == (ROOT / drawn.relative_to(folder)).read_bytes()


def test_the_archive_of_a_sealed_cohort_points_at_its_twin():
    given = Contents("s", "S", (), ("data/s/raw/a.csv",), "data/s/twin", drawn=False, notes=())
    text = read_me(given)
    assert ".venv/bin/manuscript verify s\n" in text and "no published number" in text


def test_the_same_content_gives_the_same_bytes(built, tmp_path):
    one, other = (archive_study(built.root, "toy", tmp_path / name).path for name in "ab")
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as packed:
        names = packed.namelist()
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names == [METADATA, *sorted(names[1:])]


def test_what_it_holds(built, tmp_path):
    (built.outputs / "paper.html").write_text("<p>4</p>")
    (built.outputs / "verification.json").write_text("{}")
    files = archive_study(built.root, "toy", tmp_path / "a.zip").files
    expected = {
        "_quarto.yml",
        "data/toy/study.yml",
        "manuscripts/toy/paper.qmd",
        "notebooks/03-survival.ipynb",
        "outputs/toy/03-survival.ipynb",
        "outputs/toy/ledger.json",
        "outputs/toy/paper.html",
        "outputs/toy/tables/03-survival.csv",
    }
    assert expected <= set(files)
    assert not [name for name in files if "verification" in name or ".manuscript" in name]


def test_metadata_name_authors_licence_day_and_the_run(built, tmp_path):
    source = built.root / "manuscripts" / "toy" / "paper.qmd"
    source.write_text(source.read_text().replace("title:", f"{AUTHORS}title:", 1))
    entities = graph(archive_study(built.root, "toy", tmp_path / "a.zip").path)
    root = entities["./"]
    assert root["name"] == "A toy study"
    lists = [name for name, value in root.items() if isinstance(value, list) and len(value) == 1]
    assert lists == [], "RO-Crate 1.1 asks for single values as such"
    assert root["datePublished"] == "2024-01-01"
    assert entities[root["license"]["@id"]]["name"] == "MIT License"
    people = [entities[one["@id"]] for one in root["author"]]
    assert [(one["@id"], one["name"]) for one in people] == [
        ("https://orcid.org/0000-0002-1825-0097", "Anna Bianchi"),
        ("#carlo-verdi", "Carlo Verdi"),
    ]
    run = entities["#build"]
    assert {"@id": "outputs/toy/ledger.json"} in run["result"]
    assert {"@id": "data/toy/study.yml"} in [run["object"], *run["object"]]
    ledger = (built.outputs / "ledger.json").read_bytes()
    assert entities["outputs/toy/ledger.json"]["sha256"] == hashlib.sha256(ledger).hexdigest()


def test_every_way_of_breaking_an_archive_is_found(built, tmp_path):
    path = archive_study(built.root, "toy", tmp_path / "a.zip").path
    assert check_archive(path) == ()
    ledger, target = "outputs/toy/ledger.json", tmp_path / "b.zip"
    assert check_archive(rewritten(path, target, ledger, b"{}")) == (
        f"{ledger} is not the file that was described",
    )
    assert check_archive(rewritten(path, target, ledger, None)) == (
        f"{ledger} is described and missing",
    )
    assert check_archive(rewritten(path, target, "extra.txt", b"x")) == (
        "extra.txt is not described",
    )
    for name in ("name", "description", "datePublished", "license", "author"):
        entities = graph(path)
        del entities["./"][name]
        tree = {"@context": "https://w3id.org/ro/crate/1.1/context"}
        text = json.dumps({**tree, "@graph": list(entities.values())}).encode()
        assert f"the root has no {name}" in check_archive(rewritten(path, target, METADATA, text))


def test_there_must_be_a_record_and_the_tables_that_are_asked_for(built, tmp_path):
    built.raw.unlink()
    with pytest.raises(ManuscriptError, match="a table that the archive should hold"):
        archive_study(built.root, "toy", tmp_path / "a.zip", with_data=True)
    (built.outputs / "ledger.json").unlink()
    with pytest.raises(ManuscriptError, match="no record to archive"):
        archive_study(built.root, "toy", tmp_path / "a.zip")


def test_the_citation_file_has_what_its_schema_requires():
    """https://citation-file-format.github.io, 1.2.0: these four keys, and names of authors."""
    given = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(given)
    assert given["cff-version"] == "1.2.0"
    assert given["type"] in {"software", "dataset"}
    assert all("name" in author or "family-names" in author for author in given["authors"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert given["version"] == project["version"]
    assert given["license"] == project["license"]
    assert re.search(rf"\b{project['name']}\b", given["title"])
