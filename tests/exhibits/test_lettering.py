"""Words are measured as they are drawn, and wrapped within their room."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.errors import ManuscriptError
from helpers.exhibits.lettering import width_of, wrap
from helpers.exhibits.sheet import Sheet
from helpers.exhibits.style import house_style

LETTERS = st.text(alphabet="abcdefgh ijklm ≥–%(95)", min_size=0, max_size=60)


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_measured_as_drawn(weight):
    words = "Median 4.5 months (95% CI 3.1–6.0)"
    with house_style():
        drawn = Sheet(100, 20).line(5, 5, words, size=6.3, weight=weight)
    width = drawn.get_window_extent().width / 300 * 25.4
    assert width_of(drawn.get_text(), 6.3, weight) == pytest.approx(width, rel=0.02)


@settings(max_examples=60, deadline=None)
@given(LETTERS, st.floats(4, 40))
def test_wrapped_lines_fit_and_lose_no_letter(text, room):
    lines = wrap(text, room)
    assert all(width_of(line) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_lines_of_the_author_are_kept():
    assert wrap("one\ntwo", 50) == ["one", "two"]


def test_a_dollar_is_a_dollar():
    with house_style():
        text = Sheet(100, 20).line(5, 5, "$x$")
    assert text.get_window_extent().width / 300 * 25.4 == pytest.approx(width_of("$x$"), rel=0.05)


def test_a_letter_without_glyph_is_an_error_that_names_its_code():
    with pytest.raises(ManuscriptError, match=r"U\+6F22"):
        width_of("漢")


def test_a_count_is_not_torn_apart():
    assert wrap("Not eligible (n = 12)", width_of("Not eligible (n = 1")) == [
        "Not eligible",
        "(n = 12)",
    ]
