"""The transcript of a published abstract: the schema of ``claims.yml``.

Everything that the abstract printed stands in ``claims``, in its own words and with its
figures as strings; everything that it did not print, and that a reconstruction has to choose,
stands in ``chosen`` (:mod:`helpers.reconstruction.chosen`).
Out of scope: whether the claims can be true (:mod:`helpers.reconstruction.program`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from helpers.errors import ManuscriptError, nearest
from helpers.reconstruction.chosen import Chosen

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Kind = Literal[
    "count",
    "proportion",
    "median",
    "range",
    "contrast",
    "survival_median",
    "survival_rate",
    "hazard_direction",
    "p_value",
    "statement",
]
UNKNOWN = "unknown"
NOT_REACHED = "not reached"
_NUMBER = re.compile(r"^\d+(\.\d+)?$")
_NEEDS_VALUE = {"count", "proportion", "median", "range", "survival_median", "survival_rate"}


class Section(BaseModel):
    """Base of every section: an unknown key is an error, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Section):
    """Where the claims were printed.

    Attributes:
        citation: The reference in words.
        authors: The authors as a group, as far as they are public to us.
        title: Title, where known.
        year: Year of publication, where known.
        doi: Digital object identifier, where known.
        provenance: How this transcript came to be, in words.
    """

    citation: str
    authors: str
    title: str | None = None
    year: int | None = None
    doi: str | None = None
    provenance: str


class ClaimPopulation(Section):
    """A set of patients that claims are about.

    Attributes:
        label: Words for reports.
        n: Its size, as printed or chosen; None where it is left to the program.
        chosen: The size was not printed.
        where: Attribute to the levels that belong to the population; empty: everybody.
        reason: Why the population is thought to be so, where it was chosen.
    """

    label: str
    n: int | None = None
    chosen: bool = False
    where: dict[Key, list[Key]] = {}
    reason: str = ""


class Recognise(Section):
    """How a level of an attribute is recognised in the study variable's values."""

    is_in: list[str] | None = None
    at_least: float | None = None
    less_than: float | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Recognise:
        by_number = self.at_least is not None or self.less_than is not None
        if by_number == (self.is_in is not None):
            raise ValueError("give either `is_in`, or `at_least` and/or `less_than`")
        return self

    def holds(self, value: str | float) -> bool:
        """Return whether a known value of the variable belongs to this level."""
        if self.is_in is not None:
            return value in self.is_in
        number = float(value)
        low = float("-inf") if self.at_least is None else self.at_least
        high = float("inf") if self.less_than is None else self.less_than
        return low <= number < high


class Attribute(Section):
    """A property of patients that claims mention; patients are counted by its levels.

    Attributes:
        variable: Study variable whose values it stands for, or None.
        event_class: Class of adverse events whose worst grade it stands for (0: none).
        levels: Level key to how it is recognised.
        unknown_allowed: Patients may have an unknown status.
    """

    variable: Key | None = None
    event_class: Key | None = None
    levels: dict[Key, Recognise]
    unknown_allowed: bool = False

    @property
    def all_levels(self) -> tuple[str, ...]:
        """All levels that a patient may have, the unknown one last."""
        return (*self.levels, UNKNOWN) if self.unknown_allowed else tuple(self.levels)


class Comparison(Section):
    """What was said of two groups.

    Attributes:
        p: The inequality as printed, "<0.05" or ">0.05"; None for a hazard's direction.
        implied: The inequality was not printed beside the figures, its sentence says it.
        hazard: "higher" when the first group's hazard is said to be higher.
    """

    p: Annotated[str, StringConstraints(pattern=r"^[<>=]\s?0?\.\d+$")] | None = None
    implied: bool = False
    hazard: Literal["higher", "lower"] | None = None


class LedgerLink(Section):
    """The ledger row, and its field, that regenerates a claim."""

    key: str
    field: Literal["pct", "value", "n", "of", "p", "low", "high"]


class Claim(Section):
    """One claim, as printed.

    Attributes:
        id: Key of the claim.
        text: The exact words it was printed in.
        kind: What sort of claim.
        population: Population key.
        group: Attribute to the level that the group has.
        groups: For comparisons: the two groups, in the order printed.
        event: Attribute to the levels that are counted.
        outcome: Study variable (median, range, number of levels) or endpoint (survival).
        bound: For a range: which end this claim is.
        time: For a survival rate: months.
        value: The figure as printed.
        unit: Its unit.
        comparison: What was said of the groups.
        ledger: The ledger row that regenerates it; None where there is none.
        note: A remark on how the words were read.
    """

    id: Key
    text: str
    kind: Kind
    population: Key
    group: dict[Key, Key] = {}
    groups: list[dict[Key, Key]] = []
    event: dict[Key, list[Key]] = {}
    outcome: Key | None = None
    bound: Literal["minimum", "maximum"] | None = None
    time: float | None = None
    value: str | None = None
    unit: str | None = None
    comparison: Comparison | None = None
    ledger: LedgerLink | None = None
    note: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Claim:
        if self.kind in _NEEDS_VALUE and self.value is None:
            raise ValueError(f"a {self.kind} needs `value`")
        if self.kind in {"contrast", "hazard_direction", "p_value"}:
            if len(self.groups) != 2 or self.comparison is None:
                raise ValueError(f"a {self.kind} needs two `groups` and `comparison`")
        elif self.groups:
            raise ValueError(f"`groups` does not belong to a {self.kind}")
        if self.kind in {"proportion", "contrast"} and not self.event:
            raise ValueError(f"a {self.kind} needs `event`")
        if self.kind == "range" and self.bound is None:
            raise ValueError("a range needs `bound`")
        if self.kind == "survival_rate" and self.time is None:
            raise ValueError("a survival_rate needs `time`")
        word_ok = self.kind == "survival_median" and self.value == NOT_REACHED
        if self.value is not None and not word_ok and not _NUMBER.match(self.value):
            raise ValueError("`value` must be a number as printed, in quotes")
        return self

    @property
    def digits(self) -> int:
        """Digits after the point of the printed figure."""
        return len(self.value.partition(".")[2]) if self.value else 0

    def mentioned(self) -> set[str]:
        """Return the attributes that the claim mentions, its population's left out."""
        names = set(self.group) | set(self.event)
        return names.union(*(set(group) for group in self.groups))


class Claims(Section):
    """A whole ``claims.yml``."""

    source: Source
    populations: dict[Key, ClaimPopulation]
    attributes: dict[Key, Attribute]
    claims: list[Claim]
    chosen: Chosen | None = None

    @model_validator(mode="after")
    def _names_resolve(self) -> Claims:
        ids = [claim.id for claim in self.claims]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"claim ids stand twice: {', '.join(twice)}")
        for key, population in self.populations.items():
            self._check_levels(population.where, f"populations.{key}.where")
        for claim in self.claims:
            where = f"claims[{claim.id}]"
            _known("population", claim.population, self.populations, where)
            for group in (claim.group, *claim.groups):
                self._check_levels({a: [level] for a, level in group.items()}, where)
            self._check_levels(claim.event, where)
        for count in self.chosen.counts if self.chosen else []:
            self._check_levels(count.group, "chosen.counts")
            self._check_levels(count.event, "chosen.counts")
        for name, share in (self.chosen.shares if self.chosen else {}).items():
            self._check_levels({name: list(share.value)}, f"chosen.shares.{name}")
        for where, wanted in self.chosen.levels_named() if self.chosen else []:
            self._check_levels(wanted, f"chosen.{where}")
        return self

    def _check_levels(self, wanted: dict[str, list[str]], where: str) -> None:
        for name, levels in wanted.items():
            _known("attribute", name, self.attributes, where)
            for level in levels:
                _known(f"level of {name}", level, self.attributes[name].all_levels, where)


def load_claims(path: Path, *, where: str = "") -> Claims:
    """Read and check a ``claims.yml``.

    Args:
        path: The file.
        where: How the file is called in error messages; its name by default.

    Raises:
        ManuscriptError: The file is missing, is no YAML, or breaks the schema; the message
            names the field.
    """
    place = where or path.name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ManuscriptError(
            "there is no transcript of the published abstract",
            where=place,
            remedy="write claims.yml, or choose a study that has one",
        ) from error
    try:
        return Claims.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ManuscriptError(f"not valid YAML: {error}", where=place) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        more = f" ({error.error_count()} problems in all)" if error.error_count() > 1 else ""
        raise ManuscriptError(
            f"{field or 'the file'}: {first['msg']}{more}", where=place, remedy="mend the field"
        ) from error


def _known(kind: str, name: str, known: object, where: str) -> None:
    names = [str(n) for n in known]  # type: ignore[attr-defined]
    if name not in names:
        close = nearest(name, names)
        hint = f"; did you mean {close!r}?" if close else ""
        raise ValueError(f"{where}: unknown {kind} {name!r}{hint}")
