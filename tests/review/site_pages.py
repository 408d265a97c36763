"""A seed study's site, made in a project of its own from the committed record."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from helpers.manuscript import render_study
from helpers.review.site import make_site

ROOT = Path(__file__).parents[2]
STUDIES = ("aponermin", "fhrmm")


def seed_project(root: Path, study: str, renderer: Any = "embedded") -> Path:
    """Copy what a study's documents need, and render them; returns ``outputs/<study>``."""
    for name in (f"data/{study}", f"outputs/{study}", f"manuscripts/{study}"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("site"))
    if (ROOT / "manuscripts" / "_shared").is_dir():
        shutil.copytree(ROOT / "manuscripts" / "_shared", root / "manuscripts" / "_shared")
    for name in ("_quarto.yml", "_variables.yml"):
        if (ROOT / name).is_file():
            shutil.copyfile(ROOT / name, root / name)
    render_study(root, study, formats=("html",), renderer=renderer)
    return root / "outputs" / study


def seed_site(root: Path, study: str) -> Path:
    """Make the site of a seed study in a project of its own."""
    seed_project(root, study)
    return make_site(root, study)


def ledger_of(site: Path) -> dict[str, dict[str, Any]]:
    """The rows of the record that the site was made of, by key."""
    data = json.loads((site.parent / "ledger.json").read_text(encoding="utf-8"))
    return {row["key"]: row for row in data["rows"]}


class Links(HTMLParser):
    """The ids of a page, and what it points at or loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self.loaded: list[str] = []
        self.keys: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value is not None}
        if "id" in given:
            self.ids.append(given["id"])
        if "data-key" in given:
            self.keys.append(given["data-key"])
        if tag == "a" and "href" in given:
            self.anchors.append(given["href"])
        elif tag == "link":
            self.loaded.append(given["href"])
        elif "src" in given:
            self.loaded.append(given["src"])
