"""Chromium lays a page out: on a phone nothing but tables scrolls, on a desk not even they do."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from helpers.manuscript import Rendered

Documents = dict[tuple[str, str, str], Rendered]
PHONE, DESK = 390, 1280
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--timeout=20000", "--window-size=1600,1000", "--dump-dom"),
)
# Chromium has no window as narrow as a phone, so that the page stands in a frame.
MEASURE = """<script>addEventListener("load", () => {
  const all = (names) => [...document.querySelectorAll(names)];
  const box = (e) => e.getBoundingClientRect();
  const width = document.documentElement.clientWidth;
  const boxed = (e) => e.parentElement.closest(".scroll, pre, math");
  parent.document.body.dataset.found = JSON.stringify({
    width,
    scroll: document.documentElement.scrollWidth,
    wide: all("body *").filter((e) => box(e).right > width + 1 && !boxed(e)).map((e) => e.tagName),
    pictures: [...document.images].map((e) => Math.round(box(e).width)),
    scrolling: all(".scroll").filter((e) => e.scrollWidth > e.clientWidth).length,
  });
});</script>"""


def laid_out(page: Path, folder: Path, extra: str = "", *, wide: int = PHONE) -> dict[str, Any]:
    """What Chromium finds on the page in a frame of that many pixels."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("Chromium is not installed: the page was NOT laid out")
    text = page.read_text("utf-8").replace("</body>", f"{extra}{MEASURE}</body>")
    frame = folder / "frame.html"
    frame.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><iframe style="border: 0" width="{wide}"'
        f' height="844" srcdoc="{html.escape(text)}"></iframe>',
        encoding="utf-8",
    )
    words = [f"--user-data-dir={folder / 'profile'}", frame.as_uri()]
    done = subprocess.run([program, *FLAGS, *words], capture_output=True, text=True, timeout=120)
    match = re.search(r'data-found="([^"]*)"', done.stdout)
    assert match, done.stderr[-400:]
    found: dict[str, Any] = json.loads(html.unescape(match[1]))
    assert wide - 20 < found["width"] <= wide  # a scroll bar may stand at its side
    return found


@pytest.mark.parametrize(
    ("study", "document"),
    [("aponermin", "paper"), ("fhrmm", "paper"), ("fhrmm", "abstract"), ("demo", "paper")],
)
def test_a_page_fits_a_phone(
    documents: Documents, tmp_path: Path, study: str, document: str
) -> None:
    found = laid_out(documents[study, document, "html"].path, tmp_path)
    assert found["scroll"] <= found["width"]
    assert found["wide"] == []
    assert bool(found["pictures"]) == (document == "paper")
    assert all(0 < width <= found["width"] for width in found["pictures"])
    if study == "aponermin":
        assert found["scrolling"] > 0, "its wide tables scroll in their own box"


@pytest.mark.parametrize("study", ["aponermin", "fhrmm"])
def test_no_table_scrolls_on_a_desk(documents: Documents, tmp_path: Path, study: str) -> None:
    found = laid_out(documents[study, "paper", "html"].path, tmp_path, wide=DESK)
    assert found["scroll"] <= found["width"]
    assert (found["scrolling"], found["wide"]) == (0, [])


def test_tables_kept_to_the_text_would_scroll(documents: Documents, tmp_path: Path) -> None:
    narrow = "<style>.float-table { max-width: 100% !important; }</style>"
    found = laid_out(documents["fhrmm", "paper", "html"].path, tmp_path, narrow, wide=DESK)
    assert found["scrolling"] > 0


def test_a_table_that_pushes_the_page_is_found(documents: Documents, tmp_path: Path) -> None:
    page = documents["aponermin", "paper", "html"].path
    found = laid_out(page, tmp_path, "<style>.scroll { overflow: visible !important; }</style>")
    assert found["scroll"] > found["width"]
