"""Colours are told apart by every reader, letters are legible."""

import itertools

import numpy as np
import pytest

from helpers.exhibits.style import DARK, GROUPS, INK, LIGHT, RESPONSES, SMALL, SOFT, UNKNOWN
from helpers.exhibits.swimmer import LINE_COLOURS

# Machado, Oliveira and Fernandes 2009: linear RGB as seen without one kind of cone.
VISION = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    value = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = XYZ @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def nearest(colours, matrix):
    seen = [lab(matrix @ linear(colour)) for colour in colours]
    return min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))


@pytest.mark.parametrize("vision", VISION)
def test_colours_are_told_apart(vision):
    assert nearest(GROUPS, VISION[vision]) > 20
    assert nearest([LIGHT, DARK], VISION[vision]) > 40
    assert nearest([*RESPONSES.values(), UNKNOWN], VISION[vision]) > 15


def test_filled_bars_are_told_apart_in_grey_print():
    for colours in ([*RESPONSES.values(), UNKNOWN], LINE_COLOURS):
        lightness = sorted(lab(linear(colour))[0] for colour in colours)
        assert min(b - a for a, b in itertools.pairwise(lightness)) > 7


@pytest.mark.parametrize("colour", [*GROUPS, INK, SOFT])
def test_letters_contrast_with_paper(colour):
    luminance = float(linear(colour) @ [0.2126, 0.7152, 0.0722])
    assert 1.05 / (luminance + 0.05) >= 4.5


def test_no_letter_is_smaller_than_6_points():
    assert SMALL >= 6
