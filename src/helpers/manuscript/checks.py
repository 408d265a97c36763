"""Finds in the sources what Quarto would get wrong without an error, and what is no subset.

Every check yields findings with file and line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from helpers.manuscript.document import Document, bibliography_keys
from helpers.manuscript.findings import Finding
from helpers.manuscript.floatchecks import check_embeds, check_labels, check_references
from helpers.manuscript.frontchecks import (
    LONGEST_KEY_POINT,
    MOST_KEY_POINTS,
    check_authors,
    check_front_matter,
    check_key_points,
    check_notices,
)
from helpers.manuscript.sources import Source
from helpers.manuscript.subsetchecks import check_attributes, check_code, check_pictures
from helpers.manuscript.valuechecks import (
    check_front_shortcodes,
    check_headings,
    check_shortcode_places,
    check_values,
)

__all__ = [
    "CHECKS",
    "LONGEST_KEY_POINT",
    "MOST_KEY_POINTS",
    "Document",
    "bibliography_keys",
    "check_source",
    "documents_of",
]

CHECKS: tuple[Callable[[Document], Iterator[Finding]], ...] = (
    check_front_matter,
    check_values,
    check_shortcode_places,
    check_front_shortcodes,
    check_headings,
    check_embeds,
    check_labels,
    check_references,
    check_code,
    check_attributes,
    check_pictures,
    check_authors,
    check_key_points,
    check_notices,
)


def check_source(source: Source) -> tuple[Finding, ...]:
    """Return every finding of one document, in the order of the checks."""
    document = Document(source)
    return tuple(finding for check in CHECKS for finding in check(document))


def documents_of(root: Path, study_id: str) -> tuple[str, ...]:
    """Return the documents that a study has, in the order abstract, paper."""
    folder = root / "manuscripts" / study_id
    return tuple(name for name in ("abstract", "paper") if (folder / f"{name}.qmd").is_file())
