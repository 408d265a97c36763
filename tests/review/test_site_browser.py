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

from helpers.manuscript import render_study
from helpers.manuscript.quarto import finish_page
from helpers.review.site import make_site
from helpers.review.site.record import read_record

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
Axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing").Axe

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
KEY = "response.orr"
ENDS = ("pfs", "os")
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


#: A page as Quarto 1.9 makes it, before `manuscript render` finishes it, its values left out:
#: ``{{key}}``, or ``{{plain key}}`` where an element around it carries the key.
QUARTO = Path(__file__).with_name("quarto_page.html")
VALUE = re.compile(r"\{\{(plain )?([a-z_.]+)\}\}")


def shown(page: Any) -> dict[str, str]:
    """The facts that the open panel shows, by name."""
    facts = page.locator("dialog[open] dd")
    return {
        fact.get_attribute("data-fact"): " ".join(fact.inner_text().split()) for fact in facts.all()
    }


def is_open(page: Any) -> bool:
    return page.locator("dialog[open]").count() == 1


def contrast(*colours: str) -> float:
    """The contrast of two colours as WCAG 2.2 defines it."""
    lights = []
    for colour in colours:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def require_facts(facts: dict[str, str], row: dict[str, Any], data_hash: str) -> None:
    """What a panel shows is what stands in ledger.json, digit for digit."""
    if row["value"] is not None:
        unit = f" {row['unit']}" if row["unit"] else ""
        assert facts["Value"] == f"{json.dumps(row['value'])}{unit}"
    if row["low"] is not None:
        assert json.dumps(row["low"]) in facts["Interval"]
    counts = [str(row[name]) for name in ("n", "denominator") if row[name] is not None]
    assert re.findall(r"\d+", facts.get("Counts", "")) == counts
    if row["statistic"] in ("survival_rate", "cumulative_incidence"):
        assert facts["Counts"].startswith(f"{row['n']} at risk, of ")
    assert facts["What"]
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


@pytest.mark.parametrize(
    ("key", "what", "counts"),
    [
        (
            "survival.pfs.rate_12_months",
            "PFS, rate at 12 months in treated patients",
            "21 at risk, of 62 patients",
        ),
        (
            "cox.pfs.uni.extramedullary.yes",
            "Hazard ratio, PFS, univariable, Extramedullary disease: yes in treated patients",
            "11 events in 16 patients",
        ),
    ],
)
def test_a_panel_says_what_the_number_is_and_what_its_counts_count(
    watched, site, key, what, counts
):
    page = watched.open(site / "abstract.html")
    page.locator(f'[data-key="{key}"]').first.click()
    assert (shown(page)["What"], shown(page)["Counts"]) == (what, counts)


def test_a_click_on_the_cell_of_a_table_shows_its_row(watched, site):
    page = watched.open(site / "paper.html")
    cell = page.locator("#tbl-baseline td:has([data-key])").first
    box = cell.bounding_box()
    cell.click(position={"x": box["width"] - 3, "y": box["height"] / 2})
    assert is_open(page)
    key = cell.locator("[data-key]").get_attribute("data-key")
    assert shown(page)["Key"] == key


def test_every_cell_of_an_exhibit_answers(watched, site):
    """With its number where it has one, else with the table."""
    page = watched.open(site / "paper.html")
    script = """(label) => [...document.querySelectorAll(`#${label} :is(td, th)`)].map((e) => {
      e.click();
      const panel = document.querySelector('dialog[open]');
      const fact = (name) => panel?.querySelector(`dd[data-fact="${name}"]`)?.textContent;
      const found = [[...e.querySelectorAll('[data-key]')].map((k) => k.dataset.key),
                     fact('Key'), fact('Computed in'), panel?.querySelector('h2').textContent];
      panel?.close();
      return found;
    })"""
    for label, name in (("tbl-cox", "Table 6"), ("tbl-crosscheck", "Table 17")):
        cells = page.evaluate(script, label)
        assert len(cells) > 20
        for keys, key, computed, title in cells:
            if len(keys) == 1:
                assert key == keys[0]
            else:
                assert (computed, title) == (f"03-survival, cell {label}", name)


def test_the_panel_of_a_long_table_stands_where_the_click_was(watched, site):
    page = watched.open(site / "paper.html")
    page.set_viewport_size({"width": 1280, "height": 400})
    cell = page.locator("#tbl-crosscheck tr").last.locator("td").first
    cell.scroll_into_view_if_needed()
    source = page.locator("#tbl-crosscheck .walk-source").bounding_box()
    assert source["y"] + source["height"] < 0, "the caption is out of sight"
    cell.click()
    panel = page.locator("dialog").bounding_box()
    assert panel["y"] >= 0 and panel["y"] + panel["height"] <= 400


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


def test_a_screen_reader_says_value_counts_population_and_what_happens(watched, site):
    page = watched.open(site / "paper.html")
    for key, name in (
        (KEY, "61% (38/62; 95% CI 48–73), treated patients, show where it comes from"),
        ("baseline.sex.male", "34/62, treated patients, show where it comes from"),
        (
            "survival.pfs.rate_12_months",
            "54% (95% CI 40–66), 21 at risk, of 62, treated patients, show where it comes from",
        ),
    ):
        assert page.locator(f'p [data-key="{key}"]').first.get_attribute("aria-label") == name
    for row in ledger_of(site).values():
        if row["statistic"] == "percent" and row["denominator"]:
            bare = page.locator(f'p [data-key="{row["key"]}"]', has_text=re.compile(r"^\d+%$"))
            if bare.count():
                said = bare.first.get_attribute("aria-label")
                assert said.startswith(f"{row['display']}, {row['n']} of {row['denominator']}, ")
                break
    else:
        pytest.fail("no percentage stands alone")
    unsaid = page.locator("[data-key][role=button]:not([aria-label$='show where it comes from'])")
    assert unsaid.count() == 0


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


def barriers(page: Any) -> list[str]:
    """What axe-core finds on the page: rule, and the first element that breaks it."""
    options = {"resultTypes": ["violations"], "preload": False}  # its preload asks for files
    found = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found]


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_puts_up_a_barrier(chromium, site, width):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) >= 9
    with watching(chromium, viewport={"width": width, "height": 844}) as watched:
        found = {path.name: barriers(watched.open(path)) for path in pages}
    assert {name: rules for name, rules in found.items() if rules} == {}


def test_neither_an_open_panel_nor_marked_numbers_put_up_a_barrier(watched, site):
    page = watched.open(site / "paper.html")
    page.get_by_role("button", name="Mark numbers").click()
    page.locator(f'p [data-key="{KEY}"]').first.click()
    assert is_open(page)
    assert barriers(page) == []


def test_a_barrier_would_be_found(watched, site):
    page = watched.open(site / "index.html")
    page.evaluate("document.querySelector('main a').textContent = ''")
    assert [found.partition(":")[0] for found in barriers(page)] == ["link-name"]


def test_on_a_phone_a_claim_is_seen_with_its_verdict(chromium, site):
    with watching(
        chromium, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as watched:
        page = watched.open(site / "audit.html")
        for box in (c.bounding_box() for c in page.locator("td[data-name=Verdict]").all()):
            assert box["x"] >= 0 and box["x"] + box["width"] <= 390


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
    rows = read_record(tmp_path, "fhrmm").rows

    def filled(found: re.Match[str]) -> str:
        text = rows[found[2]].text
        return text if found[1] else f'<span class="n" data-key="{found[2]}">{text}</span>'

    page = VALUE.sub(filled, QUARTO.read_text(encoding="utf-8"))
    (record / "paper.html").write_text(finish_page(page), encoding="utf-8")
    return make_site(tmp_path, "fhrmm")


def test_on_a_page_of_quarto_every_number_is_a_control(watched, quarto_site):
    page = watched.open(quarto_site / "paper.html")
    keys = page.locator("[data-key]").count()
    assert page.locator("[role=button][data-key]").count() == keys - 1 == 12
    assert page.locator("#TOC [data-key]:not([role])").count() == 1, "a link stays one link"
    assert page.locator("td[role], td[data-key]").count() == 0, "a cell stays a cell"
    for selector, key in (
        ("#title-block-header h1 [data-key]", "population.treated"),
        (".abstract [data-key]", KEY),
        (".callout [data-key]", "population.treated"),
        ("section.level1 > h1 [data-key]", "population.treated"),
        ("h2.anchored [data-key]", "population.treated"),
        ("figcaption [data-key]", "population.treated"),
        ("td:nth-child(1)", "population.treated"),
        ("td:nth-child(2)", "baseline.age.median"),
        ("td:nth-child(3) [data-key] >> nth=1", "baseline.age.maximum"),
        ("#footnotes [data-key]", "population.treated"),
    ):
        page.locator(selector).first.click()
        assert shown(page)["Key"] == key
        page.keyboard.press("Escape")
    page.locator("#TOC a").click()
    assert not is_open(page) and page.url.endswith("#sec-results")


def test_on_a_page_of_quarto_tables_and_figures_are_controls(watched, quarto_site):
    page = watched.open(quarto_site / "paper.html")
    assert page.locator(".walk-source").count() == 5
    for label, name in (
        *(("fig-km-pfs", "Figure 1"), ("tbl-cox", "Table 1"), ("fig-cox", "Figure 2")),
        *(("fig-km-os", "Figure 2 (a)"), ("fig-km-dor", "Figure 2 (b)")),
    ):
        page.get_by_role("button", name=f"Source of {name}", exact=True).click()
        assert page.locator("dialog h2").inner_text() == name
        assert shown(page)["Computed in"].endswith(f"cell {label}")
        page.keyboard.press("Escape")
    page.locator("#fig-km-pfs img").click()
    assert page.locator("dialog h2").inner_text() == "Figure 1"
    page.locator("dialog a").first.click()
    page.wait_for_url("**/notebooks/03-survival.html#cell-fig-km-pfs")


@pytest.fixture
def own_kind_site(tmp_path: Path, site: Path) -> Path:
    """A site whose flow diagram stands in a float of the author's own kind and name."""
    record = seed_project(tmp_path, "fhrmm")
    paper = tmp_path / "manuscripts" / "fhrmm" / "paper.qmd"
    embed = "{{< embed ../../outputs/fhrmm/01-cleaning.ipynb#fig-flow >}}"
    declared = "[{kind: float, key: suppfig, reference-prefix: Supplementary Figure}]"
    for path, changes in {
        paper: {
            "(@fig-flow)": "(@suppfig-flow)",
            embed: f"::: {{#suppfig-flow}}\n\n{embed.replace('fig-', '')}\n\nWho left.\n:::",
            "---\n": f"---\ncrossref: {{custom: {declared}}}\n",
        },
        paper.with_name("_checklist.qmd"): {"@fig-flow": "@suppfig-flow"},
        record / "01-cleaning.ipynb": {"fig-flow": "flow"},
        record / "ledger.json": {'"fig-flow"': '"flow"'},
    }.items():
        text = path.read_text(encoding="utf-8")
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new, 1 if path == paper else -1)
        path.write_text(text, encoding="utf-8")
    render_study(tmp_path, "fhrmm", formats=("html",), renderer="embedded")
    return make_site(tmp_path, "fhrmm")


def test_an_exhibit_in_a_float_of_another_name_is_a_control(watched, own_kind_site):
    page = watched.open(own_kind_site / "paper.html")
    name = "Supplementary Figure 1"
    page.locator("#suppfig-flow img").click()
    assert page.locator("dialog h2").inner_text() == name
    page.keyboard.press("Escape")
    page.get_by_role("button", name=f"Source of {name}").click()
    assert shown(page)["Computed in"].endswith("cell flow")
    page.locator("dialog a").first.click()
    page.wait_for_url("**/notebooks/01-cleaning.html#cell-flow")


@pytest.fixture
def panel_site(tmp_path: Path, site: Path) -> Path:
    """A site whose paper shows two curves as the parts of one figure."""
    seed_project(tmp_path, "fhrmm")
    paper = tmp_path / "manuscripts" / "fhrmm" / "paper.qmd"
    text = paper.read_text(encoding="utf-8")
    curves = [f"{{{{< embed ../../outputs/fhrmm/03-survival.ipynb#fig-km-{n} >}}}}" for n in ENDS]
    panel = "::: {#fig-both layout-ncol=2}\n\n" + "\n\n".join(curves) + "\n\nSurvival.\n:::"
    assert all(curve in text for curve in curves)
    paper.write_text(text.replace(curves[1], "").replace(curves[0], panel), encoding="utf-8")
    render_study(tmp_path, "fhrmm", formats=("html",), renderer="embedded")
    return make_site(tmp_path, "fhrmm")


def test_the_parts_of_a_figure_are_named_as_the_text_cites_them(watched, panel_site):
    page = watched.open(panel_site / "paper.html")
    for end in ENDS:
        cited = page.locator(f'a[href="#fig-km-{end}"]').first.inner_text()
        assert re.fullmatch(r"Figure\s4\s\([ab]\)", cited)
        page.locator(f"#fig-km-{end} img").click()
        assert page.locator("dialog h2").inner_text() == " ".join(cited.split())
        assert shown(page)["Computed in"].endswith(f"cell fig-km-{end}")
        page.keyboard.press("Escape")


def test_the_style_of_quarto_does_not_reach_the_panel(watched, quarto_site, site):
    """The panel looks the same on the pages of both engines."""
    names = ["fontFamily", "fontSize", "fontWeight", "margin", "padding", "border", "opacity",
             "color", "backgroundColor", "boxSizing"]  # fmt: skip
    script = """(names) => [...new Set([...document.querySelectorAll('dialog, dialog *')]
      .map((e) => `${e.tagName} ${e.className}: ` + names.map((n) => getComputedStyle(e)[n])))]
      .sort()"""
    looks = []
    for folder in (site, quarto_site):
        page = watched.open(folder / "paper.html")
        page.locator(f'[role=button][data-key="{KEY}"]').first.click()
        page.wait_for_timeout(200)
        looks.append(page.evaluate(script, names))
    assert len(looks[0]) > 8
    assert looks[0] == looks[1]


def test_on_a_dark_page_an_open_number_can_be_read(watched, quarto_site):
    page = watched.open(quarto_site / "paper.html")
    page.evaluate("document.body.className = 'fullcontent quarto-dark'")
    number = page.locator(f'.abstract [data-key="{KEY}"]')
    number.click()
    page.wait_for_timeout(200)
    shown_in = "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert contrast(*number.evaluate(shown_in)) > 7
    assert contrast(*page.locator("dialog").evaluate(shown_in)) > 7
    page.keyboard.press("Escape")
    source = page.locator(".walk-source").first
    colour = source.evaluate("(e) => getComputedStyle(e).color")
    assert contrast(colour, page.evaluate("getComputedStyle(document.body).backgroundColor")) > 4.5


def test_what_the_page_shows_of_a_float_beside_its_link_answers_too(watched, quarto_site):
    """Quarto copies the contents of a float, or of a note, without the element around them."""
    page = watched.open(quarto_site / "paper.html")
    page.locator("a.quarto-xref").last.hover()
    page.locator(".tippy-box td:nth-child(2)").click()
    assert shown(page)["Key"] == "baseline.age.median"
    page.keyboard.press("Escape")
    page.locator(".tippy-box td[colspan]").first.click()
    assert page.locator("dialog h2").inner_text() == "Table 1"
    page.keyboard.press("Escape")
    page.locator("a.quarto-xref").first.hover()
    page.locator(".tippy-box img").click()
    assert page.locator("dialog h2").inner_text() == "Figure 1"
    page.keyboard.press("Escape")
    page.locator("a[role=doc-noteref]").hover()
    page.locator(".tippy-box [data-key]").last.click()
    assert shown(page)["Key"] == "population.treated"


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
