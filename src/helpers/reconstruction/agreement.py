"""Does a transcript agree with the study that it belongs to? Names only, no figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from helpers.claims.schema import Claims
from helpers.errors import unknown_name
from helpers.reconstruction.chosen import Chosen
from helpers.study.definition import Study

SURVIVAL = {"survival_median", "survival_rate", "p_value", "hazard_direction"}
Named = tuple[str, str, Iterable[str], str]


def check_agreement(claims: Claims, chosen: Chosen, study: Study) -> None:
    """Check that every name of a transcript that points into study.yml is defined there.

    Raises:
        ManuscriptError: A variable, level, endpoint, class or term is unknown; names the
            nearest known one.
    """
    where = f"data/{study.id}/claims.yml"
    # A chain is lazy: the first unknown name is reported before anything is looked up under it.
    for kind, name, known, place in chain(
        _attributes(claims, study),
        _claims(claims, study),
        _chosen(chosen, study),
        _toxicity(claims, chosen, study),
    ):
        names = [str(n) for n in known]
        if name not in names:
            raise unknown_name(kind, name, names, where=f"{where}: {place}")


def _attributes(claims: Claims, study: Study) -> Iterator[Named]:
    classes = study.adverse_events.classes if study.adverse_events else {}
    for name, attribute in claims.attributes.items():
        place = f"attributes.{name}"
        if attribute.event_class is not None:
            yield "class of adverse events", attribute.event_class, classes, place
        if attribute.variable is None:
            continue
        yield "variable", attribute.variable, study.variables, place
        levels = study.levels(attribute.variable)
        for how in attribute.levels.values() if levels else ():
            for level in how.is_in or ():
                yield f"level of {attribute.variable}", level, levels, place


def _claims(claims: Claims, study: Study) -> Iterator[Named]:
    for claim in claims.claims:
        if claim.kind in SURVIVAL:
            yield "endpoint", claim.outcome or "", study.endpoints, f"claims[{claim.id}]"
        elif claim.outcome is not None:
            yield "variable", claim.outcome, study.variables, f"claims[{claim.id}]"


def _chosen(chosen: Chosen, study: Study) -> Iterator[Named]:
    roles = chosen.roles.model_dump(exclude={"reason"}, exclude_none=True)
    for role, variable in roles.items():
        yield "variable", variable, study.variables, f"chosen.roles.{role}"
    yield "variable", chosen.export.center, study.variables, "chosen.export.center"
    if chosen.courses is not None:
        yield "number in chosen.variables", chosen.courses.variable, chosen.variables, "courses"
    for name in chosen.variables:
        yield "variable", name, study.variables, f"chosen.variables.{name}"
    for i, patient in enumerate(chosen.ineligible):
        for name in (*patient.values, *patient.dates):
            yield "variable", name, study.variables, f"chosen.ineligible[{i}]"


def _toxicity(claims: Claims, chosen: Chosen, study: Study) -> Iterator[Named]:
    classes = study.adverse_events.classes if study.adverse_events else {}
    for name, attribute in claims.attributes.items():
        group = attribute.event_class
        if group is None:
            continue
        yield "class of adverse events", group, chosen.toxicity, "chosen.toxicity"
        how, place = chosen.toxicity[group], f"chosen.toxicity.{group}"
        for term in how.terms:
            yield "term", term, classes[group].terms, place
        for level in how.grades:
            yield f"level of {name}", level, attribute.levels, place
