"""Builds a study, serves its documents to this machine alone, and rebuilds on every save.

``preview_study`` is the way in. Building happens in a process of its own, so that a save in
``src/helpers`` takes effect too and a crash there leaves the last good page standing.
"""

from helpers.preview.session import preview_study

__all__ = ["preview_study"]
