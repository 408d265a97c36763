"""What Word finds in the file: styles, header rows, captions, alternative texts, line numbers."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from fixture_project import write_long_table, write_project

from helpers.errors import ManuscriptError
from helpers.manuscript import Rendered, render_study
from helpers.manuscript.docx import number_lines
from helpers.manuscript.wordstyles import styles_xml, write_reference

# The order of CT_SectPr, as far as the documents use it (ECMA-376, part 1, 17.6.17).
SECTION = ("headerReference", "footerReference", "footnotePr", "type", "pgSz", "pgMar")
SECTION += ("lnNumType", "pgNumType", "cols", "titlePg", "docGrid")


def part(path: Path, name: str = "document") -> BeautifulSoup:
    with zipfile.ZipFile(path) as archive:
        return BeautifulSoup(archive.read(f"word/{name}.xml"), "xml")


def rendered(root: Path, **options: bool) -> Path:
    made = render_study(root, "demo", formats=("docx",), renderer="embedded", **options)
    return made[0].path


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> BeautifulSoup:
    return part(rendered(write_project(tmp_path_factory.mktemp("project"))))


def style_of(paragraph: Tag) -> str:
    style = paragraph.find("pStyle")
    return style["w:val"] if style else ""


def words(element: Tag) -> str:
    return "".join(text.get_text() for text in element.find_all("t")).replace("\u00a0", " ")


def test_lines_are_numbered_only_where_asked_for(project: Path) -> None:
    assert not part(rendered(project)).find_all("lnNumType")
    for section in part(rendered(project, line_numbers=True)).find_all("sectPr"):
        (numbers,) = section.find_all("lnNumType")
        assert numbers["w:countBy"] == "1"
        assert numbers["w:restart"] == "continuous"


def test_front_matter_asks_for_line_numbers(project: Path) -> None:
    paper = project / "manuscripts" / "demo" / "paper.qmd"
    text = paper.read_text("utf-8")
    paper.write_text(text.replace("keywords:", "line-numbers: true\nkeywords:"), encoding="utf-8")
    assert part(rendered(project)).find_all("lnNumType")


def test_line_numbers_are_true_or_false(project: Path) -> None:
    paper = project / "manuscripts" / "demo" / "paper.qmd"
    text = paper.read_text("utf-8")
    paper.write_text(text.replace("keywords:", 'line-numbers: "no"\nkeywords:'), encoding="utf-8")
    with pytest.raises(ManuscriptError, match="neither true nor false"):
        rendered(project)


def test_the_elements_of_a_section_stand_in_the_order_of_the_schema(project: Path) -> None:
    section = part(rendered(project, line_numbers=True)).find("sectPr")
    names = [child.name for child in section.find_all(recursive=False)]
    assert names == sorted(names, key=SECTION.index)


def test_numbering_the_lines_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "reference.docx"
    write_reference(path)
    number_lines(path)
    once = path.read_bytes()
    number_lines(path)
    assert path.read_bytes() == once
    assert len(part(path).find_all("lnNumType")) == 1


def test_every_header_row_is_repeated_and_no_other(document: BeautifulSoup) -> None:
    first, second, third = document.find_all("tbl")
    for table, heads in ((first, 2), (second, 1), (third, 2)):
        rows = table.find_all("tr")
        repeated = [row.find("tblHeader") is not None for row in rows]
        assert repeated == [True] * heads + [False] * (len(rows) - heads)


def test_no_row_breaks_over_a_page(document: BeautifulSoup) -> None:
    rows = document.find_all("tr")
    assert rows and all(row.find("cantSplit") for row in rows)


def test_captions_have_styles_and_stand_where_they_belong(document: BeautifulSoup) -> None:
    captions = {words(p): style_of(p) for p in document.find_all("p") if "Caption" in style_of(p)}
    found = {re.split(r"\.", text)[0]: style for text, style in captions.items()}
    assert found["Table 1"] == "TableCaption"
    assert found["Table 2"] == "TableCaption"
    assert found["Supplementary Table 1"] == "TableCaption"
    assert {found[f"Figure {number}"] for number in (1, 2, 3)} == {"ImageCaption"}
    before = document.find("tbl").find_previous("p")
    assert words(before).startswith("Table 1. ")
    assert before.find_parent("tbl") is None
    picture = document.find("drawing").find_parent("p")
    assert words(picture.find_next("p")).startswith("Figure 1. ")


def test_every_picture_has_its_alternative_text(document: BeautifulSoup) -> None:
    alts = [drawing.find("docPr").get("descr") for drawing in document.find_all("drawing")]
    assert alts == [
        "Curve that falls from 1.00 to 0.42, said ”half” at 4.5 months.",
        "The left half",
        "The right half",
        "A flow of boxes",
    ]


def test_styles_are_real_and_defined(project: Path) -> None:
    path = rendered(project)
    defined = {style["w:styleId"] for style in part(path, "styles").find_all("style")}
    used = {style["w:val"] for style in part(path).find_all(["pStyle", "rStyle", "tblStyle"])}
    assert used <= defined
    assert {"Heading1", "Heading2", "TableText", "TableHeading", "TableNote"} <= used
    for paragraph in part(path).find_all("p"):
        runs = paragraph.find_all("r")
        if style_of(paragraph).startswith("Heading"):
            assert not any(run.find(["b", "sz"]) for run in runs), "headings are styled by style"


def test_the_styles_are_those_of_the_reference_document(project: Path) -> None:
    def own(xml: BeautifulSoup) -> dict[str, str]:
        return {style["w:styleId"]: str(style.find("rPr")) for style in xml.find_all("style")}

    house = own(BeautifulSoup(styles_xml(), "xml"))
    made = own(part(rendered(project), "styles"))
    assert {name: made.get(name) for name in house} == house


def test_another_reference_document_is_taken(project: Path) -> None:
    reference = project / "manuscripts" / "_shared" / "reference.docx"
    with zipfile.ZipFile(reference) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/styles.xml"] = parts["word/styles.xml"].replace(b"Cambria", b"Garamond")
    with zipfile.ZipFile(reference, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert "Garamond" in str(part(rendered(project), "styles"))


def test_a_long_table_never_ends_a_page_with_a_head(tmp_path: Path) -> None:
    project = write_project(tmp_path)
    write_long_table(project, groups=12)
    table = part(rendered(project)).find("tbl")
    rows = table.find_all("tr")
    assert len(rows) > 30
    kept = [row for row in rows if row.find("keepNext")]
    heads = [row for row in rows if words(row).startswith("Group")]
    assert [words(row) for row in kept] == [words(row) for row in [*rows[:2], *heads, rows[-2]]]


def test_a_note_stays_with_the_note_before_it(tmp_path: Path) -> None:
    project = write_project(tmp_path)
    write_long_table(project, groups=12, notes=3)
    rows = part(rendered(project)).find("tbl").find_all("tr")
    kept = [row for row in rows if row.find("keepNext")]
    assert kept[-3:] == rows[-4:-1], "the last row of the body, and two of three notes"


def test_an_indented_label_hangs(tmp_path: Path) -> None:
    project = write_project(tmp_path)
    write_long_table(project, groups=12)
    rows = part(rendered(project)).find("tbl").find_all("tr")
    indented = [row for row in rows if row.find("tc").get_text().startswith("\u2003")]
    assert len(indented) > 20
    hanging = [row for row in rows if row.find("ind")]
    assert hanging == indented
    assert all(row.find("tc").find("ind")["w:hanging"] == "170" for row in hanging)


@pytest.mark.parametrize("study", ["aponermin", "fhrmm"])
def test_no_word_of_a_table_is_broken(
    documents: dict[tuple[str, str, str], Rendered], study: str
) -> None:
    cells = part(documents[study, "paper", "docx"].path).find_all("tc")
    broken = [words(cell) for cell in cells if widest_word(cell) > int(cell.find("tcW")["w:w"])]
    assert len(cells) > 800
    assert broken == []


def widest_word(cell: Tag) -> float:
    """Twentieths of a point that the longest word of a cell takes with the cell's margins.

    Letters of 8.5 or 7 points, 0.56 of that wide, as the figures of Arial are.
    """
    small = any(style["w:val"].endswith("Small") for style in cell.find_all("pStyle"))
    longest = max((len(word) for word in re.split(r"[\s/–-]", words(cell))), default=0)
    return longest * (7 if small else 8.5) * 0.56 * 20 + 2 * 108


def test_an_equation_is_one_of_words_own(document: BeautifulSoup) -> None:
    (equation,) = document.find_all("oMathPara")
    assert [text.get_text() for text in equation.find("f").find_all("t")] == ["k", "n"]
    assert "".join(text.get_text() for text in equation.find_all("t")).endswith("(1)")
