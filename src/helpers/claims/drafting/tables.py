"""Rules for figures that stand in rows or lists: table rows, stages I, II and III."""

from __future__ import annotations

import re

from helpers.claims.drafting.grammar import INTEGER, Figure, number
from helpers.claims.drafting.reading import Reading
from helpers.claims.drafting.text import NUMBER, Sentence

_CELL = r"\s*[\t|]\s*"
_ROW = re.compile(
    rf"^\|?\s*(?P<name>[^\t|]*[A-Za-z][^\t|]*?){_CELL}(?P<k>{INTEGER})(?:\s*/\s*(?P<n>{INTEGER}))?"
    rf"(?:{_CELL}|\s*[\[(]\s*)(?P<v>{NUMBER})\s*%?\s*[\])]?\s*\|?\s*$"
)
_STAGE = r"(?:I{1,3}V?|IV)\b"
_AND = r"\s*(?:,\s*and|,\s*or|,|and|or|/)\s*"
_STAGES = re.compile(
    rf"\b(?P<scale>(?:R2?-?)?ISS|(?:Ann Arbor|Durie-Salmon|Mayo)?\s*stage)(?:\s+stages?|s)?\b"
    rf"[^.;%\d]{{0,40}}?(?P<names>(?<![\w-]){_STAGE}(?:{_AND}{_STAGE})+)(?P<between>[^.;%\d]{{0,60}}?)"
    rf"(?=(?<![\w.,])\d)"
)
_ENTRY = re.compile(
    rf"(?P<k>{INTEGER})\s*[\[(]\s*(?P<v>{NUMBER})\s*%\s*[\])]|(?P<v2>{NUMBER})\s*%"
    rf"|(?P<k2>{INTEGER})"
)
_JOINED = re.compile(_AND)


def rows(sentence: Sentence, reading: Reading) -> None:
    """A row of a table: "VGPR", 7 and 15.2 in cells parted by tabs or strokes."""
    match = _ROW.match(sentence.printed)
    if match is None or not sentence.free(match.start("k"), match.end()):
        return
    name = " ".join(match["name"].split())
    keys = {"value": number(match["v"]), "count": number(match["k"])}
    if match["n"]:
        keys["of"] = number(match["n"])
    reading.enter(
        sentence, "proportion", Figure(match.start("k"), match.end(), keys), name=name,
        event=name, uncertain=("event: row of a table", "kind: the columns were taken for n and %"),
    )  # fmt: skip


def stages(sentence: Sentence, reading: Reading) -> None:
    """As many figures as stages: "ISS I, II and III in 12, 18 and 8 patients"."""
    for match in _STAGES.finditer(sentence.figures):
        names = re.findall(_STAGE, match["names"])
        found = _entries(sentence, match.end())
        same = {tuple(sorted(figure.keys)) for figure in found}
        if len(found) != len(names) or len(same) != 1:
            continue
        if not sentence.free(found[0].start, found[-1].end):
            continue
        scale = " ".join(match["scale"].split()).lower().replace("-", "")
        for name, figure in zip(names, found, strict=True):
            kind = "proportion" if "%" in sentence.text[figure.start : figure.end] else "count"
            reading.enter(
                sentence, kind, figure, name=f"{scale} {name}", event={scale: name},
                uncertain=("event",),
            )  # fmt: skip


def _entries(sentence: Sentence, start: int) -> list[Figure]:
    found: list[Figure] = []
    match = _ENTRY.match(sentence.figures, start)
    while match is not None:
        if match["v2"]:
            keys = {"value": number(match["v2"])}
        elif match["k2"]:
            keys = {"value": number(match["k2"])}
        else:
            keys = {"value": number(match["v"]), "count": number(match["k"])}
        found.append(Figure(*match.span(), keys))
        joined = _JOINED.match(sentence.figures, match.end())
        match = _ENTRY.match(sentence.figures, joined.end()) if joined else None
    return found
