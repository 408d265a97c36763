"""The files of two records beside each other: tables, data of figures, notebooks, audit."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from helpers.errors import ManuscriptError
from helpers.pipeline.normalise import label_of
from helpers.review.verification.pictures import compare_pictures
from helpers.review.verification.quantity import Kind, Quantity, one_sided
from helpers.review.verification.texts import Restated, compare_texts
from helpers.review.verification.tolerance import ESTIMATE, OF_ESTIMATES

#: Says what the environment is, not what was computed.
ENVIRONMENT = ("meta.package_version",)
Places = dict[str, str]


def compare_files(
    published: Path, recomputed: Path, names: list[str], pairs: Restated, *, same: bool
) -> Iterator[Quantity]:
    """Yield every quantity of the files of two records, the ledger left out.

    Args:
        published: Folder of the record.
        recomputed: Folder of the rerun.
        names: Files that either of them holds.
        pairs: Numerals that a simulation may have changed.
        same: Whether the environment is the one that the record was made in.
    """
    for name in names:
        paths = (published / name, recomputed / name)
        kind, read = reader_of(name)
        if not all(path.is_file() for path in paths):
            yield _missing(kind, name, paths)
        elif kind == "picture":
            contents = (paths[0].read_bytes(), paths[1].read_bytes())
            yield compare_pictures(name, name.rpartition(".")[2], *contents, same=same)
        elif kind == "figure data":
            data = [_places(read, path, name) for path in paths]
            yield from _figure(name, data[0], data[1], pairs)
        else:
            both = [_places(read, path, name) for path in paths]
            yield from compare_texts(kind, name, both[0], both[1], pairs)
            if kind == "notebook":
                yield from _notebook_pictures(name, paths, same=same)


def reader_of(name: str) -> tuple[Kind, Callable[[str], Places]]:
    """Return the kind of a file of the record, and what reads its places."""
    if name == "numbers.yml":
        return "binding", bound_strings
    if name == "audit.json":
        return "audit", leaves
    if name.endswith(".ipynb"):
        return "notebook", notebook_texts
    if name.startswith("figures/"):
        return ("figure data", cells) if name.endswith(".csv") else ("picture", leaves)
    return "table", cells


def cells(text: str) -> Places:
    """Return the cells of a CSV table by row and column, the header as row 0."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    heads = rows[0] if rows else []
    return {
        f"row {number}, {_column(heads, place)}": cell
        for number, row in enumerate(rows)
        for place, cell in enumerate(row)
    }


def bound_strings(text: str) -> Places:
    """Return the strings of numbers.yml by their key."""
    tree = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    found = _leaves(tree["n"], ())
    return {name: value for name, value in found.items() if name not in ENVIRONMENT}


def leaves(text: str) -> Places:
    """Return the leaves of a JSON file by their path."""
    return _leaves(json.loads(text), ())


def notebook_texts(text: str) -> Places:
    """Return what every cell of an executed notebook holds, by its type, and shows in text."""
    found: Places = {}
    for number, cell in enumerate(json.loads(text)["cells"]):
        label = f"{number + 1} {label_of(_joined(cell['source']), number)}"
        found[f"{label}, {cell['cell_type']}"] = _joined(cell["source"])
        for name, attached in sorted(cell.get("attachments", {}).items()):
            found[f"{label}, attachment {name}"] = json.dumps(attached, sort_keys=True)
        for place, output in enumerate(cell.get("outputs", [])):
            for kind, shown in _shown(output):
                if not kind.startswith("image/"):
                    found[f"{label}, output {place + 1}, {kind}"] = shown
    return found


def _notebook_pictures(name: str, paths: tuple[Path, Path], *, same: bool) -> Iterator[Quantity]:
    import base64

    both = [_pictures(path.read_text(encoding="utf-8")) for path in paths]
    for place in {**both[0], **both[1]}:
        one, other = both[0].get(place), both[1].get(place)
        where = f"{name}, {place}"
        if one is None or other is None:
            yield one_sided("picture", where, "", one and "a picture", other and "a picture")
        elif place.endswith("svg+xml"):
            yield compare_pictures(where, "svg", one.encode(), other.encode(), same=same)
        else:
            contents = (base64.b64decode(one), base64.b64decode(other))
            yield compare_pictures(where, "png", *contents, same=same)


def _pictures(text: str) -> Places:
    return {
        f"cell {number + 1}, output {place + 1}, {kind}": shown
        for number, cell in enumerate(json.loads(text)["cells"])
        for place, output in enumerate(cell.get("outputs", []))
        for kind, shown in _shown(output)
        if kind.startswith("image/")
    }


def _shown(output: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "text" in output:
        yield output.get("name", output["output_type"]), _joined(output["text"])
    for kind, data in sorted(output.get("data", {}).items()):
        yield kind, _joined(data) if isinstance(data, str | list) else json.dumps(data)
    if output["output_type"] == "error":
        yield "error", f"{output.get('ename')}: {output.get('evalue')}"
    alts = json.dumps(output.get("metadata", {}), sort_keys=True, ensure_ascii=False)
    if alts != "{}":
        yield "metadata", alts


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _figure(
    name: str, published: Places, recomputed: Places, pairs: Restated
) -> Iterator[Quantity]:
    """Compare the data of a figure: whole numbers and words exactly, others as estimates."""
    near = {
        place: published[place]
        for place, text in recomputed.items()
        if place in published and _near(published[place], text)
    }
    for one in compare_texts("figure data", name, published, {**recomputed, **near}, pairs):
        allowed = f"{ESTIMATE:g} of the value; whole numbers and words: none"
        yield Quantity(**{**vars(one), "allowed": allowed if one.allowed else ""})


def _near(one: str, other: str) -> bool:
    try:
        numbers = float(one), float(other)
    except ValueError:
        return False
    whole = all(text.lstrip("-").isdigit() for text in (one, other))
    finite = all(map(math.isfinite, numbers))
    return finite and not whole and OF_ESTIMATES.holds(*numbers)


def _missing(kind: Kind, name: str, paths: tuple[Path, Path]) -> Quantity:
    one, other = ("a file" if path.is_file() else None for path in paths)
    return one_sided(kind, name, "file", one, other)


def _places(read: Callable[[str], Places], path: Path, name: str) -> Places:
    try:
        return read(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError, csv.Error):
        raise ManuscriptError(
            "a file of the record cannot be read",
            where=name,
            remedy="the file is damaged; take the record from where it was published again",
        ) from None


def _leaves(tree: Any, path: tuple[str, ...]) -> Places:
    if isinstance(tree, dict):
        pairs = [(str(name), child) for name, child in tree.items()]
    elif isinstance(tree, list):
        pairs = [(str(number + 1), child) for number, child in enumerate(tree)]
    else:
        return {".".join(path): str(tree)}
    found: Places = {} if pairs else {".".join(path): "empty"}
    for name, child in pairs:
        found |= _leaves(child, (*path, name))
    return found


def _column(heads: list[str], place: int) -> str:
    return f"column {place + 1}" + (f" ({heads[place]})" if place < len(heads) else "")
