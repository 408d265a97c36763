"""One reading for all formats gives each what a reading of its own would give."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from fixture_project import TABLE, cell, row, shows, write_notebook

from helpers.errors import ManuscriptError
from helpers.manuscript import embedded, render_study

Edit = Callable[[str, str], None]
ANCHOR = "# Declarations {.unnumbered}"


def rendered(project: Path, *formats: str) -> dict[str, bytes]:
    made = render_study(project, "demo", formats=formats, renderer="embedded")
    return {item.format: item.path.read_bytes() for item in made}


def with_table(project: Path, html: str) -> None:
    """Put a table in the place of Table 1."""
    cells = [
        cell('label: tbl-one\ntbl-cap: "T"', [shows("text/html", html)]),
        cell("label: more", [shows("text/html", TABLE)]),
    ]
    write_notebook(project / "outputs" / "demo" / "02-response.ipynb", cells)


@pytest.mark.parametrize("conditional", [True, False])
def test_a_format_alone_has_the_bytes_that_it_has_among_all(
    project: Path, edit: Edit, conditional: bool
) -> None:
    if not conditional:  # then all formats are written from one numbered document
        edit('::: {.content-visible when-format="html"}\nOnly in HTML.\n:::', "")
        edit('::: {.content-hidden when-format="html"}\nNot in HTML.\n:::', "")
    together = rendered(project, "html", "docx", "pdf", "jats")
    for name, content in together.items():
        assert rendered(project, name) == {name: content}


def test_what_one_format_hides_is_not_cited_in_it(project: Path, edit: Edit) -> None:
    edit("Only in HTML.", "Only in HTML [@second2025].")
    edit("[@first2023; @second2025] are cited, and @second2025 alone", "are cited")
    made = rendered(project, "html", "jats")
    assert "A second trial" in made["html"].decode()
    assert "A second trial" not in made["jats"].decode()


def test_pictures_that_were_decoded_before_leave_the_bytes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rendered(project, "pdf")
    monkeypatch.setattr(embedded, "decode_pictures", lambda folder: None)
    assert rendered(project, "pdf") == before


def test_a_broken_picture_is_said_by_the_pdf(project: Path) -> None:
    picture = project / "outputs" / "demo" / "figures" / "flow.png"
    picture.write_bytes(picture.read_bytes()[:200])
    with pytest.raises(ManuscriptError, match="typst stopped"):
        rendered(project, "pdf")


@pytest.mark.parametrize("formats", [("html",), ("pdf",), ("docx", "jats")])
@pytest.mark.parametrize("html", ["<p>No table.</p>", TABLE + TABLE, ""])
def test_what_is_not_one_table_is_refused(
    project: Path, html: str, formats: tuple[str, ...]
) -> None:
    with_table(project, html)
    with pytest.raises(ManuscriptError, match="an embedded table is not one HTML table"):
        rendered(project, *formats)


def test_equations_in_a_table_wait_for_the_document(project: Path, edit: Edit) -> None:
    body = row("left|Age", "right|<code>63</code>") + row("left|Sex", "right|1<br>2")
    head = row("left|Variable", "right|Value", name="th")
    with_table(project, f"<table><thead>{head}</thead><tbody>{body}</tbody></table>")
    edit("| b, see @fig-km | 20 |", "| b, see @fig-km, $\\alpha$ | 20 |")
    made = rendered(project, "pdf", "html")
    page = made["html"].decode()
    assert "<code>63</code>" in page
    assert re.search(r"<math[^>]*>.*?α", page, re.DOTALL)
    path = project / "outputs" / "demo" / "paper.pdf"
    text = " ".join(leaf.extract_text() for leaf in pypdf.PdfReader(path).pages)
    assert re.search(r"Age\s+63", text)


def test_many_tables_do_not_block_the_reading(project: Path) -> None:
    """What one pandoc hands to the other is longer than a pipe holds."""
    body = "".join(row(f"left|Line {number}", "right|1") for number in range(1500))
    head = row("left|Variable", "right|Value", name="th")
    with_table(project, f"<table><thead>{head}</thead><tbody>{body}</tbody></table>")
    assert b"Line 1499" in rendered(project, "html")["html"]


def test_a_p_value_and_the_level_of_an_interval_are_never_parted(project: Path, edit: Edit) -> None:
    edit("Only in HTML.", "It fell (p = 0.04; 95% CI −1.2 to 3.4), with p < 0.001 and N = 38.")
    heading, cells = row("left|A", "right|HR (95% CI)", name="th"), row("left|x", "right|p = 0.5")
    with_table(project, f"<table><thead>{heading}</thead><tbody>{cells}</tbody></table>")
    page = rendered(project, "html")["html"].decode()
    assert "(p\u00a0=\u00a00.04; 95%\u00a0CI\u00a0−1.2 to 3.4)" in page
    assert "p\u00a0&lt;\u00a00.001 and N =" in page
    assert "HR (95%\u00a0CI)" in page
    assert "p\u00a0=\u00a00.5" in page


def test_a_wrapped_label_hangs_below_its_indent(project: Path) -> None:
    heading = row("left|Endpoint", *[f"right|C{number}" for number in range(6)], name="th")
    long = "left|\u2003Progression-free survival in every patient"
    cells = row(long, *["right|9.1 (6.6 to not reached)"] * 6)
    with_table(project, f"<table><thead>{heading}</thead><tbody>{cells}</tbody></table>")
    made = render_study(project, "demo", formats=("pdf",), renderer="embedded")[0]
    starts: dict[str, float] = {}

    def place(text: str, page: list[float], *_: object) -> None:
        starts.setdefault(text.strip(), page[4])

    for sheet in pypdf.PdfReader(made.path).pages:
        sheet.extract_text(visitor_text=place)
    first = next(x for text, x in starts.items() if text.startswith("Progression-"))
    assert 6 < starts["every patient"] - first < 10, "an em, which stands before the first line"
