"""The title page in every format: authors, key points, counts; and in Quarto what it lacks."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypandoc
import pypdf
import pytest
import yaml
from bs4 import BeautifulSoup
from fixture_project import ROOT, write_project

from helpers.errors import ManuscriptError
from helpers.manuscript import check_sources, render_study

Edit = Callable[[str, str], None]
FORMATS = ("html", "docx", "pdf", "jats")
AUTHORS = """author:
  - name: Ada Example
    orcid: 0000-0002-1825-0097
    corresponding: true
    email: ada@example.org
    affiliations:
      - ref: institute
      - ref: hospital
  - name: {given: Ben, family: van Other}
    orcid: 0000-0001-5109-3700
    affiliations:
      - ref: hospital
affiliations:
  - id: hospital
    name: Hospital of Others
    city: Village
  - id: institute
    name: Institute of Examples
    city: Town
    country: Land
key-points:
  - "Response was {{< meta n.response.orr.pct >}} in *one* fixture."
  - A second point.
"""


def with_authors(root: Path) -> Path:
    paper = root / "manuscripts" / "demo" / "paper.qmd"
    text = paper.read_text("utf-8")
    begin, end = text.index("author:"), text.index("abstract: |")
    paper.write_text(text[:begin] + AUTHORS + text[end:], encoding="utf-8")
    return paper


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = write_project(tmp_path_factory.mktemp("project"))
    with_authors(root)
    assert check_sources(root, "demo") == ()
    rendered = render_study(root, "demo", formats=FORMATS, renderer="embedded")
    return {item.format: item.path for item in rendered}


@pytest.fixture(scope="module")
def texts(made: dict[str, Path]) -> dict[str, str]:
    document = zipfile.ZipFile(made["docx"]).read("word/document.xml")
    word = BeautifulSoup(document, "xml")
    listed = {
        "html": BeautifulSoup(made["html"].read_text("utf-8"), "html.parser").get_text(),
        "docx": "\n".join(
            "".join(text.get_text() for text in line.find_all("t")) for line in word.find_all("p")
        ),
        "pdf": "\n".join(page.extract_text() for page in pypdf.PdfReader(made["pdf"]).pages),
        "jats": BeautifulSoup(made["jats"].read_text("utf-8"), "xml").get_text(),
    }
    return {name: re.sub(r"\s+", "", text) for name, text in listed.items()}


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize(
    "words",
    [
        "1Institute of Examples, Town, Land",
        "2Hospital of Others, Village",
        "ada@example.org",
        "Key points",
        "Response was 55.3% in one fixture.",
        "A second point.",
    ],
)
def test_the_title_page_reaches_every_format(
    texts: dict[str, str], output_format: str, words: str
) -> None:
    assert re.sub(r"\s+", "", words) in texts[output_format]


def test_marks_stand_behind_the_names(texts: dict[str, str]) -> None:
    for output_format in ("html", "docx", "pdf"):
        found = re.search(r"AdaExample1,2,\*(?:iD|ORCID)?,BenvanOther2", texts[output_format])
        assert found, texts[output_format][:300]
        assert "*Correspondence:AdaExample,ada@example.org" in texts[output_format]


def test_orcids_are_links(made: dict[str, Path]) -> None:
    page = BeautifulSoup(made["html"].read_text("utf-8"), "html.parser")
    links = [link["href"] for link in page.select("a.orcid")]
    assert links == [
        "https://orcid.org/0000-0002-1825-0097",
        "https://orcid.org/0000-0001-5109-3700",
    ]
    relations = zipfile.ZipFile(made["docx"]).read("word/_rels/document.xml.rels").decode()
    notes = b"".join(
        str(annotation.get_object()).encode()
        for annotation in pypdf.PdfReader(made["pdf"]).pages[0]["/Annots"]
    ).decode()
    jats = made["jats"].read_text("utf-8")
    for link in links:
        assert link in relations
        assert link in notes
        assert f'<contrib-id contrib-id-type="orcid">{link}</contrib-id>' in jats


def test_jats_knows_who_corresponds_and_who_works_where(made: dict[str, Path]) -> None:
    jats = BeautifulSoup(made["jats"].read_text("utf-8"), "xml")
    first, second = jats.find_all("contrib")
    assert first["corresp"] == "yes"
    assert [mark["rid"] for mark in first.find_all("xref")] == ["aff-1", "aff-2"]
    assert second.surname.get_text() == "van Other"
    assert [mark["rid"] for mark in second.find_all("xref")] == ["aff-2"]
    assert {place["id"] for place in jats.find_all("aff")} == {"aff-1", "aff-2"}


def test_the_counts_are_those_of_the_document(texts: dict[str, str]) -> None:
    line = re.compile(
        r"Abstract\d+words,maintext\d+words,2tables,3figures,1inthesupplement,2references\."
    )
    said = {found[0] for text in texts.values() if (found := line.search(text))}
    assert len(said) == 1
    assert all(said.copy().pop() in text for text in texts.values())


def test_one_word_more_is_counted(project: Path, edit: Edit) -> None:
    def words() -> tuple[int, int]:
        path = render_study(project, "demo", formats=("html",), renderer="embedded")[0].path
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        line = page.find(class_="counts").get_text()
        found = re.match(r"Abstract (\d+) words, main text (\d+) words", line)
        assert found
        return int(found[1]), int(found[2])

    abstract, text = words()
    edit("Plain *emphasis*", "Plain additional *emphasis*")
    assert words() == (abstract, text + 1)
    edit("Why this was done", "Why all this was done")
    assert words() == (abstract + 1, text + 1)
    edit("Two halves of a panel.", "Two unequal halves of a panel.")
    edit("A title\nThe body", "A title\nThe whole body")
    edit("None.\n", "None to declare.\n")
    assert words() == (abstract + 1, text + 2), "captions and declarations are not main text"


def test_an_abstract_alone_counts_nothing(project: Path) -> None:
    folder = project / "manuscripts" / "demo"
    (folder / "paper.qmd").rename(folder / "abstract.qmd")
    path = render_study(project, "demo", formats=("html",), renderer="embedded")[0].path
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    assert page.find(class_="counts") is None


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("  - A second point.", "  - A point [@first2023].", "key point 2 holds a citation"),
        (
            "  - A second point.",
            f"  - {'long ' * 41}",
            "key point 2 has 204 characters; at most 200",
        ),
        ("  - A second point.", "  - B.\n  - C.\n  - D.", "4 key points; at most 3"),
        ("  - A second point.", "  - {point: B}", "not a list of sentences"),
        ("orr.pct >}} in *one*", "orr.pc >}} in *one*", "unknown meta key 'n.response.orr.pc'"),
        ("0002-1825-0097", "0002-1825-0098", "'0000-0002-1825-0098' is no ORCID"),
        ("    email: ada@example.org\n", "", "'Ada Example' is corresponding and has no email"),
        ("      - ref: institute", "      - ref: institut", "unknown affiliation 'institut'"),
    ],
)
def test_what_is_wrong_with_a_title_page_is_said(
    project: Path, old: str, new: str, what: str
) -> None:
    paper = with_authors(project)
    text = paper.read_text("utf-8")
    assert old in text
    paper.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ManuscriptError, match=re.escape(what)) as raised:
        render_study(project, "demo", formats=("html",), renderer="embedded")
    assert re.search(r"manuscripts/demo/paper\.qmd:\d+", str(raised.value))


def filtered(metadata: dict[str, object], *before: Path) -> str:
    """Run the filter that Quarto runs on a document with a notice, after those ``before`` it."""
    front = yaml.safe_dump(metadata)
    source = f"---\n{front}---\n\n::: {{.callout-important .notice}}\nNotice.\n:::\n\nBody.\n"
    script = ROOT / "manuscripts" / "_shared" / "titlepage.lua"
    filters = [f"--lua-filter={path}" for path in (*before, script)]
    command = [pypandoc.get_pandoc_path(), "-t", "plain", *filters]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return done.stdout


#: What Quarto makes of a callout before filters run: a node whose classes it keeps elsewhere.
QUARTO_CALLOUT = """function Div(div)
  div.classes = {}
  div.attributes = { __quarto_custom = "true", __quarto_custom_type = "Callout",
    __quarto_custom_context = "Block", __quarto_custom_id = "1" }
  return div
end
"""


@pytest.mark.parametrize("as_a_node", [False, True])
def test_the_filter_of_quarto_adds_key_points_and_counts(tmp_path: Path, as_a_node: bool) -> None:
    (tmp_path / "callout.lua").write_text(QUARTO_CALLOUT)
    before = [tmp_path / "callout.lua"] if as_a_node else []
    metadata = {"key-points": ["One *point*.", "Two."], "counts": {"line": "2 words."}}
    text = filtered(metadata, *before)
    assert [line for line in text.splitlines() if line] == [
        "Notice.",
        "Key points",
        "- One point.",
        "- Two.",
        "2 words.",
        "Body.",
    ]


def test_quarto_alone_prints_no_counts() -> None:
    assert [line for line in filtered({}).splitlines() if line] == ["Notice.", "Body."]
    config = yaml.safe_load((ROOT / "_quarto.yml").read_text("utf-8"))
    assert config["filters"] == ["manuscripts/_shared/titlepage.lua"]
    assert "counts" not in config


def test_the_driver_hands_the_counts_to_quarto(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path_factory.mktemp("quarto") / "quarto"
    binary.write_text(
        "#!/bin/sh\n"
        '[ "$1" = --version ] && echo 1.9.38 && exit\n'
        f"cp _quarto.yml {binary.parent}/seen.yml\n"
        "mkdir -p _rendered/manuscripts/demo && echo x > _rendered/manuscripts/demo/paper.html\n"
    )
    binary.chmod(0o755)
    monkeypatch.setenv("MANUSCRIPT_QUARTO", str(binary))
    render_study(project, "demo", formats=("html",), renderer="quarto")
    seen = yaml.safe_load((binary.parent / "seen.yml").read_text("utf-8"))
    assert seen["counts"]["line"].startswith("Abstract ")
    assert json.dumps(seen["filters"]) == '["manuscripts/_shared/titlepage.lua"]'
