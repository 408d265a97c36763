"""``ledger.json`` and ``numbers.yml`` from the parts that the notebooks left."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from helpers.errors import ManuscriptError
from helpers.ledger.collection import dumps
from helpers.ledger.hashing import row_hash
from helpers.ledger.row import FIELDS, Row

if TYPE_CHECKING:
    from helpers.study.definition import Study

PARTS = "parts"
HASHES = "hashes.json"
MARKUP = re.compile(r"([\\`*_\[\]<>#~^$@|{}\"'])")


def assemble(
    record: Path, study: Study, parameters: Mapping[str, object], lock: str | None = None
) -> None:
    """Merge ``parts/*.json`` below ``record`` into its ledger and numbers, and remove them.

    Args:
        record: Folder of the record.
        study: The study.
        parameters: The parameters that the notebooks were given.
        lock: Hash of the locked environment that they ran in.

    Raises:
        ManuscriptError: There is no part, two notebooks recorded the same key, or they read
            different data.
    """
    parts = [_read_part(path) for path in sorted((record / PARTS).glob("*.json"))]
    if not parts:
        raise ManuscriptError(
            "no notebook left any result", where=f"{record.name}/{PARTS}", remedy="run the build"
        )
    rows = _merge(parts)
    hashes = {part["data_hash"] for part in parts}
    if len(hashes) > 1:
        raise ManuscriptError(
            "the notebooks read different data",
            where=", ".join(part["notebook"] for part in parts),
            remedy="run the build again; a registry table changed while it ran",
        )
    about = _about(study, hashes.pop(), parameters, lock)
    ledger = {**about, "rows": [row.as_dict() for row in rows]}
    (record / "ledger.json").write_text(dumps(ledger), encoding="utf-8")
    if study.sealed is not None:
        sealed = {**about, "hashes": {row.key: row_hash(row.as_dict()) for row in rows}}
        (record / HASHES).write_text(dumps(sealed), encoding="utf-8")
    alts = {name: text for part in parts for name, text in part.get("alts", {}).items()}
    (record / "numbers.yml").write_text(numbers(rows, _meta(about), alts), encoding="utf-8")
    for path in (record / PARTS).glob("*.json"):
        path.unlink()
    (record / PARTS).rmdir()


def read_ledger(path: Path) -> tuple[Row, ...]:
    """Return the rows of a ``ledger.json``."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return tuple(Row(**{name: row.get(name) for name in FIELDS}) for row in data["rows"])


def numbers(rows: tuple[Row, ...], meta: Mapping[str, str], alts: Mapping[str, str]) -> str:
    """Return the YAML that documents bind to: every printable form of every row, below ``n``.

    Every form is a quoted Markdown span that carries the key of its row.

    Raises:
        ManuscriptError: A key is both a row's form and the beginning of another key.
    """
    tree: dict[str, Any] = {"meta": dict(meta), "alt": dict(alts)}
    for row in rows:
        _graft(tree, row)
    return yaml.dump(
        {"n": tree},
        allow_unicode=True,
        default_style="'",
        default_flow_style=False,
        width=10**6,
        sort_keys=True,
    )


def _graft(tree: dict[str, Any], row: Row) -> None:
    node = tree
    for word in row.key.split("."):
        child = node.setdefault(word, {})
        if not isinstance(child, dict):
            raise _clash(row.key)
        node = child
    for form, text in row.printable().items():
        if form in node:
            raise _clash(row.key)
        escaped = MARKUP.sub(r"\\\1", text)
        node[form] = f'[{escaped}]{{.n data-key="{row.key}"}}'


def _clash(key: str) -> ManuscriptError:
    return ManuscriptError(
        f"the ledger key {key!r} collides with a printable form of a shorter key",
        where="numbers.yml",
        remedy="use another last word than value, text, words, pct, n, of, ratio, ci or p",
    )


def _merge(parts: list[dict[str, Any]]) -> tuple[Row, ...]:
    rows: dict[str, Row] = {}
    for part in parts:
        for given in part["rows"]:
            row = Row(**given)
            if row.key in rows:
                raise ManuscriptError(
                    f"the ledger key {row.key!r} is recorded by two notebooks",
                    where=f"{rows[row.key].notebook} and {row.notebook}",
                    remedy="give one of them another key",
                )
            rows[row.key] = row
    return tuple(rows.values())


def _about(
    study: Study, data_hash: str, parameters: Mapping[str, object], lock: str | None
) -> dict[str, Any]:
    return {
        "study": study.id,
        "title": study.title,
        "provenance": study.provenance,
        "notice": study.provenance_note if study.synthetic else None,
        "data_cut": study.data_cut.isoformat(),
        "data_hash": data_hash,
        "package_version": version("myeloma-manuscript"),
        "lock": lock,
        "parameters": dict(sorted(parameters.items())),
    }


def _meta(about: Mapping[str, Any]) -> dict[str, str]:
    names = ("title", "notice", "data_cut", "data_hash", "package_version")
    return {name: str(about[name]) for name in names if about[name]}


def _read_part(path: Path) -> dict[str, Any]:
    part: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return part
