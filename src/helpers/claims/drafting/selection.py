"""Rule for words without a figure that the design of a study turns on."""

from __future__ import annotations

import re

from helpers.claims.drafting.grammar import Figure
from helpers.claims.drafting.reading import Reading
from helpers.claims.drafting.text import Sentence

_DESIGN = (
    ("selection", re.compile(
        r"\b(?:who|that|patients)\s+(?:had\s+)?(?:received|completed|underwent|survived|remained)\s+"
        r"(?:(?:a )?(?:minimum|at least|more than|≥|>)\s*(?:of\s+)?[\w¤.]+)\s+"
        r"(?:full\s+)?(?:cycles?|months?|doses?|courses?|weeks?|years?)", re.I)),
    ("causal", re.compile(
        r"\b(?:improves?|prolongs?|reduces?|leads? to|results? in|caus(?:es|ed)|"
        r"(?:is|was|are|were) (?:effective|superior)|demonstrates?|overcomes?|abrogates?|"
        r"should be (?:considered|used|recommended))\b", re.I)),
    ("no_difference", re.compile(
        r"\b(?:no|not)\s+(?:statistically\s+)?(?:significant(?:ly)?\s+)?(?:differen\w+|affect\w*|"
        r"impact\w*|influence\w*|associat\w+)", re.I)),
)  # fmt: skip


def statements(sentence: Sentence, reading: Reading) -> None:
    """Words on selection, cause and "no difference", entered as statements."""
    entered = any(claim["text"] == sentence.quoted for claim in reading.claims)
    for name, pattern in _DESIGN:
        match = pattern.search(sentence.text)
        if match is None or (entered and name != "selection"):
            continue
        reading.enter(sentence, "statement", Figure(*match.span(), {}), name=name)
