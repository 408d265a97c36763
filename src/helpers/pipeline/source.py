"""What stands in a notebook's source; :mod:`helpers.pipeline.cells` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Source:
    """What stands in a notebook's source.

    Attributes:
        cells: Hash of what each code cell does, by its label or number.
        shown: Hash of all that the record shows of it.
        words: What its code names, in full.
        parameters: The names that its parameters cell assigns, in order; None without one.
        used: Those of them that other cells name.
    """

    cells: Mapping[str, str]
    shown: str
    words: tuple[str, ...]
    parameters: tuple[str, ...] | None
    used: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)

    @staticmethod
    def from_dict(kept: Mapping[str, Any]) -> Source:
        """Return the source that :meth:`as_dict` took apart."""
        given = kept["parameters"]
        return Source(
            kept["cells"],
            kept["shown"],
            tuple(kept["words"]),
            None if given is None else tuple(given),
            tuple(kept["used"]),
        )
