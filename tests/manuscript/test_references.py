"""The numbered style of this project: one source of each kind, in every format."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pypdf
import pytest
from bs4 import BeautifulSoup
from fixture_project import write_project

from helpers.manuscript import render_study

BIB = """
@article{six, author = {Alpha, Ann B. and Beta, Bob and Gamma, Gil and Delta, Dan and Epsilon, Eve
  and {van} Zeta, Zoe}, title = {Six authors}, journal = {Journal of Long Examples},
  shortjournal = {J Long Ex}, year = {2021}, volume = {12}, number = {3}, pages = {101--109},
  doi = {10.1000/six}}
@article{seven, author = {Alpha, Ann and Beta, Bob and Gamma, Gil and Delta, Dan and Epsilon, Eve
  and Zeta, Zoe and Eta, Ed}, title = {Seven authors}, journal = {Blood}, year = {2022},
  volume = {140}, pages = {7}}
@article{ahead, author = {{Example Study Group}}, title = {What comes ahead of print?},
  journal = {Blood Adv}, year = {2025}, doi = {10.1000/ahead}}
@article{supplement, author = {Speaker, Sam}, title = {An abstract in a supplement},
  journal = {Blood}, year = {2025}, volume = {146}, number = {Suppl 1}, pages = {5712}}
@book{book, author = {Writer, Wanda}, title = {A book of methods}, edition = {2},
  publisher = {Example Press}, address = {London}, year = {2003}}
@book{edited, editor = {Editor, Emil and Second, Sue}, title = {Collected examples},
  publisher = {Example Press}, address = {Berlin}, year = {2010}}
@incollection{chapter, author = {Writer, Wanda}, title = {A chapter},
  booktitle = {Collected examples}, editor = {Editor, Emil and Second, Sue}, edition = {3},
  publisher = {Example Press}, address = {Berlin}, year = {2010}, pages = {33--44}}
@online{page, author = {{Example Agency}}, title = {A page of the web},
  url = {https://example.org/page}, year = {2024}, urldate = {2025-01-31}}
@misc{data, author = {Maker, Max}, title = {A data set}, year = {2020},
  howpublished = {Example Archive}, url = {https://example.org/data}}
@inproceedings{meeting, author = {Speaker, Sam}, title = {A conference abstract},
  booktitle = {67th Annual Meeting of the Example Society}, year = {2025}, address = {Orlando},
  publisher = {Example Society}, pages = {5--6}, note = {Abstract 123}}
@manual{software, author = {{R Core Team}}, title = {R: A language}, organization = {R Foundation},
  address = {Vienna}, year = {2024}, version = {4.4}}
@techreport{criteria, author = {{National Agency}}, title = {Criteria for events},
  institution = {National Agency}, year = {2017}, number = {12}}
@phdthesis{thesis, author = {Doc, Dora}, title = {A thesis}, school = {Example University},
  year = {2019}}
"""

ENTRIES = {
    "six": "Alpha AB, Beta B, Gamma G, Delta D, Epsilon E, van Zeta Z. Six authors. "
    "J Long Ex. 2021;12(3):101–109. doi:10.1000/six.",
    "seven": "Alpha A, Beta B, Gamma G, Delta D, Epsilon E, Zeta Z, et al. Seven authors. "
    "Blood. 2022;140:7.",
    "ahead": "Example Study Group. What comes ahead of print? Blood Adv. 2025. doi:10.1000/ahead.",
    "supplement": "Speaker S. An abstract in a supplement. Blood. 2025;146(Suppl 1):5712.",
    "book": "Writer W. A book of methods. 2nd ed. London: Example Press; 2003.",
    "edited": "Editor E, Second S, editors. Collected examples. Berlin: Example Press; 2010.",
    "chapter": "Writer W. A chapter. In: Editor E, Second S, editors. Collected examples. "
    "3rd ed. Berlin: Example Press; 2010. p. 33–44.",
    "page": "Example Agency. A page of the web [Internet]. 2024 [cited 2025 Jan 31]. "
    "Available from: https://example.org/page",
    "data": "Maker M. A data set. Example Archive; 2020. Available from: https://example.org/data",
    "meeting": "Speaker S. A conference abstract. In: 67th Annual Meeting of the Example Society. "
    "Orlando: Example Society; 2025. p. 5–6. Abstract 123.",
    "software": "R Core Team. R: A language. Version 4.4. Vienna: R Foundation; 2024.",
    "criteria": "National Agency. Criteria for events. National Agency; 2017. Report No.: 12.",
    "thesis": "Doc D. A thesis [PhD thesis]. Example University; 2019.",
}
FORMATS = ("html", "docx", "pdf", "jats")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = write_project(tmp_path_factory.mktemp("project"))
    folder = root / "manuscripts" / "demo"
    with (folder / "references.bib").open("a", encoding="utf-8") as bibliography:
        bibliography.write(BIB)
    paper = folder / "paper.qmd"
    cited = "; ".join(f"@{key}" for key in ENTRIES)
    sentence = f"All [{cited}], three [@six; @seven; @ahead], a page [@six, p. 5]."
    heading = "# Methods {#sec-methods}"
    text = paper.read_text("utf-8").replace(heading, f"{sentence}\n\n{heading}")
    paper.write_text(text, encoding="utf-8")
    rendered = render_study(root, "demo", formats=FORMATS, renderer="embedded")
    return {item.format: item.path for item in rendered}


@pytest.fixture(scope="module")
def texts(made: dict[str, Path]) -> dict[str, str]:
    word = BeautifulSoup(zipfile.ZipFile(made["docx"]).read("word/document.xml"), "xml")
    listed = {
        "html": BeautifulSoup(made["html"].read_text("utf-8"), "html.parser").get_text(),
        "docx": "".join(text.get_text() for text in word.find_all("t")),
        "pdf": "".join(page.extract_text() for page in pypdf.PdfReader(made["pdf"]).pages),
        "jats": BeautifulSoup(made["jats"].read_text("utf-8"), "xml").get_text(),
    }
    return {name: re.sub(r"\s+", "", text) for name, text in listed.items()}


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("key", ENTRIES)
def test_a_source_of_each_kind(texts: dict[str, str], output_format: str, key: str) -> None:
    assert re.sub(r"\s+", "", ENTRIES[key]) in texts[output_format]


def test_the_bibliography_holds_whole_entries_in_order_of_citation(made: dict[str, Path]) -> None:
    page = BeautifulSoup(made["html"].read_text("utf-8"), "html.parser")
    entries = [
        " ".join(entry.select_one(".csl-right-inline").get_text().split())
        for entry in page.select(".csl-entry")
    ]
    assert entries[2:] == list(ENTRIES.values())
    numbers = [mark.get_text().strip() for mark in page.select(".csl-left-margin")]
    assert numbers == [f"{number}." for number in range(1, len(entries) + 1)]


def test_citations_are_numbers_and_runs_are_ranges(made: dict[str, Path]) -> None:
    page = BeautifulSoup(made["html"].read_text("utf-8"), "html.parser")
    cited = [mark.get_text() for mark in page.select(".citation")]
    assert {"[3–15]", "[3–5]", "[3, p. 5]"} <= set(cited)


def test_identifiers_and_addresses_are_links(made: dict[str, Path]) -> None:
    page = BeautifulSoup(made["html"].read_text("utf-8"), "html.parser")
    links = {link["href"] for link in page.select("#refs a")}
    assert {"https://doi.org/10.1000/six", "https://example.org/page"} <= links
