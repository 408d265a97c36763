"""Time-to-event endpoints and what is compared of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from helpers.study.schema.section import Key, Section


class Endpoint(Section):
    """A time-to-event endpoint.

    Attributes:
        label: "Progression-free survival".
        short: "PFS".
        start: Date or day variable of time zero.
        events: Date or day variables; the earliest known one is the event.
        censor: Date or day variable of last contact, for patients without an event.
        responders_only: Restrict to responders (duration of response).
        start_words: Time zero in words, for the Methods.
        event_words: The event in words.
        censor_words: The censoring rule in words.
        kind: Which role the endpoint has in coherence checks.
    """

    label: str
    short: str
    kind: Literal["pfs", "os", "dor", "ttnt", "other"]
    start: str
    events: list[str]
    censor: str
    responders_only: bool = False
    start_words: str
    event_words: str
    censor_words: str


class Comparison(Section):
    """A grouping of patients that is compared.

    Attributes:
        variable: Variable or derived variable.
        naive: Also show the comparison from time zero although the grouping is known only
            later, labelled as naive (because a published abstract made it).
        since: Date or day variable from which a patient belongs to the second level of a
            grouping of two, known only on treatment. Then nobody is grouped by the future:
            landmark groups are those of the landmark's day, and a time-dependent Cox model, the
            Mantel–Byar test and Simon–Makuch curves take the place of a split from time zero.
    """

    variable: str
    naive: bool = False
    since: str | None = None


class CompetingRisks(Section):
    """An endpoint's events taken apart: one of interest, and those that preclude it.

    Attributes:
        endpoint: The endpoint whose start, events and censoring are used.
        event: The one of its events that is of interest; where another falls on the same day,
            this one counts.
        event_label: "Progression".
        competing_label: The other events in words ("Death without progression").
        by: Grouping known at time zero that is compared by Gray's test; none: no comparison.
    """

    endpoint: Key
    event: str
    event_label: str
    competing_label: str
    by: str | None = None


class SurvivalPlan(Section):
    """What the survival notebook compares, declared in advance.

    Attributes:
        curves: Groupings that get a curve and a log-rank test.
        univariable: Factors of the univariable Cox models.
        multivariable: Factors of the multivariable model.
        strata: Categories known at time zero that stratify the multivariable model: each of
            their combinations has a baseline hazard of its own and no hazard ratio.
        clusters: Category whose levels are clusters of patients, such as the center: intervals
            and p-values of the multivariable model are then from a robust variance.
        endpoint: The endpoint of the Cox models.
        imputations: Data sets in which the multivariable model's missing factor values are
            imputed, as a sensitivity analysis; 0 leaves it out, 1 is not enough to pool. It
            heeds neither strata nor clusters, and is refused beside them.
        competing: Cumulative incidence where events compete; None leaves it out.
    """

    endpoint: Key
    curves: list[Comparison] = []
    univariable: list[str] = []
    multivariable: list[str] = []
    strata: list[str] = []
    clusters: str | None = None
    imputations: int = Field(default=0, ge=0)
    competing: CompetingRisks | None = None

    @field_validator("imputations")
    @classmethod
    def _enough_to_pool(cls, value: int) -> int:
        if value == 1:
            raise ValueError("one imputed data set cannot be pooled: 0 for none, or at least 2")
        return value

    @model_validator(mode="after")
    def _one_model_with_groups(self) -> SurvivalPlan:
        if not (self.strata or self.clusters):
            return self
        if not self.multivariable:
            raise ValueError("`strata` and `clusters` are of the multivariable model: name factors")
        if self.imputations:
            raise ValueError("`imputations` heed neither `strata` nor `clusters`: leave one out")
        if set(self.strata) & set(self.multivariable):
            raise ValueError("a variable of `strata` cannot be a factor as well")
        return self
