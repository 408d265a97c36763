"""docs/claims.md: its example is a transcript, it names every key and kind, its numbers hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from helpers.claims import KINDS, Claims
from helpers.claims.json_schema import SECTIONS
from helpers.claims.loading import read_claims

MANUAL = (Path(__file__).parents[2] / "docs" / "claims.md").read_text(encoding="utf-8")


def example():
    blocks = re.findall(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)
    return read_claims(Claims, next(b for b in blocks if "claims:" in b), where="docs/claims.md")


def test_the_example_is_a_transcript_that_quotes_its_abstract():
    claims = example()
    quoted = re.search(r"(?:^> .*\n)+", MANUAL, re.MULTILINE)
    abstract = " ".join(quoted[0].replace("\n> ", " ").removeprefix("> ").split())
    for claim in claims.claims:
        for words in claim.text.split(" […] "):
            assert words in abstract, claim.id
    assert claims.claims[5].p == "=0.10" and claims.marks == 0
    assert claims.claims[1].event == {"response": ["VGPR", "PR"]}


@pytest.mark.parametrize("model", [*SECTIONS, Claims], ids=lambda model: model.__name__)
def test_every_key_is_in_the_manual(model):
    internal = {"implied"} if model.__name__ == "Attribute" else set()
    keys = set(model.model_fields) - internal
    assert keys
    missing = [key for key in keys if f"`{key}`" not in MANUAL]
    assert missing == []


def test_every_kind_is_in_the_manual():
    assert [kind for kind in KINDS if f"`{kind}`" not in MANUAL] == []
