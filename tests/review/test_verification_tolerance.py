"""How far a number may differ: by its kind, and by what the rerun itself says of its error."""

from __future__ import annotations

import math

import numpy as np
import pytest

from helpers.review.verification.pictures import ELSEWHERE, HERE, compare_pictures
from helpers.review.verification.rows import compare_rows, restated
from helpers.review.verification.texts import compare_texts
from helpers.review.verification.tolerance import monte_carlo

METHOD = "Cox regression, 20 data sets imputed by chained equations, seed 1"
USUAL = {"statistic": "hazard_ratio", "level": 0.95, "display": "2.00", "n": None,
         "denominator": None, "low": None, "high": None, "interval": None}  # fmt: skip


def row(key: str, value: float, **given: object) -> dict:
    return {**USUAL, "key": key, "value": value, "method": "Cox regression", **given}


def imputed(shift: float = 0.0) -> dict[str, dict]:
    """A pooled hazard ratio of 2, with standard error 0.25, a fifth of its variance imputed."""
    middle, half = math.log(2) + shift, 1.959963984540054 * 0.25
    ratio = row(
        "cox.a",
        math.exp(middle),
        low=math.exp(middle - half),
        high=math.exp(middle + half),
        method=METHOD,
        display=f"{math.exp(middle):.2f}",
    )
    share = row("cox.a.due_to_missing", 20.0, statistic="due_to_missing", method=METHOD, level=None)
    return {"cox.a": ratio, "cox.a.due_to_missing": share}


def verdict(published: dict, recomputed: dict, what: str = "value") -> str:
    found = compare_rows({"k": {**published, "key": "k"}}, {"k": {**recomputed, "key": "k"}})
    return next(one.verdict for one in found if one.what == what)


@pytest.mark.parametrize(
    ("field", "by", "expected"),
    [
        ("value", 0.9e-6, "agrees"),
        ("value", 1.1e-6, "differs"),
        ("low", 0.9e-5, "agrees"),
        ("low", 1.1e-5, "differs"),
    ],
)
def test_estimates_and_bounds_have_their_own_tolerance(field, by, expected):
    given = row("k", 2.0, low=1.0, high=3.0)
    assert verdict({**given, field: given[field] * (1 + by)}, given, field) == expected


def test_a_count_is_exact_and_of_the_same_type():
    given = row("k", 4, statistic="count")
    assert verdict(given, given) == "agrees"
    assert verdict({**given, "value": 5}, given) == "differs"
    assert verdict({**given, "value": 4.0000001}, given) == "differs"


@pytest.mark.parametrize("value", ["2.0", None, float("nan"), True])
def test_what_is_no_number_differs(value):
    assert verdict({**row("k", 2.0), "value": value}, row("k", 2.0)) == "differs"


def test_a_p_value_must_decide_the_same_at_every_level_of_the_study():
    given = row("k", 0.1, statistic="p_value", level=0.9)
    below = math.nextafter(0.1, 0)
    assert verdict({**given, "value": below}, given) == "differs"
    assert verdict({**given, "value": below, "level": None}, {**given, "level": None}) == "agrees"


def test_the_monte_carlo_error_is_that_of_repeated_imputation():
    """sqrt(B/m) of Rubin's rules: pooled means of m draws with variance B scatter by it."""
    sets, total, share = 20, 0.25**2, 0.2
    between = share * total / (1 + 1 / sets)
    draws = np.random.default_rng(7).normal(0, math.sqrt(between), (20000, sets)).mean(axis=1)
    scatter = float(np.std(draws[::2] - draws[1::2]))
    rows = imputed()
    allowed = monte_carlo(rows["cox.a"], "value", rows).relative
    assert math.log1p(allowed) == pytest.approx(3 * scatter, rel=0.03)


@pytest.mark.parametrize(("shift", "expected"), [(0.0, "agrees"), (0.05, "note"), (0.2, "differs")])
def test_another_simulation_is_a_note_within_its_error_and_differs_beyond(shift, expected):
    found = {one.what: one for one in compare_rows(imputed(shift), imputed())}
    values = [one for one in compare_rows(imputed(shift), imputed()) if one.where == "cox.a"]
    assert {one.kind for one in values if one.what == "value"} == {"simulated"}
    (value,) = [one for one in values if one.what == "value"]
    assert value.verdict == expected
    assert found


def test_a_record_cannot_widen_its_own_allowance():
    """The allowance is that of the rerun, whatever the record says of seed, interval or share."""
    forged = row("k", 2.5, method=METHOD, low=0.001, high=1000.0)
    assert verdict(forged, row("k", 2.0, low=1.0, high=3.0)) == "differs"
    wide = imputed(0.2)
    wide["cox.a.due_to_missing"]["value"] = 99.0
    found = [one for one in compare_rows(wide, imputed()) if one.where == "cox.a"]
    assert next(one for one in found if one.what == "value").verdict == "differs"


def test_text_that_repeats_another_simulation_is_a_note_and_other_text_differs():
    pairs = restated(imputed(0.05), imputed())
    assert pairs
    shown = [imputed(shift)["cox.a"]["display"] for shift in (0.05, 0.0)]
    texts = [{"cell": f"HR {one} in 20 patients"} for one in shown]
    (found,) = compare_texts("table", "t", *texts, pairs)
    assert found.verdict == "note"
    (found,) = compare_texts(
        "table", "t", texts[0], {"cell": f"HR {shown[1]} in 21 patients"}, pairs
    )
    assert found.verdict == "differs"
    assert not restated(imputed(0.2), imputed())


def test_a_picture_that_was_redrawn_is_a_note_and_another_picture_differs():
    one = svg(10.0)
    assert compare_pictures("f", "svg", one, one, same=True).verdict == "agrees"
    assert compare_pictures("f", "svg", svg(10.01), one, same=True).verdict == "note"
    assert compare_pictures("f", "svg", svg(20.0), one, same=True).verdict == "differs"
    assert HERE < ELSEWHERE


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize(
    ("old", "new"),
    [("#DejaVuSans-13", "#DejaVuSans-14"), ("<!-- 15 -->", "<!-- 18 -->"), (">n=38<", ">n=39<")],
)
def test_words_of_a_vector_picture_are_no_points_of_it(same, old, new):
    points = '<path d="M 0 0 L 1 1"/>' * 500
    one = f'<svg>{points}<!-- 15 --><use href="#DejaVuSans-13"/><text>n=38</text></svg>'
    found = compare_pictures("f", "svg", one.encode(), one.replace(old, new).encode(), same=same)
    assert found.verdict == "differs"


def test_the_share_of_pixels_decides_and_is_told():
    one, other = png(0), png(3)
    found = compare_pictures("f", "png", one, other, same=False)
    assert (found.verdict, "0.03%" in found.difference) == ("note", True)
    assert compare_pictures("f", "png", one, other, same=True).verdict == "differs"
    assert compare_pictures("f", "png", one, png(3, shade=240), same=True).verdict == "note"
    assert compare_pictures("f", "png", one, png(1000), same=False).verdict == "differs"
    assert compare_pictures("f", "png", one, b"no picture", same=False).verdict == "differs"


def svg(place: float) -> bytes:
    return f'<svg><path d="M 0 0 L {place} 5"/></svg>'.encode()


def png(dark: int, shade: int = 0) -> bytes:
    """A white picture of 100 × 100 points, some of them dark."""
    import io

    from PIL import Image

    points = np.full((100, 100), 255, dtype=np.uint8)
    points.flat[:dark] = shade
    stream = io.BytesIO()
    Image.fromarray(points).save(stream, format="png")
    return stream.getvalue()
