"""The published JSON Schema is the one that the code makes, and describes every key."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from helpers.claims.json_schema import SECTIONS, claims_schema, claims_schema_text
from helpers.claims.schema import Claims

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "claims.schema.json"


def test_the_published_schema_is_the_one_of_the_code():
    assert PUBLISHED.read_text(encoding="utf-8") == claims_schema_text(), (
        "write it anew: python -m helpers.claims.json_schema > docs/claims.schema.json"
    )


@pytest.mark.parametrize("model", [*SECTIONS, Claims], ids=lambda model: model.__name__)
def test_every_key_is_described(model):
    schema = claims_schema()
    part = schema if model is Claims else schema["$defs"][model.__name__]
    assert part["properties"]
    missing = [name for name, key in part["properties"].items() if not key.get("description")]
    assert missing == []


def validator():
    return jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text(encoding="utf-8")))


TRANSCRIPTS = sorted(
    path for folder in ("data", "tests") for path in (ROOT / folder).rglob("*claims.yml")
)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_committed_transcript_keeps_to_it(path):
    text = path.read_text(encoding="utf-8")
    assert [e.message for e in validator().iter_errors(yaml.safe_load(text))] == []


def test_it_takes_short_spellings_and_refuses_unknown_keys():
    good = {
        "source": "Doe 2025",
        "populations": {"all": 38},
        "claims": [{"text": "…", "kind": "proportion", "event": "ORR", "value": 55.3}],
    }
    assert list(validator().iter_errors(good)) == []
    for bad in ({"colour": "red"}, {"kind": "proportions"}):
        changed = {**good, "claims": [{**good["claims"][0], **bad}]}
        assert list(validator().iter_errors(changed)) != []
