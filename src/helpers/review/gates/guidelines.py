"""Reporting guidelines: numbers of their items, and their topics in our own words.

STROBE: von Elm et al., Lancet 2007;370:1453–1457, the items for cohort studies.
ESMO-GROW: Castelo-Branco et al., ESMO Real World Data Digit Oncol 2023;1:100003; its 35
recommendations stand under six sections. The sections are listed here, not the recommendations:
an author goes through those with the publication at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Guideline:
    """A reporting guideline.

    Attributes:
        title: Its name as printed.
        label: Label of its table in the supplement.
        unit: What its entries are: "item" or "section".
        items: Topic by number or name of the item.
    """

    title: str
    label: str
    unit: str
    items: Mapping[str, str]


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
)
GUIDELINES: Mapping[str, Guideline] = {"strobe": STROBE, "esmo-grow": GROW}
