"""Drafts a transcript from the plain text of an abstract, for a person to finish."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from helpers.claims.drafting.rates import rates
from helpers.claims.drafting.reading import WHOLE, Reading
from helpers.claims.drafting.rules import Rule, lone_p_values, means, medians, ratios
from helpers.claims.drafting.selection import statements
from helpers.claims.drafting.shares import shares
from helpers.claims.drafting.sizes import named_populations, sexes, sizes
from helpers.claims.drafting.tables import rows, stages
from helpers.claims.drafting.text import sentences
from helpers.claims.loading import read_claims
from helpers.claims.schema import Claims
from helpers.errors import ManuscriptError

RULES: tuple[Rule, ...] = (
    rows, ratios, rates, medians, means, sexes, stages, shares, sizes, lone_p_values, statements,
)  # fmt: skip
_HEADER = """\
# Drafted from text by a regular grammar; a person has to finish it. Look at every mark under
# `uncertain`, at what stands under `unread`, and at `populations`; then take the marks out, and
# the line `unfinished`. Until then the audit reads each claim by itself only.
"""


@dataclass(frozen=True)
class Draft:
    """A drafted transcript.

    Attributes:
        claims: The transcript, checked against the schema.
        text: The same as YAML, with the marks.
    """

    claims: Claims
    text: str


def draft_claims(text: str, *, citation: str = "") -> Draft:
    """Draft a transcript from the plain text of an abstract.

    Every numeral of the text stands in a claim or is listed under ``unread`` with its sentence.

    Args:
        text: The abstract.
        citation: Where it was printed; a reminder to fill it in where left out.
    """
    reading = Reading()
    found = list(sentences(text))
    for sentence in found:
        named_populations(sentence, reading)
    for sentence in found:
        for rule in RULES:
            rule(sentence, reading)
        reading.close(sentence)
    reading.doubt_denominators()
    written = _HEADER + "\n" + _yaml(_tree(reading, citation))
    return Draft(read_claims(Claims, written, where="draft"), written)


def read_text(path: Path) -> str:
    """Read the plain text of an abstract.

    Raises:
        ManuscriptError: It is not UTF-8, or holds no words.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ManuscriptError(
            f"the text is not UTF-8 (byte {error.start})",
            where=str(path),
            remedy="save the abstract as plain text in UTF-8, not as PDF or DOCX",
        ) from None
    if not text.strip():
        raise ManuscriptError("the text is empty", where=str(path), remedy="paste the abstract")
    return text


def _tree(reading: Reading, citation: str) -> dict[str, Any]:
    populations = {WHOLE: {"label": "All patients", "n": None}} | reading.populations
    tree: dict[str, Any] = {
        "source": {
            "citation": citation or "CHECK: where was this printed?",
            "provenance": "Drafted from the text by a regular grammar.",
        },
        "unfinished": True,
        "populations": populations,
        "claims": reading.claims,
    }
    if reading.unread:
        tree["unread"] = reading.unread
    return tree


class _Dumper(yaml.SafeDumper):
    """YAML with empty lines between claims and every list indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _yaml(tree: dict[str, Any]) -> str:
    parts = []
    for key, value in tree.items():
        words = yaml.dump(
            {key: value}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=96
        )
        if key == "claims":
            words = re.sub(r"\n  - id:", "\n\n  - id:", words).replace("claims:\n\n", "claims:\n")
        parts.append(words)
    return "\n".join(parts)
