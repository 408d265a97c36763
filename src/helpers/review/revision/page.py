"""A revision as one HTML page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from helpers.review.decisions import Decision
from helpers.review.revision.comparison import Revision
from helpers.review.revision.report import (
    HOW_SENTENCE,
    cause_marks,
    exhibit_words,
    number_words,
    share,
)
from helpers.review.revision.wording import Piece

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}"
    "h3{font-size:1rem}li{margin:.35rem 0}del{background:#fde2e1;color:#7d1007}"
    "ins{background:#d9f2df;color:#0b4f1d}.decision{color:#7d1007;font-weight:600}"
    ".place{color:#595959;font-size:.9rem}"
)


def as_page(revision: Revision) -> str:
    """Return a revision as HTML; removed words are struck out, new ones underlined."""
    title = f"{revision.study}: what changed from {revision.old} to {revision.new}"
    body = [f"<h1>{escape(title)}</h1>", *_inputs(revision)]
    if revision.equal:
        body.append("<p>Nothing that is printed differs.</p>")
    body += _section("Numbers", share(revision, "numbers"), _numbers(revision))
    body += _section("Sentences", share(revision, "sentences"), _sentences(revision))
    for kind in ("figure", "table"):
        items = [
            f"<li>{escape(exhibit_words(change) + cause_marks(revision, change.notebook))}"
            f"{'<br>' + marked_html(change.alt) if change.alt else ''}</li>"
            for change in revision.exhibits
            if change.kind == kind
        ]
        body += _section(f"{kind.capitalize()}s", share(revision, f"{kind}s"), _list(items))
    return page(title, body)


def page(title: str, body: Iterable[str], style: str = "") -> str:
    """Return a page of its own: a title, a style and HTML."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def marked_html(pieces: Iterable[Piece]) -> str:
    """Return words as HTML, removed and new ones marked."""
    tags = {"same": "{}", "old": "<del>{}</del>", "new": "<ins>{}</ins>"}
    return "".join(tags[piece.side].format(escape(piece.text)) for piece in pieces)


def decision_html(decisions: Iterable[Decision]) -> str:
    """Return what is decided otherwise, each on a line of its own."""
    return "".join(f'<br><span class="decision">{escape(d.words)}</span>' for d in decisions)


def _section(title: str, counted: str, content: Iterable[str]) -> list[str]:
    return [f"<h2>{escape(title)}</h2>", f"<p>{escape(counted)}</p>", *content]


def _list(items: list[str]) -> list[str]:
    return ["<ul>", *items, "</ul>"] if items else []


def _inputs(revision: Revision) -> Iterator[str]:
    yield "<h2>Inputs that differ</h2>"
    if not revision.inputs:
        yield "<p>None, as far as both sides recorded theirs.</p>"
        return
    yield "<ol>"
    yield from (f"<li>{escape(str(change))}</li>" for change in revision.inputs)
    yield "</ol>"


def _numbers(revision: Revision) -> Iterator[str]:
    for group in dict.fromkeys(change.group for change in revision.numbers):
        yield f"<h3>{escape(group)}</h3>"
        yield from _list(
            [
                f"<li>{escape(number_words(change) + cause_marks(revision, change.notebook))}"
                f"{decision_html(change.decisions)}</li>"
                for change in revision.numbers
                if change.group == group
            ]
        )


def _sentences(revision: Revision) -> Iterator[str]:
    yield from _list(
        [
            f"<li>{marked_html(change.pieces)}{decision_html(change.decisions)}"
            f'<br><span class="place">{escape(change.document)}'
            f"{escape(', ' + change.section if change.section else '')}, "
            f"{escape(change.place)}: {HOW_SENTENCE[change.how]}</span></li>"
            for change in revision.sentences
        ]
    )
