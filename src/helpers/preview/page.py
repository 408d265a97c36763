"""Pages as they are served: the document as it is, and the script that keeps it right."""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path

CLIENT = "/.preview/client.js"
EVENTS = "/.preview/events"


def client() -> bytes:
    """Return the script."""
    return Path(__file__).with_name("client.js").read_bytes()


def with_client(page: bytes, version: str) -> bytes:
    """Return a page that reloads itself when it is no longer of this version."""
    tag = f'<script src="{CLIENT}" data-version="{version}"></script>'.encode()
    before, end, after = page.rpartition(b"</body>")
    return before + tag + end + after if end else page + tag


def contents(study: str, pages: Iterable[str]) -> bytes:
    """Return the page that lists the pages of a study, or says that none is there yet.

    Args:
        study: The study's id.
        pages: Their paths below the study's results.
    """
    items = "".join(
        f'<li><a href="/{html.escape(path)}">{html.escape(path.rpartition("/")[2])}</a></li>'
        for path in pages
    )
    return plain(
        f"Preview of {study}",
        f"<ul>{items}</ul>" if items else "<p>No document has been built yet.</p>",
    )


def plain(title: str, body: str) -> bytes:
    """Return a small page; ``body`` is HTML."""
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="icon" href="data:,">'
        "<style>body{font:17px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;"
        "padding:0 1rem}</style>"
    )
    name = html.escape(title)
    page = f"{head}<title>{name}</title></head><body><h1>{name}</h1>{body}</body></html>\n"
    return page.encode()
