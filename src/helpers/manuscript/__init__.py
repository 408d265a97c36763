"""Renders a study's abstract and paper from Quarto sources, with Quarto or without it.

``check_sources`` finds in the sources what a rendering engine would get wrong without an error;
``render_study`` refuses to render while it finds anything, renders into a temporary folder, and
moves the documents into place only when all of them are good. Out of scope: computing numbers,
executing notebooks, and every construct that docs/rendering.md does not list.
"""

from helpers.manuscript.findings import Finding
from helpers.manuscript.rendering import Rendered, check_sources, render_study

__all__ = ["Finding", "Rendered", "check_sources", "render_study"]
