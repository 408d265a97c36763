"""The four formats of a document say the same, and the comparison finds where they do not."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest
from fixture_project import ROOT, png
from parity import Content, differences, missing_in_pdf, read_content
from pdf_targets import page_targets, pdf_targets

from helpers.manuscript import Rendered
from helpers.manuscript.notebook import read_exhibit, read_notebook

Documents = dict[tuple[str, str, str], Rendered]
PAPERS = [
    *[(study, name) for study in ("aponermin", "fhrmm") for name in ("abstract", "paper")],
    ("demo", "paper"),
]
EMBED = re.compile(r"\{\{< embed (?:\.\./)*(outputs/\S+\.ipynb)#(\S+) >\}\}")


def record_of(documents: Documents, study: str) -> Path:
    """The folder that the pictures of a JATS document are named from."""
    if study != "demo":
        return ROOT / "outputs" / study
    # The fixture's only picture in its record, as `write_project` draws it.
    record = documents["demo", "paper", "jats"].path.parent
    (record / "figures").mkdir(exist_ok=True)
    (record / "figures" / "flow.png").write_bytes(png(900, 500))
    return record


def content_of(documents: Documents, study: str, document: str, output_format: str) -> Content:
    return read_content(documents[study, document, output_format].path, record_of(documents, study))


@pytest.mark.parametrize(("study", "document"), PAPERS)
def test_the_formats_say_the_same(documents: Documents, study: str, document: str) -> None:
    page = content_of(documents, study, document, "html")
    assert page.headings
    assert page.prose
    for output_format in ("docx", "jats"):
        assert differences(page, content_of(documents, study, document, output_format)) == []
    assert missing_in_pdf(page, documents[study, document, "pdf"].path) == []


@pytest.mark.parametrize(("study", "document"), PAPERS)
def test_links_of_the_pdf_lead_where_those_of_the_page_lead(
    documents: Documents, study: str, document: str
) -> None:
    page = page_targets(documents[study, document, "html"].path)
    pdf = documents[study, document, "pdf"].path
    found = pdf_targets(pdf, set(page))
    assert bool(page) == (document == "paper"), "an abstract has no internal links"
    assert page - found == Counter()
    footnotes = 1 if study == "demo" else 0  # its call leads to the foot of the page
    assert (found - page).total() <= footnotes
    page["Figure9."] += 1
    assert page - pdf_targets(pdf, set(page)) == Counter({"Figure9.": 1})


@pytest.mark.parametrize("study", ["aponermin", "fhrmm"])
def test_every_figure_of_the_notebooks_is_in_the_documents(
    documents: Documents, study: str
) -> None:
    source = (ROOT / "manuscripts" / study / "paper.qmd").read_text("utf-8")
    exhibits = [
        read_exhibit(read_notebook(ROOT / name, name), label)
        for name, label in EMBED.findall(source)
    ]
    drawn = [hashlib.sha256(item.png).hexdigest() for item in exhibits if item.png is not None]
    assert len(drawn) >= 5
    page = content_of(documents, study, "paper", "html")
    assert page.pictures == drawn
    checklists = (ROOT / "manuscripts" / study / "_checklist.qmd").read_text("utf-8")
    written = len(re.findall(r"\{#tbl-", checklists))
    assert written == 2
    assert len(page.tables) == len(exhibits) - len(drawn) + written


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("tables", "63 (30–83)", "64 (30–83)"),
        ("links", 'rid="fig-km"', 'rid="fig-left"'),
        ("links", ">Table 2<", ">Table 3<"),
        ("captions", "A pipe table.", "Another table."),
        ("headings", "Definitions", "Definition"),
        ("prose", "A quotation.", "No quotation."),
        ("bibliography", "A second trial", "A third trial"),
        ("alts", "A flow of boxes", "A flow"),
    ],
)
def test_a_change_is_found(
    documents: Documents, tmp_path: Path, part: str, old: str, new: str
) -> None:
    text = documents["demo", "paper", "jats"].path.read_text("utf-8").replace("\u00a0", " ")
    assert old in text
    changed = tmp_path / "paper.xml"
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    record = record_of(documents, "demo")
    page = content_of(documents, "demo", "paper", "html")
    found = [text.split()[0] for text in differences(page, read_content(changed, record))]
    assert part in found
    assert set(found) <= {part, "prose"}, "the words of a link stand in the prose too"


def test_a_dropped_figure_is_found(documents: Documents, tmp_path: Path) -> None:
    text = documents["demo", "paper", "jats"].path.read_text("utf-8")
    changed = tmp_path / "paper.xml"
    dropped = re.sub(r"<graphic [^>]*flow\.png.*?</graphic>", "", text, flags=re.DOTALL)
    assert dropped != text
    changed.write_text(dropped, encoding="utf-8")
    page = content_of(documents, "demo", "paper", "html")
    found = differences(page, read_content(changed, record_of(documents, "demo")))
    assert [text.split()[0] for text in found] == ["pictures", "alts"]


def test_what_the_pdf_does_not_say_is_found(documents: Documents) -> None:
    page = content_of(documents, "demo", "paper", "html")
    pdf = documents["demo", "paper", "pdf"].path
    page.tables[0][3][1] = "64(30–83)"
    page.captions.append("Figure9.Nowhere.")
    page.links += [("nowhere", "Figure9")] * 20
    missing = missing_in_pdf(page, pdf)
    assert missing[:2] == ["Figure9.Nowhere.", "64(30–83)"]
    assert any(text.startswith("links:") for text in missing)
    page.prose += ["Words that no page of this document has ever said to anybody."] * 20
    assert any("runs of words" in text for text in missing_in_pdf(page, pdf))
