"""Finds the ledger row behind a number that was typed: every printable form, by its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from helpers.manuscript.shortcodes import leaves, lookup, plain
from helpers.review.gates.numerals import Numeral
from helpers.review.gates.passages import Sentence

#: Branches of numbers.yml that hold no results: alternative texts are made of the others.
NO_RESULTS = ("alt",)


#: Forms that say the same as another of their row where both print one text: the last to choose.
_PREFERRED = {"value": -1, "words": 1, "text": 2}


class Printed:
    """The printable forms of a record.

    Args:
        numbers: What stands under ``n`` in numbers.yml.
    """

    def __init__(self, numbers: Mapping[str, Any]) -> None:
        results = {key: branch for key, branch in numbers.items() if key not in NO_RESULTS}
        self.forms: dict[str, list[str]] = {}
        for key in leaves(results):
            form = plain(lookup(results, key))
            if re.search(r"\d", form):
                self.forms.setdefault(form, []).append(key)
        self._longest_first = sorted(self.forms, key=len, reverse=True)

    def behind(self, sentence: Sentence, numeral: Numeral) -> tuple[str, int, list[str]] | None:
        """Return the longest form that holds a numeral, where it ends, and the keys that print it.

        The keys whose words the sentence says come first. None where no row prints it.
        """
        if numeral.in_words:
            form = f"{numeral.value:.0f}" if numeral.value is not None else ""
            keys = self.forms.get(form)
            return (form, numeral.end, _closest(keys, sentence)) if keys else None
        text = sentence.text
        for form in self._longest_first:
            for start in _places(form, text):
                if start <= numeral.start and numeral.end <= start + len(form):
                    return form, start + len(form), _closest(self.forms[form], sentence)
        return None


def _places(form: str, text: str) -> Iterator[int]:
    """Yield where a form stands by itself, not within a longer number."""
    start = text.find(form)
    while start >= 0:
        before, behind = text[max(start - 2, 0) : start], text[start + len(form) :][:2]
        if not re.search(r"\d$|\d[.,]$", before) and not re.match(r"\d|[.,]\d", behind):
            yield start
        start = text.find(form, start + 1)


def _closest(keys: list[str], sentence: Sentence) -> list[str]:
    """Return a key a row, by how many of its words the sentence says or binds beside the number."""
    said = set(re.findall(r"[a-z0-9]+", sentence.masked.lower()))
    beside = {part for key in sentence.keys for part in re.findall(r"[a-z0-9]+", key)}

    def strangeness(key: str) -> tuple[int, int, str]:
        parts = re.findall(r"[a-z0-9]+", key.rpartition(".")[0])
        return -sum((part in said) + (part in beside) for part in parts), len(parts), key

    rows: dict[str, str] = {}
    for key in sorted(keys, key=lambda key: _PREFERRED.get(key.rpartition(".")[2], 0)):
        rows.setdefault(key.rpartition(".")[0], key)
    return sorted(rows.values(), key=strangeness)
