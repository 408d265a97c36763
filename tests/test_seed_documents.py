"""The documents of the committed records, as a reader meets them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from helpers.manuscript import render_study

ROOT = Path(__file__).parents[1]
SEEDS = ("aponermin", "fhrmm")
LONGEST_ABSTRACT = 3800
SPOILED = re.compile(r"\?\?|\?meta|\?var|\bnan\b|\bNaN\b|\binf\b|Traceback")


@pytest.fixture(scope="module", params=SEEDS)
def study(request):
    return request.param


@pytest.fixture(scope="module")
def documents(study, tmp_path_factory) -> Path:
    """Both documents of a study, rendered from its committed record."""
    folder = tmp_path_factory.mktemp(study)
    render_study(ROOT, study, formats=("html", "pdf"), renderer="embedded", output=folder)
    return folder


def page(documents: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((documents / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def words(soup: BeautifulSoup) -> str:
    body = soup.find("body")
    return re.sub(r"\s+", " ", body.get_text(" ")).strip()


@pytest.mark.parametrize("name", ["abstract", "paper"])
def test_nothing_is_spoiled_and_no_exhibit_is_empty(documents, name):
    soup = page(documents, name)
    assert not SPOILED.search(words(soup))
    for table in soup.find_all("table"):
        assert len(table.find("tbody").find_all("td")) > 1
    for picture in soup.find_all("img"):
        assert picture["src"].startswith("data:image/png")
        assert len(picture["alt"]) > 20


@pytest.mark.parametrize("name", ["abstract", "paper"])
def test_the_first_page_says_that_the_patients_are_synthetic(documents, name):
    first = PdfReader(documents / f"{name}.pdf").pages[0].extract_text()
    assert "patients of this study are synthetic" in re.sub(r"\s+", " ", first)


@pytest.mark.parametrize("name", ["abstract", "paper"])
def test_the_colophon_says_engine_commit_and_data(documents, study, name):
    ledger = json.loads((ROOT / "outputs" / study / "ledger.json").read_text(encoding="utf-8"))
    said = words(page(documents, name))
    assert f"data {ledger['data_hash']}" in said
    assert re.search(r"Rendered by embedded engine .* commit [0-9a-f(]", said)


def test_the_abstract_is_as_short_as_a_society_asks(documents):
    soup = page(documents, "abstract")
    for heading in ("Background", "Methods", "Results", "Conclusion"):
        assert soup.find(["h1", "h2"], string=re.compile(heading))
    assert 1500 < len(words(soup)) <= LONGEST_ABSTRACT


@pytest.mark.parametrize("name", ["abstract", "paper"])
def test_every_bound_number_is_the_display_of_its_row(documents, study, name):
    ledger = json.loads((ROOT / "outputs" / study / "ledger.json").read_text(encoding="utf-8"))
    keys = {row["key"] for row in ledger["rows"]}
    spans = page(documents, name).find_all("span", class_="n")
    assert len(spans) > 20
    assert {span["data-key"] for span in spans} <= keys


def test_the_paper_holds_every_exhibit_of_the_study(documents, study):
    cited = (ROOT / "manuscripts" / study / "paper.qmd").read_text(encoding="utf-8")
    embedded = set(re.findall(r"\{\{< embed \S+#((?:fig|tbl)-[a-z-]+) >\}\}", cited))
    made = {
        path.stem
        for folder in ("figures", "tables")
        for path in (ROOT / "outputs" / study / folder).iterdir()
    }
    assert embedded == made
    soup = page(documents, "paper")
    pictures = {label for label in embedded if label.startswith("fig-")}
    assert len(soup.find_all("img")) == len(pictures)
    checklists = (ROOT / "manuscripts" / study / "_checklist.qmd").read_text(encoding="utf-8")
    written = len(re.findall(r"\{#tbl-", checklists))
    assert len(soup.find_all("table")) == len(embedded) - len(pictures) + written
