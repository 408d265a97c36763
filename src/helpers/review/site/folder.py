"""The folder ``outputs/<study>/site``: everything that stands behind a paper, to be walked through.

It needs no server, no network and nothing outside of it. The same record and documents give the
same bytes.
"""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

from helpers.errors import ManuscriptError
from helpers.pipeline import exchange
from helpers.pipeline.layout import Layout
from helpers.review.site.controls import framed, with_controls
from helpers.review.site.names import AUDIT, DOCUMENTS, REPORTS, SITE, VERIFICATION
from helpers.review.site.notebook import notebook_pages
from helpers.review.site.pages import (
    audit_page,
    contents_page,
    data_name,
    document_bar,
    ledger_page,
)
from helpers.review.site.record import Record, read_record

ASSETS = ("site.css", "walk.css", "walk.js", "ledger.js")
KEPT = f"{SITE}-notebooks"


def make_site(root: Path, study_id: str) -> Path:
    """Make the site of a study from its record and its documents.

    Args:
        root: The project's folder.
        study_id: The study.

    Returns:
        The folder ``outputs/<study>/site``; the last one stands until the new one is complete.

    Raises:
        ManuscriptError: There is no record or no HTML document, a number of a document has no
            row in the ledger or is not what its row says, or a row names a notebook, cell or
            population that is not there.
    """
    record = read_record(root.resolve(), study_id)
    documents = tuple(name for name in DOCUMENTS if (record.folder / f"{name}.html").is_file())
    if not documents:
        raise ManuscriptError(
            "there is no HTML document to make a site of",
            where=f"outputs/{study_id}/",
            remedy=f"run `manuscript render {study_id} --format html`",
        )
    made, site = record.folder / f".{SITE}.new", record.folder / SITE
    exchange.restore(site)
    exchange.remove(made)
    try:
        _write(made, record, documents, Layout(root.resolve(), study_id).state / KEPT)
        exchange.put_in_place(made, site)
    finally:
        exchange.remove(made)
    return site


def _write(folder: Path, record: Record, documents: tuple[str, ...], kept: Path) -> None:
    pages = {
        "index.html": contents_page(record, documents),
        "ledger.html": ledger_page(record, documents),
    }
    for name in documents:
        page = (record.folder / f"{name}.html").read_text(encoding="utf-8")
        bar = document_bar(record, documents, f"{name}.html")
        pages[f"{name}.html"] = with_controls(page, name, record, bar)
    for name, page in notebook_pages(record, kept).items():
        pages[f"notebooks/{name}.html"] = page
    if (record.folder / AUDIT).is_file():
        pages["audit.html"] = audit_page(record, documents)
    if (record.folder / VERIFICATION).is_file():
        page = (record.folder / VERIFICATION).read_text(encoding="utf-8")
        where = f"outputs/{record.about['study']}/{VERIFICATION}"
        pages[VERIFICATION] = framed(page, document_bar(record, documents, VERIFICATION), where)
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _copy(folder, record)


def _copy(folder: Path, record: Record) -> None:
    """Put beside the pages what they name: styles, scripts, reports, data of groups."""
    assets = folder / "assets"
    assets.mkdir()
    for name in ASSETS:
        source = files("helpers.review.site") / "templates" / name
        (assets / name).write_bytes(source.read_bytes())
    shown = [data_name(exhibit) for exhibit in record.exhibits.values()]
    for given in (*shown, *REPORTS, "ledger.json"):
        if given is not None and (record.folder / given).is_file():
            (folder / given).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(record.folder / given, folder / given)
