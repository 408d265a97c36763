"""Swimmer plots: lanes by length, marks at their months, no trace of who is who."""

import random

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from helpers.exhibits.display import png
from helpers.exhibits.swimmer import LINE_COLOURS, Lane, Span, swimmer_figure


def lanes(n, seed=1, mean=6):
    chance, found = random.Random(seed), []
    for _ in range(n):
        months = round(chance.expovariate(1 / mean) + 0.3, 1)
        category = chance.choice(["sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE", None])
        response = months / 3 if category in {"CR", "VGPR", "PR"} else None
        progression = months * 0.8 if chance.random() < 0.5 else None
        found.append(Lane(months, category, response, progression, chance.random() < 0.4))
    return found


def widths(figure):
    bars = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    return [bar.get_width() for bar in bars]


def marks(figure, marker):
    lines = [line for line in figure.axes[0].lines if line.get_marker() == marker]
    return sorted(float(line.get_xdata()[0]) for line in lines)


@pytest.mark.parametrize("width", [85, 175])
@pytest.mark.parametrize("n", [1, 3, 12, 38, 254])
def test_nothing_is_cut_or_overlaps(assert_legible, n, width):
    figure = swimmer_figure(lanes(n), width=width)
    assert figure.get_figwidth() * 25.4 == pytest.approx(width)
    assert figure.get_figheight() * 25.4 < 215
    assert_legible(figure)


def test_lanes_are_sorted_and_marks_stand_at_their_months():
    given = lanes(38)
    figure = swimmer_figure(given)
    assert widths(figure) == sorted((lane.months for lane in given), reverse=True)
    assert marks(figure, "^") == sorted(x.response for x in given if x.response is not None)
    assert marks(figure, "D") == sorted(x.progression for x in given if x.progression is not None)
    assert marks(figure, "X") == sorted(lane.months for lane in given if lane.died)
    assert marks(figure, ">") == sorted(lane.months for lane in given if not lane.died)


def test_the_order_of_the_patients_leaves_no_trace():
    given = lanes(20)
    other = given[::-1]
    assert png(swimmer_figure(given)) == png(swimmer_figure(other))


def test_the_key_covers_no_lane(texts):
    for seed in range(6):
        figure = swimmer_figure(lanes(30, seed=seed, mean=2 + 4 * seed))
        bars = [bar.get_window_extent().extents for bar in figure.axes[0].patches]
        for text, box in texts(figure):
            if text in figure.texts:
                assert not any(
                    box[0] < bar[2] and bar[0] < box[2] and box[1] < bar[3] and bar[1] < box[3]
                    for bar in bars
                ), text.get_text()


def test_only_what_occurs_is_in_the_key(texts):
    words = {text.get_text() for text, _ in texts(swimmer_figure([Lane(3.0, "PR")]))}
    assert {"PR", "Alive at last contact"} <= words
    assert not {"Death", "Progression", "First response", "PD", "Unknown"} & words


def test_thin_data_are_drawn_and_nonsense_is_refused(assert_legible, refused):
    assert_legible(swimmer_figure([Lane(0.0)]))
    with refused():
        swimmer_figure([])
    with refused():
        swimmer_figure([Lane(-1.0)])


def treated(n, seed=1, best=True):
    """Lanes with one line of therapy after another, some of them with a pause in between."""
    chance, found = random.Random(seed), []
    for lane in lanes(n, seed):
        spans, at = [], 0.0
        while at < lane.months and len(spans) < 7:
            end = min(lane.months, round(at + chance.expovariate(0.5) + 0.1, 1))
            spans.append(Span(len(spans) + 2, at, end))
            at = round(end + chance.choice([0, 0.4]), 1)
        category = lane.category if best else None
        found.append(Lane(lane.months, category, None, lane.progression, lane.died, tuple(spans)))
    return found


@pytest.mark.parametrize("width", [85, 175])
@pytest.mark.parametrize(("n", "best"), [(1, False), (12, True), (80, True)])
def test_lines_of_therapy_are_legible(assert_legible, n, width, best):
    assert_legible(swimmer_figure(treated(n, best=best), width=width))


def test_lanes_are_coloured_by_line_and_best_response_stands_before_them(texts):
    course = (Span(1, 0.0, 3.0), Span(2, 3.5, 6.0))
    given = [Lane(8.0, "PR", lines=course), Lane(5.0, "SD", lines=course[:1])]
    figure = swimmer_figure(given)
    drawn = [
        (bar.get_x(), bar.get_width(), to_hex(bar.get_facecolor()))
        for bar in figure.axes[0].patches
    ]
    first, second = LINE_COLOURS[:2]
    assert drawn == [
        (0, 8.0, "#ffffff"),
        (0.0, 3.0, first),
        (3.5, 2.5, second),
        (0, 5.0, "#ffffff"),
        (0.0, 3.0, first),
    ]
    words = {text.get_text() for text, _ in texts(figure)}
    assert {"Line of therapy", "Line 1", "Line 2", "None recorded", "Best response", "SD"} <= words
    covered = {text.get_text() for text, _ in texts(swimmer_figure([Lane(3.0, lines=course[:1])]))}
    assert not {"None recorded", "Best response", "Unknown"} & covered


def test_many_lines_share_the_last_colour(texts):
    spans = tuple(Span(number, float(number), number + 1.0) for number in range(1, 9))
    figure = swimmer_figure([Lane(10.0, lines=spans)])
    colours = [to_hex(bar.get_facecolor()) for bar in figure.axes[0].patches][1:]
    assert colours == [*LINE_COLOURS, *LINE_COLOURS[-1:] * 3]
    assert "Line 5 or later" in {text.get_text() for text, _ in texts(figure)}


def test_a_part_of_the_patients_is_said_to_be_one(texts):
    words = {text.get_text() for text, _ in texts(swimmer_figure(treated(3), of=90))}
    assert "Patients (3 of 90)" in words


@pytest.mark.parametrize("span", [Span(1, -1.0, 2.0), Span(1, 2.0, 1.0), Span(1, 0.0, 9.0)])
def test_a_line_outside_its_lane_is_refused(span):
    with pytest.raises(ValueError, match="outside its lane"):
        swimmer_figure([Lane(5.0, lines=(span,))])
