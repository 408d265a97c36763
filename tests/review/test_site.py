"""The site of a study, without a browser: what it holds, what it leaves out, what it refuses."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from site_pages import Links, ledger_of

from helpers.errors import ManuscriptError
from helpers.pipeline import build_study, render_documents, status
from helpers.review.site import make_site
from helpers.review.site.controls import with_controls
from helpers.review.site.record import read_record
from helpers.review.site.stage import site_status, with_site

HTML = ("html",)
REMOTE = re.compile(r"^(?:https?:)?//")


@pytest.fixture
def toy_site(built) -> Callable[[], Path]:
    """Makes the site of the toy study, whose documents are there."""
    render_documents(built.root, "toy", renderer="embedded", formats=HTML)
    return lambda: make_site(built.root, "toy")


def change_ledger(built, **changes: object) -> None:
    """Change the row that the toy's documents print."""
    path = built.outputs / "ledger.json"
    ledger = json.loads(path.read_text())
    row = next(row for row in ledger["rows"] if row["key"] == "response.patients")
    row.update(changes)
    path.write_text(json.dumps(ledger))


def test_the_site_holds_documents_notebooks_and_ledger(toy_site):
    found = toy_site()
    assert sorted(path.name for path in found.glob("*.html")) == [
        "abstract.html",
        "index.html",
        "ledger.html",
        "paper.html",
    ]
    assert len(list((found / "notebooks").glob("*.html"))) == 4


def test_a_second_making_changes_no_byte(toy_site, built):
    toy_site()
    first = built.contents()
    toy_site()
    assert built.contents() == first
    assert any(name.startswith("site/") for name in first)


def test_a_page_of_a_notebook_is_kept_until_the_notebook_changes(toy_site, built):
    """What lies among the kept pages is shown, for no notebook but the one it was made of."""
    found = toy_site()
    kept = built.root / ".manuscript" / "toy" / "site-notebooks"
    assert len(list(kept.iterdir())) == 4
    for path in kept.iterdir():
        path.write_text(path.read_text().replace("<main>", "<main><p>kept</p>"))
    name = "04-safety"
    changed = json.loads((built.outputs / f"{name}.ipynb").read_text())
    changed["cells"][0]["source"] = "# Another heading"
    (built.outputs / f"{name}.ipynb").write_text(json.dumps(changed))
    toy_site()
    pages = {path.stem: path.read_text() for path in (found / "notebooks").glob("*.html")}
    assert {stem: "<p>kept</p>" in page for stem, page in pages.items()} == {
        stem: stem != name for stem in pages
    }
    assert "Another heading" in pages[name]
    assert len(list(kept.iterdir())) == 4, "the page of the old notebook is gone"


def test_the_documents_themselves_stay_as_they_were(toy_site, built):
    before = (built.outputs / "paper.html").read_bytes()
    found = toy_site()
    assert (built.outputs / "paper.html").read_bytes() == before
    assert b"walk.js" not in before and b"walk.js" in (found / "paper.html").read_bytes()


def test_every_link_within_the_site_leads_somewhere(each_site):
    pages = {path: Links(path) for path in each_site.rglob("*.html")}
    looked_at = 0
    for path, page in pages.items():
        for link in [*page.anchors, *page.loaded]:
            if REMOTE.match(link) or link.startswith(("data:", "mailto:")):
                continue
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            assert target.is_file(), f"{path.name}: {link}"
            if anchor and target.suffix == ".html":
                assert anchor in pages[target].ids, f"{path.name}: {link}"
            looked_at += 1
    assert looked_at > 100


def test_no_page_loads_anything_from_elsewhere(each_site):
    loaded = [link for path in each_site.rglob("*.html") for link in Links(path).loaded]
    assert len(loaded) > 10
    assert [link for link in loaded if REMOTE.match(link)] == []
    for path in (each_site / "assets").iterdir():
        assert "http" not in path.read_text(encoding="utf-8")


def test_every_bound_number_has_its_row_and_its_cell(each_site):
    rows = ledger_of(each_site)
    anchors = {path.stem: set(Links(path).ids) for path in (each_site / "notebooks").glob("*.html")}
    for document in ("paper", "abstract"):
        keys = Links(each_site / f"{document}.html").keys
        assert len(keys) > 20
        for key in keys:
            row = rows[key]
            assert f"cell-{row['cell']}" in anchors[row["notebook"]], key


def test_an_address_names_one_cell(each_site):
    pages = sorted((each_site / "notebooks").glob("*.html"))
    assert len(pages) == 5
    for path in pages:
        ids = [name for name in Links(path).ids if name.startswith("cell-")]
        assert len(ids) == len(set(ids)) > 3


def test_rows_of_single_patients_are_left_out_and_this_is_said(each_site):
    record = each_site.parent
    left_out = {path.name for path in (record / "figures").glob("*.csv")}
    for path in (each_site / "figures").glob("*.csv"):
        left_out.discard(path.name)
        with path.open(encoding="utf-8", newline="") as handle:
            assert not {"months", "at_risk", "censored"} & set(next(csv.reader(handle)))
    assert "fig-km-pfs.csv" in left_out
    page = (each_site / "paper.html").read_text(encoding="utf-8")
    facts = json.loads(re.findall(r'id="walk-facts">(.*?)</script>', page)[0])["exhibits"]
    assert facts["fig-km-pfs"]["withheld"] and facts["fig-km-pfs"]["data"] is None
    assert facts["fig-flow"]["data"] == "figures/fig-flow.csv"


def test_a_number_whose_key_has_no_row_is_an_error_every_one_of_them(each_site, monkeypatch):
    """Every key that a paper prints is corrupted, one at a time: all must be caught."""
    monkeypatch.setattr("helpers.errors.nearest", lambda *_: None)  # slow, and tried elsewhere
    study = each_site.parent.name
    page = (each_site.parent / "paper.html").read_text(encoding="utf-8")
    spans = "".join(re.findall(r'<span class="n" data-key="[^"]+">', page))
    page = f"<html><head></head><body><table><td>{spans}</td></table></body></html>"
    record = read_record(each_site.parents[2], study)
    with_controls(page, "paper", record, "")
    bindings = {found[1]: found for found in re.finditer(r'data-key="([^"]+)"', page)}
    caught = 0
    for key, binding in bindings.items():
        planted = f"{page[: binding.end() - 1]}x{page[binding.end() - 1 :]}"
        with pytest.raises(ManuscriptError) as problem:
            with_controls(planted, "paper", record, "")
        caught += problem.value.what == f"unknown ledger key {key + 'x'!r}"
        assert problem.value.where == f"outputs/{study}/paper.html"
    assert caught == len(bindings) > 150


def test_a_number_printed_otherwise_is_an_error_every_one_of_them(each_site):
    """Every number in the text of an abstract is changed, one at a time."""
    study = each_site.parent.name
    page = (each_site.parent / "abstract.html").read_text(encoding="utf-8")
    record = read_record(each_site.parents[2], study)
    bindings = list(re.finditer(r'data-key="[^"]+">(?=[^<]*\d)', page))
    for binding in bindings:
        digit = re.search(r"\d", page[binding.end() :])
        place = binding.end() + digit.start()
        planted = f"{page[:place]}9{page[place:]}"
        with pytest.raises(ManuscriptError, match="printed otherwise"):
            with_controls(planted, "abstract", record, "")
    assert len(bindings) > 15


def test_a_key_without_a_row_stops_the_site_and_the_last_one_stands(toy_site, built):
    toy_site()
    before = built.contents()
    change_ledger(built, key="response.patient")
    with pytest.raises(ManuscriptError, match=r"unknown ledger key 'response\.patients'"):
        toy_site()
    after = built.contents()
    assert {k: v for k, v in after.items() if k.startswith("site/")} == {
        k: v for k, v in before.items() if k.startswith("site/")
    }


def test_a_document_of_another_record_is_an_error(toy_site, built):
    change_ledger(built, display="5", value=5)
    with pytest.raises(ManuscriptError) as problem:
        toy_site()
    assert "'response.patients'" in problem.value.what
    assert "manuscript render toy" in problem.value.remedy


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"notebook": "02-respons"}, "unknown notebook '02-respons'"),
        ({"cell": "leaf"}, "unknown cell 'leaf'"),
        ({"population": "treted"}, "unknown population 'treted'"),
    ],
)
def test_a_row_that_leads_nowhere_is_an_error(toy_site, built, changes, said):
    change_ledger(built, **changes)
    with pytest.raises(ManuscriptError, match=said):
        toy_site()


def test_what_stands_in_a_row_cannot_end_the_script(toy_site, built):
    change_ledger(built, method="</script><script>alert(1)</script>")
    found = toy_site()
    for name in ("paper.html", "ledger.html"):
        assert "alert(1)</script>" not in (found / name).read_text(encoding="utf-8")


def test_without_record_or_document_the_error_says_what_to_run(built):
    with pytest.raises(ManuscriptError, match="no HTML document") as problem:
        make_site(built.root, "toy")
    assert "manuscript render toy" in problem.value.remedy
    (built.outputs / "ledger.json").unlink()
    with pytest.raises(ManuscriptError, match="no record") as problem:
        make_site(built.root, "toy")
    assert "manuscript build toy" in problem.value.remedy


def test_reports_of_verification_become_part_of_the_site(toy_site, built):
    report = "<html><head></head><body><h1>All verified</h1></body></html>"
    (built.outputs / "verification.html").write_text(report)
    (built.outputs / "verification.json").write_text("{}")
    found = toy_site()
    page = (found / "verification.html").read_text()
    assert "<h1>All verified</h1>" in page and 'href="index.html"' in page
    assert (found / "verification.json").read_text() == "{}"
    assert "verification.html" in (found / "index.html").read_text()


def test_the_stage_runs_when_something_changed_and_only_then(built):
    def stage(formats=HTML):
        report = build_study(built.root, "toy", renderer="embedded", formats=HTML)
        return with_site(built.root, report, formats=formats)

    def asked():
        before = status(built.root, "toy", renderer="embedded", formats=HTML)
        return site_status(built.root, "toy", before, HTML)[0].reasons

    assert asked() == ("it has not been made here yet", "documents runs again")
    first = stage()
    assert [s.status for s in first.stages if s.name == "site"] == ["ran"]
    assert first.documents[-1] == built.outputs / "site" / "index.html"
    second = stage()
    assert second.up_to_date and second.documents == first.documents
    assert "site" not in [s.name for s in stage(("docx",)).stages]
    (built.outputs / "site" / "paper.html").write_text("altered")
    assert [s.status for s in stage().stages if s.name == "site"] == ["ran"]
    assert "altered" not in (built.outputs / "site" / "paper.html").read_text()
    assert asked() == ()
    report = "<html><head></head><body></body></html>"
    (built.outputs / "verification.html").write_text(report)
    assert asked() == ("outputs/verification.html is new",)
    assert not stage().up_to_date


def test_a_report_that_is_no_page_is_an_error_which_says_nothing_of_its_content(toy_site, built):
    (built.outputs / "verification.html").write_text("cut off after 12 pat")
    with pytest.raises(ManuscriptError, match="no head or no body") as problem:
        toy_site()
    assert problem.value.where == "outputs/toy/verification.html"
    assert "12 pat" not in str(problem.value)


def test_a_verification_puts_its_report_into_the_site_that_is_there(toy_site, built, manuscript):
    code, _, err = manuscript("verify", "toy")
    assert (code, err) == (0, "")
    assert not (built.outputs / "site").exists(), "a verification makes no site"
    for old in built.outputs.glob("verification.*"):
        old.unlink()
    found = toy_site()
    manuscript("verify", "toy", "--output", str(built.root / "elsewhere"))
    assert not (found / "verification.html").exists(), "the report is of another folder"
    code, out, _ = manuscript("verify", "toy")
    assert code == 0
    assert out.endswith("outputs/toy/site/verification.html\n")
    assert "Verified: " in (found / "verification.html").read_text()
    assert (found / "verification.pdf").is_file()
    assert "verification.html" in (found / "index.html").read_text()


def test_a_site_that_cannot_be_made_stays_and_is_told_of(toy_site, built, manuscript):
    found = toy_site()
    before = (found / "index.html").read_bytes()
    change_ledger(built, display="5", value=5, n=5)
    code, _, err = manuscript("verify", "toy")
    assert code == 1
    assert "the site was left as it is: " in err
    assert (found / "index.html").read_bytes() == before
