"""Fifteen written abstracts: clean ones are possible, and what is planted in them is found."""

import pytest
import yaml
from written_abstracts import PLANTED, WRITTEN, text_of, transcript_of

from helpers.audit import audit
from helpers.claims import Claims
from helpers.claims.drafting import draft_claims
from helpers.claims.loading import read_claims


def impossible(found):
    return {one.claim: one.evidence for one in found.claims if one.verdict == "impossible"}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_clean_abstract_is_possible(name):
    found = audit(read_claims(Claims, transcript_of(name), where=name))
    assert impossible(found) == {} and found.blamed == ()


@pytest.mark.parametrize("name", WRITTEN)
def test_its_draft_is_possible_unfinished(name):
    assert impossible(audit(draft_claims(text_of(name)).claims)) == {}


def changed(name, claim_id, key, how):
    """Return the transcript of an abstract with one figure changed."""
    raw = yaml.load(transcript_of(name), Loader=yaml.BaseLoader)
    claim = next(c for c in raw["claims"] if c["id"] == claim_id)
    before = str(claim.get(key, "0")).removesuffix("%").split()[0]
    claim[key] = str(how(float(before) if before.replace(".", "").isdigit() else 0.0))
    return read_claims(Claims, yaml.safe_dump(raw, allow_unicode=True), where=name)


@pytest.mark.parametrize(
    ("name", "claim", "key", "how"), PLANTED, ids=[f"{n}-{c}-{k}" for n, c, k, _ in PLANTED]
)
def test_what_is_planted_is_found_and_blamed(name, claim, key, how):
    found = audit(changed(name, claim, key, how))
    assert not found.possible
    blamed = [o for o in found.claims if o.verdict == "impossible"]
    assert any(claim == one.claim or claim in one.conflict for one in blamed)
