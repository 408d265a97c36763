"""``build_study``: what runs, what does not, and what stands in outputs afterwards."""

from __future__ import annotations

import pytest

from helpers.errors import ManuscriptError
from helpers.pipeline import build_study, status


def ran(report) -> list[str]:
    return [stage.name for stage in report.stages if stage.status == "ran"]


def run(toy, **options):
    return build_study(toy.root, toy.study, render=False, **options)


def test_builds_then_is_up_to_date(toy):
    first = run(toy)
    assert ran(first) == ["01-cleaning", "02-response", "03-survival", "04-safety", "record"]
    made = toy.contents()
    assert {"01-cleaning.ipynb", "ledger.json", "numbers.yml", "tables/04-safety.csv"} <= set(made)
    assert not any(name.startswith("parts/") for name in made)
    second = run(toy)
    assert second.up_to_date
    assert toy.contents() == made
    run(toy, force=True)
    assert toy.contents() == made
