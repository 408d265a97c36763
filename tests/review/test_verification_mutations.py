"""Whatever is altered in a record, the comparison fails and names it: caught of planted."""

from __future__ import annotations

import base64
import json
import math
import random
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.pipeline.layout import Layout, record_files
from helpers.review.verification import Quantity
from helpers.review.verification.environment import Environment, environment
from helpers.review.verification.rows import compare_rows
from helpers.review.verification.verify import compare_records, read_record

ROOT = Path(__file__).parents[2]
SEED = 20251121
SAMPLE = 60
NUMBERS = ("value", "n", "denominator", "low", "high")
DESCRIBED = ("population", "statistic", "group", "variable", "context", "unit", "level", "method",
             "reason", "notebook", "cell")  # fmt: skip


@pytest.fixture(scope="module")
def here() -> Environment:
    """The environment of the records, whatever is installed."""
    found = environment(ROOT, {})
    facts = [replace(fact, agrees=True) for fact in (found.lock, found.package)]
    return replace(found, lock=facts[0], package=facts[1], packages=())


@pytest.fixture(params=["aponermin", "fhrmm"])
def pair(request, tmp_path) -> tuple[Path, Path]:
    """A record that may be altered, and the record as a rerun would give it."""
    rerun = ROOT / "outputs" / request.param
    copy = tmp_path / request.param
    for name in record_files(rerun):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(rerun / name, copy / name)
    return copy, rerun


def failures(record: Path, rerun: Path, here: Environment) -> list[Quantity]:
    ledger = read_record(record, record.name, Layout(ROOT, record.name))
    quantities = compare_records(record, ledger, rerun, here)
    assert quantities
    return [one for one in quantities if one.verdict in ("differs", "not verified")]


def ledger_of(record: Path) -> dict:
    return json.loads((record / "ledger.json").read_text(encoding="utf-8"))


def rows_of(record: Path) -> dict[str, dict]:
    return {row["key"]: row for row in ledger_of(record)["rows"]}


def write(record: Path, ledger: dict) -> None:
    (record / "ledger.json").write_text(json.dumps(ledger, ensure_ascii=False), encoding="utf-8")


def nudged(row: dict, field: str) -> float | int | None:
    """The number moved by ten times what its kind allows; a count by one."""
    value = row[field]
    if value is None:
        return None
    if isinstance(value, int) or field in ("n", "denominator"):
        return value + 1
    if "seed" in (row["method"] or ""):
        return value * 3 + 1
    by = 1e-5 if row["statistic"] != "p_value" and field == "value" else 1e-4
    return value * (1 + by) if value else 0.01


def planted_in_row(row: dict) -> Iterator[tuple[str, dict]]:
    """Every alteration of a row's numbers, strings and descriptions, one at a time."""
    changes = {field: nudged(row, field) for field in NUMBERS}
    changes |= {name: f"{row[name]}1" for name in ("display", "interval") if row[name]}
    changes |= {name: "altered" for name in DESCRIBED}
    for field, value in changes.items():
        if value is not None:
            yield field, {**row, field: value}


def test_an_unaltered_record_agrees_in_every_quantity(pair, here):
    assert failures(*pair, here) == []


def test_every_altered_field_of_sampled_rows_is_caught(pair):
    truth = rows_of(pair[0])
    planted = caught = 0
    for key in random.Random(SEED).sample(sorted(truth), SAMPLE):
        base = key.removesuffix(".p_value").removesuffix(".due_to_missing")
        near = {name: row for name, row in truth.items() if name.startswith(base)}
        for field, row in planted_in_row(truth[key]):
            found = compare_rows({**near, key: row}, near)
            planted += 1
            caught += any(
                one.where == key and field in one.what and one.verdict == "differs" for one in found
            )
    print(f"{pair[0].name}: caught {caught} of {planted} planted alterations")
    assert planted > 10 * SAMPLE
    assert caught == planted


def test_every_deleted_and_every_extra_row_is_caught(pair):
    """Half of the rows are taken away from one side, then from the other."""
    truth = rows_of(pair[0])
    gone = set(random.Random(SEED).sample(sorted(truth), len(truth) // 2))
    less = {key: row for key, row in truth.items() if key not in gone}
    for published, recomputed, note in (
        (less, truth, "not in the record"),
        (truth, less, "not recomputed"),
    ):
        found = [one for one in compare_rows(published, recomputed) if one.verdict != "agrees"]
        assert {one.where for one in found} == gone
        assert {(one.verdict, one.note) for one in found} == {("not verified", note)}


def p_values(ledger: dict) -> list[dict]:
    return [row for row in ledger["rows"] if row["statistic"] == "p_value" and row["value"]]


def test_a_p_value_across_a_limit_is_caught_however_small_the_step(pair, here):
    ledger = ledger_of(pair[0])
    row = next(row for row in p_values(ledger) if "seed" not in row["method"])
    row["value"] = math.nextafter(0.05, 0)
    write(pair[0], ledger)
    again = pair[0].with_name("rerun") / pair[0].name
    shutil.copytree(pair[0], again)
    row["value"] = 0.05
    write(again, ledger)
    (found,) = failures(pair[0], again, here)
    assert (found.where, found.note) == (row["key"], "the decision at 0.05 changes")


def alter_table_cell(record: Path) -> str:
    path = sorted(record.glob("tables/*.csv"))[0]
    path.write_text(_other_digit(path.read_text(encoding="utf-8")), encoding="utf-8")
    return f"tables/{path.name}"


def alter_figure_data(record: Path) -> str:
    path = sorted(record.glob("figures/*.csv"))[0]
    path.write_text(_other_digit(path.read_text(encoding="utf-8")), encoding="utf-8")
    return f"figures/{path.name}"


def alter_picture_byte(record: Path) -> str:
    path = sorted(record.glob("figures/*.png"))[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    return f"figures/{path.name}"


def alter_picture(record: Path) -> str:
    """Paint over a part of a picture."""
    from PIL import Image

    path = sorted(record.glob("figures/*.png"))[0]
    picture = Image.open(path).convert("RGB")
    picture.paste((200, 0, 0), (0, 0, picture.width // 2, picture.height // 5))
    picture.save(path)
    return f"figures/{path.name}"


def alter_vector(record: Path) -> str:
    path = sorted(record.glob("figures/*.svg"))[0]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("</svg>", '<path d="M 0 0 L 9 9"/></svg>'), encoding="utf-8")
    return f"figures/{path.name}"


def alter_digit_of_picture(record: Path) -> str:
    """Paint over as much of a picture as a digit takes."""
    from PIL import Image

    path = sorted(record.glob("figures/*.png"))[0]
    picture = Image.open(path).convert("RGB")
    picture.paste((0, 0, 0), (5, 5, 20, 28))
    picture.save(path)
    return f"figures/{path.name}"


def alter_digit_of_vector(record: Path) -> str:
    """Draw another glyph in one place, as 15 of 18 months."""
    path = sorted(record.glob("figures/fig-km-*.svg"))[0]
    text = path.read_text(encoding="utf-8")
    glyphs = sorted(set(re.findall(r'<use xlink:href="#DejaVuSans-(1[3-9a-c])"', text)))
    drawn, other = (f'<use xlink:href="#DejaVuSans-{one}"' for one in glyphs[:2])
    path.write_text(text.replace(drawn, other, 1), encoding="utf-8")
    return f"figures/{path.name}"


def alter_words_of_vector(record: Path) -> str:
    path = sorted(record.glob("figures/fig-km-*.svg"))[0]
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"<!-- \d+", _plus_one, text, count=1), encoding="utf-8")
    return f"figures/{path.name}"


def alter_point_of_vector(record: Path) -> str:
    path = sorted(record.glob("figures/fig-km-*.svg"))[0]
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'x="\d', _plus_one, text, count=1), encoding="utf-8")
    return f"figures/{path.name}"


def alter_type_of_cell(record: Path) -> str:
    """A cell that no longer runs, and reads as before."""
    path = record / "03-survival.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(c for c in notebook["cells"] if c["cell_type"] == "code" and not c["outputs"])
    notebook["cells"][notebook["cells"].index(cell)] = {
        name: part for name, part in cell.items() if name not in ("outputs", "execution_count")
    } | {"cell_type": "markdown"}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path.name


def alter_attachment(record: Path) -> str:
    path = record / "03-survival.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    cell["attachments"] = {"curve.png": {"image/png": "AAAA"}}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path.name


def alter_notebook_output(record: Path) -> str:
    path = record / "02-response.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell, kind = next(
        (output["data"], kind)
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
        if kind == "text/html"
    )
    cell[kind] = re.sub(
        r">(\d)", lambda m: f">{(int(m[1]) + 1) % 10}", _joined(cell[kind]), count=1
    )
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    return path.name


def alter_notebook_code(record: Path) -> str:
    path = record / "03-survival.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    cell["source"] = _joined(cell["source"]) + "\n# altered"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path.name


def alter_notebook_picture(record: Path) -> str:
    path = record / "03-survival.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    data = next(
        output["data"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    )
    data["image/png"] = base64.b64encode(b"no picture").decode()
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path.name


def alter_binding(record: Path) -> str:
    path = record / "numbers.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"\[(\d)", _plus_one, text, count=1), encoding="utf-8")
    return path.name


def alter_audit(record: Path) -> str:
    path = record / "audit.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r'"verdict": "\w+', '"verdict": "altered', text, count=1), encoding="utf-8"
    )
    return path.name


def alter_data_hash(record: Path) -> str:
    ledger = ledger_of(record)
    write(record, {**ledger, "data_hash": "0" * 16})
    return "ledger.json"


def alter_data_cut(record: Path) -> str:
    ledger = ledger_of(record)
    write(record, {**ledger, "data_cut": "1999-12-31"})
    return "ledger.json"


def remove(pattern: str) -> Callable[[Path], str]:
    def alter(record: Path) -> str:
        path = sorted(record.glob(pattern))[0]
        path.unlink()
        return path.relative_to(record).as_posix()

    alter.__name__ = f"remove {pattern}"
    return alter


def add(name: str) -> Callable[[Path], str]:
    def alter(record: Path) -> str:
        (record / name).write_text("a,b\n1,2\n")
        return name

    alter.__name__ = f"add {name}"
    return alter


ALTERATIONS: list[Callable[[Path], str]] = [
    alter_table_cell,
    alter_figure_data,
    alter_picture_byte,
    alter_picture,
    alter_vector,
    alter_digit_of_picture,
    alter_digit_of_vector,
    alter_words_of_vector,
    alter_point_of_vector,
    alter_type_of_cell,
    alter_attachment,
    alter_notebook_output,
    alter_notebook_code,
    alter_notebook_picture,
    alter_binding,
    alter_audit,
    alter_data_hash,
    alter_data_cut,
    *map(remove, ("tables/*.csv", "figures/*.csv", "figures/*.png", "*.ipynb", "audit.json")),
    *map(add, ("tables/tbl-new.csv", "figures/fig-new.csv", "06-new.ipynb")),
]


def page_of(record: Path) -> str:
    """A document that prints every row in full, and the tables of a notebook as they are."""
    rows = rows_of(record).values()
    numbers = "".join(f'<p><span data-key="{r["key"]}">{r["display"]}</span></p>' for r in rows)
    notebook = json.loads((record / "03-survival.ipynb").read_text(encoding="utf-8"))
    tables = "".join(
        _joined(output.get("data", {}).get("text/html", ""))
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
    )
    return f"<html><body>{numbers}{tables}</body></html>"


def test_every_altered_number_of_a_document_is_caught_and_named(pair, here):
    record, rerun = pair
    page = page_of(record)
    places = [match.end() - 1 for match in re.finditer(r'data-key="[^"]+">[^<\d]*\d', page)]
    assert len(places) > 300
    (record / "paper.html").write_text(page, encoding="utf-8")
    assert [one.kind for one in failures(record, rerun, here)] == ["document"]
    for place in random.Random(SEED).sample(places, SAMPLE // 2):
        other = str((int(page[place]) + 1) % 10)
        (record / "paper.html").write_text(page[:place] + other + page[place + 1 :], "utf-8")
        found = failures(record, rerun, here)
        assert [one.kind for one in found] == ["printed", "document"], page[place - 60 : place + 9]
        key = re.findall(r'data-key="([^"]+)"', page[:place])[-1]
        assert found[0].where == "paper.html" and found[0].what.endswith(f", {key}")


def test_a_number_whose_key_the_rerun_does_not_know_is_not_verified(pair, here):
    (pair[0] / "abstract.html").write_text('<p data-key="response.nothing">61%</p>')
    found = failures(*pair, here)
    assert [(one.kind, one.verdict) for one in found] == [
        ("printed", "not verified"),
        ("document", "not verified"),
    ]


def test_a_file_that_no_build_makes_is_counted_as_not_verified(pair, here):
    (pair[0] / "patients.csv").write_text("a,b\n1,2\n")
    (pair[0] / "verification.html").write_text("an earlier report")
    found = failures(*pair, here)
    assert [(one.kind, one.where) for one in found] == [("document", "patients.csv")]


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda alter: alter.__name__)
def test_every_kind_of_alteration_is_caught_and_named(pair, here, alter):
    name = alter(pair[0])
    found = failures(*pair, here)
    assert found
    assert all(one.where.startswith(name) for one in found)


def _other_digit(text: str) -> str:
    """The text with the first digit after the header raised by one."""
    head, line, rest = text.partition("\n")
    return head + line + re.sub(r"\d", _plus_one, rest, count=1)


def _plus_one(found: re.Match[str]) -> str:
    return found[0][:-1] + str((int(found[0][-1]) + 1) % 10)


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
