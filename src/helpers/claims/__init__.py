"""The transcript of a published abstract, ``claims.yml``: schema, loading, drafting from text.

Whether the claims can be true is the audit's question; a registry that explains them is the
reconstruction's.
"""

from helpers.claims.claim import KINDS, RATIOS, SURVIVAL, Claim, Kind, LedgerLink
from helpers.claims.figures import NOT_REACHED, digits, exact, half_unit
from helpers.claims.loading import load_claims
from helpers.claims.schema import (
    OTHER,
    UNKNOWN,
    Attribute,
    ClaimPopulation,
    Claims,
    Model,
    Recognise,
    Source,
    Tests,
)

__all__ = [
    "KINDS",
    "NOT_REACHED",
    "OTHER",
    "RATIOS",
    "SURVIVAL",
    "UNKNOWN",
    "Attribute",
    "Claim",
    "ClaimPopulation",
    "Claims",
    "Kind",
    "LedgerLink",
    "Model",
    "Recognise",
    "Source",
    "Tests",
    "digits",
    "exact",
    "half_unit",
    "load_claims",
]
