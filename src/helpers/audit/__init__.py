"""The audit: can this abstract be true? (``manuscript audit STUDY`` or ``FILE.yml``).

Takes the transcript of an abstract (:mod:`helpers.claims`) and says of every claim whether any
set of patients could have produced it: alone, together with all others, under the usual tests,
and by its design. Out of scope: whether a study was done well beyond what its abstract shows.
"""

from helpers.audit.audit import Audit, audit
from helpers.audit.document import as_document, as_json, write_document
from helpers.audit.verdict import VERDICTS, Finding, Judged, Verdict

__all__ = [
    "VERDICTS",
    "Audit",
    "Finding",
    "Judged",
    "Verdict",
    "as_document",
    "as_json",
    "audit",
    "write_document",
]
