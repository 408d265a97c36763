"""Fills the gaps of the templates: ``<< … >>`` and ``<% … %>``, which Quarto does not use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any


def fill(name: str, filters: Mapping[str, Callable[..., str]], **given: Any) -> str:
    """Return a template with its gaps filled.

    Args:
        name: Its file.
        filters: What a gap may be passed through, by name.
        given: What stands in the gaps; one that is not given is an error.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(filters)
    text = (files("helpers.scaffold") / "templates" / name).read_text(encoding="utf-8")
    return environment.from_string(text).render(**given)
