"""A transcript with what a reconstruction chose: ``claims.yml`` with its section ``chosen``.

Beside the schema of every transcript (:mod:`helpers.claims`), attributes have to be declared with
how their levels are recognised, so that patients can be drawn by them.
Out of scope: whether the claims can be true (:mod:`helpers.reconstruction.program`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import model_validator

from helpers.claims.loading import load_as
from helpers.claims.names import Place, PlacedError, known_name
from helpers.claims.schema import Claims
from helpers.reconstruction.chosen import Chosen


class Transcript(Claims):
    """A ``claims.yml`` from which patients can be drawn.

    Attributes:
        chosen: Everything that the abstract does not say; None for a transcript that is only to
            be solved.
    """

    chosen: Chosen | None = None

    @model_validator(mode="after")
    def _can_be_drawn(self) -> Transcript:
        problems = [*self._undeclared(), *self._unrecognised(), *self._unknown_in_chosen()]
        if problems:
            raise PlacedError(problems)
        return self

    def _undeclared(self) -> Iterator[tuple[Place, str]]:
        for i, claim in enumerate(self.claims):
            for name in sorted(claim.mentioned()):
                for words in known_name("attribute", name, self.attributes):
                    yield ("claims", i), f"[{claim.id}] {words}"
        for key, population in self.populations.items():
            for name in population.where:
                for words in known_name("attribute", name, self.attributes):
                    yield ("populations", key, "where"), words

    def _unrecognised(self) -> Iterator[tuple[Place, str]]:
        for name, attribute in self.attributes.items():
            for level, how in attribute.levels.items():
                if not how.said:
                    yield (
                        ("attributes", name, "levels", level),
                        "give either `is_in`, or `at_least` and/or `less_than`",
                    )

    def _unknown_in_chosen(self) -> Iterator[tuple[Place, str]]:
        if self.chosen is None:
            return
        wanted = [("counts", levels) for c in self.chosen.counts for levels in (c.group, c.event)]
        wanted += [
            (f"shares.{name}", {name: list(share.value)})
            for name, share in self.chosen.shares.items()
        ]
        for place, levels in (*wanted, *self.chosen.levels_named()):
            for name, named in levels.items():
                path = ("chosen", *place.split("."))
                yield from ((path, w) for w in known_name("attribute", name, self.attributes))
                known = self.attributes[name].all_levels if name in self.attributes else named
                for level in named:
                    found = known_name(f"level of {name}", level, known)
                    yield from ((path, words) for words in found)


def load_transcript(path: Path, *, where: str = "") -> Transcript:
    """Read and check a ``claims.yml`` that belongs to a study.

    Args:
        path: The file.
        where: How the file is called in error messages; its name by default.

    Raises:
        ManuscriptError: The file is missing, is no YAML, or breaks the schema: all that is wrong,
            each with line, key and the nearest known name.
    """
    return load_as(Transcript, path, where=where)
