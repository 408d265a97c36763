"""What every section of a transcript is made of: strict keys, names, and short spellings."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

LONGEST_NAME = 120


class Section(BaseModel):
    """Base of every section: an unknown key is an error, and nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=False,
    )


def written(value: Any) -> Any:
    """Return a scalar as it was written: a number in YAML keeps its digits as text."""
    printed = getattr(value, "printed", None)
    if printed is not None:
        return printed
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def as_list(value: Any) -> Any:
    """Return one name as a list of one; lists as they are."""
    return value if isinstance(value, list | tuple) or value is None else [value]


#: A name of a population, attribute, level, outcome or event: any words on one line.
Name = Annotated[
    str,
    BeforeValidator(written, json_schema_input_type=str | int),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME),
    Field(pattern=r"^[^\n]+$"),
]
#: One name, or a list of names.
Names = Annotated[
    list[Name],
    BeforeValidator(as_list, json_schema_input_type=Name | list[Name]),
    Field(min_length=1),
]
#: The id of a claim, a word for reports and messages.
Id = Annotated[
    str,
    BeforeValidator(written, json_schema_input_type=str | int),
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$"),
]
