"""The report and the command: needs no patient data, and says by its exit status what holds."""

import json
import shutil
import subprocess
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
import yaml
from click.testing import CliRunner
from pypdf import PdfReader

from helpers.analyses.audit import table
from helpers.analyses.published import Compared
from helpers.audit.report import write_report
from helpers.claims import Claims
from helpers.cli.audit import audit_command
from helpers.errors import ManuscriptError


def test_the_report_is_one_page_with_the_same_content_in_every_format(clean, judge, tmp_path):
    next(c for c in clean["claims"] if c["id"] == "cr")["value"] = "11.1"
    clean["source"] = "An abstract with <angle> & #signs"
    made = write_report(judge(clean), tmp_path, ["html", "pdf", "docx"], "x")
    assert [path.name for path in made] == ["x.html", "x.pdf", "x.docx"]
    reader = PdfReader(made[1])
    assert len(reader.pages) == 1
    printed = reader.pages[0].extract_text()
    page = made[0].read_text(encoding="utf-8")
    for words in ("1 of 22 claims is impossible", "11.1% is not k/n over 57"):
        assert words in " ".join(printed.split())
        assert words in page
    assert "&lt;angle&gt; &amp; #signs" in page


def test_sixty_claims_that_are_all_wrong_fit_on_one_page(clean, judge, tmp_path):
    for i in range(60):
        clean["claims"].append(
            {"id": f"claim_with_a_long_name_{i}", "text": ".", "kind": "hazard_ratio",
             "population": "treated", "value": f"2.{60 + i % 40}", "low": f"0.{10 + i}",
             "high": "3.13", "p": "0.30"}
        )  # fmt: skip
    found = judge(clean)
    assert found.totals["impossible"] > 50
    made = write_report(found, tmp_path, ["pdf"], "x")
    reader = PdfReader(made[0])
    assert len(reader.pages) == 1
    assert "more findings stand in audit.json" in " ".join(reader.pages[0].extract_text().split())


def test_the_same_audit_gives_the_same_bytes(clean, judge, tmp_path):
    found = judge(clean)
    for format_name in ("html", "pdf", "docx"):
        one, other = (
            write_report(found, tmp_path / name, [format_name], "x")[0].read_bytes()
            for name in ("one", "other")
        )
        assert one == other


def test_an_unknown_format_is_refused_with_the_known_ones(clean, judge, tmp_path):
    with pytest.raises(ManuscriptError, match="unknown format 'pdff'"):
        write_report(judge(clean), tmp_path, ["pdff"], "x")


@pytest.mark.parametrize(("value", "status"), [("10.5", 0), ("11.1", 1)])
def test_the_command_says_by_its_status_whether_a_claim_is_impossible(
    clean, tmp_path, value, status
):
    next(c for c in clean["claims"] if c["id"] == "cr")["value"] = value
    file = tmp_path / "abstract.yml"
    file.write_text(yaml.safe_dump(clean, allow_unicode=True, sort_keys=False))
    done = CliRunner().invoke(
        audit_command, [str(file), "--to", "html", "--output", str(tmp_path / "out")]
    )
    assert done.exit_code == status, done.output
    kept = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert kept["totals"]["claims"] == 22
    assert kept["possible"] is (status == 0)
    assert (tmp_path / "out" / "abstract-audit.html").is_file()
    assert f"{status} of 22 claims" in done.output


def test_a_wrong_call_is_told_apart():
    assert CliRunner().invoke(audit_command, ["x.yml", "--to", "odt"]).exit_code == 2


def words_of_docx(path):
    """Return the text of every paragraph of a DOCX, with the name of its style."""
    with ZipFile(path) as package:
        assert {"[Content_Types].xml", "_rels/.rels", "word/styles.xml"} <= {*package.namelist()}
        for name in package.namelist():
            ElementTree.fromstring(package.read(name))
        root = ElementTree.fromstring(package.read("word/document.xml"))
    named = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    return [
        (
            p.find(f"{named}pPr/{named}pStyle").get(f"{named}val"),
            "".join(t.text or "" for t in p.iter(f"{named}t")),
        )
        for p in root.iter(f"{named}p")
    ]


def test_the_docx_says_what_the_page_says_under_headings(clean, judge, tmp_path):
    next(c for c in clean["claims"] if c["id"] == "cr")["value"] = "11.1"
    made = write_report(judge(clean), tmp_path, ["docx"], "x")
    words = words_of_docx(made[0])
    assert words[0] == ("Heading1", "Can this abstract be true?")
    assert ("Heading2", "What was found") in words
    assert ("Cell", "11.1% is not k/n over 57.") in words
    assert ("Cell", "“The words of cr.”") in words
    assert ("Cell", "cr 11.1%") in words
    assert any(text.startswith("Consistent (") for _, text in words)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no word processor")
def test_a_word_processor_shows_the_docx_on_one_page(clean, judge, tmp_path):
    for i in range(30):
        clean["claims"].append(
            {"id": f"factor_{i}", "text": f"Factor {i} of many went with worse survival than none.",
             "kind": "hazard_ratio", "population": "treated", "value": f"2.{60 + i}",
             "low": f"0.{10 + i}", "high": "3.13"}
        )  # fmt: skip
    made = write_report(judge(clean), tmp_path, ["docx"], "x")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(made[0])], check=True, capture_output=True)
    assert len(PdfReader(tmp_path / "x.pdf").pages) == 1


def test_the_table_of_a_study_names_claims_in_words(clean, judge):
    next(c for c in clean["claims"] if c["id"] == "male")["value"] = 34
    found = judge(clean)
    male = next(c for c in Claims.model_validate(clean).claims if c.id == "male")
    compared = [Compared(male, "Men", "34 patients", "33", None, "impossible", "")]
    body = [[cell.text for cell in row.cells] for row in table(found, compared).rows]
    about = next(row for row in body if "Men" in row[0])
    assert about[0] == "Men; “The words of female.”"
    assert "Men" in about[3] and "“The words of size.”" in about[3]
    assert "female:" not in about[3]
