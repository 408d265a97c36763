"""One claim of an abstract: its words, its kind, and its figures as printed.

Whether the figures can be true is not asked here: an interval whose ends are exchanged, 41 of 38
patients or 120 % are claims that were printed, and the audit's to judge.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, model_validator

from helpers.claims import figures
from helpers.claims.figures import NOT_REACHED, Figure, Months, PValue, Reach, Whole
from helpers.claims.section import Id, Name, Names, Section, as_list

Kind = Literal[
    "count",
    "proportion",
    "mean",
    "median",
    "range",
    "quartiles",
    "contrast",
    "odds_ratio",
    "hazard_ratio",
    "relative_risk",
    "hazard_direction",
    "survival_median",
    "survival_rate",
    "follow_up",
    "p_value",
    "statement",
]
KINDS: tuple[str, ...] = get_args(Kind)
RATIOS = frozenset({"odds_ratio", "hazard_ratio", "relative_risk"})
COMPARISONS = frozenset({"contrast", "hazard_direction", "p_value"})
SURVIVAL = frozenset({"survival_median", "survival_rate"})
#: Other words for a kind.
SHORT_KINDS = {
    "hr": "hazard_ratio", "or": "odds_ratio", "rr": "relative_risk", "risk_ratio": "relative_risk",
    "percentage": "proportion", "rate": "proportion", "iqr": "quartiles", "p": "p_value",
    "number": "count", "comparison": "contrast", "followup": "follow_up",
    "median_survival": "survival_median",
}  # fmt: skip
_LONELY = {
    "bound": {"range"}, "time": {"survival_rate"}, "count": {"proportion", "survival_rate"},
    "sd": {"mean", "median"}, "adjusted": RATIOS | COMPARISONS,
    "model": RATIOS | COMPARISONS, "groups": RATIOS | COMPARISONS,
}  # fmt: skip
_FIGURES = ("low", "high", "minimum", "maximum", "q1", "q3")

_NEEDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "count": (lambda c: c.value is not None, "`value`, the number of patients"),
    "proportion": (
        lambda c: bool(c.event) and (c.value is not None or None not in (c.count, c.of)),
        "`event`, what the patients have, and `value` (or `count` and `of`)",
    ),
    "quartiles": (lambda c: None not in (c.q1, c.q3), "`q1` and `q3`"),
    "range": (
        lambda c: (
            (c.value is not None and c.bound is not None) or None not in (c.minimum, c.maximum)
        ),
        "`minimum` and `maximum` (or one `value` and which `bound` it is)",
    ),
    "contrast": (
        lambda c: (c.p or c.direction) and len(c.groups) > 1 and (c.event or c.outcome),
        "two `groups` (or more), `event` or `outcome`, and `p` or `direction`",
    ),
    "p_value": (lambda c: c.p or c.direction, "`p` or `direction`"),
    "hazard_direction": (
        lambda c: len(c.groups) > 1 and c.direction in ("higher", "lower"),
        "two `groups` and `direction`, higher or lower",
    ),
    "survival_rate": (
        lambda c: None not in (c.value, c.time),
        "`value`, and `time` in months",
    ),
    **dict.fromkeys(
        ("mean", "median", "survival_median", "follow_up"),
        (lambda c: c.value is not None, "`value`"),
    ),
    **dict.fromkeys(RATIOS, (lambda c: bool(c.value or c.p or c.direction), "`value`")),
}


def _kind(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    word = value.strip().lower().replace(" ", "_").replace("-", "_")
    return SHORT_KINDS.get(word, word)


class LedgerLink(Section):
    """The row of a study's ledger, and its field, that regenerates a claim.

    Attributes:
        key: Key of the row.
        field: Which of its figures.
    """

    key: str
    field: Literal["pct", "value", "n", "of", "p", "low", "high"]


class Claim(Section):
    """One claim, as printed.

    Attributes:
        id: A word for reports and messages; claim_1, claim_2 … where it is left out.
        text: The exact words it was printed in.
        kind: What sort of claim.
        population: Key of the population; the first of them where it is left out.
        population_assumed: It was left out though the transcript has several; the audit then
            prefers the one that the figure fits.
        group: Attribute to the level that the group has; left out: the whole population.
        groups: For comparisons: attribute to level, of two groups or more, in printed order; for
            a ratio the reference comes last.
        event: What is counted: attribute to the level or levels, or a word such as ORR or death.
        outcome: What is measured: a variable (median, mean, range), an endpoint such as pfs.
        bound: For a range with one `value`: which end it is.
        time: For a survival rate: months from time zero, or with a unit ("2 years").
        value: The figure as printed, a percentage without its sign.
        count: For a proportion: the numerator, where it was printed.
        of: The denominator, where it was printed.
        low: Lower end of the confidence interval, as printed.
        high: Upper end of it.
        level: Its confidence level in percent.
        minimum: Smallest value.
        maximum: Largest value.
        q1: First quartile.
        q3: Third quartile.
        sd: Standard deviation.
        p: The p-value or inequality as printed: "<0.05", "0.03".
        implied: The inequality was not printed beside the figures, its sentence says it.
        test: The test, where the abstract names it for this claim.
        direction: What the words say of the first group against the others.
        difference: The difference as printed, where one is.
        adjusted: The ratio or p-value comes from a model with several factors.
        model: Key of that model under `models`.
        unit: Unit of the value.
        ledger: The ledger row that regenerates it; None where there is none.
        uncertain: What a person has to look at; drafts hold such marks.
        note: A remark on how the words were read.
    """

    id: Id
    text: str
    kind: Annotated[Kind, BeforeValidator(_kind, json_schema_input_type=Kind)]
    population: Name
    population_assumed: bool = False
    group: dict[Name, Name] = {}
    groups: list[dict[Name, Name]] = []
    event: dict[Name, Names] = {}
    outcome: Name | None = None
    bound: Literal["minimum", "maximum"] | None = None
    time: Months | None = None
    value: Reach | None = None
    count: Whole | None = None
    of: Whole | None = None
    low: Reach | None = None
    high: Reach | None = None
    level: Figure = "95"
    minimum: Figure | None = None
    maximum: Figure | None = None
    q1: Figure | None = None
    q3: Figure | None = None
    sd: Figure | None = None
    p: PValue | None = None
    implied: bool = False
    test: str | None = None
    direction: Literal["higher", "lower", "no difference", "different"] | None = None
    difference: Figure | None = None
    adjusted: bool = False
    model: Name | None = None
    unit: str | None = None
    ledger: LedgerLink | None = None
    uncertain: Annotated[
        list[str], BeforeValidator(as_list, json_schema_input_type=str | list[str])
    ] = []
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _units_apart(cls, data: Any) -> Any:
        """Take the unit that stands behind a figure away from it."""
        if not isinstance(data, dict):
            return data
        data = dict(data)
        for field in ("value", *_FIGURES):
            number, unit = figures.split_unit(data.get(field))
            if unit is not None:
                data[field] = number
                data.setdefault("unit", unit)
        return data

    @model_validator(mode="after")
    def _complete(self) -> Claim:
        for check in (_needed, _misplaced, _shapes):
            problem = check(self)
            if problem:
                raise ValueError(problem)
        return self

    @property
    def digits(self) -> int:
        """Digits behind the point of the printed figure."""
        return figures.digits(self.value)

    @property
    def exact(self) -> Fraction | None:
        """The printed figure; None where there is none, or it is "not reached"."""
        return figures.exact(self.value)

    @property
    def not_reached(self) -> bool:
        """Whether the figure was printed as not reached."""
        return self.value == NOT_REACHED

    @property
    def p_sign(self) -> str | None:
        """The sign of the p-value: "<", ">" or "="; None where none was printed."""
        return self.p[0] if self.p else None

    @property
    def p_number(self) -> Fraction | None:
        """The number of the p-value; None where none was printed."""
        return Fraction(self.p[1:]) if self.p else None

    @property
    def in_months(self) -> Fraction | None:
        """The printed time in months, without a unit taken as months; None where there is none."""
        factor = figures.month_factor(self.unit or "months")
        return None if self.exact is None or factor is None else self.exact * factor

    def mentioned(self) -> set[str]:
        """Return the attributes that the claim mentions, its population's left out."""
        names = set(self.group) | set(self.event)
        return names.union(*(set(group) for group in self.groups))


def _needed(claim: Claim) -> str:
    needs = _NEEDS.get(claim.kind)
    return f"a {claim.kind} needs {needs[1]}" if needs and not needs[0](claim) else ""


def _misplaced(claim: Claim) -> str:
    for field, kinds in _LONELY.items():
        if getattr(claim, field) and claim.kind not in kinds:
            return f"`{field}` does not belong to a {claim.kind}"
    return ""


def _shapes(claim: Claim) -> str:
    if claim.groups and len(claim.groups) < 2:
        return "`groups` are two or more: attribute and level of each"
    if claim.groups and len({tuple(sorted(group.items())) for group in claim.groups}) == 1:
        return "the `groups` are the same"
    if claim.not_reached and claim.kind != "survival_median":
        return "only a survival_median can be not reached; `value` must be a number as printed"
    if claim.kind == "count" and claim.value is not None and "." in claim.value:
        return "the `value` of a count is a whole number"
    return ""
