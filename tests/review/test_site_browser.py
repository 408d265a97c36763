"""The site in headless Chromium, from the file system, with every request of a page watched."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from site_pages import ROOT, ledger_of, seed_project

from helpers.review.site import make_site

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
KEY = "response.orr"
NAMES = """() => [...document.querySelectorAll('a[href], button, input, select, [role=button]')]
  .filter((e) => !e.closest('[hidden]'))
  .filter((e) => !((e.getAttribute('aria-label') ?? '') + e.textContent +
    [...(e.labels ?? [])].map((l) => l.textContent).join('')).trim())
  .map((e) => e.outerHTML.slice(0, 120))"""
WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@dataclass
class Watched:
    """A page, with what it said and what it asked for."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, path: Path, anchor: str = "") -> Any:
        self.page.goto(path.as_uri() + anchor)
        return self.page


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("Chromium is not installed: the site was NOT tried in a browser")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def watching(chromium: Any, **given: Any) -> Iterator[Watched]:
    """A page of its own; any error it says and any request that leaves is a failure."""
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}} | given)
    watched = Watched(context.new_page())
    context.route(
        re.compile(r"^(?!file:|data:|blob:)"),
        lambda route: (watched.asked.append(route.request.url), route.abort()),
    )
    watched.page.on("console", lambda m: watched.said.append(f"{m.type}: {m.text}"))
    watched.page.on("pageerror", lambda problem: watched.said.append(str(problem)))
    watched.page.on("requestfailed", lambda r: watched.said.append(f"failed: {r.url}"))
    try:
        yield watched
    finally:
        context.close()
    assert watched.said == []
    assert watched.asked == []


@pytest.fixture
def watched(chromium) -> Iterator[Watched]:
    with watching(chromium) as found:
        yield found


#: The shape of a page of Quarto: floats in divisions, and a key on a cell itself.
QUARTO = """<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en"><head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>A page</title></head>
<body class="fullcontent quarto-light">
<div id="quarto-content" class="page-columns page-rows-contents page-layout-article">
<main class="content" id="quarto-document-content">
<p>Of <span class="n" data-key="population.treated">62</span> patients, some.</p>
<div class="quarto-embed-nb-cell" data-notebook="03-survival.ipynb" data-notebook-cellid="cell-6">
<div id="fig-km-pfs" class="quarto-float quarto-figure quarto-figure-center anchored">
<figure class="quarto-float quarto-float-fig figure">
<div aria-describedby="fig-km-pfs-caption-0"><img src="data:image/gif;base64,
R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==" class="img-fluid" alt="A curve."></div>
<figcaption class="quarto-float-caption-bottom" id="fig-km-pfs-caption-0">
Figure&nbsp;1. A curve.</figcaption></figure></div></div>
<div id="tbl-cox" class="quarto-float quarto-figure quarto-figure-center anchored">
<figure class="quarto-float quarto-float-tbl figure">
<figcaption class="quarto-float-caption-top">Table&nbsp;1. Cells.</figcaption>
<div aria-describedby="tbl-cox-caption-0">
<table class="do-not-create-environment cell caption-top table table-sm">
<thead><tr><th>Patients</th><th>Age</th></tr></thead>
<tbody><tr><td data-key="population.treated">62</td>
<td style="text-align: right;"><span class="n" data-key="baseline.age.median">60</span></td></tr>
</tbody></table></div></figure></div>
</main></div></body></html>"""


def shown(page: Any) -> dict[str, str]:
    """The facts that the open panel shows, by name."""
    facts = page.locator("dialog[open] dd")
    return {
        fact.get_attribute("data-fact"): " ".join(fact.inner_text().split()) for fact in facts.all()
    }


def is_open(page: Any) -> bool:
    return page.locator("dialog[open]").count() == 1


def require_facts(facts: dict[str, str], row: dict[str, Any], data_hash: str) -> None:
    """What a panel shows is what stands in ledger.json, digit for digit."""
    if row["value"] is not None:
        unit = f" {row['unit']}" if row["unit"] else ""
        assert facts["Value"] == f"{json.dumps(row['value'])}{unit}"
    if row["low"] is not None:
        assert json.dumps(row["low"]) in facts["Interval"]
    if row["n"] is not None:
        of = "" if row["denominator"] is None else f" of {row['denominator']}"
        assert facts["Counts"] == f"{row['n']}{of}"
    assert facts.get("Method") == (row["method"] and " ".join(row["method"].split()))
    assert facts["Computed in"] == f"{row['notebook']}, cell {row['cell']}"
    assert facts["Data"].startswith(data_hash)
    assert facts["Key"] == row["key"]


@pytest.mark.parametrize("document", ["paper", "abstract"])
def test_every_number_answers_with_its_row(chromium, each_site, document):
    """Every control is pressed by the page itself; what each panel shows is compared."""
    rows = ledger_of(each_site)
    data_hash = json.loads((each_site.parent / "ledger.json").read_text())["data_hash"]
    script = """() => [...document.querySelectorAll('[data-key]')].map((e) => {
      e.click();
      const panel = document.querySelector('dialog[open]');
      const facts = Object.fromEntries([...panel.querySelectorAll('dd')]
        .map((d) => [d.dataset.fact, d.textContent.replace(/\\s+/g, ' ').trim()]));
      const link = panel.querySelector('a').getAttribute('href');
      panel.close();
      return [e.dataset.key, e.getAttribute('role'), e.tabIndex, facts, link];
    })"""
    anchors = {
        path.name: path.read_text(encoding="utf-8")
        for path in (each_site / "notebooks").glob("*.html")
    }
    with watching(chromium) as watched:
        page = watched.open(each_site / f"{document}.html")
        answers = page.evaluate(script)
    assert len(answers) > 20
    for key, role, tab, facts, link in answers:
        assert (role, tab) == ("button", 0)
        require_facts(facts, rows[key], data_hash)
        assert facts["Population"]
        name, _, anchor = link.removeprefix("notebooks/").partition("#")
        assert f'id="{anchor}"' in anchors[name]


def test_a_click_on_a_number_shows_its_row(watched, site):
    page = watched.open(site / "paper.html")
    about = json.loads((site.parent / "ledger.json").read_text())
    page.locator(f'p [data-key="{KEY}"]').first.click()
    assert is_open(page)
    assert page.locator("dialog h2").inner_text().startswith("61%")
    require_facts(shown(page), ledger_of(site)[KEY], about["data_hash"])


def test_a_click_on_the_cell_of_a_table_shows_its_row(watched, site):
    page = watched.open(site / "paper.html")
    cell = page.locator("#tbl-baseline td:has([data-key])").first
    box = cell.bounding_box()
    cell.click(position={"x": box["width"] - 3, "y": box["height"] / 2})
    assert is_open(page)
    key = cell.locator("[data-key]").get_attribute("data-key")
    assert shown(page)["Key"] == key


def test_the_page_does_not_move_when_a_panel_opens(watched, site):
    page = watched.open(site / "paper.html")
    for selector in (f'p [data-key="{KEY}"]', "#tbl-cox [data-key]"):
        number = page.locator(selector).last
        number.scroll_into_view_if_needed()
        before = page.evaluate("scrollY")
        number.click()
        assert page.evaluate("scrollY") == before > 0
        panel, control = page.locator("dialog").bounding_box(), number.bounding_box()
        assert panel["y"] >= 0 and panel["y"] + panel["height"] <= 900
        apart = panel["y"] >= control["y"] or panel["y"] + panel["height"] <= control["y"]
        assert apart
        page.keyboard.press("Escape")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_opens_and_closes_and_finds_its_way_back(watched, site, key):
    page = watched.open(site / "abstract.html")
    focused = "document.activeElement.dataset.key ?? document.activeElement.tagName"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-key]')"):
            break
    number = page.evaluate(focused)
    assert number in ledger_of(site)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "the focus is seen"
    page.keyboard.press(key)
    assert is_open(page) and shown(page)["Key"] == number
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Open the notebook at this cell"
    for _ in range(5):  # Tab stays within the panel, or leaves for the browser's own controls
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('dialog, body') !== null")
        assert not page.evaluate("document.activeElement.matches('[data-key]')")
    page.keyboard.press("Escape")
    assert not is_open(page)
    assert page.evaluate(focused) == number, "the focus is back where it was"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('[data-key]')")


def test_a_click_beside_the_panel_closes_it_and_one_on_a_number_goes_on(watched, site):
    page = watched.open(site / "abstract.html")
    page.locator('[data-key="setting.data_cut"]').click()
    page.mouse.click(4, 300)
    assert not is_open(page)
    page.locator('[data-key="setting.data_cut"]').click()
    other = page.locator('[data-key="setting.high_risk_months_from_transplant"]').bounding_box()
    page.mouse.click(other["x"] + 5, other["y"] + 5)
    assert is_open(page) and shown(page)["Key"] == "setting.high_risk_months_from_transplant"


def test_a_figure_and_a_table_tell_their_cell(watched, site):
    page = watched.open(site / "paper.html")
    for label, data in (("fig-flow", True), ("fig-km-pfs", False), ("tbl-cox", True)):
        page.locator(f"#{label} .walk-source").click()
        assert shown(page)["Computed in"].endswith(f"cell {label}")
        links = [link.get_attribute("href") for link in page.locator("dialog a").all()]
        assert links[0].endswith(f"#cell-{label}")
        assert any(link.endswith(f"{label}.csv") for link in links) == data
        page.keyboard.press("Escape")
    page.locator("#fig-flow img").click()
    assert shown(page)["Shows"].startswith("Flow diagram")
    page.keyboard.press("Escape")
    labels = page.evaluate("[...document.querySelectorAll('.walk-source')].map(e => e.innerText)")
    assert len(labels) > 15
    assert len(set(labels)) == len(labels), "every one has a name of its own"


@pytest.mark.parametrize("reduced", [False, True])
def test_the_link_arrives_at_the_very_cell(chromium, site, reduced):
    given = {"reduced_motion": "reduce"} if reduced else {}
    with watching(chromium, **given) as watched:
        page = watched.open(site / "paper.html")
        page.locator('#tbl-cox [data-key^="cox.pfs.multi"]').first.click()
        if reduced:
            animation = "getComputedStyle(document.querySelector('dialog')).animationName"
            assert page.evaluate(animation) == "none"
        page.locator("dialog a").first.click()
        page.wait_for_url("**/notebooks/03-survival.html#cell-tbl-cox")
        cell = page.locator("#cell-tbl-cox")
        box = cell.bounding_box()
        assert -1 <= box["y"] < 300, "the cell stands at the top"
        style = "(e) => [getComputedStyle(e).borderLeftColor, getComputedStyle(e).animationName]"
        edge, animation = cell.evaluate(style)
        assert edge == "rgb(181, 137, 0)", "it is marked"
        assert animation == ("none" if reduced else "arrive")
        other = page.locator("#cell-fig-km-os").evaluate(style)
        assert other == ["rgba(0, 0, 0, 0)", "none"], "and no other is"
        page.go_back()
        assert page.url.endswith("paper.html")


def test_the_ledger_is_searched_filtered_and_sorted(watched, site):
    rows = ledger_of(site)
    page = watched.open(site / "ledger.html")
    count = page.locator("#count")
    lines = page.locator("#rows tbody tr")
    assert count.inner_text() == f"{len(rows)} of {len(rows)} rows"
    page.locator("#search").fill("clopper 38/62")
    assert lines.count() > 0
    assert all("38/62" in line.inner_text() for line in lines.all())
    page.locator("#search").fill("")
    for name in ("notebook", "context", "population", "statistic"):
        value = max(row[name] for row in rows.values() if row[name])
        page.locator(f"#{name}").select_option(value)
        expected = sum(row[name] == value for row in rows.values())
        assert count.inner_text() == f"{expected} of {len(rows)} rows"
        page.locator(f"#{name}").select_option("")
    page.locator("#statistic").select_option("hazard_ratio")
    ordered = sorted(row["value"] for row in rows.values() if row["statistic"] == "hazard_ratio")
    heading = page.get_by_role("button", name="Printed")
    for expected in (ordered, ordered[::-1]):
        heading.click()
        values = page.evaluate("[...document.querySelectorAll('#rows td[title]')].map(e=>e.title)")
        assert [float(value) for value in values] == expected
    assert page.locator("#rows th[aria-sort=descending]").inner_text().strip() == "Printed"
    assert page.locator("#rows th[aria-sort=none]").count() == 6


def test_the_address_of_a_row_finds_it_first(watched, site):
    page = watched.open(site / "paper.html")
    page.locator(f'p [data-key="{KEY}"]').first.click()
    page.get_by_role("link", name="Row in the ledger").click()
    first = page.locator("#rows tbody tr").first
    assert first.locator("td").first.inner_text() == KEY
    first.locator("a").click()
    page.wait_for_url("**/notebooks/02-response.html#cell-tbl-response")


def test_ten_thousand_rows_are_drawn_a_few_hundred_at_a_time(watched, site, tmp_path):
    text = (site / "ledger.html").read_text(encoding="utf-8")
    match = re.search(r'(?s)(id="ledger-facts">)(.*?)(</script>)', text)
    facts = json.loads(match[2])
    kinds = facts["rows"]
    facts["rows"] = [
        {**kinds[n % len(kinds)], "key": f"row.number_{n}", "value": str(n)} for n in range(10_000)
    ]
    shutil.copytree(site / "assets", tmp_path / "assets")
    (tmp_path / "ledger.html").write_text(
        text[: match.start(2)] + json.dumps(facts) + text[match.end(2) :], encoding="utf-8"
    )
    page = watched.open(tmp_path / "ledger.html")
    lines = page.locator("#rows tbody tr")
    assert page.locator("#count").inner_text() == "10,000 of 10,000 rows"
    assert lines.count() == 200
    page.locator("#more").click()
    assert lines.count() == 400
    page.locator("#search").fill("number_9999")
    assert lines.count() == 1 and not page.locator("#more").is_visible()


@pytest.mark.parametrize(
    "name",
    [
        *("index", "paper", "abstract", "ledger", "audit"),
        *("notebooks/01-cleaning", "notebooks/03-survival"),
    ],
)
def test_a_page_fits_a_phone_and_every_control_has_a_name(chromium, site, name):
    with watching(
        chromium, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as watched:
        page = watched.open(site / f"{name}.html")
        assert page.evaluate(WIDTHS) == [390, 390]
        assert page.evaluate(NAMES) == []
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.title()


def test_on_a_phone_the_panel_stands_below_and_the_number_above_it(chromium, site):
    with watching(
        chromium, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as watched:
        page = watched.open(site / "paper.html")
        number = page.locator(f'p [data-key="{KEY}"]').last
        number.scroll_into_view_if_needed()
        number.tap()
        page.wait_for_timeout(300)
        panel, control = page.locator("dialog").bounding_box(), number.bounding_box()
        assert (panel["x"], panel["width"]) == (0, 390)
        assert round(panel["y"] + panel["height"]) == 844
        assert 0 <= control["y"] < panel["y"]
        assert page.evaluate(WIDTHS) == [390, 390]


def test_marking_shows_which_numbers_are_bound_and_print_hides_it_all(watched, site):
    page = watched.open(site / "abstract.html")
    line = f"getComputedStyle(document.querySelector('[data-key=\"{KEY}\"]')).textDecorationLine"
    assert page.evaluate(line) == "none", "reading is not disturbed"
    page.get_by_role("button", name="Mark numbers").click()
    assert page.evaluate(line) == "underline"
    page.emulate_media(media="print")
    assert page.evaluate(line) == "none"
    assert not page.locator(".walk-bar").is_visible()


def test_a_number_can_be_selected_as_text(watched, site):
    page = watched.open(site / "abstract.html")
    page.locator(f'[data-key="{KEY}"]').dblclick()
    page.keyboard.press("Escape")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('[data-key]'))")
    page.evaluate("document.querySelector('[data-key]').click()")
    assert not is_open(page)


def test_a_request_that_leaves_would_be_seen(chromium, site, tmp_path):
    """The guard itself: a page that asks for something elsewhere is found out."""
    page = tmp_path / "page.html"
    page.write_text('<!doctype html><title>x</title><img src="https://example.org/x.png" alt="">')
    with pytest.raises(AssertionError), watching(chromium) as watched:
        watched.open(page)


@pytest.fixture
def quarto_site(tmp_path: Path, site: Path) -> Path:
    """The site of a record whose paper has the shape that Quarto gives it."""
    shutil.copytree(ROOT / "data" / "fhrmm", tmp_path / "data" / "fhrmm")
    record = tmp_path / "outputs" / "fhrmm"
    shutil.copytree(site.parent, record, ignore=shutil.ignore_patterns("site"))
    (record / "paper.html").write_text(QUARTO, encoding="utf-8")
    return make_site(tmp_path, "fhrmm")


def test_a_page_in_the_shape_of_quarto_answers_too(watched, quarto_site):
    page = watched.open(quarto_site / "paper.html")
    assert page.locator("[role=button][data-key]").count() == 3
    assert page.locator("td[role], td[data-key]").count() == 0, "a cell stays a cell"
    for selector, key in (
        ("p [data-key]", "population.treated"),
        ("td:first-child", "population.treated"),
        ("td:last-child", "baseline.age.median"),
    ):
        page.locator(selector).first.click()
        assert shown(page)["Key"] == key
        page.keyboard.press("Escape")
    for label, name in (("fig-km-pfs", "Figure 1"), ("tbl-cox", "Table 1")):
        page.get_by_role("button", name=f"Source of {name}").click()
        assert page.locator("dialog h2").inner_text() == name
        assert shown(page)["Computed in"].endswith(f"cell {label}")
        page.keyboard.press("Escape")


@pytest.mark.skipif(
    shutil.which(os.environ.get("MANUSCRIPT_QUARTO", "quarto")) is None,
    reason="Quarto is not installed: a page that it made was NOT tried",
)
def test_the_documents_of_quarto_answer_as_those_of_the_embedded_engine(watched, tmp_path, site):
    seed_project(tmp_path, "fhrmm", renderer="quarto")
    mine = make_site(tmp_path, "fhrmm")
    counts = []
    for folder in (mine, site):
        page = watched.open(folder / "paper.html")
        counts.append([page.locator(name).count() for name in ("[data-key]", ".walk-source")])
    assert counts[0] == counts[1]
