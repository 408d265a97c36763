"""``audit.json``: what the audit found, for programs (docs/audit.md describes every key)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from helpers.audit.audit import Audit
from helpers.audit.sizes import SizeFit
from helpers.audit.verdict import Judged

VERSION = 1


def as_document(audit: Audit) -> dict[str, Any]:
    """Return the audit as the content of ``audit.json``."""
    together = audit.together
    return {
        "version": VERSION,
        "citation": audit.citation,
        "summary": audit.summary,
        "possible": audit.possible,
        "totals": {"claims": len(audit.claims), **audit.totals},
        "claims": [_claim(one) for one in audit.claims],
        "blamed_sizes": list(audit.blamed),
        "together": {
            "satisfiable": together.satisfiable,
            "counted": list(together.counted),
            "conflicts": [list(c) for c in together.conflicts],
            "smallest_sets": [list(s) for s in together.smallest],
            "smallest_sets_with_a_size": [list(s) for s in together.with_sizes],
            "smallest_sets_complete": together.complete,
            "cut_off": list(together.truncated),
        },
        "sizes": [_size(fit) for fit in audit.sizes],
        "multiplicity": [
            {
                "claim": one.claim,
                "fisher": round(one.fisher, 6),
                "holm": round(one.holm, 6),
                "benjamini_hochberg": round(one.benjamini_hochberg, 6),
            }
            for one in audit.multiplicity
        ],
    }


def write_document(audit: Audit, path: Path) -> None:
    """Write ``audit.json``; the same audit gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_json(audit), encoding="utf-8")


def as_json(audit: Audit) -> str:
    """Return the text of ``audit.json``."""
    return json.dumps(as_document(audit), ensure_ascii=False, indent=1) + "\n"


def _claim(one: Judged) -> dict[str, Any]:
    return {
        "id": one.claim,
        "text": one.text,
        "figure": one.figure,
        "verdict": one.verdict,
        "evidence": one.evidence,
        "arithmetic": one.arithmetic,
        "problem": one.problem or None,
        "conflict": list(one.conflict),
        "remarks": list(one.remarks),
    }


def _size(fit: SizeFit) -> dict[str, Any]:
    return {
        "population": fit.population,
        "printed": fit.printed,
        "chosen": fit.chosen,
        "claims_that_must_give_way": fit.printed_give_way,
        "best": fit.best,
        "claims_that_must_give_way_at_best": fit.give_way,
        "no_count_fits": {str(n): list(failing) for n, failing in fit.near},
    }
