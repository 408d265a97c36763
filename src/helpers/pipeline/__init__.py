"""Decides what is stale, runs notebooks through papermill, and puts results in place.

``build_study`` is the way in. Nothing heavy is imported until a stage must run.
"""

from helpers.pipeline.build import build_study, render_documents, run_notebooks, status
from helpers.pipeline.events import BuildReport, Event, StageReport, StageStatus
from helpers.pipeline.parameters import parse_parameters

__all__ = [
    "BuildReport",
    "Event",
    "StageReport",
    "StageStatus",
    "build_study",
    "parse_parameters",
    "render_documents",
    "run_notebooks",
    "status",
]
