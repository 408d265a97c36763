"""What the audit says of the fifteen written abstracts, clean and with contradictions planted.

``python tests/audit/planted_measure.py`` prints the rows of docs/audit.md; the tests ask the same
of one abstract and one contradiction at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import yaml
from written_abstracts import PLANTED, WRITTEN, text_of, transcript_of

from helpers.audit import Audit, audit
from helpers.claims import Claims
from helpers.claims.drafting import draft_claims
from helpers.claims.loading import read_claims


def clean(name: str) -> Audit:
    """Audit the transcript of an abstract."""
    return audit(read_claims(Claims, transcript_of(name), where=name))


def drafted(name: str) -> Audit:
    """Audit what is drafted from the text of an abstract, unfinished."""
    return audit(draft_claims(text_of(name)).claims)


def planted(name: str, claim_id: str, key: str, how: Callable[[float], object]) -> Audit:
    """Audit the transcript of an abstract with one figure changed."""
    raw = yaml.load(transcript_of(name), Loader=yaml.BaseLoader)
    claim = next(c for c in raw["claims"] if c["id"] == claim_id)
    before = str(claim.get(key, "0")).removesuffix("%").split()[0]
    claim[key] = str(how(float(before) if before.replace(".", "").isdigit() else 0.0))
    return audit(read_claims(Claims, yaml.safe_dump(raw, allow_unicode=True), where=name))


def impossible(found: Audit) -> dict[str, str]:
    """Return the claims called impossible, with the evidence."""
    return {one.claim: one.evidence for one in found.claims if one.verdict == "impossible"}


def blames(found: Audit, claim: str) -> bool:
    """Whether a claim is impossible, or part of a contradiction of which some claim is."""
    blamed = [one for one in found.claims if one.verdict == "impossible"]
    return any(claim == one.claim or claim in one.conflict for one in blamed)


def main() -> None:
    """Print what was found, and what was not."""
    alarms = [sum(bool(impossible(say(n))) for n in WRITTEN) for say in (clean, drafted)]
    missed = [(n, c, k) for n, c, k, how in PLANTED if not blames(planted(n, c, k, how), c)]
    total, n = len(PLANTED), len(WRITTEN)
    print(
        f"| {n} abstracts written for the tests, clean: impossible verdicts, transcribed and "
        f"drafted | {alarms[0]} of {n}, {alarms[1]} of {n} |"
    )
    print(
        "| contradictions planted in these, found and blamed on a set that holds them "
        f"| {total - len(missed)} of {total} |"
    )
    for name, claim, key in missed:
        print(f"missed: {name}, {claim}.{key}")


if __name__ == "__main__":
    main()
