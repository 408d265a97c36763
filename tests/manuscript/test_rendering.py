"""Every construct in every format, the same bytes twice, and failures that change nothing."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import pypdf
import pytest
from bs4 import BeautifulSoup
from fixture_project import TABLE, cell, png, row, shows, write_notebook, write_project
from quarto_parity import read_facts

from helpers.errors import ManuscriptError
from helpers.manuscript import Rendered, render_study

FORMATS = ("html", "docx", "pdf", "jats")
Edit = Callable[[str, str], None]

Documents = dict[tuple[str, str, str], Rendered]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rendered]:
    root = write_project(tmp_path_factory.mktemp("project"))
    made = render_study(root, "demo", formats=FORMATS, renderer="embedded")
    return {item.format: item for item in made}


@pytest.fixture(scope="module")
def html(rendered: dict[str, Rendered]) -> BeautifulSoup:
    return BeautifulSoup(rendered["html"].path.read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def word(rendered: dict[str, Rendered]) -> Iterator[object]:
    return docx.Document(str(rendered["docx"].path))


@pytest.fixture(scope="module")
def texts(rendered: dict[str, Rendered], html: BeautifulSoup) -> dict[str, str]:
    document = docx.Document(str(rendered["docx"].path))
    pieces = ["".join(n.text or "" for n in document.element.body.iter() if n.tag.endswith("}t"))]
    footnotes = zipfile.ZipFile(rendered["docx"].path).read("word/footnotes.xml").decode()
    pieces += re.findall(r"<w:t[^>]*>([^<]*)</w:t>", footnotes)
    pdf = "\n".join(page.extract_text() for page in pypdf.PdfReader(rendered["pdf"].path).pages)
    jats = BeautifulSoup(rendered["jats"].path.read_text("utf-8"), "xml").get_text()
    names = re.findall(
        r"<surname>(.*?)</surname><given-names>(.*?)<", rendered["jats"].path.read_text("utf-8")
    )
    jats += " ".join(f"{given} {family}" for family, given in names)
    listed = {"html": html.get_text(), "docx": " ".join(pieces), "pdf": pdf, "jats": jats}
    return {name: re.sub(r"\s+", " ", text) for name, text in listed.items()}


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize(
    "words",
    [
        "Response of 55.3% in a fixture",
        "A study of the whole subset",
        "Ada Example",
        "Hospital of Others",
        "Institute of Examples, Town, Land",
        "ada@example.org",
        "Synthetic data: the people described here do not exist.",
        "Why this was done.",
        "Response was 21 of 38 (55.3%; 95% CI 38.3–71.4) [1].",
        "Earlier trials [1,2] are cited",
        "see Figure 1, 1, Figs. 1, Table 2, Figure 2, Figure 2 (a), Equation 1, Section 2",
        "Supplementary Table 1. Registry of Examples is a variable.",
        "A footnote with 55.3%",
        "Its definition.",
        "A quotation.",
        "A title",
        "The body of a callout.",
        "As included: 55.3%.",
        "Table 1. Table with 55.3% [1].",
        "Figure 1. Survival, response 55.3%; see Table 1.",
        "Table 2. A pipe table.",
        "(a) Left",
        "(b) Right",
        "Figure 2. Two halves of a panel.",
        "Figure 3. A picture by path.",
        "Supplementary Table 1. More of it, for Section 2.",
        "63 (30–83)",
        "Wilcoxon rank-sum test. Values are n (%) unless said.",
        "Surname G, Other P. A first trial. Journal of Examples. 2023;1(2):3–4.",
        "Rendered by embedded engine (pandoc",
        "sha256:0123abcd",
        "commit (no git repository)",
    ],
)
def test_every_construct_reaches_every_format(
    texts: dict[str, str], output_format: str, words: str
) -> None:
    assert _squeezed(words) in _squeezed(texts[output_format])


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("output_format", FORMATS)
def test_hidden_content_and_comments_do_not_show(texts: dict[str, str], output_format: str) -> None:
    text = texts[output_format]
    assert ("Only in HTML." in text) == (output_format == "html")
    assert ("Not in HTML." in text) == (output_format != "html")
    assert "A comment with" not in text
    assert "{{<" not in text
    assert "?" not in text


def test_html_is_self_contained_and_links_resolve(html: BeautifulSoup) -> None:
    ids = {tag["id"] for tag in html.find_all(id=True)}
    for link in html.find_all("a", href=True):
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids
    for image in html.find_all("img"):
        assert image["src"].startswith("data:image/png")
        assert image["alt"].strip()
    assert not html.find_all("script")
    assert not html.find_all("link", href=re.compile("^http"))
    assert html.find("math") is not None
    assert len(ids) == len(html.find_all(id=True))


def test_html_keeps_provenance_and_table_structure(html: BeautifulSoup) -> None:
    assert html.find("span", {"class": "n", "data-key": "response.orr"}) is not None
    table = html.find(id="tbl-one").find("table")
    assert [len(row.find_all("th")) for row in table.find("thead").find_all("tr")] == [3, 2]
    assert table.find("th", rowspan="2") is not None
    assert table.find("tbody").find("td", colspan="4").find("strong").text == "Age, years"
    assert table.find("tfoot").find("sup").text == "a"
    assert "text-align: right" in str(table)
    assert table.find_parent(class_="scroll") is not None


def test_notice_stands_before_the_abstract(texts: dict[str, str]) -> None:
    for output_format in ("html", "docx", "pdf", "jats"):
        text = _squeezed(texts[output_format])
        assert text.index("peopledescribedhere") < text.index("Whythiswasdone.")


def test_docx_has_real_styles_tables_and_alt_texts(word: object) -> None:
    styles = {paragraph.style.name for paragraph in word.paragraphs}
    assert {"Title", "Subtitle", "Author", "Affiliation", "Notice", "Abstract"} <= styles
    assert {"Heading 1", "Image Caption", "Table Caption", "Colophon", "Bibliography"} <= styles
    grid = word.tables[0]
    assert "tblHeader" in grid.rows[0]._tr.xml
    assert "tblHeader" in grid.rows[1]._tr.xml
    assert "w:top" in grid.rows[0]._tr.xml
    assert "w:bottom" in grid.rows[1]._tr.xml
    assert grid.cell(2, 0).text == "Age, years"
    assert grid.cell(3, 1).paragraphs[0].style.name == "Table Text"
    assert grid.cell(6, 1).paragraphs[0].style.name == "Table Text"
    assert grid.cell(7, 0).paragraphs[0].style.name == "Table Note"
    alts = re.findall(r'<wp:docPr[^>]*descr="([^"]*)"', word.element.xml)
    assert "Curve that falls from 1.00 to 0.42, said ”half” at 4.5 months." in alts
    assert "A flow of boxes" in alts


def test_docx_bookmarks_carry_every_cross_reference(word: object) -> None:
    xml = word.element.xml
    bookmarks = set(re.findall(r'<w:bookmarkStart[^>]*w:name="([^"]*)"', xml))
    anchors = set(re.findall(r'<w:hyperlink[^>]*w:anchor="([^"]*)"', xml))
    assert anchors
    assert anchors <= bookmarks


def test_pdf_is_tagged_titled_and_holds_alt_texts(rendered: dict[str, Rendered]) -> None:
    reader = pypdf.PdfReader(rendered["pdf"].path)
    assert reader.metadata.title == "Response of 55.3% in a fixture"
    assert "Ada Example" in reader.metadata.author
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    tree = _alt_texts(reader.trailer["/Root"]["/StructTreeRoot"])
    assert "Curve that falls from 1.00 to 0.42, said ”half” at 4.5 months." in tree


def _alt_texts(node: object) -> set[str]:
    node = node.get_object() if hasattr(node, "get_object") else node
    found: set[str] = set()
    if isinstance(node, list):
        for child in node:
            found |= _alt_texts(child)
    elif isinstance(node, dict):
        if "/Alt" in node:
            found.add(str(node["/Alt"]))
        if "/K" in node:
            found |= _alt_texts(node["/K"])
    return found


def test_no_wide_figure_leaves_the_page(project: Path) -> None:
    notebook = project / "outputs" / "demo" / "03-survival.ipynb"
    text = notebook.read_text("utf-8")
    wide = base64.b64encode(png(4500, 900)).decode()
    old = re.search(r'"image/png": "([^"]+)"', text)
    assert old
    notebook.write_text(text.replace(old[1], wide), encoding="utf-8")
    made = render_study(project, "demo", formats=("docx",), renderer="embedded")[0]
    extents = re.findall(r'wp:extent cx="(\d+)"', docx.Document(str(made.path)).element.xml)
    assert max(int(extent) for extent in extents) <= 175 * 36000


def test_same_bytes_twice(tmp_path: Path) -> None:
    made = []
    for name in ("first", "second-with-another-length"):
        root = tmp_path / name
        root.mkdir()
        write_project(root)
        listed = render_study(root, "demo", formats=FORMATS, renderer="embedded")
        made.append([item.path.read_bytes() for item in listed])
    assert made[0] == made[1]


def test_the_formats_agree_on_tables(rendered: dict[str, Rendered], html: BeautifulSoup) -> None:
    from_html = [_cells(table) for table in html.find_all("table")]
    jats = BeautifulSoup(rendered["jats"].path.read_text("utf-8"), "xml")
    assert [_cells(table) for table in jats.find_all("table")] == from_html
    from_docx = []
    for grid in docx.Document(str(rendered["docx"].path)).tables:
        seen: list[list[str]] = []
        for line in grid.rows:
            cells = []
            for tc in line._tr.tc_lst:
                if tc.vMerge != "continue":
                    cells.append("".join(node.text or "" for node in tc.iter() if _is_text(node)))
            seen.append([_squeezed(text) for text in cells])
        from_docx.append(seen)
    assert from_docx == from_html


def _is_text(node: object) -> bool:
    return str(node.tag).endswith("}t")


def _cells(table: object) -> list[list[str]]:
    # JATS writes the foot of a table before its body.
    parts = [table.find(name) for name in ("thead", "tbody", "tfoot")]
    return [
        [_squeezed(cell.get_text()) for cell in row.find_all(["th", "td"])]
        for part in parts
        if part is not None
        for row in part.find_all("tr")
    ]


def test_failure_keeps_the_last_good_documents(project: Path, edit: Edit) -> None:
    first = render_study(project, "demo", formats=("html", "pdf"), renderer="embedded")
    before = [item.path.read_bytes() for item in first]
    # The link breaks only in typst: HTML is rendered before the failure.
    edit(
        "# Declarations {.unnumbered}",
        "See [nowhere](#no-such-place).\n\n# Declarations {.unnumbered}",
    )
    with pytest.raises(ManuscriptError, match="typst stopped"):
        render_study(project, "demo", formats=("html", "pdf"), renderer="embedded")
    assert [item.path.read_bytes() for item in first] == before
    names = sorted(path.name for path in (project / "outputs" / "demo").iterdir())
    assert names == [
        *("02-response.ipynb", "03-survival.ipynb", "figures", "numbers.yml"),
        *("paper.html", "paper.pdf"),
    ]


def test_documents_go_where_told(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    lines: list[str] = []
    made = render_study(
        project,
        "demo",
        formats=("html",),
        renderer="embedded",
        output=target,
        on_progress=lines.append,
    )
    assert [item.path for item in made] == [target / "paper.html"]
    assert lines == ["paper · html"]
    assert not (project / "outputs" / "demo" / "paper.html").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_read_only_output_is_said(project: Path) -> None:
    folder = project / "outputs" / "demo"
    folder.chmod(0o500)
    try:
        with pytest.raises(ManuscriptError, match="cannot be written"):
            render_study(project, "demo", formats=("html",), renderer="embedded")
    finally:
        folder.chmod(0o700)


def test_output_that_is_a_file_is_said(project: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("x")
    with pytest.raises(ManuscriptError, match="cannot be written"):
        render_study(project, "demo", formats=("html",), renderer="embedded", output=taken)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"formats": ("htlm",)}, "did you mean 'html'"),
        ({"renderer": "quatro"}, "did you mean 'quarto'"),
        ({"documents": ("papre",)}, "did you mean 'paper'"),
        ({"documents": ("abstract",)}, "unknown document 'abstract'"),
    ],
)
def test_unknown_names_are_refused(
    project: Path, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ManuscriptError, match=message):
        render_study(project, "demo", **{"renderer": "embedded", **arguments})


def test_unknown_study_names_the_nearest(project: Path) -> None:
    with pytest.raises(ManuscriptError, match="did you mean 'demo'"):
        render_study(project, "demos", renderer="embedded")


def test_pandoc_named_by_the_environment_must_run(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANUSCRIPT_PANDOC", str(project / "no-pandoc"))
    with pytest.raises(ManuscriptError, match="no pandoc runs"):
        render_study(project, "demo", renderer="embedded")


def test_an_old_pandoc_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = project / "old-pandoc"
    old.write_text("#!/bin/sh\necho pandoc 2.19.2\n")
    old.chmod(0o755)
    monkeypatch.setenv("MANUSCRIPT_PANDOC", str(old))
    with pytest.raises(ManuscriptError, match=r"2\.19\.2 is too old"):
        render_study(project, "demo", renderer="embedded")


def test_colophon_names_the_commit_of_the_sources(project: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        command = ["git", "-C", str(project), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def said() -> str:
        made = render_study(project, "demo", formats=("html",), renderer="embedded")[0]
        found = re.search(r"from commit ([^;]+);", made.path.read_text("utf-8"))
        assert found
        return found[1]

    git("init", "-q")
    assert said() == "(nothing committed yet)"
    git("add", "-A")
    git("commit", "-q", "-m", "sources")
    first = git("rev-parse", "HEAD")[:12]
    assert said() == first
    git("add", "-A")
    git("commit", "-q", "-m", "outputs only")
    assert said() == first
    paper = project / "manuscripts" / "demo" / "paper.qmd"
    paper.write_text(paper.read_text("utf-8") + "\nMore.\n", encoding="utf-8")
    assert said() == f"{first}-modified"


def test_reference_document_of_the_project_is_the_generated_one(tmp_path: Path) -> None:
    from fixture_project import ROOT

    from helpers.manuscript.wordstyles import write_reference

    write_reference(tmp_path / "reference.docx")
    committed = (ROOT / "manuscripts" / "_shared" / "reference.docx").read_bytes()
    parts = [
        {name: archive.read(name) for name in archive.namelist()}
        for archive in (
            zipfile.ZipFile(io.BytesIO(committed)),
            zipfile.ZipFile(tmp_path / "reference.docx"),
        )
    ]
    assert parts[0] == parts[1]


def test_a_table_of_many_columns_stays_on_the_page(project: Path) -> None:
    head = "".join(f'<th style="text-align:right">Column {i}</th>' for i in range(10))
    rows = row("left|A long label of a row", *["right|12 (31.6–52.1)"] * 9) * 60
    wide = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    notebook = project / "outputs" / "demo" / "02-response.ipynb"
    cells = [
        cell('label: tbl-one\ntbl-cap: "Wide"', [shows("text/html", wide)]),
        cell("label: more", [shows("text/html", TABLE)]),
    ]
    write_notebook(notebook, cells)
    made = render_study(project, "demo", formats=("pdf",), renderer="embedded")[0]
    pages = [page.extract_text() for page in pypdf.PdfReader(made.path).pages]
    holding = [text for text in pages if "31.6" in text]
    assert len(holding) > 1
    assert all("Column 9" in text for text in holding), "the header is repeated on each page"


def test_docx_columns_are_as_wide_as_their_text(project: Path) -> None:
    head = row(*[f"right|C{number}" for number in range(8)], name="th")
    body = row("left|A rather long label of a row", *["right|12 (31.6–52.1)"] * 7)
    wide = f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
    cells = [
        cell('label: tbl-one\ntbl-cap: "Wide"', [shows("text/html", wide)]),
        cell("label: more", [shows("text/html", TABLE)]),
    ]
    write_notebook(project / "outputs" / "demo" / "02-response.ipynb", cells)
    made = render_study(project, "demo", formats=("docx",), renderer="embedded")[0]
    grid, other = docx.Document(str(made.path)).tables[:2]
    widths = [column.width for column in grid.columns]
    assert widths[0] > 1.5 * widths[1]
    assert grid.cell(1, 1).paragraphs[0].style.name == "Table Text Small"
    assert other.cell(1, 0).paragraphs[0].style.name == "Table Text"


def test_place_script_copies_what_quarto_rendered(project: Path, tmp_path: Path) -> None:
    import pypandoc

    made = project / "_rendered" / "manuscripts" / "demo" / "paper.html"
    made.parent.mkdir(parents=True)
    made.write_text("<p>rendered</p>")
    subprocess.run(
        [pypandoc.get_pandoc_path(), "lua", "manuscripts/_shared/place.lua"],
        cwd=project,
        env={
            **os.environ,
            "QUARTO_PROJECT_OUTPUT_DIR": "_rendered",
            "QUARTO_PROJECT_OUTPUT_FILES": "_rendered/manuscripts/demo/paper.html\n",
        },
        check=True,
    )
    assert (project / "outputs" / "demo" / "paper.html").read_text() == "<p>rendered</p>"


@pytest.mark.parametrize("lang", ["en-US", "de"])
def test_the_language_reaches_every_format(
    project: Path, edit: Callable[[str, str], None], lang: str
) -> None:
    edit("keywords:", f"lang: {lang}\nkeywords:")
    made = {item.format: item.path for item in render_study(project, "demo", renderer="embedded")}
    assert f'<html lang="{lang}">' in made["html"].read_text("utf-8")
    assert f'xml:lang="{lang}"' in made["jats"].read_text("utf-8")
    assert pypdf.PdfReader(made["pdf"]).trailer["/Root"]["/Lang"] == lang
    with zipfile.ZipFile(made["docx"]) as archive:
        assert f'<w:lang w:val="{lang}" />' in archive.read("word/styles.xml").decode()
        assert f"<dc:language>{lang}<" in archive.read("docProps/core.xml").decode()


def test_citations_and_references_stand_in_pipe_tables(documents: Documents) -> None:
    made = {name: documents["demo", "paper", name].path for name in ("html", "docx", "jats", "pdf")}
    for name in ("html", "docx", "jats"):
        facts = read_facts(made[name])
        assert [["Left", "Right"], ["a[1]", "1"], ["b,seeFigure1", "20"]] in facts.tables
        assert facts.links["fig-km", "Figure1"] >= 2
        assert facts.links["ref-first2023", "1"] >= 3
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(made["pdf"]).pages)
    assert re.search(r"a \[1\]\s+1", text)
    assert re.search(r"b, see Figure\s1\s+20", text)


def test_the_exhibit_of_a_float_of_another_name_keeps_its_own(project: Path, edit: Edit) -> None:
    """The site finds its cell by it; a table that has a name already loses none."""
    named = TABLE.replace("<table>", '<table id="pandas">')
    notebook = project / "outputs" / "demo" / "02-response.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    write_notebook(notebook, [*cells, cell("label: named", [shows("text/html", named)])])
    again = "\n\n::: {#supptbl-named}\n\n{{< embed ../../outputs/demo/02-response.ipynb#named >}}"
    edit("# Declarations", f"{again}\n\nNamed.\n:::\n\n# Declarations")
    made = {item.format: item for item in render_study(project, "demo", renderer="embedded")}
    page = made["html"].path.read_text(encoding="utf-8")
    inner = [
        re.search(rf'id="{kind}".*?<table id="(\w+)"', page, re.DOTALL)
        for kind in ("supptbl-more", "supptbl-named")
    ]
    assert [found and found[1] for found in inner] == ["more", "pandas"]
    assert set(made) == {"html", "docx", "pdf", "jats"}
