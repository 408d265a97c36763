"""Writes the texts beside the data: abstract, paper, and what the checks read."""

from __future__ import annotations

import json
from typing import Any

from helpers.ledger.formatting import lowered, number_of
from helpers.scaffold.filling import fill
from helpers.study.definition import Study

#: Files of ``manuscripts/<study>/``, in the order in which an author reads them.
FILES = ("abstract.qmd", "paper.qmd", "checks.yml", "checklist.yml")
#: Endpoints that have a figure of their own in the survival notebook.
DRAWN = ("pfs", "os", "dor", "ttnt")
#: The month whose survival rates the text gives, where the study asks for them.
MONTH = 12


def documents(study: Study) -> dict[str, str]:
    """Return the text of every file of a study's manuscripts folder.

    What the study did not collect has no sentence, table or figure there.
    """
    given = {
        "id": study.id,
        "title": study.title,
        "synthetic": study.synthetic,
        "censored": study.censored,
        **_patients(study),
        **_response(study),
        **_survival(study),
        **_models(study),
        **_safety(study),
    }
    return {name: fill(name, {"quoted": _quoted, "lowered": lowered}, **given) for name in FILES}


def _patients(study: Study) -> dict[str, Any]:
    """Return who is analysed, and what is said of them at the start."""
    shown = [name for name, variable in study.variables.items() if variable.in_table_one]
    shown += [name for name, variable in study.derived.items() if variable.in_table_one]
    numbers = [name for name in shown if study.kind(name) == "number"]
    settings = study.settings
    return {
        "people": settings.survival_population,
        "responding": settings.response_population,
        "analysed": _analysed(study),
        "baseline": bool(shown),
        "aged": "age" in numbers,
        "lines": "prior_lines" in numbers,
        "exposure": bool(study.exposure),
    }


def _analysed(study: Study) -> str:
    """Say in which population each analysis was made."""
    settings = study.settings
    topics = {"response": settings.response_population} if study.response else {}
    topics["survival"] = settings.survival_population
    if study.adverse_events is not None:
        topics["safety"] = settings.safety_population
    places = {}
    for key in dict.fromkeys(topics.values()):
        population = study.populations[key]
        about = [topic for topic, used in topics.items() if used == key]
        places[" and ".join(about)] = f"the {lowered(population.label)} ({population.description})"
    if len(places) == 1:
        return f"All analyses were made in {next(iter(places.values()))}."
    (first, place), *rest = places.items()
    verb = "were" if " and " in first else "was"
    others = "".join(f", {about} in {where}" for about, where in rest)
    return f"{first.capitalize()} {verb} analyzed in {place}{others}."


def _response(study: Study) -> dict[str, Any]:
    """Return how response is recorded, and what is made of it."""
    rules = study.response
    if rules is None:
        nothing = dict.fromkeys(("response", "assessed", "confirmed", "recorded", "timed", "odds"))
        return {**nothing, "subgroups": 0}
    derived = study.derived.get(rules.best)
    rule = derived.response if derived else None
    return {
        "response": True,
        "assessed": rule is not None,
        "confirmed": rule is not None and rule.confirmed,
        "recorded": rules.recorded is not None,
        "timed": rules.date is not None,
        "odds": bool(rules.model),
        "subgroups": len(study.subgroups),
    }


def _survival(study: Study) -> dict[str, Any]:
    """Return the endpoints, and the groups that are compared."""
    plan, settings = study.survival, study.settings
    endpoints = [{"name": name, **vars(each)} for name, each in study.endpoints.items()]
    primary = next(each for each in endpoints if each["name"] == plan.endpoint)
    second = (each for each in endpoints if each["kind"] in ("pfs", "os"))
    months = [int(point) for point in settings.timepoint_months if point == int(point)]
    month = MONTH if MONTH in months else max(months, default=0)
    late = [one for one in plan.curves if study.known_at(one.variable) != "baseline"]
    return {
        "endpoints": endpoints,
        "drawn": [each for each in endpoints if each["name"] in DRAWN],
        "primary": primary,
        "main": [primary, *(each for each in second if each is not primary)],
        "month": number_of(month, "month") if month else "",
        "rate": f"rate_{month}_months",
        "groups": len(late) < len(plan.curves),
        "late": bool(late) and (bool(settings.landmark_months) or any(one.naive for one in late)),
        "naive": any(one.naive for one in late),
        "since": any(one.since is not None for one in late),
        "competing": plan.competing,
    }


def _models(study: Study) -> dict[str, Any]:
    """Return which models of survival there are."""
    plan = study.survival
    return {
        "factors": bool(study.subgroups or plan.univariable),
        "cox": bool(plan.univariable or plan.multivariable),
        "joint": bool(plan.multivariable),
        "compared": any(study.levels(name) for name in plan.multivariable),
        "strata": [lowered(study.label(name)) for name in plan.strata],
        "clusters": lowered(study.label(plan.clusters)) if plan.clusters else "",
        "imputed": plan.imputations > 0 and bool(plan.multivariable),
    }


def _safety(study: Study) -> dict[str, Any]:
    """Return how adverse events were recorded."""
    events = study.adverse_events
    return {
        "safety": events is not None,
        "criteria": events.criteria if events else "",
        "window": events is not None and events.window is not None,
    }


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
