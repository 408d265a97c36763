"""Reading a transcript: digits as written, every problem with line, key and remedy."""

from __future__ import annotations

import pytest

from helpers.claims import load_claims
from helpers.errors import ManuscriptError

GOOD = """\
source: Doe 2025
populations:
  all: 38
claims:
  - text: ORR was 40.0%
    kind: proportion
    event: ORR
    value: 40.0
    group: {del17p: no, ECOG: 2}
"""


@pytest.fixture
def loaded(tmp_path):
    def load(text):
        path = tmp_path / "x.yml"
        path.write_text(text, encoding="utf-8")
        return load_claims(path)

    return load


def test_numbers_keep_their_digits_and_words_stay_words(loaded):
    claim = loaded(GOOD).claims[0]
    assert claim.value == "40.0" and claim.group == {"del17p": "no", "ECOG": "2"}


def test_json_is_read_too(loaded):
    claims = loaded('{"source": "x", "claims": [{"text": "a", "kind": "statement"}]}')
    assert claims.claims[0].kind == "statement"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("value: 40.0", "valeu: 40.0", 8, "did you mean 'value'"),
        ("value: 40.0", "value: forty", 8, "claims[1].value: must be a number as printed"),
        ("kind: proportion", "kind: proportions", 6, "did you mean 'proportion'"),
        ("  - text: ORR was 40.0%\n    kind", "  - kind", 5, "claims[1].text: this key is needed"),
        ("all: 38", "all: many", 3, "populations.all.n"),
        ("source: Doe 2025", "sources: Doe 2025", 1, "did you mean 'source'"),
        ("{del17p: no, ECOG: 2}", "[high]", 9, "must be keys with values"),
        ("event: ORR", "event: ORR\n    population: evaluabel", 8, "unknown population"),
    ],
)
def test_a_problem_has_line_key_and_remedy(loaded, old, new, line, words):
    assert old in GOOD
    with pytest.raises(ManuscriptError) as caught:
        loaded(GOOD.replace(old, new))
    assert caught.value.where.startswith("x.yml:")
    assert words in caught.value.what
    assert caught.value.where == f"x.yml:{line}" or f"line {line}:" in caught.value.what
    assert "docs/claims.md" in caught.value.remedy


def test_all_problems_are_listed_at_once(loaded):
    text = GOOD.replace("value:", "valeu:").replace("all: 38", "all: many")
    with pytest.raises(ManuscriptError, match=r"in [23] places:\n  line 3: .*\n  line"):
        loaded(text)


def test_a_claim_is_called_by_its_id(loaded):
    with pytest.raises(ManuscriptError, match=r"claims\[orr\]\.value"):
        loaded(GOOD.replace("- text", "- id: orr\n    text").replace("40.0\n", "forty\n"))


@pytest.mark.parametrize("bad", ["p: >0.05", "text: ORR: 40%", "unit: %"])
def test_words_that_yaml_cannot_read_are_put_in_quotes(loaded, bad):
    with pytest.raises(ManuscriptError) as caught:
        loaded(GOOD.replace("event: ORR", bad))
    assert "not valid YAML" in caught.value.what and "in quotes" in caught.value.remedy
    assert ":" in caught.value.where


def test_a_key_given_twice_is_an_error(loaded):
    with pytest.raises(ManuscriptError, match="'value' is given twice"):
        loaded(GOOD + "    value: 41.0\n")


def test_a_missing_file_says_how_to_begin(tmp_path):
    with pytest.raises(ManuscriptError) as caught:
        load_claims(tmp_path / "no.yml")
    assert "--from-text" in caught.value.remedy
    (tmp_path / "latin.yml").write_bytes("source: Köln".encode("latin-1"))
    with pytest.raises(ManuscriptError, match="not UTF-8"):
        load_claims(tmp_path / "latin.yml")
    with pytest.raises(ManuscriptError, match="cannot be read"):
        load_claims(tmp_path)
