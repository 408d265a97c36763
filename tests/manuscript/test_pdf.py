"""The PDF is tagged, says what it conforms to, and describes every figure and equation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
from bs4 import BeautifulSoup
from fixture_project import write_long_table, write_pictures
from pdf_targets import pieces_of

from helpers.errors import ManuscriptError
from helpers.manuscript import Rendered, render_study

Documents = dict[tuple[str, str, str], Rendered]
PAPERS = [
    *[(study, name) for study in ("aponermin", "fhrmm") for name in ("abstract", "paper")],
    ("demo", "paper"),
]


def elements(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every element of a structure tree."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from elements(child)
    elif isinstance(node, dict):
        yield node
        yield from elements(node.get("/K"))


def tags(path: Path) -> list[dict[str, Any]]:
    root = pypdf.PdfReader(path).trailer["/Root"]
    return [node for node in elements(root["/StructTreeRoot"]) if "/S" in node]


@pytest.mark.parametrize(("study", "document"), PAPERS)
def test_pdf_claims_both_standards_and_has_title_and_language(
    documents: Documents, study: str, document: str
) -> None:
    reader = pypdf.PdfReader(documents[study, document, "pdf"].path)
    root = reader.trailer["/Root"]
    about = root["/Metadata"].get_object().get_data().decode("utf-8")
    assert re.search(r"pdfuaid:part>1<", about)
    assert re.search(r"pdfaid:part>2<", about)
    assert re.search(r"pdfaid:conformance>B<", about)
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    page = BeautifulSoup(documents[study, document, "html"].path.read_text("utf-8"), "html.parser")
    assert reader.metadata is not None
    assert reader.metadata.title == page.title.get_text()


@pytest.mark.parametrize(("study", "document"), PAPERS)
def test_pdf_describes_what_the_page_describes(
    documents: Documents, study: str, document: str
) -> None:
    listed = tags(documents[study, document, "pdf"].path)
    page = BeautifulSoup(documents[study, document, "html"].path.read_text("utf-8"), "html.parser")
    figures = [str(node["/Alt"]) for node in listed if node["/S"] == "/Figure"]
    # A figure at the top of a page comes before text that stands before it in the source.
    assert Counter(figures) == Counter(image["alt"] for image in page.find_all("img"))
    formulas = [node.get("/Alt") for node in listed if node["/S"] == "/Formula"]
    assert all(formulas)
    assert len(formulas) == len(page.find_all("math"))
    kinds = Counter(str(node["/S"]) for node in listed)
    assert kinds["/Table"] == len(page.find_all("table"))
    assert (kinds["/TH"] > 0) == (page.find("th") is not None)
    assert (kinds["/H1"] > 0) == (page.find("main").find("h2", id=True) is not None)


def test_an_equation_is_described_by_its_source(documents: Documents) -> None:
    listed = tags(documents["demo", "paper", "pdf"].path)
    formulas = [str(node["/Alt"]) for node in listed if node["/S"] == "/Formula"]
    assert formulas == ["\\alpha < 0.05", "\\hat{p} = \\frac{k}{n}, equation (1)"]


def test_what_breaks_the_standard_is_an_error(
    project: Path, edit: Callable[[str, str], None]
) -> None:
    edit('subtitle: "A study of the *whole* subset"', 'subtitle: "Where $x^2$ has no words"')
    with pytest.raises(ManuscriptError, match="alt"):
        render_study(project, "demo", formats=("pdf",), renderer="embedded")


@pytest.mark.parametrize("lines", [2, 3])
def test_no_page_ends_with_the_head_of_a_group(project: Path, lines: int) -> None:
    write_long_table(project, groups=60, lines=lines)
    made = render_study(project, "demo", formats=("pdf",), renderer="embedded")[0]
    pages = [page.extract_text().strip().split("\n") for page in pypdf.PdfReader(made.path).pages]
    tables = [page for page in pages if sum("Line 1" in line for line in page) > 5]
    assert len(tables) >= 3
    for page in tables:
        last = [line.strip() for line in page if re.match(r"\s*(Group|Line) \d", line)][-1]
        assert last.startswith("Line"), last


def figure_places(project: Path) -> dict[str, tuple[float, float]]:
    """Where the captions of the figures begin: points from the left, points down the pages."""
    made = render_study(project, "demo", formats=("pdf",), renderer="embedded")[0]
    places = {}
    for number, page in enumerate(pypdf.PdfReader(made.path).pages):
        for x, y, words in pieces_of(page):
            if match := re.match(r"Figure\d\.", words):
                places.setdefault(match[0], (x, 842 * (number + 1) - y))
    return places


def test_narrow_figures_that_follow_each_other_share_a_row(
    project: Path, edit: Callable[[str, str], None]
) -> None:
    embed = "{{< embed ../../outputs/demo/03-survival.ipynb#fig-%s >}}"
    pair = "\n\n".join(embed % name for name in ("left", "right"))
    edit(f"::: {{#fig-panel layout-ncol=2}}\n\n{pair}\n\nTwo halves of a panel.\n:::", pair)
    edit("@fig-panel, ", "")
    write_pictures(project, 1000)
    targets = figure_places(project)
    assert targets["Figure2."][1] == pytest.approx(targets["Figure3."][1], abs=1)
    assert targets["Figure2."][0] < 100 < 250 < targets["Figure3."][0]
    write_pictures(project, 1100)
    targets = figure_places(project)
    assert abs(targets["Figure2."][1] - targets["Figure3."][1]) > 100
