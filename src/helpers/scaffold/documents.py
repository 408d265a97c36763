"""Writes the texts beside the data: abstract, paper, and what the checks read."""

from __future__ import annotations

import json
from typing import Any

from helpers.scaffold.filling import fill
from helpers.study.definition import Study

#: Files of ``manuscripts/<study>/``, in the order in which an author reads them.
FILES = ("abstract.qmd", "paper.qmd", "checks.yml", "checklist.yml")


def documents(study: Study) -> dict[str, str]:
    """Return the text of every file of a study's manuscripts folder.

    What the study did not collect has no sentence, table or figure there.
    """
    given = _sections(study)
    return {name: fill(name, {"quoted": _quoted}, **given) for name in FILES}


def _sections(study: Study) -> dict[str, Any]:
    """Return what a text asks: which sections the study has, and its endpoints."""
    endpoints = [{"name": name, **vars(each)} for name, each in study.endpoints.items()]
    plan = study.survival
    table_one = [name for name in study.names if _in_table_one(study, name)]
    return {
        "id": study.id,
        "title": study.title,
        "synthetic": study.synthetic,
        "endpoints": endpoints,
        "main": [each for each in endpoints if each["kind"] in ("pfs", "os")],
        "aged": "age" in table_one,
        "lines": "prior_lines" in table_one,
        "baseline": bool(table_one),
        "response": study.response is not None,
        "timed": study.response is not None and study.response.date is not None,
        "factors": bool(study.subgroups or plan.univariable),
        "subgroups": len(study.subgroups),
        "groups": bool(plan.curves),
        "cox": bool(plan.univariable),
        "joint": bool(plan.multivariable),
        "competing": plan.competing is not None,
    }


def _in_table_one(study: Study, name: str) -> bool:
    described = study.variables.get(name) or study.derived[name]
    return described.in_table_one


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
