"""The pages of a site that are not documents or notebooks: contents, ledger, audit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from helpers.ledger.row import Row
from helpers.review.revision.naming import name_of
from helpers.review.site.counts import counted
from helpers.review.site.names import AUDIT, CERTIFICATE, VERIFICATION
from helpers.review.site.record import Exhibit, Record


@dataclass(frozen=True)
class Page:
    """An entry of the contents: where it is, what it is called and what it is."""

    href: str
    name: str
    about: str


def data_name(exhibit: Exhibit) -> str | None:
    """Return where the site keeps the data of an exhibit; None where it does not."""
    return exhibit.data if exhibit.data and exhibit.shareable else None


def page_list(record: Record, documents: tuple[str, ...]) -> tuple[Page, ...]:
    """Return what the site holds, in the order of its contents."""
    titles = {"paper": "Paper", "abstract": "Abstract"}
    pages = [
        Page(f"{name}.html", titles[name], "Every number, table and figure tells its origin.")
        for name in documents
    ]
    about = f"All {len(record.rows)} numbers with their counts, populations and methods."
    pages.append(Page("ledger.html", "Ledger", about))
    if (record.folder / AUDIT).is_file():
        pages.append(Page("audit.html", "Audit", "Can the published claims all be true?"))
    if (record.folder / VERIFICATION).is_file():
        pages.append(Page(VERIFICATION, "Verification", "Does a rerun give the same numbers?"))
    return tuple(pages)


def contents_page(record: Record, documents: tuple[str, ...]) -> str:
    """Return the first page, which says what is what."""
    notebooks = [
        Page(f"notebooks/{name}.html", name, _title(notebook))
        for name, notebook in record.notebooks.items()
    ]
    pages = page_list(record, documents)
    if (record.folder / CERTIFICATE).is_file():
        pages += (Page(CERTIFICATE, "Certificate", "What was verified, on one page."),)
    return _filled("index.html", record, documents, pages=pages, notebooks=notebooks)


def ledger_page(record: Record, documents: tuple[str, ...]) -> str:
    """Return the ledger as a page that searches, filters and sorts without a server."""
    shown = {
        "rows": [row_facts(row, record) for row in record.rows.values()],
        "populations": {key: label for key, (label, _) in record.populations.items()},
    }
    return _filled("ledger.html", record, documents, facts=embedded_json(shown))


def audit_page(record: Record, documents: tuple[str, ...]) -> str:
    """Return what the audit found, from ``audit.json``."""
    audit = json.loads((record.folder / AUDIT).read_text(encoding="utf-8"))
    return _filled("audit.html", record, documents, audit=audit)


def document_bar(record: Record, documents: tuple[str, ...], here: str) -> str:
    """Return the line of links that stands above a finished page."""
    return _filled("bar.html", record, documents, here=here, kind="walk-bar")


def row_facts(row: Row, record: Record) -> dict[str, Any]:
    """Return what a page shows of a row; its figures as the ledger writes them, by digit."""
    facts = {name: fact for name, fact in row.as_dict().items() if fact not in (None, "")}
    for name in ("value", "low", "high"):
        if name in facts:
            facts[name] = json.dumps(facts[name])
    name, counts = name_of(row, record.labels), counted(row)
    said = {"counts": counts} if counts else {}
    return facts | {"text": row.text, "name": name[0].upper() + name[1:]} | said


def exhibit_facts(exhibit: Exhibit) -> dict[str, Any]:
    """Return what a page shows of an exhibit."""
    return {
        "label": exhibit.label,
        "notebook": exhibit.notebook,
        "alt": exhibit.alt,
        "rows": exhibit.rows,
        "data": data_name(exhibit),
        "withheld": exhibit.data is not None and not exhibit.shareable,
    }


def embedded_json(data: object) -> str:
    """Return JSON that may stand within a page's script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _filled(template: str, record: Record, documents: tuple[str, ...], **given: Any) -> str:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files("helpers.review.site") / "templates"
    environment = Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    usual = {"kind": "bar", "here": template, "up": "", "bar": page_list(record, documents)}
    return environment.get_template(template).render(about=record.about, **(usual | given))


def _title(notebook: dict[str, Any]) -> str:
    """Return the first heading of a notebook."""
    lines = (
        line
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        for line in "".join(cell["source"]).splitlines()
    )
    return next((line.lstrip("# ") for line in lines if line.startswith("# ")), "")
