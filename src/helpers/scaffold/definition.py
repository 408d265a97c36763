"""Writes the text of a ``study.yml`` from what was proposed for a table."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from helpers.scaffold.filling import fill
from helpers.scaffold.proposal import Proposal
from helpers.scaffold.vocabulary import default_words

Provenance = Literal["real", "synthetic"]
#: Variables that are known only after treatment began.
LATER = ("best_response", "response_date", "progression", "next_therapy", "death", "last_contact")
#: The dates of a course, in their order.
COURSE = ("diagnosis", "start", "response_date", "progression", "death")
#: Words that may stand in YAML without quotes, inside brackets too.
_PLAIN = re.compile(r"[^\W\d_][\w.()/%≥≤<>–-]*(?: [\w.()/%≥≤<>–-]+)*")


@dataclass(frozen=True)
class About:
    """What the author says of the study.

    Attributes:
        id: Its key.
        title: Its title in words.
        provenance: Whether its patients are real.
        data_cut: Day at which the data were frozen.
    """

    id: str
    title: str
    provenance: Provenance
    data_cut: dt.date


@dataclass(frozen=True)
class EndpointWords:
    """One endpoint as the template writes it; the fields are those of study.yml."""

    name: str
    label: str
    short: str
    start: str
    events: tuple[str, ...]
    start_words: str
    event_words: str
    censor_words: str


def definition(about: About, proposal: Proposal) -> str:
    """Return the text of study.yml."""
    names = proposal.names
    derived = _derived(names)
    return fill(
        "study.yml",
        {
            "words": words,
            "quoted": _quoted,
            "list_of": _list_of,
            "mapping_of": _mapping_of,
            "commented": _commented,
        },
        **vars(about),
        source=proposal.source,
        reading=proposal.reading,
        columns=proposal.columns,
        left_out=proposal.left_out,
        later=LATER,
        names=names,
        derived=derived,
        orders=_orders(names),
        endpoints=endpoints(names),
        factors=factors(proposal),
        competing={"progression", "death"} <= names,
        usual_missing=tuple(default_words("missing_codes")),
        usual_yes=tuple(default_words("yes_codes")),
        usual_no=tuple(default_words("no_codes")),
    )


def factors(proposal: Proposal) -> tuple[str, ...]:
    """Return the categories known at time zero that are proposed for subgroups and models.

    One that is the same in everybody is none.
    """
    aged = ("age_group",) if "age_group" in _derived(proposal.names) else ()
    columns = (column for column in proposal.columns if column.name in proposal.names)
    marked = (c.name for c in columns if c.role is not None and c.role.factor and c.varies)
    return (*aged, *marked)


def endpoints(names: set[str]) -> tuple[EndpointWords, ...]:
    """Return the endpoints that the dates of a cohort allow, the primary one first."""
    died = ("death",) if "death" in names else ()
    or_death = " or death from any cause" if died else ""
    alive = "patients without either were censored" if died else "patients without it were censored"
    found = []
    if "progression" in names:
        first = ("progression", *died)
        event, ended = f"progression{or_death}", f"{alive} at last contact"
        treated = ("start", first, "the start of treatment", event, ended)
        found.append(EndpointWords("pfs", "Progression-free survival", "PFS", *treated))
    if died:
        ended = "patients alive were censored at last contact"
        treated = ("start", died, "the start of treatment", "death from any cause", ended)
        found.append(EndpointWords("os", "Overall survival", "OS", *treated))
    if {"progression", "best_response", "response_date"} <= names:
        event, ended = f"progression{or_death}", alive.replace("patients", "responders")
        answered = ("response_date", first, "the first response", event, f"{ended} at last contact")
        found.append(EndpointWords("dor", "Duration of response", "DOR", *answered))
    if "next_therapy" in names:
        event, ended = f"start of the next therapy{or_death}", f"{alive} at last contact"
        treated = ("start", ("next_therapy", *died), "the start of treatment", event, ended)
        found.append(EndpointWords("ttnt", "Time to next treatment", "TTNT", *treated))
    return tuple(found)


def _derived(names: set[str]) -> tuple[str, ...]:
    if "age" in names:
        return ("age_group",)
    return ("age", "age_group") if {"birth", "start"} <= names else ()


def _orders(names: set[str]) -> tuple[tuple[str, str], ...]:
    """Return pairs of dates that follow each other in every course."""
    course = [name for name in COURSE if name in names]
    return (*pairwise(course), ("start", "last_contact"))


def words(text: str) -> str:
    """Return words as YAML has them: as they are, or in quotes where they could be misread."""
    reserved = text.lower() in ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
    return text if _PLAIN.fullmatch(text) and not reserved else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list_of(items: Iterable[str]) -> str:
    return f"[{', '.join(words(item) for item in items)}]"


def _mapping_of(items: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{key}: {words(label)}' for key, label in items.items())}}}"


def _commented(lines: str) -> str:
    """Return the lines of an entry as comments that keep their indentation."""
    return "".join(f"  # {line[2:]}\n" for line in lines.splitlines())
