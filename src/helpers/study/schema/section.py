"""What every section of ``study.yml`` shares: its base and the types of its keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


KnownAt = Literal["baseline", "on-treatment"]


Kind = Literal["number", "category", "date", "text"]


PositiveMonths = Annotated[float, Field(gt=0, allow_inf_nan=False)]


# A single time may stand without brackets, as a notebook parameter often does.
Months = Annotated[
    list[PositiveMonths], BeforeValidator(lambda x: [x] if isinstance(x, int | float) else x)
]


YES_NO = {"no": "No", "yes": "Yes"}


class Section(BaseModel):
    """Base of every section: an unknown key is an error, and nothing changes after loading.

    A number where words are expected (``codes: {i: [1]}``) is taken as its digits.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)
