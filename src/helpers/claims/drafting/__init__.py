"""A grammar of printed figures, which drafts a transcript from the text of an abstract.

Regular expressions in small functions: no model of language, nothing that varies. What it is not
sure of it marks, and what it cannot place it lists.
"""

from helpers.claims.drafting.draft import Draft, draft_claims, read_text

__all__ = ["Draft", "draft_claims", "read_text"]
