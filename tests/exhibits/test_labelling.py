"""Names and notes among curves stand on no curve, on no other words, and within the axes."""

import itertools

import numpy as np
import pytest

from helpers.exhibits.labelling import Area, Path, Place, place_block, place_labels

WIDTH, HEIGHT = 68.0, 44.0
NAMES = ("KRd", "No extramedullary disease", "Bortezomib-based")


def step_path(seed, mean):
    random = np.random.default_rng(seed)
    x = np.concatenate([[0.0], np.sort(random.uniform(0, WIDTH * 0.98, 25))])
    y = HEIGHT * 0.97 * np.exp(-x / mean)
    return Path(x, y, y * 0.8, np.minimum(y * 1.2, HEIGHT))


def outline(path):
    """Return points along a step curve, a tenth of a millimetre apart."""
    x, y = np.repeat(path.x, 2)[1:], np.repeat(path.y, 2)[:-1]
    along = np.linspace(0, len(x) - 1, 400 * len(x))
    return np.interp(along, range(len(x)), x), np.interp(along, range(len(x)), y)


def passes(path, area):
    x, y = outline(path)
    inside = (x > area.left) & (x < area.right) & (y > area.bottom) & (y < area.top)
    return bool(inside.any())


@pytest.mark.parametrize("number", [2, 3])
def test_names_stand_free_beside_their_own_curve(number):
    placed = 0
    for seed in range(25):
        paths = [step_path(10 * seed + i, 14.0 + 22.0 * i) for i in range(number)]
        found = place_labels(NAMES[:number], paths, [], WIDTH, HEIGHT)
        if found is None:
            continue
        placed += 1
        areas = [place.area for place in found]
        for area, own in zip(areas, paths, strict=True):
            assert 0 <= area.left < area.right <= WIDTH
            assert 0 <= area.bottom < area.top <= HEIGHT
            assert not any(passes(path, area) for path in paths)
            others = [path for path in paths if path is not own]
            assert own.distance(area) < min(path.distance(area) for path in others)
        assert not any(a.meets(b) for a, b in itertools.combinations(areas, 2))
    assert placed > 4


def test_curves_on_each_other_get_no_names():
    path = step_path(1, 30.0)
    assert place_labels(NAMES[:2], [path, path], [], WIDTH, HEIGHT) is None


def test_no_name_stands_across_the_drop_of_another_curve():
    def dropping(at):
        return Path(
            *np.array([[0.0, at, WIDTH], [40.0, 2.0, 2.0], [40.0, 2.0, 2.0], [40.0, 2.0, 2.0]])
        )

    flat = Path(*np.array([[0.0, WIDTH]] + [[20.0, 20.0]] * 3))
    wide = "n" * 24
    assert 0.37 * WIDTH < Place(0, 0, (wide,)).area.right < 0.5 * WIDTH
    assert place_labels([wide], [flat], [], WIDTH, HEIGHT) is not None
    paths = [flat, dropping(20.0), dropping(44.0)]
    assert place_labels([wide, "b", "c"], paths, [], WIDTH, HEIGHT) is None


def test_a_note_keeps_off_curve_band_and_names():
    for seed, mean in itertools.product(range(8), (8.0, 30.0, 200.0)):
        path = step_path(seed, mean)
        taken = [Area(40.0, 38.0, WIDTH, HEIGHT)]
        place = place_block(["Median 4.5 months"], [path], taken, WIDTH, HEIGHT)
        assert place is not None
        assert not passes(path, place.area) and not path.shades(place.area)
        assert not place.area.meets(taken[0])


def test_no_room_is_said_and_no_words_need_none():
    everywhere = [Area(0.0, 0.0, WIDTH, HEIGHT)]
    assert place_block(["x"], [], everywhere, WIDTH, HEIGHT) is None
    assert place_block([], [], [], WIDTH, HEIGHT) is None
    assert place_block(["a very long note " * 9], [], [], WIDTH, HEIGHT) is None
