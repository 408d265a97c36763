"""Parameters of notebooks: which there are, and which of them a build was given.

A parameter that no notebook knows is an error here; papermill would only warn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from helpers.errors import ManuscriptError, unknown_name


def parse_parameters(given: Iterable[str]) -> dict[str, Any]:
    """Return ``name=value`` words as a mapping; values are read as YAML, dates kept as text.

    Raises:
        ManuscriptError: A word has no ``=``, or its value is not YAML.
    """
    words = tuple(given)
    if not words:
        return {}
    import yaml

    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ManuscriptError(
                f"{word!r} is not a parameter", where="-p", remedy="write -p name=value"
            )
        try:
            found[name.strip()] = _plain(yaml.safe_load(value))
        except yaml.YAMLError:
            raise ManuscriptError(
                f"the value of the parameter {name!r} is not YAML",
                where="-p",
                remedy="quote it, for example -p 'timepoints=[6, 12]'",
            ) from None
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def known_parameters(notebook: Path) -> tuple[str, ...]:
    """Return the names that a notebook's cell tagged ``parameters`` assigns, in order.

    Raises:
        ManuscriptError: The file is no notebook, or has no such cell.
    """
    from helpers.pipeline.cells import read_source

    return required(notebook, read_source(notebook).parameters)


def required(notebook: Path, parameters: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the parameters of a notebook, which must have a cell for them.

    Raises:
        ManuscriptError: The notebook has no such cell.
    """
    if parameters is None:
        raise ManuscriptError(
            "the notebook has no cell tagged `parameters`",
            where=notebook.name,
            remedy='tag the cell that sets `study = "…"`',
        )
    return parameters


def shared_out(
    known: Mapping[str, tuple[str, ...]], study: str, parameters: Mapping[str, object]
) -> dict[str, dict[str, object]]:
    """Return, per notebook, those of the given parameters that it has, and its study.

    Args:
        known: The parameters of each notebook.
        study: The study's id.
        parameters: The parameters, as given.

    Raises:
        ManuscriptError: No notebook knows one of them, or ``study`` is among them.
    """
    everywhere = {name for names in known.values() for name in names}
    for name in parameters:
        if name == "study":
            raise ManuscriptError(
                "the study is not given as a parameter",
                where="-p study",
                remedy="name it after the command",
            )
        if name not in everywhere:
            raise unknown_name("parameter", name, everywhere - {"study"}, where="notebooks/")
    return {
        stem: {"study": study, **{name: parameters[name] for name in names if name in parameters}}
        for stem, names in known.items()
    }
