"""What a ledger row is called in words: "ORR in treated patients"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from helpers.imwg import CATEGORIES
from helpers.ledger.row import Row

#: Context of a row to the heading that its numbers stand under, in the order of a paper.
GROUPS = {
    "population": "Patients and populations",
    "baseline": "Baseline characteristics",
    "exposure": "Exposure",
    "response": "Response",
    "survival": "Survival",
    "safety": "Adverse events",
    "published": "Published and regenerated figures",
    "audit": "Audit of the published abstract",
}
OTHER = "Other numbers"
#: Words of keys that a reader would not understand, or that say nothing beside the heading.
WORDS = {
    "orr": "ORR",
    "cbr": "CBR",
    "vgpr_or_better": "VGPR or better",
    "cr_or_better": "CR or better",
    "uni": "univariable",
    "multi": "multivariable",
    "logrank": "log-rank p",
    "fisher": "Fisher p",
    "fisher_holm": "Fisher p, Holm-adjusted",
    "chi_square": "chi-square p",
    "chi_square_yates": "chi-square p with Yates' correction",
    "proportional_hazards": "proportional hazards p",
    "mantel_byar": "Mantel–Byar p",
    "gray_event": "Gray's test p",
    "gray_competing": "Gray's test p of the competing event",
    "p_value": "p",
    "hazard_ratio_p_value": "p",
    "adjusted_p_value": "adjusted p",
    "patients": "number of patients",
    "events": "number of events",
    "model_events": "number of events in the model",
    "follow_up": "median follow-up",
    "since": "from the day on that the group is known",
    "changed": "patients who changed group",
    "time": "time to response",
    "q1": "first quartile",
    "q3": "third quartile",
    "due_to_missing": "share of the variance that is due to missing values",
    "any": "any grade",
    "tp53": "TP53",
    "published": "published figures",
    "audit": "audited claims",
    **{category.lower(): category for category in CATEGORIES},
}
SILENT = {"by", "response", "category", "baseline", "survival", "safety", "exposure", "class"} | {
    "cox",
    "term",
    "model",
    "flow",
    "hazard_ratio",
}
YES_NO = ("yes", "no")
HAZARDS = {"hazard_ratio": "hazard ratio", "odds_ratio": "odds ratio"}

_RATE = re.compile(r"rate_(?P<months>\d+(?:_\d+)?)_months")
_MONTHS = re.compile(r"(?P<months>\d+(?:_\d+)?)_months")
_GRADE = re.compile(r"grade_(?P<grade>\d)")


@dataclass(frozen=True)
class Labels:
    """What study.yml calls things, by key: variables and endpoints, their levels, populations."""

    things: Mapping[str, str]
    levels: Mapping[str, Mapping[str, str]]
    populations: Mapping[str, str]


def read_labels(project: Path | None, study: str) -> Labels:
    """Read the labels of a study, without asking whether its study.yml is valid today.

    Where there is none, rows are called by the words of their keys.
    """
    try:
        path = (project or Path()) / "data" / study / "study.yml"
        tree = yaml.safe_load(path.read_text(encoding="utf-8")) if project else {}
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        tree = {}
    tree = tree if isinstance(tree, dict) else {}
    things = {key: str(e.get("short") or key.upper()) for key, e in _named(tree, "endpoints")}
    levels: dict[str, Mapping[str, str]] = {}
    for section in ("variables", "derived"):
        for key, about in _named(tree, section):
            things[key] = str(about.get("label") or key)
            levels[key] = dict(_levels(about))
    events = tree.get("adverse_events")
    if isinstance(events, dict):
        things |= {key: str(c.get("label") or key) for key, c in _named(events, "classes")}
    populations = {key: str(p.get("label") or key) for key, p in _named(tree, "populations")}
    return Labels(things, levels, populations)


def _named(tree: Mapping[str, Any], section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    found = tree.get(section)
    for key, about in found.items() if isinstance(found, dict) else ():
        if isinstance(about, dict):
            yield str(key), about


def _levels(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield level and label, wherever the rule of a variable keeps them."""
    for key, value in about.items():
        if key == "levels" and isinstance(value, dict):
            yield from ((str(level), str(label)) for level, label in value.items())
        elif isinstance(value, dict):
            yield from _levels(value)
        elif key == "branches" and isinstance(value, list):
            for branch in value:
                if isinstance(branch, dict) and "level" in branch:
                    yield str(branch["level"]), str(branch.get("label", branch["level"]))
    if "otherwise" in about and "otherwise_label" in about:
        yield str(about["otherwise"]), str(about["otherwise_label"])


def group_of(row: Row) -> str:
    """Return the heading that a row's number stands under."""
    return GROUPS.get(row.context or row.key.partition(".")[0], OTHER)


def name_of(row: Row, labels: Labels) -> str:
    """Return what a row is called: what was measured, in which group, in which population."""
    words = row.key.split(".")
    if words[0].endswith("_in"):
        words = words[2:]
    spoken: list[str] = []
    variable = ""
    for word in words:
        if spoken and variable and (word in labels.levels[variable] or word in YES_NO):
            spoken[-1] += f": {labels.levels[variable].get(word, word)}"
        elif word not in SILENT or len(words) == 1:
            spoken.append(_spoken(word, labels))
        variable = word if word in labels.levels else variable
    if row.statistic in HAZARDS:
        spoken.insert(0, HAZARDS[row.statistic])
    if row.context == "response" and "by" in words:
        spoken.insert(0, WORDS["orr"])
    return f"{', '.join(spoken)}{_population(row, labels)}"


def _population(row: Row, labels: Labels) -> str:
    label = labels.populations.get(row.population)
    if label is None or row.context in ("population", "published"):
        return ""
    return f" in {label[0].lower()}{label[1:]}"


def _spoken(word: str, labels: Labels) -> str:
    if word in labels.things:
        return labels.things[word]
    if word in WORDS:
        return WORDS[word]
    if match := _RATE.fullmatch(word):
        return f"rate at {match['months'].replace('_', '.')} months"
    if match := _MONTHS.fullmatch(word):
        return f"{match['months'].replace('_', '.')} months"
    if match := _GRADE.fullmatch(word):
        grade = int(match["grade"])
        return "grade 5" if grade == 5 else f"grade ≥{grade}"
    return word.replace("_", " ")
