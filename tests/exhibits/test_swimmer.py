"""Swimmer plots: lanes by length, marks at their months, no trace of who is who."""

import random

import pytest
from matplotlib.patches import Rectangle

from helpers.exhibits.display import png
from helpers.exhibits.swimmer import Lane, swimmer_figure


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


def test_thin_data_are_drawn_and_nonsense_is_refused(assert_legible):
    assert_legible(swimmer_figure([Lane(0.0)]))
    with pytest.raises(ValueError):
        swimmer_figure([])
    with pytest.raises(ValueError):
        swimmer_figure([Lane(-1.0)])
