"""The transcript of a published abstract: the schema of ``claims.yml``.

Everything that the abstract printed stands in ``claims``, in its own words and with its figures
as text. Few keys are needed, short spellings are unfolded (:mod:`helpers.claims.shorthand`), and
a name that is nearly another one is an error.
Out of scope: whether the claims can be true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from helpers.claims.claim import Claim
from helpers.claims.figures import Figure, Whole
from helpers.claims.names import Place, PlacedError, check_implied, known_name
from helpers.claims.section import Name, Names, Section, as_list, written
from helpers.claims.shorthand import unfold

UNKNOWN = "unknown"
OTHER = "other"


class Source(Section):
    """Where the claims were printed.

    Attributes:
        citation: The reference in words; the only key that is needed.
        authors: The authors as a group, as far as they are public to us.
        title: Title, where known.
        journal: Journal or meeting, where known.
        year: Year of publication, where known.
        doi: Digital object identifier, where known.
        provenance: How this transcript came to be, in words.
    """

    citation: str
    authors: str = ""
    title: str | None = None
    journal: str | None = None
    year: int | None = None
    doi: str | None = None
    provenance: str = ""


class ClaimPopulation(Section):
    """A set of patients that claims are about.

    Attributes:
        label: Words for reports; the key where it is left out.
        n: Its size, as printed or chosen; None where it was not printed.
        of: Key of the population that it is a part of.
        chosen: The size was not printed.
        where: Attribute to the levels that belong to the population; empty: not told apart by
            an attribute.
        reason: Why the population is thought to be so, where it was chosen.
    """

    label: str = ""
    n: int | None = None
    of: Name | None = None
    chosen: bool = False
    where: dict[Name, Names] = {}
    reason: str = ""


class Recognise(Section):
    """How a level of an attribute is recognised in a study variable's values; empty: not said.

    Attributes:
        is_in: The variable's levels that belong to it.
        at_least: Smallest number that belongs to it.
        less_than: Numbers below this belong to it.
    """

    is_in: Names | None = None
    at_least: float | None = None
    less_than: float | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Recognise:
        if self.by_number and self.is_in is not None:
            raise ValueError("give either `is_in`, or `at_least` and/or `less_than`")
        return self

    @property
    def by_number(self) -> bool:
        """Whether the level is a range of numbers."""
        return self.at_least is not None or self.less_than is not None

    @property
    def said(self) -> bool:
        """Whether anything was said of how to recognise it."""
        return self.by_number or self.is_in is not None

    def holds(self, value: str | float) -> bool:
        """Return whether a known value of the variable belongs to this level.

        Raises:
            ValueError: Nothing was said of how to recognise the level.
        """
        if self.is_in is not None:
            return value in self.is_in
        if not self.by_number:
            raise ValueError("nothing says how this level is recognised")
        number = float(value)
        low = float("-inf") if self.at_least is None else self.at_least
        high = float("inf") if self.less_than is None else self.less_than
        return low <= number < high


def _levels(value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = dict.fromkeys((written(level) for level in value), None)
    if isinstance(value, Mapping):
        return {key: {} if how is None else how for key, how in value.items()}
    return value


class Attribute(Section):
    """A property of patients; every patient has exactly one of its levels.

    Attributes:
        label: Words for reports; the key where it is left out.
        variable: Study variable whose values it stands for, or None.
        event_class: Class of adverse events whose worst grade it stands for (0: none).
        levels: The levels, which together hold every patient: a list, or each with how it is
            recognised in a study's variable.
        unknown_allowed: Patients may have an unknown status.
        known_at: When the level of a patient is known: at baseline, or on treatment only.
        cut: How the groups were cut, where a number was: "median", or in words.
        implied: Not declared in the file: the levels are those that the claims mention, and
            ``other``.
    """

    label: str = ""
    variable: Name | None = None
    event_class: Name | None = None
    levels: Annotated[
        dict[Name, Recognise],
        BeforeValidator(_levels, json_schema_input_type=list[Name] | dict[Name, Recognise | None]),
    ]
    unknown_allowed: bool = False
    known_at: Annotated[
        Literal["baseline", "on_treatment"] | None,
        BeforeValidator(
            lambda value: value.replace("-", "_") if isinstance(value, str) else value,
            json_schema_input_type=Literal["baseline", "on_treatment"] | None,
        ),
    ] = None
    cut: str | None = None
    implied: bool = False

    @property
    def all_levels(self) -> tuple[str, ...]:
        """All levels that a patient may have, the unknown one last."""
        return (*self.levels, UNKNOWN) if self.unknown_allowed else tuple(self.levels)


class Tests(Section):
    """What the abstract says of its tests as a whole.

    Attributes:
        number: Number of comparisons that were made, where it is said.
        adjustment: Adjustment for their number, where one is named ("Bonferroni", "none").
        named: Tests that are named, without saying for which claim.
        alpha: Level of significance, as printed.
        text: The exact words.
    """

    number: int | None = None
    adjustment: str | None = None
    named: Annotated[
        list[str], BeforeValidator(as_list, json_schema_input_type=str | list[str])
    ] = []
    alpha: Figure | None = None
    text: str = ""


class Model(Section):
    """A regression model with several factors.

    Attributes:
        label: Words for reports; the key where it is left out.
        population: Key of the population; the first of them where it is left out.
        outcome: Endpoint or event that it explains.
        factors: Number of factors, or their names.
        events: Number of events, where it was printed.
        n: Number of patients in the model, where it was printed.
        cut_at_median: Names of factors that were cut at the median of the sample.
        text: The exact words.
    """

    label: str = ""
    population: Name | None = None
    outcome: Name | None = None
    factors: int | list[Name] | None = None
    events: Whole | None = None
    n: Whole | None = None
    cut_at_median: Names | None = None
    text: str = ""

    @property
    def factor_count(self) -> int | None:
        """Number of factors; None where it was not printed."""
        return len(self.factors) if isinstance(self.factors, list) else self.factors


class Claims(Section):
    """A whole ``claims.yml``.

    Attributes:
        source: Where the claims were printed: the citation alone, or its parts.
        populations: Key to population, or to its size. Left out: one, of unknown size.
        attributes: Key to attribute, for those whose levels are exhaustive; an attribute that a
            claim mentions without declaring it has the levels mentioned, ``other`` and unknown.
        tests: What the abstract says of its tests as a whole.
        models: Key to regression model.
        claims: The claims, in printed order.
        unread: Words with figures that stand in no claim.
        unfinished: Drafted, and not yet looked through by a person: the audit reads each claim
            by itself only.
        chosen: What a reconstruction chose (read by ``manuscript reconstruct`` only).
    """

    source: Annotated[
        Source,
        BeforeValidator(
            lambda value: {"citation": value} if isinstance(value, str) else value,
            json_schema_input_type=str | Source,
        ),
    ]
    populations: dict[Name, ClaimPopulation]
    attributes: dict[Name, Attribute] = {}
    tests: Tests = Tests()
    models: dict[Name, Model] = {}
    claims: list[Claim]
    unread: list[str] = []
    unfinished: bool = False
    chosen: Any = None

    @model_validator(mode="before")
    @classmethod
    def _unfolded(cls, data: Any) -> Any:
        return unfold(data)

    @model_validator(mode="after")
    def _names_resolve(self) -> Claims:
        problems = [*_repeated(self), *_unresolved(self)]
        if problems:
            raise PlacedError(problems)
        return self

    @cached_property
    def all_attributes(self) -> dict[str, Attribute]:
        """All attributes: those declared, then those that claims and populations imply."""
        implied: dict[str, list[str]] = {}
        for _, name, levels in _mentions(self):
            if name not in self.attributes:
                known = implied.setdefault(name, [])
                known += [level for level in levels if level not in known]
        found = dict(self.attributes)
        for name, levels in implied.items():
            kept = [level for level in levels if level != UNKNOWN]
            kept += [] if OTHER in kept else [OTHER]
            found[name] = Attribute(
                levels={level: Recognise() for level in kept}, unknown_allowed=True, implied=True
            )
        return found

    def attribute(self, name: str) -> Attribute:
        """Return an attribute, declared or implied."""
        return self.all_attributes[name]

    def size(self, population: str) -> int | None:
        """Return the size of a population as the file gives it; None where it does not."""
        return self.populations[population].n

    def ancestors(self, population: str) -> tuple[str, ...]:
        """Return a population and those that it is a part of, the widest last."""
        found = [population]
        while (parent := self.populations[found[-1]].of) is not None:
            found.append(parent)
        return tuple(found)

    def conditions(
        self, claim: Claim, group: Mapping[str, str] | None = None
    ) -> dict[str, list[str]]:
        """Return the levels of the patients that a claim is about, attribute by attribute.

        Those of its population, of the populations that this is a part of, and of the group.
        Where two name one attribute, the levels in common.

        Args:
            claim: The claim.
            group: One of its ``groups``; its own ``group`` where left out.
        """
        found: dict[str, list[str]] = {}
        parts = [self.populations[key].where for key in self.ancestors(claim.population)]
        own = claim.group if group is None else group
        for part in (*parts, {name: [level] for name, level in own.items()}):
            for name, levels in part.items():
                here = found.get(name, list(levels))
                found[name] = [level for level in here if level in levels]
        return found

    @cached_property
    def settled(self) -> tuple[Claim, ...]:
        """The claims of which nothing is left to look at; the others are read alone."""
        return tuple(c for c in self.claims if not (self.unfinished or c.uncertain))

    @property
    def marks(self) -> int:
        """How many things a person has still to look at."""
        return sum(len(claim.uncertain) for claim in self.claims) + len(self.unread)


def _repeated(claims: Claims) -> Iterator[tuple[Place, str]]:
    seen: dict[str, int] = {}
    for i, claim in enumerate(claims.claims):
        if claim.id in seen:
            yield ("claims", i, "id"), f"claim ids stand twice: {claim.id}"
        seen.setdefault(claim.id, i)


def _mentions(claims: Claims) -> Iterator[tuple[Place, str, list[str]]]:
    """Yield place, attribute and levels of everything that names a level."""
    for key, population in claims.populations.items():
        for name, levels in population.where.items():
            yield ("populations", key, "where", name), name, levels
    for i, claim in enumerate(claims.claims):
        for name, level in claim.group.items():
            yield ("claims", i, "group", name), name, [level]
        for g, group in enumerate(claim.groups):
            for name, level in group.items():
                yield ("claims", i, "groups", g, name), name, [level]
        for name, levels in claim.event.items():
            yield ("claims", i, "event", name), name, levels


def _unresolved(claims: Claims) -> Iterator[tuple[Place, str]]:
    for place, kind, name, known in _references(claims):
        yield from ((place, words) for words in known_name(kind, name, known))
    for key in claims.populations:
        if claims.populations[key].of is not None and _circular(claims, key):
            yield ("populations", key, "of"), "a population is a part of itself"
    implied: list[tuple[Place, str, list[str]]] = []
    for place, name, levels in _mentions(claims):
        declared = claims.attributes.get(name)
        if declared is None:
            implied.append((place, name, levels))
            continue
        for level in levels:
            found = known_name(f"level of {name}", level, declared.all_levels)
            yield from ((place, words) for words in found)
    yield from check_implied(implied, claims.attributes)


def _references(claims: Claims) -> Iterator[tuple[Place, str, str, list[str]]]:
    populations, models = list(claims.populations), list(claims.models)
    for key, population in claims.populations.items():
        if population.of is not None:
            yield ("populations", key, "of"), "population", population.of, populations
    for key, model in claims.models.items():
        if model.population is not None:
            yield ("models", key, "population"), "population", model.population, populations
    for i, claim in enumerate(claims.claims):
        yield ("claims", i, "population"), "population", claim.population, populations
        if claim.model is not None:
            yield ("claims", i, "model"), "model", claim.model, models


def _circular(claims: Claims, key: str) -> bool:
    seen, here = {key}, claims.populations[key].of
    while here is not None and here in claims.populations:
        if here in seen:
            return True
        seen.add(here)
        here = claims.populations[here].of
    return False
