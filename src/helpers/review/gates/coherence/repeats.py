"""Rules on what is said twice: one key, one display; two keys of one quantity, one value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import yaml

from helpers.ledger.row import Row
from helpers.review.gates.coherence.single import REBUILD
from helpers.review.gates.coherence.view import GROUPED, Rule, Seen, View, close, last, stem

#: What surrounds a number in a table's cell and is no number itself.
NUMERAL = re.compile(r"[<>−]?\d+(?:\.\d+)?(?:e-?\d+)?%?")
#: How a table of cross-checks prints a value, beyond the study's style.
LONG = ".5g"
VOID = frozenset({"br", "img", "hr", "wbr", "col", "input", "meta", "link", "source", "area"})
SPAN = re.compile(r"\[(?P<text>(?:[^\]\\]|\\.)*)\]\{\.n data-key=\"(?P<key>[^\"]+)\"\}")


def duplicates(view: View) -> Iterator[Seen]:
    """Look for keys that stand in the ledger twice."""
    for key, number in Counter(row.key for row in view.rows).items():
        words = None if number == 1 else "the key stands in the ledger more than once"
        yield Seen((key,), words)


def quantities(view: View) -> Iterator[Seen]:
    """Compare rows whose attributes say that they are the same quantity."""
    first: dict[tuple[Any, ...], Row] = {}
    for row in view.rows:
        name = _quantity(row)
        if name is None:
            continue
        other = first.setdefault(name, row)
        if other is not row:
            same = (row.display, row.n, row.denominator, row.interval) == (
                other.display,
                other.n,
                other.denominator,
                other.interval,
            )
            words = None if same else "two keys state the same quantity and differ"
            yield Seen((row.key, other.key), words)


def _quantity(row: Row) -> tuple[Any, ...] | None:
    """Return what a row is of, by its attributes; None where they do not say it all."""
    words = row.key.split(".")
    grouped = bool(GROUPED & set(words)) or words[0] in ("cox", "competing")
    if row.variable is None or (grouped and (row.group is None or "=" not in row.group)):
        return None
    if row.context == "safety" or words[0] in ("cox", "competing"):
        return None
    landmark = words[words.index("landmark") + 1] if "landmark" in words else None
    return (
        *(row.population, row.context, row.statistic, row.variable, row.group, row.unit),
        *(row.method, last(row.key), landmark, "naive" in words),
    )


def numbers(view: View) -> Iterator[Seen]:
    """Compare ``numbers.yml`` with the ledger: every form that a document can print."""
    if view.numbers is None:
        return
    tree = yaml.load(view.numbers, Loader=_LOADER)["n"]
    held = dict(_forms(tree, ()))
    for row in view.rows:
        for form, text in row.printable().items():
            found = held.pop((*row.key.split("."), form), None)
            spelled = None if found is None else SPAN.fullmatch(found)
            fits = spelled is not None and (spelled["key"], _plain(spelled["text"])) == (
                row.key,
                text,
            )
            words = None if fits else f"numbers.yml does not say the ledger's {form!r}"
            yield Seen((row.key,), words)
    for path in held:
        if path[0] not in ("meta", "alt"):
            key = ".".join(path)
            yield Seen((key,), "numbers.yml holds what the ledger does not")


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _forms(tree: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(tree, dict):
        for name, below in tree.items():
            yield from _forms(below, (*path, str(name)))
    else:
        yield path, str(tree)


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def pages(view: View) -> Iterator[Seen]:
    """Compare every bound number of the documents with its row: text, table and abstract."""
    for name, text in view.pages.items():
        for key, shown in bound_numbers(text):
            row = view.get(key)
            words = None
            if row is None:
                words = f"{name} shows a number of a key that the ledger does not have"
            elif not shows(row, shown, view):
                words = f"{name} shows {shown!r}, and the ledger says {row.text!r}"
            yield Seen((key,), words)


def shows(row: Row, shown: str, view: View) -> bool:
    """Whether a shown text is a row's: one of its forms, or made of its numbers.

    Beside a number of the row itself, a table's cell may show what stands under the same stem:
    a median with its range, one test with another.
    """
    if not shown or shown in {*row.printable().values(), f"{row.display} ({row.interval})"}:
        return True
    found = set(NUMERAL.findall(shown))
    if not found:
        return row.value is None and shown == "none"
    own = _numerals(row) | {part for part in found if _rounds(row, part)}
    beside = {part for one in view.stems[stem(row.key)].values() for part in _numerals(one)}
    return bool(found & own) and found <= own | beside


def _numerals(row: Row) -> set[str]:
    counts = [str(count) for count in (row.n, row.denominator) if count is not None]
    return set(NUMERAL.findall(" ".join([*row.printable().values(), *counts])))


def _rounds(row: Row, numeral: str) -> bool:
    """Whether a numeral is the row's value with more digits than the style prints."""
    return row.value is not None and numeral == f"{row.value:{LONG}}"


def bound_numbers(text: str) -> list[tuple[str, str]]:
    """Return the key and the shown text of everything in an HTML page that carries a key."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    """Collects the text of every element with ``data-key``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._open: list[tuple[str | None, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._open.append((dict(attrs).get("data-key"), []))

    def handle_data(self, data: str) -> None:
        for key, parts in self._open:
            if key is not None:
                parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self._open:
            return
        key, parts = self._open.pop()
        if key is not None:
            self.found.append((key, " ".join("".join(parts).split())))


def rates_again(view: View) -> Iterator[Seen]:
    """Compare what another notebook repeats of a rate with the row that it repeats."""
    for row in view.rows:
        whole = view.get(f"population.{row.population}")
        repeats = last(row.key) == "patients" and row.key.startswith("safety.exposure")
        if whole is None or not repeats or row.value is None or whole.value is None:
            continue
        out = view.get(f"{stem(row.key)}.without_window")
        fits = close(row.value + (out.n or 0 if out else 0), whole.value)
        words = None if fits else "the patients with exposure are not the population"
        yield Seen((row.key, whole.key, *([out.key] if out else [])), words)


RULES = (
    Rule(
        "duplicate",
        "keys",
        "a key names one number",
        "give one of the rows a key of its own",
        duplicates,
    ),
    Rule(
        "same-quantity",
        "rows that repeat a quantity",
        "two rows of one quantity agree",
        "take the number from one row",
        quantities,
    ),
    Rule(
        "numbers-yml",
        "printable forms",
        "numbers.yml is made from the ledger",
        "build again; never edit numbers.yml",
        numbers,
    ),
    Rule(
        "documents",
        "bound numbers in documents",
        "abstract, text and tables show the ledger's number",
        "render again; write no number over a bound one",
        pages,
    ),
    Rule(
        "exposed",
        "counts of exposed patients",
        "patients with exposure are the safety population",
        REBUILD,
        rates_again,
    ),
)
