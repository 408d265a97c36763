"""Flow diagrams: boxes below one another, exclusions beside the arrow that they belong to."""

import pytest
from matplotlib.patches import FancyArrowPatch, Rectangle

from helpers.exhibits.flow import FlowBox, flow_figure

STEPS = (
    FlowBox("Patients in the registry export of eight centres\n(n = 41)"),
    FlowBox("Patients treated\n(n = 39)", side="Excluded\nDuplicate (n = 1)\nNot eligible (n = 1)"),
    FlowBox("Response-evaluable patients\n(n = 38)", side="No assessment (n = 1)"),
)


def boxes(figure):
    figure.draw_without_rendering()
    frames = [patch for patch in figure.findobj(Rectangle) if patch.get_edgecolor()[3] > 0]
    found = [patch.get_window_extent().extents for patch in frames if patch is not figure.patch]
    return sorted(found, key=lambda box: -box[3])


@pytest.mark.parametrize("width", [85, 175, None])
def test_nothing_is_cut_or_overlaps(assert_legible, width):
    assert_legible(flow_figure(STEPS, width=width))


def test_words_stand_within_boxes_that_do_not_touch(texts):
    figure = flow_figure(STEPS)
    frames = boxes(figure)
    assert len(frames) == 5
    for number, one in enumerate(frames):
        for other in frames[number + 1 :]:
            assert one[1] > other[3] or one[2] < other[0] or other[2] < one[0]
    for text, box in texts(figure):
        around = [f for f in frames if f[0] < box[0] and box[2] < f[2]]
        assert any(f[1] < box[1] and box[3] < f[3] for f in around), text.get_text()


def test_one_arrow_leads_to_every_box_but_the_first():
    figure = flow_figure(STEPS)
    assert len(figure.findobj(FancyArrowPatch)) == 4
    assert len(flow_figure(STEPS[:1]).findobj(FancyArrowPatch)) == 0


def test_a_side_stands_between_its_box_and_the_one_before():
    first, side, second = boxes(flow_figure(STEPS[:2]))
    assert first[1] > side[3] > side[1] > second[3]


def test_a_first_box_may_have_a_side(assert_legible):
    figure = flow_figure([FlowBox("All\n(n = 3)", side="None left out\n" * 4)])
    assert_legible(figure)
    assert len(boxes(figure)) == 2


def test_long_words_are_wrapped(assert_legible):
    steps = [FlowBox("word " * 60), FlowBox("x" * 200, side="y" * 200)]
    assert_legible(flow_figure(steps, width=85))


def test_no_box_is_refused(refused):
    with refused():
        flow_figure([])
