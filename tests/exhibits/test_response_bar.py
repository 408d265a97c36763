"""Bars of best response: heights are shares, names and rates stand beside what they name."""

import pytest
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from helpers.errors import ManuscriptError
from helpers.exhibits.response_bar import ResponseBar, response_figure
from helpers.exhibits.style import RESPONSES

RATES = (
    ("ORR 55.3%", ("sCR", "CR", "VGPR", "PR")),
    ("≥VGPR 23.7%", ("sCR", "CR", "VGPR")),
)
SHARES = {"CR": 5.3, "VGPR": 18.4, "PR": 31.6, "MR": 7.9, "SD": 21.1, "PD": 13.1, "NE": 2.6}
RARE = {"sCR": 1.6, "CR": 1.6, "VGPR": 1.6, "PR": 1.6, "MR": 1.6, "SD": 1.6, "PD": 90.4}


def bar(shares=SHARES, label="Response-evaluable patients", rates=RATES):
    return ResponseBar(label, 38, shares, {k: f"{v}%" for k, v in shares.items()}, rates)


def segments(figure):
    """Return the segments of all bars: colour and box, in pixels."""
    figure.draw_without_rendering()
    filled = [p for p in figure.findobj(Rectangle) if p is not figure.patch]
    filled = [p for p in filled if to_hex(p.get_facecolor()) in RESPONSES.values() and p.get_fill()]
    return {
        to_hex(p.get_facecolor()): p.get_window_extent().extents
        for p in filled
        if p.get_facecolor()[3] > 0
    }


@pytest.mark.parametrize(
    ("bars", "width"),
    [
        ([bar()], None),
        ([bar()], 85),
        ([bar(RARE)], 85),
        ([bar(), bar(RARE, "Treated patients with extramedullary disease at baseline")], None),
        ([bar(), bar(RARE), bar(), bar(label="All treated patients in all eight centres")], 175),
        ([bar({"PR": 100.0}, rates=())], None),
        ([bar({})], None),
    ],
)
def test_nothing_is_cut_or_overlaps(assert_legible, bars, width):
    assert_legible(response_figure(bars, width=width))


def test_heights_are_shares_with_the_best_response_at_the_top():
    found = segments(response_figure([bar()]))
    heights = {category: found[RESPONSES[category]] for category in SHARES}
    whole = heights["CR"][3] - heights["NE"][1]
    tops = [heights[category][3] for category in SHARES]
    assert tops == sorted(tops, reverse=True)
    for category, share in SHARES.items():
        box = heights[category]
        assert (box[3] - box[1]) / whole == pytest.approx(share / 100, abs=0.001)


def test_every_category_is_named_with_its_share_at_its_height(texts):
    figure = response_figure([bar()])
    found = segments(figure)
    for category, share in SHARES.items():
        words = f"{category} {share}%"
        box = next(box for text, box in texts(figure) if text.get_text() == words)
        segment = found[RESPONSES[category]]
        middle = (segment[1] + segment[3]) / 2
        assert box[2] < segment[0]
        assert box[1] < middle < box[3]


def test_names_of_rare_categories_keep_their_order(texts):
    figure = response_figure([bar(RARE)])
    found = {text.get_text(): box[1] for text, box in texts(figure)}
    heights = [found[f"{category} {share}%"] for category, share in RARE.items()]
    assert heights == sorted(heights, reverse=True)


def test_a_bracket_joins_exactly_its_categories():
    figure = response_figure([bar()])
    found = segments(figure)
    for _, categories in RATES:
        held = [found[RESPONSES[c]] for c in categories if c in SHARES]
        top, bottom = max(box[3] for box in held), min(box[1] for box in held)
        spans = []
        for line in figure.findobj(Line2D):
            path = line.get_transform().transform(line.get_xydata())
            if len(path) == 4:
                spans.append((path[:, 1].max(), path[:, 1].min()))
        assert any(abs(s - top) < 4 and abs(e - bottom) < 4 for s, e in spans)


def test_a_rate_of_nobody_has_no_bracket(texts):
    figure = response_figure([bar({"PD": 100.0})])
    assert not any("ORR" in text.get_text() for text, _ in texts(figure))


def test_unknown_category_and_too_many_bars_are_refused(refused):
    with pytest.raises(ManuscriptError, match="VGRP"):
        response_figure([bar({"VGRP": 100.0})])
    with pytest.raises(ValueError, match="do not fit"):
        response_figure([bar()] * 9)
    with refused():
        response_figure([])
