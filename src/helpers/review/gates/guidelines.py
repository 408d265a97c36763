"""Reporting guidelines: numbers of their items, and their topics in our own words.

STROBE: von Elm et al., Lancet 2007;370:1453–1457, the items for cohort studies.
ESMO-GROW: Castelo-Branco et al., ESMO Real World Data Digit Oncol 2023;1:100003; its 35
recommendations stand under six sections. The sections are listed here, not the recommendations:
an author who has the publication at hand lists them in ``manuscripts/_shared/guidelines/``, where
the items of any other guideline may stand as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from helpers.errors import ManuscriptError, unknown_name
from helpers.marked_yaml import TEXT_LOADER, parse_mapping

#: Where a project lists items of its own, relative to ``manuscripts/``.
FOLDER = "_shared/guidelines"
_KEYS = ("title", "recommendations", "items")


@dataclass(frozen=True)
class Guideline:
    """A reporting guideline.

    Attributes:
        title: Its name as printed.
        label: Label of its table in the supplement.
        unit: What its entries are: "Item" or "Section".
        items: Topic by number or name of the item.
        recommendations: How many the publication has, where not all are among the items.
    """

    title: str
    label: str
    unit: str
    items: Mapping[str, str]
    recommendations: int | None = None

    @property
    def is_partial(self) -> bool:
        """Whether the publication asks for more than the items listed."""
        return self.recommendations is not None and len(self.items) < self.recommendations


STROBE = Guideline(
    "STROBE statement for cohort studies",
    "tbl-strobe",
    "Item",
    {
        "1a": "study design named in title or abstract",
        "1b": "abstract with what was done and what was found",
        "2": "background and rationale",
        "3": "aims and hypotheses",
        "4": "design",
        "5": "setting, places and dates",
        "6a": "eligibility, selection, follow-up",
        "6b": "matching criteria",
        "7": "outcomes, exposures, predictors, confounders defined",
        "8": "source and measurement of each variable",
        "9": "measures against bias",
        "10": "study size",
        "11": "handling and grouping of quantitative variables",
        "12a": "statistical methods and control of confounding",
        "12b": "subgroups and interactions",
        "12c": "missing data",
        "12d": "loss to follow-up",
        "12e": "sensitivity analyses",
        "13a": "numbers at each stage",
        "13b": "reasons for leaving out",
        "13c": "flow diagram",
        "14a": "characteristics of participants",
        "14b": "missing data of each variable",
        "14c": "follow-up time",
        "15": "outcome events over time",
        "16a": "estimates without and with adjustment, with intervals",
        "16b": "boundaries of categories",
        "16c": "absolute beside relative risks",
        "17": "other analyses",
        "18": "key results",
        "19": "limitations, direction of bias",
        "20": "cautious interpretation",
        "21": "generalizability",
        "22": "funding",
    },
)
GROW = Guideline(
    "ESMO-GROW guidance for oncology real-world evidence, by section",
    "tbl-grow",
    "Section",
    {
        "title": "title",
        "introduction": "introduction",
        "methods": "methods",
        "results": "results",
        "discussion": "discussion and conclusions",
        "final": "final considerations",
    },
    recommendations=35,
)
GUIDELINES: Mapping[str, Guideline] = {"strobe": STROBE, "esmo-grow": GROW}


def read_guidelines(folder: Path, where: str) -> Mapping[str, Guideline]:
    """Return the guidelines of a project: the known ones, and those that it lists itself.

    Args:
        folder: Holds a YAML file a guideline, named as the guideline; it may be absent.
        where: Its name in messages.

    Raises:
        ManuscriptError: A file is malformed, lists no items, or more than there are.
    """
    found = dict(GUIDELINES)
    for path in sorted(folder.glob("*.yml")):
        found[path.stem] = _listed(path, f"{where}/{path.name}")
    return found


def _listed(path: Path, where: str) -> Guideline:
    """Return the guideline of one file; what it leaves out, a known one of its name says."""
    data, lines = parse_mapping(
        path.read_text(encoding="utf-8"),
        TEXT_LOADER,
        name=path.name,
        where=where,
        begin="begin with items: and a line for each",
        mend="mend the YAML",
    )
    for key in data:
        if key not in _KEYS:
            raise unknown_name("key", key, _KEYS, where=f"{where}:{lines[key,]}")
    items = data.get("items")
    if not isinstance(items, dict) or not all(
        isinstance(topic, str) and topic.strip() for topic in items.values() or [None]
    ):
        raise ManuscriptError(
            "items does not give a topic for each number",
            where=f"{where}:{lines.get(('items',), 1)}",
            remedy="write 1: the topic in your own words",
        )
    known = GUIDELINES.get(path.stem, Guideline(path.stem, f"tbl-{path.stem}", "Item", {}))
    number = str(data.get("recommendations") or known.recommendations or len(items))
    if not number.isdecimal() or int(number) < len(items):
        raise ManuscriptError(
            f"{len(items)} items are listed, and recommendations is {number}",
            where=f"{where}:{lines.get(('recommendations',), lines['items',])}",
            remedy="write how many the publication has, and list none twice",
        )
    return replace(
        known,
        title=str(data.get("title") or known.title.removesuffix(", by section")),
        unit="Item",
        items={item: " ".join(topic.split()) for item, topic in items.items()},
        recommendations=int(number),
    )
