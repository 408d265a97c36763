"""Time-to-event endpoints and what is compared of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

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
    """

    variable: str
    naive: bool = False


class SurvivalPlan(Section):
    """What the survival notebook compares, declared in advance.

    Attributes:
        curves: Groupings that get a curve and a log-rank test.
        univariable: Factors of the univariable Cox models.
        multivariable: Factors of the multivariable model.
        endpoint: The endpoint of the Cox models.
        imputations: Data sets in which the multivariable model's missing factor values are
            imputed, as a sensitivity analysis; 0 leaves it out, 1 is not enough to pool.
    """

    endpoint: Key
    curves: list[Comparison] = []
    univariable: list[str] = []
    multivariable: list[str] = []
    imputations: int = Field(default=0, ge=0)

    @field_validator("imputations")
    @classmethod
    def _enough_to_pool(cls, value: int) -> int:
        if value == 1:
            raise ValueError("one imputed data set cannot be pooled: 0 for none, or at least 2")
        return value
