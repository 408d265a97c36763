"""The certificate of a verification: one page, PDF, without names of user or host."""

from __future__ import annotations

import datetime as dt
import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from helpers.review.verification.quantity import KINDS
from helpers.review.verification.report import STEM, facts
from helpers.review.verification.verification import Verification

EPOCH = "SOURCE_DATE_EPOCH"
TITLE = "Certificate of verification"
ON_TWIN = "Certificate of verification on a synthetic twin"
FAILED = "No certificate: the verification failed"
MADE_BY = "Made by the command manuscript verify."
#: What a certificate says and what not.
SAYS = {
    "data": "It says that a rerun gave the numbers of the record, not that the analysis is the "
    "right one.",
    "twin": "It says that the notebooks run on tables of the same shape, not that any published "
    "number is what the data give.",
}
SYNTHETIC = "The patients of this study are synthetic; no real patient's data were read."


def write_certificate(found: Verification, folder: Path) -> Path:
    """Write ``verification.pdf`` into a folder; the same result on the same day, the same bytes.

    Args:
        found: The verification.
        folder: Where the file goes; made where it is not there.
    """
    import typst

    folder.mkdir(parents=True, exist_ok=True)
    template = files("helpers.review.verification") / "templates" / "certificate.typ"
    content = json.dumps(certificate_content(found, today()), ensure_ascii=False)
    made = typst.compile(
        template.read_bytes(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"certificate": content},
        timestamp=0,
    )
    path = folder / f"{STEM}.pdf"
    path.write_bytes(bytes(made))
    return path


def today() -> dt.date:
    """Return the day: that of ``SOURCE_DATE_EPOCH`` where it is set, else today, both in UTC."""
    given = os.environ.get(EPOCH, "")
    now = int(given) if given.isdigit() else dt.datetime.now(dt.UTC).timestamp()
    return dt.datetime.fromtimestamp(now, dt.UTC).date()


def certificate_content(found: Verification, day: dt.date) -> dict[str, Any]:
    """Return what the certificate says."""
    return {
        "title": _title(found),
        "study": f"{found.title} ({found.study})",
        "notice": SYNTHETIC if found.synthetic else "",
        "verified": found.holds,
        "headline": found.headline,
        "scope": found.scope,
        "facts": [["Date", f"{day.day} {day:%B %Y}"], *map(list, facts(found))],
        "heads": ["", "Looked at", "Agree", "Differ", "Not verified"],
        "totals": [
            [
                _capital(KINDS[one.kind]),
                *map(_count, (one.of, one.agree, one.differ, one.not_verified)),
            ]
            for one in found.totals
        ],
        "all": ["All", *map(_count, _all(found))],
        "outside": [f"{KINDS[one.kind]}, {_count(one.of)}" for one in found.totals_outside],
        "noted": found.all.noted,
        "footer": f"{MADE_BY} {SAYS[found.mode]}" if found.holds else MADE_BY,
    }


def _title(found: Verification) -> str:
    if not found.holds:
        return FAILED
    return TITLE if found.mode == "data" else ON_TWIN


def _all(found: Verification) -> tuple[int, int, int, int]:
    every = found.all
    return every.of, every.agree, every.differ, every.not_verified


def _count(number: int) -> str:
    return f"{number:,}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
