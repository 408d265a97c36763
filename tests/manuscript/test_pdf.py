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
