"""The JSON Schema of ``claims.yml``, for editors that check and complete while one writes.

``python -m helpers.claims.json_schema`` prints it; docs/claims.schema.json is that output.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import BaseModel

from helpers.claims.claim import KINDS, SHORT_KINDS, Claim, LedgerLink
from helpers.claims.schema import (
    Attribute,
    ClaimPopulation,
    Claims,
    Model,
    Recognise,
    Source,
    Tests,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SECTIONS: tuple[type[BaseModel], ...] = (
    Source, ClaimPopulation, Recognise, Attribute, Tests, Model, Claim, LedgerLink,
)  # fmt: skip
_ENTRY = re.compile(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", re.MULTILINE)


def claims_schema() -> dict[str, Any]:
    """Return the JSON Schema of a transcript: what a file may hold before it is unfolded."""
    schema = Claims.model_json_schema()
    for model in SECTIONS:
        _describe(schema["$defs"][model.__name__], model)
    _describe(schema, Claims)
    schema["required"] = ["source", "claims"]
    del schema["$defs"]["Attribute"]["properties"]["implied"]
    claim = schema["$defs"]["Claim"]
    claim["required"] = ["text", "kind"]
    _or_short(claim["properties"]["event"], {"type": "string"})
    _or_short(claim["properties"]["kind"], {"enum": _other_kinds()})
    _or_short(
        schema["properties"]["populations"]["additionalProperties"], {"type": ["integer", "null"]}
    )
    return {"$schema": DIALECT, "title": "Transcript of an abstract (claims.yml)"} | schema


def claims_schema_text() -> str:
    """Return the JSON Schema as it stands in docs/claims.schema.json."""
    return json.dumps(claims_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def attribute_descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return the descriptions that a section's docstring gives its keys."""
    found = _ENTRY.findall(model.__doc__ or "")
    return {name: " ".join(words.split()) for name, words in found}


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    described = attribute_descriptions(model)
    schema["description"] = (model.__doc__ or "").partition("\n")[0]
    for name, key in schema["properties"].items():
        if name in described:
            key["description"] = described[name]


def _other_kinds() -> list[str]:
    """Return the short and the spaced spellings of the kinds: HR, IQR, hazard ratio."""
    capitals = {word.upper() for word in SHORT_KINDS if len(word) <= len("iqr")}
    spaced = {word.replace("_", " ") for word in (*KINDS, *SHORT_KINDS)}
    return sorted((capitals | spaced | set(SHORT_KINDS)) - set(KINDS))


def _or_short(schema: dict[str, Any], short: dict[str, Any]) -> None:
    """Let a value be written in its short spelling too."""
    kept = {key: schema.pop(key) for key in list(schema) if key not in {"description", "title"}}
    default = kept.pop("default", None)
    schema["anyOf"] = [kept, short]
    if default is not None:
        schema["default"] = default


if __name__ == "__main__":
    print(claims_schema_text(), end="")
