"""The response categories of the International Myeloma Working Group, 2016 criteria.

Source: Kumar et al., Lancet Oncol 2016;17:e328-e346. Both reading and statistics stand on these
names, and neither on the other.
"""

from __future__ import annotations

#: Categories, best first, and not evaluable last.
CATEGORIES = ("sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE")

#: Category to its words in English, lower case.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "sCR": ("stringent complete response", "stringent cr", "stringent complete remission"),
    "CR": ("complete response", "complete remission"),
    "VGPR": ("very good partial response", "very good partial remission"),
    "PR": ("partial response", "partial remission"),
    "MR": ("minimal response", "minor response"),
    "SD": ("stable disease",),
    "PD": ("progressive disease", "progression", "disease progression"),
    "NE": ("not evaluable", "not assessable", "inevaluable"),
}
